//! Work on recorded logins: replay, training, evaluation, batch scoring.

pub mod campaigns;
pub mod dataset;
pub mod evaluate;
mod folds;
mod grow;
pub mod inspect;
pub mod metrics;
pub mod report;
mod sample;
pub mod score;
pub mod train;

pub use dataset::{Dataset, LoadError};
