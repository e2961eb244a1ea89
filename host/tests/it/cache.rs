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

/// Every entry, with when it was written.
fn entries(dir: &Path) -> BTreeMap<PathBuf, SystemTime> {
    let entries = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap());
    entries.map(|entry| (entry.path(), entry.metadata().unwrap().modified().unwrap())).collect()
}

fn sizes(dir: &Path) -> Vec<u64> {
    let mut sizes: Vec<_> = entries(dir).keys().map(|entry| fs::metadata(entry).unwrap().len()).collect();
    sizes.sort();
    sizes
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
    assert_eq!(first.len(), 2);
    assert_answers(&site).await;
    assert_eq!(entries(&site.cache_dir()), first);
}

#[tokio::test]
async fn an_entry_with_a_flipped_bit_is_replaced_and_never_run() {
    let site = site();
    assert_answers(&site).await;
    for entry in entries(&site.cache_dir()).into_keys() {
        let mut damaged = fs::read(&entry).unwrap();
        let middle = damaged.len() / 2;
        damaged[middle] ^= 1;
        fs::write(&entry, &damaged).unwrap();
    }
    let damaged = entries(&site.cache_dir());
    assert_answers(&site).await;
    let replaced = entries(&site.cache_dir());
    assert_eq!(replaced.len(), 2);
    assert!(replaced.iter().all(|(path, written)| damaged.get(path) != Some(written)));
    assert_answers(&site).await;
    assert_eq!(entries(&site.cache_dir()), replaced);
}

#[tokio::test]
async fn an_entry_that_is_cut_short_is_replaced() {
    let site = site();
    assert_answers(&site).await;
    let whole = sizes(&site.cache_dir());
    for entry in entries(&site.cache_dir()).into_keys() {
        fs::File::options().write(true).open(entry).unwrap().set_len(100).unwrap();
    }
    assert_answers(&site).await;
    assert_eq!(sizes(&site.cache_dir()), whole);
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
