//! What a plot shows.

use clap::ValueEnum;

/// What a plot shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum PlotKind {
    /// How the medians compare with those of the first target
    Ratios,
    /// Of a load's ramp: latency at each rate
    Ramp,
    /// Percentile curves, with the tail drawn out
    #[default]
    Percentiles,
    /// Samples over time, by which instance answered; of a load, percentiles over time
    Time,
    /// Of a matrix: how large programs and images are
    #[cfg(feature = "serve")]
    Sizes,
    /// Of a matrix: how long a start takes
    #[cfg(feature = "serve")]
    Start,
    /// Of a matrix: what a start consists of
    #[cfg(feature = "serve")]
    Parts,
    /// Of a matrix: what serving takes of memory
    #[cfg(feature = "serve")]
    Memory,
}

impl PlotKind {
    /// Those of requests, in the order in which they are read.
    pub const ALL: [Self; 4] = [Self::Ratios, Self::Ramp, Self::Percentiles, Self::Time];

    /// As `--plot-kind` has it.
    pub fn name(self) -> String {
        format!("{self:?}").to_lowercase()
    }

    /// What it shows, in a few words.
    pub fn title(self) -> &'static str {
        match self {
            Self::Ratios => "How the medians compare",
            Self::Ramp => "Latency at each rate",
            Self::Percentiles => "Percentiles",
            Self::Time => "Over time",
            #[cfg(feature = "serve")]
            Self::Sizes => "Sizes",
            #[cfg(feature = "serve")]
            Self::Start => "How long a start takes",
            #[cfg(feature = "serve")]
            Self::Parts => "What a start consists of",
            #[cfg(feature = "serve")]
            Self::Memory => "Memory of what serves",
        }
    }

    /// Whether it is of packagings, not of requests.
    pub fn is_of_matrix(self) -> bool {
        !Self::ALL.contains(&self)
    }
}
