//! How a target is reached, where that is not as its URL says.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use url::Url;

/// How a target is reached, where that is not as its URL says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reach {
    /// Whether certificates are not checked.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub insecure: bool,
    /// Which address is connected to instead of another; the first that fits counts.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub connect_to: Vec<ConnectTo>,
}

impl Reach {
    pub fn instead_of(&self, url: &Url) -> Option<(String, u16)> {
        let (host, port) = (url.host_str()?, url.port_or_known_default()?);
        let rule = self.connect_to.iter().find(|rule| rule.fits(host, port))?;
        let to = (rule.to_host.clone().unwrap_or_else(|| host.to_owned()), rule.to_port.unwrap_or(port));
        (to != (host.to_owned(), port)).then_some(to)
    }
}

/// `HOST:PORT:HOST:PORT`, as curl has it: what would go to the first address goes to the second. Left out before
/// the second, they mean any; after it, the same. An IPv6 address stands in brackets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct ConnectTo {
    host: Option<String>,
    port: Option<u16>,
    to_host: Option<String>,
    to_port: Option<u16>,
}

impl ConnectTo {
    fn fits(&self, host: &str, port: u16) -> bool {
        self.host.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(host))
            && self.port.is_none_or(|wanted| wanted == port)
    }
}

impl FromStr for ConnectTo {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "write HOST:PORT:HOST:PORT, like example.org:443:127.0.0.1:8443".to_owned();
        let mut bracketed = false;
        let colon = |c: char| {
            bracketed = if bracketed { c != ']' } else { c == '[' };
            c == ':' && !bracketed
        };
        let parts: Vec<&str> = text.split(colon).collect();
        let [host, port, to_host, to_port] = parts.try_into().map_err(|_| wrong())?;
        let host_of = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let port_of = |text: &str| match text {
            "" => Ok(None),
            text => text.parse().map(Some).map_err(|_| wrong()),
        };
        Ok(Self {
            host: host_of(host),
            port: port_of(port)?,
            to_host: host_of(to_host),
            to_port: port_of(to_port)?,
        })
    }
}

impl fmt::Display for ConnectTo {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let host = |host: &Option<String>| host.clone().unwrap_or_default();
        let port = |port: Option<u16>| port.map_or(String::new(), |port| port.to_string());
        write!(f, "{}:{}:{}:{}", host(&self.host), port(self.port), host(&self.to_host), port(self.to_port))
    }
}

impl From<ConnectTo> for String {
    fn from(rule: ConnectTo) -> Self {
        rule.to_string()
    }
}

impl TryFrom<String> for ConnectTo {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn instead(rules: &[&str], url: &str) -> Option<(String, u16)> {
        let connect_to = rules.iter().map(|rule| rule.parse().unwrap()).collect();
        Reach { insecure: false, connect_to }.instead_of(&url.parse().unwrap())
    }

    fn to(host: &str, port: u16) -> Option<(String, u16)> {
        Some((host.to_owned(), port))
    }

    #[test]
    fn what_goes_to_one_address_goes_to_another() {
        let rules = ["example.org:443:127.0.0.1:8443"];
        assert_eq!(instead(&rules, "https://Example.org/"), to("127.0.0.1", 8443));
        assert_eq!(instead(&rules, "http://example.org/"), None);
        assert_eq!(instead(&rules, "https://example.com/"), None);
    }

    #[test]
    fn what_is_left_out_is_any_or_the_same() {
        assert_eq!(instead(&["::[::1]:"], "http://example.org:81/"), to("[::1]", 81));
        assert_eq!(instead(&["example.org:::8443"], "https://example.org/"), to("example.org", 8443));
        assert_eq!(instead(&["a:1:b:2", ":::9"], "http://c/"), to("c", 9));
        assert_eq!(instead(&[":::"], "http://c/"), None);
    }

    #[test]
    fn what_has_not_four_parts_is_refused_with_an_example() {
        for wrong in ["", "a", "a:1:b", "a:1:b:2:c", "a:x:b:2", "a:1:b:70000", "::1:80:b:2"] {
            assert!(wrong.parse::<ConnectTo>().unwrap_err().contains("example.org:443"), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_read_is_written_alike(text in "[a-z.]{0,4}:[0-9]{0,4}:[a-z.]{0,4}:[0-9]{0,4}") {
            let rule: ConnectTo = text.parse().unwrap();
            prop_assert_eq!(rule.to_string().parse::<ConnectTo>().unwrap(), rule);
        }
    }
}
