//! Kafka behind the [`Log`](crate::pipeline::Log) of the pipeline. The only module that names rdkafka.

pub mod check;
mod client;
pub mod embedded;
mod log;
pub mod publish;
pub mod reader;
pub mod topics;
mod transaction;

pub use check::check;
pub use log::{KafkaLog, Stop};
pub use publish::Publisher;
pub use reader::AlertReader;
