//! What reads requests: nothing in one breaks it, and nobody gets in by a spelling.
#![allow(clippy::unwrap_used)]

use super::forms::Fields;
use super::guard::{is_foreign_fetch, is_own_form, refuse_host};
use super::request::Head;
use crate::bent::{bent, bent_text};
use proptest::prelude::*;
use std::net::Ipv4Addr;
use warp::http::header::{AUTHORIZATION, COOKIE, HOST, HeaderValue, ORIGIN};
use warp::http::{HeaderMap, Method, Request};

const FORMS: [&str; 5] = [
    "text=a+b%20c%C3%A9&csrf=00&reply_to=",
    "a=1&a=2&b",
    "=&&=",
    "before=00001790000000000000&limit=40",
    "a=1&b=1&c=1&d=1&e=1&f=1&g=1&h=1&i=1&j=1&k=1&l=1&m=1&n=1&o=1&p=1",
];
const HOSTS: [&str; 7] = [
    "localhost:8420",
    "127.0.0.1:8420",
    "[::1]:8420",
    "LOCALHOST:8420",
    "user@localhost:8420",
    "evil.example:8420",
    "[::ffff:127.0.0.1]:8420",
];
const COOKIES: [&str; 3] = [
    "hearth_session=0123; other=1;hearth_session = 4",
    "hearth_session==;;;=",
    "a=b",
];

/// The names by which a page on this machine may call itself: an address that was reached, or `localhost`.
fn is_here(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let Some((name, port)) = host.rsplit_once(':') else {
        return false;
    };
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    let is_loopback = bare
        .parse::<std::net::IpAddr>()
        .is_ok_and(|ip| ip.to_canonical().is_loopback());
    port.trim_start_matches('0') == "8420" && (name == "localhost" || is_loopback)
}

proptest! {
    #[test]
    fn no_host_gets_in_by_its_spelling(host in bent(&HOSTS)) {
        let Ok(value) = HeaderValue::from_bytes(&host) else {
            return Ok(());
        };
        let request = Request::builder().uri("/").header(HOST, value).body(()).unwrap();
        let local = "127.0.0.1:8420".parse().unwrap();
        if refuse_host(&request, local, None).is_none() {
            let host = String::from_utf8(host).unwrap();
            prop_assert!(is_here(&host), "{host:?}");
        }
    }

    #[test]
    fn forms_and_queries_are_read_or_refused(bytes in bent(&FORMS)) {
        let form = Fields::parse_form(&bytes);
        if let Ok(fields) = &form {
            prop_assert!(!fields.text("text").contains("\r\n"));
            prop_assert_eq!(fields.text("not there"), "");
        }
        if let Ok(text) = std::str::from_utf8(&bytes) {
            // They differ in line ends alone.
            prop_assert_eq!(Fields::parse_query(text).is_ok(), form.is_ok());
        }
    }

    #[test]
    fn cookies_tokens_and_origins_are_only_what_they_are(
        cookie in bent(&COOKIES),
        bearer in bent(&["Bearer abc", "bearer  abc ", "Basic abc"]),
        origin in bent(&["http://localhost:8420", "null", "https://evil.example"]),
    ) {
        let mut headers = HeaderMap::new();
        for (name, value) in [(COOKIE, &cookie), (AUTHORIZATION, &bearer), (ORIGIN, &origin)] {
            if let Ok(value) = HeaderValue::from_bytes(value) {
                headers.append(name, value);
            }
        }
        let _ = (is_own_form(&headers, None), is_foreign_fetch(&headers));
        let head = Head { method: Method::GET, path: "/".into(), query: String::new(), headers, from: Ipv4Addr::LOCALHOST.into() };
        for value in head.cookies("hearth_session") {
            prop_assert!(!value.contains(';'));
        }
        if let Some(token) = head.bearer() {
            prop_assert!(bearer.to_ascii_lowercase().starts_with(b"bearer "));
            prop_assert_eq!(token.trim(), token);
        }
    }

    #[test]
    fn a_query_that_makes_no_sense_counts_as_none(query in bent_text(&FORMS)) {
        let headers = HeaderMap::new();
        let head = Head { method: Method::GET, path: "/".into(), query: query.clone(), headers, from: Ipv4Addr::LOCALHOST.into() };
        let fields = Fields::parse_query(&query).unwrap_or_default();
        prop_assert_eq!(head.query(), fields);
    }
}
