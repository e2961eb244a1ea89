//! Pages, as people see them.

mod faults;
mod load;
mod page;
mod report;
mod support;
