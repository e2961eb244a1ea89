//! Which cloud a header is of, and which place it names. What no header proves is not guessed.

use super::DATA_CENTRE;

pub type Cloud = &'static str;

/// The cloud or content delivery network that a header proves, if it does.
pub fn cloud(name: &str, value: &str) -> Option<Cloud> {
    let value = value.to_ascii_lowercase();
    let says = |word: &str| value.contains(word);
    match name {
        "akamai-grn" | "akamai-request-bc" | DATA_CENTRE => Some("Akamai"),
        "cf-ray" => Some("Cloudflare"),
        "fly-request-id" | "fly-region" => Some("Fly.io"),
        "x-amz-cf-pop" => Some("Amazon CloudFront"),
        "x-azure-ref" => Some("Azure Front Door"),
        "x-vercel-id" => Some("Vercel"),
        "x-served-by" if value.starts_with("cache-") => Some("Fastly"),
        "server" if says("akamai") => Some("Akamai"),
        "server" if says("cloudflare") => Some("Cloudflare"),
        "server" if value.starts_with("fly/") => Some("Fly.io"),
        "server" if says("google frontend") => Some("Google Cloud"),
        "via" if says("fly.io") => Some("Fly.io"),
        "via" if says("cloudfront") => Some("Amazon CloudFront"),
        "via" if says("1.1 google") => Some("Google Cloud"),
        "x-cache" if says("from cloudfront") => Some("Amazon CloudFront"),
        _ => None,
    }
}

/// The region or point of presence that a header names, if it does, as it names it.
pub fn place<'a>(name: &str, value: &'a str) -> Option<&'a str> {
    let place = match name {
        // [a=188.210.40.197,b=501999255,c=g,n=DE_SL_SAARLOUIS,o=42652],[a=197,c=o]
        "akamai-request-bc" => value.split([',', '[', ']']).find_map(|part| part.strip_prefix("n="))?,
        DATA_CENTRE | "fly-region" | "x-amz-cf-pop" => value,
        // 85e1b2c3d4e5f6a7-FRA and 01H…-fra
        "cf-ray" | "fly-request-id" => value.rsplit_once('-')?.1,
        // fra1::iad1::abc12-1700000000000-0123456789ab
        "x-vercel-id" => value.split_once("::")?.0,
        // cache-fra-eddf8230064-FRA; of several, the last is the nearest.
        "x-served-by" if value.starts_with("cache-") => value.rsplit_once('-')?.1,
        _ => return None,
    };
    (!place.is_empty()).then_some(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cloud_is_named_where_a_header_proves_it() {
        for (name, value, proven) in [
            ("akamai-grn", "0.c528d2bc.1767972362.1debe697", Some("Akamai")),
            ("via", "1.1 fly.io", Some("Fly.io")),
            ("x-cache", "Miss from cloudfront", Some("Amazon CloudFront")),
            ("server", "envoy", None),
            ("x-cache", "MISS", None),
            ("via", "1.1 varnish", None),
            ("x-served-by", "web-7", None),
        ] {
            assert_eq!(cloud(name, value), proven, "{name}: {value}");
        }
    }

    #[test]
    fn a_place_is_named_as_the_header_names_it() {
        let bc = "[a=188.210.40.197,b=501999255,c=g,n=DE_SL_SAARLOUIS,o=42652],[a=197,c=o]";
        assert_eq!(place("akamai-request-bc", bc), Some("DE_SL_SAARLOUIS"));
        assert_eq!(place("cf-ray", "85e1b2c3d4e5f6a7-FRA"), Some("FRA"));
        assert_eq!(place("x-served-by", "cache-iad-k1-IAD, cache-fra-e2-FRA"), Some("FRA"));
        assert_eq!((place("server", "x-y"), place("cf-ray", "none")), (None, None));
    }
}
