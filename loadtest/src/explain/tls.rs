//! Why a certificate is not accepted or there is no TLS at all, with the remedy for that very reason.

/// What to tell of a failure with this cause, if it is about TLS.
pub fn remedy(cause: &str) -> Option<String> {
    let has = |text: &str| cause.contains(text);
    let told = if has("No CA certificates") {
        format!(
            "its certificate is not trusted here ({cause}); install those of your system, name a file of them in \
             SSL_CERT_FILE, or accept any with -k"
        )
    } else if has("alert: HandshakeFailure") {
        format!("no TLS that both sides know ({cause}); the server may have only outdated ciphers")
    } else if has("alert: ProtocolVersion") {
        format!("the server knows only outdated versions of TLS ({cause}); it needs TLS 1.2 or 1.3")
    } else if !has("certificate") {
        return None;
    } else if has("expired") || has("Expired") {
        format!("its certificate expired ({cause}); renew it, or accept any with -k")
    } else if has("not valid yet") || has("NotValidYet") {
        "its certificate is not valid yet; is the clock of this machine right? -k accepts any".into()
    } else if has("not valid for") || has("NotValidForName") {
        format!(
            "its certificate is for another name ({cause}); ask under that name, which --connect-to can send to this address, or \
             accept any with -k"
        )
    } else if has("UnknownIssuer") || has("BadSignature") {
        "its certificate is not trusted here, being self-signed, or signed by an unknown authority; name its file, or that of \
         the authority's certificate, in SSL_CERT_FILE, or accept any with -k"
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_has_its_own_remedy_and_all_name_the_switch() {
        let expired = "cannot connect: invalid peer certificate: certificate expired: verification time 9 (UNIX), but \
                       certificate is not valid after 1 (180005 seconds ago)";
        let named = "invalid peer certificate: certificate not valid for name \"a.test\"; certificate is only valid for DnsName(\"b.test\") or IpAddress(127.0.0.1)";
        for (cause, words) in [
            (expired, "180005 seconds ago)); renew it"),
            (named, "IpAddress(127.0.0.1)); ask under that name"),
            ("invalid peer certificate: UnknownIssuer", "signed by an unknown authority"),
            ("invalid peer certificate: Other(OtherError(CaUsedAsEndEntity))", "without CA:TRUE"),
            ("invalid peer certificate: Other(OtherError(UnsupportedCertVersion))", "version 3"),
            ("invalid peer certificate: BadSignature", "signed by an unknown authority"),
            ("invalid peer certificate: Revoked", "not accepted here (invalid peer certificate: Revoked)"),
            ("No CA certificates were loaded from the system", "SSL_CERT_FILE"),
        ] {
            let told = remedy(cause).unwrap();
            assert!(told.contains(words) && told.contains("-k"), "{told}");
        }
        assert!(remedy("received fatal alert: ProtocolVersion").unwrap().contains("needs TLS 1.2"));
        assert_eq!(remedy("connection refused"), None);
    }
}
