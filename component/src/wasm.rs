//! What `std` would have brought: an entry, memory, and an end.

use core::arch::wasm32;
use core::panic::PanicInfo;

use moscow_time::heap::Heap;

#[global_allocator]
static HEAP: Heap = Heap::new();

// For its start-up code, and for comparing memory; `std` would link it as well.
#[link(name = "c")]
unsafe extern "C" {}

/// Called by the C runtime's `_start`, which exits with what it returns.
#[unsafe(no_mangle)]
extern "C" fn __main_void() -> i32 {
    crate::run().into()
}

/// The host says that the program ended at `unreachable`, and where.
#[panic_handler]
fn panic(_: &PanicInfo) -> ! {
    wasm32::unreachable()
}
