//! Work on recorded logins: replay, training, evaluation, batch scoring.

pub mod campaigns;
mod cross_fit;
pub mod dataset;
pub mod evaluate;
mod folds;
mod grow;
pub mod inspect;
pub mod metrics;
pub mod options;
pub mod report;
mod sample;
pub mod score;
pub mod train;

pub use dataset::{Dataset, LoadError};
pub use grow::prune_again;
