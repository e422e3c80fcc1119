//! A program that a test starts. It ends with the test.

use super::patiently;
use std::{
    process::{ExitStatus, Stdio},
    sync::{Arc, Mutex},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
    sync::Notify,
};

pub struct Process {
    child: Child,
    stdout: Lines<BufReader<ChildStdout>>,
    stderr: Arc<Mutex<String>>,
    more: Arc<Notify>,
    reading: Option<tokio::task::JoinHandle<()>>,
}

impl Process {
    /// Starts `program` with nothing of this process's environment but PATH and HOME.
    pub fn start(program: &str, arguments: &[&str], environment: &[(String, String)]) -> Self {
        let mut command = Command::new(program);
        command.args(arguments).env_clear().envs(environment.iter().cloned());
        for name in ["PATH", "HOME"] {
            command.envs(std::env::var_os(name).map(|value| (name, value)));
        }
        let mut child = command
            .current_dir(env!("CARGO_TARGET_TMPDIR"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("{program}: {error}"));
        let stdout = BufReader::new(child.stdout.take().unwrap()).lines();
        let stderr = Arc::new(Mutex::new(String::new()));
        let mut pipe = child.stderr.take().unwrap();
        let kept = Arc::clone(&stderr);
        let more = Arc::new(Notify::new());
        let tell = Arc::clone(&more);
        let reading = tokio::spawn(async move {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = pipe.read(&mut bytes).await {
                kept.lock().unwrap().push_str(&String::from_utf8_lossy(&bytes[..count]));
                tell.notify_waiters();
            }
        });
        Self {
            child,
            stdout,
            stderr,
            more,
            reading: Some(reading),
        }
    }

    /// The address of its one `ready` line.
    pub async fn ready(&mut self) -> String {
        let line = patiently("the line `ready …`", self.stdout.next_line()).await.unwrap();
        let address = line.as_deref().and_then(|line| line.strip_prefix("ready "));
        match address {
            Some(address) => address.to_string(),
            None => panic!("no `ready` but {line:?}; on standard error: {}", self.stderr()),
        }
    }

    /// What follows `mark` in the first line of standard output that has it.
    pub async fn line_after(&mut self, mark: &str) -> String {
        loop {
            let line = patiently(mark, self.stdout.next_line()).await.unwrap();
            let line = line.unwrap_or_else(|| panic!("no {mark:?}; on standard error: {}", self.stderr()));
            if let Some((_, rest)) = line.split_once(mark) {
                return rest.trim().to_string();
            }
        }
    }

    pub fn stderr(&self) -> String {
        self.stderr.lock().unwrap().clone()
    }

    /// Waits until this stands on standard error.
    pub async fn logged(&self, text: &str) {
        loop {
            let more = self.more.notified();
            if self.stderr().contains(text) {
                return;
            }
            more.await;
        }
    }

    pub fn lives(&mut self) -> bool {
        self.child.try_wait().is_ok_and(|ended| ended.is_none())
    }

    pub fn pid(&self) -> u32 {
        self.child.id().unwrap()
    }

    pub fn signal(&self, signal: rustix::process::Signal) {
        let pid = i32::try_from(self.pid()).unwrap();
        rustix::process::kill_process(rustix::process::Pid::from_raw(pid).unwrap(), signal).unwrap();
    }

    /// kill -9.
    pub async fn kill(&mut self) {
        self.child.kill().await.unwrap();
    }

    /// Waits for its end; what it wrote to standard error is complete then.
    pub async fn ended(&mut self) -> ExitStatus {
        let status = patiently("the end of a process", self.child.wait()).await.unwrap();
        if let Some(reading) = self.reading.take() {
            patiently("the end of standard error", reading).await.unwrap();
        }
        status
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- standard error ---\n{}", self.stderr());
        }
    }
}
