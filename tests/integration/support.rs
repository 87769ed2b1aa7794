//! What the end-to-end tests share: the program as a process, brokers, and an independent consumer.

#![allow(clippy::disallowed_methods, clippy::print_stderr)]

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::{Headers, Message};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

pub const PATIENCE: Duration = Duration::from_secs(60);

/// How long anything may take; longer runs say so themselves.
fn patience() -> Duration {
    let seconds = std::env::var("NIGHTLATCH_TEST_PATIENCE_S").ok();
    seconds
        .and_then(|seconds| seconds.parse().ok())
        .map_or(PATIENCE, Duration::from_secs)
}

/// The program, with nothing of the caller's own settings.
pub fn nightlatch() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nightlatch"));
    for (name, _) in std::env::vars() {
        if name.starts_with("NIGHTLATCH") {
            command.env_remove(name);
        }
    }
    command.stdin(Stdio::null());
    command
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Runs a command that must succeed.
pub fn succeed(command: &mut Command) -> Output {
    let output = command.output().expect("the program starts");
    assert!(
        output.status.success(),
        "{command:?} ended with {}:\n{}",
        output.status,
        stderr(&output)
    );
    output
}

/// Runs a command that must fail with a code, and gives what it said.
pub fn fail(command: &mut Command, code: i32) -> String {
    let output = command.output().expect("the program starts");
    assert_eq!(
        output.status.code(),
        Some(code),
        "{command:?}:\n{}{}",
        stdout(&output),
        stderr(&output)
    );
    stderr(&output)
}

/// Waits for something to become true.
pub fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(
            start.elapsed() < patience(),
            "after {:?} still not: {what}",
            patience()
        );
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// A real Apache Kafka broker.
pub struct Broker {
    pub address: String,
    dir: Option<tempfile::TempDir>,
    port: u16,
}

static NEXT_PORT: AtomicU32 = AtomicU32::new(0);

/// Ports of this process's own: enough for ten brokers.
const PORTS: u16 = 32;

/// A port that nothing listens on.
pub fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("its address").port()
}

fn script(verb: &str, dir: &Path, args: &[&str]) -> Output {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/kafka");
    let output = Command::new(script)
        .arg(verb)
        .arg(dir)
        .args(args)
        .output()
        .expect("scripts/kafka runs");
    assert!(
        output.status.success(),
        "scripts/kafka {verb} failed:\n{}",
        stderr(&output)
    );
    output
}

impl Broker {
    /// A broker of its own for a test that kills it or changes its rules.
    pub fn start() -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let port = Self::free_ports();
        let broker = Self {
            address: format!("127.0.0.1:{port}"),
            dir: Some(dir),
            port,
        };
        broker.start_again();
        broker.end_with_this_process();
        broker
    }

    /// The first of three ports: the controller takes the one after the broker's, a secure listener
    /// the next.
    fn free_ports() -> u16 {
        20_000
            + PORTS * (std::process::id() % 375) as u16
            + 3 * NEXT_PORT.fetch_add(1, Ordering::Relaxed) as u16
    }

    /// A broker that has a listener with TLS and users as well; gives that one's address and
    /// certificate authority.
    pub fn start_secure() -> (Self, String, PathBuf) {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let port = Self::free_ports();
        script("start", dir.path(), &[&port.to_string(), "secure"]);
        let authority = dir.path().join("ca.pem");
        let broker = Self {
            address: format!("127.0.0.1:{port}"),
            dir: Some(dir),
            port,
        };
        broker.end_with_this_process();
        (broker, format!("127.0.0.1:{}", port + 2), authority)
    }

    /// The broker that tests share: the one of `NIGHTLATCH_TEST_BROKERS`, or one that is started
    /// once.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Broker> = OnceLock::new();
        SHARED.get_or_init(|| match std::env::var("NIGHTLATCH_TEST_BROKERS") {
            Ok(address) if !address.is_empty() => Self {
                address,
                dir: None,
                port: 0,
            },
            _ => Self::start(),
        })
    }

    /// Statics are not dropped, and a test may be killed: a watcher ends the broker when this
    /// process is gone.
    fn end_with_this_process(&self) {
        let watch =
            r#"while kill -0 "$0" 2> /dev/null; do sleep 1; done; "$1" kill "$2"; rm -rf "$2""#;
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/kafka");
        let mut watcher = Command::new("sh");
        watcher
            .args(["-c", watch, &std::process::id().to_string()])
            .arg(script)
            .arg(self.dir());
        let quiet = watcher
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        // It is not waited for: it outlives this process.
        #[allow(clippy::zombie_processes)]
        let _ = quiet.spawn().expect("a watcher");
    }

    fn dir(&self) -> &Path {
        self.dir
            .as_ref()
            .expect("a broker that the test started")
            .path()
    }

    pub fn start_again(&self) {
        script("start", self.dir(), &[&self.port.to_string()]);
    }

    pub fn kill(&self) {
        script("kill", self.dir(), &[]);
    }

    pub fn tool(&self, args: &[&str]) {
        script("tool", self.dir(), args);
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        if let Some(dir) = &self.dir {
            let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/kafka");
            let _ = Command::new(script).arg("kill").arg(dir.path()).output();
        }
    }
}

