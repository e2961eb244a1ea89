//! The applications to be measured here: what each serves, under which names.

use std::path::PathBuf;

use host::{Manifest, Packaging, Trigger};

use super::launch::{HostKind, Launcher};

#[derive(Default)]
pub struct Applications {
    pub launchers: Vec<Launcher>,
    pub routes: Vec<Route>,
    pub skipped: Vec<String>,
}

pub struct Route {
    pub name: String,
    /// From the root of the host.
    pub path: String,
    pub component: String,
    pub launcher: usize,
    pub wasm: PathBuf,
}

impl Applications {
    /// Of `manifests`, which are built, what `host` can serve; `path` is asked below every route's prefix.
    pub fn of(manifests: Vec<Manifest>, host: &HostKind, path: &str) -> Self {
        let mut all = Self::default();
        for manifest in manifests {
            all.add(manifest, host, path);
        }
        all
    }

    fn add(&mut self, manifest: Manifest, host: &HostKind, path: &str) {
        let mut routable: Vec<_> =
            routable(&manifest).map(|trigger| (Packaging::of(&manifest, trigger), trigger)).collect();
        if !host.serves_preview_3() && routable.iter().any(|(of, _)| *of == Some(Packaging::Preview3)) {
            // Such a host refuses the whole manifest.
            self.skipped.push(format!(
                "{}, which {} cannot serve: preview 3 needs Spin 4.1, or --host embedded",
                manifest.path.display(),
                host.description()
            ));
            return;
        }
        routable.sort_by_key(|(packaging, _)| *packaging);
        let launcher = self.launchers.len();
        for (packaging, trigger) in routable {
            let name = distinct(&self.routes, packaging, &trigger.component);
            self.routes.push(Route {
                wasm: manifest.source(&manifest.components[&trigger.component]),
                name,
                path: measured_path(&trigger.route, path),
                component: trigger.component.clone(),
                launcher,
            });
        }
        if self.routes.last().is_some_and(|route| route.launcher == launcher) {
            self.launchers.push(Launcher::of(host.clone(), manifest.path));
        }
    }
}

/// A route with a parameter has no one path.
fn routable(manifest: &Manifest) -> impl Iterator<Item = &Trigger> {
    manifest.triggers.iter().filter(|trigger| !trigger.route.contains("/:"))
}

/// Where a route is asked, from the root of the host.
pub(crate) fn measured_path(route: &str, path: &str) -> String {
    match route.strip_suffix("/...") {
        Some(prefix) => format!("{prefix}{path}"),
        None => route.to_owned(),
    }
}

/// What it is packaged as, or the component's own name where that is taken or not known.
fn distinct(taken: &[Route], packaging: Option<Packaging>, component: &str) -> String {
    let candidates =
        packaging.map(|packaging| packaging.to_string()).into_iter().chain([component.to_owned()]);
    let numbered = (2..).map(|n| format!("{component} {n}"));
    let is_free = |name: &String| taken.iter().all(|route| route.name != *name);
    candidates.chain(numbered).find(is_free).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_path_is_asked_below_a_prefix_and_an_exact_route_is_its_own() {
        assert_eq!(measured_path("/...", "/api/time"), "/api/time");
        assert_eq!(measured_path("/wagi/...", "/api/time"), "/wagi/api/time");
        assert_eq!(measured_path("/exact", "/api/time"), "/exact");
    }

    /// What this Spin serves of an application that routes to these commands at `/0/...`, `/1/...` and so on.
    fn served(commands: &[&str], version: &str) -> Applications {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("spin.toml");
        let mut text = String::from("spin_manifest_version = 2\n[application]\nname = \"app\"\n");
        for (n, id) in commands.iter().enumerate() {
            text += &format!("[[trigger.http]]\nroute = \"/{n}/...\"\ncomponent = {id:?}\n");
            text += "executor = { type = \"wagi\" }\n";
        }
        for id in BTreeSet::from_iter(commands) {
            text += &format!("[component.{id}]\nsource = \"{id}.wasm\"\n");
        }
        std::fs::write(&path, text).unwrap();
        let host = HostKind::Spin { version: version.into() };
        Applications::of(vec![Manifest::load(&path).unwrap()], &host, "/")
    }

    fn names(applications: &Applications) -> Vec<&str> {
        applications.routes.iter().map(|route| route.name.as_str()).collect()
    }

    #[test]
    fn names_stay_distinct() {
        assert_eq!(
            names(&served(&["time", "time", "time", "date"], "4.1.0")),
            ["WAGI", "time", "time 2", "date"]
        );
    }
}
