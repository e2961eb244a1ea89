//! What `std` would have brought: memory, also for what the host hands in, and an end.

use alloc::alloc::{Layout, alloc, realloc};
use core::arch::wasm32;
use core::panic::PanicInfo;

use moscow_time::heap::Heap;

#[global_allocator]
static HEAP: Heap = Heap::new();

// For comparing memory; `std` would link it as well.
#[link(name = "c")]
unsafe extern "C" {}

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
