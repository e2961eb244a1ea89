//! The ways to ship and run the application that a machine may have: what runs it, what it is found ready by, what it leaves.
//!
//! A packaging starts and times nothing itself: it says what is to be run, and a participant runs it,
//! times it, and sees to its end. In this order, everything but `clean` only if what came before went well:
//!
//! ```text
//! detect → prepare → { once | serve → served_by } → stop, turn after turn → clean
//! ```
//!
//! To add one, write a file beside these and a line in [`all`].

mod archive;
pub mod artefacts;
mod client;
pub mod ctr;
pub mod docker;
mod hosted;
mod native;
mod removal;
mod serving;
mod shims;
mod wasmtime;

use std::path::PathBuf;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use self::artefacts::Artefacts;
use self::ctr::Ctr;
use self::docker::Docker;
pub use self::hosted::Hosted;
use self::native::Native;
pub use self::removal::remove_all;
use self::wasmtime::{Verb, Wasmtime};
use crate::args::ImageKind;
use crate::owner;
use crate::server::command_line::CommandLine;
use crate::server::port;
pub use crate::server::{Ready, START, Serve, Why};
pub use crate::target::{Code, Shipped};

/// A way to ship and run the application.
#[async_trait(?Send)]
pub trait Packaging {
    /// In the first column and for `--only` and `--skip`; short, distinct, like `docker` or `preview 2 in spin`.
    fn name(&self) -> &str;

    /// Whether this machine can run it, and what runs it, with its version. Looks, and changes nothing.
    ///
    /// # Errors
    ///
    /// What is missing, and what to install or to run.
    async fn detect(&mut self) -> Result<String, Missing>;

    /// All that is not to be timed: imports, creates. What it makes has `session` in its name.
    ///
    /// # Errors
    ///
    /// What went wrong. What was made until then is for [`Packaging::clean`].
    async fn prepare(&mut self, shared: &Shared) -> Result<Prepared, Why>;

    /// Runs the program with `MODE=once` to its end; `None` of what is no command.
    fn once(&self, turn: &Turn) -> Option<CommandLine>;

    /// Starts what serves, in the foreground; `None` of what does not serve.
    fn serve(&self, turn: &Turn) -> Option<Serve>;

    /// The processes that serve, once one has answered; all that descends from them serves too. `child` is the process of the
    /// command.
    ///
    /// # Errors
    ///
    /// Why they cannot be known.
    async fn served_by(&self, _turn: &Turn, child: u32) -> Result<Vec<u32>, Why> {
        Ok(vec![child])
    }

    /// What may keep it from answering, and is not in its own words.
    fn suspect(&self) -> Option<Why> {
        None
    }

    /// Removes what a turn leaves behind besides the process of its command, which has ended; called after every turn, well
    /// or not, and not timed.
    async fn stop(&self, _turn: &Turn) {}

    /// Removes all that it made; called at the end, whatever happened before, also of [`Packaging::prepare`].
    async fn clean(&mut self) {}
}

/// What was prepared.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// The program's own file, in bytes.
    pub size: u64,
    /// Where it is asked, from the root of its server.
    pub path: String,
    /// What else is shipped.
    pub shipped: Shipped,
    /// What is started to serve, as a user would write it.
    pub written: String,
}

/// What is not on this machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missing {
    /// What, like "there is no wasmtime on the PATH".
    pub what: String,
    /// How to get it, like "install a newer one".
    pub remedy: String,
}

impl Missing {
    /// What is not there, and how to get it.
    pub fn new(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { what: what.into(), remedy: remedy.into() }
    }
}

/// What all packagings have in common.
#[derive(Clone, Debug)]
pub struct Shared {
    /// Distinct from all that others make, and from other runs of this program: `loadtest-` and this process's number.
    pub session: String,
    /// For files of any kind, each under a name of its own; removed at the end.
    pub dir: PathBuf,
    /// What was built.
    pub artefacts: Artefacts,
    /// Asked below every route.
    pub path: String,
}

/// One run of a packaging.
#[derive(Clone, Debug)]
pub struct Turn {
    /// Distinct from that of all other turns, with the session in it: a name for a container.
    pub name: String,
    /// A free port on loopback, for what can choose one.
    pub port: u16,
}

impl Turn {
    /// Another one than all before.
    pub fn next() -> Self {
        static TURNS: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(1);
        let number = TURNS.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Self { name: format!("{}-{number}", owner::mark()), port: port::free() }
    }
}

/// All of them, in the order of the report, whether or not they can run here.
pub fn all() -> Vec<Box<dyn Packaging>> {
    let mut all: Vec<Box<dyn Packaging>> = vec![
        Box::new(Native::default()),
        Box::new(Docker::default()),
        Box::new(Ctr::new(ImageKind::Native)),
        Box::new(Ctr::new(ImageKind::Wasm)),
        Box::new(Ctr::new(ImageKind::WasmHttp)),
        Box::new(Wasmtime::new(Verb::Run)),
        Box::new(Wasmtime::new(Verb::Serve)),
    ];
    for hosted in Hosted::all() {
        all.push(Box::new(hosted));
    }
    all
}
