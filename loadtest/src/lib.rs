//! Measures cold, warm and start-up latency over HTTP, and proves which requests were cold.
//!
//! Data flows one way: [`args`] → [`plan`] → [`experiment`] asks a [`probe`] for each [`sample`] → [`report`].

#![allow(missing_docs)]

mod apart;
pub mod args;
mod blocks;
pub mod cache;
mod client;
pub mod command_line;
mod comparable;
mod compared;
pub mod deploy;
pub mod environment;
pub mod error;
pub mod evidence;
mod excerpt;
mod exit;
pub mod expectation;
pub mod experiment;
mod explain;
pub mod floor;
pub mod gate;
mod headers;
mod human;
mod idle;
#[cfg(feature = "serve")]
pub mod image;
pub mod input;
pub mod interrupt;
mod job_summary;
mod left_over;
mod line_file;
pub mod load;
#[cfg(feature = "serve")]
pub mod local;
pub mod look;
pub mod margin;
#[cfg(feature = "serve")]
pub mod matrix;
pub mod measure;
mod micros;
mod output;
pub mod owner;
#[cfg(feature = "serve")]
pub mod packaging;
mod parallel;
mod participant;
mod place;
mod plain_output;
pub mod plan;
pub mod probe;
pub mod process_group;
pub mod progress;
pub mod provenance;
pub mod reach;
pub mod recorder;
pub mod rendering;
pub mod report;
mod resume;
pub mod sample;
pub mod sample_log;
pub mod saved;
mod saved_report;
mod schedule;
#[cfg(feature = "serve")]
pub mod serve;
pub mod server;
mod session;
mod shape;
mod shards;
mod spin;
mod stamps;
#[warn(missing_docs)]
pub mod stats;
mod stopped;
pub mod target;
mod tls;
mod unfinished;
mod unreadable;
pub mod until;
mod usage;
pub mod warden;
mod warm_up;
mod wire;
