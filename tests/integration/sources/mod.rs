//! Records of identity providers: what each becomes, and through a broker each once.

use super::support::*;

mod corpus;
mod stream;
