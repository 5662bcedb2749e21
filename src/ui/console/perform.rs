//! Requests that are questions or orders to the stack: each question is a task of its own, orders and keys are queued,
//! and answers come as news.

use std::future::Future;
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::Notify;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::handle::{CommandRequest, EndHolder, Handle, HandleError};
use crate::stack::ServiceName;
use crate::ui::msg::{Answer, Request};

use super::news::News;

/// Keys that are sent together at most, in bytes: far less than may wait to be read by a service.
const TOGETHER: usize = 4096;

/// The way to the stack.
pub(super) struct StackLine {
    handle: Handle,
    news: UnboundedSender<News>,
    describe: Arc<Notify>,
    typed: UnboundedSender<Typed>,
    orders: UnboundedSender<Ordered>,
}

/// What is typed into a service.
type Typed = (ServiceName, Vec<u8>);

/// An order, and what it is in words.
type Ordered = (String, CommandRequest);

impl StackLine {
    /// Answers come as `news`; `describe` has the specification asked for again. Needs a runtime.
    pub(super) fn new(handle: Handle, news: UnboundedSender<News>, describe: Arc<Notify>) -> Self {
        let (typed, keys) = unbounded_channel();
        tokio::spawn(send_typed(handle.clone(), keys, news.clone()));
        let (orders, given) = unbounded_channel();
        tokio::spawn(give_orders(handle.clone(), given, news.clone()));
        Self { handle, news, describe, typed, orders }
    }

    /// The stack itself.
    pub(super) fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Asks what the specification says, since that may have changed.
    pub(super) fn describe_again(&self) {
        self.describe.notify_one();
    }

    /// Asks the stack, if the request is one for it; others are handed back.
    ///
    /// Orders arrive in the order in which they were given, and so do keys; questions and reloads as they come.
    pub(super) fn ask(&self, request: Request) -> Option<Request> {
        let stack = self.handle.clone();
        let told = self.news.clone();
        match request {
            Request::Order { what, order } => {
                let _ = self.orders.send((what, order));
            }
            Request::Reload => {
                let again = Arc::clone(&self.describe);
                tell(told, async move {
                    let report = said(stack.reload().await);
                    again.notify_one();
                    Answer::Reload(report)
                });
            }
            Request::Renew(service) => {
                let again = Arc::clone(&self.describe);
                tell(told, async move {
                    let renewed = renew(&stack, &service).await;
                    again.notify_one();
                    Answer::Renewed(service, said(renewed))
                });
            }
            Request::Environment { service, reveal } => tell(told, async move {
                Answer::Environment(service.clone(), said(stack.environment(service, reveal).await))
            }),
            Request::Ports => tell(told, async move { Answer::Ports(said(stack.ports().await)) }),
            Request::PortOptions(service) => tell(told, async move {
                Answer::PortOptions(service.clone(), said(stack.port_options(service).await))
            }),
            Request::CheckPort(service, port) => tell(told, async move {
                Answer::PortCheck(service.clone(), port, said(stack.check_port(service, port).await))
            }),
            Request::EndHolder { port, pid, force } => tell(told, async move {
                let ended = stack.end_holder(port, EndHolder { pid, force }).await;
                Answer::HolderEnded(port, said(ended.map(drop)))
            }),
            Request::RememberPort(service, port) => tell(told, async move {
                let written = stack.remember_port(service.clone(), port).await;
                let file = written.map(|written| written.file.display().to_string());
                Answer::PortRemembered(service, port, said(file))
            }),
            Request::Send { service, bytes } => {
                let _ = self.typed.send((service, bytes));
            }
            other => return Some(other),
        }
        None
    }
}

/// Has the stack read everything again, and the service start anew: in this order, or it would start as before.
async fn renew(stack: &Handle, service: &ServiceName) -> Result<(), HandleError> {
    stack.reload().await?;
    let order = CommandRequest::Restart { services: vec![service.clone()], with_dependents: false };
    stack.command(order).await.map(drop)
}

/// Types what is queued, in order; what waits for the same service goes together.
async fn send_typed(handle: Handle, mut queue: UnboundedReceiver<Typed>, news: UnboundedSender<News>) {
    let mut held = None;
    loop {
        let next = match held.take() {
            Some(held) => Some(held),
            None => queue.recv().await,
        };
        let Some((service, mut bytes)) = next else { return };
        held = gather_typed(&service, &mut bytes, &mut queue);
        if let Err(error) = handle.input(service.clone(), Bytes::from(bytes)).await {
            let _ = news.send(News::Answer(Answer::Sent(service, Err(error.to_string()))));
        }
    }
}

/// Adds to `bytes` what waits for the same service; the first that cannot be added is the result.
fn gather_typed(
    service: &ServiceName,
    bytes: &mut Vec<u8>,
    queue: &mut UnboundedReceiver<Typed>,
) -> Option<Typed> {
    loop {
        let (to, more) = queue.try_recv().ok()?;
        if to != *service || bytes.len() + more.len() > TOGETHER {
            return Some((to, more));
        }
        bytes.extend(more);
    }
}

/// Gives the orders that are queued, each when the one before was answered.
async fn give_orders(handle: Handle, mut queue: UnboundedReceiver<Ordered>, news: UnboundedSender<News>) {
    while let Some((what, order)) = queue.recv().await {
        let result = said(handle.command(order).await);
        let _ = news.send(News::Answer(Answer::Order { what, result }));
    }
}

fn tell(news: UnboundedSender<News>, answer: impl Future<Output = Answer> + Send + 'static) {
    tokio::spawn(async move {
        let _ = news.send(News::Answer(answer.await));
    });
}

fn said<T>(result: Result<T, HandleError>) -> Result<T, String> {
    result.map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_go_together_in_order_and_only_to_one_service() {
        let name = |text: &str| ServiceName::new(text).unwrap();
        let (sender, mut queue) = unbounded_channel();
        for (to, typed) in [("web", "b"), ("web", "c"), ("api", "x"), ("web", "d")] {
            sender.send((name(to), typed.as_bytes().to_vec())).unwrap();
        }
        let mut bytes = b"a".to_vec();
        let held = gather_typed(&name("web"), &mut bytes, &mut queue);
        assert_eq!((bytes.as_slice(), held), (&b"abc"[..], Some((name("api"), b"x".to_vec()))));
        let mut full = vec![b'a'; TOGETHER];
        let held = gather_typed(&name("web"), &mut full, &mut queue);
        assert_eq!((full.len(), held), (TOGETHER, Some((name("web"), b"d".to_vec()))));
    }
}
