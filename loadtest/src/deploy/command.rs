//! The command that deploys.

use std::ffi::OsString;

use tokio::process::Command;

use crate::args::{DeployArgs, Platform};
use crate::error::Error;
use crate::output;
use crate::plain_output;
use crate::spin::{self, NoSpin};

#[derive(Clone, Debug)]
pub struct SpinCommand {
    pub platform: Platform,
    /// As `spin --version` tells it.
    pub spin: String,
    own: Vec<OsString>,
    /// What the user says, which may be secret.
    pub passed_on: Vec<OsString>,
}

impl Platform {
    pub fn plugin(self) -> &'static str {
        match self {
            Self::Cloud => "cloud",
            Self::Aka => "aka",
        }
    }
}

impl SpinCommand {
    /// # Errors
    ///
    /// When there is no Spin, or one that cannot deploy there.
    pub async fn of(args: &DeployArgs) -> Result<Self, Error> {
        match spin::version().await {
            Ok(version) => Ok(Self::by(version, args)),
            // What is only printed may be meant for another machine.
            Err(NoSpin { what, .. }) if args.dry_run => {
                output::note(&what);
                Ok(Self::by("unknown".into(), args))
            }
            Err(NoSpin { what, remedy }) => {
                Err(Error::Usage(format!("{what}, and so nothing to deploy with: {remedy}")))
            }
        }
    }

    fn by(spin: String, args: &DeployArgs) -> Self {
        let mut own: Vec<OsString> = vec![args.to.plugin().into(), "deploy".into()];
        if let Some(manifest) = &args.manifest {
            own.extend(["-f".into(), manifest.into()]);
        }
        // Whoever asked for a deployment has confirmed it, and cannot be asked through a pipe.
        if args.to == Platform::Aka && !args.passed_on.iter().any(|argument| argument == "--no-confirm") {
            own.push("--no-confirm".into());
        }
        Self { platform: args.to, spin, own, passed_on: args.passed_on.clone() }
    }

    pub fn command(&self) -> Command {
        let mut command = Command::new("spin");
        command.args(&self.own).args(&self.passed_on);
        plain_output::ask(&mut command);
        command
    }

    pub fn shell(&self) -> String {
        words(self.own.iter().chain(&self.passed_on))
    }

    /// As it is typed into a shell, without what the user passed on.
    pub fn own_words(&self) -> String {
        words(self.own.iter())
    }
}

fn words<'a>(arguments: impl Iterator<Item = &'a OsString>) -> String {
    let quoted = arguments.map(|argument| {
        let text = argument.to_string_lossy();
        shlex::try_quote(&text).map_or_else(|_| text.clone().into_owned(), |quoted| quoted.into_owned())
    });
    std::iter::once("spin".to_owned()).chain(quoted).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::{Cli, Command};
    use clap::Parser;

    #[test]
    fn the_plugin_deploys_what_follows_two_dashes_is_passed_on_and_quoted_and_nobody_is_asked() {
        for (args, shown) in [
            ("--to cloud", "spin cloud deploy"),
            ("--to aka --from p3.toml", "spin aka deploy -f p3.toml --no-confirm"),
            ("--to aka -- --no-confirm --variable a=$b", "spin aka deploy --no-confirm --variable 'a=$b'"),
        ] {
            let line = format!("loadtest deploy {args}");
            let Some(Command::Deploy(args)) = Cli::parse_from(line.split(' ')).command else {
                panic!("{line}")
            };
            assert_eq!(SpinCommand::by("4.1.0".into(), &args).shell(), shown);
        }
    }
}
