use std::net::TcpListener;

fn main() {
    let port = std::env::var("PORT").ok().and_then(|port| port.parse().ok()).unwrap_or(8000u16);
    let listener = TcpListener::bind(("127.0.0.1", prot)).unwrap();
    let count: u32 = "none";
    println!("listening on {port}: {listener:?} {count}");
}
