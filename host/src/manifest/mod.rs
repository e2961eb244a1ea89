//! `spin.toml`, the parts that an HTTP application uses.

mod component;
mod document;
mod location;
mod static_response;
mod trigger;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::error::{Error, one_line};
use crate::text;
pub use component::{Build, Component};
use document::Document;
pub use static_response::StaticResponse;
pub(crate) use trigger::Entry;
pub use trigger::{ExecutorKind, Trigger};

/// A `spin.toml` whose every trigger names a component that is there.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// The file it was read from: a `spin.toml`, or a `.wasm` file that is served without one.
    pub path: PathBuf,
    /// The application's name.
    pub name: String,
    /// The application's version. Empty if it has none.
    pub version: String,
    /// Triggers that run a component at a route, in the order of the file.
    pub triggers: Vec<Trigger>,
    /// Components by name.
    pub components: BTreeMap<String, Component>,
    /// Everything that has a route.
    pub(crate) entries: Vec<Entry>,
    /// Components without a route, which nobody outside reaches.
    pub(crate) private: Vec<(String, ExecutorKind)>,
    pub(crate) variables: BTreeMap<String, Variable>,
    pub(crate) warnings: Vec<String>,
}

/// A variable of the application.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Variable {
    pub default: Option<String>,
    #[serde(default)]
    pub required: bool,
    #[serde(default, rename = "description")]
    _description: Option<String>,
    #[serde(default, rename = "secret")]
    _secret: bool,
}

impl Manifest {
    /// Where the manifest is: `given`, which may be a directory, or else the `spin.toml` here or in the closest
    /// directory above that has one, within the Git repository.
    pub fn locate(given: Option<&Path>) -> PathBuf {
        match given {
            Some(path) => location::resolve(path),
            None => location::search(),
        }
    }

    /// Reads and checks a manifest. `path` may also be a directory with a `spin.toml`, or a `.wasm` file.
    ///
    /// # Errors
    ///
    /// When it cannot be read, is not a Spin manifest of version 2, names a component that is not there, or asks
    /// for what only Spin can give.
    pub fn load(path: &Path) -> Result<Self, Error> {
        Self::load_only(path, &[])
    }

    /// Reads and checks a manifest as if it had only these components, and the triggers that name them. Without
    /// names, all of them.
    ///
    /// # Errors
    ///
    /// Those of [`Manifest::load`], and when there is no such component, or no trigger for it.
    pub fn load_only(path: &Path, components: &[String]) -> Result<Self, Error> {
        let path = location::resolve(path);
        if location::is_wasm(&path) {
            let text = location::manifest_of(&path);
            return Self::parse(&path, &text, components);
        }
        let text = text::read(&path, "go where a spin.toml is, or name one with --from")?;
        Self::parse(&path, &text, components)
    }

    fn parse(path: &Path, text: &str, only: &[String]) -> Result<Self, Error> {
        let refused = |message| Error::Config { path: path.to_owned(), line: None, message };
        let malformed = |e| syntax_error(path, text, &e);
        document::check_version(&toml::from_str(text).map_err(malformed)?).map_err(refused)?;
        let document: Document = toml::from_str(text).map_err(malformed)?;
        document.into_manifest(path, only).map_err(refused)
    }

    /// The file a component is in.
    pub fn source(&self, component: &Component) -> PathBuf {
        self.path.parent().unwrap_or(Path::new("")).join(component.file())
    }

    /// The directory of the `spin.toml`, if there is one.
    pub(crate) fn dir(&self) -> Option<&Path> {
        self.path.parent().filter(|_| !location::is_wasm(&self.path))
    }
}

