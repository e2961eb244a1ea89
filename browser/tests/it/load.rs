//! The pages of loads, as people see them: of a closed loop, and of a ramp beyond what its target can do.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use browser::{Axe, Result, View, focus_order, illegible_labels, low_contrast, overflowing};
use loadtest::args::Command;
use loadtest::command_line;

use crate::support::{chromium, keep, root, views};

const NONE: [&str; 0] = [];

/// What takes 2 ms for an answer, one after the other, and so gives 500 a second at most.
fn busy() -> Result<String> {
    let (listener, turn) = (TcpListener::bind("127.0.0.1:0")?, Arc::new(Mutex::new(())));
    let url = format!("http://{}/?<script>alert(1)</script>", listener.local_addr()?);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let turn = turn.clone();
            std::thread::spawn(move || answer(stream, &turn));
        }
    });
    Ok(url)
}

/// Until the connection ends.
fn answer(stream: TcpStream, turn: &Mutex<()>) -> Option<()> {
    let mut requests = BufReader::new(stream.try_clone().ok()?);
    loop {
        let mut line = String::new();
        while line.trim_end() != "" || line.is_empty() {
            line.clear();
            if requests.read_line(&mut line).ok()? == 0 {
                return None;
            }
        }
        let _turn = turn.lock().ok()?;
        std::thread::sleep(Duration::from_millis(2));
        (&stream).write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").ok()?;
    }
}

/// The page of a load with these arguments.
async fn load(arguments: &str, file: &Path) -> Result<String> {
    let url = busy()?;
    let fixed = ["loadtest", "load", "--quiet", "--url", &url, "-o", file.to_str().ok_or("no path")?];
    let all = fixed.into_iter().chain(arguments.split(' ')).map(Into::into);
    let Some(Command::Load(args)) = command_line::read(all)?.command else { return Err("no load".into()) };
    loadtest::load::load(&args).await?;
    Ok(format!("file://{}", file.display()))
}

#[tokio::test(flavor = "multi_thread")]
async fn loads_fit_are_legible_and_ask_nobody_with_scripts_and_without() -> Result<()> {
    let Some(chromium) = chromium().await else { return Ok(()) };
    let (axe, dir) = (Axe::find_or_skip(&root())?, tempfile::tempdir()?);
    for (kind, arguments) in
        [("closed", "-c 4 -n 600"), ("ramp", "-c 4 --ramp 100..2000 -z 2s"), ("late", "-c 1 -q 400 -n 400")]
    {
        let url = load(arguments, &dir.path().join(format!("{kind}.html"))).await?;
        for (view_name, view) in views() {
            let name = format!("load-{kind}-{view_name}");
            let page = chromium.open(&url, &view).await?;
            keep(&page, &name).await?;
            let unfold = "document.querySelectorAll('details').forEach(details => { details.open = true })";
            for state in ["as it is opened", "unfolded"] {
                assert_eq!(overflowing(&page).await?, NONE, "{name}, {state}");
                assert_eq!(low_contrast(&page).await?, NONE, "{name}, {state}");
                assert_eq!(illegible_labels(&page).await?, NONE, "{name}, {state}");
                page.value::<()>(unfold).await?;
            }
            if let Some(axe) = &axe {
                assert_eq!(axe.violations(&page).await?, NONE, "{name}");
            }
            assert_eq!(page.console(), NONE, "{name}");
            assert_eq!(page.requests_off(&url), NONE, "{name}");
        }
        let still = chromium.open(&url, &View::wide(360).without_scripts()).await?;
        let reached = focus_order(&still).await?;
        assert!(reached.iter().any(|name| name.contains("same as a table")), "{reached:?}");
        assert!(reached.iter().all(|name| !name.contains("(unseen)")), "{reached:?}");
        let text: String = still.value("document.body.innerText").await?;
        assert!(text.contains("Under load, ") && text.contains("All figures"), "{text}");
    }
    chromium.close().await
}
