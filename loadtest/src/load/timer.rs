//! Waits until a moment to some ten microseconds: tokio's own timer counts in whole milliseconds.

#[cfg(target_os = "linux")]
pub use precise::Timer;
#[cfg(not(target_os = "linux"))]
pub use yielding::Timer;

#[cfg(target_os = "linux")]
mod precise {
    use std::io;
    use std::os::fd::OwnedFd;
    use std::time::Duration;

    use rustix::fs::Timespec;
    use rustix::time::{
        Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, timerfd_create, timerfd_settime,
    };
    use tokio::io::Interest;
    use tokio::io::unix::AsyncFd;

    const NEVER_AGAIN: Timespec = Timespec { tv_sec: 0, tv_nsec: 0 };

    /// The kernel's own high-resolution timer, which wakes the thread as an answer does. One wait at a time.
    pub struct Timer(AsyncFd<OwnedFd>);

    impl Timer {
        pub fn new() -> io::Result<Self> {
            let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
            let timer = timerfd_create(TimerfdClockId::Monotonic, flags)?;
            // SAFETY: the descriptor is owned, and so stays open and the same for as long as it is registered.
            Ok(Self(unsafe { AsyncFd::register_with_interest(timer, Interest::READABLE) }?))
        }

        pub async fn wait(&mut self, duration: Duration) -> io::Result<()> {
            let once = Itimerspec { it_interval: NEVER_AGAIN, it_value: timespec(duration) };
            timerfd_settime(&self.0, TimerfdTimerFlags::empty(), &once)?;
            let mut expirations = [0; 8];
            let read = |timer: &OwnedFd| Ok(rustix::io::read(timer, &mut expirations)?);
            self.0.async_io(Interest::READABLE, read).await.map(drop)
        }
    }

    fn timespec(duration: Duration) -> Timespec {
        // No time at all would mean never.
        let duration = duration.max(Duration::from_nanos(1));
        let seconds = i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
        Timespec { tv_sec: seconds, tv_nsec: duration.subsec_nanos().into() }
    }
}

#[cfg(not(target_os = "linux"))]
mod yielding {
    use std::io;
    use std::time::{Duration, Instant};

    /// As precise as tokio's timer is.
    const COARSE: Duration = Duration::from_millis(2);

    /// tokio's timer for most of the time, and the rest by asking the clock again and again.
    pub struct Timer;

    impl Timer {
        pub fn new() -> io::Result<Self> {
            Ok(Self)
        }

        pub async fn wait(&mut self, duration: Duration) -> io::Result<()> {
            let end = Instant::now() + duration;
            if let Some(most) = duration.checked_sub(COARSE) {
                tokio::time::sleep(most).await;
            }
            while Instant::now() < end {
                tokio::task::yield_now().await;
            }
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    #[tokio::test]
    async fn it_waits_no_shorter_than_it_is_told_again_and_again() {
        let mut timer = Timer::new().unwrap();
        for micros in [0, 1, 300, 2500] {
            let (begun, wait) = (Instant::now(), Duration::from_micros(micros));
            timer.wait(wait).await.unwrap();
            assert!(begun.elapsed() >= wait);
        }
    }
}
