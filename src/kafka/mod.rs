//! Kafka behind the [`Log`](crate::pipeline::Log) of the pipeline. The only module that names
//! rdkafka.

mod beside;
mod causes;
pub mod check;
mod client;
pub mod embedded;
mod fencing;
mod file;
mod key;
mod log;
mod notices;
mod outputs;
mod place;
mod producer;
pub mod publish;
mod reach;
pub mod reader;
mod record;
mod replay;
mod sample;
mod stop;
mod tellings;
pub mod topics;
mod transaction;
mod verdicts;

pub use check::check;
pub use file::{FileLog, HistoryFile};
pub use log::{Home, KafkaLog};
pub use outputs::follow_outputs;
pub use publish::Publisher;
pub use reach::{KnownUsers, LoginHistory, Reach};
pub use reader::{OutputReader, ReadOutput};
pub use replay::Replay;
pub use sample::{LoginSample, SourceSample};
pub use stop::Stop;
pub use tellings::{Telling, Tellings};
pub use verdicts::VerdictSender;
