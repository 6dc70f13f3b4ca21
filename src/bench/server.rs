//! The server under measurement: a process of its own, watched through `/proc`.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, ChildStdout, Command};

/// Linux counts CPU time in hundredths of a second for every program.
const TICKS_PER_SECOND: f64 = 100.0;

/// Where the server listens: its first line on standard output.
#[derive(Clone, Debug, Deserialize)]
pub struct Addresses {
    /// OTLP/gRPC.
    pub grpc: String,
    /// OTLP/HTTP.
    pub http: String,
    /// API and page.
    pub listen: String,
}

/// A running server.
#[derive(Debug)]
pub struct ServerProcess {
    child: Child,
    // Kept open: a server whose standard output is closed cannot write there.
    _stdout: BufReader<ChildStdout>,
    data: PathBuf,
    /// Where it listens.
    pub addresses: Addresses,
    /// A client of its API that keeps its connection.
    pub client: reqwest::Client,
}

impl ServerProcess {
    /// Starts this program as a server on free ports and waits until it answers.
    ///
    /// # Errors
    /// If it does not start.
    pub async fn start(data: &Path) -> anyhow::Result<Self> {
        let program = std::env::current_exe().context("finding this program's own file")?;
        let mut command = Command::new(program);
        command.args(["serve", "--otlp-grpc", "127.0.0.1:0", "--otlp-http", "127.0.0.1:0"]);
        command.args(["--listen", "127.0.0.1:0", "--data"]).arg(data);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().context("starting the server")?;
        let mut stdout = BufReader::new(child.stdout.take().context("the server has no standard output")?);
        let mut line = String::new();
        stdout.read_line(&mut line).await?;
        ensure!(!line.is_empty(), "the server ended before it was ready; its log says why");
        let addresses = serde_json::from_str(&line).with_context(|| format!("reading {line:?}"))?;
        let client = reqwest::Client::new();
        Ok(Self { child, _stdout: stdout, data: data.to_owned(), addresses, client })
    }

    /// The JSON answer to a question; the path starts with a slash.
    ///
    /// # Errors
    /// If the server answers with anything but 200 and JSON.
    pub async fn get(&self, path: &str) -> anyhow::Result<serde_json::Value> {
        let response = self.client.get(format!("http://{}{path}", self.addresses.listen)).send().await?;
        let status = response.status();
        let body = response.bytes().await?;
        if !status.is_success() {
            bail!("{path} is answered with {status}: {}", String::from_utf8_lossy(&body));
        }
        serde_json::from_slice(&body).with_context(|| format!("reading the answer to {path}"))
    }

    /// Waits until all durable events can be found.
    ///
    /// # Errors
    /// If the server stops answering.
    pub async fn wait_until_searchable(&self) -> anyhow::Result<()> {
        loop {
            let health = self.get("/health/ready").await?;
            let waiting = health.get("unindexed_events").and_then(serde_json::Value::as_u64);
            if waiting.context("/health/ready does not tell unindexed_events")? == 0 {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// CPU time so far.
    ///
    /// # Errors
    /// If the process is gone.
    pub fn cpu(&self) -> anyhow::Result<Cpu> {
        cpu_seconds_of(&self.pid()?)
    }

    /// Memory in RAM, now and at its highest.
    ///
    /// # Errors
    /// If the process is gone.
    pub fn memory(&self) -> anyhow::Result<Memory> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid()?))?;
        let field = |name: &str| -> anyhow::Result<u64> {
            let line =
                status.lines().find_map(|line| line.strip_prefix(name)).context("a field is missing")?;
            let kib: u64 = line.trim().trim_end_matches(" kB").parse()?;
            Ok(kib * 1024)
        };
        // Files that are mapped count as the kernel's cache, not as the program's own memory.
        Ok(Memory { current_bytes: field("RssAnon:")?, peak_bytes: field("VmHWM:")? })
    }

    /// Bytes of the store by kind of file.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn disk_bytes(&self) -> anyhow::Result<Vec<(String, u64)>> {
        super::bytes_by_kind(&self.data)
    }

    /// Asks it to stop and waits until it did.
    ///
    /// # Errors
    /// If it does not end well.
    pub async fn stop(&mut self) -> anyhow::Result<()> {
        let pid = self.pid()?;
        let asked = Command::new("kill").args(["-TERM", &pid]).status().await.context("running kill")?;
        ensure!(asked.success(), "kill failed");
        let status = self.child.wait().await?;
        ensure!(status.success(), "the server ended with {status}");
        Ok(())
    }

    fn pid(&self) -> anyhow::Result<String> {
        self.child.id().map(|pid| pid.to_string()).context("the server has ended")
    }
}

/// CPU time in seconds.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Cpu {
    /// In the program.
    pub user_seconds: f64,
    /// In the kernel, for the program.
    pub system_seconds: f64,
}

impl Cpu {
    /// What was used since an earlier reading.
    #[must_use]
    pub fn since(self, earlier: Self) -> Self {
        Self {
            user_seconds: self.user_seconds - earlier.user_seconds,
            system_seconds: self.system_seconds - earlier.system_seconds,
        }
    }

    /// User and system together.
    #[must_use]
    pub fn total_seconds(self) -> f64 {
        self.user_seconds + self.system_seconds
    }
}

/// Memory of a process in RAM.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Memory {
    /// Now, files that are mapped left out.
    pub current_bytes: u64,
    /// At its highest, files that are mapped included.
    pub peak_bytes: u64,
}

/// CPU time of a process by its id, or of this one by `self`.
///
/// # Errors
/// If there is no such process.
pub fn cpu_seconds_of(pid: &str) -> anyhow::Result<Cpu> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The name in parentheses may hold spaces; the fields after it do not.
    let (_, fields) = stat.rsplit_once(") ").context("/proc/PID/stat has another form")?;
    let ticks = |place: usize| -> anyhow::Result<f64> {
        Ok(fields.split(' ').nth(place).context("/proc/PID/stat is too short")?.parse::<f64>()?)
    };
    Ok(Cpu { user_seconds: ticks(11)? / TICKS_PER_SECOND, system_seconds: ticks(12)? / TICKS_PER_SECOND })
}
