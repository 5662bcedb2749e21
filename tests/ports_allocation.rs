//! Allocation across processes: no duplicate, no leak, no failure while a port is free; and the order of choice.
//!
//! Workers are this test binary again, told by an environment variable what to do. PORTOLAN_SOAK=1 runs the full count.
#![expect(clippy::unwrap_used, reason = "a test that panics has failed")]
#![expect(clippy::disallowed_methods, reason = "a test starts its workers and reads the clock")]

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, SystemTime};

use portolan::ports::{
    AllocateError, Allocated, Holder, LeaseOwner, PortAllocator, Request, WhenExhausted, machine_report,
};
use portolan::stack::{Port, PortRange, ServiceName};

const TASK: &str = "PORTOLAN_TEST_PORTS_TASK";
/// Leases that one worker has at a time.
const AT_ONCE: u16 = 2;
const STRANGERS: u16 = 3;
/// In how many places ranges begin, one port apart.
const SHIFTS: u16 = 2;

#[test]
fn many_processes_never_collide_leak_or_fail_while_a_port_is_free() {
    let (workers, allocations) =
        if std::env::var_os("PORTOLAN_SOAK").is_some() { (16, 200) } else { (6, 50) };
    // Whoever asks has at most AT_ONCE - 1 leases, so that with this size one port of its range is free at any instant,
    // though never the same for long.
    let size = workers * AT_ONCE + STRANGERS;
    let block = free_block(size + SHIFTS - 1);
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("markers")).unwrap();

    let is_over = AtomicBool::new(false);
    let failed: Vec<String> = thread::scope(|scope| {
        for stranger in 0..STRANGERS {
            let (is_over, markers) = (&is_over, folder.path().join("markers"));
            scope.spawn(move || bind_and_release(block, stranger, is_over, &markers));
        }
        let started: Vec<Worker> = (0..workers)
            .map(|worker| {
                let first = Port::new(block.first().get() + worker % SHIFTS).unwrap();
                let last = Port::new(first.get() + size - 1).unwrap();
                let task =
                    format!("allocate {} {first}-{last} {allocations} {worker}", folder.path().display());
                Worker::start(&task)
            })
            .collect();
        let failed = started.into_iter().filter_map(Worker::failure).collect();
        is_over.store(true, Ordering::Relaxed);
        failed
    });
    assert_eq!(failed, Vec::<String>::new());

    let allocator = PortAllocator::in_folder(&folder.path().join("ports")).unwrap();
    assert_eq!(allocator.leases().unwrap(), []);
    let owner = owner("after");
    let all: Vec<_> =
        block.iter().map(|port| allocator.allocate_exact(&owner, port, SystemTime::now()).unwrap()).collect();
    assert_eq!(allocator.leases().unwrap().len(), all.len());
}

#[test]
fn a_free_port_that_keeps_moving_is_found() {
    const PORTS: usize = 12;
    let fixture = Fixture::new(PORTS as u16);
    let ports: [Port; PORTS] = fixture.ports();
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        // Holds all but one, and gives one up before it takes the free one: so one is free at any instant.
        scope.spawn(|| {
            let owner = owner("mover");
            let take = |port: Port| fixture.allocator.allocate_exact(&owner, port, SystemTime::now()).ok();
            let mut held: [Option<Allocated>; PORTS] = Default::default();
            let mut random = Random(1);
            let mut free = 0;
            while !is_over.load(Ordering::Relaxed) {
                let next = usize::from(random.below(PORTS as u16));
                held[next] = None;
                for at in (0..PORTS).filter(|at| *at != next) {
                    if held[at].is_none() && (at == free || random.below(4) == 0) {
                        held[at] = take(ports[at]);
                    }
                }
                free = next;
            }
        });
        let owner = owner("asker");
        let failed = (0..1000).find_map(|_| fixture.allocator.allocate(&fixture.request(&owner)).err());
        is_over.store(true, Ordering::Relaxed);
        assert!(failed.is_none(), "{failed:?}");
    });
}

