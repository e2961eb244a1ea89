//! An image's archive, read as its readers do: every digest on the way is checked.

use std::collections::BTreeMap;
use std::io::Read;

use libdeflater::Decompressor;
use oci_spec::image::{Descriptor, ImageConfiguration, ImageIndex, ImageManifest};
use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::program::parse;

/// What an image is, followed from the index to the file in its layer.
pub struct Archive {
    pub index: ImageIndex,
    pub config: ImageConfiguration,
    /// Of its layer, as it is stored.
    pub compressed: usize,
    /// What is in its layer: path, mode, time and bytes of each entry.
    pub files: Vec<(String, u32, u64, Vec<u8>)>,
    /// The configuration that Docker's own format names.
    pub docker: Value,
    /// The name that Docker's own format gives it.
    pub docker_tags: Value,
}

impl Archive {
    /// Reads it, and fails where it is not sound.
    pub fn read(bytes: &[u8]) -> Self {
        let entries = entries(bytes);
        let entries: BTreeMap<_, _> =
            entries.into_iter().map(|(path, _, time, bytes)| (path, (time, bytes))).collect();
        assert!(entries.values().all(|(time, _)| *time == 0));
        let entry = |path: &str| -> &[u8] {
            &entries.get(path).unwrap_or_else(|| panic!("no {path} in {:?}", entries.keys())).1
        };
        let blob = |digest: &str| -> &[u8] {
            let hex = digest.strip_prefix("sha256:").unwrap();
            let bytes = entry(&format!("blobs/sha256/{hex}"));
            assert_eq!(sha256(bytes), hex);
            bytes
        };
        let document = |descriptor: &Descriptor| -> &[u8] {
            let bytes = blob(descriptor.digest().as_ref());
            assert_eq!(bytes.len() as u64, descriptor.size());
            bytes
        };
        assert_eq!(json::<Value>(entry("oci-layout"))["imageLayoutVersion"], "1.0.0");
        let index: ImageIndex = json(entry("index.json"));
        let [manifest] = &index.manifests()[..] else { panic!("one manifest in {index:?}") };
        let manifest: ImageManifest = json(document(manifest));
        let config: ImageConfiguration = json(document(manifest.config()));
        let [layer] = &manifest.layers()[..] else { panic!("one layer in {manifest:?}") };
        let layer = document(layer);
        let tar = gunzip(layer);
        assert_eq!(config.rootfs().diff_ids(), &[format!("sha256:{}", sha256(&tar))]);
        let docker: Value = json(entry("manifest.json"));
        let named = |value: &Value| format!("sha256:{}", value.as_str().unwrap().rsplit('/').next().unwrap());
        assert_eq!(blob(&named(&docker[0]["Layers"][0])), layer);
        Self {
            compressed: layer.len(),
            files: self::entries(&tar),
            docker: json(blob(&named(&docker[0]["Config"]))),
            docker_tags: docker[0]["RepoTags"].clone(),
            index,
            config,
        }
    }

    /// Like `linux/amd64`, which the index and the configuration say alike.
    pub fn platform(&self) -> String {
        let platform = self.index.manifests()[0].platform().as_ref().unwrap();
        assert_eq!((platform.os(), platform.architecture()), (self.config.os(), self.config.architecture()));
        format!("{}/{}", platform.os(), platform.architecture())
    }

    /// How it is run.
    pub fn execution(&self) -> &oci_spec::image::Config {
        self.config.config().as_ref().unwrap()
    }
}

fn json<T: DeserializeOwned>(bytes: &[u8]) -> T {
    serde_json::from_value(parse(std::str::from_utf8(bytes).unwrap())).unwrap()
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn entries(tar: &[u8]) -> Vec<(String, u32, u64, Vec<u8>)> {
    let mut archive = tar::Archive::new(tar);
    let read = |entry: std::io::Result<tar::Entry<&[u8]>>| {
        let mut entry = entry.unwrap();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        let header = entry.header();
        (entry.path().unwrap().display().to_string(), header.mode().unwrap(), header.mtime().unwrap(), bytes)
    };
    archive.entries().unwrap().map(read).collect()
}

/// The length of what is in it stands in its last four bytes.
fn gunzip(bytes: &[u8]) -> Vec<u8> {
    let length = u32::from_le_bytes(bytes[bytes.len() - 4..].try_into().unwrap());
    let mut out = vec![0; length as usize];
    assert_eq!(Decompressor::new().gzip_decompress(bytes, &mut out), Ok(out.len()));
    out
}
