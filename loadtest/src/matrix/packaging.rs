//! What a packaging is to the matrix: which commands run it, and what serves then.
//!
//! A packaging starts and times nothing itself: it says what is to be run, and the matrix runs it, times it, and sees to
//! its end. In this order, everything but `clean` only if what came before went well:
//!
//! ```text
//! detect → prepare → { once | rungs | serve → served_by } → stop, turn after turn → clean
//! ```
//!
//! Whatever cannot be, is said in words: they stand in the report where the figure would.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::artefacts::Artefacts;
use crate::local::artefact::Form;
use crate::server::command_line::CommandLine;
pub use crate::server::{Ready, START, Serve, Served, Why};

/// A way to ship and run the application.
#[async_trait(?Send)]
pub trait Packaging {
    /// In the first column and for `--only` and `--skip`; short, distinct, like `docker` or `preview 2 in spin`.
    fn name(&self) -> &str;

    /// What it is, whether or not it can run here.
    fn kind(&self) -> Kind;

    /// The form of the program that it runs: of two with the same one, a difference is not the program's. `None` where that
    /// is not known.
    fn holds(&self) -> Option<Form> {
        None
    }

    /// The command that the user calls, like `docker`: of two packagings with the same one, a difference is not the client's.
    fn client(&self) -> Option<&str> {
        None
    }

    /// Where it is served already, so that it is only to be asked.
    fn url(&self) -> Option<&str> {
        None
    }

    /// Whether this machine can run it. Looks, and changes nothing.
    ///
    /// # Errors
    ///
    /// What is missing, and what to install or to run.
    async fn detect(&mut self) -> Result<Found, Missing>;

    /// All that is not to be timed: builds, imports, creates. What it makes has `session` in its name.
    ///
    /// # Errors
    ///
    /// What went wrong. What was made until then is for [`Packaging::clean`].
    async fn prepare(&mut self, shared: &Shared) -> Result<Sizes, Why>;

    /// Runs the program with `MODE=once` to its end, which is timed.
    ///
    /// # Errors
    ///
    /// Why this packaging has no such thing.
    fn once(&self, turn: &Turn) -> Result<CommandLine, Why>;

    /// Commands that do a part of what [`Packaging::once`] does, each with more in it than the one before: their
    /// differences tell what starting up consists of. None where nothing can be told apart.
    fn rungs(&self, _turn: &Turn) -> Vec<Rung> {
        Vec::new()
    }

    /// Starts what serves, in the foreground: it is timed from before this command to the first correct answer, and
    /// asked from then on.
    ///
    /// # Errors
    ///
    /// Why this packaging does not serve.
    fn serve(&self, turn: &Turn) -> Result<Serve, Why>;

    /// What serves, once it has answered; `child` is the process of the command.
    ///
    /// # Errors
    ///
    /// Why that cannot be known.
    async fn served_by(&self, _turn: &Turn, child: u32) -> Result<Served, Why> {
        Ok(Served::tree(child))
    }

    /// What may keep it from answering, and is not in its own words.
    fn suspect(&self) -> Option<Why> {
        None
    }

    /// Removes what a turn leaves behind besides the process of its command, which the matrix has ended; called after
    /// every turn, well or not, and not timed.
    async fn stop(&self, _turn: &Turn) {}

    /// Removes all that it made; called at the end, whatever happened before, also of [`Packaging::prepare`].
    async fn clean(&mut self) {}
}

/// What a packaging is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kind {
    /// What the program is compiled to.
    pub code: Code,
    /// Whether it is shipped as an image.
    pub container: bool,
    /// Whether it is on another machine, so that neither its process nor its files are to be seen.
    pub remote: bool,
    /// What its program is compiled by on the way to its first instruction.
    pub compiled: Compiled,
}

/// What a program is compiled to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Code {
    /// For the processor.
    Native,
    /// WebAssembly.
    Wasm,
    /// Not known, as behind a URL.
    Unknown,
}

/// When Wasm becomes code for the processor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "when", content = "cache", rename_all = "kebab-case")]
pub enum Compiled {
    /// It is code for the processor already.
    Before,
    /// At every start anew.
    EveryStart,
    /// At the first start, and then taken from the cache of this name: [`Turn::caches`] tells which of both is meant.
    Cached(Cow<'static, str>),
    /// Not known.
    Unknown,
}

/// What was found on this machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Found {
    /// The program that runs it and its version, like `wasmtime 48.0.2`; for the report.
    pub by: String,
}

/// What is not on this machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missing {
    /// What, like "there is no wasmtime on the PATH".
    pub what: String,
    /// How to get it, like "install a newer one".
    pub remedy: String,
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
}

/// What is shipped, in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// The program's own file: binary, module or component.
    pub artefact: Result<u64, Why>,
    /// Of the image: its layers as they are stored and sent.
    pub image_compressed: Result<u64, Why>,
    /// Of the image: its layers unpacked.
    pub image_unpacked: Result<u64, Why>,
    /// The file of the runtime that what is shipped cannot run without, and that is installed beside it: 0 if it needs none.
    pub runtime: Result<u64, Why>,
    /// What the image is made upon, like `scratch`.
    pub base: Result<String, Why>,
}

/// A turn of a packaging in a round.
#[derive(Clone, Debug)]
pub struct Turn {
    /// Distinct from that of all other turns, with the session in it: a name for a container.
    pub name: String,
    /// A free port on loopback, for what can choose one.
    pub port: u16,
    /// Which caches it is to meet, where it has one ([`Compiled::Cached`]).
    pub caches: Caches,
}

/// What a start finds of code that was compiled before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Caches {
    /// Nothing, as at the first start after an installation.
    Cold,
    /// All of it.
    Warm,
}

/// A command that does a part of what starting up consists of.
#[derive(Clone, Debug)]
pub struct Rung {
    /// What is in it that is not in the one before.
    pub adds: Part,
    /// What is run, in words, like "`wasmtime --version`".
    pub what: String,
    /// What is run.
    pub command: CommandLine,
}

/// A part of starting up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// Starting a process that does nothing: the same for all.
    Process,
    /// The command that the user calls: reading its settings, reaching a daemon.
    Client,
    /// The runtime or the shim, up to where it could run a program.
    Runtime,
    /// A network of its own for the container.
    Network,
    /// Finding the compiled code in a cache, and the program itself.
    Program,
    /// Compiling: what a start without the cache takes more than one with it.
    Compile,
}

impl Sizes {
    /// Of what is shipped as a file.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn of_file(file: &Path) -> Result<Self, Why> {
        let size = file.metadata().map_err(|e| format!("{} cannot be read: {e}", file.display()))?.len();
        Ok(Self { artefact: Ok(size), ..Self::unknown("it is shipped as a file, not as an image") })
    }

    /// With a runtime beside it.
    pub fn with_runtime(self, runtime: Result<u64, Why>) -> Self {
        Self { runtime, ..self }
    }

    /// None of which can be known.
    pub fn unknown(why: &str) -> Self {
        let why = || why.to_owned();
        Self {
            artefact: Err(why()),
            image_compressed: Err(why()),
            image_unpacked: Err(why()),
            runtime: Err(why()),
            base: Err(why()),
        }
    }
}

impl Missing {
    /// What is not there, and how to get it.
    pub fn new(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { what: what.into(), remedy: remedy.into() }
    }
}
