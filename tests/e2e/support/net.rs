//! Ports that are free, strangers that take them, and the smallest HTTP client.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use super::until;

/// The first of `count` ports in a row on which nobody listens, below those that the kernel hands out. Two calls, in
/// whatever test program, give different ones as far as can be.
pub(crate) fn free_ports(count: u16) -> u16 {
    const FIRST: u16 = 11_000;
    const SPAN: u16 = 20_000;
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let spread = u16::try_from(std::process::id() % 100).unwrap() * 200;
    for _ in 0..SPAN {
        let first = FIRST + (spread + NEXT.fetch_add(count, Ordering::Relaxed)) % SPAN;
        if (first..first + count).all(is_free) {
            return first;
        }
    }
    panic!("no {count} free ports in a row");
}

fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).is_ok()
        && TcpListener::bind((Ipv6Addr::UNSPECIFIED, port)).is_ok()
}

/// Somebody who listens on a port and is no service of any stack: this test.
pub(crate) struct Stranger {
    _listener: TcpListener,
}

impl Stranger {
    pub(crate) fn on(port: u16) -> Self {
        Self { _listener: TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap() }
    }
}

/// The body of `GET path`, once the server answers.
pub(crate) fn get(port: u16, path: &str) -> String {
    until(&format!("an answer from {port}"), || try_get(port, path))
}

fn try_get(port: u16, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    let text = String::from_utf8_lossy(&answer).into_owned();
    text.split_once("\r\n\r\n").map(|(_, body)| body.to_owned())
}

/// What the fixture server at `port` has in its environment under `name`.
pub(crate) fn env_of(port: u16, name: &str) -> Option<String> {
    let all = get(port, "/env");
    let head = format!("{name:?}: ");
    let line = all.lines().find_map(|line| line.strip_prefix(&head))?.trim_end_matches(',');
    Some(serde_json::from_str(line).unwrap())
}

/// A JSON value as text: strings bare.
pub(crate) fn text_of(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
