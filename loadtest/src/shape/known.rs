//! Compares a document with a known shape while it is parsed. Nothing of it is kept, which takes a fraction of the time.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::Shape;

/// Ends well if a value fits this shape and has nothing that the shape does not know.
pub struct Known<'a> {
    pub shape: &'a Shape,
    /// Whether the keys of an object must all be there.
    pub whole: bool,
}

impl Known<'_> {
    fn only<E: Error>(self, found: &Shape) -> Result<(), E> {
        if matches!(self.shape, Shape::Mixed) || self.shape == found { Ok(()) } else { unknown() }
    }
}

fn unknown<E: Error>() -> Result<(), E> {
    Err(E::custom("unknown"))
}

impl<'de> DeserializeSeed<'de> for Known<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Known<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        self.only(&Shape::Bool)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        self.only(&Shape::Number)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        self.only(&Shape::Number)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        self.only(&Shape::Number)
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        self.only(&Shape::String)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        match self.shape {
            Shape::Array(Some(shape)) => {
                while items.next_element_seed(Known { shape, whole: false })?.is_some() {}
                Ok(())
            }
            Shape::Array(None) if items.next_element::<IgnoredAny>()?.is_none() => Ok(()),
            Shape::Mixed => {
                while items.next_element::<IgnoredAny>()?.is_some() {}
                Ok(())
            }
            _ => unknown(),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        match self.shape {
            Shape::Object(entries) => {
                let mut found = 0;
                while let Some(shape) = map.next_key_seed(Key(entries))? {
                    map.next_value_seed(Known { shape, whole: false })?;
                    found += 1;
                }
                if self.whole && found != entries.len() { unknown() } else { Ok(()) }
            }
            Shape::Mixed => {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(())
            }
            _ => unknown(),
        }
    }
}

struct Key<'a>(&'a BTreeMap<String, Shape>);

impl<'de, 'a> DeserializeSeed<'de> for Key<'a> {
    type Value = &'a Shape;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de, 'a> Visitor<'de> for Key<'a> {
    type Value = &'a Shape;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a key that is known")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<Self::Value, E> {
        self.0.get(key).ok_or_else(|| E::custom("unknown"))
    }
}
