fn main() {
    let cache = std::env::var("CACHE_URL").unwrap();
    println!("caching in {cache}");
}
