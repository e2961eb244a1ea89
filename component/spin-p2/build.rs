//! Rust reserves 1 MiB of stack, of which a request needs little; addresses behind it are shorter with less. What the component
//! imports and exports, the linker is told by `wit/`.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=wit");
    if std::env::var("CARGO_CFG_TARGET_FAMILY").is_ok_and(|family| family == "wasm") {
        println!("cargo::rustc-link-arg-cdylib=-zstack-size=65536");
        println!("cargo::rustc-link-arg-cdylib=--component-type");
        let package = std::env::var("CARGO_MANIFEST_DIR").expect("cargo says where the package is");
        println!("cargo::rustc-link-arg-cdylib={package}/wit/component.wit");
    }
}
