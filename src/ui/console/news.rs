//! What comes to the console from beside: tasks that each wait for one thing and tell of it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::sync::mpsc::UnboundedSender;

use crate::handle::{Entry, Handle, HandleError, TerminalSize};
use crate::logs::TerminalChunk;
use crate::stack::{ServiceName, StackDescription, StackSnapshot, Vitals};
use crate::ui::msg::Answer;

use super::gather::WatchId;

/// How long to wait before a stack that does not answer is asked again.
const AGAIN: Duration = Duration::from_millis(500);

/// Something new.
#[derive(Debug)]
pub(super) enum News {
    Snapshot(Arc<StackSnapshot>),
    Vitals(Arc<Vitals>),
    Event(Arc<Entry>),
    Described(Arc<StackDescription>),
    Answer(Answer),
    /// A piece of what a service's terminal shows.
    Terminal(WatchId, TerminalChunk),
    /// This process was stopped, and goes on.
    #[cfg_attr(not(unix), expect(dead_code, reason = "nothing is stopped there"))]
    Continued,
    /// The stack does not answer; it is asked again.
    Lost,
    /// The stack is no more.
    Over,
}

/// Begins to tell of everything that `handle` has, from the snapshot after `version` on. The tasks end when nobody
/// listens, or the stack is gone. Notify the result when the specification may have changed.
pub(super) fn listen(handle: &Handle, version: u64, news: &UnboundedSender<News>) -> Arc<Notify> {
    tokio::spawn(snapshots(handle.clone(), version, news.clone()));
    tokio::spawn(vitals(handle.clone(), news.clone()));
    tokio::spawn(events(handle.clone(), news.clone()));
    let again = Arc::new(Notify::new());
    tokio::spawn(descriptions(handle.clone(), Arc::clone(&again), news.clone()));
    #[cfg(unix)]
    tokio::spawn(continued(news.clone()));
    again
}

/// Tells when this process goes on after it was stopped: whoever had the terminal meanwhile left it as it liked.
#[cfg(unix)]
async fn continued(news: UnboundedSender<News>) {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut signals) = signal(SignalKind::from_raw(libc::SIGCONT)) else { return };
    while signals.recv().await.is_some() && news.send(News::Continued).is_ok() {}
}

/// Tells what the specification says, now and whenever `again` is notified, until it is told.
async fn descriptions(handle: Handle, again: Arc<Notify>, news: UnboundedSender<News>) {
    loop {
        let told = match handle.describe().await {
            Ok(description) => news.send(News::Described(Arc::new(description))),
            Err(HandleError::Gone) => return,
            Err(HandleError::Refused(_) | HandleError::Unexpected { .. } | HandleError::Broken(_)) => {
                tokio::time::sleep(AGAIN).await;
                if news.is_closed() {
                    return;
                }
                continue;
            }
        };
        if told.is_err() {
            return;
        }
        again.notified().await;
    }
}

/// Tells what a service's terminal of this size shows, until aborted.
pub(super) async fn watch_terminal(
    handle: Handle,
    watch: WatchId,
    service: ServiceName,
    size: TerminalSize,
    news: UnboundedSender<News>,
) {
    let (mut told_size, mut offset) = (false, 0);
    loop {
        let next = async {
            if !told_size {
                handle.resize(service.clone(), size).await?;
                told_size = true;
            }
            handle.terminal_after(service.clone(), offset).await
        };
        match next.await {
            Ok(chunk) => {
                offset = chunk.end();
                if news.send(News::Terminal(watch, chunk)).is_err() {
                    return;
                }
            }
            // Others tell of that.
            Err(HandleError::Gone) => return,
            Err(HandleError::Broken(_)) if !news.is_closed() => tokio::time::sleep(AGAIN).await,
            Err(
                error @ (HandleError::Refused(_) | HandleError::Unexpected { .. } | HandleError::Broken(_)),
            ) => {
                let _ = news.send(News::Answer(Answer::Sent(service, Err(error.to_string()))));
                return;
            }
        }
    }
}

