//! The stream against a real Apache Kafka, with real processes.

mod hostile;
mod interruptions;
mod scores;
mod setup;
