//! What every request must show before it is answered, and what every answer carries.

use super::PublicUrl;
use super::respond::{self, Answer};
use hearth_web_ui::CONTENT_SECURITY_POLICY;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use warp::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY as CSP, HOST, HeaderName, HeaderValue, ORIGIN,
    REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use warp::http::uri::Authority;
use warp::http::{HeaderMap, Request, StatusCode};

const HTTP_PORT: u16 = 80;

/// The answer to a request that was meant for another name; `None` when it was meant for this server.
///
/// A page elsewhere can let its own domain name point at this machine (DNS rebinding) and is then of
/// the same origin as this server, in its browser's eyes. Its Host header gives it away: it is a
/// name, and this server has none but the address that the connection came in by, and the one its owner gave it.
pub(super) fn refuse_host<B>(
    request: &Request<B>,
    local: SocketAddr,
    public: Option<&PublicUrl>,
) -> Option<Answer> {
    let hosts: Vec<_> = request.headers().get_all(HOST).iter().collect();
    let host = match hosts[..] {
        [host] => host.to_str().ok(),
        _ => None,
    };
    let is_public = |host: &str| public.is_some_and(|public| public.is_host(host));
    let target_agrees = match (request.uri().authority(), host) {
        (Some(target), Some(host)) => target.as_str().eq_ignore_ascii_case(host),
        _ => true,
    };
    if target_agrees && host.is_some_and(|host| is_public(host) || names(host, local)) {
        return None;
    }
    let text =
        format!("This server answers only under its own address. Open http://{local}/ instead.\n");
    Some(respond::plain(StatusCode::MISDIRECTED_REQUEST, text))
}

/// Whether a Host header names the address that the connection came in by.
fn names(host: &str, local: SocketAddr) -> bool {
    let Ok(authority) = host.parse::<Authority>() else {
        return false;
    };
    let name = authority.host();
    // The whole of it is name and port: the parser overlooks what stands between a bracket and the colon.
    if host.strip_prefix(name).and_then(port) != Some(local.port()) {
        return false;
    }
    let local = local.ip().to_canonical();
    if name.eq_ignore_ascii_case("localhost") {
        return local.is_loopback();
    }
    let usual = [
        IpAddr::from(Ipv4Addr::LOCALHOST),
        Ipv6Addr::LOCALHOST.into(),
    ];
    address(name).is_some_and(|ip| ip == local || (local.is_loopback() && usual.contains(&ip)))
}

/// The port that is written behind a name.
fn port(written: &str) -> Option<u16> {
    if written.is_empty() {
        return Some(HTTP_PORT);
    }
    let digits = written.strip_prefix(':')?;
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().ok()).flatten()
}

fn address(name: &str) -> Option<IpAddr> {
    let bracketed = name
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    match bracketed {
        Some(inner) => inner.parse::<Ipv6Addr>().ok().map(IpAddr::V6),
        None => name.parse().ok(),
    }
    .map(|ip| ip.to_canonical())
}

/// Whether a form can only have been sent by one of this server's own pages. The form's token says
/// so already; this is the second lock.
pub(super) fn is_own_form(headers: &HeaderMap, public: Option<&PublicUrl>) -> bool {
    let same_origin = match (text(headers, &ORIGIN), text(headers, &HOST)) {
        (Some(origin), Some(host)) => match public.filter(|public| public.is_host(host)) {
            Some(public) => origin.eq_ignore_ascii_case(&public.origin()),
            None => origin.eq_ignore_ascii_case(&format!("http://{host}")),
        },
        (Some(_), None) => false,
        (None, _) => !headers.contains_key(ORIGIN),
    };
    let site = fetch_metadata(headers, "sec-fetch-site");
    same_origin && matches!(site, None | Some("same-origin" | "none"))
}

/// Whether another site's page asks for this in its own background, which none has a reason to do.
/// Following a link to here is something else and stays allowed.
pub(super) fn is_foreign_fetch(headers: &HeaderMap) -> bool {
    let site = fetch_metadata(headers, "sec-fetch-site");
    let mode = fetch_metadata(headers, "sec-fetch-mode");
    matches!(site, Some("cross-site" | "same-site")) && mode != Some("navigate")
}

