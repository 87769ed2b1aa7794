//! What the program does as a process: golden numbers, files, the stream, and the promise under
//! fire. One binary, so that the tests share one broker and are linked once.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod durability;
mod files;
mod golden;
mod sources;
mod stream;
mod support;
