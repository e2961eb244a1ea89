//! What a plot consists of: marks at places, in units of about a pixel.

use std::fmt::{self, Display, Write};

/// The width of every plot: of a column on a wide page, or of the whole page on a telephone.
pub const WIDTH: f64 = 440.0;

pub struct Drawing {
    pub id: String,
    pub title: String,
    pub description: String,
    /// In the same units as its marks.
    pub height: Px,
    pub marks: Vec<Mark>,
}

pub struct Mark {
    pub shape: Shape,
    pub class: String,
    pub hover: String,
    pub fact: Option<Fact>,
}

pub enum Shape {
    Path(Pen),
    Rect([Px; 4]),
    /// Where its base line begins, or where `class` has it end.
    Text(Px, Px, String),
}

pub struct Fact {
    /// Of this target, by its number.
    pub target: usize,
    /// Of which figure: `p99`, `ratio`.
    pub name: String,
    /// Microseconds, or a ratio; as Rust writes it.
    pub value: f64,
}

impl Mark {
    pub fn path(class: impl Into<String>, pen: Pen) -> Self {
        Self::new(class, Shape::Path(pen))
    }

    pub fn line(class: impl Into<String>, from: (f64, f64), to: (f64, f64)) -> Self {
        Self::path(class, Pen::default().to(from).line(to))
    }

    pub fn rect(class: impl Into<String>, [left, top, width, height]: [f64; 4]) -> Self {
        Self::new(class, Shape::Rect([left, top, width.max(0.0), height.max(0.0)].map(Px)))
    }

    pub fn text(class: impl Into<String>, (x, y): (f64, f64), text: impl Into<String>) -> Self {
        Self::new(class, Shape::Text(Px(x), Px(y), text.into()))
    }

    fn new(class: impl Into<String>, shape: Shape) -> Self {
        Self { shape, class: class.into(), hover: String::new(), fact: None }
    }

    pub fn saying(self, hover: impl Into<String>) -> Self {
        Self { hover: hover.into(), ..self }
    }

    pub fn of(self, target: usize, name: impl Into<String>, value: f64) -> Self {
        Self { fact: Some(Fact { target, name: name.into(), value }), ..self }
    }
}

/// A length, written to the tenth. Whatever is no number is a fault of the plot, and drawn at nought.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Px(pub f64);

impl Display for Px {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        debug_assert!(self.0.is_finite(), "{self:?}");
        let tenths = (self.0 * 10.0).round() as i64;
        let (sign, whole, rest) = (if tenths < 0 { "-" } else { "" }, tenths.abs() / 10, tenths.abs() % 10);
        match rest {
            0 => write!(f, "{sign}{whole}"),
            rest => write!(f, "{sign}{whole}.{rest}"),
        }
    }
}

#[derive(Clone, Debug, Default)]
pub struct Pen(String);

impl Pen {
    pub fn to(mut self, (x, y): (f64, f64)) -> Self {
        let _ = write!(self.0, "M{} {}", Px(x), Px(y));
        self
    }

    pub fn line(mut self, (x, y): (f64, f64)) -> Self {
        let _ = write!(self.0, "L{} {}", Px(x), Px(y));
        self
    }

    pub fn across(mut self, x: f64) -> Self {
        let _ = write!(self.0, "H{}", Px(x));
        self
    }

    pub fn along(mut self, y: f64) -> Self {
        let _ = write!(self.0, "V{}", Px(y));
        self
    }

    pub fn symbol(self, at: (f64, f64), symbol: &str) -> Self {
        let mut pen = self.to(at);
        pen.0.push_str(symbol);
        pen
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Display for Pen {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_what_was_drawn() {
        assert_eq!(Pen::default().to((1.0, 2.0)).across(3.5).along(4.0).to_string(), "M1 2H3.5V4");
    }
}