/// Writes the certificate of an authority that has signed nothing.
pub fn make_authority(path: &Path) {
    let store = path.with_extension("p12").display().to_string();
    let keytool = |verb: &[&str]| {
        let mut command = Command::new("keytool");
        command.args(verb).args([
            "-alias",
            "other",
            "-storepass",
            "changeit",
            "-keystore",
            &store,
        ]);
        succeed(&mut command)
    };
    keytool(&[
        "-genkeypair",
        "-keyalg",
        "RSA",
        "-dname",
        "CN=other",
        "-ext",
        "bc=ca:true",
        "-storetype",
        "PKCS12",
    ]);
    std::fs::write(path, keytool(&["-exportcert", "-rfc"]).stdout).expect("a file");
}

/// A set of topics and a group of their own on a broker.
pub struct Site {
    pub brokers: String,
    pub name: String,
    pub partitions: i32,
    pub folder: tempfile::TempDir,
    pub settings: Vec<(String, String)>,
}

/// The topics of a site, by the names of their settings.
const TOPICS: [&str; 8] = [
    "logins",
    "alerts",
    "incidents",
    "rejected",
    "profiles",
    "feedback",
    "verdicts",
    "audit",
];

static NEXT_SITE: AtomicU32 = AtomicU32::new(0);

/// A message as an independent consumer reads it.
#[derive(Clone, Debug)]
pub struct Received {
    pub partition: i32,
    pub key: Option<String>,
    pub value: Vec<u8>,
    pub headers: BTreeMap<String, String>,
}

impl Site {
    /// Names only; [`Site::create_topics`] makes the topics.
    pub fn new(broker: &Broker, partitions: i32) -> Self {
        let number = NEXT_SITE.fetch_add(1, Ordering::Relaxed);
        Self {
            brokers: broker.address.clone(),
            name: format!("t{}-{number}", std::process::id()),
            partitions,
            folder: tempfile::tempdir().expect("a temporary folder"),
            settings: Vec::new(),
        }
    }

    pub fn with_topics(broker: &Broker, partitions: i32) -> Self {
        let site = Self::new(broker, partitions);
        succeed(site.command(&["topics", "create"]).stdout(Stdio::piped()));
        site
    }

    pub fn set(&mut self, name: &str, value: &str) {
        self.settings.push((name.to_owned(), value.to_owned()));
    }

    /// Whatever arrives within this time of each other is put in order, not only most of it.
    pub fn hold_exactly(&mut self, hold_ms: u32) {
        for name in ["HOLD_MS", "LEAST_HOLD_MS"] {
            self.set(&format!("NIGHTLATCH__ORDER__{name}"), &hold_ms.to_string());
        }
    }

    pub fn topic(&self, kind: &str) -> String {
        format!("{}-{kind}", self.name)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The program with the settings of this site.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = nightlatch();
        command
            .args(args)
            .env("NIGHTLATCH__KAFKA__BROKERS", &self.brokers)
            .env("NIGHTLATCH__KAFKA__GROUP", &self.name)
            .env("NIGHTLATCH__INSTANCE", &self.name)
            .env(
                "NIGHTLATCH__TOPICS__PARTITIONS",
                self.partitions.to_string(),
            )
            .env("NIGHTLATCH__HTTP__ADDRESS", "127.0.0.1:0")
            // On a busy machine a partition may be silent for long; nothing goes ahead of it.
            .env("NIGHTLATCH__ORDER__MAX_WAIT_MS", "60000");
        for kind in TOPICS {
            command.env(
                format!("NIGHTLATCH__TOPICS__{}", kind.to_uppercase()),
                self.topic(kind),
            );
        }
        for (name, value) in &self.settings {
            command.env(name, value);
        }
        command
    }

    /// Starts `run` in the background.
    pub fn run(&self) -> Running {
        self.run_as(&self.name)
    }

