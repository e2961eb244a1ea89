//! The way to another address than the URL's, past what reqwest would do with the URL.

use reqwest::Url;
use reqwest::header::{HOST, HeaderMap, HeaderValue};

use crate::error::Error;
use crate::reach::Reach;

/// The way to another address; by default there is none.
#[derive(Clone, Debug, Default)]
pub struct Detour {
    /// Without TLS, the URL itself may name the other address.
    rewritten: Option<(String, u16)>,
    /// With TLS, the certificate is for the name in the URL, which is resolved as another one, with its port.
    pub resolved_as: Option<(String, u16)>,
    /// What the server is told it was asked as.
    host: Option<HeaderValue>,
}

impl Detour {
    /// To where `reach` says for `url`, if it says something.
    ///
    /// # Errors
    ///
    /// When the URL has an address where a certificate needs a name.
    pub fn of(url: &Url, reach: &Reach) -> Result<Self, Error> {
        let Some(to) = reach.instead_of(url) else { return Ok(Self::default()) };
        let host = HeaderValue::from_str(url.authority()).ok();
        match url.scheme() {
            "https" if url.domain().is_none() => Err(Error::Usage(format!(
                "--connect-to needs a name in {url}, which the certificate is for: write the name there"
            ))),
            "https" => Ok(Self { resolved_as: Some(to), host, rewritten: None }),
            _ => Ok(Self { rewritten: Some(to), host, resolved_as: None }),
        }
    }

    /// What to ask, and with which headers.
    pub fn take(&self, mut url: Url, mut headers: HeaderMap) -> (Url, HeaderMap) {
        if let Some((host, port)) = &self.rewritten {
            // One that is no host is told of when it is connected to.
            let _ = url.set_host(Some(host)).map(|()| url.set_port(Some(*port)));
        } else if self.resolved_as.is_some() {
            // A port in the URL would count more than that of the resolver.
            let _ = url.set_port(None);
        }
        if let Some(host) = &self.host {
            headers.entry(HOST).or_insert(host.clone());
        }
        (url, headers)
    }
}
