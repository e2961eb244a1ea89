//! A plot as pixels: its SVG, drawn with the fonts of this machine.

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree};

/// Pixels for each unit, so that it is sharp on a slide.
const SCALE: f32 = 2.0;
/// What an image may have on a side.
const MOST: f32 = 16_000.0;

/// # Errors
///
/// When there is no font here, or the drawing is too large for an image; in words.
pub fn render(svg: &str) -> Result<Vec<u8>, String> {
    let mut options = Options { font_family: "DejaVu Sans".into(), ..Options::default() };
    let fonts = options.fontdb_mut();
    fonts.load_system_fonts();
    let Some(family) = family(fonts) else {
        return Err(
            "there is no font on this machine to write with: install one, such as DejaVu, or write .svg"
                .into(),
        );
    };
    fonts.set_sans_serif_family(&family);
    options.font_family = family;
    let tree =
        Tree::from_str(svg, &options).map_err(|e| format!("the plot cannot be drawn ({e}): write .svg"))?;
    let size = tree.size();
    let scale = SCALE.min(MOST / size.width().max(size.height()));
    let (width, height) = ((size.width() * scale).ceil() as u32, (size.height() * scale).ceil() as u32);
    let mut pixels = Pixmap::new(width, height).ok_or("the plot is too large for an image: write .svg")?;
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixels.as_mut());
    pixels.encode_png().map_err(|e| format!("the image cannot be written ({e}): write .svg"))
}

/// A font that reads well small, or any.
fn family(fonts: &resvg::usvg::fontdb::Database) -> Option<String> {
    let families = || fonts.faces().filter_map(|face| face.families.first()).map(|(name, _)| name.as_str());
    let liked = ["Inter", "Noto Sans", "Liberation Sans", "Arial", "Helvetica", "DejaVu Sans"];
    let known = liked.into_iter().find(|liked| families().any(|family| family == *liked));
    known.or_else(|| families().next()).map(str::to_owned)
}
