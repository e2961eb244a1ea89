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
        }
    }
}
