//! Why it is not known whether a rate was kept up with.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why it is not known whether a rate was kept up with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Undecided {
    /// More than one in a hundred requests failed, which may be chance: what was not served took no room.
    Failing,
    /// Answers came in too few parts of the time.
    TooFew,
    /// So many answers were still to come at the end that it was too short.
    TooShort,
    /// Latency rose, by less than shows that answers come more slowly than requests.
    Rising,
    /// Latency varied so much that it may have risen.
    Uneven,
    /// What is missing may be this client's own lateness.
    Client,
}

impl fmt::Display for Undecided {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Self::Failing => "more than 1 % of the requests failed; a longer -z tells whether that is chance",
            Self::TooFew => "too few answers; a longer -z tells",
            Self::TooShort => "many answers came only after its end; a longer -z tells",
            Self::Rising => "latency rose while it lasted; a longer -z tells whether that goes on",
            Self::Client => {
                "this client itself was late by as much as is missing; measure from a machine that does nothing else"
            }
            Self::Uneven => "latency varied too much to tell whether it rose; a longer -z may",
        })
    }
}