fn fetch_metadata<'a>(headers: &'a HeaderMap, name: &'static str) -> Option<&'a str> {
    text(headers, &HeaderName::from_static(name))
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// Gives an answer the headers that all have.
///
/// `Referrer-Policy` is `same-origin`, not `no-referrer`: both tell other sites nothing, but under
/// the latter browsers send our own forms with `Origin: null` (Fetch, "append a request `Origin`
/// header"), which [`is_own_form`] must refuse.
pub(super) fn harden(answer: &mut Answer) {
    let headers = answer.headers_mut();
    let fixed = [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "same-origin"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // Pictures have a stricter one.
    headers
        .entry(CSP)
        .or_insert(HeaderValue::from_static(CONTENT_SECURITY_POLICY));
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(
                HeaderName::from_static(name),
                HeaderValue::from_str(value).unwrap(),
            );
        }
        headers
    }

    #[test]
    fn only_the_own_address_is_a_name() {
        let cases = [
            ("127.0.0.1:8420", "127.0.0.1:8420", true),
            ("127.0.0.1:8420", "localhost:8420", true),
            ("127.0.0.1:8420", "LOCALHOST:8420", true),
            ("127.0.0.1:8420", "[::1]:8420", true),
            ("[::1]:8420", "localhost:8420", true),
            ("127.0.0.1:80", "localhost", true),
            ("[::ffff:192.168.1.7]:8420", "192.168.1.7:8420", true),
            ("192.168.1.7:8420", "192.168.1.7:8420", true),
            ("[fd00::7]:8420", "[fd00:0::7]:8420", true),
            ("192.168.1.7:8420", "localhost:8420", false),
            ("192.168.1.7:8420", "127.0.0.1:8420", false),
            ("192.168.1.7:8420", "192.168.1.8:8420", false),
            ("127.0.0.2:8420", "127.0.0.2:8420", true),
            ("127.0.0.1:8420", "127.0.0.2:8420", false),
            ("127.0.0.1:8420", "127.0.0.1", false),
            ("127.0.0.1:8420", "127.0.0.1:8421", false),
            ("127.0.0.1:8420", "rebound.example:8420", false),
            ("127.0.0.1:8420", "localhost.rebound.example:8420", false),
            ("127.0.0.1:8420", "me@127.0.0.1:8420", false),
            ("127.0.0.1:8420", "127.0.0.1:8420@127.0.0.1:8420", false),
            ("127.0.0.1:8420", "[::ffff:127.0.0.1]+:8420", false),
            ("127.0.0.1:8420", "localhost:+8420", false),
            ("127.0.0.1:8420", "", false),
            ("127.0.0.1:8420", "localhost:8420:8420", false),
            ("127.0.0.1:8420", "::1:8420", false),
            ("127.0.0.1:8420", "0x7f000001:8420", false),
        ];
        for (local, host, allowed) in cases {
            assert_eq!(
                names(host, local.parse().unwrap()),
                allowed,
                "{host} at {local}"
            );
        }
    }

    #[test]
    fn one_host_header_is_needed_and_the_target_must_agree() {
        let local = "127.0.0.1:8420".parse().unwrap();
        let allowed = |target: &str, hosts: &[&str]| {
            let mut request = Request::builder().uri(target);
            for host in hosts {
                request = request.header(HOST, *host);
            }
            refuse_host(&request.body(()).unwrap(), local, None).is_none()
        };
        assert!(allowed("/", &["127.0.0.1:8420"]));
        assert!(!allowed("/", &[]));
        assert!(!allowed("/", &["127.0.0.1:8420", "127.0.0.1:8420"]));
        assert!(allowed("http://127.0.0.1:8420/", &["127.0.0.1:8420"]));
        assert!(!allowed(
            "http://rebound.example:8420/",
            &["127.0.0.1:8420"]
        ));
    }

    #[test]
    fn forms_of_other_pages_are_refused() {
        let host = ("host", "127.0.0.1:8420");
        let own = ("origin", "http://127.0.0.1:8420");
        let site = "sec-fetch-site";
        let cases = [
            (vec![host], true),
            (vec![host, own], true),
            (vec![host, own, (site, "same-origin")], true),
            (vec![host, own, (site, "none")], true),
            (vec![host, own, (site, "cross-site")], false),
            (vec![host, (site, "same-site")], false),
            (vec![host, ("origin", "null")], false),
            (vec![host, ("origin", "https://127.0.0.1:8420")], false),
            (vec![host, ("origin", "http://127.0.0.1:8421")], false),
            (vec![host, ("origin", "http://other.example")], false),
            (vec![host, ("origin", "http://ä")], false),
        ];
        for (pairs, own) in cases {
            assert_eq!(is_own_form(&headers(&pairs), None), own, "{pairs:?}");
        }
    }

    #[test]
    fn behind_a_name_that_name_counts_too() {
        let public: PublicUrl = "https://alice.example".parse().unwrap();
        let local = "127.0.0.1:8420".parse().unwrap();
        let allowed = |host: &str| {
            let request = Request::builder().uri("/").header(HOST, host);
            refuse_host(&request.body(()).unwrap(), local, Some(&public)).is_none()
        };
        assert!(allowed("alice.example") && allowed("127.0.0.1:8420"));
        assert!(!allowed("alice.example:8420") && !allowed("bob.example"));
        let own = |host, origin| {
            let pairs = [("host", host), ("origin", origin)];
            is_own_form(&headers(&pairs), Some(&public))
        };
        assert!(own("alice.example", "https://alice.example"));
        assert!(own("127.0.0.1:8420", "http://127.0.0.1:8420"));
        assert!(!own("alice.example", "http://alice.example"));
        assert!(!own("alice.example", "https://bob.example"));
        assert!(!own("127.0.0.1:8420", "https://alice.example"));
    }

    #[test]
    fn background_requests_of_other_sites_are_told_from_links() {
        let (site, mode) = ("sec-fetch-site", "sec-fetch-mode");
        let cases = [
            (vec![], false),
            (vec![(site, "same-origin"), (mode, "cors")], false),
            (vec![(site, "none"), (mode, "navigate")], false),
            (vec![(site, "cross-site"), (mode, "navigate")], false),
            (vec![(site, "cross-site"), (mode, "no-cors")], true),
            (vec![(site, "same-site"), (mode, "cors")], true),
            (vec![(site, "cross-site")], true),
        ];
        for (pairs, foreign) in cases {
            assert_eq!(is_foreign_fetch(&headers(&pairs)), foreign, "{pairs:?}");
        }
    }
}
