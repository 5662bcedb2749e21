//! The reservation: a bound socket that keeps others, and the kernel's own choice, off a leased port.
//!
//! It never listens, so a client is refused as if nobody were there. Bound without SO_REUSEADDR and given the option
//! afterwards, it refuses whoever binds the way we do, while servers that set the option before they bind (Node, Python's
//! asyncio and http.server, uvicorn, Go, Java, Rust) bind and listen beside it. That is Linux's meaning of the option; on
//! other systems the reservation has to go just before the service is spawned.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use socket2::{Domain, Protocol, Socket, Type};

use super::system;
use crate::stack::Port;

/// Keeps a port for one service; close-on-exec, so that no child inherits it.
#[derive(Debug)]
pub struct Reservation {
    port: Port,
    state: State,
}

#[derive(Debug)]
enum State {
    // Held for being bound alone.
    Held { _socket: Socket },
    Released,
}

impl Reservation {
    /// Binds `port` on every address of both families, or of IPv4 where the machine has no IPv6.
    ///
    /// # Errors
    /// `AddrInUse` if anyone has the port on any address; `PermissionDenied` if the system keeps it to itself.
    pub(super) fn bind(port: Port) -> io::Result<Self> {
        let socket = match bind_everywhere(port, Sharing::Refused) {
            // A server that was stopped leaves TIME_WAIT behind, which refuses us but would not refuse the service.
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && system::only_connections_hold(port) => {
                bind_everywhere(port, Sharing::Allowed)?
            }
            bound => bound?,
        };
        Ok(Self { port, state: State::Held { _socket: socket } })
    }

    /// The reserved port.
    pub fn port(&self) -> Port {
        self.port
    }

    /// Whether the port is being kept right now.
    pub fn is_held(&self) -> bool {
        match self.state {
            State::Held { .. } => true,
            State::Released => false,
        }
    }

    /// Gives the port up, for a service whose bind would fail on it (`reserve = "release"`). The lease stays.
    pub fn release(&mut self) {
        self.state = State::Released;
    }

    /// To be called right before a spawn: gives the port up on systems where no service could bind beside us.
    pub fn make_way(&mut self) {
        if !system::RESERVATION_OUTLIVES_SPAWN {
            self.release();
        }
    }

    /// Takes a released port back, once the service no longer has it; nothing happens if it is held.
    ///
    /// # Errors
    /// As when it was first reserved: `AddrInUse` if anyone has taken the port meanwhile.
    pub fn hold(&mut self) -> io::Result<()> {
        if !self.is_held() {
            *self = Self::bind(self.port)?;
        }
        Ok(())
    }
}

/// Whether the bind may succeed beside other sockets that allow it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sharing {
    Refused,
    Allowed,
}

fn bind_everywhere(port: Port, sharing: Sharing) -> io::Result<Socket> {
    let both = SocketAddr::from((Ipv6Addr::UNSPECIFIED, port.get()));
    match bind(both, sharing) {
        Err(error) if lacks_ipv6(&error) => {
            bind(SocketAddr::from((Ipv4Addr::UNSPECIFIED, port.get())), sharing)
        }
        bound => bound,
    }
}

fn bind(addr: SocketAddr, sharing: Sharing) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(addr), Type::STREAM, Some(Protocol::TCP))?;
    if addr.is_ipv6() {
        socket.set_only_v6(false)?;
    }
    // On Windows the option means that anybody may take the port over.
    if cfg!(unix) && sharing == Sharing::Allowed {
        socket.set_reuse_address(true)?;
    }
    socket.bind(&addr.into())?;
    if cfg!(unix) {
        socket.set_reuse_address(true)?;
    }
    Ok(socket)
}

#[cfg(unix)]
fn lacks_ipv6(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::AddrNotAvailable || error.raw_os_error() == Some(libc::EAFNOSUPPORT)
}

#[cfg(not(unix))]
fn lacks_ipv6(error: &io::Error) -> bool {
    const WSAEAFNOSUPPORT: i32 = 10047;
    error.kind() == io::ErrorKind::AddrNotAvailable || error.raw_os_error() == Some(WSAEAFNOSUPPORT)
}
