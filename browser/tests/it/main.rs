//! Pages, as people see them.

mod faults;
mod load;
mod matrix;
mod page;
mod report;
mod support;
