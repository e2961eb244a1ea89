//! The command: arguments in, exit code out.

use std::io::Write;
use std::process::ExitCode;

use loadtest::args::{Cli, Command};
use loadtest::command_line;
use loadtest::deploy;
use loadtest::error::Error;
use loadtest::measure;
use loadtest::rendering;
use loadtest::warden;
use tokio::runtime::Builder;

fn main() -> ExitCode {
    let cli = match command_line::read(std::env::args_os()) {
        Ok(cli) => cli,
        Err(e) => return fail(&e),
    };
    // Requests one after the other are measured on one thread: waking a second one would be measured with them.
    // The embedded host has a thread for each core, as Spin has.
    let mut builder = if cli.command.as_ref().is_some_and(Command::serves) {
        Builder::new_multi_thread()
    } else {
        Builder::new_current_thread()
    };
    let runtime = match builder.enable_all().build() {
        Ok(runtime) => runtime,
        Err(e) => return fail(&Error::Usage(format!("cannot start: {e}"))),
    };
    let code = runtime.block_on(run(&cli)).unwrap_or_else(|e| fail(&e));
    // A read of standard input cannot be taken back, and is not waited for.
    runtime.shutdown_background();
    code
}

async fn run(cli: &Cli) -> Result<ExitCode, Error> {
    match &cli.command {
        None => measure::measure(&cli.measure).await,
        Some(Command::Compare(args)) => measure::compare(args).await,
        Some(Command::Deploy(args)) => deploy::deploy(args).await,
        Some(Command::Load(args)) => loadtest::load::load(args).await,
        Some(Command::Report(args)) => rendering::report(args),
        Some(Command::Warden(args)) => {
            warden::watch(args).await;
            Ok(ExitCode::SUCCESS)
        }
        #[cfg(feature = "serve")]
        Some(Command::Image(args)) => loadtest::image::write(args).await.map(|()| ExitCode::SUCCESS),
        #[cfg(feature = "serve")]
        Some(Command::Matrix(args)) => loadtest::matrix::matrix(args).await,
        #[cfg(feature = "serve")]
        Some(Command::Serve(args)) => loadtest::serve::serve(args).await.map(|()| ExitCode::SUCCESS),
    }
}

fn fail(error: &Error) -> ExitCode {
    // Where nobody reads what went wrong, the exit code still tells.
    let _ = writeln!(std::io::stderr(), "loadtest: {error}");
    error.exit_code()
}