    /// The same as another member of the group.
    pub fn run_as(&self, instance: &str) -> Running {
        Running::start(self.command(&["run"]).env("NIGHTLATCH__INSTANCE", instance))
    }

    /// Makes the profiles topic so that the broker compacts it as often as it can.
    pub fn make_profiles_compacted_often(&self, broker: &Broker) {
        if broker.dir.is_none() {
            return; // A broker of somebody else's.
        }
        let (topic, partitions) = (self.topic("profiles"), self.partitions.to_string());
        let mut args = vec![
            "org.apache.kafka.tools.TopicCommand",
            "--bootstrap-server",
            &self.brokers,
            "--create",
            "--topic",
            &topic,
            "--partitions",
            &partitions,
        ];
        for setting in [
            "cleanup.policy=compact",
            "min.cleanable.dirty.ratio=0.001",
            "segment.ms=500",
            "delete.retention.ms=100",
        ] {
            args.extend(["--config", setting]);
        }
        broker.tool(&args);
    }

    fn consumer(&self) -> BaseConsumer {
        ClientConfig::new()
            .set("bootstrap.servers", &self.brokers)
            .set("group.id", format!("{}-reader", self.name))
            .set("isolation.level", "read_committed")
            .set("enable.auto.commit", "false")
            .set("enable.partition.eof", "true")
            .create()
            .expect("a consumer")
    }

    /// The offsets of a topic, all partitions together: about its messages, known at once also
    /// while more are written.
    pub fn offsets(&self, kind: &str, partitions: i32) -> i64 {
        let (topic, consumer) = (self.topic(kind), self.consumer());
        let end = |partition| {
            let marks = consumer.fetch_watermarks(&topic, partition, patience());
            marks.expect("the end of a partition").1
        };
        (0..partitions).map(end).sum()
    }

    /// Every committed message of a topic.
    pub fn read(&self, kind: &str, partitions: i32) -> Vec<Received> {
        let topic = self.topic(kind);
        let consumer = self.consumer();
        let mut list = TopicPartitionList::new();
        for partition in 0..partitions {
            list.add_partition_offset(&topic, partition, Offset::Beginning)
                .expect("an offset");
        }
        consumer.assign(&list).expect("an assignment");
        // A partition may end more than once: a transaction's end comes a moment after its commit.
        let (mut messages, mut ended) = (Vec::new(), BTreeSet::new());
        let mut read = BTreeSet::new();
        let start = Instant::now();
        while ended.len() < partitions as usize {
            assert!(
                start.elapsed() < patience(),
                "topic {topic} cannot be read to its end"
            );
            match consumer.poll(Duration::from_millis(200)) {
                Some(Ok(message)) => {
                    // Or what the reader did twice would look like the program's.
                    assert!(
                        read.insert((message.partition(), message.offset())),
                        "{topic}:{}:{} was read twice",
                        message.partition(),
                        message.offset()
                    );
                    let headers = message.headers().map(|headers| {
                        let text = |bytes: Option<&[u8]>| {
                            String::from_utf8_lossy(bytes.unwrap_or_default()).into_owned()
                        };
                        headers
                            .iter()
                            .map(|header| (header.key.to_owned(), text(header.value)))
                            .collect()
                    });
                    messages.push(Received {
                        partition: message.partition(),
                        key: message
                            .key()
                            .map(|key| String::from_utf8_lossy(key).into_owned()),
                        value: message.payload().unwrap_or_default().to_vec(),
                        headers: headers.unwrap_or_default(),
                    });
                }
                Some(Err(rdkafka::error::KafkaError::PartitionEOF(partition))) => {
                    ended.insert(partition);
                }
                Some(Err(_)) | None => {}
            }
        }
        messages
    }

    pub fn alerts(&self) -> Vec<serde_json::Value> {
        let messages = self.read("alerts", self.partitions);
        messages
            .iter()
            .map(|message| serde_json::from_slice(&message.value).expect("an alert is JSON"))
            .collect()
    }

    /// How many records of the logins topic the group has committed.
    pub fn committed(&self) -> i64 {
        let consumer: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", &self.brokers)
            .set("group.id", &self.name)
            .create()
            .expect("a consumer");
        let mut list = TopicPartitionList::new();
        for partition in 0..self.partitions {
            list.add_partition(&self.topic("logins"), partition);
        }
        let Ok(committed) = consumer.committed_offsets(list, Duration::from_secs(5)) else {
            return -1;
        };
        let offset = |offset: Offset| {
            if let Offset::Offset(offset) = offset {
                offset
            } else {
                0
            }
        };
        committed
            .elements()
            .iter()
            .map(|element| offset(element.offset()))
            .sum()
    }

