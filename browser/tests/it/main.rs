//! Pages, as people see them.

mod faults;
mod page;
mod report;
mod support;
