//! Requests that are questions or orders to the stack: each is a task of its own, its answer comes as news.

use std::future::Future;

use bytes::Bytes;
use tokio::sync::mpsc::UnboundedSender;

use crate::handle::{EndHolder, Handle, HandleError};
use crate::ui::msg::{Answer, Request};

use super::news::{self, News};

/// Asks the stack, if the request is one for it; others are handed back.
pub(super) fn ask(handle: &Handle, news: &UnboundedSender<News>, request: Request) -> Option<Request> {
    let stack = handle.clone();
    let told = news.clone();
    match request {
        Request::Order { what, order } => {
            tell(told, async move { Answer::Order { what, result: said(stack.command(order).await) } });
        }
        Request::Reload => {
            let again = (handle.clone(), news.clone());
            tell(told, async move {
                let report = said(stack.reload().await);
                news::describe(&again.0, &again.1);
                Answer::Reload(report)
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
        Request::Send { service, bytes } => tell_failure(told, async move {
            let sent = stack.input(service.clone(), Bytes::from(bytes)).await;
            sent.err().map(|error| Answer::Sent(service, Err(error.to_string())))
        }),
        other => return Some(other),
    }
    None
}

fn tell(news: UnboundedSender<News>, answer: impl Future<Output = Answer> + Send + 'static) {
    tokio::spawn(async move {
        let _ = news.send(News::Answer(answer.await));
    });
}

fn tell_failure(news: UnboundedSender<News>, answer: impl Future<Output = Option<Answer>> + Send + 'static) {
    tokio::spawn(async move {
        if let Some(answer) = answer.await {
            let _ = news.send(News::Answer(answer));
        }
    });
}

fn said<T>(result: Result<T, HandleError>) -> Result<T, String> {
    result.map_err(|error| error.to_string())
}
