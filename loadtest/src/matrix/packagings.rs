//! All the packagings there are, in the order of the report.

use host::Packaging as Interface;

use super::elsewhere::Elsewhere;
use super::hosted::Hosted;
use super::native::Native;
use super::packaging::Packaging;
use super::plan::MatrixPlan;
use super::wasmtime::{Verb, Wasmtime};
use crate::args::{HostArg, ImageKind};
use crate::container::ctr::Ctr;
use crate::container::docker::Docker;

/// All of them, whether or not they can run here.
pub fn all(plan: &MatrixPlan) -> Vec<Box<dyn Packaging>> {
    let mut all: Vec<Box<dyn Packaging>> = vec![
        Box::new(Native::new(&plan.path)),
        Box::new(Docker::new(&plan.path)),
        Box::new(Ctr::new(ImageKind::Native, &plan.path)),
        Box::new(Ctr::new(ImageKind::Wasm, &plan.path)),
        Box::new(Ctr::new(ImageKind::WasmHttp, &plan.path)),
        Box::new(Wasmtime::new(Verb::Run, &plan.path)),
        Box::new(Wasmtime::new(Verb::Serve, &plan.path)),
    ];
    for host in [HostArg::Spin, HostArg::Embedded] {
        for interface in [Interface::Wagi, Interface::Preview2, Interface::Preview3] {
            all.push(Box::new(Hosted::new(interface, host)));
        }
    }
    all.extend(
        plan.elsewhere.iter().map(|target| Box::new(Elsewhere::new(target.clone())) as Box<dyn Packaging>),
    );
    all
}
