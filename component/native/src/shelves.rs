//! Memory for threads that ask for the same few blocks with every request.
//!
//! musl's allocator has one lock for all threads, and was a quarter of what a request cost. Here a thread keeps small blocks
//! that it gives back, by their size, and takes them again: no lock, and nothing to look for. What is not kept, and all that
//! is larger, is the other allocator's.

use std::alloc::{GlobalAlloc, Layout};
use std::cell::Cell;
use std::ptr;

/// Blocks of 16 bytes, 32, and so on to 2 KiB: what a request and its answer need, but for the buffers of their connection.
const SIZES: usize = 8;
const SMALLEST: usize = 16;
/// How many of each size a thread keeps: 127 KiB in all, at most.
const KEPT: u32 = 32;

/// Blocks that a thread has given back, in front of the allocator that they are from.
///
/// What a thread keeps is lost when it ends: it is for programs whose threads stay.
#[derive(Debug)]
pub struct Shelves<A>(pub A);

/// Blocks of one size: each that is kept begins with the address of the next.
struct Shelf {
    first: Cell<*mut u8>,
    count: Cell<u32>,
}

thread_local! {
    static MINE: [Shelf; SIZES] = const { [const { Shelf::new() }; SIZES] };
}

impl Shelf {
    const fn new() -> Self {
        Self { first: Cell::new(ptr::null_mut()), count: Cell::new(0) }
    }

    /// A block that is kept; null if there is none.
    fn take(&self) -> *mut u8 {
        let block = self.first.get();
        if !block.is_null() {
            // SAFETY: a block that is kept is nobody else's, and begins with an address.
            self.first.set(unsafe { block.cast::<*mut u8>().read() });
            self.count.set(self.count.get() - 1);
        }
        block
    }

    /// Keeps a block, if there is room.
    ///
    /// # Safety
    ///
    /// It is of this size, and nobody's any more.
    unsafe fn keep(&self, block: *mut u8) -> bool {
        let room = self.count.get() < KEPT;
        if room {
            // SAFETY: as the caller promises; each size has room for an address, and is aligned for one.
            unsafe { block.cast::<*mut u8>().write(self.first.get()) };
            self.first.set(block);
            self.count.set(self.count.get() + 1);
        }
        room
    }
}

/// On which shelf blocks of this layout are, if on any, and the layout that all have that are there.
fn place(layout: Layout) -> Option<(usize, Layout)> {
    let size = layout.size().next_power_of_two().max(SMALLEST);
    let shelf = (size / SMALLEST).ilog2() as usize;
    let whole = Layout::from_size_align(size, SMALLEST).ok()?;
    (shelf < SIZES && layout.align() <= SMALLEST).then_some((shelf, whole))
}

