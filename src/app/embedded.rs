//! Puts the services of `backend` behind the seam of `services`, on threads of their own: what they do must not hold up
//! the supervisor, and what they need is not there until one of them starts.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::{io, thread};

use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

use crate::backend::{Parts, Service, ServiceError};
use crate::services::{EmbeddedContext, EmbeddedError, EmbeddedService, EmbeddedServices, EmbeddedSocket};
use crate::stack::EmbeddedKind;

/// What the threads are called.
const THREADS: &str = "embedded";

/// Threads for requests, all services together; no more than there are cores.
const MOST_THREADS: usize = 4;

/// The three embedded services.
pub(super) fn embedded_services() -> EmbeddedServices {
    let workshop = Arc::new(Workshop::default());
    let all = [
        (EmbeddedKind::Auth, Service::Auth),
        (EmbeddedKind::Backend, Service::Backend),
        (EmbeddedKind::Frontend, Service::Frontend),
    ];
    all.into_iter().fold(EmbeddedServices::default(), |services, (kind, service)| {
        services.with(kind, Arc::new(Embedded { service, workshop: Arc::clone(&workshop) }))
    })
}

struct Embedded {
    service: Service,
    workshop: Arc<Workshop>,
}

/// The threads that embedded services share, made for the first of them.
#[derive(Default)]
struct Workshop {
    runtime: Mutex<Option<Runtime>>,
}

/// A task that ends when it is dropped.
struct Held(JoinHandle<Result<(), ServiceError>>);

impl EmbeddedService for Embedded {
    fn serve(
        &self,
        context: EmbeddedContext,
    ) -> Pin<Box<dyn Future<Output = Result<(), EmbeddedError>> + Send + 'static>> {
        let EmbeddedContext { service: name, socket, env, state_folder, output, stop } = context;
        let Some(EmbeddedSocket(listener)) = socket else {
            return Box::pin(async {
                Err(EmbeddedError::Refused("an embedded service needs a port".to_owned()))
            });
        };
        let name = name.as_str().to_owned();
        let parts = Parts { name, listener, env, state: state_folder, stop, output: Box::new(output) };
        let begun = self.workshop.begin(self.service, parts);
        Box::pin(async move {
            let failed =
                |error: io::Error| EmbeddedError::Failed(format!("its threads cannot be started: {error}"));
            let mut held = Held(begun.map_err(failed)?);
            match (&mut held.0).await {
                Ok(served) => served.map_err(|error| match error {
                    ServiceError::Refused(reason) => EmbeddedError::Refused(reason),
                    ServiceError::Failed(reason) => EmbeddedError::Failed(reason),
                }),
                Err(end) if end.is_panic() => {
                    Err(EmbeddedError::Failed("it panicked, which is a bug of Portolan's".to_owned()))
                }
                Err(_) => Err(EmbeddedError::Failed("it was ended".to_owned())),
            }
        })
    }
}

impl Workshop {
    fn begin(&self, service: Service, parts: Parts) -> io::Result<JoinHandle<Result<(), ServiceError>>> {
        let mut runtime = self.runtime.lock().unwrap_or_else(PoisonError::into_inner);
        let threads = thread::available_parallelism().map_or(1, |cores| cores.get().min(MOST_THREADS));
        let made = match runtime.take() {
            Some(made) => made,
            None => {
                spare_others();
                let mut builder = Builder::new_multi_thread();
                builder.worker_threads(threads).thread_name(THREADS).enable_all().build()?
            }
        };
        let begun = made.spawn(service.serve(parts));
        *runtime = Some(made);
        Ok(begun)
    }
}

impl Drop for Workshop {
    fn drop(&mut self) {
        // In whichever context the last service is dropped, waiting for threads would be wrong there.
        if let Some(runtime) = self.runtime.get_mut().unwrap_or_else(PoisonError::into_inner).take() {
            runtime.shutdown_background();
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Keeps a panic on these threads to their service, which logs it. Anywhere else one is the end of the console, whose
/// hook gives the terminal back.
fn spare_others() {
    let others = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if thread::current().name() != Some(THREADS) {
            others(panic);
        }
    }));
}
