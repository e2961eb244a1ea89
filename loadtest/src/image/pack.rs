//! A program as an image: the layer it is in, how it is run, and the archive of both. Pure: the same program is the same
//! archive.

use std::collections::HashMap;
use std::io;

use oci_spec::image::{
    Arch, Config, ConfigBuilder, ImageConfiguration, ImageConfigurationBuilder, ImageIndexBuilder,
    ImageManifestBuilder, MediaType, OciLayoutBuilder, Os, PlatformBuilder, RootFsBuilder, SCHEMA_VERSION,
};
use serde_json::json;

use super::blob::Blob;
use super::layer::{Layer, append, append_directory};
use super::reference::Reference;
use crate::args::ImageKind;

/// Where the server listens unless it is told otherwise.
pub const PORT: u16 = 8080;
/// Of nobody in particular: there is no list of users in an image made from nothing.
const USER: &str = "65532:65532";
/// Nothing depends on when it was built.
const CREATED: &str = "1970-01-01T00:00:00Z";

pub struct Image {
    pub reference: Reference,
    /// Like `linux/amd64`.
    pub platform: String,
    /// The program's own file, in bytes.
    pub unpacked: u64,
    layer: Layer,
    config: Blob,
    docker_config: Blob,
    manifest: Blob,
    os: Os,
    arch: Arch,
}

pub fn pack(kind: ImageKind, program: &[u8], reference: Reference) -> Image {
    let (os, arch) = platform(kind);
    let file = file_name(kind);
    let layer = Layer::of(file, program);
    let config = ImageConfigurationBuilder::default()
        .created(CREATED)
        .os(os.clone())
        .architecture(arch.clone())
        .config(execution(kind, file))
        .rootfs(required(
            RootFsBuilder::default().typ("layers").diff_ids([format!("sha256:{}", layer.diff_id)]).build(),
        ))
        .build();
    let config = required(config);
    let docker_config = docker_config(&config);
    let config = Blob::json(&config);
    let manifest = ImageManifestBuilder::default()
        .schema_version(SCHEMA_VERSION)
        .media_type(MediaType::ImageManifest)
        .config(config.descriptor(MediaType::ImageConfig))
        .layers([layer.compressed.descriptor(MediaType::ImageLayerGzip)])
        .build();
    let manifest = Blob::json(&required(manifest));
    let platform = format!("{os}/{arch}");
    Image {
        reference,
        platform,
        unpacked: program.len() as u64,
        layer,
        config,
        docker_config,
        manifest,
        os,
        arch,
    }
}

impl Image {
    /// Of its layer as it is stored and sent, in bytes.
    pub fn compressed(&self) -> u64 {
        self.layer.compressed.bytes.len() as u64
    }

    /// An OCI layout as a tar archive, with what Docker's own format needs besides.
    pub fn archive(&self) -> Vec<u8> {
        let mut archive = tar::Builder::new(Vec::new());
        let written = self.write(&mut archive).and_then(|()| archive.into_inner());
        written.expect("memory takes whatever is written")
    }

    fn write(&self, archive: &mut tar::Builder<Vec<u8>>) -> io::Result<()> {
        let layout = required(OciLayoutBuilder::default().image_layout_version("1.0.0").build());
        append(archive, "oci-layout", &Blob::json(&layout).bytes)?;
        append(archive, "index.json", &self.index().bytes)?;
        append(archive, "manifest.json", &self.docker_manifest().bytes)?;
        append_directory(archive, "blobs/")?;
        append_directory(archive, "blobs/sha256/")?;
        for blob in [&self.manifest, &self.config, &self.layer.compressed] {
            append(archive, &blob.path(), &blob.bytes)?;
        }
        if self.docker_config.hex != self.config.hex {
            append(archive, &self.docker_config.path(), &self.docker_config.bytes)?;
        }
        Ok(())
    }

    /// What containerd reads. It takes the name from an annotation of its own; others, from the specification's.
    fn index(&self) -> Blob {
        let mut manifest = self.manifest.descriptor(MediaType::ImageManifest);
        let platform = PlatformBuilder::default().os(self.os.clone()).architecture(self.arch.clone()).build();
        manifest.set_platform(Some(required(platform)));
        manifest.set_annotations(Some(HashMap::from([
            ("io.containerd.image.name".into(), self.reference.canonical()),
            ("org.opencontainers.image.ref.name".into(), self.reference.tag().into()),
        ])));
        let index = ImageIndexBuilder::default()
            .schema_version(SCHEMA_VERSION)
            .media_type(MediaType::ImageIndex)
            .manifests([manifest])
            .build();
        Blob::json(&required(index))
    }

    /// What Docker reads where it does not keep its images in containerd.
    fn docker_manifest(&self) -> Blob {
        Blob::json(&json!([{
            "Config": self.docker_config.path(),
            "RepoTags": [self.reference.familiar()],
            "Layers": [self.layer.compressed.path()],
        }]))
    }
}

/// Docker without containerd's images knows of no system that is called wasi, and takes what names none.
fn docker_config(config: &ImageConfiguration) -> Blob {
    let mut config = serde_json::to_value(config).expect("documents of the specification are JSON");
    if config["os"] == "wasi"
        && let Some(config) = config.as_object_mut()
    {
        config.remove("os");
    }
    Blob::json(&config)
}

fn platform(kind: ImageKind) -> (Os, Arch) {
    match kind {
        ImageKind::Native => (Os::Linux, Arch::default()),
        ImageKind::Wasm | ImageKind::WasmHttp => (Os::Other("wasi".into()), Arch::Wasm),
    }
}

fn file_name(kind: ImageKind) -> &'static str {
    match kind {
        ImageKind::Native => "app",
        ImageKind::Wasm | ImageKind::WasmHttp => "app.wasm",
    }
}

fn execution(kind: ImageKind, file: &str) -> Config {
    let config = ConfigBuilder::default().entrypoint([format!("/{file}")]).user(USER).working_dir("/");
    required(match kind {
        ImageKind::Native | ImageKind::WasmHttp => config.exposed_ports([format!("{PORT}/tcp")]).build(),
        ImageKind::Wasm => config.build(),
    })
}

/// Builders of the specification fail where something required is left out.
fn required<T>(built: Result<T, oci_spec::OciSpecError>) -> T {
    built.expect("all that is required is given")
}
