//! Twenty services in five layers, each layer waiting for the health of the one before.
//!
//! The ideal is measured, not computed: a bare driver starts the same programs layer by layer and asks each for its
//! health without ever pausing longer than [`PAUSE`]. It does nothing else: no environment, no logs, no ports to find.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::project::{Launcher, Project, fixture, free_ports, twenty_services};
use super::report::{Outcome, ROUNDS, Report, median};

const LAYERS: usize = 5;
const WIDTH: usize = 4;
/// Short enough to notice at once, long enough to leave the cores to those that start.
const PAUSE: Duration = Duration::from_micros(100);

pub(crate) fn measure(report: &mut Report, _quick: bool) -> Outcome<()> {
    for delay in [Duration::ZERO, Duration::from_millis(300)] {
        let (mut ideals, mut ours) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            ideals.push(ideal(delay)?);
            ours.push(portolan(delay)?);
        }
        let ideal = median(&ideals) * 1000.0;
        let what = format!("20 services, 5 layers, ready after {} ms", delay.as_millis());
        report.judge(&what, median(&ours) * 1000.0, ideal * 1.05 + 40.0, "ms");
        report.note("ideal", ideal, "ms");
    }
    Ok(())
}

/// From the spawn of `portolan up` to the event that the last of all is healthy.
fn portolan(delay: Duration) -> Outcome<f64> {
    let project = Project::new(&twenty_services(delay, true)?)?;
    let begun = Instant::now();
    let up = project.portolan(&["up", "--json"]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    let mut up = Launcher(up);
    let mut events = BufReader::new(up.0.stdout.take().ok_or("no pipe")?);
    let (mut line, mut healthy) = (String::new(), 0);
    while healthy < LAYERS * WIDTH {
        line.clear();
        if events.read_line(&mut line)? == 0 {
            return Err("up ended before all were healthy".into());
        }
        let event: serde_json::Value = serde_json::from_str(&line)?;
        healthy += usize::from(event["type"] == "state" && event["to"] == "healthy");
    }
    let time = begun.elapsed().as_secs_f64();
    // Read on, so that it can go on printing.
    let rest = thread::spawn(move || std::io::copy(&mut events, &mut std::io::sink()));
    up.end()?;
    let _ = rest.join();
    Ok(time)
}

fn ideal(delay: Duration) -> Outcome<f64> {
    let (fixture, ports) = (fixture()?, free_ports(LAYERS * WIDTH)?);
    let mut started = Started(Vec::new());
    let begun = Instant::now();
    for layer in ports.chunks(WIDTH) {
        for port in layer {
            let mut command = Command::new(&fixture);
            command.args(["http", "--port", &port.to_string(), "--delay", &delay.as_millis().to_string()]);
            started
                .0
                .push(command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?);
        }
        let mut waiting = layer.to_vec();
        while !waiting.is_empty() {
            waiting.retain(|port| !is_healthy(*port));
            thread::sleep(PAUSE);
        }
    }
    Ok(begun.elapsed().as_secs_f64())
}

fn is_healthy(port: u16) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.write_all(b"GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer.starts_with("HTTP/1.1 200"))
    };
    ask().unwrap_or(false)
}

/// Processes that end with this.
struct Started(Vec<Child>);

impl Drop for Started {
    fn drop(&mut self) {
        for child in &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
        // What ended leaves the machine busy for a moment.
        thread::sleep(Duration::from_millis(100));
    }
}
