//! Pages, as people see them.

mod faults;
mod matrix;
mod page;
mod report;
mod support;
