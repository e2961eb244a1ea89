//! The applications to be measured here: what each serves, under which names.

use std::path::{Path, PathBuf};

use host::{Manifest, Packaging, Trigger};

use super::launch::{HostKind, Launcher};

/// A manifest, how to start it, and what it serves.
pub struct Application {
    pub launcher: Launcher,
    pub routes: Vec<Route>,
}

/// A route that is measured.
pub struct Route {
    /// In the report.
    pub name: String,
    /// From the root of the host.
    pub path: String,
}

/// The applications of `manifests`, which are built, and what of them `host` cannot serve; `path` is asked below
/// every route's prefix.
pub fn all(manifests: Vec<Manifest>, host: &HostKind, path: &str) -> (Vec<Application>, Vec<String>) {
    let mut taken: Vec<String> = Vec::new();
    let (mut applications, mut skipped) = (Vec::new(), Vec::new());
    for manifest in manifests {
        let mut routes: Vec<_> =
            routable(&manifest).map(|trigger| (Packaging::of(&manifest, trigger), trigger)).collect();
        if !host.serves_preview_3()
            && routes.iter().any(|(packaging, _)| *packaging == Some(Packaging::Preview3))
        {
            // Such a host refuses the whole manifest.
            skipped.push(format!(
                "{}, which {} cannot serve: preview 3 needs Spin 4.1, or --host embedded",
                manifest.path.display(),
                host.description()
            ));
            continue;
        }
        routes.sort_by_key(|(packaging, _)| *packaging);
        let routes: Vec<_> = routes
            .into_iter()
            .map(|(packaging, trigger)| Route {
                name: distinct(&mut taken, packaging, &trigger.component),
                path: measured_path(&trigger.route, path),
            })
            .collect();
        if !routes.is_empty() {
            let runtime_config = beside(&manifest.path, "runtime-config.toml");
            applications.push(Application {
                launcher: Launcher::new(host.clone(), manifest.path, runtime_config),
                routes,
            });
        }
    }
    (applications, skipped)
}

/// A route with a parameter has no one path.
fn routable(manifest: &Manifest) -> impl Iterator<Item = &Trigger> {
    manifest.triggers.iter().filter(|trigger| !trigger.route.contains("/:"))
}

fn measured_path(route: &str, path: &str) -> String {
    match route.strip_suffix("/...") {
        Some(prefix) => format!("{prefix}{path}"),
        None => route.to_owned(),
    }
}

/// What it is packaged as, or the component's own name where that is taken or not known.
fn distinct(taken: &mut Vec<String>, packaging: Option<Packaging>, component: &str) -> String {
    let candidates =
        packaging.map(|packaging| packaging.to_string()).into_iter().chain([component.to_owned()]);
    let numbered = (2..).map(|n| format!("{component} {n}"));
    let name = candidates.chain(numbered).find(|name| !taken.contains(name)).unwrap_or_default();
    taken.push(name.clone());
    name
}

fn beside(manifest: &Path, name: &str) -> Option<PathBuf> {
    let path = manifest.parent().unwrap_or(Path::new("")).join(name);
    path.exists().then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_is_asked_below_a_prefix_and_an_exact_route_is_its_own() {
        assert_eq!(measured_path("/...", "/api/time"), "/api/time");
        assert_eq!(measured_path("/wagi/...", "/api/time"), "/wagi/api/time");
        assert_eq!(measured_path("/exact", "/api/time"), "/exact");
    }

    #[test]
    fn names_stay_distinct() {
        let mut taken = Vec::new();
        let names: Vec<_> = [Some(Packaging::Wagi), Some(Packaging::Wagi), None, None]
            .into_iter()
            .map(|packaging| distinct(&mut taken, packaging, "time"))
            .collect();
        assert_eq!(names, ["WAGI", "time", "time 2", "time 3"]);
    }
}
