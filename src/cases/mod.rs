//! Tests of detections: logins before, a login, and what is expected of it, through the same step as
//! the stream's.

mod file;
mod run;

pub use file::{Case, CaseError, Expected, ExpectedIncident, read};
pub use run::{CaseResult, Found, run};

#[cfg(test)]
mod tests;
