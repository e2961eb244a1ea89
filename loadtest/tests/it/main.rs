//! loadtest as its users meet it: the library, and the program as a process. One binary, since each would link wasmtime.

mod common;

mod apart;
mod caches;
#[cfg(target_os = "linux")]
mod commands;
mod compare;
#[cfg(target_os = "linux")]
mod containers;
#[cfg(target_os = "linux")]
mod ctr;
mod deploy;
mod evidence;
mod gates;
mod here;
mod http2;
mod image;
mod interrupt;
mod load;
mod load_samples;
mod local;
mod matrix;
mod not_the_target;
mod output;
mod pages;
mod probe_answers;
mod probe_connections;
mod probe_failures;
mod probe_segments;
mod provenance;
mod rendering;
mod report;
mod resume;
mod samples;
mod serve;
mod servers;
mod terminal;
mod tls;
mod unusable_target;
mod usage;