#[test]
fn a_killed_launcher_gives_everything_back() {
    let folder = tempfile::tempdir().unwrap();
    let allocator = PortAllocator::in_folder(&folder.path().join("ports")).unwrap();
    let mut worker = Worker::start(&format!("hold {}", folder.path().display()));
    let port: Port = worker.line_after("holding ").parse().unwrap();
    let owner = owner("after");
    let held = allocator.allocate_exact(&owner, port, SystemTime::now()).unwrap_err();
    let AllocateError::Taken { holder: Holder::Stack(record), .. } = held else { panic!("{held}") };
    assert_eq!((record.pid, record.stack.as_str()), (worker.child.id(), "worker"));
    worker.child.kill().unwrap();
    worker.child.wait().unwrap();
    assert_eq!(allocator.leases().unwrap(), []);
    allocator.allocate_exact(&owner, port, SystemTime::now()).expect("its launcher is dead");
}

#[test]
fn the_preferred_port_comes_first_then_the_last_one_then_the_range() {
    let fixture = Fixture::new(4);
    let [first, second, third, fourth] = fixture.ports();
    let owner = owner("backend");
    let request = Request { prefer: Some(second), last: Some(fourth), ..fixture.request(&owner) };
    let given: Vec<Allocated> = (0..4).map(|_| fixture.allocator.allocate(&request).unwrap()).collect();
    assert_eq!(given.iter().map(|given| given.port).collect::<Vec<_>>(), [second, fourth, first, third]);
    assert!(given[0].moved.is_none());
    for moved in &given[1..] {
        let why = moved.moved.as_ref().unwrap();
        assert_eq!(why.preferred, second);
        assert_eq!(why.holder, Holder::Stack(given[0].lease.record().clone()));
        assert_eq!(moved.lease.record().preferred, Some(second));
    }
}

#[test]
fn the_last_port_does_not_count_outside_the_range() {
    let fixture = Fixture::new(3);
    let [first, second, third] = fixture.ports();
    let owner = owner("backend");
    let range = Some(PortRange::new(first, second).unwrap());
    let request = Request { last: Some(third), range, ..fixture.request(&owner) };
    assert_eq!(fixture.allocator.allocate(&request).unwrap().port, first);
}

#[test]
fn an_excluded_port_is_never_given() {
    let fixture = Fixture::new(2);
    let [first, second] = fixture.ports();
    let owner = owner("backend");
    let request = Request { prefer: Some(first), exclude: &[first], ..fixture.request(&owner) };
    let given = fixture.allocator.allocate(&request).unwrap();
    assert_eq!(given.port, second);
    assert_eq!(given.moved.unwrap().holder, Holder::Excluded);
}

#[test]
fn an_exhausted_range_names_the_holder_of_every_port() {
    let fixture = Fixture::new(2);
    let [first, second] = fixture.ports();
    let owner = owner("backend");
    let stranger = TcpListener::bind(("127.0.0.1", first.get())).unwrap();
    let leased = fixture.allocator.allocate(&fixture.request(&owner)).unwrap();
    let error = fixture.allocator.allocate(&fixture.request(&owner)).unwrap_err();
    let AllocateError::Exhausted { range, tried } = error else { panic!("{error}") };
    assert_eq!(range, Some(fixture.range));
    assert_eq!(tried.iter().map(|(port, _)| *port).collect::<Vec<_>>(), [first, second]);
    assert_eq!(tried[1].1, Holder::Stack(leased.lease.record().clone()));
    if cfg!(target_os = "linux") {
        let Holder::Process(process) = &tried[0].1 else { panic!("{tried:?}") };
        assert_eq!(process.pid, std::process::id());
    }
    drop(stranger);
    assert_eq!(fixture.allocator.allocate(&fixture.request(&owner)).unwrap().port, first);
}

#[test]
fn an_exhausted_range_gives_any_port_if_that_will_do() {
    let fixture = Fixture::new(1);
    let [only] = fixture.ports();
    let owner = owner("backend");
    let request =
        Request { prefer: Some(only), when_exhausted: WhenExhausted::Ephemeral, ..fixture.request(&owner) };
    let held = fixture.allocator.allocate(&request).unwrap();
    let other = fixture.allocator.allocate(&request).unwrap();
    assert_ne!(held.port, other.port);
    assert_eq!(other.moved.unwrap().preferred, only);
}

