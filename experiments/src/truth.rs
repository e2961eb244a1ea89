//! Whether the tool measures what is there, against a server that takes times of a known, heavy-tailed law.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use loadtest::sample::{Phase, Sample};
use loadtest::saved::Saved;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, LogNormal};
use rustls::ServerConfig;
use rustls::pki_types::PrivatePkcs8KeyDer;

use crate::awake::Awake;
use crate::server::{self, Server};
use crate::tool::{self, Tool};

/// A figure may be off by so much of the truth,
const SHARE: f64 = 0.01;
/// or by so many microseconds.
const MICROS: f64 = 100.0;
/// Of the law: half of the answers take longer than 5 ms, one in a hundred longer than 50 ms.
const MEDIAN_US: f64 = 5000.0;
const SIGMA: f64 = 1.0;

const PERCENTILES: [(&str, f64); 3] = [("p50", 0.5), ("p90", 0.9), ("p99", 0.99)];

#[derive(clap::Args)]
pub struct Args {
    /// Samples of each phase: with fewer, a percentile lies too far from its neighbours
    #[arg(short = 'n', default_value_t = 3000)]
    samples: usize,
    #[command(flatten)]
    tool: Tool,
}

/// Whether every figure is near the truth, over HTTP and TLS, cold and warm.
pub fn run(args: &Args) -> bool {
    let _awake = Awake::keep();
    println!(
        "{:6} {:5} {:4} {:>11} {:>11} {:>8} {:>7}",
        "", "", "", "server, µs", "loadtest", "off, µs", "off"
    );
    let figures: Vec<_> = [false, true].iter().flat_map(|tls| measure(args, *tls)).collect();
    figures.iter().filter(|figure| !figure.print()).count() == 0
}

struct Figure {
    scheme: &'static str,
    phase: Phase,
    percentile: &'static str,
    truth_us: f64,
    measured_us: f64,
}

impl Figure {
    /// Whether it is near the truth.
    fn print(&self) -> bool {
        let Self { scheme, phase, percentile, truth_us, measured_us } = self;
        let off = measured_us - truth_us;
        let share = 100.0 * off / truth_us;
        let phase = phase.name();
        println!(
            "{scheme:6} {phase:5} {percentile:4} {truth_us:>11.1} {measured_us:>11.1} {off:>8.1} {share:>6.2}%"
        );
        off.abs() <= MICROS.max(SHARE * truth_us)
    }
}

fn measure(args: &Args, tls: bool) -> Vec<Figure> {
    let dir = tempfile::tempdir().expect("a directory for the samples");
    let file = dir.path().join("samples.ndjson");
    let truth = Arc::new(Mutex::new(Vec::new()));
    let certificate = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    std::fs::write(dir.path().join("ca.pem"), certificate.cert.pem()).expect("a certificate is written");
    let (server, scheme) = if tls {
        (Server::start_tls(config(&certificate), slow(&truth)), "https")
    } else {
        (Server::start(slow(&truth)), "http")
    };
    let url = format!("{scheme}://localhost:{}/", server.port());
    let mut command = args.tool.command(&format!("--url {url} -n {} --idle 0s", args.samples));
    command.arg("--samples").arg(&file).env("SSL_CERT_FILE", dir.path().join("ca.pem"));
    tool::report(command);
    let samples = Saved::read(&file).expect("the samples are there").samples;
    let truth = truth.lock().expect("nobody panics").clone();
    assert_eq!(samples.len(), truth.len(), "the server has answered what was asked");
    [Phase::Cold, Phase::Warm].iter().flat_map(|phase| figures(scheme, *phase, &samples, &truth)).collect()
}

/// Of the requests of a phase, which both saw in the same order: from the connection being there to the end of the
/// body, as the server saw it and as the tool did.
fn figures(scheme: &'static str, phase: Phase, samples: &[Sample], truth: &[Duration]) -> Vec<Figure> {
    let both = samples.iter().zip(truth).filter(|(sample, _)| sample.phase == phase);
    let (mut measured, mut truth): (Vec<f64>, Vec<f64>) = both
        .map(|(Sample { segments, .. }, truth)| {
            let answered = segments.first_byte_ns.unwrap_or(0) + segments.body_ns.unwrap_or(0);
            (answered as f64 / 1000.0, truth.as_secs_f64() * 1e6)
        })
        .unzip();
    measured.sort_by(f64::total_cmp);
    truth.sort_by(f64::total_cmp);
    let at = |values: &[f64], q: f64| values[(q * values.len() as f64).ceil() as usize - 1];
    PERCENTILES
        .map(|(percentile, q)| Figure {
            scheme,
            phase,
            percentile,
            truth_us: at(&truth, q),
            measured_us: at(&measured, q),
        })
        .into()
}

/// Waits as the law says, and writes down how long that was.
fn slow(truth: &Arc<Mutex<Vec<Duration>>>) -> impl Fn(Instant) -> server::Headers + Send + Sync + 'static {
    let law = LogNormal::new(MEDIAN_US.ln(), SIGMA).expect("a law");
    let (truth, rng) = (truth.clone(), Mutex::new(ChaCha8Rng::seed_from_u64(1)));
    move |there| {
        let micros = law.sample(&mut *rng.lock().expect("nobody panics"));
        server::wait(Duration::from_secs_f64(micros / 1e6));
        truth.lock().expect("nobody panics").push(there.elapsed());
        String::new()
    }
}

fn config(certificate: &rcgen::CertifiedKey<rcgen::KeyPair>) -> Arc<ServerConfig> {
    let key = PrivatePkcs8KeyDer::from(certificate.signing_key.serialize_der());
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("protocol versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.cert.der().clone()], key.into());
    Arc::new(config.expect("a certificate with its key"))
}
