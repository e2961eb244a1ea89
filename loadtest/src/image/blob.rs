//! A part of an image, known by its digest.

use oci_spec::image::{Descriptor, MediaType, Sha256Digest};
use serde::Serialize;
use sha2::{Digest, Sha256};

pub struct Blob {
    pub bytes: Vec<u8>,
    /// SHA-256, in hexadecimal digits.
    pub hex: String,
}

impl Blob {
    pub fn new(bytes: Vec<u8>) -> Self {
        Self { hex: sha256(&bytes), bytes }
    }

    /// Of a document of the specification. Its maps have no order of their own: sorted, the same document is the same
    /// bytes.
    pub fn json(document: &impl Serialize) -> Self {
        let mut value = serde_json::to_value(document).expect("documents of the specification are JSON");
        value.sort_all_objects();
        Self::new(value.to_string().into_bytes())
    }

    pub fn descriptor(&self, media_type: MediaType) -> Descriptor {
        let digest: Sha256Digest = self.hex.parse().expect("a digest is 64 hexadecimal digits");
        Descriptor::new(media_type, self.bytes.len() as u64, digest)
    }

    pub fn path(&self) -> String {
        format!("blobs/sha256/{}", self.hex)
    }
}

pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
