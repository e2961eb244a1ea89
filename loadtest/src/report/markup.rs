//! Foreign text in HTML and SVG: names come from the user, and much else from the target.

use std::fmt::{self, Write};

use askama::filters::{Escaper, Html};

/// Escapes what would be markup, and replaces what no document may have or what would turn the text around it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Plain;

impl Escaper for Plain {
    fn write_escaped_str<W: Write>(&self, mut dest: W, text: &str) -> fmt::Result {
        for c in text.chars() {
            Html.write_escaped_char(&mut dest, if is_text(c) { c } else { char::REPLACEMENT_CHARACTER })?;
        }
        Ok(())
    }
}

/// Neither a control character, which XML forbids, nor a mark that orders the text after it from right to left.
pub fn is_text(c: char) -> bool {
    let marks =
        matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let forbidden = matches!(c, '\u{fffe}' | '\u{ffff}') || c.is_control() && !matches!(c, '\n' | '\t');
    !marks && !forbidden
}

/// Cut to so many characters where there is no style that could cut it.
pub fn shortened(text: &str, length: usize) -> String {
    match text.char_indices().nth(length) {
        None => text.to_owned(),
        Some(_) => text.chars().take(length - 1).chain(['…']).collect(),
    }
}

/// Cut to what has room in so many pixels of a plot, whose font is not known here: rather too short than too long.
pub fn fitted(text: &str, width: f64) -> String {
    let mut room = width - 13.0;
    let fits = |c: &char| {
        room -= glyph(*c);
        room >= 0.0
    };
    let fitting = text.chars().take_while(fits).count();
    // An ellipsis takes the room that is left for the last one.
    if text.chars().nth(fitting + 1).is_some() { shortened(text, fitting + 1) } else { text.to_owned() }
}

/// How wide a character is at most in most fonts, in pixels.
fn glyph(c: char) -> f64 {
    match c {
        'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | '/' => 4.5,
        'm' | 'w' | 'M' | 'W' | '@' | '%' => 12.0,
        'A'..='Z' | '_' | '<' | '>' | '=' | '+' | '~' | '#' => 9.5,
        ' '..='~' => 7.6,
        _ => 13.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_cut_where_its_room_ends() {
        assert_eq!(fitted("preview 3", 100.0), "preview 3");
        let cut = fitted(&"N".repeat(10_000), 186.0);
        assert!(cut.ends_with('…') && (15..=19).contains(&cut.chars().count()), "{cut}");
    }

    fn plain(text: &str) -> String {
        let mut written = String::new();
        Plain.write_escaped_str(&mut written, text).unwrap();
        written
    }

    #[test]
    fn markup_is_text() {
        let escaped = plain("</title><script>\"'&");
        assert!(!escaped.contains(['<', '>', '"', '\'']), "{escaped}");
    }

    #[test]
    fn what_xml_forbids_and_what_turns_text_around_is_replaced() {
        assert_eq!(plain("a\0b\u{1b}[2J\u{202e}c\u{ffff}"), "a\u{fffd}b\u{fffd}[2J\u{fffd}c\u{fffd}");
        assert_eq!(plain("שלום, 2 µs – ok"), "שלום, 2 µs – ok");
    }

    #[test]
    fn a_long_name_is_cut_between_characters() {
        assert_eq!([shortened("äöü", 3), shortened("äöüß", 3)], ["äöü", "äö…"]);
    }
}
