//! A server with nothing in it: what `scripts/bench-embedded` compares the embedded services with.
//!
//! `bare_axum PORT FILE` answers every request on 127.0.0.1:PORT with the bytes of FILE, through Axum as it comes.

use std::process::ExitCode;

use axum::Router;
use axum::http::header;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (Some(port), Some(file)) =
        (arguments.next().and_then(|port| port.parse::<u16>().ok()), arguments.next())
    else {
        eprintln!("usage: bare_axum PORT FILE");
        return ExitCode::from(2);
    };
    match serve(port, &file) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bare_axum: {error}");
            ExitCode::FAILURE
        }
    }
}

fn serve(port: u16, file: &str) -> std::io::Result<()> {
    let body: bytes::Bytes = std::fs::read(file)?.into();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async move {
        let answer = move || {
            let body = body.clone();
            async move { ([(header::CONTENT_TYPE, "application/json")], body) }
        };
        let app = Router::new().fallback(answer);
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
        axum::serve(listener, app).await
    })
}
