//! What a handle can ask about ports, and have done about them.
//!
//! A client that lets a person choose a port asks [`Handle::port_options`] for what there is, [`Handle::check_port`]
//! about a port that was typed, and gives [`CommandRequest::Reassign`](super::CommandRequest::Reassign); the services that
//! `restarts` names follow by themselves. [`Handle::remember_port`] makes the choice last. Whoever is in the way may be
//! ended by [`Handle::end_holder`], with the pid that an answer named: it is checked again.

use std::path::PathBuf;
use std::time::Duration;

use hyper::Method;
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

use crate::stack::{HolderEnded, Port, PortCheck, PortOptions, PortsReport, Refusal, ServiceName};

use super::{Handle, HandleError, LocalHandle, Order, RemoteHandle};

/// Ending a holder takes up to three grace periods of 3 s.
const LONGEST_END: Duration = Duration::from_secs(40);

/// Where the answer to a question goes.
pub type Reply<T> = oneshot::Sender<Result<T, Refusal>>;

/// A question about ports on its way to the supervisor, which answers each aside: nothing waits for it.
#[derive(Debug)]
pub enum PortOrder {
    /// Every lease of this user and who really listens.
    Report(Reply<PortsReport>),
    /// What a service could have instead of its port.
    Options {
        /// Which service.
        service: ServiceName,
        /// Where the answer goes.
        reply: Reply<PortOptions>,
    },
    /// Whether a service could have this port.
    Check {
        /// Which service.
        service: ServiceName,
        /// Which port.
        port: Port,
        /// Where the answer goes.
        reply: Reply<PortCheck>,
    },
    /// End whoever holds a port.
    EndHolder {
        /// Which port.
        port: Port,
        /// Who holds it.
        request: EndHolder,
        /// Where the answer goes.
        reply: Reply<HolderEnded>,
    },
    /// Write down that a service prefers this port.
    Remember {
        /// Which service.
        service: ServiceName,
        /// Which port.
        port: Port,
        /// Where the answer goes.
        reply: Reply<PortRemembered>,
    },
}

/// Whom to end, as it travels over the control socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndHolder {
    /// The process that holds the port, as the asker believes.
    pub pid: u32,
    /// Even if it belongs to a running stack.
    #[serde(default)]
    pub force: bool,
}

/// A port that a service is to prefer, as it travels over the control socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RememberPort {
    /// The port.
    pub port: Port,
}

/// Where a preferred port was written down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortRemembered {
    /// The file, which the next start and the next reload read.
    pub file: PathBuf,
}

impl LocalHandle {
    /// See [`Handle::ports`].
    pub async fn ports(&self) -> Result<PortsReport, HandleError> {
        self.ask_about_ports(PortOrder::Report).await
    }

    /// See [`Handle::port_options`].
    pub async fn port_options(&self, service: ServiceName) -> Result<PortOptions, HandleError> {
        self.ask_about_ports(|reply| PortOrder::Options { service, reply }).await
    }

    /// See [`Handle::check_port`].
    pub async fn check_port(&self, service: ServiceName, port: Port) -> Result<PortCheck, HandleError> {
        self.ask_about_ports(|reply| PortOrder::Check { service, port, reply }).await
    }

    /// See [`Handle::end_holder`].
    pub async fn end_holder(&self, port: Port, request: EndHolder) -> Result<HolderEnded, HandleError> {
        self.ask_about_ports(|reply| PortOrder::EndHolder { port, request, reply }).await
    }

    /// See [`Handle::remember_port`].
    pub async fn remember_port(
        &self,
        service: ServiceName,
        port: Port,
    ) -> Result<PortRemembered, HandleError> {
        self.ask_about_ports(|reply| PortOrder::Remember { service, port, reply }).await
    }

    async fn ask_about_ports<T>(
        &self,
        question: impl FnOnce(Reply<T>) -> PortOrder,
    ) -> Result<T, HandleError> {
        let (reply, answer) = oneshot::channel();
        self.order(Order::Port(question(reply))).await?;
        Ok(answer.await.map_err(|_| HandleError::Gone)??)
    }
}

impl RemoteHandle {
    /// See [`Handle::ports`].
    pub async fn ports(&self) -> Result<PortsReport, HandleError> {
        self.get("/v1/ports").await
    }

    /// See [`Handle::port_options`].
    pub async fn port_options(&self, service: &ServiceName) -> Result<PortOptions, HandleError> {
        self.get(&format!("/v1/services/{service}/port")).await
    }

    /// See [`Handle::check_port`].
    pub async fn check_port(&self, service: &ServiceName, port: Port) -> Result<PortCheck, HandleError> {
        self.get(&format!("/v1/services/{service}/port/{port}")).await
    }

    /// See [`Handle::end_holder`].
    pub async fn end_holder(&self, port: Port, request: EndHolder) -> Result<HolderEnded, HandleError> {
        let body = serde_json::to_vec(&request).map_err(|error| HandleError::Broken(error.to_string()))?;
        let path = format!("/v1/ports/{port}/end");
        super::remote::parse(&self.ask(Method::POST, &path, body.into(), LONGEST_END).await?)
    }

    /// See [`Handle::remember_port`].
    pub async fn remember_port(
        &self,
        service: &ServiceName,
        port: Port,
    ) -> Result<PortRemembered, HandleError> {
        self.post(&format!("/v1/services/{service}/port"), &RememberPort { port }).await
    }
}

impl Handle {
    /// Every leased port of this user, of whatever stack, and who really listens there.
    pub async fn ports(&self) -> Result<PortsReport, HandleError> {
        match self {
            Self::Local(local) => local.ports().await,
            Self::Remote(remote) => remote.ports().await,
        }
    }

    /// What a service could have instead of its port, as it is at this moment.
    pub async fn port_options(&self, service: ServiceName) -> Result<PortOptions, HandleError> {
        match self {
            Self::Local(local) => local.port_options(service).await,
            Self::Remote(remote) => remote.port_options(&service).await,
        }
    }

    /// Whether a service could have this port now.
    pub async fn check_port(&self, service: ServiceName, port: Port) -> Result<PortCheck, HandleError> {
        match self {
            Self::Local(local) => local.check_port(service, port).await,
            Self::Remote(remote) => remote.check_port(&service, port).await,
        }
    }

    /// Ends the process that holds `port`, gently first and by force after 3 s, and answers when the port is free.
    /// Refused if that process does not hold it now; if it belongs to a running stack, unless `force`; and for the
    /// launcher and its guardian in any case. A refusal says what is true instead. Goes on if the future is dropped.
    pub async fn end_holder(&self, port: Port, request: EndHolder) -> Result<HolderEnded, HandleError> {
        match self {
            Self::Local(local) => local.end_holder(port, request).await,
            Self::Remote(remote) => remote.end_holder(port, request).await,
        }
    }

    /// Writes into portolan.local.toml that a service prefers `port`; the next start and reload know it. Restarts
    /// nothing.
    pub async fn remember_port(
        &self,
        service: ServiceName,
        port: Port,
    ) -> Result<PortRemembered, HandleError> {
        match self {
            Self::Local(local) => local.remember_port(service, port).await,
            Self::Remote(remote) => remote.remember_port(&service, port).await,
        }
    }
}
