//! The stream and what surrounds it in one process: the thread of the pipeline, HTTP, signals.

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Semaphore, oneshot, watch};

use super::exit::{Code, Failure};
use super::note;
use crate::clock::{Clock, SystemClock};
use crate::config::{Config, HttpConfig};
use crate::detector::Detector;
use crate::health::Health;
use crate::http::{self, Door, Peers, Rates, Shared, Tls};
use crate::kafka::{KafkaLog, Stop, VerdictSender, follow_outputs};
use crate::metrics::Registry;
use crate::pipeline::{Pipeline, PipelineError, PipelineMetrics, PipelineParts};
use crate::profile::Profiles;
use crate::recent::Recent;

const LOOK_FOR_STOP_EVERY: Duration = Duration::from_millis(100);
/// What shells say of a process that a signal ended.
const AT_ONCE_BY_SIGINT: i32 = 128 + 2;
const AT_ONCE_BY_SIGTERM: i32 = 128 + 15;
/// Threads for HTTP and signals; the stream has its own.
const WORKERS: usize = 2;

pub(super) fn runtime() -> Result<Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .enable_all()
        .build()
        .map_err(Failure::internal)
}

pub(super) fn bind(runtime: &Runtime, address: SocketAddr) -> Result<TcpListener, Failure> {
    let bound = runtime.block_on(TcpListener::bind(address));
    bound.map_err(|error| {
        Failure::configuration(format_args!(
            "http.address: cannot listen on {address}: {error}"
        ))
    })
}

/// Asks for a stop at the first SIGTERM or Ctrl-C; the second ends the process at once.
pub(super) fn stop_on_signals(runtime: &Runtime, stop: Stop, grace_ms: u64) {
    runtime.spawn(async move {
        let (Ok(mut terminate), Ok(mut interrupt)) = (
            signal(SignalKind::terminate()),
            signal(SignalKind::interrupt()),
        ) else {
            return;
        };
        for number in 0.. {
            let code = tokio::select! {
                _ = terminate.recv() => AT_ONCE_BY_SIGTERM,
                _ = interrupt.recv() => AT_ONCE_BY_SIGINT,
            };
            if number > 0 {
                note("nightlatch: stopped at once; what was not committed will be read again");
                std::process::exit(code);
            }
            note("nightlatch: stopping; once more to stop at once");
            stop.request(grace_ms);
        }
    });
}

/// What a stream needs beside its log.
pub(super) struct Service {
    config: Config,
    detector: Detector,
    stop: Stop,
    pub registry: Registry,
    pub health: Health,
    pub metrics: PipelineMetrics,
    /// Present where logins are made up: begins an attack among them.
    pub simulate_attack: Option<Arc<dyn Fn() + Send + Sync>>,
    /// Names this start, in ids of the feed.
    epoch: String,
}

impl From<PipelineError> for Failure {
    fn from(error: PipelineError) -> Self {
        match error {
            PipelineError::Tripped(tripped) => Self::new(Code::BadData, tripped),
            PipelineError::Log(error) => error.into(),
            PipelineError::Refused(refused) => Self::new(Code::BadData, refused),
            PipelineError::Damaged(damaged) => damaged.into(),
            PipelineError::Alert(alert) => Self::internal(alert),
            PipelineError::Seal(seal) => Self::internal(seal),
        }
    }
}

impl Service {
    pub(super) fn new(config: &Config, detector: Detector, stop: Stop) -> Result<Self, Failure> {
        let registry = Registry::new().map_err(Failure::internal)?;
        let metrics = PipelineMetrics::register(&registry).map_err(Failure::internal)?;
        Ok(Self {
            config: config.clone(),
            detector,
            stop,
            registry,
            health: Health::default(),
            metrics,
            simulate_attack: None,
            epoch: SystemClock.now_ms().to_string(),
        })
    }

