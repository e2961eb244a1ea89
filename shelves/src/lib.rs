//! Memory for threads that ask for the same few blocks with every request.
//!
//! The allocator of the C library was a sixth of a request to a new Wasm instance, which takes and gives back more blocks of a size
//! than glibc keeps for a thread; and a quarter of one to the native server, since musl has one lock for all threads. Here a
//! thread keeps small blocks that it gives back, by their size, and takes them again: no lock, and nothing to look for. What is
//! not kept, and all that is larger, is the C library's as before.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::ptr;

/// There are shelves for blocks of 16 bytes, of 32, and so on to 4 KiB.
const SHELVES: usize = 9;
const SMALLEST: usize = 16;
const LARGEST: usize = SMALLEST << (SHELVES - 1);
/// How many bytes a thread keeps on each, at most.
const KEPT: usize = 32 * 1024;

/// The allocator of the C library, behind the blocks that each thread keeps until it ends.
#[derive(Debug)]
pub struct Shelves;

/// Blocks of one size. Each begins with the address of the next.
struct Shelf {
    first: Cell<*mut u8>,
    count: Cell<usize>,
}

struct Mine([Shelf; SHELVES]);

thread_local! {
    static MINE: Mine = const { Mine([const { Shelf::empty() }; SHELVES]) };
}

impl Shelf {
    const fn empty() -> Self {
        Self { first: Cell::new(ptr::null_mut()), count: Cell::new(0) }
    }

    /// A block, or null if there is none.
    fn take(&self) -> *mut u8 {
        let block = self.first.get();
        if !block.is_null() {
            // SAFETY: a block that is kept is nobody else's, and begins with an address.
            self.first.set(unsafe { block.cast::<*mut u8>().read() });
            self.count.set(self.count.get() - 1);
        }
        block
    }

    /// Keeps a block, if there is room for one more of so many bytes.
    ///
    /// # Safety
    ///
    /// It is of this size, and nobody's any more.
    unsafe fn keep(&self, block: *mut u8, size: usize) -> bool {
        let room = self.count.get() < KEPT / size;
        if room {
            // SAFETY: as the caller promises; the smallest has room for an address, and all are aligned for one.
            unsafe { block.cast::<*mut u8>().write(self.first.get()) };
            self.first.set(block);
            self.count.set(self.count.get() + 1);
        }
        room
    }
}

impl Drop for Mine {
    fn drop(&mut self) {
        for (at, shelf) in self.0.iter().enumerate() {
            while let block = shelf.take()
                && !block.is_null()
            {
                // SAFETY: as a whole one it was asked for.
                unsafe { System.dealloc(block, whole(at)) };
            }
        }
    }
}

/// On which shelf blocks of this layout are, if on any.
#[inline]
fn place(layout: Layout) -> Option<usize> {
    let small = layout.size() <= LARGEST && layout.align() <= SMALLEST;
    small.then(|| (layout.size().max(SMALLEST) - 1).ilog2() as usize - (SMALLEST.ilog2() as usize - 1))
}

/// The size and the alignment of all blocks of a shelf.
#[inline]
fn whole(shelf: usize) -> Layout {
    // SAFETY: a power of two, and less than all memory.
    unsafe { Layout::from_size_align_unchecked(SMALLEST << shelf, SMALLEST) }
}

