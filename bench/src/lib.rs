//! Holds the project against its peers, in ratios, and against itself, in counts.
//!
//! A library, so that `experiments -- fidelity` takes its turns as the bench does. Begin at [`turn`], [`rounds`] and [`site`].

pub mod client;
pub mod counts;
pub mod goals;
pub mod growth;
pub mod hello;
pub mod load;
pub mod machine;
pub mod peers;
pub mod recording;
pub mod results;
pub mod rounds;
pub mod server;
pub mod setting;
pub mod site;
pub mod table;
pub mod turn;
pub mod verdict;
pub mod workspace;
