//! What a login only names: places, networks and agents, and what a user's own files say of an
//! address.

pub mod agent;
pub mod database;
pub mod geo;
pub mod hosting;
pub mod networks;