#[test]
fn the_report_shows_leases_listeners_and_who_has_the_preferred_port() {
    let fixture = Fixture::new(2);
    let [first, second] = fixture.ports();
    let owner = owner("backend");
    let request = Request { prefer: Some(first), ..fixture.request(&owner) };
    let held = fixture.allocator.allocate(&request).unwrap();
    let moved = fixture.allocator.allocate(&request).unwrap();
    let service = TcpListener::bind(("127.0.0.1", second.get()));
    let rows = machine_report(&fixture.allocator).unwrap().ports;
    assert_eq!(rows.iter().map(|row| row.port).collect::<Vec<_>>(), [first, second]);
    assert_eq!((rows[0].preferred, &rows[0].listening), (None, &None));
    assert_eq!(rows[1].preferred, Some(first));
    assert_eq!(rows[1].preferred_held_by, Some(Holder::Stack(held.lease.record().clone())));
    if cfg!(target_os = "linux") {
        assert!(service.is_ok());
        let Some(Holder::Process(process)) = &rows[1].listening else { panic!("{rows:?}") };
        assert_eq!((process.pid, rows[1].conflict), (std::process::id(), false));
    }
    drop(moved);
}

struct Fixture {
    _folder: tempfile::TempDir,
    allocator: PortAllocator,
    range: PortRange,
}

impl Fixture {
    fn new(size: u16) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let allocator = PortAllocator::in_folder(&folder.path().join("ports")).unwrap();
        Self { _folder: folder, allocator, range: free_block(size) }
    }

    fn ports<const N: usize>(&self) -> [Port; N] {
        self.range.iter().collect::<Vec<_>>().try_into().unwrap()
    }

    fn request<'a>(&self, owner: &'a LeaseOwner) -> Request<'a> {
        Request {
            owner,
            prefer: None,
            last: None,
            range: Some(self.range),
            exclude: &[],
            when_exhausted: WhenExhausted::Fail,
            now: SystemTime::now(),
        }
    }
}

fn owner(stack: &str) -> LeaseOwner {
    let service = ServiceName::new("backend").unwrap().into();
    LeaseOwner { stack: stack.into(), folder: "/home/me/notes".into(), service }
}

/// Adjacent ports that are free now, below what kernels and portpicker choose from. No two tests of this process get the
/// same ones, and two processes begin in different places.
fn free_block(size: u16) -> PortRange {
    const FIRST: u16 = 10_000;
    const SPAN: u16 = 4_900;
    static NEXT: Mutex<Option<u16>> = Mutex::new(None);
    let mut next = NEXT.lock().unwrap();
    let mut first = next.unwrap_or_else(|| FIRST + Random::from_clock().below(SPAN));
    for _ in 0..SPAN {
        if first + size > FIRST + SPAN {
            first = FIRST;
        }
        let taken = (first..first + size)
            .find(|port| TcpListener::bind(SocketAddr::from(([0, 0, 0, 0], *port))).is_err());
        match taken {
            Some(taken) => first = taken + 1,
            None => {
                *next = Some(first + size);
                return format!("{first}-{}", first + size - 1).parse().unwrap();
            }
        }
    }
    panic!("no {size} adjacent ports are free on this machine");
}

/// Takes one port of `block` after another, as programs do that know nothing of leases. Most of these strangers do not
/// set SO_REUSEADDR; what they get must be nobody else's, which their marker proves.
fn bind_and_release(block: PortRange, stranger: u16, is_over: &AtomicBool, markers: &Path) {
    let mut random = Random(u64::from(stranger) + 1);
    let size = block.last().get() - block.first().get() + 1;
    while !is_over.load(Ordering::Relaxed) {
        let address = SocketAddr::from(([127, 0, 0, 1], block.first().get() + random.below(size)));
        if stranger % 2 == 1 {
            if let Ok(_listener) = TcpListener::bind(address) {
                thread::sleep(random.hold_time());
            }
        } else {
            let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
            if socket.bind(&address.into()).is_ok() {
                let marker = markers.join(address.port().to_string());
                File::create_new(&marker).expect("a stranger was let onto a port that somebody holds");
                thread::sleep(random.hold_time());
                fs::remove_file(marker).unwrap();
            }
        }
    }
}

