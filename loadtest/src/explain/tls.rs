//! Why a certificate is not accepted or there is no TLS at all, with the remedy for that very reason.

use std::time::Duration;

/// What to tell of a failure with this cause, if it is about TLS.
pub fn remedy(cause: &str) -> Option<String> {
    let has = |text: &str| cause.contains(text);
    let told = if has("No CA certificates") {
        format!(
            "its certificate is not trusted here ({cause}); install those of your system, name a file of them in \
             SSL_CERT_FILE, or accept any with -k"
        )
    } else if has("alert: HandshakeFailure") {
        format!(
            "no TLS that both sides know ({cause}); the server may have a certificate with a rare kind of key, such as P-521, \
             which -k accepts, or only outdated ciphers"
        )
    } else if has("alert: ProtocolVersion") {
        format!("the server knows only outdated versions of TLS ({cause}); it needs TLS 1.2 or 1.3")
    } else if !has("certificate") {
        return None;
    } else if has("expired") || has("Expired") {
        format!("its certificate expired{}; renew it, or accept any with -k", ago(cause))
    } else if has("not valid yet") || has("NotValidYet") {
        "its certificate is not valid yet; is the clock of this machine right? -k accepts any".into()
    } else if has("not valid for") || has("NotValidForName") {
        format!(
            "its certificate is for another name{}; ask under that name, which --connect-to can send to this address, or \
             accept any with -k",
            names(cause)
        )
    } else if has("SelfSigned") {
        "its certificate is not trusted here, being self-signed; name its file in SSL_CERT_FILE, or accept any with -k".into()
    } else if has("UnknownIssuer") || has("BadSignature") {
        "its certificate is not trusted here, being signed by an unknown authority; name a file of that authority's certificate \
         in SSL_CERT_FILE, or accept any with -k"
            .into()
    } else if has("CaUsedAsEndEntity") {
        "its certificate is one of an authority, not of a server, as a self-signed one often is; make another without CA:TRUE, \
         or accept any with -k"
            .into()
    } else if has("UnsupportedCertVersion") {
        "its certificate is of an old version (X.509 v1 or v2); make one of version 3, or accept any with -k"
            .into()
    } else {
        format!("its certificate is not accepted here ({cause}); -k accepts any")
    };
    Some(told)
}

/// How long ago it expired, if that is told.
fn ago(cause: &str) -> String {
    let seconds =
        cause.split_once(" seconds ago").and_then(|(before, _)| before.rsplit('(').next()?.parse().ok());
    seconds.map_or(String::new(), |seconds| format!(" {} ago", humantime::format_duration(coarse(seconds))))
}

/// Without what nobody asks for.
fn coarse(seconds: u64) -> Duration {
    let unit = [86_400, 3_600, 60].into_iter().find(|unit| seconds >= *unit).unwrap_or(1);
    Duration::from_secs(seconds / unit * unit)
}

/// Which names it is for, if that is told.
fn names(cause: &str) -> String {
    let told = cause.split_once("; certificate ").map(|(_, names)| names);
    let plain = |names: &str| {
        ["DnsName(\"", "IpAddress(", "\")", ")"]
            .iter()
            .fold(names.to_owned(), |names, part| names.replace(part, ""))
    };
    told.map_or(String::new(), |names| format!(" (it {})", plain(names)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_has_its_own_remedy_and_all_name_the_switch() {
        let expired = "cannot connect: invalid peer certificate: certificate expired: verification time 9 (UNIX), but \
                       certificate is not valid after 1 (180005 seconds ago)";
        let named = "invalid peer certificate: certificate not valid for name \"a.test\"; certificate is only valid for DnsName(\"b.test\") or IpAddress(127.0.0.1)";
        for (cause, words) in [
            (expired, "expired 2days ago; renew it"),
            (named, "for another name (it is only valid for b.test or 127.0.0.1); ask under that name"),
            (
                "invalid peer certificate: Other(OtherError(SelfSigned))",
                "not trusted here, being self-signed; name its file in SSL_CERT_FILE",
            ),
            (
                "invalid peer certificate: UnknownIssuer",
                "not trusted here, being signed by an unknown authority",
            ),
            ("invalid peer certificate: Other(OtherError(CaUsedAsEndEntity))", "without CA:TRUE"),
            ("invalid peer certificate: Other(OtherError(UnsupportedCertVersion))", "version 3"),
            (
                "invalid peer certificate: BadSignature",
                "not trusted here, being signed by an unknown authority",
            ),
            ("invalid peer certificate: Revoked", "not accepted here (invalid peer certificate: Revoked)"),
            ("No CA certificates were loaded from the system", "SSL_CERT_FILE"),
        ] {
            let told = remedy(cause).unwrap();
            assert!(told.contains(words) && told.contains("-k"), "{told}");
        }
        assert!(
            remedy("received fatal alert: HandshakeFailure").unwrap().contains("P-521, which -k accepts")
        );
        assert!(remedy("received fatal alert: ProtocolVersion").unwrap().contains("needs TLS 1.2"));
        assert_eq!(remedy("connection refused"), None);
    }

    #[test]
    fn a_file_of_certificates_is_advised_only_where_it_helps() {
        for cause in
            ["certificate expired", "certificate not valid for name x", "certificate: CaUsedAsEndEntity"]
        {
            assert!(!remedy(cause).unwrap().contains("SSL_CERT_FILE"), "{cause}");
        }
    }
}
