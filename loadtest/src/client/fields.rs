//! Headers of an answer where they were read: nothing is copied, and of each only its place is kept.

use std::ops::Range;

use crate::headers::Headers;

#[derive(Clone, Copy, Debug)]
pub struct Fields<'a> {
    pub bytes: &'a [u8],
    pub places: &'a [Place],
}

/// Where a header is, in bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    pub name: Range<usize>,
    pub value: Range<usize>,
}

impl<'a> Fields<'a> {
    pub fn all(self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        let is_it =
            move |place: &&Place| self.bytes[place.name.clone()].eq_ignore_ascii_case(name.as_bytes());
        self.places.iter().filter(is_it).map(move |place| &self.bytes[place.value.clone()])
    }
}

impl Headers for Fields<'_> {
    fn texts<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let text = |value: &'a [u8]| std::str::from_utf8(value).ok().filter(|text| text.is_ascii());
        self.all(name).filter_map(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_same_in_any_case_and_may_come_twice() {
        let bytes = b"Age: 3\r\nage: 4\r\nx: \xff";
        let place = |name: Range<usize>, value| Place { name, value };
        let places = [place(0..3, 5..6), place(8..11, 13..14), place(16..17, 19..20)];
        let fields = Fields { bytes, places: &places };
        assert_eq!(fields.texts("age").collect::<Vec<_>>(), ["3", "4"]);
        assert_eq!((fields.texts("x").next(), fields.all("x").next()), (None, Some(&b"\xff"[..])));
        assert_eq!(fields.texts("ag").next(), None);
    }
}
