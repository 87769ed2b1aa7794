//! nightlatch detects account takeover in a stream of logins.
//!
//! The promise: every login of the topic is scored once, and every alert is published once to
//! whoever reads committed messages; nothing is lost or counted twice by a kill; each alert says
//! why. ARCHITECTURE.md holds the invariants. The rooms, each using only those above it:
//!
//! | room | what is in it |
//! |---|---|
//! | [`clock`], [`metrics`], [`spelling`], [`words`] | the time; what every room counts with; what a user meant; numbers as people read them |
//! | [`access`], [`trust`] | who may ask; whose certificates are trusted |
//! | [`enrich`] | places, networks and agents that a login only names |
//! | [`login`] | from bytes to a login, or to the reason why not |
//! | [`codec`], [`sketch`] | the bytes of cells; counts in bounded memory |
//! | [`profile`] | what is remembered of users, devices, networks and places |
//! | [`features`] | what a login looks like against what is remembered |
//! | [`forest`] | trees: trained, compiled, explained |
//! | [`model`] | two forests, a calibration and a threshold in one checked file |
//! | [`detector`] | the pure core: a login to a verdict, with reasons and severity |
//! | [`incident`] | what an analyst works: flagged logins of one attacker together |
//! | [`checkpoint`] | profiles that outlive the process: pages, heads, restore |
//! | [`ingest`] | records of identity providers become logins |
//! | [`files`], [`simulate`], [`offline`] | logins in files, made up, learnt from |
//! | [`cases`] | tests of detections: logins before, a login, what is expected |
//! | [`bench`] | what each piece costs on this machine |
//! | [`recent`] | incidents and alerts as they came out, for whoever looks |
//! | [`notify`] | people and tools are told of incidents |
//! | [`config`], [`health`] | what is set, and told |
//! | [`log`] | what the loop asks of a log |
//! | [`pipeline`] | the loop: gather, order, detect, commit |
//! | [`moving`] | the loop that moves records from topic to topic, as logins where they are a provider's |
//! | [`kafka`], [`http`] | the loop's log; what people and machines ask over HTTP |
//! | [`cli`] | the command line |

#![cfg_attr(test, allow(clippy::float_cmp))]

pub mod access;
pub mod bench;
pub mod cases;
pub mod checkpoint;
pub mod cli;
pub mod clock;
pub mod codec;
pub mod config;
pub mod detector;
pub mod enrich;
pub mod features;
pub mod files;
pub mod forest;
pub mod health;
pub mod http;
pub mod incident;
pub mod ingest;
pub mod kafka;
pub mod log;
pub mod login;
pub mod metrics;
pub mod model;
pub mod moving;
pub mod notify;
pub mod offline;
pub mod pipeline;
pub mod profile;
pub mod recent;
pub mod simulate;
pub mod sketch;
pub mod spelling;
pub mod trust;
pub mod words;
