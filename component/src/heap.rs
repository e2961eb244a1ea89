//! Memory for an instance that answers one request at a time: taken from front to back, and given back as a whole.
//!
//! A general allocator would be a sixth of an artefact, and its bookkeeping a part of every fresh instance's work.

/// Where the next block goes, and how many blocks there are. Addresses only: it touches no memory.
#[derive(Clone, Copy, Debug)]
struct Bump {
    base: usize,
    next: usize,
    live: usize,
}

impl Bump {
    const fn from(base: usize) -> Self {
        Self { base, next: base, live: 0 }
    }

    /// Where a block begins and, by `next`, ends. Nothing where there are no such addresses.
    fn take(&mut self, size: usize, align: usize) -> Option<usize> {
        let begin = self.next.checked_next_multiple_of(align)?;
        self.next = begin.checked_add(size)?;
        self.live += 1;
        Some(begin)
    }

    /// The last block makes room for the next; the last that lives, for all.
    fn give_back(&mut self, begin: usize, size: usize) {
        self.live -= 1;
        if self.live == 0 {
            self.next = self.base;
        } else if begin + size == self.next {
            self.next = begin;
        }
    }

    /// Whether a block could change its size where it is: only the last can.
    fn resize(&mut self, begin: usize, size: usize, wanted: usize) -> bool {
        let last = begin + size == self.next && begin.checked_add(wanted).is_some();
        if last {
            self.next = begin + wanted;
        }
        last
    }
}

#[cfg(target_family = "wasm")]
pub use linear::Heap;

#[cfg(target_family = "wasm")]
mod linear {
    use core::alloc::{GlobalAlloc, Layout};
    use core::arch::wasm32::{memory_grow, memory_size};
    use core::cell::Cell;
    use core::ptr;

    use super::Bump;

    const PAGE: usize = 64 * 1024;

    unsafe extern "C" {
        /// The linker's: the first address behind stack and statics.
        static __heap_base: u8;
    }

    /// The linear memory behind the program's own, to be made the global allocator.
    #[derive(Debug)]
    pub struct Heap(Cell<Option<Bump>>);

    // SAFETY: these targets have no threads.
    unsafe impl Sync for Heap {}

    impl Heap {
        /// Of which nothing is taken.
        #[allow(clippy::new_without_default, reason = "a static needs a constant function")]
        pub const fn new() -> Self {
            Self(Cell::new(None))
        }

        fn bump(&self) -> Bump {
            self.0.get().unwrap_or_else(|| Bump::from((&raw const __heap_base).addr()))
        }

        /// Makes sure that there is memory below `bump.next`; keeps `bump` only then.
        fn keep(&self, bump: Bump) -> bool {
            let missing = bump.next.div_ceil(PAGE).saturating_sub(memory_size(0));
            let there = missing == 0 || memory_grow(0, missing) != usize::MAX;
            if there {
                self.0.set(Some(bump));
            }
            there
        }
    }

    // SAFETY: blocks do not overlap, since each begins where those that live end, and are in the linear memory.
    unsafe impl GlobalAlloc for Heap {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            let mut bump = self.bump();
            match bump.take(layout.size(), layout.align()) {
                Some(begin) if self.keep(bump) => ptr::with_exposed_provenance_mut(begin),
                _ => ptr::null_mut(),
            }
        }

        unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
            let mut bump = self.bump();
            bump.give_back(block.addr(), layout.size());
            self.0.set(Some(bump));
        }

        unsafe fn realloc(&self, block: *mut u8, layout: Layout, wanted: usize) -> *mut u8 {
            let mut bump = self.bump();
            if bump.resize(block.addr(), layout.size(), wanted) {
                return if self.keep(bump) { block } else { ptr::null_mut() };
            }
            // SAFETY: as the caller promises: `block` is one of ours, of `layout`, and `wanted` a size that has one.
            unsafe {
                let other = self.alloc(Layout::from_size_align_unchecked(wanted, layout.align()));
                if !other.is_null() {
                    ptr::copy_nonoverlapping(block, other, layout.size().min(wanted));
                    self.dealloc(block, layout);
                }
                other
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_lie_one_behind_the_other_where_their_alignment_allows() {
        let mut bump = Bump::from(100);
        assert_eq!([bump.take(3, 1), bump.take(8, 8), bump.take(1, 1)], [Some(100), Some(104), Some(112)]);
    }

    #[test]
    fn the_last_block_can_grow_and_shrink_where_it_is() {
        let mut bump = Bump::from(0);
        let (first, last) = (bump.take(10, 1).unwrap(), bump.take(10, 1).unwrap());
        assert!(!bump.resize(first, 10, 20));
        assert!(bump.resize(last, 10, 40) && bump.resize(last, 40, 5));
        assert_eq!(bump.take(1, 1), Some(15));
    }

    #[test]
    fn many_requests_need_no_more_than_one_as_long_as_none_keeps_anything() {
        let mut bump = Bump::from(64);
        for _ in 0..1000 {
            let (first, second) = (bump.take(1000, 8).unwrap(), bump.take(1000, 8).unwrap());
            assert_eq!((first, second), (64, 1064));
            bump.give_back(first, 1000);
            bump.give_back(second, 1000);
        }
    }

    #[test]
    fn sizes_beyond_all_addresses_are_refused() {
        let mut bump = Bump::from(64);
        assert_eq!(bump.take(usize::MAX, 1), None);
        let mut bump = Bump::from(64);
        let block = bump.take(1, 1).unwrap();
        assert!(!bump.resize(block, 1, usize::MAX));
    }
}
