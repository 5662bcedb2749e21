#[tokio::main]
async fn main() {
    let app = axum::Router::new().route("/healthz", axum::routing::get(|| async { "ok" }));
    let port = std::env::var("PORT").ok().and_then(|port| port.parse().ok()).unwrap_or(3000);
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    axum::serve(listener, app).await.unwrap();
}
