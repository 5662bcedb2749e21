//! A connection on which anything can be sent, at any pace.

use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{Answer, assert_keeps_secrets, in_time};

/// One connection to a service.
pub(crate) struct Raw {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Raw {
    pub(crate) async fn to(port: u16) -> Self {
        Self::try_to(port).await.unwrap()
    }

    pub(crate) async fn try_to(port: u16) -> std::io::Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, read: Vec::new() })
    }

    /// Sends this, with what follows still open.
    pub(crate) async fn write(&mut self, bytes: impl AsRef<[u8]>) {
        in_time("it takes what is sent", self.stream.write_all(bytes.as_ref())).await.unwrap();
    }

    /// Sends this if the other end still takes it.
    pub(crate) async fn try_write(&mut self, bytes: impl AsRef<[u8]>) -> std::io::Result<()> {
        in_time("it takes what is sent", self.stream.write_all(bytes.as_ref())).await
    }

    /// Sends a whole request and reads its answer.
    pub(crate) async fn ask(&mut self, request: &str) -> Answer {
        self.write(request).await;
        self.answer().await
    }

    /// The same where the other end may be gone.
    pub(crate) async fn try_ask(&mut self, request: &str) -> Option<Answer> {
        self.try_write(request).await.ok()?;
        in_time("an answer", self.read_answer()).await
    }

    /// The next answer, interim ones (100) too.
    pub(crate) async fn answer(&mut self) -> Answer {
        let answer = in_time("an answer", self.read_answer()).await;
        let answer =
            answer.unwrap_or_else(|| panic!("closed after {:?}", String::from_utf8_lossy(&self.read)));
        assert_keeps_secrets("an answer", &answer.told());
        answer
    }

    /// The next answer, if there is one before the other end is gone.
    pub(crate) async fn try_answer(&mut self) -> Option<Answer> {
        in_time("an answer or the end", self.read_answer()).await
    }

    /// Nothing more is sent.
    pub(crate) async fn end_of_writing(&mut self) {
        // Whoever has closed already hears of it no more.
        let _ = self.stream.shutdown().await;
    }

    /// Whether something has come, or the end of it, within a moment.
    pub(crate) async fn has_more(&mut self) -> bool {
        !self.read.is_empty() || tokio::time::timeout(Duration::from_millis(20), self.more()).await.is_ok()
    }

    /// Whether the other end closes without another byte.
    pub(crate) async fn is_closed(&mut self) -> bool {
        in_time("it closes or says something", self.more()).await == 0 && self.read.is_empty()
    }

    /// `None` if the other end is gone before it has said all of it.
    async fn read_answer(&mut self) -> Option<Answer> {
        let end = loop {
            match self.read.windows(4).position(|four| four == b"\r\n\r\n") {
                Some(end) => break end,
                None if self.more().await > 0 => {}
                None => return None,
            }
        };
        let head = String::from_utf8(self.read.drain(..end + 4).collect()).unwrap();
        let mut lines = head.trim_end().split("\r\n");
        let status: u16 = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let mut headers = HeaderMap::new();
        for (name, value) in lines.map(|line| line.split_once(':').unwrap()) {
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            headers.append(name, HeaderValue::from_str(value.trim()).unwrap());
        }
        let length = headers.get("content-length").map(|length| length.to_str().unwrap().parse().unwrap());
        let length = match status {
            100..=199 | 204 | 304 => 0,
            _ => length.unwrap_or(usize::MAX),
        };
        while self.read.len() < length && self.more().await > 0 {}
        if length != usize::MAX && self.read.len() < length {
            return None;
        }
        let body = self.read.drain(..length.min(self.read.len())).collect();
        Some(Answer { status, headers, body })
    }

    async fn more(&mut self) -> usize {
        // A connection that was reset has nothing more to give either.
        self.stream.read_buf(&mut self.read).await.unwrap_or_default()
    }
}
