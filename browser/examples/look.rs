//! Takes pictures of a page as people see it: `cargo run -p browser --example look -- FILE.html DIRECTORY`.

use std::path::{Path, PathBuf};

use browser::{Chromium, Result, View, low_contrast, overflowing};

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [file, directory] = &arguments[..] else { return Err("give a page and a directory".into()) };
    let Some(chromium) = Chromium::start_or_skip().await? else { return Ok(()) };
    let url = format!("file://{}", file.canonicalize()?.display());
    std::fs::create_dir_all(directory)?;
    let name = file.file_stem().map_or_else(|| "page".into(), |stem| stem.to_string_lossy());
    for width in [360, 800, 1280, 1920] {
        for (scheme, view) in [("light", View::wide(width)), ("dark", View::wide(width).dark())] {
            look(&chromium, &url, &view, &directory.join(format!("{name}-{width}-{scheme}.png"))).await?;
        }
    }
    let printed = chromium.open(&url, &View::wide(800).printed()).await?;
    printed.pdf(&directory.join(format!("{name}.pdf"))).await?;
    chromium.close().await
}

/// One picture, and what is wrong with it, if anything is.
async fn look(chromium: &Chromium, url: &str, view: &View, picture: &Path) -> Result<()> {
    let page = chromium.open(url, view).await?;
    page.screenshot(picture).await?;
    println!("{}", picture.display());
    let wrong = [overflowing(&page).await?, low_contrast(&page).await?, page.console()];
    wrong.iter().flatten().for_each(|line| println!("  {line}"));
    Ok(())
}
