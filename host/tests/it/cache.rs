//! Compiled code, kept from one start to the next.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::common::client::text;
use crate::common::guests;
use crate::common::site::Site;

fn site() -> Site {
    Site::new().wagi("a", "/a", &guests::hello()).http("b", "/b", &guests::handler("unreachable"))
}

/// Every compiled module below a directory, with when it was written.
fn entries(dir: &Path) -> BTreeMap<PathBuf, SystemTime> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(dir).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            found.extend(entries(&path));
        } else if path.extension().is_none() {
            found.insert(path, entry.metadata().unwrap().modified().unwrap());
        }
    }
    found
}

async fn assert_answers(site: &Site) {
    let server = site.serve().await;
    assert_eq!(text(&server.get("/a").await), "hello");
    assert_eq!(server.get("/b").await.status(), 500);
}

#[tokio::test]
async fn a_second_start_compiles_nothing() {
    let site = site();
    assert_answers(&site).await;
    let first = entries(&site.cache_dir());
    assert!(!first.is_empty());
    assert_answers(&site).await;
    assert_eq!(entries(&site.cache_dir()), first);
}

#[tokio::test]
async fn a_changed_component_is_compiled_anew() {
    let before = site();
    assert_answers(&before).await;
    let after = Site::new().wagi("a", "/a", &guests::program("content-type: text/plain\n\nchanged", ""));
    let after = after.with(|options| options.cache_dir = Some(before.cache_dir()));
    assert_eq!(text(&after.serve().await.get("/a").await), "changed");
}

#[tokio::test]
async fn without_a_place_for_it_code_is_compiled_at_every_start() {
    let file = tempfile::NamedTempFile::new().unwrap();
    for nowhere in [None, Some(file.path().to_owned()), Some(file.path().join("below"))] {
        assert_answers(&site().with(|options| options.cache_dir = nowhere)).await;
    }
}
