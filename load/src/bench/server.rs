//! The server under measurement: a process of its own, watched through `/proc`.

use std::path::PathBuf;
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

/// How servers are started: always in the same surroundings.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The program under measurement, by its absolute path.
    pub program: PathBuf,
    /// Where the store is.
    pub data: PathBuf,
    /// Further flags of `steplog serve`.
    pub flags: Vec<String>,
    /// Where the server runs, away from any settings file, and where its log goes.
    pub directory: PathBuf,
}

impl Setup {
    /// The program, away from the settings of whoever measures.
    #[must_use]
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("STEPLOG_") {
                command.env_remove(name);
            }
        }
        command.current_dir(&self.directory).stdin(Stdio::null()).kill_on_drop(true);
        command
    }

    /// The version of the program, as it says.
    ///
    /// # Errors
    /// If it does not run.
    pub async fn version(&self) -> anyhow::Result<String> {
        let output = self.command().arg("--version").output().await;
        let output = output.with_context(|| format!("running {}", self.program.display()))?;
        let said = String::from_utf8_lossy(&output.stdout);
        let version = said.trim().strip_prefix("steplog ");
        Ok(version.with_context(|| format!("{} is not steplog", self.program.display()))?.to_owned())
    }

    fn log(&self) -> PathBuf {
        self.directory.join("server.log")
    }

    /// The last lines of the server's log.
    fn last_words(&self) -> String {
        let log = std::fs::read_to_string(self.log()).unwrap_or_default();
        let lines: Vec<_> = log.lines().collect();
        lines.get(lines.len().saturating_sub(10)..).unwrap_or_default().join("\n")
    }
}

/// A running server.
#[derive(Debug)]
pub struct ServerProcess {
    setup: Setup,
    child: Child,
    // Kept open: a server whose standard output is closed cannot write there.
    _stdout: BufReader<ChildStdout>,
    /// Where it listens.
    pub addresses: Addresses,
    /// A client of its API that keeps its connection.
    pub client: reqwest::Client,
}

impl ServerProcess {
    /// Starts the program as a server on free ports and waits until it answers.
    ///
    /// # Errors
    /// If it does not start.
    pub async fn start(setup: &Setup) -> anyhow::Result<Self> {
        let log = std::fs::File::options().create(true).append(true).open(setup.log());
        let mut command = setup.command();
        command.args(["serve", "--otlp-grpc", "127.0.0.1:0", "--otlp-http", "127.0.0.1:0"]);
        command.args(["--listen", "127.0.0.1:0", "--data"]).arg(&setup.data).args(&setup.flags);
        command.stdout(Stdio::piped()).stderr(log.context("opening the server's log")?);
        let mut child = command.spawn().context("starting the server")?;
        let mut stdout = BufReader::new(child.stdout.take().context("the server has no standard output")?);
        let mut line = String::new();
        stdout.read_line(&mut line).await?;
        ensure!(!line.is_empty(), "the server ended before it was ready: {}", setup.last_words());
        let addresses = serde_json::from_str(&line).with_context(|| format!("reading {line:?}"))?;
        let client = reqwest::Client::new();
        Ok(Self { setup: setup.clone(), child, _stdout: stdout, addresses, client })
    }

