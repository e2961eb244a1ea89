//! The beginning of what somebody else wrote, safe to print.

/// The most that is shown, in characters.
const MOST: usize = 160;

pub fn of(bytes: &[u8]) -> String {
    // A character has four bytes at most, and one that is cut at the end is not shown.
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(4 * (MOST + 1))]);
    let mut shown = String::new();
    for c in text.chars().take(MOST) {
        if commands(c) { shown.extend(c.escape_default()) } else { shown.push(c) }
    }
    if text.chars().nth(MOST).is_some() {
        shown.push('…');
    }
    if shown.is_empty() { "nothing".into() } else { shown }
}

/// Whether it commands a terminal, or turns text around.
fn commands(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_shown_as_it_is_but_for_its_length_and_what_commands_a_terminal() {
        assert_eq!(of(br#"{"error":"busy!"}"#), r#"{"error":"busy!"}"#);
        assert_eq!(of("a\n\x1b[2J\u{202e}é".as_bytes()), "a\\n\\u{1b}[2J\\u{202e}é");
        assert_eq!(of(b""), "nothing");
        let long = of("ü".repeat(10_000).as_bytes());
        assert_eq!((long.chars().count(), long.ends_with("ü…")), (MOST + 1, true));
    }

    #[test]
    fn no_bytes_have_a_control_character_or_a_long_excerpt() {
        for first in 0..=255u8 {
            let shown = of(&[first; 5000]);
            assert!(!shown.contains(char::is_control) && shown.len() < 12 * MOST, "{first}");
        }
    }
}
