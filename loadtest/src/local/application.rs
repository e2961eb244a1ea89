//! The applications to be measured here: what each serves, under which names.

use std::path::{Path, PathBuf};

use host::{Manifest, Packaging, Trigger};

use super::launch::{HostKind, Launcher};

/// What is measured, and why the rest is not.
#[derive(Default)]
pub struct Applications {
    /// One for each manifest.
    pub launchers: Vec<Launcher>,
    pub routes: Vec<Route>,
    pub skipped: Vec<String>,
}

/// A route that is measured.
pub struct Route {
    /// In the report.
    pub name: String,
    /// From the root of the host.
    pub path: String,
    /// What answers there.
    pub component: String,
    /// The index of what starts it.
    pub launcher: usize,
    /// Why starting this is starting something else too, if it is.
    pub shares_start: Option<String>,
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
                shares_start: self.shares_start(launcher, &name, trigger, &manifest, host),
                name,
                path: measured_path(&trigger.route, path),
                component: trigger.component.clone(),
                launcher,
            });
        }
        if self.routes.last().is_some_and(|route| route.launcher == launcher) {
            let runtime_config = beside(&manifest.path, "runtime-config.toml");
            self.launchers.push(Launcher::new(host.clone(), manifest.path, runtime_config));
        }
    }

    /// Two start-ups of one process must not be compared.
    fn shares_start(
        &self,
        launcher: usize,
        name: &str,
        trigger: &Trigger,
        manifest: &Manifest,
        host: &HostKind,
    ) -> Option<String> {
        let is_same = |route: &&Route| route.launcher == launcher && route.component == trigger.component;
        if let Some(first) = self.routes.iter().find(is_same) {
            return Some(format!(
                "start-up of {name}, which is that of {}: both are one component",
                first.name
            ));
        }
        let alone = manifest.triggers.iter().all(|other| other.component == trigger.component);
        (!alone && !host.starts_components()).then(|| {
            format!(
                "start-up of {name}, which {} cannot start without the rest of {}: that needs Spin 3.0, or --host \
                 embedded",
                host.description(),
                manifest.path.display()
            )
        })
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

fn beside(manifest: &Path, name: &str) -> Option<PathBuf> {
    let path = manifest.parent().unwrap_or(Path::new("")).join(name);
    path.exists().then_some(path)
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

    fn shared_starts(applications: &Applications) -> Vec<&str> {
        applications.routes.iter().filter_map(|route| route.shares_start.as_deref()).collect()
    }

    #[test]
    fn names_stay_distinct() {
        assert_eq!(
            names(&served(&["time", "time", "time", "date"], "4.1.0")),
            ["WAGI", "time", "time 2", "date"]
        );
    }

    #[test]
    fn each_component_has_a_start_of_its_own_where_the_host_can_start_one_alone() {
        assert!(shared_starts(&served(&["a", "b"], "3.0.0")).is_empty());
        let old = served(&["a", "b"], "2.7.0");
        let shared = shared_starts(&old);
        assert_eq!(shared.len(), 2);
        assert!(shared[0].contains("start-up of WAGI") && shared[0].contains("Spin 3.0"), "{shared:?}");
        assert!(shared_starts(&served(&["a"], "2.7.0")).is_empty());
    }

    #[test]
    fn two_routes_to_one_component_have_one_start() {
        for version in ["2.7.0", "4.1.0"] {
            let served = served(&["a", "a"], version);
            assert_eq!(
                shared_starts(&served),
                ["start-up of a, which is that of WAGI: both are one component"]
            );
        }
    }
}
