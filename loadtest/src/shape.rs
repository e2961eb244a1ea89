//! The shape of a JSON document: its keys and the kinds of its values, without their contents and their order.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// A value that may be missing: it fits every other.
    Null,
    Bool,
    Number,
    String,
    /// The shape of its items, however many there are; `None` as long as none is known.
    Array(Option<Box<Shape>>),
    Object(BTreeMap<String, Shape>),
    /// Items of several kinds in one array: it fits every other.
    Mixed,
}

impl Shape {
    /// Where the two have values of different kinds, as `a.b: string instead of number`; `None` where they fit. A key that
    /// only one of them has is no conflict.
    pub fn conflict(&self, other: &Self) -> Option<String> {
        match (self, other) {
            (Self::Null | Self::Mixed, _) | (_, Self::Null | Self::Mixed) => None,
            (Self::Array(one), Self::Array(other)) => {
                Some(below("[]", &one.as_ref()?.conflict(other.as_ref()?)?))
            }
            (Self::Object(one), Self::Object(other)) => {
                one.iter().find_map(|(key, shape)| Some(below(key, &shape.conflict(other.get(key)?)?)))
            }
            (one, other) if one.kind() == other.kind() => None,
            (one, other) => Some(format!(": {} instead of {}", other.kind(), one.kind())),
        }
    }

    /// Adds what `other` has and this has not. Where the two conflict, this stays as it is.
    pub fn add(&mut self, other: Self) {
        match (self, other) {
            (Self::Array(Some(mine)), Self::Array(Some(its))) => mine.add(*its),
            (Self::Object(mine), Self::Object(its)) => {
                for (key, shape) in its {
                    match mine.get_mut(&key) {
                        Some(known) => known.add(shape),
                        None => drop(mine.insert(key, shape)),
                    }
                }
            }
            (mine @ (Self::Null | Self::Array(None)), its @ (Self::Array(_) | Self::Mixed))
            | (mine @ Self::Null, its) => *mine = its,
            _ => {}
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool => "boolean",
            Self::Number => "number",
            Self::String => "string",
            Self::Array(_) => "array",
            Self::Object(_) => "object",
            Self::Mixed => "anything",
        }
    }
}

/// A conflict in the value of this key.
fn below(key: &str, conflict: &str) -> String {
    let dot = if conflict.starts_with([':', '[']) { "" } else { "." };
    format!("{key}{dot}{conflict}")
}

impl<'de> Deserialize<'de> for Shape {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Values)
    }
}

struct Values;

impl<'de> Visitor<'de> for Values {
    type Value = Shape;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Shape, E> {
        Ok(Shape::Null)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Shape, E> {
        Ok(Shape::Bool)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Shape, E> {
        Ok(Shape::Number)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Shape, E> {
        Ok(Shape::Number)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Shape, E> {
        Ok(Shape::Number)
    }

    fn visit_str<E>(self, _: &str) -> Result<Shape, E> {
        Ok(Shape::String)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Shape, A::Error> {
        let mut known: Option<Shape> = None;
        while let Some(item) = items.next_element()? {
            match &mut known {
                None => known = Some(item),
                Some(shape) if shape.conflict(&item).is_none() => shape.add(item),
                Some(shape) => *shape = Shape::Mixed,
            }
        }
        Ok(Shape::Array(known.map(Box::new)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Shape, A::Error> {
        let mut known = BTreeMap::new();
        while let Some((key, shape)) = entries.next_entry()? {
            known.insert(key, shape);
        }
        Ok(Shape::Object(known))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(json: &str) -> Shape {
        serde_json::from_str(json).unwrap()
    }

    fn conflict(one: &str, other: &str) -> Option<String> {
        shape(one).conflict(&shape(other))
    }

    #[test]
    fn key_order_and_contents_do_not_matter() {
        assert_eq!(shape(r#"{"a":1,"b":"x"}"#), shape(r#"{"b":"yz","a":-2.5e3}"#));
    }

    #[test]
    fn a_value_of_another_kind_is_named_with_its_place() {
        assert_eq!(conflict(r#"{"a":1}"#, r#"{"a":"1"}"#).unwrap(), "a: string instead of number");
        assert_eq!(
            conflict(r#"{"a":[{"b":true}]}"#, r#"{"a":[{"b":{}}]}"#).unwrap(),
            "a[].b: object instead of boolean"
        );
        assert_eq!(conflict("[]", "{}").unwrap(), ": object instead of array");
    }

    #[test]
    fn lists_may_have_any_length_and_a_value_may_be_missing() {
        for (one, other) in
            [("[1,2]", "[]"), ("[]", "[1]"), (r#"{"a":null}"#, r#"{"a":[1]}"#), ("{}", r#"{"a":1}"#)]
        {
            assert_eq!((conflict(one, other), conflict(other, one)), (None, None), "{one} {other}");
        }
        assert!(conflict("[1]", r#"["1"]"#).is_some());
    }

    #[test]
    fn a_list_of_several_kinds_fits_any_other() {
        for list in ["[1]", "[]", r#"["a"]"#, r#"[{"a":1}]"#, r#"[null,[1],"a"]"#] {
            assert_eq!(conflict(r#"[1,"a",{"b":2}]"#, list), None, "{list}");
        }
    }

    #[test]
    fn what_is_added_is_known_afterwards() {
        let mut known = shape(r#"{"a":null,"b":[],"c":{"d":1}}"#);
        known.add(shape(r#"{"a":1,"b":["x"],"c":{"e":true},"f":null}"#));
        assert_eq!(known, shape(r#"{"a":1,"b":["x"],"c":{"d":1,"e":true},"f":null}"#));
    }
}
