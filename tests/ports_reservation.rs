//! What a reservation promises, each promise tried on this machine's kernel with real servers.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that panics has failed")]
#![expect(clippy::disallowed_methods, reason = "a test starts servers and reads the clock")]

use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::SystemTime;

use portolan::ports::{
    AllocateError, Allocated, Holder, LeaseOwner, Ownership, PortAllocator, Request, WhenExhausted,
    holder_of, listeners_of, listeners_on, owned_by, owner_of,
};
use portolan::stack::{Port, ServiceName};

struct Fixture {
    folder: tempfile::TempDir,
}

impl Fixture {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// Allocators of two folders know nothing of each other, as two users' launchers do.
    fn allocator(&self, user: &str) -> PortAllocator {
        PortAllocator::in_folder(&self.folder.path().join(user)).unwrap()
    }

    fn any_port(&self) -> Allocated {
        let owner = owner(self.folder.path());
        let request = Request {
            owner: &owner,
            prefer: None,
            last: None,
            range: None,
            exclude: &[],
            when_exhausted: WhenExhausted::Ephemeral,
            now: SystemTime::now(),
        };
        self.allocator("me").allocate(&request).unwrap()
    }

    fn exactly(&self, user: &str, port: Port) -> Result<Allocated, Holder> {
        let owner = owner(self.folder.path());
        match self.allocator(user).allocate_exact(&owner, port, SystemTime::now()) {
            Ok(allocated) => Ok(allocated),
            Err(AllocateError::Taken { holder, .. }) => Err(holder),
            Err(other) => panic!("{other}"),
        }
    }
}

fn owner(folder: &Path) -> LeaseOwner {
    LeaseOwner {
        stack: "notes".into(),
        folder: folder.to_owned(),
        service: ServiceName::new("backend").unwrap().into(),
    }
}

fn addresses() -> Vec<&'static str> {
    let has_ipv6 = TcpListener::bind("[::1]:0").is_ok();
    if has_ipv6 { vec!["127.0.0.1", "0.0.0.0", "::1", "::"] } else { vec!["127.0.0.1", "0.0.0.0"] }
}

fn at(address: &str, port: Port) -> SocketAddr {
    SocketAddr::new(address.parse().unwrap(), port.get())
}

/// A child that is gone when the test ends, whatever way.
struct Server {
    child: Child,
    first_line: String,
}

impl Server {
    /// Starts `program` and waits for its first line; `None` if there is no such program here.
    fn start(program: &str, arguments: &[&str]) -> Option<Self> {
        let mut command = Command::new(program);
        command.args(arguments).stdout(Stdio::piped()).stdin(Stdio::piped());
        let mut server = Self { child: command.spawn().ok()?, first_line: String::new() };
        let stdout = server.child.stdout.as_mut().unwrap();
        BufReader::new(stdout).read_line(&mut server.first_line).unwrap();
        Some(server)
    }

    /// Runs `code` after `s = socket(family of address)`, until its standard input ends.
    fn python_socket(address: &str, code: &str) -> Option<Self> {
        let family = if address.contains(':') { "AF_INET6" } else { "AF_INET" };
        let code = format!("import socket\ns = socket.socket(socket.{family})\n{code}\ninput()");
        Self::start("python3", &["-c", &code])
    }

    fn pid(&self) -> u32 {
        self.child.id()
    }

