//! Whether the tool knows which requests met a fresh instance, against a server that knows, also through a cache.

use std::collections::HashMap;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use loadtest::evidence::Freshness;
use loadtest::sample::{Outcome, Sample};
use loadtest::saved::Saved;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::server::{self, Server};
use crate::tool::{self, Tool};

/// Instances that may be asked again.
const LIVE: usize = 16;

#[derive(clap::Args)]
pub struct Args {
    /// Samples of each of two phases
    #[arg(short = 'n', default_value_t = 5000)]
    samples: usize,
    #[command(flatten)]
    tool: Tool,
}

/// Whether every sample agrees with the server.
pub fn run(args: &Args) -> bool {
    let server = Instances::serve();
    let mut agrees = server.agrees_with(&args.tool, "directly", &server.server.url(), args.samples);
    match Nginx::start(server.server.port()) {
        Ok(nginx) => agrees &= server.agrees_with(&args.tool, "through nginx", &nginx.url, args.samples),
        Err(why) => println!("through nginx: skipped: {why}"),
    }
    agrees
}

/// What the server has answered: how often each instance had answered by then.
type Log = Arc<Mutex<HashMap<(String, u64), usize>>>;

struct Instances {
    server: Server,
    log: Log,
}

impl Instances {
    fn serve() -> Self {
        let log = Log::default();
        Self { server: Server::start(answer(log.clone())), log }
    }

    fn agrees_with(&self, tool: &Tool, how: &str, url: &str, samples: usize) -> bool {
        self.log.lock().expect("nobody panics").clear();
        let dir = tempfile::tempdir().expect("a directory for the samples");
        let file = dir.path().join("samples.ndjson");
        let mut command = tool.command(&format!("--url {url} -n {samples} --idle 0s"));
        command.arg("--samples").arg(&file);
        tool::report(command);
        let samples = Saved::read(&file).expect("the samples are there").samples;
        let mut log = self.log.lock().expect("nobody panics");
        let wrong = samples.iter().filter(|sample| !is_right(sample, &mut log)).count();
        let cached = samples.iter().filter(|sample| matches!(sample.outcome, Outcome::Cached(_))).count();
        let missed = log.values().filter(|heard| **heard == 0).count();
        let all = samples.len();
        println!(
            "{how}: {} of {all} samples agree with the server; {cached} came out of a cache",
            all - wrong - missed
        );
        wrong + missed == 0
    }
}

/// An answer counts once, as what its server knows it to be; its copies are copies.
fn is_right(sample: &Sample, log: &mut HashMap<(String, u64), usize>) -> bool {
    let testimony =
        (sample.testimony.instance.clone().unwrap_or_default(), sample.testimony.served.unwrap_or(0));
    let Some(heard) = log.get_mut(&testimony) else { return false };
    *heard += 1;
    match (&sample.outcome, *heard) {
        (Outcome::Ok, 1) => {
            sample.freshness == if testimony.1 == 1 { Freshness::Fresh } else { Freshness::Reused }
        }
        (Outcome::Cached(_), 2..) => true,
        _ => false,
    }
}

/// By a new instance, or by one of those that are there.
fn answer(log: Log) -> impl Fn(Instant) -> server::Headers + Send + Sync + 'static {
    let state = Mutex::new((ChaCha8Rng::seed_from_u64(1), Vec::<(String, u64)>::new()));
    move |_| {
        let (rng, live) = &mut *state.lock().expect("nobody panics");
        if live.is_empty() || rng.random_bool(0.5) {
            live.push((format!("{:016x}", rng.random::<u64>()), 0));
        }
        if live.len() > LIVE {
            live.remove(0);
        }
        let index = rng.random_range(0..live.len());
        let (instance, served) = &mut live[index];
        *served += 1;
        log.lock().expect("nobody panics").insert((instance.clone(), *served), 0);
        format!("server-timing: instance;desc=\"{instance}\", served;desc=\"{served}\"\r\n")
    }
}

/// A cache that ignores the query, says nothing of itself, and asks the server every second time.
struct Nginx {
    child: Child,
    url: String,
    _dir: tempfile::TempDir,
}

impl Nginx {
    fn start(upstream: u16) -> Result<Self, String> {
        let dir = tempfile::tempdir().map_err(|e| e.to_string())?;
        let port = TcpListener::bind(("127.0.0.1", 0)).and_then(|socket| socket.local_addr());
        let port = port.map_err(|e| e.to_string())?.port();
        std::fs::write(dir.path().join("nginx.conf"), configuration(dir.path(), port, upstream))
            .map_err(|e| e.to_string())?;
        let program = ["/usr/sbin/nginx", "/usr/bin/nginx"].iter().find(|path| Path::new(path).exists());
        let mut command =
            Command::new(program.ok_or("no nginx on this machine: apt-get install nginx-light")?);
        command.arg("-e").arg(dir.path().join("error.log")).arg("-c").arg(dir.path().join("nginx.conf"));
        let child = command.stdout(Stdio::null()).spawn().map_err(|e| e.to_string())?;
        let nginx = Self { child, url: format!("http://127.0.0.1:{port}/"), _dir: dir };
        let begun = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            if begun.elapsed() > Duration::from_secs(10) {
                return Err("nginx does not begin to serve".into());
            }
            thread::sleep(Duration::from_millis(10));
        }
        Ok(nginx)
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn configuration(dir: &Path, port: u16, upstream: u16) -> String {
    let dir = dir.display();
    format!(
        "daemon off; master_process off; pid {dir}/pid;
         events {{}}
         http {{
           access_log off;
           client_body_temp_path {dir}/body; proxy_temp_path {dir}/proxy; fastcgi_temp_path {dir}/fastcgi;
           uwsgi_temp_path {dir}/uwsgi; scgi_temp_path {dir}/scgi;
           proxy_cache_path {dir}/cache keys_zone=cache:1m;
           split_clients $request_id $past_the_cache {{ 50% 1; * \"\"; }}
           server {{
             listen 127.0.0.1:{port};
             location / {{
               proxy_pass http://127.0.0.1:{upstream};
               proxy_http_version 1.1; proxy_set_header Connection \"\";
               proxy_cache cache; proxy_cache_key $uri; proxy_cache_valid 200 1h;
               proxy_cache_bypass $past_the_cache;
             }}
           }}
         }}"
    )
}
