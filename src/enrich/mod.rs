//! Says what a login does not say itself: places, networks, and the families of user agents.

pub mod agent;
pub mod geo;
pub mod hosting;
