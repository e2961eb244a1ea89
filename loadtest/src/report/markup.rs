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

/// Escaped, and as code what stands between backticks, as in "measure with `cargo run`". A backtick within a word stays one.
pub fn coded(text: &str) -> String {
    let (mut written, mut rest) = (String::with_capacity(text.len()), text);
    while let Some([before, code, after]) = first_code(rest) {
        let _ = write!(written, "{}<code>{}</code>", Escaped(before), Escaped(code));
        rest = after;
    }
    let _ = write!(written, "{}", Escaped(rest));
    written
}

/// What is before the first code, that code, and what is after it.
fn first_code(text: &str) -> Option<[&str; 3]> {
    let is_outside = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && c != '`');
    text.match_indices('`').find_map(|(start, _)| {
        let (before, inside) = (&text[..start], &text[start + 1..]);
        let end = inside.find('`').filter(|end| *end > 0)?;
        let after = &inside[end + 1..];
        let stands_alone = is_outside(before.chars().next_back()) && is_outside(after.chars().next());
        stands_alone.then(|| [before, &inside[..end], after])
    })
}

struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        Plain.write_escaped_str(f, self.0)
    }
}

/// Outside of documents: with a sign for what would command a terminal, or turn the text around it.
pub fn plain(text: &str) -> String {
    text.chars().map(|c| if is_text(c) { c } else { char::REPLACEMENT_CHARACTER }).collect()
}

/// Neither a control character, which XML forbids, nor a mark that orders the text after it from right to left.
pub fn is_text(c: char) -> bool {
    let marks =
        matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let forbidden = matches!(c, '\u{fffe}' | '\u{ffff}') || c.is_control() && !matches!(c, '\n' | '\t');
    !marks && !forbidden
}

/// Cut to so many characters, in the middle: names of one kind differ at their ends.
pub fn shortened(text: &str, length: usize) -> String {
    let count = text.chars().count();
    if count <= length {
        return text.to_owned();
    }
    let (head, tail) = (length / 2, length.saturating_sub(1) / 2);
    text.chars().take(head).chain(['…']).chain(text.chars().skip(count - tail)).collect()
}

/// Cut to what has room in so many pixels of a plot, whose font is not known here: rather too short than too long.
pub fn fitted(text: &str, width: f64) -> String {
    let wide = |text: &str| text.chars().map(glyph).sum::<f64>();
    // Of what is that long, nothing would fit however narrow its letters are.
    let most = (width / NARROWEST) as usize;
    if text.chars().nth(most).is_none() && wide(text) <= width {
        return text.to_owned();
    }
    let cut = (1..=most).rev().map(|length| shortened(text, length)).find(|cut| wide(cut) <= width);
    cut.unwrap_or_else(|| "…".into())
}

/// As wide as the narrowest character, in pixels.
const NARROWEST: f64 = 4.5;

/// How wide a character is at most in most fonts, in pixels.
fn glyph(c: char) -> f64 {
    match c {
        'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | '/' => NARROWEST,
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
        assert!(cut.contains("N…N") && (15..=19).contains(&cut.chars().count()), "{cut}");
        let [one, other] = ["production-blue", "production-green"].map(|name| fitted(name, 80.0));
        assert!(one.starts_with("pro") && one.ends_with("ue") && other.ends_with("en"), "{one} {other}");
    }

    fn escaped(text: &str) -> String {
        let mut written = String::new();
        Plain.write_escaped_str(&mut written, text).unwrap();
        written
    }

    #[test]
    fn markup_is_text() {
        let escaped = escaped("</title><script>\"'&");
        assert!(!escaped.contains(['<', '>', '"', '\'']), "{escaped}");
    }

    #[test]
    fn what_stands_between_backticks_is_code_and_text_all_the_same() {
        assert_eq!(coded("measure with `cargo run`."), "measure with <code>cargo run</code>.");
        assert_eq!(coded("a = `true`; b = `x y`"), "a = <code>true</code>; b = <code>x y</code>");
        for as_it_is in ["a `lone one", "x`y`z", "``", "none"] {
            assert_eq!(coded(as_it_is), as_it_is);
        }
        let escaped = coded("`<script>` & \u{202e}");
        assert!(escaped.starts_with("<code>") && !escaped.contains("<script"), "{escaped}");
        assert!(!escaped.contains('\u{202e}') && escaped.matches('<').count() == 2, "{escaped}");
    }

    #[test]
    fn what_xml_forbids_and_what_turns_text_around_is_replaced() {
        assert_eq!(escaped("a\0b\u{1b}[2J\u{202e}c\u{ffff}"), "a\u{fffd}b\u{fffd}[2J\u{fffd}c\u{fffd}");
        assert_eq!(escaped("שלום, 2 µs – ok"), "שלום, 2 µs – ok");
    }

    #[test]
    fn a_long_name_is_cut_in_the_middle_between_characters() {
        assert_eq!([shortened("äöü", 3), shortened("äöüß", 3)], ["äöü", "ä…ß"]);
        assert_eq!([shortened("abcdef", 4), shortened("abcdef", 1)], ["ab…f", "…"]);
    }
}