// SAFETY: a block is handed out by `A`, or by the thread that was given it back last; and all on a shelf have the size and the
// alignment that the largest layout of that shelf needs.
unsafe impl<A: GlobalAlloc> GlobalAlloc for Shelves<A> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let Some((shelf, whole)) = place(layout) else {
            // SAFETY: as the caller promises.
            return unsafe { self.0.alloc(layout) };
        };
        match MINE.with(|shelves| shelves[shelf].take()) {
            // SAFETY: a whole block has a size.
            block if block.is_null() => unsafe { self.0.alloc(whole) },
            block => block,
        }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        match place(layout) {
            // SAFETY: as the caller promises: it is from that shelf, or would have been.
            Some((shelf, _)) if MINE.with(|shelves| unsafe { shelves[shelf].keep(block) }) => {}
            // SAFETY: a block of a shelf was asked for as a whole one.
            Some((_, whole)) => unsafe { self.0.dealloc(block, whole) },
            // SAFETY: as the caller promises.
            None => unsafe { self.0.dealloc(block, layout) },
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, wanted: usize) -> *mut u8 {
        // SAFETY: the caller promises that `wanted`, rounded up to the alignment, is a size.
        let other = unsafe { Layout::from_size_align_unchecked(wanted, layout.align()) };
        match (place(layout), place(other)) {
            (Some((before, _)), Some((after, _))) if before == after => block,
            // SAFETY: as the caller promises.
            (None, None) => unsafe { self.0.realloc(block, layout, wanted) },
            // SAFETY: as the caller promises; the two blocks are different ones.
            _ => unsafe {
                let moved = self.alloc(other);
                if !moved.is_null() {
                    ptr::copy_nonoverlapping(block, moved, layout.size().min(wanted));
                    self.dealloc(block, layout);
                }
                moved
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::alloc::System;
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
    use std::thread;

    /// Counts what is asked of it, and what it holds.
    #[derive(Default)]
    struct Counting {
        asked: AtomicUsize,
        out: AtomicUsize,
    }

    // SAFETY: it is the system's.
    unsafe impl GlobalAlloc for Counting {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            self.asked.fetch_add(1, Relaxed);
            self.out.fetch_add(layout.size(), Relaxed);
            unsafe { System.alloc(layout) }
        }

        unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
            self.out.fetch_sub(layout.size(), Relaxed);
            unsafe { System.dealloc(block, layout) }
        }
    }

    /// On a thread of its own, whose shelves are empty.
    fn alone(test: impl FnOnce(Shelves<Counting>) + Send + 'static) {
        thread::spawn(|| test(Shelves(Counting::default()))).join().unwrap();
    }

    fn bytes(size: usize) -> Layout {
        Layout::from_size_align(size, 1).unwrap()
    }

    #[test]
    fn what_is_given_back_is_taken_again_by_whoever_needs_that_size() {
        alone(|memory| unsafe {
            let block = memory.alloc(bytes(20));
            memory.dealloc(block, bytes(20));
            assert_eq!(memory.alloc(bytes(32)), block);
            assert_ne!(memory.alloc(bytes(20)), block);
            assert_eq!(memory.0.asked.load(Relaxed), 2);
        });
    }

    #[test]
    fn large_and_widely_aligned_blocks_are_not_kept() {
        alone(|memory| {
            for layout in [bytes(2049), bytes(isize::MAX as usize / 2), Layout::from_size_align(64, 64).unwrap()] {
                assert_eq!(place(layout), None, "{layout:?}");
            }
            for _ in 0..2 {
                unsafe { memory.dealloc(memory.alloc(bytes(2049)), bytes(2049)) };
            }
            assert_eq!(memory.0.asked.load(Relaxed), 2);
            assert_eq!(memory.0.out.load(Relaxed), 0);
        });
    }

    #[test]
    fn a_thread_keeps_no_more_than_it_says() {
        alone(|memory| unsafe {
            let blocks: Vec<_> = (0..1000).map(|_| memory.alloc(bytes(100))).collect();
            blocks.into_iter().for_each(|block| memory.dealloc(block, bytes(100)));
            assert_eq!(memory.0.out.load(Relaxed), KEPT as usize * 128);
        });
    }

    #[test]
    fn a_block_that_grows_and_shrinks_keeps_what_is_in_it() {
        alone(|memory| unsafe {
            let (mut block, mut size) = (memory.alloc(bytes(1)), 1);
            block.write(7);
            for wanted in [16, 17, 2048, 2049, 5000, 3000, 90, 2] {
                block = memory.realloc(block, bytes(size), wanted);
                size = wanted;
                assert_eq!(block.read(), 7, "{wanted} bytes");
                block.add(size - 1).write(9);
            }
            memory.dealloc(block, bytes(size));
        });
    }

    /// Against a plain record of what everybody wrote: no two blocks overlap, whatever the order.
    #[test]
    fn blocks_that_live_do_not_overlap() {
        alone(|memory| unsafe {
            let mut live: Vec<(*mut u8, usize, u8)> = Vec::new();
            let mut random: u32 = 1;
            for step in 0..20_000u32 {
                random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let drawn = (random >> 8) as usize;
                if live.len() > 100 || (drawn.is_multiple_of(3) && !live.is_empty()) {
                    let (block, size, mark) = live.swap_remove(drawn / 3 % live.len());
                    assert!((0..size).all(|at| block.add(at).read() == mark));
                    memory.dealloc(block, bytes(size));
                } else {
                    let (size, mark) = (1 + drawn % 2500, step as u8);
                    let block = memory.alloc(bytes(size));
                    block.write_bytes(mark, size);
                    live.push((block, size, mark));
                }
            }
            live.into_iter().for_each(|(block, size, _)| memory.dealloc(block, bytes(size)));
        });
    }

    #[test]
    fn a_block_may_be_given_back_by_another_thread() {
        alone(|memory| {
            let block = unsafe { memory.alloc(bytes(50)) }.expose_provenance();
            thread::scope(|scope| {
                scope.spawn(|| unsafe {
                    let block = ptr::with_exposed_provenance_mut(block);
                    memory.dealloc(block, bytes(50));
                    assert_eq!(memory.alloc(bytes(60)), block);
                });
            });
        });
    }
}
