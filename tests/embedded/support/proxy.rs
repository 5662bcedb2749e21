//! A port at which nobody listens until somebody is to, and a way to a server that can be cut.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use socket2::{Domain, Socket, Type};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinHandle, JoinSet};

/// A port that is taken, so that nobody else gets it, and at which nobody listens: whoever connects is refused.
pub(crate) struct Reserved {
    socket: Socket,
    pub(crate) port: u16,
}

/// Passes bytes to a server, or hangs up on everybody.
pub(crate) struct Proxy {
    turns: mpsc::UnboundedSender<Turn>,
    refused: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

/// Open or cut from now on, and whom to tell when it is so.
struct Turn {
    open: bool,
    done: oneshot::Sender<()>,
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
    pub(crate) fn between(listener: TcpListener, server: String, mut open: bool) -> Self {
        let (turns, mut asked) = mpsc::unbounded_channel::<Turn>();
        let refused = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&refused);
        let task = tokio::spawn(async move {
            let mut ways = JoinSet::new();
            loop {
                tokio::select! {
                    turn = asked.recv() => {
                        let Some(turn) = turn else { return };
                        open = turn.open;
                        if !open {
                            ways.shutdown().await;
                        }
                        let _ = turn.done.send(());
                    }
                    accepted = listener.accept() => {
                        let (mut client, _) = accepted.unwrap();
                        if !open {
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
        Self { turns, refused, task }
    }

    /// Hangs up on everybody, and on everybody who comes: when this returns, no byte gets through any more.
    pub(crate) async fn cut(&self) {
        self.turn(false).await;
    }

    pub(crate) async fn open(&self) {
        self.turn(true).await;
    }

    async fn turn(&self, open: bool) {
        let (done, is_done) = oneshot::channel();
        self.turns.send(Turn { open, done }).unwrap();
        is_done.await.unwrap();
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
