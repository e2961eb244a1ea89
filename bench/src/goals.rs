//! What is to be reached: a row each.

use crate::client::Client;
use crate::site::{App, By, Site};
use crate::turn::{Artefact, Figure, Turn};

use App::{Bare, Hello2, Hello3, Native, Preview2, Preview3, Shipped, Wagi};
use By::{Host, Itself, Spin, Wasmtime};
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
    let pairs = [
        ("host, preview 2", Preview2, Wasmtime, "`wasmtime serve`, same file", 1.15),
        ("host, preview 3", Preview3, Wasmtime, "`wasmtime serve`, same file", 1.10),
        ("host, WAGI", Wagi, Spin, "`spin up`, same file", 3.0),
        ("host, preview 2", Preview2, Spin, "`spin up`, same file", 3.0),
        ("host, preview 3", Preview3, Spin, "`spin up`, same file", 1.7),
    ];
    let mut goals = Vec::new();
    for (what, app, by, against, factor) in pairs {
        let (ours, theirs) = (Site(Host, app), Site(by, app));
        goals.push(goal(
            format!("{what}, c=1 p50, times faster"),
            against,
            faster(ours, theirs),
            AtLeast(factor),
        ));
        goals.push(goal(
            format!("{what}, c=32 throughput"),
            against,
            more(ours, theirs, 32),
            AtLeast(factor),
        ));
    }
    for (what, app) in [("preview 2 and WAGI", Preview2), ("preview 3", Preview3)] {
        let start = |by| (Turn::Start(Site(by, app)), Figure::Took);
        let how = How::Ratio(start(Host), start(Spin));
        let what = format!("host, {what}, start → first answer");
        goals.push(goal(what, "`spin up -q`, warm cache", how, AtMost(0.35)));
    }
    let bare = Site(Itself, Bare);
    for (what, app) in [("as it is shipped", Shipped), ("built as the bare one is", Native)] {
        let (ours, against) = (Site(Itself, app), "a bare hyper \"hello\"");
        let row = |what: String, how| goal(what, against, how, AtLeast(0.95));
        goals.push(row(format!("native server, {what}, c=1 p50, times faster"), faster(ours, bare)));
        goals.push(row(format!("native server, {what}, c=32 throughput"), more(ours, bare, 32)));
    }
    goals
}

fn components() -> Vec<Goal> {
    let (p2, p3) = ("plain spin-sdk 5 hello there", "plain spin-sdk 7 hello there");
    let preview = |app| (Turn::Load(Site(Spin, app), 1), Figure::Median);
    let row = |what: &str, app, by, hello, against, factor| {
        goal(what, against, more(Site(by, app), Site(by, hello), 32), AtLeast(factor))
    };
    vec![
        row("preview 2 component, `wasmtime serve`, c=32 throughput", Preview2, Wasmtime, Hello2, p2, 1.4),
        row("preview 2 component, `spin up`, c=32 throughput", Preview2, Spin, Hello2, p2, 1.15),
        row("preview 3 component, `wasmtime serve`, c=32 throughput", Preview3, Wasmtime, Hello3, p3, 1.1),
        goal(
            "preview 3 component, `spin up`, c=1 p50, times faster",
            p3,
            faster(Site(Spin, Preview3), Site(Spin, Hello3)),
            AtLeast(2.0),
        ),
        goal(
            "preview 3 under `spin up`, c=1 p50",
            "preview 2 there",
            How::Ratio(preview(Preview3), preview(Preview2)),
            AtMost(0.35),
        ),
    ]
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
        ("WAGI module", Artefact::Module, 70.0),
        ("preview 2 component", Artefact::Preview2, 95.0),
        ("preview 3 component", Artefact::Preview3, 125.0),
        ("native, static", Artefact::Native, 1200.0),
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
