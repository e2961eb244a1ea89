//! Caches on the way: told by what they say, and measured where that is wanted.

use crate::common::program::{Loadtest, phase, warnings};
use crate::common::server::{OK, Server};

fn server(headers: &str) -> Server {
    Server::always(OK.replacen("\r\n", &format!("\r\n{headers}\r\n"), 1))
}

const COMMANDS: [&str; 3] = ["--cold -n 3 --idle 0s", "--warm -n 3", "load -c 1 -n 3"];

#[tokio::test]
async fn a_miss_with_age_0_is_the_targets_own_answer() {
    let server = server("age: 0\r\nx-cache: MISS");
    for args in COMMANDS {
        Loadtest::new(format!("{args} --url {}", server.url("/"))).run().await.well();
    }
}

#[tokio::test]
async fn a_hit_is_refused_with_the_switch_that_measures_it() {
    for headers in ["age: 12", "age: 0\r\nx-cache: HIT", "cache-status: edge; hit"] {
        let server = server(headers);
        for args in COMMANDS {
            let ended = Loadtest::new(format!("{args} --url {}", server.url("/"))).run().await;
            ended.refused(3, &["answered by a cache", "--allow-cached"]);
        }
    }
}

#[tokio::test]
async fn a_cache_is_measured_where_that_is_wanted_and_nothing_is_said_of_instances() {
    // What a cache keeps says of every copy that it is the first answer of its instance.
    let server = server("age: 12\r\nserver-timing: instance;desc=\"a\", served;desc=\"1\"");
    for (args, name) in COMMANDS.into_iter().zip(["cold", "warm", "load"]) {
        let args = format!("{args} --allow-cached --output-format json --url {}", server.url("/"));
        let report = Loadtest::new(args).run().await.report();
        let phase = phase(&report, name);
        assert_eq!((&phase["counted"], &phase["evidence"]["unknown"]), (&3.into(), &3.into()), "{phase}");
        assert_eq!(report["plan"]["allow_cached"], true);
        if name != "load" {
            assert!(warnings(&report).contains("--allow-cached"), "{report}");
        }
    }
}