    /// Waits until so many records are committed.
    pub fn await_committed(&self, records: i64) {
        eventually(&format!("{records} records committed"), || {
            self.committed() >= records
        });
    }

    /// Publishes messages as they are, to the first partition.
    /// Publishes the lines of a file of the site.
    pub fn publish_file(&self, name: &str) {
        let text = std::fs::read_to_string(self.path(name)).expect("a file of logins");
        let lines = text.lines().map(|line| line.as_bytes().to_vec());
        self.publish(&lines.collect::<Vec<_>>());
    }

    pub fn publish(&self, messages: &[Vec<u8>]) {
        self.publish_over(messages, 1);
    }

    /// Makes a topic of this site beside those of the program.
    pub fn create_topic(&self, kind: &str, partitions: i32) {
        succeed(
            self.command(&["topics", "create"])
                .env("NIGHTLATCH__TOPICS__LOGINS", self.topic(kind))
                .env(
                    "NIGHTLATCH__TOPICS__PROFILES",
                    self.topic(&format!("{kind}-profiles")),
                )
                .env("NIGHTLATCH__TOPICS__PARTITIONS", partitions.to_string()),
        );
    }

    /// Publishes messages in turn over the first partitions, without keys.
    pub fn publish_over(&self, messages: &[Vec<u8>], partitions: usize) {
        self.publish_to("logins", messages, partitions);
    }

    /// The same to another topic.
    pub fn publish_to(&self, kind: &str, messages: &[Vec<u8>], partitions: usize) {
        self.publish_keyed(kind, None, messages, partitions);
    }

    /// The same under a key: without, a topic that is compacted takes none.
    pub fn publish_keyed(
        &self,
        kind: &str,
        key: Option<&str>,
        messages: &[Vec<u8>],
        partitions: usize,
    ) {
        let producer: BaseProducer = ClientConfig::new()
            .set("bootstrap.servers", &self.brokers)
            .set("message.max.bytes", "2000000")
            .create()
            .expect("a producer");
        let topic = self.topic(kind);
        for (number, message) in messages.iter().enumerate() {
            let record = || {
                let mut record = BaseRecord::<str, [u8]>::to(&topic).payload(message);
                record.key = key;
                record.partition((number % partitions) as i32)
            };
            while producer.send(record()).is_err() {
                producer.poll(Duration::from_millis(10));
            }
        }
        producer.flush(PATIENCE).expect("everything is delivered");
    }
}

/// A `run` in the background; it is killed, and what it said is shown, when a test gives up on it.
pub struct Running {
    child: Child,
    /// A file, for a pipe that nobody reads fills up and holds the process.
    said: std::fs::File,
}

impl Running {
    /// Starts a command in the background.
    pub fn start(command: &mut Command) -> Self {
        let said = tempfile::tempfile().expect("a temporary file");
        let stderr = said.try_clone().expect("a second handle");
        let child = command.stdout(Stdio::null()).stderr(stderr).spawn();
        Self {
            child: child.expect("the program starts"),
            said,
        }
    }

    /// Read at places of its own: the process writes where the file's handle stands.
    pub fn said(&self) -> String {
        use std::os::unix::fs::FileExt;
        let (mut bytes, mut part) = (Vec::new(), [0; 8192]);
        while let Ok(count @ 1..) = self.said.read_at(&mut part, bytes.len() as u64) {
            bytes.extend_from_slice(&part[..count]);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }

    pub fn has_said(&self, words: &str) -> bool {
        self.said().contains(words)
    }

    /// Stands in for a process while it is exchanged.
    pub fn none() -> Self {
        Self::start(&mut Command::new("true"))
    }

    pub fn signal(&self, signal: &str) {
        let status = Command::new("kill")
            .arg(format!("-{signal}"))
            .arg(self.child.id().to_string())
            .status();
        assert!(status.expect("kill runs").success());
    }

    /// Asks it to stop and gives its exit code and what it said.
    pub fn stop(mut self) -> (Option<i32>, String) {
        self.signal("TERM");
        self.wait()
    }

    /// The signal that ended it, if one did.
    pub fn ended_by(&mut self) -> Option<i32> {
        self.child.try_wait().expect("its status")?.signal()
    }

    /// Waits for its end.
    pub fn wait(&mut self) -> (Option<i32>, String) {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("its status") {
                if let Some(signal) = status.signal() {
                    eprintln!("it was ended by signal {signal}");
                }
                return (status.code(), self.said());
            }
            assert!(start.elapsed() < patience(), "it does not end");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let before = self.child.try_wait();
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!(
                "its end before the test's: {before:?}; what the process said:\n{}",
                self.said()
            );
        }
    }
}

