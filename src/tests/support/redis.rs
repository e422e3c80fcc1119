//! A real Redis of one test: it can be killed, and comes back at the same address.

use super::{patiently, postgres::folder, process::Process};
use std::{net::TcpListener, path::PathBuf};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

pub struct Redis {
    port: u16,
    folder: PathBuf,
    process: Process,
}

impl Redis {
    pub async fn start() -> Self {
        // free a moment ago; nobody else asks for this one
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let folder = folder("redis");
        Self {
            port,
            process: run(port, &folder).await,
            folder,
        }
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/0", self.port)
    }

    pub async fn kill(&mut self) {
        self.process.kill().await;
    }

    pub async fn start_again(&mut self) {
        self.process = run(self.port, &self.folder).await;
    }

    /// Stands still with its connections open, or goes on.
    pub fn signal(&self, signal: rustix::process::Signal) {
        self.process.signal(signal);
    }

    /// What Redis says to a command of one line.
    pub async fn say(&self, command: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        stream
            .write_all(format!("{command}\r\nQUIT\r\n").as_bytes())
            .await
            .unwrap();
        let mut text = String::new();
        patiently("Redis", stream.read_to_string(&mut text)).await.unwrap();
        text
    }
}

async fn run(port: u16, folder: &std::path::Path) -> Process {
    let (port, folder) = (port.to_string(), folder.to_str().unwrap());
    let arguments = [
        "--port",
        &port,
        "--bind",
        "127.0.0.1",
        "--dir",
        folder,
        "--save",
        "",
        "--appendonly",
        "no",
    ];
    let mut process = Process::start("redis-server", &arguments, &[]);
    process.line_after("Ready to accept connections").await;
    process
}