pub(crate) fn syntax_error(path: &Path, text: &str, e: &toml::de::Error) -> Error {
    let line = e.span().map(|span| 1 + text.as_bytes()[..span.start].iter().filter(|b| **b == b'\n').count());
    Error::Config { path: path.to_owned(), line, message: one_line(e.message()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "spin_manifest_version = 2\n[application]\nname = \"app\"\n";

    fn parse(rest: &str) -> Result<Manifest, String> {
        Manifest::parse("spin.toml".as_ref(), &format!("{HEAD}{rest}"), &[]).map_err(|e| e.to_string())
    }

    fn with_component(keys: &str) -> Result<Manifest, String> {
        parse(&format!(
            "[[trigger.http]]\nroute = \"/...\"\ncomponent = \"a\"\n[component.a]\nsource = \"a.wasm\"\n{keys}"
        ))
    }

    #[test]
    fn a_component_is_found_beside_its_manifest() {
        let text = format!(
            "{HEAD}[[trigger.http]]\nroute = \"/w/...\"\ncomponent = \"a\"\nexecutor = {{ type = \"wagi\" }}\n\
             [component.a]\nsource = \"out/a.wasm\"\nenvironment = {{ KEY = \"value\" }}\n\
             [component.a.build]\ncommand = \"make\"\n"
        );
        let manifest = Manifest::parse("app/spin.toml".as_ref(), &text, &[]).unwrap();
        let component = &manifest.components["a"];
        assert_eq!(manifest.source(component), Path::new("app/out/a.wasm"));
        assert_eq!(component.environment["KEY"], "value");
        assert_eq!(component.build.as_ref().unwrap().commands(), ["make"]);
        assert!(
            matches!(&manifest.triggers[0].executor, ExecutorKind::Wagi { argv, .. } if argv == "${SCRIPT_NAME} ${ARGS}")
        );
    }

    #[test]
    fn what_is_not_toml_is_named_with_its_line() {
        let message = parse("[[trigger.http]]\nroute = \n").unwrap_err();
        assert!(message.starts_with("spin.toml:5: "), "{message}");
        assert!(!message.contains('\n'));
    }

    #[test]
    fn unknown_keys_are_refused_wherever_they_stand() {
        for (rest, key) in [
            ("surprise = 1\n", "surprise"),
            ("[[trigger.http]]\nroute = \"/\"\ncomponent = \"a\"\nroutes = 1\n", "routes"),
        ] {
            let message = parse(rest).unwrap_err();
            assert!(message.contains(key), "{message}");
        }
        assert!(with_component("sauce = 1\n").unwrap_err().contains("unknown key `sauce`"));
    }

    #[test]
    fn what_only_spin_can_give_is_refused_by_name_unless_it_is_empty() {
        for key in [
            "files = [\"*\"]",
            "allowed_outbound_hosts = [\"https://a\"]",
            "key_value_stores = [\"default\"]",
        ] {
            let message = with_component(key).unwrap_err();
            assert!(message.contains("needs Spin itself") && message.contains("`spin up`"), "{message}");
            assert!(!message.contains("install"), "it may be there already: {message}");
        }
        assert!(
            with_component("files = []\nallowed_outbound_hosts = []\ntool = { x = { y = 1 } }\n").is_ok()
        );
    }

    #[test]
    fn a_trigger_must_name_a_component_that_is_there() {
        let message = parse("[[trigger.http]]\nroute = \"/\"\ncomponent = \"ghost\"\n").unwrap_err();
        assert!(message.contains("\"ghost\"") && message.contains("does not exist"), "{message}");
    }

    fn assert_refused(text: &str, words: &[&str]) {
        let message = Manifest::parse("spin.toml".as_ref(), text, &[]).unwrap_err().to_string();
        for word in words {
            assert!(message.contains(word), "{message:?} does not say {word:?}");
        }
    }

    #[test]
    fn other_triggers_are_refused_beside_http_and_alone() {
        let http = "[[trigger.http]]\nroute = \"/\"\ncomponent = \"a\"\n";
        for http in [http, ""] {
            let text = format!("{HEAD}{http}[[trigger.redis]]\nchannel = \"c\"\n");
            assert_refused(&text, &["[[trigger.redis]]", "only [[trigger.http]]"]);
        }
    }

    #[test]
    fn other_versions_are_refused_whatever_else_they_say() {
        let old =
            "spin_manifest_version = \"1\"\nname = \"a\"\ntrigger = { type = \"http\" }\n[[component]]\n";
        assert_refused(old, &["version 2", "spin doctor"]);
        assert_refused("spin_manifest_version = 3\n[new]\n", &["only version 2"]);
    }

    #[test]
    fn what_is_missing_is_named_with_what_to_write() {
        assert_refused("", &["no spin_manifest_version", "spin_manifest_version = 2"]);
        assert_refused("[application]\nname = \"a\"\n", &["spin_manifest_version = 2"]);
        assert_refused("spin_manifest_version = 2\n", &["[application]", "name = "]);
        assert_refused("spin_manifest_version = 2\n[application]\n", &["[application]", "name = "]);
        assert_refused(HEAD, &["[[trigger.http]]", "route = ", "component = "]);
        let unnamed = format!("{HEAD}[[trigger.http]]\nroute = \"/\"\ncomponent = \"a\"\n[component.a]\n");
        assert_refused(&unnamed, &["component \"a\"", "`source`", "source = \"FILE.wasm\""]);
        assert_refused(&format!("{unnamed}sorce = \"a.wasm\"\n"), &["component \"a\"", "`sorce`", "source"]);
    }

    const TWO: &str = "[[trigger.http]]\nroute = \"/a\"\ncomponent = \"a\"\n[[trigger.http]]\nroute = \"/b\"\n\
        component = \"b\"\n[[trigger.redis]]\ncomponent = \"b\"\n[component.a]\nsource = \"a.wasm\"\n[component.b]\n\
        source = \"b.wasm\"\nfiles = [\"*\"]\n[component.unrouted]\nsource = \"c.wasm\"\n";

    fn only(ids: &[&str]) -> Result<Manifest, String> {
        let ids: Vec<_> = ids.iter().map(ToString::to_string).collect();
        Manifest::parse("spin.toml".as_ref(), &format!("{HEAD}{TWO}"), &ids).map_err(|e| e.to_string())
    }

    #[test]
    fn of_components_that_are_not_asked_for_nothing_is_left_and_nothing_is_refused() {
        let manifest = only(&["a"]).unwrap();
        assert_eq!(manifest.components.keys().collect::<Vec<_>>(), ["a"]);
        assert_eq!(manifest.triggers.iter().map(|t| &t.route).collect::<Vec<_>>(), ["/a"]);
        assert!(only(&["a", "b"]).unwrap_err().contains("trigger.redis"));
    }

    #[test]
    fn a_component_that_is_asked_for_must_be_there_and_have_a_route() {
        let message = only(&["a", "ghost"]).unwrap_err();
        assert!(message.contains("\"ghost\" does not exist; there is: a, b, unrouted"), "{message}");
        let message = only(&["unrouted"]).unwrap_err();
        assert!(message.contains("\"unrouted\" has no [[trigger.http]]"), "{message}");
    }
}
