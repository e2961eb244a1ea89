//! What the headers of answers tell of where they came from, in every report of a URL.

use crate::common::program::{Loadtest, samples_in};
use crate::common::server::Server;
use serde_json::json;
use tempfile::tempdir;

/// As Akamai Functions answers.
const AKAMAI: &str = "HTTP/1.1 200 OK\r\nserver: envoy\r\nakamai-grn: 0.c528d2bc.1767972362.1debe697\r\n\
                      akamai-request-bc: [a=1,b=2,c=g,n=DE_SL_SAARLOUIS,o=42652],[a=197,c=o]\r\n\
                      set-cookie: akaalb_apps=~op=fwf_prod:fwf-dev-de-fra-2|~rv=48~id=secret; path=/\r\n\
                      content-length: 2\r\n\r\nok";

#[tokio::test]
async fn the_cloud_that_headers_prove_is_named_with_its_place() {
    let server = Server::always(AKAMAI);
    let args = format!("--url {} --cold -n 3 --idle 0s --output-format json", server.url("/"));
    let report = Loadtest::new(args).run().await.report();
    let found = &report["targets"][0]["provenance"];
    assert_eq!(found["clouds"][0]["cloud"], "Akamai", "{found}");
    assert_eq!(found["places"], json!(["DE_SL_SAARLOUIS", "fwf-dev-de-fra-2"]));
    assert_eq!(found["caches"], json!([]));
    assert_eq!(
        found["headers"][3],
        json!({"name": "server", "samples": 3, "distinct": 1, "values": [{"value": "envoy", "samples": 3}]})
    );
    assert!(!report.to_string().contains("secret"), "{report}");
}

#[tokio::test]
async fn a_report_from_saved_samples_tells_the_same() {
    let (server, dir) = (Server::always(AKAMAI), tempdir().unwrap());
    let args = format!("--url {} --cold -n 2 --idle 0s --samples x.ndjson -v", server.url("/"));
    let printed = Loadtest::new(args).within(dir.path()).run().await.well();
    assert!(printed.contains("target: Akamai (by akaalb, akamai-grn,"), "{printed}");
    assert_eq!(samples_in(&dir.path().join("x.ndjson"))[0].headers["server"], "envoy");
    let again = Loadtest::new("report x.ndjson -v").within(dir.path()).run().await.well();
    assert_eq!(again, printed);
}

#[tokio::test]
async fn where_no_header_tells_anything_nothing_is_told() {
    let server = Server::always(crate::common::server::OK);
    let args = format!("--url {} --cold -n 1 --idle 0s --output-format json", server.url("/"));
    let report = Loadtest::new(args).run().await.report();
    assert_eq!(report["targets"][0].get("provenance"), None);
}
