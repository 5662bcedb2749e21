//! Allocation: finds a port, leases it and reserves it, or says who has every port that was tried.
//!
//! It states facts only; whether a taken port means the next one, a failure or the end of its holder is decided by the
//! caller.

use std::fmt;
use std::io;
use std::path::Path;
use std::thread;
use std::time::{Duration, SystemTime};

use super::holder;
use super::lease::{Lease, LeaseError, LeaseFolder, LeaseOwner, LockedPort};
use super::obstacle::{Obstacle, Obstacles, name_all};
use super::request::{Request, WhenExhausted};
use super::reservation::Reservation;
use super::runtime_dir::{self, RuntimeDirError};
use super::system;
use crate::stack::{Holder, LeaseRecord, Port, PortRange};

/// How often ports are tried before what was seen last is believed although it kept changing; 1.2 s in all.
const ROUNDS: u32 = 60;
/// Even a steady sight is not believed before 6 ms have passed: a child of ours that has not come to its exec yet still
/// holds what we have just given up.
const LEAST_ROUNDS: u32 = 4;
const LONGEST_PAUSE: Duration = Duration::from_millis(25);
const UNSETTLED_TRIES: u32 = 4;
const UNSETTLED_PAUSE: Duration = Duration::from_micros(500);
const EPHEMERAL_TRIES: u32 = 32;

/// Allocates ports among all stacks of this user.
#[derive(Clone, Debug)]
pub struct PortAllocator {
    leases: LeaseFolder,
}

/// A port of one's own: dropped, both lease and reservation are given back.
#[derive(Debug)]
pub struct Allocated {
    /// The port.
    pub port: Port,
    // Dropped before the lease: whoever gets the lease next must find the port unbound.
    /// Keeps others off the port.
    pub reservation: Reservation,
    /// Keeps other stacks off the port.
    pub lease: Lease,
    /// Why it is not the preferred port, if it is not.
    pub moved: Option<WhyMoved>,
}

/// Why a service did not get the port that it prefers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WhyMoved {
    /// The preferred port.
    pub preferred: Port,
    /// Who has it.
    pub holder: Holder,
}

/// Why no port was given; completes "failed to …".
#[derive(Debug, thiserror::Error)]
pub enum AllocateError {
    /// Every port that was named is held, all of them at one moment.
    #[error("find a free port: {} held{}", tried.len(), Tried(tried))]
    Exhausted {
        /// The range that was asked for.
        range: Option<PortRange>,
        /// Each port with its holder, in the order of trying.
        tried: Vec<(Port, Holder)>,
    },
    /// The one port that was asked for is held.
    #[error("take port {port}: held by {holder}")]
    Taken {
        /// The port.
        port: Port,
        /// Who has it.
        holder: Holder,
    },
    /// The system let us neither lock nor record a lease.
    #[error("lease a port: {0}")]
    Lease(#[from] LeaseError),
    /// The system gave us no socket, for a reason that has nothing to do with the port.
    #[error("reserve port {port}: {source}")]
    Reserve {
        /// The port.
        port: Port,
        /// What the system said.
        source: io::Error,
    },
}

impl PortAllocator {
    /// Opens the user's leases.
    ///
    /// # Errors
    /// When there is no runtime folder that is safely ours.
    pub fn open() -> Result<Self, RuntimeDirError> {
        Self::in_folder(&runtime_dir::runtime_dir()?.join("ports"))
    }

    /// Opens the leases in `folder`, which is created if its parent exists. For tests; stacks share [`Self::open`]'s.
    ///
    /// # Errors
    /// When the folder is not safely ours.
    pub fn in_folder(folder: &Path) -> Result<Self, RuntimeDirError> {
        Ok(Self { leases: LeaseFolder::new(folder)? })
    }

    /// The leases of all running stacks, lowest port first. Takes no lock.
    ///
    /// # Errors
    /// When the folder cannot be listed.
    pub fn leases(&self) -> Result<Vec<LeaseRecord>, LeaseError> {
        self.leases.read_all()
    }