    /// The address of a path.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.addresses.listen)
    }

    /// The JSON answer to a question; the path starts with a slash.
    ///
    /// # Errors
    /// If the server answers with anything but 200 and JSON.
    pub async fn get(&self, path: &str) -> anyhow::Result<serde_json::Value> {
        let response = self.client.get(self.url(path)).send().await?;
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
        while self.unindexed_events().await? > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// Durable events that cannot be found yet.
    ///
    /// # Errors
    /// If the server does not answer.
    pub async fn unindexed_events(&self) -> anyhow::Result<u64> {
        let health = self.get("/health/ready").await?;
        let waiting = health.get("unindexed_events").and_then(serde_json::Value::as_u64);
        waiting.context("/health/ready does not tell unindexed_events")
    }

    /// CPU time so far.
    ///
    /// # Errors
    /// If the process is gone.
    pub fn cpu(&self) -> anyhow::Result<Cpu> {
        cpu_of(&self.pid()?)
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
        Ok(Memory {
            anonymous_bytes: field("RssAnon:")?,
            resident_bytes: field("VmRSS:")?,
            peak_bytes: field("VmHWM:")?,
        })
    }

    /// Its memory once it has come to rest: when that has not become less for some seconds.
    ///
    /// # Errors
    /// If the process is gone.
    pub async fn memory_at_rest(&self) -> anyhow::Result<Memory> {
        const QUIET_SECONDS: u32 = 12;
        const NOTICED_BYTES: u64 = 1 << 20;
        let (mut least, mut quiet) = (self.memory()?, 0);
        while quiet < QUIET_SECONDS {
            // Nothing tells when an allocator gives memory back.
            tokio::time::sleep(Duration::from_secs(1)).await;
            let now = self.memory()?;
            if now.anonymous_bytes + NOTICED_BYTES <= least.anonymous_bytes {
                (least, quiet) = (now, 0);
            } else {
                quiet += 1;
            }
        }
        self.memory()
    }

    /// What it has read from the disk so far.
    ///
    /// # Errors
    /// If the process is gone.
    pub fn disk_reads(&self) -> anyhow::Result<DiskReads> {
        let pid = self.pid()?;
        let io = std::fs::read_to_string(format!("/proc/{pid}/io"))?;
        let bytes = io.lines().find_map(|line| line.strip_prefix("read_bytes: "));
        let bytes = bytes.context("/proc/PID/io does not tell read_bytes")?.trim().parse()?;
        Ok(DiskReads { major_faults: stat_field(&pid, 9)?, bytes })
    }

    /// Files and connections that it holds open.
    ///
    /// # Errors
    /// If the process is gone.
    pub fn open_files(&self) -> anyhow::Result<u64> {
        Ok(std::fs::read_dir(format!("/proc/{}/fd", self.pid()?))?.count() as u64)
    }

    /// Its threads.
    ///
    /// # Errors
    /// If the process is gone.
    pub fn threads(&self) -> anyhow::Result<u64> {
        Ok(std::fs::read_dir(format!("/proc/{}/task", self.pid()?))?.count() as u64)
    }

    /// Ends it at once, as a crash would.
    ///
    /// # Errors
    /// If it cannot be killed.
    pub async fn kill(&mut self) -> anyhow::Result<()> {
        Ok(self.child.kill().await?)
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
        ensure!(status.success(), "the server ended with {status}: {}", self.setup.last_words());
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
    /// Its own, files that are mapped left out.
    pub anonymous_bytes: u64,
    /// All of it, files that are mapped included.
    pub resident_bytes: u64,
    /// The most of it so far, files that are mapped included.
    pub peak_bytes: u64,
}

/// What a process has read from the disk.
#[derive(Clone, Copy, Debug)]
pub struct DiskReads {
    /// Pages that it waited for.
    pub major_faults: u64,
    /// Bytes, read ahead ones included.
    pub bytes: u64,
}

impl DiskReads {
    /// What was read since an earlier reading.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Self {
        Self {
            major_faults: self.major_faults.saturating_sub(earlier.major_faults),
            bytes: self.bytes.saturating_sub(earlier.bytes),
        }
    }
}

/// CPU time of a process by its id, or of this one by `self`.
///
/// # Errors
/// If there is no such process.
pub fn cpu_of(pid: &str) -> anyhow::Result<Cpu> {
    Ok(Cpu { user_seconds: seconds(pid, 11)?, system_seconds: seconds(pid, 12)? })
}

/// CPU time of all processes that this one started and that have ended.
///
/// # Errors
/// If the kernel does not tell.
pub fn cpu_of_children() -> anyhow::Result<Cpu> {
    Ok(Cpu { user_seconds: seconds("self", 13)?, system_seconds: seconds("self", 14)? })
}

fn seconds(pid: &str, place: usize) -> anyhow::Result<f64> {
    Ok(stat_field(pid, place)? as f64 / TICKS_PER_SECOND)
}

/// A number of `/proc/PID/stat`, counted from 0 behind the process's name.
fn stat_field(pid: &str, place: usize) -> anyhow::Result<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The name in parentheses may hold spaces; the fields after it do not.
    let (_, fields) = stat.rsplit_once(") ").context("/proc/PID/stat has another form")?;
    Ok(fields.split(' ').nth(place).context("/proc/PID/stat is too short")?.parse()?)
}
