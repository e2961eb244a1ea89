//! Application variables: their values, and the interfaces that components read them by.

use std::collections::BTreeMap;

use wasmtime::StoreContextMut;
use wasmtime::component::{ComponentType, Linker, Lower};

use crate::error::Error;
use crate::instance::State;
use crate::manifest::{Manifest, Variable};
use crate::options::Options;

type Values = BTreeMap<String, String>;

/// Values of the application's variables: from the options, the runtime configuration, the environment
/// (`SPIN_VARIABLE_NAME`), or their defaults.
///
/// # Errors
///
/// When one that is required has no value.
pub(crate) fn values(manifest: &Manifest, options: &Options) -> Result<Values, Error> {
    let value = |name: &String, variable: &Variable| {
        let configured = || options.runtime_config.variables.get(name).cloned();
        let environment = || std::env::var(format!("SPIN_VARIABLE_{}", name.to_ascii_uppercase())).ok();
        let given = options.variables.get(name).cloned().or_else(configured).or_else(environment);
        given.or_else(|| variable.default.clone()).ok_or_else(|| {
            let remedy = format!("use --variable {name}=VALUE");
            Error::config(&manifest.path, format!("variable `{name}` is required and has no value: {remedy}"))
        })
    };
    manifest.variables.iter().map(|(name, variable)| Ok((name.clone(), value(name, variable)?))).collect()
}

/// The variables of a component: each `{{ name }}` in them is replaced by the application's value.
///
/// # Errors
///
/// When a template is not closed, or names a variable that the application does not have.
pub(crate) fn of_component(templates: &Values, values: &Values) -> Result<Values, String> {
    let filled = |name: &str, template| fill(template, values).map_err(|e| format!("variable `{name}` {e}"));
    templates.iter().map(|(name, template)| Ok((name.clone(), filled(name, template)?))).collect()
}

fn fill(template: &str, values: &Values) -> Result<String, String> {
    let mut filled = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, after) = after.split_once("}}").ok_or("has a `{{` without a `}}`")?;
        let name = name.trim();
        let value = values.get(name).map(String::as_str).ok_or_else(|| {
            format!("names `{name}`, which is not in [variables]: write [variables] and {name} = {{ default = \"...\" }}")
        })?;
        filled = filled + before + value;
        rest = after;
    }
    Ok(filled + rest)
}

#[derive(ComponentType, Lower)]
#[component(variant)]
#[expect(dead_code, reason = "the interface has more cases than are used")]
enum Failure {
    #[component(name = "invalid-name")]
    InvalidName(String),
    #[component(name = "undefined")]
    Undefined(String),
    #[component(name = "provider")]
    Provider(String),
    #[component(name = "other")]
    Other(String),
}

/// The interfaces of the SDKs for preview 2 and for preview 3.
pub(crate) fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    linker
        .instance("fermyon:spin/variables@2.0.0")?
        .func_wrap("get", |store: StoreContextMut<State>, (name,): (String,)| {
            Ok((get(store.data(), &name),))
        })?;
    linker.instance("spin:variables/variables@3.0.0")?.func_wrap_concurrent(
        "get",
        |accessor, (name,): (String,)| {
            let value = accessor.with(|mut store| get(store.data_mut(), &name));
            Box::pin(async move { Ok((value,)) })
        },
    )
}

fn get(state: &State, name: &str) -> Result<String, Failure> {
    let undefined = || Failure::Undefined(format!("no variable for {name:?}"));
    state.variables.get(name).cloned().ok_or_else(undefined)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_filled_in_or_what_is_wrong_with_it_is_named() {
        let values = Values::from([("host".into(), "example.org".into()), ("port".into(), "80".into())]);
        for (template, filled) in [
            ("http://{{ host }}:{{port}}/", Ok("http://example.org:80/")),
            ("}} as it is", Ok("}} as it is")),
            ("{{ ghost }}", Err("`ghost`")),
            ("{{ host", Err("without a `}}`")),
        ] {
            match (fill(template, &values), filled) {
                (Ok(value), Ok(expected)) => assert_eq!(value, expected),
                (Err(e), Err(says)) => assert!(e.contains(says), "{e}"),
                (outcome, _) => panic!("{template:?}: {outcome:?}"),
            }
        }
    }
}