async fn snapshots(handle: Handle, mut version: u64, news: UnboundedSender<News>) {
    loop {
        let told = match handle.snapshot_after(version).await {
            Ok(snapshot) => {
                version = snapshot.version;
                news.send(News::Snapshot(snapshot))
            }
            Err(HandleError::Gone) => {
                let _ = news.send(News::Over);
                return;
            }
            Err(HandleError::Refused(_) | HandleError::Unexpected { .. } | HandleError::Broken(_)) => {
                if news.send(News::Lost).is_err() {
                    return;
                }
                tokio::time::sleep(AGAIN).await;
                // Answered at once: nothing may happen to the stack for long, and it is back all the same.
                match handle.snapshot().await {
                    Ok(snapshot) if snapshot.version >= version => {
                        version = snapshot.version;
                        news.send(News::Snapshot(snapshot))
                    }
                    // What answers there now is not the launcher that was lost.
                    Ok(_) | Err(HandleError::Gone) => {
                        let _ = news.send(News::Over);
                        return;
                    }
                    Err(
                        HandleError::Refused(_) | HandleError::Unexpected { .. } | HandleError::Broken(_),
                    ) => Ok(()),
                }
            }
        };
        if told.is_err() {
            return;
        }
    }
}

async fn vitals(handle: Handle, news: UnboundedSender<News>) {
    let mut version = 0;
    loop {
        match handle.vitals_after(version).await {
            Ok(vitals) => {
                version = vitals.version;
                if news.send(News::Vitals(vitals)).is_err() {
                    return;
                }
            }
            Err(HandleError::Gone) => return,
            Err(HandleError::Refused(_) | HandleError::Unexpected { .. } | HandleError::Broken(_)) => {
                tokio::time::sleep(AGAIN).await;
            }
        }
    }
}

async fn events(handle: Handle, news: UnboundedSender<News>) {
    let mut last = 0;
    loop {
        let mut events = handle.events(last);
        while let Some(Ok(entry)) = events.next().await {
            last = entry.seq;
            if news.send(News::Event(entry)).is_err() {
                return;
            }
        }
        if news.is_closed() || handle.is_local() {
            return;
        }
        tokio::time::sleep(AGAIN).await;
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{UnixListener, UnixStream};
    use tokio::sync::mpsc::unbounded_channel;

    use super::*;
    use crate::handle::{ControlSocket, RemoteHandle};
    use crate::ui::samples;

    /// Reads a request and answers it.
    async fn answer(listener: &UnixListener, status: &str, body: &str) -> (String, UnixStream) {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = vec![0; 4096];
        let len = stream.read(&mut request).await.unwrap();
        let head =
            format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
        stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
        let request = String::from_utf8_lossy(&request[..len]).into_owned();
        (request.lines().next().unwrap_or_default().to_owned(), stream)
    }

    #[tokio::test]
    async fn a_description_that_failed_is_asked_for_again() {
        let folder = tempfile::tempdir().unwrap();
        let (listener, handle) = remote(folder.path());
        let described = serde_json::to_string(&**samples::shop().description.as_ref().unwrap()).unwrap();
        let (sender, mut inbox) = unbounded_channel();
        let again = Arc::new(Notify::new());
        let task = tokio::spawn(descriptions(handle, Arc::clone(&again), sender));
        let _ = answer(&listener, "500 Internal Server Error", "no").await;
        for _ in 0..2 {
            let _ = answer(&listener, "200 OK", &described).await;
            assert!(matches!(inbox.recv().await, Some(News::Described(_))));
            again.notify_one();
        }
        task.abort();
    }

    fn remote(folder: &std::path::Path) -> (UnixListener, Handle) {
        let socket = ControlSocket::at(folder.join("s"));
        let listener = UnixListener::bind(socket.path()).unwrap();
        (listener, RemoteHandle::new(socket).into())
    }

    #[tokio::test]
    async fn a_stack_that_answers_again_is_told_of_though_nothing_happened_to_it() {
        let folder = tempfile::tempdir().unwrap();
        let (listener, handle) = remote(folder.path());
        let snapshot = serde_json::to_string(&*samples::shop().snapshot).unwrap();
        let version = samples::shop().snapshot.version;
        let (sender, mut inbox) = unbounded_channel();
        let task = tokio::spawn(snapshots(handle, version, sender));
        let (first, _) = answer(&listener, "500 Internal Server Error", "no").await;
        assert!(first.contains("after="), "{first}");
        let (second, _) = answer(&listener, "200 OK", &snapshot).await;
        assert!(!second.contains("after="), "{second}");
        assert!(matches!(inbox.recv().await, Some(News::Lost)));
        assert!(matches!(inbox.recv().await, Some(News::Snapshot(_))));
        task.abort();
    }
}
