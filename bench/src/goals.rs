//! What is to be reached: a row each.

use crate::client::Client;
use crate::site::{App, By, Site};
use crate::turn::{Artefact, Figure, Turn};

use App::{Bare, Hello2, Hello3, HelloWagi, Preview2, Preview3, Shipped, Wagi};
use By::{Host, Itself, Spin};
use Wants::{AtLeast, AtMost};

/// What is to be reached.
#[derive(Clone, Debug)]
pub struct Goal {
    /// Of what.
    pub what: String,
    /// Against what.
    pub against: &'static str,
    /// How it is measured.
    pub how: How,
    /// What it is to be.
    pub wants: Wants,
}

/// A figure of a turn.
pub type Source = (Turn, Figure);

/// How it is measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum How {
    /// The median of one over the median of the other.
    Ratio(Source, Source),
    /// What the one has more than the other, in the median of rounds.
    Added(Source, Source),
    /// The median of one.
    Value(Source),
}

/// What it is to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Wants {
    /// No less.
    AtLeast(f64),
    /// No more.
    AtMost(f64),
}

impl How {
    /// What has to be measured.
    pub fn sources(&self) -> Vec<Source> {
        match *self {
            Self::Ratio(a, b) | Self::Added(a, b) => vec![a, b],
            Self::Value(a) => vec![a],
        }
    }
}

/// All of them.
pub fn all() -> Vec<Goal> {
    let mut goals = hosts();
    goals.extend(components());
    goals.extend(tails());
    goals.extend(sizes());
    goals.extend(clients());
    goals
}

fn goal(what: impl Into<String>, against: &'static str, how: How, wants: Wants) -> Goal {
    Goal { what: what.into(), against, how, wants }
}

fn faster(ours: Site, theirs: Site) -> How {
    How::Ratio((Turn::Load(theirs, 1), Figure::Median), (Turn::Load(ours, 1), Figure::Median))
}

fn more(ours: Site, theirs: Site, connections: u16) -> How {
    let of = |site| (Turn::Load(site, connections), Figure::Throughput);
    How::Ratio(of(ours), of(theirs))
}

fn hosts() -> Vec<Goal> {
    let apps = [("WAGI", Wagi), ("preview 2", Preview2), ("preview 3", Preview3)];
    let mut goals = Vec::new();
    for (name, app) in apps {
        let (ours, theirs) = (Site(Host, app), Site(Spin, app));
        let mut row = |what: &str, how, wants| {
            goals.push(goal(format!("host, {name}, {what}"), "`spin up`, same file", how, wants));
        };
        row("c=1 p50, times faster", faster(ours, theirs), AtLeast(1.0));
        row("c=32 throughput", more(ours, theirs, 32), AtLeast(1.0));
        let start = |site| (Turn::Start(site), Figure::Took);
        row("start → first answer", How::Ratio(start(ours), start(theirs)), AtMost(1.0));
    }
    let (ours, bare, against) = (Site(Itself, Shipped), Site(Itself, Bare), "a bare hyper \"hello\"");
    goals.push(goal("native server, c=1 p50, times faster", against, faster(ours, bare), AtLeast(0.8)));
    goals.push(goal("native server, c=32 throughput", against, more(ours, bare, 32), AtLeast(0.8)));
    goals
}

fn components() -> Vec<Goal> {
    let pairs = [
        ("WAGI module", Wagi, HelloWagi, "a plain `println!` hello there"),
        ("preview 2 component", Preview2, Hello2, "a plain spin-sdk 5 hello there"),
        ("preview 3 component", Preview3, Hello3, "a plain spin-sdk 7 hello there"),
    ];
    let row = |(name, app, hello, against): (&str, App, App, &'static str)| {
        let what = format!("{name}, `spin up`, c=32 throughput");
        goal(what, against, more(Site(Spin, app), Site(Spin, hello), 32), AtLeast(0.9))
    };
    pairs.map(row).into()
}

/// The step is that of a delayed acknowledgement, which Linux sends after 40 ms.
fn tails() -> Vec<Goal> {
    let row = |(name, app): (&str, App)| {
        let tail = How::Value((Turn::Load(Site(Spin, app), 32), Figure::Tail));
        goal(format!("p99 under `spin up`, c=32, {name}, ms"), "the step of 40 ms", tail, AtMost(38.0))
    };
    [("WAGI", Wagi), ("preview 2", Preview2), ("preview 3", Preview3)].map(row).into()
}

fn sizes() -> Vec<Goal> {
    let row = |(name, artefact, limit): (&str, Artefact, f64)| {
        let size = How::Value((Turn::Size(artefact), Figure::Size));
        goal(format!("size, {name}, KB"), "–", size, AtMost(limit))
    };
    let rows = [
        ("WAGI module", Artefact::Module, 110.0),
        ("preview 2 component", Artefact::Preview2, 160.0),
        ("preview 3 component", Artefact::Preview3, 170.0),
        ("native, static", Artefact::Native, 1600.0),
    ];
    rows.map(row).into()
}

fn clients() -> Vec<Goal> {
    let of = |client, c, figure| (Turn::Client(client, c), figure);
    let mut goals = Vec::new();
    for (c, oha, wrk) in [(1, 1.25, 0.9), (50, 1.1, 0.7), (500, 1.1, 0.7)] {
        for (against, peer, factor) in [("`oha`", Client::Oha, oha), ("`wrk`", Client::Wrk, wrk)] {
            let rate = |client| of(client, c, Figure::Throughput);
            let how = How::Ratio(rate(Client::Loadtest), rate(peer));
            goals.push(goal(format!("`loadtest load` throughput, c={c}"), against, how, AtLeast(factor)));
        }
    }
    for (against, peer, factor) in [("`oha`", Client::Oha, 0.75), ("`wrk`", Client::Wrk, 1.2)] {
        let cpu = |client| of(client, 50, Figure::Cpu);
        let how = How::Ratio(cpu(Client::Loadtest), cpu(peer));
        goals.push(goal("`loadtest load` CPU per request, c=50", against, how, AtMost(factor)));
    }
    let wrk = of(Client::Wrk, 1, Figure::Median);
    let load = How::Added(of(Client::Loadtest, 1, Figure::Median), wrk);
    goals.push(goal("median added by `loadtest load`, c=1, µs", "`wrk`", load, AtMost(2.0)));
    let warm = How::Added((Turn::Warm(1000), Figure::Median), wrk);
    goals.push(goal("median added by `loadtest --warm`, µs", "`wrk`", warm, AtMost(8.0)));
    let wrk = of(Client::WrkAnew, 1, Figure::Median);
    let cold = How::Added((Turn::Cold(200), Figure::Median), wrk);
    goals.push(goal(
        "median added by `loadtest --cold` once connected, µs",
        "`wrk`, anew each time",
        cold,
        AtMost(8.0),
    ));
    let late = How::Value((Turn::Rate(20_000), Figure::Late));
    goals.push(goal("open loop, 20,000/s, sends later than 100 µs, %", "the schedule", late, AtMost(1.0)));
    let report = |figure| How::Value((Turn::Report(10_000_000), figure));
    goals.push(goal("`report` of 10 million samples, ms", "–", report(Figure::Took), AtMost(10_000.0)));
    goals.push(goal("`report` of 10 million samples, peak MB", "–", report(Figure::Peak), AtMost(300.0)));
    goals
}