/// A world in a file, and how many logins it has.
pub fn world(path: &Path, args: &[&str]) -> i64 {
    succeed(
        nightlatch()
            .arg("simulate")
            .arg("--output")
            .arg(path)
            .args(args),
    );
    std::fs::read_to_string(path)
        .expect("the file")
        .lines()
        .count() as i64
}

/// The scores of a file by event id, as `score` writes them.
pub fn scores(
    input: &Path,
    output: &Path,
    environment: &[(&str, &str)],
) -> BTreeMap<String, serde_json::Value> {
    let mut command = nightlatch();
    command
        .arg("score")
        .arg("--input")
        .arg(input)
        .arg("--output")
        .arg(output)
        .envs(environment.iter().copied());
    succeed(&mut command);
    let text = std::fs::read_to_string(output).expect("the scores");
    let rows = text
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("a score is JSON"));
    rows.map(|row| (row["event_id"].as_str().expect("an id").to_owned(), row))
        .collect()
}

const SCORES: [&str; 5] = [
    "risk",
    "random_forest",
    "isolation_forest",
    "boosted",
    "likelihood_ratio",
];

/// Alerts by event id; panics when one comes twice.
pub fn by_event(alerts: Vec<serde_json::Value>) -> BTreeMap<String, serde_json::Value> {
    let count = alerts.len();
    let (mut map, mut twice) = (BTreeMap::new(), Vec::new());
    for alert in alerts {
        let id = alert["event_id"].as_str().expect("an alert's field");
        if let Some(before) = map.insert(id.to_owned(), alert.clone()) {
            twice.push(format!("{before}\n{alert}"));
        }
    }
    assert_eq!(map.len(), count, "an alert came twice: {twice:#?}");
    map
}

/// That the alerts are those of batch scoring, with the same numbers to the last bit.
pub fn assert_same_as_scored(
    alerts: Vec<serde_json::Value>,
    scored: &BTreeMap<String, serde_json::Value>,
) {
    let alerts = by_event(alerts);
    let flagged: BTreeSet<&String> = scored
        .iter()
        .filter(|(_, row)| row["flagged"] == true)
        .map(|(id, _)| id)
        .collect();
    assert!(flagged.len() > 3, "{} flagged", flagged.len());
    assert_eq!(alerts.keys().collect::<BTreeSet<_>>(), flagged);
    for (id, alert) in &alerts {
        for name in SCORES {
            let (stream, batch) = (
                alert[name].as_f64().expect("an alert's field"),
                scored[id][name].as_f64().expect("an alert's field"),
            );
            assert_eq!(stream.to_bits(), batch.to_bits(), "{name} of {id}");
        }
        let codes: Vec<&serde_json::Value> = alert["reasons"]
            .as_array()
            .expect("an alert's field")
            .iter()
            .map(|reason| &reason["code"])
            .collect();
        assert_eq!(
            codes,
            scored[id]["reasons"]
                .as_array()
                .expect("an alert's field")
                .iter()
                .collect::<Vec<_>>()
        );
        assert_eq!(alert["severity"], scored[id]["severity"]);
    }
}

pub fn http_get(port: u16, path: &str) -> String {
    http(
        port,
        &format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n"),
        "",
    )
}

/// Sends JSON, as who has a token where one is given, and gives the whole answer.
pub fn http_post(port: u16, path: &str, token: Option<&str>, body: &str) -> String {
    let bearer = token.map_or(String::new(), |token| {
        format!("authorization: Bearer {token}\r\n")
    });
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\n{bearer}content-type: application/json\r\n\
         content-length: {}\r\n",
        body.len()
    );
    http(port, &head, body)
}

fn http(port: u16, head: &str, body: &str) -> String {
    use std::io::{Read, Write};
    let Ok(mut stream) = std::net::TcpStream::connect(("127.0.0.1", port)) else {
        return String::new();
    };
    let request = format!("{head}connection: close\r\n\r\n{body}");
    let mut answer = String::new();
    let _ = stream
        .write_all(request.as_bytes())
        .and_then(|()| stream.read_to_string(&mut answer).map(|_| ()));
    answer
}

/// The JSON of an answer; null where there is none.
pub fn json_of(answer: &str) -> serde_json::Value {
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    serde_json::from_str(body).unwrap_or_default()
}
