//! What every answer testifies of where it comes from.

use alloc::string::String;

use crate::text::{push_decimal, push_hex};

/// How the application that answers was shipped.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Packaging {
    /// A process that is an HTTP server.
    Native,
    /// A program that answers one request on standard output.
    Wagi,
    /// A component for WASI preview 2.
    Preview2,
    /// A component for WASI preview 3.
    Preview3,
}

impl Packaging {
    /// As the page names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Native => "the native server",
            Self::Wagi => "WAGI",
            Self::Preview2 => "WASI preview 2",
            Self::Preview3 => "WASI preview 3",
        }
    }
}

/// Who answers a request.
#[derive(Clone, Copy, Debug)]
pub struct Evidence {
    /// As its adapter says.
    pub packaging: Packaging,
    /// Drawn at random once in the life of the instance.
    pub instance: u64,
    /// How many requests the instance has answered, this one included.
    pub served: u64,
}

impl Evidence {
    /// `fresh` if the instance had answered nothing before, else `reused`.
    pub fn freshness(&self) -> &'static str {
        if self.served == 1 { "fresh" } else { "reused" }
    }

    /// The value of the `server-timing` header, of an answer that took the handler `micros` microseconds.
    pub fn server_timing(&self, micros: u64) -> String {
        let mut out = String::with_capacity(96);
        out.push_str("instance;desc=\"");
        push_hex(&mut out, self.instance);
        out.push_str("\", served;desc=\"");
        push_decimal(&mut out, self.served, 1);
        out.push_str("\", handler;dur=");
        push_decimal(&mut out, micros / 1000, 1);
        out.push('.');
        push_decimal(&mut out, micros % 1000, 3);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn server_timing_names_instance_count_and_milliseconds() {
        let timing = |instance, served, micros| {
            let evidence = Evidence { packaging: Packaging::Wagi, instance, served };
            (evidence.server_timing(micros), evidence.freshness())
        };
        assert_eq!(
            timing(0x9f86d081884c7d65, 1, 31),
            (r#"instance;desc="9f86d081884c7d65", served;desc="1", handler;dur=0.031"#.into(), "fresh")
        );
        assert_eq!(
            timing(0xa, 12, 12_345),
            (r#"instance;desc="000000000000000a", served;desc="12", handler;dur=12.345"#.into(), "reused")
        );
    }
}
