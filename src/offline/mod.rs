//! Work on recorded logins: replay, training, evaluation, batch scoring.

pub mod dataset;
pub mod evaluate;
pub mod metrics;
pub mod report;
pub mod score;
pub mod train;

pub use dataset::{Dataset, LoadError};