    fn listens(&self) -> bool {
        self.first_line.trim() == "listening"
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_second_launcher_without_our_leases_is_refused() {
    let fixture = Fixture::new();
    let held = fixture.any_port();
    match fixture.exactly("another user", held.port) {
        Err(Holder::Process(process)) => assert_eq!(process.pid, std::process::id()),
        // Kernels before 6.8 do not show sockets that are merely bound.
        Err(Holder::Unknown) => {}
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_second_launcher_with_our_leases_is_told_whose_the_port_is() {
    let fixture = Fixture::new();
    let held = fixture.any_port();
    assert_eq!(fixture.exactly("me", held.port).unwrap_err(), Holder::Stack(held.lease.record().clone()));
}

#[test]
fn a_socket_bound_without_the_option_is_refused_on_every_address() {
    let held = Fixture::new().any_port();
    for address in addresses() {
        let address = at(address, held.port);
        let domain = socket2::Domain::for_address(address);
        let socket = socket2::Socket::new(domain, socket2::Type::STREAM, None).unwrap();
        assert_eq!(socket.bind(&address.into()).unwrap_err().kind(), ErrorKind::AddrInUse, "{address}");
    }
}

#[test]
fn a_rust_server_listens_and_answers_on_the_reserved_port() {
    let held = Fixture::new().any_port();
    for address in addresses() {
        let server = TcpListener::bind(at(address, held.port)).expect(address);
        let reachable = if address.contains(':') { "::1" } else { "127.0.0.1" };
        let _client = TcpStream::connect(at(reachable, held.port)).unwrap();
        server.accept().unwrap();
    }
    assert!(held.reservation.is_held());
}

#[test]
fn nobody_answers_on_a_port_that_is_only_reserved() {
    let held = Fixture::new().any_port();
    let refused = TcpStream::connect(at("127.0.0.1", held.port)).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
}

#[test]
fn python_servers_listen_on_the_reserved_port() {
    let held = Fixture::new().any_port();
    for address in addresses() {
        let family = if address.contains(':') { "AF_INET6" } else { "AF_INET" };
        let code = format!(
            "import http.server as h, socket\n\
             class S(h.ThreadingHTTPServer): address_family = socket.{family}\n\
             s = S(('{address}', {}), h.SimpleHTTPRequestHandler)\n\
             print('listening', flush=True); s.serve_forever()",
            held.port
        );
        let Some(server) = Server::start("python3", &["-c", &code]) else { return };
        assert!(server.listens(), "{address}");
        let listeners = listeners_on(held.port).unwrap();
        assert_eq!(listeners.iter().map(|l| l.addr).collect::<Vec<_>>(), [at(address, held.port)]);
        assert_eq!(owned_by(&listeners[0], &[server.pid()]), Some(server.pid()));
    }
}

#[test]
fn node_servers_listen_on_the_reserved_port() {
    let held = Fixture::new().any_port();
    for address in addresses() {
        let code = format!(
            "require('http').createServer().listen({}, '{address}', () => console.log('listening'))",
            held.port
        );
        let Some(server) = Server::start("node", &["-e", &code]) else { return };
        assert!(server.listens(), "{address}");
        assert_eq!(listeners_on(held.port).unwrap().len(), 1, "{address}");
    }
}

#[test]
fn a_server_that_does_not_set_the_option_needs_the_release() {
    let mut held = Fixture::new().any_port();
    let code = format!(
        "try: s.bind(('127.0.0.1', {})); s.listen(); print('listening', flush=True)\n\
         except OSError: print('refused', flush=True)",
        held.port
    );
    let Some(first) = Server::python_socket("127.0.0.1", &code) else { return };
    assert_eq!(first.first_line.trim(), "refused");
    held.reservation.release();
    // A child that another test has just forked holds all of our sockets until its exec.
    let mut tries = (0..100).map(|_| Server::python_socket("127.0.0.1", &code).unwrap());
    let second = tries.find(|server| server.listens());
    let second = second.unwrap_or_else(|| panic!("{} is still held: {:?}", held.port, holder_of(held.port)));
    drop(second);
    held.reservation.hold().expect("its server is dead");
    assert_eq!(Server::python_socket("127.0.0.1", &code).unwrap().first_line.trim(), "refused");
}

#[test]
fn the_kernel_does_not_choose_a_reserved_port() {
    // One that the kernel has chosen before. IP_LOCAL_PORT_RANGE (Linux 6.3, number 51) then leaves it nothing else.
    let chosen = TcpListener::bind("0.0.0.0:0").unwrap().local_addr().unwrap().port();
    let mut held = Fixture::new().exactly("me", Port::new(chosen).unwrap()).unwrap();
    let code = format!(
        "import socket, struct\n\
         target = socket.create_server(('127.0.0.1', 0))\n\
         def choose(act):\n\
         \x20 s = socket.socket()\n\
         \x20 try: s.setsockopt(socket.IPPROTO_IP, 51, struct.pack('HH', {0}, {0}))\n\
         \x20 except OSError: return 'unsupported'\n\
         \x20 try: act(s)\n\
         \x20 except OSError: return 'none'\n\
         \x20 return s.getsockname()[1]\n\
         bound = choose(lambda s: s.bind(('127.0.0.1', 0)))\n\
         print(bound, choose(lambda s: s.connect(target.getsockname())))",
        held.port
    );
    let Some(choice) = Server::start("python3", &["-c", &code]) else { return };
    if choice.first_line.contains("unsupported") {
        return;
    }
    assert_eq!(choice.first_line.trim(), "none none");
    held.reservation.release();
    let choice = Server::start("python3", &["-c", &code]).unwrap();
    assert_eq!(choice.first_line.trim(), format!("{0} {0}", held.port));
}

#[test]
fn a_port_in_time_wait_is_reserved_and_served_again() {
    let fixture = Fixture::new();
    let held = fixture.any_port();
    let port = held.port;
    leave_time_wait_behind(port);
    drop(held);
    let _again = fixture.exactly("me", port).expect("TIME_WAIT belongs to nobody");
    TcpListener::bind(at("127.0.0.1", port)).expect("the service must be able to listen");
}

#[test]
fn time_wait_is_no_way_around_another_users_reservation() {
    let fixture = Fixture::new();
    let held = fixture.any_port();
    leave_time_wait_behind(held.port);
    assert!(fixture.exactly("another user", held.port).is_err());
}

/// The side that closes first keeps TIME_WAIT: here the server.
fn leave_time_wait_behind(port: Port) {
    let server = TcpListener::bind(at("127.0.0.1", port)).unwrap();
    let mut client = TcpStream::connect(at("127.0.0.1", port)).unwrap();
    let (accepted, _) = server.accept().unwrap();
    drop(accepted);
    // The end of the stream says that the server's side has closed.
    assert_eq!(client.read(&mut [0; 1]).unwrap(), 0);
}

#[test]
fn a_strangers_listener_refuses_the_reservation_and_is_named() {
    let fixture = Fixture::new();
    for address in addresses() {
        let port = fixture.any_port().port;
        let code = format!(
            "s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)\n\
             s.bind(('{address}', {port})); s.listen(); print('listening', flush=True)"
        );
        let Some(server) = Server::python_socket(address, &code) else { return };
        let Err(Holder::Process(process)) = fixture.exactly("me", port) else { panic!("{address}") };
        assert_eq!(process.pid, server.pid());
        assert!(process.command.contains("python3"), "{}", process.command);
        assert_eq!(process.folder.as_deref(), std::env::current_dir().unwrap().to_str());
    }
}

#[test]
fn children_inherit_neither_lease_nor_reservation() {
    let fixture = Fixture::new();
    let held = fixture.any_port();
    let port = held.port;
    let Some(_child) = Server::start("python3", &["-c", "print('started', flush=True); input()"]) else {
        return;
    };
    drop(held);
    fixture.exactly("me", port).expect("a child must not keep the port");
}

#[test]
fn a_listener_is_ours_a_strangers_or_gone() {
    let held = Fixture::new().any_port();
    let code = format!(
        "s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)\n\
         s.bind(('127.0.0.1', {})); s.listen(); print('listening', flush=True)",
        held.port
    );
    let Some(server) = Server::python_socket("127.0.0.1", &code) else { return };
    let (us, it) = (std::process::id(), server.pid());
    let listener = listeners_on(held.port).unwrap().remove(0);
    assert_eq!(owner_of(&listener, &[us, it]).unwrap(), Ownership::Ours { pid: it });
    assert_eq!(owner_of(&listener, &[us]).unwrap(), Ownership::Stranger { pid: it });
    assert_eq!(listeners_of(&[it]).unwrap(), std::slice::from_ref(&listener));
    drop(server);
    assert_eq!(owner_of(&listener, &[us]).unwrap(), Ownership::Gone);
    assert_eq!(listeners_of(&[it]).unwrap(), []);
}
