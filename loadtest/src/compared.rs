//! What `loadtest compare` compares: URLs, commands that serve, and manifests.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::args::{CompareArgs, HostArg};
use crate::error::Error;
use crate::experiment::{Ended, Terms};
use crate::participant::{Launch, Participant};
use crate::server::command::Template;
use crate::server::shell;
use crate::session::Session;
use crate::target::Target;

/// Something to compare, by the name it goes by.
#[derive(Debug)]
pub struct NamedTarget {
    name: String,
    what: What,
}

#[derive(Debug)]
enum What {
    /// A server that runs already.
    Url(Target),
    /// A server that is started afresh in every round.
    Command(Template),
    /// All that a manifest serves, each part started afresh in every round.
    Manifest(PathBuf),
}

impl NamedTarget {
    /// Whether it is started.
    pub fn is_started(&self) -> bool {
        !matches!(self.what, What::Url(_))
    }

    /// `NAME=URL`, `NAME=COMMAND` or `NAME=SPIN_TOML`.
    fn parse(text: &str, args: &CompareArgs) -> Result<Self, Error> {
        let (name, value) = match text.split_once('=') {
            Some((name, value)) if !name.is_empty() && !name.contains("://") => (name, value.trim()),
            _ => {
                return Err(Error::Usage(format!(
                    "{text:?} has no name: write NAME=URL, like local=http://127.0.0.1:3000/, or NAME=COMMAND, like \
                     'new=./server --port {{port}}'"
                )));
            }
        };
        let path = args.path.as_deref().unwrap_or("/");
        let what = if value.is_empty() {
            return Err(Error::Usage(format!(
                "{text:?} has nothing to compare: is the variable that it comes from set?"
            )));
        } else if value.ends_with(".toml") {
            crate::usage::check_manifest(Path::new(value))?;
            What::Manifest(value.into())
        } else if is_command(value) {
            What::Command(Template::parse(value, path, args.common.request.timeout)?)
        } else {
            What::Url(Target::new(name, value)?)
        };
        Ok(Self { name: name.to_owned(), what })
    }
}

/// Whether it is meant as a command: several words, a quoted one, a path, or the name of a program on the `PATH`.
fn is_command(value: &str) -> bool {
    if value.starts_with("http://") || value.starts_with("https://") {
        return false;
    }
    let on_path = || {
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path).any(|dir| dir.join(value).is_file())
    };
    value.contains(char::is_whitespace) || value.starts_with(['.', '/', '\'', '"']) || on_path()
}

/// What is named on the command line.
///
/// # Errors
///
/// When something is none of these, or two have one name, or a flag would do nothing.
pub fn parse(args: &CompareArgs) -> Result<Vec<NamedTarget>, Error> {
    let named =
        args.targets.iter().map(|text| NamedTarget::parse(text, args)).collect::<Result<Vec<_>, _>>()?;
    let mut names = BTreeSet::new();
    if let Some(twice) = named.iter().find(|named| !names.insert(&named.name)) {
        return Err(Error::Usage(format!(
            "two targets are named {:?}: give each a name of its own",
            twice.name
        )));
    }
    let nothing_starts = !named.iter().any(NamedTarget::is_started);
    let given = [
        ("--path", args.path.is_some()),
        ("--host", args.host.is_some()),
        ("--prepare", args.prepare.is_some()),
    ];
    match given.iter().find(|(_, given)| *given && nothing_starts) {
        Some((flag, _)) => Err(Error::Usage(format!(
            "{flag} is for what is started, and these are URLs: leave it out, or name a command, like 'new=./server --port {{port}}'"
        ))),
        None => Ok(named),
    }
}

/// Measures them, between the commands of `--setup` and `--cleanup`.
///
/// # Errors
///
/// What ends the measurement.
pub async fn measure(
    args: &CompareArgs,
    targets: &[NamedTarget],
    session: &mut Session,
) -> Result<Ended, Error> {
    if session.is_complete() {
        return Ok(Ended::Completely);
    }
    if let Some(setup) = &args.setup {
        shell::run("--setup", setup).await?;
    }
    let ended = measure_all(args, targets, session).await;
    match &args.cleanup {
        Some(cleanup) => shell::run("--cleanup", cleanup).await.and(ended),
        None => ended,
    }
}

async fn measure_all(
    args: &CompareArgs,
    targets: &[NamedTarget],
    session: &mut Session,
) -> Result<Ended, Error> {
    let mut participants = Vec::new();
    for NamedTarget { name, what } in targets {
        match what {
            What::Url(target) => participants.push(session.url(target)?),
            What::Command(template) => {
                let target = Target {
                    command: Some(template.written().to_owned()),
                    size_bytes: template.size(),
                    ..Target::new(name, &template.serve().url)?
                };
                let launch = Launch::Command(template.clone());
                participants.push(Participant::started(
                    session.probe(&target)?,
                    launch,
                    args.prepare.clone(),
                ));
            }
            What::Manifest(path) => {
                let manifests = std::slice::from_ref(path);
                let asked = args.path.as_deref().unwrap_or("/");
                let parts = here(session, manifests, asked, args.host).await?;
                let is_one = parts.len() == 1;
                participants.extend(parts.into_iter().map(|part| {
                    let own = part.target().name.clone();
                    part.named(if is_one { name.clone() } else { format!("{name} {own}") })
                }));
            }
        }
    }
    session.measure(participants, Terms { alike: true, ..Terms::default() }).await
}

/// What the manifests here serve, or those of this directory if none is named.
///
/// # Errors
///
/// When there is nothing, or it cannot be built.
#[cfg(feature = "serve")]
pub async fn here(
    session: &mut Session,
    manifests: &[PathBuf],
    path: &str,
    host: Option<HostArg>,
) -> Result<Vec<Participant>, Error> {
    session.here(&crate::local::Here { manifests, path, host }).await
}

/// This program serves nothing.
///
/// # Errors
///
/// Always.
#[cfg(not(feature = "serve"))]
pub async fn here(
    _: &mut Session,
    _: &[PathBuf],
    _: &str,
    _: Option<HostArg>,
) -> Result<Vec<Participant>, Error> {
    Err(Error::Usage("this is the slim client, which serves nothing itself: measure a URL with --url".into()))
}