    /// Who has `port`: the stack that leased it, else whoever has a socket there; `None` if it seems free.
    pub fn holder(&self, port: Port) -> Option<Holder> {
        self.leases.read(port).map(Holder::Stack).or_else(|| holder::holder_of(port))
    }

    /// Looks which of `ports` could be had: each with who has it, `None` for a free one. Stops after `enough` free ones.
    ///
    /// Each port is taken for a moment without a record, which other allocations wait out. Blocks: 0.1 ms a port, and
    /// 2 ms and more to name the holders.
    ///
    /// # Errors
    /// The system's, if it refuses files or sockets.
    pub fn look(&self, ports: &[Port], enough: usize) -> Result<Vec<(Port, Option<Holder>)>, AllocateError> {
        let (mut seen, mut obstacles) = (Vec::new(), Obstacles::new());
        let mut free = 0;
        for port in ports {
            if free == enough {
                break;
            }
            match patiently(|| Ok(self.try_bind(*port)?.map(|_| ())))? {
                Ok(()) => {
                    free += 1;
                    seen.push((*port, None));
                }
                Err(obstacle) => {
                    seen.push((*port, Some(Holder::Unknown)));
                    obstacles.push((*port, obstacle));
                }
            }
        }
        let mut named = name_all(obstacles).into_iter();
        for (_, holder) in seen.iter_mut().filter(|(_, holder)| holder.is_some()) {
            *holder = named.next().map(|(_, holder)| holder);
        }
        Ok(seen)
    }

    /// Leases and reserves the first free one of the preferred port, the last one, the range and, if so asked, any port.
    ///
    /// Blocks: 0.1 ms if the first port is free, 2 ms and more to name a holder, 10 ms to be sure of an exhausted range.
    /// Exhausted means that all ports were held at one moment, or that they kept changing hands for over a second.
    ///
    /// # Errors
    /// [`AllocateError::Exhausted`] with every holder; the system's, if it refuses files or sockets.
    pub fn allocate(&self, request: &Request<'_>) -> Result<Allocated, AllocateError> {
        let candidates = request.candidates();
        let (found, mut obstacles) = self.first_free(&candidates, request)?;
        let found = match found {
            Some(found) => found,
            None => match request.when_exhausted {
                WhenExhausted::Fail => return Err(self.exhausted(request, obstacles)),
                WhenExhausted::Ephemeral => match self.ephemeral(request)? {
                    Some(found) => found,
                    None => return Err(self.exhausted(request, obstacles)),
                },
            },
        };
        let (lease, reservation) = found;
        let port = lease.port();
        let moved = request.prefer.filter(|preferred| *preferred != port).map(|preferred| {
            let at = obstacles.iter().position(|(port, _)| *port == preferred);
            let holder = at.map_or(Holder::Excluded, |at| name_all([obstacles.swap_remove(at)]).remove(0).1);
            WhyMoved { preferred, holder }
        });
        Ok(Allocated { port, reservation, lease, moved })
    }

    /// Leases and reserves `port` or nothing.
    ///
    /// # Errors
    /// [`AllocateError::Taken`] with its holder; the system's, if it refuses files or sockets.
    pub fn allocate_exact(
        &self,
        owner: &LeaseOwner,
        port: Port,
        now: SystemTime,
    ) -> Result<Allocated, AllocateError> {
        let request = Request {
            owner,
            prefer: Some(port),
            last: None,
            range: None,
            exclude: &[],
            when_exhausted: WhenExhausted::Fail,
            now,
        };
        self.allocate(&request).map_err(|error| match error {
            AllocateError::Exhausted { tried, .. } => AllocateError::Taken {
                port,
                holder: tried.into_iter().next().map_or(Holder::Unknown, |(_, holder)| holder),
            },
            other @ (AllocateError::Taken { .. }
            | AllocateError::Lease(_)
            | AllocateError::Reserve { .. }) => other,
        })
    }

