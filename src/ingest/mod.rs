//! What stands before the detector: records of identity providers become logins.
//!
//! | file | what is in it |
//! |---|---|
//! | `table`, `compile`, `format` | a format as it is written, checked, and run |
//! | `path`, `tree` | where values lie in a record, found in one pass |
//! | `record`, `text` | envelopes, arrays and texts |
//! | `value`, `clean`, `time` | what providers write, made into what a login may hold |
//! | `convert`, `outcome` | the rules: a login, nothing, or a rejection |
//! | `enrich` | what a user's files say of an address |
//! | `explain` | why a record became what it did |
//! | `source`, `metrics` | a source as it is configured, and what is counted of it |
//! | `builtin`, `adapter` | the formats that come with the program; which one reads a source |

mod adapter;
pub mod builtin;
mod clean;
mod compile;
mod convert;
mod enrich;
mod explain;
mod format;
mod metrics;
mod names;
mod outcome;
mod path;
mod record;
mod source;
mod table;
mod text;
mod time;
mod tree;
mod value;

pub use adapter::{Adapter, EventIndex, MAX_RECORD_BYTES};
pub use enrich::{EnrichConfig, EnrichError, Enricher};
pub use explain::{Explained, FoundField};
pub use format::Format;
pub use metrics::{IngestMetrics, Told};
pub use outcome::{Broken, Evidence, IgnoreReason, Outcome, Rejection};
pub use source::{ReadAt, SourceConfig, SourceReader};

pub use crate::login::Event;

#[cfg(test)]
mod tests;
