//! A real Temporal server: one for all tests of a run, or one of a test that takes it away.

use super::{patiently, postgres::folder, process::Process};
use serde_json::Value;
use std::{
    net::TcpListener,
    path::PathBuf,
    sync::{
        OnceLock,
        atomic::{AtomicU16, AtomicU32, Ordering},
        mpsc,
    },
};

/// Ports of one server, one after the other.
const PORTS: u16 = 9;
static SHARED: OnceLock<String> = OnceLock::new();
static QUEUES: AtomicU32 = AtomicU32::new(0);

/// The address of the server that tests share.
pub async fn shared() -> String {
    let address = tokio::task::spawn_blocking(|| {
        SHARED.get_or_init(|| {
            let (tell, started) = mpsc::channel();
            // the server dies with this thread, which lives as long as the tests
            std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                    .unwrap();
                runtime.block_on(async {
                    let server = Temporal::start().await;
                    tell.send(server.address()).unwrap();
                    std::future::pending::<()>().await;
                });
            });
            started
                .recv()
                .expect("a Temporal server for the tests: scripts/setup.sh test")
        })
    });
    address.await.unwrap().clone()
}

/// The variables of a squad of its own on a server.
pub fn variables(address: &str) -> Vec<(&'static str, String)> {
    let queue = format!(
        "squad-{}-{}",
        std::process::id(),
        QUEUES.fetch_add(1, Ordering::Relaxed)
    );
    vec![
        ("TEMPORAL_ADDRESS", address.to_string()),
        ("TEMPORAL_TASK_QUEUE", queue),
    ]
}

pub struct Temporal {
    port: u16,
    folder: PathBuf,
    process: Option<Process>,
}

impl Temporal {
    pub async fn start() -> Self {
        let mut server = Self::not_yet();
        server.start_again().await;
        server
    }

    /// Its address, and nobody there.
    pub fn not_yet() -> Self {
        Self {
            port: free_ports(),
            folder: folder("temporal"),
            process: None,
        }
    }

    /// At the same address, with what it had stored.
    pub async fn start_again(&mut self) {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/temporal.sh");
        let (port, folder) = (self.port.to_string(), self.folder.to_str().unwrap());
        let arguments = ["--pdeathsig", "KILL", script, &port, folder];
        let mut process = Process::start("setpriv", &arguments, &[]);
        process.line_after("ready ").await;
        self.process = Some(process);
    }

    pub async fn kill(&mut self) {
        self.process.take().unwrap().kill().await;
    }

    /// Stands still with its connections open, or goes on.
    pub fn signal(&self, signal: rustix::process::Signal) {
        self.process.as_ref().unwrap().signal(signal);
    }

    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }
}

/// What Temporal itself says of a workflow: nothing after the id, or `/history`.
pub async fn said(address: &str, generation: &str, what: &str) -> Value {
    let answer = super::artist::http().get(place(address, generation, what)).send();
    patiently("Temporal", answer).await.unwrap().json().await.unwrap()
}

/// Waits for the end of a workflow; its status in Temporal's words.
pub async fn closed(address: &str, generation: &str) -> String {
    let coming = async {
        loop {
            let workflow = said(address, generation, "").await;
            let status = workflow["workflowExecutionInfo"]["status"].as_str().unwrap_or_default();
            if !status.is_empty() && !status.ends_with("_RUNNING") {
                return status.trim_start_matches("WORKFLOW_EXECUTION_STATUS_").to_string();
            }
        }
    };
    patiently("the end of a workflow", coming).await
}

/// Cancels it there.
pub async fn cancel(address: &str, generation: &str) {
    let post = super::artist::http().post(place(address, generation, "/cancel"));
    let answer = post.json(&serde_json::json!({})).send().await.unwrap();
    assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
}

fn place(address: &str, generation: &str, what: &str) -> String {
    let (host, port) = address.rsplit_once(':').unwrap();
    let port = port.parse::<u16>().unwrap() + 1;
    format!("http://{host}:{port}/api/v1/namespaces/default/workflows/gen-{generation}{what}")
}

/// The first of as many free ports as a server takes, below those that systems give away.
fn free_ports() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let begin = 17_000 + u16::try_from(std::process::id() % 1_000).unwrap() * PORTS;
    loop {
        let first = begin + NEXT.fetch_add(PORTS, Ordering::Relaxed);
        if (first..first + PORTS).all(|port| TcpListener::bind(("127.0.0.1", port)).is_ok()) {
            return first;
        }
    }
}