    /// Tries `candidates` until one is free or all were seen held at one moment; what was in the way is returned too.
    ///
    /// A port passed in a scan may be freed behind its back while the next one is taken, so one scan proves nothing.
    /// Two scans that see the same holders do: all of them held their ports at the moment between.
    fn first_free(
        &self,
        candidates: &[Port],
        request: &Request<'_>,
    ) -> Result<(Option<(Lease, Reservation)>, Obstacles), AllocateError> {
        let mut before = Obstacles::new();
        for round in 0..ROUNDS {
            let mut obstacles = Obstacles::with_capacity(candidates.len());
            for port in candidates {
                match patiently(|| self.try_port(*port, request))? {
                    Ok(found) => return Ok((Some(found), obstacles)),
                    Err(obstacle) => obstacles.push((*port, obstacle)),
                }
            }
            let is_settled = obstacles.iter().all(|(_, obstacle)| *obstacle != Obstacle::Unsettled);
            if is_settled && obstacles == before && round >= LEAST_ROUNDS {
                return Ok((None, obstacles));
            }
            before = obstacles;
            thread::sleep(Duration::from_millis(round.into()).min(LONGEST_PAUSE));
        }
        Ok((None, before))
    }

    fn try_port(
        &self,
        port: Port,
        request: &Request<'_>,
    ) -> Result<Result<(Lease, Reservation), Obstacle>, AllocateError> {
        Ok(match self.try_bind(port)? {
            Ok((locked, reservation)) => {
                Ok((locked.record(request.owner, request.prefer, request.now)?, reservation))
            }
            Err(obstacle) => Err(obstacle),
        })
    }

    fn try_bind(&self, port: Port) -> Result<Result<(LockedPort<'_>, Reservation), Obstacle>, AllocateError> {
        let Some(locked) = self.leases.try_lock(port)? else {
            return Ok(Err(self.leases.read(port).map_or(Obstacle::Unsettled, Obstacle::Leased)));
        };
        match Reservation::bind(port) {
            Ok(reservation) => Ok(Ok((locked, reservation))),
            Err(source) => {
                // Others must not see our lock for longer than needed.
                drop(locked);
                match source.kind() {
                    io::ErrorKind::AddrInUse => Ok(Err(Obstacle::Bound(system::sockets_in_the_way(port)))),
                    io::ErrorKind::PermissionDenied => Ok(Err(Obstacle::Forbidden)),
                    _ => Err(AllocateError::Reserve { port, source }),
                }
            }
        }
    }

    fn ephemeral(&self, request: &Request<'_>) -> Result<Option<(Lease, Reservation)>, AllocateError> {
        for _ in 0..EPHEMERAL_TRIES {
            let Some(port) = propose_ephemeral().filter(|port| !request.exclude.contains(port)) else {
                continue;
            };
            if let Ok(found) = self.try_port(port, request)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    fn exhausted(&self, request: &Request<'_>, obstacles: Obstacles) -> AllocateError {
        let mut tried = name_all(obstacles);
        tried.extend(request.excluded().map(|port| (port, Holder::Excluded)));
        AllocateError::Exhausted { range: request.range, tried }
    }
}

/// Gives what stands in the way a moment to become a lease, or to go, before another port is tried.
fn patiently<T>(
    mut try_it: impl FnMut() -> Result<Result<T, Obstacle>, AllocateError>,
) -> Result<Result<T, Obstacle>, AllocateError> {
    for _ in 0..UNSETTLED_TRIES {
        match try_it()? {
            Err(obstacle) if obstacle.is_passing() => thread::sleep(UNSETTLED_PAUSE),
            tried => return Ok(tried),
        }
    }
    try_it()
}

/// portpicker says `None` without IPv6; then the kernel is asked, whose choice is free on IPv4 at least.
fn propose_ephemeral() -> Option<Port> {
    let asked = || std::net::TcpListener::bind("0.0.0.0:0").ok()?.local_addr().ok().map(|addr| addr.port());
    portpicker::pick_unused_port().or_else(asked).and_then(Port::new)
}

/// The first few holders; the whole list is in the error for who wants to show it.
struct Tried<'a>(&'a [(Port, Holder)]);

impl fmt::Display for Tried<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (port, holder)) in self.0.iter().take(3).enumerate() {
            write!(f, "{} {port} by {holder}", if at == 0 { ":" } else { "," })?;
        }
        if self.0.len() > 3 { f.write_str(", …") } else { Ok(()) }
    }
}
