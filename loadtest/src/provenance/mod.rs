//! What the headers of an answer tell of where it came from.

mod clouds;

use std::borrow::Cow;
use std::collections::BTreeMap;

pub use clouds::{cloud, place};

use crate::headers::Headers;

/// Headers that tell by whom it was answered, in lower case.
const TELLING: [&str; 19] = [
    "age",
    "akamai-grn",
    "akamai-request-bc",
    "cache-status",
    "cf-cache-status",
    "cf-ray",
    "fly-region",
    "fly-request-id",
    "server",
    "via",
    "x-amz-cf-pop",
    "x-azure-ref",
    "x-cache",
    "x-cache-hits",
    "x-cache-status",
    "x-proxy-cache",
    "x-served-by",
    "x-vercel-cache",
    "x-vercel-id",
];

const OF_CACHES: [&str; 8] = [
    "age",
    "cache-status",
    "cf-cache-status",
    "x-cache",
    "x-cache-hits",
    "x-cache-status",
    "x-proxy-cache",
    "x-vercel-cache",
];

/// The data centre that Akamai's load balancer chose; of its cookie, nothing else is kept.
pub const DATA_CENTRE: &str = "akaalb";

/// The longest value that is kept whole, in characters.
const LONGEST: usize = 200;

/// The headers of an answer that tell by whom it was answered, each with its value.
pub type Telling = BTreeMap<Cow<'static, str>, String>;

/// Those among `headers`; the values of one that is repeated are joined, as HTTP allows.
pub fn hear(headers: &impl Headers) -> Telling {
    let values = |name: &str| {
        let values: Vec<_> = headers.texts(name).collect();
        (!values.is_empty()).then(|| values.join(", ").chars().take(LONGEST).collect())
    };
    let mut telling: Telling =
        TELLING.iter().filter_map(|name| Some((Cow::Borrowed(*name), values(name)?))).collect();
    if let Some(centre) = headers.texts("set-cookie").find_map(data_centre) {
        telling.insert(DATA_CENTRE.into(), centre.chars().take(LONGEST).collect());
    }
    telling
}

pub fn is_of_a_cache(name: &str) -> bool {
    OF_CACHES.contains(&name)
}

/// `akaalb_NAME=~op=GROUP:CENTRE|~rv=…`
fn data_centre(cookie: &str) -> Option<&str> {
    cookie.strip_prefix("akaalb_")?.split_once("=~op=")?.1.split('|').next()?.split_once(':').map(|(_, c)| c)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::header::HeaderMap;

    #[test]
    fn of_an_answer_of_akamai_functions_the_tokens_of_the_session_are_not_kept() {
        let mut headers = HeaderMap::new();
        let cookie = "akaalb_fwf-prod-apps=~op=fwf_prod:fwf-dev-de-fra-2|~rv=48~m=fwf-dev-de-fra-2:0|~os=1231~id=d750; path=/";
        headers.insert("server", "envoy".parse().unwrap());
        headers.insert("akamai-grn", "0.c528d2bc.1767972362.1debe697".parse().unwrap());
        headers.append("set-cookie", "session=secret".parse().unwrap());
        headers.append("set-cookie", cookie.parse().unwrap());
        let told = hear(&headers);
        assert_eq!(told.keys().collect::<Vec<_>>(), ["akaalb", "akamai-grn", "server"]);
        assert_eq!(told["akaalb"], "fwf-dev-de-fra-2");
    }

    #[test]
    fn a_repeated_header_is_kept_whole_and_a_long_one_is_cut() {
        let mut headers = HeaderMap::new();
        headers.append("via", "1.1 a".parse().unwrap());
        headers.append("via", "1.1 b".parse().unwrap());
        headers.append("server", "x".repeat(999).parse().unwrap());
        assert_eq!(hear(&headers)["via"], "1.1 a, 1.1 b");
        assert_eq!(hear(&headers)["server"].len(), LONGEST);
    }
}
