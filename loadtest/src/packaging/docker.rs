//! The native image under `docker run`.

use async_trait::async_trait;

use super::archive::Archive;
use super::client::{ask, attempt, list};
use super::{Missing, Packaging, Prepared, Ready, START, Serve, Shared, Turn, Why, serving};
use crate::args::ImageKind;
use crate::image::PORT;
use crate::owner;
use crate::server::command_line::CommandLine;

const NAME: &str = "docker";

/// The native image under `docker run`, with Docker's own network.
#[derive(Debug, Default)]
pub struct Docker {
    path: String,
    session: Option<String>,
    image: Option<Archive>,
}

#[async_trait(?Send)]
impl Packaging for Docker {
    fn name(&self) -> &str {
        NAME
    }

    async fn detect(&mut self) -> Result<String, Missing> {
        if let Some(host) = elsewhere() {
            return Err(Missing::new(format!("DOCKER_HOST names another machine, {host}"), "unset it"));
        }
        let version = ask(&docker(["version", "--format", "{{.Server.Version}}"])).await;
        version.map(|version| format!("Docker {version}")).map_err(|why| missing(&why))
    }

    async fn prepare(&mut self, shared: &Shared) -> Result<Prepared, Why> {
        self.session = Some(shared.session.clone());
        self.path.clone_from(&shared.path);
        remove(owner::is_stale).await;
        let image = Archive::of_file(ImageKind::Native, shared.artefacts.native.as_ref(), NAME, shared)?;
        ask(&docker(["load", "--quiet", "--input"]).arg(&image.path)).await?;
        let prepared = Prepared {
            size: image.size,
            path: shared.path.clone(),
            shipped: image.shipped.clone(),
            written: format!("docker run --publish 127.0.0.1:PORT:{PORT} {}", image.familiar),
        };
        self.image = Some(image);
        Ok(prepared)
    }

    fn once(&self, turn: &Turn) -> Option<CommandLine> {
        Some(run(turn).args(["--env", "MODE=once", &self.image.as_ref()?.familiar]))
    }

    fn serve(&self, turn: &Turn) -> Option<Serve> {
        let image = self.image.as_ref()?;
        let address = format!("127.0.0.1:{}", turn.port);
        let command = run(turn).args(["--publish", &format!("{address}:{PORT}"), &image.familiar]);
        // A request before the container has its address leaves that unresolved in the kernel, and ARP asks for it again after
        // a second: for every later request too.
        Some(Serve {
            command,
            url: format!("http://{address}{}", self.path),
            ready: Ready::Says,
            within: START,
        })
    }

    async fn served_by(&self, turn: &Turn, _: u32) -> Result<Vec<u32>, Why> {
        let asked = docker(["inspect", "--format", "{{.State.Pid}} {{.Id}}", &turn.name]);
        let told = ask(&asked).await?;
        let (init, id) = told.split_once(' ').ok_or_else(|| format!("docker inspect told {told:?}"))?;
        let shim = serving::shim_of(init, id)?;
        // What is published at loopback goes through it, request by request.
        Ok(std::iter::once(shim).chain(serving::docker_proxy(turn.port)).collect())
    }

    async fn stop(&self, turn: &Turn) {
        attempt(&docker(["rm", "--force", "--volumes", &turn.name])).await;
    }

    async fn clean(&mut self) {
        if let Some(session) = self.session.take() {
            remove(|name| name.starts_with(&session)).await;
        }
    }
}

fn docker<'a>(args: impl IntoIterator<Item = &'a str>) -> CommandLine {
    CommandLine::new("docker").args(args)
}

/// Removes containers and images that are named so, unless they are on another machine; whether there were any.
pub async fn remove(is_meant: impl Fn(&str) -> bool) -> bool {
    if elsewhere().is_some() {
        return false;
    }
    let mut containers = list(&docker(["ps", "--all", "--format", "{{.Names}}"])).await;
    containers.retain(|name| is_meant(name));
    for name in &containers {
        attempt(&docker(["rm", "--force", "--volumes", name])).await;
    }
    let mut images = list(&docker(["images", "--format", "{{.Repository}}:{{.Tag}}"])).await;
    images.retain(|name| is_meant(name));
    for name in &images {
        attempt(&docker(["rmi", name])).await;
    }
    !(containers.is_empty() && images.is_empty())
}

fn run(turn: &Turn) -> CommandLine {
    docker(["run", "--rm", "--name", &turn.name])
}

/// The machine that `DOCKER_HOST` names, if that is another one.
fn elsewhere() -> Option<String> {
    std::env::var("DOCKER_HOST").ok().filter(|host| is_elsewhere(host))
}

fn is_elsewhere(host: &str) -> bool {
    !host.is_empty() && !host.starts_with("unix:") && !host.starts_with("fd:")
}

fn missing(why: &str) -> Missing {
    let has = |words: &str| why.contains(words);
    if has("cannot be started") && has("No such file") {
        Missing::new(
            "there is no docker on the PATH",
            "install it: on Debian, sudo apt-get install docker.io",
        )
    } else if has("permission denied") {
        Missing::new(
            "Docker's daemon does not answer this user",
            "run this with sudo, or join the group docker",
        )
    } else if ["Cannot connect", "daemon running", "dial ", "took longer"].into_iter().any(has) {
        Missing::new(
            "Docker's daemon does not answer",
            "start it: sudo systemctl start docker, or sudo dockerd &",
        )
    } else {
        Missing::new(format!("Docker cannot be asked: {why}"), "see to it that docker version works")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_told_with_its_remedy() {
        let denied = "`docker version` ended with exit status: 1: permission denied while trying to connect to the \
                      Docker daemon socket at unix:///var/run/docker.sock";
        assert!(missing(denied).remedy.contains("sudo"));
        let down = "`docker version` ended with exit status: 1: Cannot connect to the Docker daemon at \
                    unix:///var/run/docker.sock. Is the docker daemon running?";
        assert!(missing(down).remedy.contains("dockerd"));
        assert!(missing("`docker version` cannot be started: No such file").remedy.contains("docker.io"));
        let other = missing("`docker version` ended with exit status: 1: invalid config file");
        assert!(
            other.what.contains("invalid config file") && !other.remedy.contains("start it"),
            "{other:?}"
        );
    }

    #[test]
    fn another_machine_is_known_by_its_address() {
        assert!(is_elsewhere("tcp://10.0.0.1:2375") && is_elsewhere("ssh://me@there"));
        assert!(!is_elsewhere("unix:///run/user/1000/docker.sock") && !is_elsewhere(""));
    }
}
