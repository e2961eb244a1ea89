//! The name of an image, as people write it and as registries know it.

use crate::error::Error;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    repository: String,
    tag: String,
}

impl Reference {
    /// What `text` names; `latest` where it names no tag.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let (repository, tag) = match text.rsplit_once(':') {
            // What follows the last colon of `example.org:5000/time` is a port.
            Some((repository, tag)) if !tag.contains('/') => (repository, tag),
            _ => (text, "latest"),
        };
        if is_repository(repository) && is_tag(tag) {
            return Ok(Self { repository: repository.into(), tag: tag.into() });
        }
        Err(Error::Usage(format!(
            "{text:?} is no name of an image: write lower-case letters, digits, and - or . between them, then a tag, like \
             time:1"
        )))
    }

    /// Of an application, which may have any name.
    pub fn of(application: &str, tag: &str) -> Self {
        let letter = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
        let words: String = application.chars().map(letter).collect();
        let words: Vec<_> = words.split('-').filter(|word| !word.is_empty()).collect();
        let repository = if words.is_empty() { "application".into() } else { words.join("-") };
        Self { repository, tag: tag.into() }
    }

    pub fn familiar(&self) -> String {
        format!("{}:{}", self.repository, self.tag)
    }

    /// As containerd keeps it: with the registry that Docker leaves out.
    pub fn canonical(&self) -> String {
        let names_registry = |first: &str| first.contains(['.', ':']) || first == "localhost";
        match self.repository.split_once('/') {
            Some((first, _)) if names_registry(first) => self.familiar(),
            Some(_) => format!("docker.io/{}", self.familiar()),
            None => format!("docker.io/library/{}", self.familiar()),
        }
    }

    /// Its last part.
    pub fn tag(&self) -> &str {
        &self.tag
    }
}

fn is_repository(text: &str) -> bool {
    let parts: Vec<_> = text.split('/').collect();
    parts.iter().enumerate().all(|(index, part)| match part.split_once(':') {
        Some((host, port)) => index == 0 && parts.len() > 1 && is_word(host) && port.parse::<u16>().is_ok(),
        None => is_word(part),
    })
}

fn is_word(text: &str) -> bool {
    let inner = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || b"-._".contains(&c);
    let outer = |c: Option<&u8>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    let bytes = text.as_bytes();
    outer(bytes.first()) && outer(bytes.last()) && bytes.iter().all(|c| inner(*c)) && !text.contains("..")
}

fn is_tag(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    (1..=128).contains(&text.len()) && text.chars().all(inner) && !text.starts_with(['-', '.'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn containerd_knows_an_image_by_its_registry_too() {
        let canonical = |text| Reference::parse(text).unwrap().canonical();
        assert_eq!(canonical("time"), "docker.io/library/time:latest");
        assert_eq!(canonical("team/time:1"), "docker.io/team/time:1");
        assert_eq!(canonical("example.org:5000/time"), "example.org:5000/time:latest");
        assert_eq!(canonical("localhost/time:a"), "localhost/time:a");
    }

    #[test]
    fn what_no_registry_would_take_is_refused() {
        for text in
            ["", "Time", "time:", "time:-1", "a b", "-a", "a..b", "a:1:2", "a/:1", "time:x/y", "a:99999/b"]
        {
            let message = Reference::parse(text).unwrap_err().to_string();
            assert!(message.contains(&format!("{text:?}")) && message.contains("time:1"), "{message}");
        }
    }

    #[test]
    fn every_application_has_a_name_that_is_taken() {
        for (application, name) in
            [("moscow-time", "moscow-time"), ("My App!", "my-app"), ("Время", "application")]
        {
            let reference = Reference::of(application, "wasm");
            assert_eq!(reference.familiar(), format!("{name}:wasm"));
            assert_eq!(Reference::parse(&reference.familiar()).unwrap(), reference);
        }
    }
}
