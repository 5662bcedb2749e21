//! The loop that takes connections and serves HTTP/1.1 on each, until it is told to stop.

use std::convert::Infallible;
use std::net::{SocketAddr, TcpListener};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::Service;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use super::lingering::Lingering;
use crate::backend::log::Log;

/// Open connections of one service at most; further ones wait in the kernel's queue.
const MOST_CONNECTIONS: usize = 1_024;

/// The share of the files that the process may have open: three services leave the launcher what it needs.
#[cfg(unix)]
const SHARE_OF_FILES: u64 = 4;

/// All headers of a request together, in bytes; hyper answers 431 to more.
const HEADER_LIMIT: usize = 32 << 10;

/// How long connections are still taken when the service has been told to stop. Its record goes in that moment, and
/// whoever has read it just before is on the way here.
const LAME_DUCK: Duration = Duration::from_millis(150);

/// How long requests that are being answered may take to end when the service stops.
const GRACE: Duration = Duration::from_secs(5);

/// The pause after a connection could not be taken: the usual reason, too many open files, passes.
const PAUSE: Duration = Duration::from_millis(50);

/// The way from a connection into the app, which is told who is at the other end.
struct Entrance {
    app: Router,
    peer: Peer,
}

impl Service<Request<Incoming>> for Entrance {
    type Response = Response;
    type Error = Infallible;
    type Future = axum::routing::future::RouteFuture<Infallible>;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        request.extensions_mut().insert(self.peer);
        tower::Service::call(&mut self.app.clone(), request.map(Body::new))
    }
}

/// Who is at the other end of a connection.
#[derive(Clone, Copy, Debug)]
pub(in crate::backend) struct Peer(pub(in crate::backend) SocketAddr);

/// Serves `app` on `listener` until a moment after `stop` turns true, then lets requests end. `time` is how long the
/// headers of a request may take, and so how long a connection is kept that nobody uses. Dropping the future ends
/// every connection at once.
pub(in crate::backend) async fn serve(
    listener: TcpListener,
    app: Router,
    mut stop: watch::Receiver<bool>,
    time: Duration,
    log: &Log,
) -> Result<(), String> {
    let listener = tokio::net::TcpListener::from_std(listener)
        .map_err(|error| format!("the socket cannot be served: {error}"))?;
    let room = Arc::new(Semaphore::new(most_connections()));
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    let stopping = async move {
        // Without anybody who could tell it to go on, it stops, too.
        let _ = stop.wait_for(|stop| *stop).await;
        tokio::time::sleep(LAME_DUCK).await;
    };
    let mut stopping = pin!(stopping);
    loop {
        let next = async {
            let permit = Arc::clone(&room).acquire_owned().await;
            (permit, listener.accept().await)
        };
        let (permit, accepted) = tokio::select! {
            biased;
            () = &mut stopping => break,
            Some(_) = connections.join_next() => continue,
            next = next => next,
        };
        match accepted {
            Ok((stream, peer)) => {
                // An answer that waits for more to send would wait 40 ms for nothing.
                let _ = stream.set_nodelay(true);
                let connection = graceful.watch(connection(stream, peer, &app, time));
                connections.spawn(async move {
                    // A connection that breaks is its client's affair.
                    let _ = connection.await;
                    drop(permit);
                });
            }
            Err(error) => {
                log.warn("a connection could not be taken", &[("error", &error)]);
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
    drop(listener);
    if tokio::time::timeout(GRACE, graceful.shutdown()).await.is_err() {
        log.warn("requests were cut off at the end", &[]);
    }
    Ok(())
}

#[cfg(unix)]
fn most_connections() -> usize {
    let files = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    let share = files.and_then(|files| usize::try_from(files / SHARE_OF_FILES).ok());
    share.map_or(MOST_CONNECTIONS, |share| share.clamp(1, MOST_CONNECTIONS))
}

#[cfg(not(unix))]
fn most_connections() -> usize {
    MOST_CONNECTIONS
}

fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    app: &Router,
    time: Duration,
) -> http1::Connection<TokioIo<Lingering>, Entrance> {
    let service = Entrance { app: app.clone(), peer: Peer(peer) };
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(time)
        .max_buf_size(HEADER_LIMIT)
        .serve_connection(TokioIo::new(Lingering::new(stream)), service)
}