// SAFETY: a block is the system's, or the one that was given back to this thread last; and all of a shelf have the size and
// the alignment of the largest layout whose place it is. A thread that has ended its shelves asks the system.
unsafe impl GlobalAlloc for Shelves {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let Some(shelf) = place(layout) else {
            // SAFETY: as the caller promises.
            return unsafe { System.alloc(layout) };
        };
        match MINE.try_with(|mine| mine.0[shelf].take()) {
            Ok(block) if !block.is_null() => block,
            // SAFETY: a whole block has a size.
            _ => unsafe { System.alloc(whole(shelf)) },
        }
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let Some(shelf) = place(layout) else {
            // SAFETY: as the caller promises.
            return unsafe { System.dealloc(block, layout) };
        };
        // SAFETY: as the caller promises, and since `alloc` takes whole blocks only.
        let kept = MINE.try_with(|mine| unsafe { mine.0[shelf].keep(block, SMALLEST << shelf) });
        if !kept.unwrap_or(false) {
            // SAFETY: as a whole one it was asked for.
            unsafe { System.dealloc(block, whole(shelf)) }
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, wanted: usize) -> *mut u8 {
        // SAFETY: the caller promises that `wanted`, rounded up to the alignment, is a size.
        let other = unsafe { Layout::from_size_align_unchecked(wanted, layout.align()) };
        match (place(layout), place(other)) {
            (Some(before), Some(after)) if before == after => block,
            // SAFETY: as the caller promises.
            (None, None) => unsafe { System.realloc(block, layout, wanted) },
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
    use std::thread;

    /// On a thread of its own, whose shelves are empty.
    fn alone(test: impl FnOnce() + Send + 'static) {
        thread::spawn(test).join().unwrap();
    }

    fn bytes(size: usize) -> Layout {
        Layout::from_size_align(size, 1).unwrap()
    }

    fn kept() -> [usize; SHELVES] {
        MINE.with(|mine| mine.0.each_ref().map(|shelf| shelf.count.get()))
    }

    #[test]
    fn what_is_given_back_is_taken_again_by_whoever_needs_that_size() {
        alone(|| unsafe {
            let block = Shelves.alloc(bytes(20));
            Shelves.dealloc(block, bytes(20));
            assert_eq!(Shelves.alloc(bytes(32)), block);
            assert_ne!(Shelves.alloc(bytes(20)), block);
        });
    }

    #[test]
    fn every_small_size_has_the_smallest_shelf_that_it_fits() {
        for size in 1..=LARGEST {
            let shelf = place(bytes(size)).unwrap();
            assert!(whole(shelf).size() >= size, "{size}");
            assert!(shelf == 0 || whole(shelf - 1).size() < size, "{size}");
        }
    }

    #[test]
    fn large_and_widely_aligned_blocks_are_not_kept() {
        alone(|| {
            let wide = Layout::from_size_align(64, 64).unwrap();
            for layout in [bytes(LARGEST + 1), bytes(1 << 20), wide] {
                unsafe { Shelves.dealloc(Shelves.alloc(layout), layout) };
            }
            assert_eq!(kept(), [0; SHELVES]);
        });
    }

    #[test]
    fn a_thread_keeps_no_more_than_it_says() {
        alone(|| {
            for size in [1, 100, LARGEST] {
                let blocks: Vec<_> = (0..3000).map(|_| unsafe { Shelves.alloc(bytes(size)) }).collect();
                blocks.into_iter().for_each(|block| unsafe { Shelves.dealloc(block, bytes(size)) });
            }
            assert_eq!(kept(), [KEPT / 16, 0, 0, KEPT / 128, 0, 0, 0, 0, KEPT / LARGEST]);
        });
    }

    #[test]
    fn a_block_that_grows_and_shrinks_keeps_what_is_in_it() {
        alone(|| unsafe {
            let (mut block, mut size) = (Shelves.alloc(bytes(1)), 1);
            block.write(7);
            for wanted in [16, 17, 4096, 4097, 9000, 5000, 90, 2] {
                block = Shelves.realloc(block, bytes(size), wanted);
                size = wanted;
                assert_eq!(block.read(), 7, "{wanted} bytes");
                block.add(size - 1).write(9);
            }
            Shelves.dealloc(block, bytes(size));
        });
    }

    #[test]
    fn blocks_that_live_do_not_overlap_whatever_the_order() {
        alone(|| unsafe {
            let mut live: Vec<(*mut u8, usize, u8)> = Vec::new();
            let mut random: u32 = 1;
            for step in 0..20_000u32 {
                random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let drawn = (random >> 8) as usize;
                if live.len() > 100 || (drawn.is_multiple_of(3) && !live.is_empty()) {
                    let (block, size, mark) = live.swap_remove(drawn / 3 % live.len());
                    assert!((0..size).all(|at| block.add(at).read() == mark));
                    Shelves.dealloc(block, bytes(size));
                } else {
                    let (size, mark) = (1 + drawn % 5000, step as u8);
                    let block = Shelves.alloc(bytes(size));
                    block.write_bytes(mark, size);
                    live.push((block, size, mark));
                }
            }
            live.into_iter().for_each(|(block, size, _)| Shelves.dealloc(block, bytes(size)));
        });
    }

    #[test]
    fn a_block_may_be_given_back_by_another_thread() {
        alone(|| {
            let block = unsafe { Shelves.alloc(bytes(50)) }.expose_provenance();
            alone(move || unsafe {
                let block = ptr::with_exposed_provenance_mut(block);
                Shelves.dealloc(block, bytes(50));
                assert_eq!(Shelves.alloc(bytes(60)), block);
            });
        });
    }

    /// What 1,000 threads keep would be 288 MB.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_thread_that_ends_gives_all_back() {
        fn resident() -> usize {
            let status = std::fs::read_to_string("/proc/self/status").unwrap();
            let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
            line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
        }
        fn fill() {
            for shelf in 0..SHELVES {
                let blocks: Vec<_> =
                    (0..KEPT >> (4 + shelf)).map(|_| unsafe { Shelves.alloc(whole(shelf)) }).collect();
                for block in blocks {
                    unsafe { Shelves.dealloc(block, whole(shelf)) };
                }
            }
        }
        let before = resident();
        for _ in 0..1000 {
            alone(fill);
        }
        let more = resident().saturating_sub(before);
        assert!(more < 64 << 20, "{more} bytes");
    }
}
