//! The stream against a real Apache Kafka, with real processes.

mod api;
mod hostile;
pub mod incidents;
mod interruptions;
mod notify;
mod scores;
mod setup;
