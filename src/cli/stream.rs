//! The commands that talk to Kafka.

use super::exit::Failure;
use super::SimulateArgs;

pub(super) fn publish(_args: &SimulateArgs, _options: crate::simulate::Options) -> Result<(), Failure> {
    Err(Failure::configuration("soon"))
}
