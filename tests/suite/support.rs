//! The program as a process, and what tests need around it. The only place that waits by looking again.

pub(crate) mod load;
pub(crate) mod otlp;
pub(crate) mod otlp_json;

use std::collections::HashSet;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Output, Stdio};
use std::time::Duration;

use rand::Rng as _;
use serde_json::Value;
use steplog_load::otlp_client::{Compression, Protocol, Sender, Target};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::Instant;

/// How long anything may take before a test fails: long enough for a machine that does much else.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
/// The pause between two looks.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// What `look` finds, as soon as it finds it.
pub(crate) async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < deadline, "{what}: not within {} s", PATIENCE.as_secs());
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// Lets a random moment of up to so long pass: for what must be hit anywhere.
pub(crate) async fn random_moment(longest: Duration) {
    let moment = longest.mul_f64(rand::rng().random::<f64>());
    tokio::time::sleep(moment).await;
}

/// The program, away from the settings of whoever runs the tests.
pub(crate) fn program(directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_steplog"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("STEPLOG_") || name.to_string_lossy().starts_with("OTEL_") {
            command.env_remove(name);
        }
    }
    // Here is no steplog.toml but one that the test wrote.
    command.current_dir(directory).stdin(Stdio::null()).kill_on_drop(true);
    command
}

/// Runs the program to its end.
pub(crate) async fn run(directory: &Path, arguments: &[&str]) -> Output {
    finish(program(directory).args(arguments)).await
}

/// Runs a command to its end.
pub(crate) async fn finish(command: &mut Command) -> Output {
    tokio::time::timeout(PATIENCE, command.output()).await.expect("the program ends").unwrap()
}

/// What a program wrote to stderr.
pub(crate) fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A figure of a test that its environment may set.
pub(crate) fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap())
}

/// A port that nobody has, outside the range out of which the system gives ports to clients:
/// none of them takes it while the program that listens there is down.
pub(crate) fn free_port() -> u16 {
    let mut rng = rand::rng();
    let mut ports = std::iter::repeat_with(|| rng.random_range(10_000..32_000));
    ports.find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()).expect("a port is free")
}

/// The program as a server.
pub(crate) struct Server {
    child: Child,
    // Kept open: a server whose standard output is closed cannot write there.
    _stdout: BufReader<ChildStdout>,
    log: PathBuf,
    /// The first line of stdout.
    pub(crate) addresses: Value,
    client: reqwest::Client,
}

impl Server {
    /// Starts on free ports with its data in `directory`, and waits until it answers.
    pub(crate) async fn start(directory: &Path) -> Self {
        Self::start_with(directory, &[]).await
    }

    /// Starts with further flags.
    pub(crate) async fn start_with(directory: &Path, flags: &[&str]) -> Self {
        let log = directory.join("server.log");
        let stderr = std::fs::File::options().create(true).append(true).open(&log).unwrap();
        let mut command = program(directory);
        command.args(["serve", "--data"]).arg(directory.join("data"));
        for flag in ["--otlp-grpc", "--otlp-http", "--listen"] {
            if !flags.contains(&flag) {
                command.args([flag, "127.0.0.1:0"]);
            }
        }
        command.args(flags).stdout(Stdio::piped()).stderr(stderr);
        let mut child = command.spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        let read = tokio::time::timeout(PATIENCE, stdout.read_line(&mut line)).await;
        let told = || std::fs::read_to_string(&log).unwrap_or_default();
        assert!(read.is_ok_and(|read| read.is_ok()) && !line.is_empty(), "no server: {}", told());
        let addresses = serde_json::from_str(&line).unwrap();
        Self { child, _stdout: stdout, log, addresses, client: reqwest::Client::new() }
    }

    /// An address of the first line: `grpc`, `http`, `listen`.
    pub(crate) fn address(&self, name: &str) -> &str {
        self.addresses[name].as_str().unwrap()
    }

    /// A sender to this server.
    pub(crate) fn sender(&self, protocol: Protocol) -> Sender {
        Sender::new(self.target(protocol))
    }

    /// Where OTLP goes to.
    pub(crate) fn target(&self, protocol: Protocol) -> Target {
        let address = match protocol {
            Protocol::Grpc => self.address("grpc"),
            Protocol::Http => self.address("http"),
        };
        let mut target = Target::new(protocol, &format!("http://{address}")).unwrap();
        target.compression = Compression::Gzip;
        target
    }

    /// Status and JSON of an answer of the API.
    pub(crate) async fn ask(&self, path: &str) -> (u16, Value) {
        let url = format!("http://{}{path}", self.address("listen"));
        let answer = self.client.get(url).timeout(PATIENCE).send().await.unwrap();
        let status = answer.status().as_u16();
        let body = answer.bytes().await.unwrap();
        let json = serde_json::from_slice(&body).unwrap_or_else(|error| panic!("{path}: {error}: {body:?}"));
        (status, json)
    }

    /// The JSON of an answer that must be good.
    pub(crate) async fn get(&self, path: &str) -> Value {
        let (status, json) = self.ask(path).await;
        assert_eq!(status, 200, "{path}: {json}");
        json
    }

    /// Waits until all that was acknowledged can be found.
    pub(crate) async fn searchable(&self) {
        let mut last = Value::Null;
        eventually("all events are searchable", async || {
            let health = self.get("/health/ready").await;
            if health != last {
                // For whoever reads why a test failed.
                println!("{health}");
                last = health.clone();
            }
            (health["unindexed_events"] == 0).then_some(())
        })
        .await;
    }

    /// The ids of all events since `from`, walked page by page. Fails on an id that comes twice.
    pub(crate) async fn ids_since(&self, from: i64) -> HashSet<String> {
        let (mut ids, mut cursor) = (HashSet::new(), String::new());
        loop {
            let page = self.get(&format!("/api/v1/events?limit=1000&from={from}{cursor}")).await;
            assert_eq!(page["complete"], true);
            for event in page["events"].as_array().unwrap() {
                let id = event["id"].as_str().unwrap();
                assert!(ids.insert(id.to_owned()), "{id} is there twice");
            }
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return ids,
            }
        }
    }

    /// The number of events since `from` by counting, not by walking.
    pub(crate) async fn count_since(&self, from: i64) -> u64 {
        self.get(&format!("/api/v1/histogram?from={from}")).await["total"].as_u64().unwrap()
    }

    /// The whole event of an id.
    pub(crate) async fn event(&self, id: &str) -> Value {
        self.get(&format!("/api/v1/events/{id}")).await
    }

    /// What the server wrote to stderr so far, in all its lives.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }

    /// The most memory that it ever had, in bytes.
    pub(crate) fn peak_memory_bytes(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id().unwrap())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10
    }

    /// Kills it as a power cut would, and waits until it is gone.
    pub(crate) async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    /// Sends it a signal, such as `TERM`.
    pub(crate) async fn signal(&self, name: &str) {
        let process = self.child.id().expect("the server runs").to_string();
        let status = Command::new("kill").args([&format!("-{name}"), &process]).status().await.unwrap();
        assert!(status.success());
    }

    /// Waits for its end.
    pub(crate) async fn end(&mut self) -> ExitStatus {
        tokio::time::timeout(PATIENCE, self.child.wait()).await.expect("the server ends").unwrap()
    }

    /// Stops it in good order.
    pub(crate) async fn stop(mut self) {
        self.signal("TERM").await;
        let status = self.end().await;
        assert!(status.success(), "{status}: {}", self.log());
    }
}
