//! Programs that do nothing: a container that holds one takes as long as everything but the program.

/// A module whose `_start` returns at once.
pub const MODULE: &[u8] =
    b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0\x07\x0a\x01\x06_start\0\0\x0a\x04\x01\x02\0\x0b";

/// Where the program is in memory, as linkers have it.
const BASE: u64 = 0x40_0000;
/// The length of the headers, before the first instruction.
const HEADERS: u64 = 64 + 56;

/// A program for Linux on this processor that ends well at once; `None` where it is not known how to write one.
pub fn program() -> Option<Vec<u8>> {
    let (machine, code): (u16, &[u8]) = match std::env::consts::ARCH {
        // xor edi, edi; mov eax, 60 (exit); syscall
        "x86_64" => (62, b"\x31\xff\xb8\x3c\0\0\0\x0f\x05"),
        // mov x0, 0; mov x8, 93 (exit); svc 0
        "aarch64" => (183, b"\0\0\x80\xd2\xa8\x0b\x80\xd2\x01\0\0\xd4"),
        _ => return None,
    };
    Some(elf(machine, code))
}

/// An executable of one segment: its headers and the code.
fn elf(machine: u16, code: &[u8]) -> Vec<u8> {
    let length = HEADERS + code.len() as u64;
    // 64 bits, little-endian, version 1.
    let mut file = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    let mut put = |bytes: &[u8]| file.extend_from_slice(bytes);
    put(&2u16.to_le_bytes()); // an executable
    put(&machine.to_le_bytes());
    put(&1u32.to_le_bytes()); // version
    put(&(BASE + HEADERS).to_le_bytes()); // the first instruction
    put(&64u64.to_le_bytes()); // where the segments' headers are
    put(&[0; 8]); // no sections
    put(&[0; 4]); // no flags
    for half in [64u16, 56, 1, 64, 0, 0] {
        put(&half.to_le_bytes()); // lengths and numbers of headers: this, segments, sections
    }
    put(&1u32.to_le_bytes()); // to be loaded
    put(&5u32.to_le_bytes()); // readable and executable
    for word in [0, BASE, BASE, length, length, 0x1000] {
        put(&u64::to_le_bytes(word)); // from here in the file, to there, of such a length, aligned
    }
    put(code);
    file
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::io::Write;
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn the_program_ends_well() {
        let Some(program) = program() else { return };
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("nothing");
        // Not by this process: others that it starts just then would have the file open, too, and it would not run.
        let mut shell = Command::new("sh");
        shell.args(["-c", "cat > \"$0\" && chmod 755 \"$0\""]).arg(&path).stdin(Stdio::piped());
        let mut shell = shell.spawn().unwrap();
        shell.stdin.take().unwrap().write_all(&program).unwrap();
        assert!(shell.wait().unwrap().success());
        let output = Command::new(&path).output().unwrap();
        assert!(output.status.success() && output.stdout.is_empty(), "{output:?}");
    }

    #[test]
    fn the_module_is_one_and_imports_nothing() {
        assert!(host::imports_beyond_wasi(MODULE).is_empty());
        assert_eq!(wat::parse_str("(module (func (export \"_start\")))").unwrap(), MODULE);
    }
}