    /// Runs until stopped or failed, and serves HTTP meanwhile.
    pub(super) fn run(
        self,
        runtime: &Runtime,
        log: KafkaLog,
        listener: TcpListener,
    ) -> Result<(), Failure> {
        let recent = Recent::new(self.config.http.recent, &self.epoch);
        let followed = follow_outputs(&self.config, recent.clone(), self.stop.clone());
        let followed = followed.map_err(Failure::internal)?;
        let (rates, verdicts) = (Rates::default(), VerdictSender::new(&self.config));
        runtime.spawn(rates.clone().sample(self.metrics.clone()));
        let pipeline = Pipeline::new(PipelineParts {
            log,
            clock: SystemClock,
            config: self.config.pipeline,
            checkpoint: self.config.checkpoint,
            detector: self.detector.clone(),
            incidents: self.config.incidents,
            suppressions: self.config.suppressions.clone(),
            profiles: Profiles::new(&self.config.profiles),
            hasher: self.config.ids.clone(),
            metrics: self.metrics.clone(),
            health: self.health.clone(),
            stream: format!("{}/{}", self.config.kafka.group, self.config.topics.logins),
            topic: self.config.topics.logins.clone(),
        });
        let shared = Shared {
            suppressions: self.config.suppressions,
            recent,
            send_verdict: Arc::new(move |about, json| verdicts.send(about, json)),
            metrics: self.metrics,
            rates,
            streams: Arc::new(Semaphore::new(self.config.http.max_streams)),
            judging: Arc::new(Semaphore::new(half_of_the_cores())),
            publishing: Arc::new(Semaphore::new(1)),
            simulate_attack: self.simulate_attack,
            detector: self.detector,
            profiles: pipeline.reader(),
            hasher: self.config.ids.clone(),
            peers: Peers::new(&self.config.http.peers),
            registry: self.registry,
            health: self.health.clone(),
            digesting: Default::default(),
            contributions: self.config.pipeline.contributions,
            max_body_bytes: self.config.http.max_body_bytes,
            body_timeout: Duration::from_millis(self.config.http.header_timeout_ms),
            max_clock_skew_ms: self.config.pipeline.max_clock_skew_ms,
        };
        let tls = tls(&self.config.http)?;
        let door = door(&self.config.http);
        let router = http::router(shared, door).map_err(Failure::internal)?;
        let (stop, health) = (self.stop, self.health);
        let ended = serve_while(runtime, (listener, tls), router, self.config.http, || {
            run_pipeline(pipeline, stop.clone(), health, runtime)
        });
        // It ends by itself only where the stream failed.
        stop.request(0);
        let _ = followed.join();
        ended
    }
}

/// Waits until threads have ended, and gives what ended the first of them that failed.
pub(super) fn join_all(threads: Vec<JoinHandle<Result<(), Failure>>>) -> Result<(), Failure> {
    let mut ended = Ok(());
    for thread in threads {
        let name = thread.thread().name().unwrap_or("a").to_owned();
        let one = thread.join().unwrap_or_else(|_| {
            Err(Failure::internal(format_args!(
                "the thread {name} ended unexpectedly"
            )))
        });
        ended = ended.and(one);
    }
    ended
}

fn half_of_the_cores() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| cores.get().div_ceil(2))
}

/// The certificate, where there is one.
pub(super) fn tls(config: &HttpConfig) -> Result<Option<Tls>, Failure> {
    let opened = config.tls.as_ref().map(Tls::open).transpose();
    opened.map_err(|error| Failure::configuration(format_args!("http.certificate_file: {error}")))
}

/// Who may ask, and where.
pub(super) fn door(config: &HttpConfig) -> Door {
    Door {
        access: config.access.clone(),
        address: config.address,
        is_tls: config.tls.is_some(),
    }
}

/// Serves HTTP until some work has ended.
pub(super) fn serve_while<T>(
    runtime: &Runtime,
    (listener, tls): (TcpListener, Option<Tls>),
    router: axum::Router,
    config: HttpConfig,
    work: impl FnOnce() -> T,
) -> T {
    let (http_stop, http_stopped) = watch::channel(false);
    let served = runtime.spawn(http::serve(listener, router, tls, config, http_stopped));
    let ended = work();
    let _ = http_stop.send(true);
    let _ = runtime.block_on(served);
    ended
}

/// The pipeline on a thread of its own, waited for.
fn run_pipeline(
    mut pipeline: Pipeline<KafkaLog, SystemClock>,
    stop: Stop,
    health: Health,
    runtime: &Runtime,
) -> Result<(), Failure> {
    let (send, receive) = oneshot::channel();
    let thread = std::thread::Builder::new()
        .name("stream".to_owned())
        .spawn(move || {
            let ended = pipeline.run(stop.flag());
            // Leaves the group and closes the producer before the process says that it is done.
            drop(pipeline);
            if let Err(PipelineError::Tripped(tripped)) = &ended {
                tracing::error!("{tripped}; nothing is read until this process is started again");
                health.set_braked();
                // Ending would have a supervisor start it again, and the topic drained a window at
                // a time.
                while !stop.is_requested() {
                    std::thread::sleep(LOOK_FOR_STOP_EVERY);
                }
            }
            health.set_stopping();
            let _ = send.send(ended);
        });
    thread.map_err(Failure::internal)?;
    match runtime.block_on(receive) {
        Ok(ended) => ended.map_err(Failure::from),
        Err(_) => Err(Failure::internal("the stream's thread ended unexpectedly")),
    }
}
