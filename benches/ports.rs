//! What allocation and look-ups cost, as printed figures; asserts no times, for machines differ.
//!
//! `cargo bench --bench ports`
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a measurement reads the clock and needs what it asks for"
)]

use std::hint::black_box;
use std::net::TcpListener;
use std::time::{Instant, SystemTime};

use portolan::ports::{
    LeaseOwner, PortAllocator, Request, WhenExhausted, holder_of, listeners_of, listeners_on, owned_by,
};
use portolan::stack::{Port, ServiceName};

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let allocator = PortAllocator::in_folder(&folder.path().join("ports")).unwrap();
    let service = ServiceName::new("backend").unwrap().into();
    let owner = LeaseOwner { stack: "notes".into(), folder: folder.path().into(), service };
    let request = Request {
        owner: &owner,
        prefer: None,
        last: None,
        range: None,
        exclude: &[],
        when_exhausted: WhenExhausted::Ephemeral,
        now: SystemTime::now(),
    };
    let port = allocator.allocate(&request).unwrap().port;
    let exact = || allocator.allocate_exact(&owner, port, SystemTime::now()).unwrap();

    median("allocate and release", || drop(exact()));
    let held = exact();
    median("list one lease", || drop(black_box(allocator.leases().unwrap())));
    let service = TcpListener::bind(("127.0.0.1", port.get()));
    let us = [std::process::id()];
    median("who listens on the port", || drop(black_box(listeners_on(port).unwrap())));
    median("who listens, and is it ours", || {
        let listeners = listeners_on(port).unwrap();
        assert_eq!(listeners.first().and_then(|listener| owned_by(listener, &us)), Some(us[0]));
    });
    median("all listeners of one process", || drop(black_box(listeners_of(&us).unwrap())));
    let free = Port::new(1).unwrap();
    median("name the holder of a port", || drop(black_box(holder_of(port))));
    median("name the holder of a free port", || drop(black_box(holder_of(free))));
    drop((held, service));
}

fn median(what: &str, mut act: impl FnMut()) {
    let mut times: Vec<_> = (0..201)
        .map(|_| {
            let begin = Instant::now();
            act();
            begin.elapsed()
        })
        .collect();
    times.sort_unstable();
    println!("{what}: {:.1} µs", times[times.len() / 2].as_secs_f64() * 1e6);
}
