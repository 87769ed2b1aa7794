//! Kafka behind the [`Log`](crate::pipeline::Log) of the pipeline. The only module that names
//! rdkafka.

mod beside;
mod causes;
pub mod check;
mod client;
pub mod embedded;
mod fencing;
mod history;
mod key;
mod log;
mod notices;
mod place;
mod producer;
pub mod publish;
pub mod reader;
mod record;
mod sample;
mod stop;
pub mod topics;
mod transaction;

pub use check::check;
pub use history::FileLog;
pub use log::KafkaLog;
pub use publish::Publisher;
pub use reader::AlertReader;
pub use sample::{LoginSample, SourceSample};
pub use stop::Stop;
