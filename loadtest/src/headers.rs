//! Headers of an answer, whoever has read them.

use http::header::HeaderMap;

pub trait Headers {
    /// All values of a header, in their order; `name` is in lower case. One that is no visible ASCII says nothing.
    fn texts<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str>;
}

impl Headers for HeaderMap {
    fn texts<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.get_all(name).into_iter().filter_map(|value| value.to_str().ok())
    }
}
