//! A port at which nobody listens until somebody is to, and a way to a server that can be cut.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use socket2::{Domain, Socket, Type};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

/// A port that is taken, so that nobody else gets it, and at which nobody listens: whoever connects is refused.
pub(crate) struct Reserved {
    socket: Socket,
    pub(crate) port: u16,
}

/// Passes bytes to a server, or hangs up on everybody.
pub(crate) struct Proxy {
    through: watch::Sender<bool>,
    refused: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Reserved {
    pub(crate) fn new() -> Self {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).unwrap();
        let port = socket.local_addr().unwrap().as_socket().unwrap().port();
        Self { socket, port }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// From now on somebody listens.
    pub(crate) fn listen(self) -> TcpListener {
        self.socket.listen(128).unwrap();
        self.socket.set_nonblocking(true).unwrap();
        TcpListener::from_std(self.socket.into()).unwrap()
    }
}

impl Proxy {
    /// A way from this listener to a server, open or cut at first.
    pub(crate) fn between(listener: TcpListener, server: String, open: bool) -> Self {
        let (through, mut is_open) = watch::channel(open);
        let refused = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&refused);
        let task = tokio::spawn(async move {
            let mut ways = JoinSet::new();
            loop {
                tokio::select! {
                    changed = is_open.changed() => {
                        if changed.is_err() {
                            return;
                        }
                        if !*is_open.borrow() {
                            ways.shutdown().await;
                        }
                    }
                    accepted = listener.accept() => {
                        let (mut client, _) = accepted.unwrap();
                        if !*is_open.borrow() {
                            count.fetch_add(1, Ordering::Relaxed);
                            continue;
                        }
                        let server = server.clone();
                        ways.spawn(async move {
                            let Ok(mut server) = TcpStream::connect(server).await else { return };
                            let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
                        });
                    }
                }
            }
        });
        Self { through, refused, task }
    }

    /// Hangs up on everybody, and on everybody who comes.
    pub(crate) fn cut(&self) {
        self.through.send_replace(false);
    }

    pub(crate) fn open(&self) {
        self.through.send_replace(true);
    }

    /// How many came while it was cut.
    pub(crate) fn refused(&self) -> usize {
        self.refused.load(Ordering::Relaxed)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}
