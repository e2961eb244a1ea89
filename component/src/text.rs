//! Numbers as text. Not by `core::fmt`: its machinery would be a fifth of a Wasm artefact, and is slower.

use alloc::string::String;

/// Appends `value` with at least `width` digits.
pub fn push_decimal(out: &mut String, value: u64, width: usize) {
    let mut buffer = itoa::Buffer::new();
    let digits = buffer.format(value);
    push_times(out, '0', width.saturating_sub(digits.len()));
    out.push_str(digits);
}

/// Appends the last two digits of `value`.
pub fn push_two_digits(out: &mut String, value: u32) {
    let digit = |value: u32| char::from(b'0' + (value % 10) as u8);
    out.push(digit(value / 10));
    out.push(digit(value));
}

/// Appends `text`, and spaces up to `width`.
pub fn push_padded(out: &mut String, text: &str, width: usize) {
    out.push_str(text);
    push_times(out, ' ', width.saturating_sub(text.len()));
}

/// Appends `value` as 16 hexadecimal digits.
pub fn push_hex(out: &mut String, value: u64) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for place in (0..16).rev() {
        out.push(char::from(DIGITS[(value >> (4 * place)) as usize % 16]));
    }
}

fn push_times(out: &mut String, filling: char, times: usize) {
    for _ in 0..times {
        out.push(filling);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pushed(push: impl Fn(&mut String)) -> String {
        let mut out = "> ".to_owned();
        push(&mut out);
        out
    }

    #[test]
    fn a_number_has_as_many_digits_as_it_needs_and_no_fewer_than_asked_for() {
        assert_eq!(pushed(|out| push_decimal(out, 7, 3)), "> 007");
        assert_eq!(pushed(|out| push_decimal(out, 0, 1)), "> 0");
        assert_eq!(pushed(|out| push_decimal(out, u64::MAX, 3)), format!("> {}", u64::MAX));
    }

    #[test]
    fn two_digits_are_the_last_two() {
        for (value, digits) in [(0, "00"), (7, "07"), (59, "59"), (123, "23")] {
            assert_eq!(pushed(|out| push_two_digits(out, value)), format!("> {digits}"));
        }
    }

    #[test]
    fn padding_never_cuts() {
        assert_eq!(pushed(|out| push_padded(out, "ab", 4)), "> ab  ");
        assert_eq!(pushed(|out| push_padded(out, "abc", 2)), "> abc");
    }

    #[test]
    fn hexadecimal_is_always_sixteen_digits() {
        for value in [0, 0xa, 0x9f86_d081_884c_7d65, u64::MAX] {
            assert_eq!(pushed(|out| push_hex(out, value)), format!("> {value:016x}"));
        }
    }
}
