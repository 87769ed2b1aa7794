//! Kafka behind the [`Log`](crate::pipeline::Log) of the pipeline. The only module that names rdkafka.

mod beside;
pub mod check;
mod client;
pub mod embedded;
mod log;
mod notices;
pub mod publish;
pub mod reader;
mod stop;
pub mod topics;
mod transaction;

pub use check::check;
pub use log::KafkaLog;
pub use publish::Publisher;
pub use reader::AlertReader;
pub use stop::Stop;
