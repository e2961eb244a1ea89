//! Keeps the machine's cores awake: a core that sleeps, above all a virtual one, takes long to wake, and would be
//! measured with whatever is.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use thread_priority::{
    NormalThreadSchedulePolicy, ThreadPriority, ThreadSchedulePolicy, set_thread_priority_and_policy,
    thread_native_id,
};

/// A thread for each core that turns around when nobody else wants the core, until this is dropped.
pub struct Awake(Arc<AtomicBool>);

impl Awake {
    /// From now on.
    pub fn keep() -> Self {
        let over = Arc::new(AtomicBool::new(false));
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            let over = over.clone();
            thread::spawn(move || {
                let idle = ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Idle);
                if set_thread_priority_and_policy(thread_native_id(), ThreadPriority::Min, idle).is_err() {
                    // One that gets in the way is worse than none.
                    return;
                }
                while !over.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            });
        }
        Self(over)
    }
}

impl Drop for Awake {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
