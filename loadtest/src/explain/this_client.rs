//! Failures whose cause lies on the side of this client, not with the target.

use url::Url;

use crate::target;

/// What to tell of a failure with this cause, if it is this client's own.
pub fn remedy(cause: &str) -> Option<String> {
    let has = |text: &str| cause.contains(text);
    if has("Cannot assign requested address") || has("AddrNotAvailable") {
        Some(format!(
            "this machine has no free port for another connection ({cause}), which is not the target's fault: wait a minute, use \
             fewer connections, or widen net.ipv4.ip_local_port_range"
        ))
    } else if has("Too many open files") {
        Some(format!(
            "this client may open no more files ({cause}), which is not the target's fault: raise the limit with ulimit -n"
        ))
    } else if has("Network is unreachable") || has("No route to host") {
        Some(format!("this machine has no route to the target ({cause}); is its network up?"))
    } else if has("Temporary failure in name resolution") {
        Some(format!("this machine cannot resolve any name now ({cause}); is its network up?"))
    } else {
        None
    }
}

/// What to add where `url` was not reached and the environment names a proxy for it, which is not used.
pub fn unused_proxy(url: &str, variable: impl Fn(&str) -> Option<String>) -> Option<String> {
    let url = Url::parse(url).ok().filter(|url| !target::is_this_machine(url))?;
    let host = url.host_str()?;
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    let name = match url.scheme() {
        "https" => ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"],
        // HTTP_PROXY in capitals is not heeded by curl, and is set all the same.
        _ => ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"],
    };
    let name = name.into_iter().find(|name| set(name).is_some())?;
    let excepted = set("NO_PROXY").or_else(|| set("no_proxy")).unwrap_or_default();
    let is_excepted = excepted.split(',').map(str::trim).any(|except| excepts(except, host));
    (!is_excepted)
        .then(|| format!("{name} is set, but proxies are not used: connections go straight to the target"))
}

fn excepts(except: &str, host: &str) -> bool {
    let suffix = except.trim_start_matches('.');
    except == "*"
        || !suffix.is_empty()
            && host.strip_suffix(suffix).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_this_machine_lacks_is_not_blamed_on_the_target() {
        for (cause, words) in [
            ("cannot connect: Cannot assign requested address (os error 99)", "no free port"),
            ("cannot connect: Too many open files (os error 24)", "ulimit -n"),
            ("cannot connect: Network is unreachable (os error 101)", "no route"),
            (
                "failed to lookup address information: Temporary failure in name resolution",
                "is its network up?",
            ),
        ] {
            let told = remedy(cause).unwrap();
            assert!(told.contains(words) && told.contains(cause), "{told}");
        }
        assert_eq!(remedy("connection refused"), None);
    }

    #[test]
    fn a_proxy_that_would_be_expected_is_said_not_to_be_used() {
        let told = |url: &str, set: &[(&str, &str)]| {
            let value =
                |name: &str| set.iter().find(|(known, _)| *known == name).map(|(_, value)| value.to_string());
            unused_proxy(url, value)
        };
        let proxy = ("HTTPS_PROXY", "http://p:3128");
        assert!(told("https://h.test/", &[proxy]).unwrap().starts_with("HTTPS_PROXY is set"));
        assert!(told("http://h.test/", &[("http_proxy", "p")]).is_some());
        for (url, set) in [
            ("https://h.test/", &[][..]),
            ("https://h.test/", &[("HTTPS_PROXY", "")]),
            ("http://h.test/", &[proxy]),
            ("https://localhost/", &[proxy]),
            ("https://a.h.test/", &[proxy, ("NO_PROXY", "x.test, .h.test")]),
            ("https://h.test/", &[proxy, ("no_proxy", "*")]),
        ] {
            assert_eq!(told(url, set), None, "{url} {set:?}");
        }
        assert!(told("https://notest/", &[proxy, ("NO_PROXY", "test")]).is_some());
    }
}
