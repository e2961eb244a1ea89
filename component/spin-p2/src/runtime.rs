//! What `std` would have brought: memory, also for what the host hands in, and an end.

use alloc::alloc::{Layout, alloc, realloc};
use core::arch::wasm32;
use core::panic::PanicInfo;
use core::slice;

use moscow_time::heap::Heap;

#[global_allocator]
static HEAP: Heap = Heap::new();

/// What Rust compares memory by. That of the C library would bring with it all that the library may import.
#[unsafe(no_mangle)]
unsafe extern "C" fn memcmp(left: *const u8, right: *const u8, length: usize) -> i32 {
    // SAFETY: the compiler calls it with blocks of that length.
    let (left, right) =
        unsafe { (slice::from_raw_parts(left, length), slice::from_raw_parts(right, length)) };
    // Not by comparing the slices, which would call this again.
    let pairs = left.iter().zip(right);
    pairs
        .map(|(left, right)| i32::from(*left) - i32::from(*right))
        .find(|difference| *difference != 0)
        .unwrap_or(0)
}

/// Where the host puts strings and lists, as the component model defines it.
#[unsafe(no_mangle)]
unsafe extern "C" fn cabi_realloc(block: *mut u8, size: usize, align: usize, wanted: usize) -> *mut u8 {
    // SAFETY: the host gives a block of ours with its size, or none of size 0, and an alignment that is a power of two.
    let there = unsafe {
        match (size, wanted) {
            (0, 0) => return core::ptr::without_provenance_mut(align),
            (0, _) => alloc(Layout::from_size_align_unchecked(wanted, align)),
            _ => realloc(block, Layout::from_size_align_unchecked(size, align), wanted),
        }
    };
    if there.is_null() { wasm32::unreachable() } else { there }
}

/// The host says that the instance ended at `unreachable`, and where.
#[panic_handler]
fn panic(_: &PanicInfo) -> ! {
    wasm32::unreachable()
}
