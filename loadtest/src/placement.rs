//! On which processor core the client works.
//!
//! Where client and server share a core, a request on loopback takes half the time that it takes between two, and the
//! system leaves a server where it is for as long as it answers. A client that stayed where it is, too, would measure
//! that for the server's own: of two processes of one program, one would be twice as fast.

#[cfg(target_os = "linux")]
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// The cores that this thread may use, until it goes back to all of them.
#[cfg(target_os = "linux")]
pub struct Placement(Option<CpuSet>);

#[cfg(target_os = "linux")]
impl Placement {
    /// Of this thread.
    pub fn here() -> Self {
        Self(sched_getaffinity(None).ok())
    }

    /// Moves this thread to one of its cores, by a number that was drawn; where the system does not allow that, it
    /// stays.
    pub fn move_to(&self, drawn: u32) {
        let Some(allowed) = &self.0 else { return };
        let cores: Vec<usize> = (0..CpuSet::MAX_CPU).filter(|core| allowed.is_set(*core)).collect();
        if let Some(core) = cores.get(drawn as usize % cores.len().max(1)) {
            let mut one = CpuSet::new();
            one.set(*core);
            let _ = sched_setaffinity(None, &one);
        }
    }
}

#[cfg(target_os = "linux")]
impl Drop for Placement {
    /// What is started after it may go where it likes.
    fn drop(&mut self) {
        if let Some(allowed) = &self.0 {
            let _ = sched_setaffinity(None, allowed);
        }
    }
}

/// Where the system decides alone.
#[cfg(not(target_os = "linux"))]
pub struct Placement;

#[cfg(not(target_os = "linux"))]
impl Placement {
    /// Of this thread.
    pub fn here() -> Self {
        Self
    }

    /// It stays.
    pub fn move_to(&self, _: u32) {}
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_thread_is_on_one_core_until_it_may_go_back() {
        let cores = || sched_getaffinity(None).unwrap().count();
        let before = cores();
        let placement = Placement::here();
        for drawn in [0, 1, 7, u32::MAX] {
            placement.move_to(drawn);
            assert_eq!(cores(), 1);
        }
        drop(placement);
        assert_eq!(cores(), before);
    }
}
