//! `loadtest serve`: the embedded host as a command.

use std::io::Write;

use crate::args::ServeArgs;
use crate::error::Error;
use crate::interrupt;

/// Serves until a signal, or until standard input closes where that is asked for.
pub async fn serve(args: &ServeArgs) -> Result<(), Error> {
    let stop = interrupt::token();
    host::print_traces();
    let manifest = host::Manifest::locate(args.manifest.as_deref());
    if args.manifest.is_none() && manifest.starts_with("..") {
        eprintln!("no spin.toml in this directory: using {}", manifest.display());
    }
    let app = host::App::load(&manifest, &options(args)?)?;
    let server = host::Server::bind(app, &args.listen).await?;
    // A closed standard output is no reason not to serve.
    let _ = std::io::stdout().write_all(server.announcement().as_bytes());
    let watched = args.until_stdin_closes;
    let stopped = async move {
        tokio::select! {
            () = stop.cancelled() => {}
            () = interrupt::stdin_closed(), if watched => {}
        }
    };
    server.run(stopped).await;
    Ok(())
}

fn options(args: &ServeArgs) -> Result<host::Options, Error> {
    let defaults = host::Options::default();
    Ok(host::Options {
        components: args.components.clone(),
        variables: args.variable.iter().cloned().collect(),
        runtime_config: match &args.runtime_config_file {
            Some(path) => host::RuntimeConfig::load(path)?,
            None => defaults.runtime_config,
        },
        reuse: host::Reuse {
            count: args.max_instance_reuse_count,
            concurrent: args.max_instance_concurrent_reuse_count,
            idle: args.idle_instance_timeout,
        },
        max_instances: args.max_instances,
        max_concurrent_requests: args.max_concurrent_requests,
        request_timeout: args.request_timeout,
        idle_timeout: args.idle_connection_timeout,
        drain_timeout: args.drain_timeout,
        max_body_size: args.max_body_size,
        log_dir: args.log_dir.clone(),
        cache_dir: defaults.cache_dir.filter(|_| !args.disable_cache),
        log: defaults.log,
    })
}