/// Not a test by itself: what a worker process runs.
#[test]
fn worker() {
    let Ok(task) = std::env::var(TASK) else { return };
    let words: Vec<&str> = task.split(' ').collect();
    match words[..] {
        ["allocate", folder, range, count, seed] => {
            let random = Random(seed.parse::<u64>().unwrap() + 100);
            allocate_and_release(Path::new(folder), range.parse().unwrap(), count.parse().unwrap(), random);
        }
        ["hold", folder] => {
            let allocator = PortAllocator::in_folder(&Path::new(folder).join("ports")).unwrap();
            let owner = owner("worker");
            let request = Request {
                owner: &owner,
                prefer: None,
                last: None,
                range: None,
                exclude: &[],
                when_exhausted: WhenExhausted::Ephemeral,
                now: SystemTime::now(),
            };
            let held = allocator.allocate(&request).unwrap();
            println!("\nholding {}", held.port);
            // Ends with the parent, whatever happens to it.
            std::io::stdin().read_line(&mut String::new()).unwrap();
        }
        _ => panic!("no such task: {task}"),
    }
}

fn allocate_and_release(folder: &Path, range: PortRange, count: u32, mut random: Random) {
    let allocator = PortAllocator::in_folder(&folder.join("ports")).unwrap();
    let owner = owner("worker");
    let marker = |port: Port| -> PathBuf { folder.join("markers").join(port.to_string()) };
    let release = |allocated: Allocated| {
        fs::remove_file(marker(allocated.port)).unwrap();
        drop(allocated);
    };
    let mut held: Vec<Allocated> = Vec::new();
    let mut last = None;
    for _ in 0..count {
        let prefer = (random.below(2) == 0).then_some(range.first());
        let request = Request {
            owner: &owner,
            prefer,
            last,
            range: Some(range),
            exclude: &[],
            when_exhausted: WhenExhausted::Fail,
            now: SystemTime::now(),
        };
        let allocated = allocator.allocate(&request).unwrap_or_else(|error| panic!("{error}"));
        assert!(range.contains(allocated.port));
        assert_eq!(allocated.moved.is_some(), prefer.is_some_and(|prefer| prefer != allocated.port));
        File::create_new(marker(allocated.port)).expect("two have the same port");
        last = Some(allocated.port);
        held.push(allocated);
        thread::sleep(random.hold_time());
        while held.len() >= usize::from(AT_ONCE) {
            release(held.swap_remove(usize::from(random.below(AT_ONCE))));
        }
    }
    held.into_iter().for_each(release);
}

struct Worker {
    child: Child,
}

impl Worker {
    fn start(task: &str) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "worker", "--nocapture"]).env(TASK, task);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Self { child: command.spawn().unwrap() }
    }

    /// Waits for a line that begins with `prefix` and returns the rest of it.
    fn line_after(&mut self, prefix: &str) -> String {
        let lines = BufReader::new(self.child.stdout.as_mut().unwrap()).lines();
        let found = lines.map(Result::unwrap).try_for_each(|line| match line.strip_prefix(prefix) {
            Some(rest) => ControlFlow::Break(rest.to_owned()),
            None => ControlFlow::Continue(()),
        });
        found.break_value().expect("the worker says what it does")
    }

    /// Waits for the end; what the worker said if it failed.
    fn failure(mut self) -> Option<String> {
        let mut said = String::new();
        std::io::Read::read_to_string(self.child.stderr.as_mut().unwrap(), &mut said).unwrap();
        (!self.child.wait().unwrap().success()).then_some(said)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Marsaglia's xorshift: the same numbers on every run for the same seed.
struct Random(u64);

impl Random {
    fn from_clock() -> Self {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        Self(u64::from(since.subsec_nanos()) ^ (u64::from(std::process::id()) << 32) | 1)
    }

    /// Long against an allocation, so that nearly all ports are held at any instant.
    fn hold_time(&mut self) -> Duration {
        Duration::from_micros(2000 + u64::from(self.below(8000)))
    }

    fn below(&mut self, bound: u16) -> u16 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        u16::try_from((self.0 >> 16) % u64::from(bound)).unwrap()
    }
}
