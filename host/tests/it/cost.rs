//! What a request costs in system calls, as strace counts them: those of many requests without those of few, so that
//! starting and ending drop out.

use std::io::{BufRead, BufReader, Read, Write, stdin};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;
use std::{env, fs, thread};

use host::{App, Options, Server};
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

use crate::common::artefacts::{P2, P3, WAGI};
use crate::common::site::Site;

/// Where the server is told what to serve, and from which cache.
const MANIFEST: &str = "SERVED_MANIFEST";
const CACHE: &str = "SERVED_CACHE";

/// Requests of the shorter and of the longer count.
const REQUESTS: [u32; 2] = [50, 250];

/// `epoll_wait`, `recvfrom` and `writev`; an instance of preview 3 is made anew for every 128th request.
const MOST: f64 = 3.3;

/// Measurements, as long as there seem to be more than that.
const TRIES: u32 = 3;

/// The engine's clock, which ticks however long this takes, and how memory is reset, which is the kernel's matter.
const LEFT_OUT: &str = "trace=!clock_nanosleep,ioctl,madvise";

#[test]
fn a_request_is_three_system_calls_and_those_that_reset_memory() {
    if !Command::new("strace").args(["-o", "/dev/null", "true"]).status().is_ok_and(|status| status.success())
    {
        println!("skipped: there is no strace here that may trace: apt-get install strace");
        return;
    }
    for artefact in [&P2, &P3, &WAGI] {
        let site = Site::new().artefact("a", "/...", artefact);
        site.load().expect("and compiled, so that the server need not");
        // What chance adds, such as a guest that a busy machine lets pause, is least in one of some tries.
        let each = (1..TRIES)
            .fold(each(&site), |least, _| if least > MOST { least.min(each(&site)) } else { least });
        assert!(each <= MOST, "{each} by {}", artefact.executor);
        assert!(each >= 1.0, "{each} by {}: nothing was counted", artefact.executor);
    }
}

/// How many system calls a request takes.
fn each(site: &Site) -> f64 {
    let [few, many] = REQUESTS.map(|requests| f64::from(calls(site, requests)));
    (many - few) / f64::from(REQUESTS[1] - REQUESTS[0])
}

/// How many system calls a server makes that answers so many requests, from its start to its end.
fn calls(site: &Site, requests: u32) -> u32 {
    let counts = tempfile::NamedTempFile::new().unwrap();
    let mut server = Command::new("strace")
        .args(["-f", "-q", "-c", "-e", LEFT_OUT, "-o"])
        .arg(counts.path())
        .arg(env::current_exe().unwrap())
        .args(["cost::serves_until_its_input_closes", "--exact", "--ignored", "--nocapture"])
        .env(MANIFEST, site.manifest())
        .env(CACHE, site.cache_dir())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(server.stdout.take().unwrap()).lines().map_while(Result::ok);
    ask(lines.find_map(|line| line.parse().ok()).expect("it says where it listens"), requests);
    drop(server.stdin.take());
    assert!(server.wait().unwrap().success());
    counted(counts.path())
}

/// Asks one after the other over one connection.
fn ask(address: SocketAddr, requests: u32) {
    let mut connection = TcpStream::connect(address).unwrap();
    connection.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let mut piece = [0; 4096];
    for _ in 0..requests {
        connection.write_all(b"GET /api/time HTTP/1.1\r\nhost: a\r\n\r\n").unwrap();
        let mut answer = Vec::new();
        // A guest that is told to pause between head and body answers in two.
        while !answer.ends_with(b"}") {
            let length = connection.read(&mut piece).unwrap();
            assert_ne!(length, 0, "closed after {}", String::from_utf8_lossy(&answer));
            answer.extend_from_slice(&piece[..length]);
        }
        assert!(answer.starts_with(b"HTTP/1.1 200 "), "{}", String::from_utf8_lossy(&answer));
    }
}

/// The fourth column of strace's table, but for its last line.
fn counted(table: &Path) -> u32 {
    let table = fs::read_to_string(table).unwrap();
    let rows = table.lines().filter(|line| line.starts_with([' ', '0', '1']) && !line.ends_with("total"));
    rows.filter_map(|row| row.split_whitespace().nth(3)?.parse::<u32>().ok()).sum()
}

#[test]
#[ignore = "the server that is counted, no test"]
fn serves_until_its_input_closes() {
    let options = Options {
        cache_dir: env::var_os(CACHE).map(Into::into),
        max_concurrent_requests: 64,
        // How often it looks for a request in vain follows the clock.
        busy_poll: Duration::ZERO,
        ..Options::default()
    };
    let Some(manifest) = env::var_os(MANIFEST) else { return };
    let (stop, stopped) = oneshot::channel::<()>();
    thread::spawn(move || {
        let _ = stdin().read_to_end(&mut Vec::new());
        drop(stop);
    });
    Runtime::new().unwrap().block_on(async {
        let server =
            Server::bind(App::load(manifest.as_ref(), &options).unwrap(), "127.0.0.1:0").await.unwrap();
        println!("\n{}", server.address());
        server.run(async { drop(stopped.await) }).await;
    });
}
