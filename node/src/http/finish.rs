//! What is done to an answer on its way out: a page gets the look that its browser chose, and text is made smaller.
//!
//! Compressing a page can tell something of its secrets to who sees its length and may choose a part of it (the attack BREACH).
//! The one secret that stands in pages, the form token, is masked anew each time (`session`), so that it shares no bytes with
//! anything; and other sites get no page by this browser's session at all (`SameSite`, `guard::is_foreign_fetch`).

use super::respond::{self, Answer};
use flate2::Compression;
use flate2::write::GzEncoder;
use hearth_web_ui::{Look, dressed};
use http_body_util::BodyExt;
use hyper::body::{Body as _, Bytes};
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};
use warp::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, ETAG,
    HeaderValue, IF_NONE_MATCH, VARY,
};
use warp::http::{HeaderMap, Request, StatusCode};

/// The cookie in which a browser keeps its look. Other nodes on this machine may share it: it is no secret.
pub(super) const LOOK_COOKIE: &str = "hearth_look";
/// Shorter answers fit in one packet anyway; longer ones are no pages.
const BYTES_MIN: u64 = 1024;
const BYTES_MAX: u64 = 8 << 20;
/// Pages are made anew each time: most of the gain for little of the work.
const PAGE_LEVEL: u32 = 4;
const ASSET_LEVEL: u32 = 9;
/// What stands for a file that never changes under its name.
const ASSETS: &str = "/static/";

/// The embedded files as they were made smaller once, by their paths.
#[derive(Default)]
pub(super) struct Packed(Mutex<BTreeMap<String, Bytes>>);

/// What a request says about how its answer should be.
pub(super) struct Finish {
    gzip: bool,
    look: Look,
    asset: Option<String>,
}

impl Finish {
    /// Reads it. That the browser has a public page already counts for nothing where it would wear another look now.
    pub(super) fn of<B>(request: &mut Request<B>) -> Self {
        let path = request.uri().path();
        let asset = path.starts_with(ASSETS).then(|| path.to_owned());
        let look = look(request.headers());
        if look != Look::default() {
            request.headers_mut().remove(IF_NONE_MATCH);
        }
        Self {
            gzip: takes_gzip(request.headers()) && !is_led_here(request.headers()),
            look,
            asset,
        }
    }

    /// The answer as it goes out.
    pub(super) async fn apply(self, answer: Answer, packed: &Packed) -> Answer {
        let Some(kind) = Kind::of(&answer) else {
            return answer;
        };
        let is_done = kind == Kind::Text && !self.gzip;
        let length = answer.body().size_hint().exact();
        let fits = length.is_some_and(|length| (BYTES_MIN..=BYTES_MAX).contains(&length));
        if is_done || !fits || answer.headers().contains_key(CONTENT_ENCODING) {
            return varying(answer);
        }
        let (mut parts, body) = answer.into_parts();
        let Ok(whole) = body.collect().await else {
            let text = "The answer broke off.\n".to_owned();
            return respond::plain(StatusCode::INTERNAL_SERVER_ERROR, text);
        };
        let mut bytes = whole.to_bytes();
        if kind == Kind::Page && self.look != Look::default() {
            bytes = worn(bytes, self.look);
            // It is this browser's now, public or not.
            parts.headers.remove(ETAG);
            let own = HeaderValue::from_static("no-store");
            parts.headers.insert(CACHE_CONTROL, own);
        }
        if self.gzip {
            let asset = self.asset.filter(|_| parts.status == StatusCode::OK);
            bytes = match asset {
                Some(path) => packed.of(path, &bytes),
                None => gzip(&bytes, PAGE_LEVEL),
            };
            let encoding = HeaderValue::from_static("gzip");
            parts.headers.insert(CONTENT_ENCODING, encoding);
            weaken(&mut parts.headers);
        }
        parts.headers.remove(CONTENT_LENGTH);
        varying(Answer::from_parts(parts, bytes.into()))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Page,
    /// Styles, scripts, drawings: text that is the same for everybody.
    Text,
}

impl Kind {
    fn of(answer: &Answer) -> Option<Self> {
        let kind = answer.headers().get(CONTENT_TYPE)?.to_str().ok()?;
        match kind.split(';').next().unwrap_or_default() {
            "text/html" => Some(Self::Page),
            "text/css"
            | "text/javascript"
            | "image/svg+xml"
            | "application/manifest+json"
            | "application/atom+xml" => Some(Self::Text),
            _ => None,
        }
    }
}

impl Packed {
    /// A file made small, the first time it is asked for. There are as many as embedded files.
    fn of(&self, path: String, bytes: &Bytes) -> Bytes {
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(small) = lock().get(&path) {
            return small.clone();
        }
        let small = gzip(bytes, ASSET_LEVEL);
        lock().insert(path, small.clone());
        small
    }
}

fn varying(mut answer: Answer) -> Answer {
    let by = HeaderValue::from_static("accept-encoding");
    answer.headers_mut().append(VARY, by);
    answer
}

/// The same page, other bytes: its tag says so (RFC 9110, 8.8.1).
fn weaken(headers: &mut HeaderMap) {
    let tag = headers.get(ETAG).and_then(|tag| tag.to_str().ok());
    let weak = tag.filter(|tag| !tag.starts_with("W/"));
    let weak = weak.and_then(|tag| HeaderValue::from_str(&format!("W/{tag}")).ok());
    if let Some(weak) = weak {
        headers.insert(ETAG, weak);
    }
}

fn worn(bytes: Bytes, look: Look) -> Bytes {
    match String::from_utf8(bytes.into()) {
        Ok(page) => dressed(page, look).into(),
        Err(other) => other.into_bytes().into(),
    }
}

fn gzip(bytes: &[u8], level: u32) -> Bytes {
    let packed = || -> io::Result<Vec<u8>> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::new(level));
        encoder.write_all(bytes)?;
        encoder.finish()
    };
    packed().expect("writing into memory doesn't fail").into()
}

/// The look that a browser keeps; unless it says otherwise, the usual one.
pub(super) fn look(headers: &HeaderMap) -> Look {
    let lines = headers.get_all(COOKIE).iter();
    let mut pairs = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    let kept = pairs.find(|(name, _)| *name == LOOK_COOKIE);
    kept.map(|(_, value)| Look::of_cookie(value))
        .unwrap_or_default()
}

/// Whether a client reads gzip (RFC 9110, 12.5.3).
/// Whether another site sent the browser here: it may have chosen a part of the page (such as what is looked for) and see how
/// long the answer is.
fn is_led_here(headers: &HeaderMap) -> bool {
    let site = headers.get("sec-fetch-site");
    site.is_some_and(|site| matches!(site.as_bytes(), b"cross-site" | b"same-site"))
}

fn takes_gzip(headers: &HeaderMap) -> bool {
    let lines = headers.get_all(ACCEPT_ENCODING).iter();
    let mut codings = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','));
    codings.any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let is_gzip = parts
            .next()
            .is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
        let is_refused = parts
            .filter_map(|weight| weight.strip_prefix("q="))
            .any(|weight| weight.parse::<f32>().is_ok_and(|weight| weight <= 0.0));
        is_gzip && !is_refused
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use flate2::read::GzDecoder;
    use std::io::Read;

    fn request(path: &str, headers: &[(&str, &str)]) -> Request<()> {
        let mut request = Request::get(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap()
    }

    async fn sent(answer: Answer) -> (HeaderMap, Vec<u8>) {
        let (parts, body) = answer.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        (parts.headers, bytes.to_vec())
    }

    fn unpacked(bytes: &[u8]) -> String {
        let mut text = String::new();
        GzDecoder::new(bytes).read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn gzip_is_sent_to_who_reads_it() {
        let cases = [
            ("gzip, deflate, br", true),
            ("br;q=1.0, GZIP;q=0.5", true),
            ("identity", false),
            ("gzip;q=0", false),
            ("gzip; q=0.0, br", false),
            ("xgzip", false),
            ("", false),
        ];
        for (accepts, taken) in cases {
            let asked = request("/", &[("accept-encoding", accepts)]);
            assert_eq!(takes_gzip(asked.headers()), taken, "{accepts}");
        }
        assert!(!takes_gzip(request("/", &[]).headers()));
    }

    #[tokio::test]
    async fn pages_are_dressed_and_made_small() {
        let page = hearth_web_ui::sign_in(&hearth_web_ui::SignInPage::default());
        let answer = || respond::html(StatusCode::OK, page.clone());
        let packed = Packed::default();

        let plain = Finish::of(&mut request("/", &[])).apply(answer(), &packed);
        let (headers, bytes) = sent(plain.await).await;
        assert_eq!(bytes, page.as_bytes());
        assert_eq!(headers[VARY], "accept-encoding");
        assert!(!headers.contains_key(CONTENT_ENCODING));

        let dark = [
            ("accept-encoding", "gzip"),
            ("cookie", "a=b; hearth_look=dark"),
        ];
        let small = Finish::of(&mut request("/", &dark)).apply(answer(), &packed);
        let (headers, bytes) = sent(small.await).await;
        assert_eq!(headers[CONTENT_ENCODING], "gzip");
        assert!(bytes.len() < page.len() * 3 / 4);
        assert!(unpacked(&bytes).contains("data-theme=\"dark\""));
    }

    #[tokio::test]
    async fn a_public_page_in_a_look_of_ones_own_isnt_shared() {
        let public = || {
            let mut answer = respond::html(
                StatusCode::OK,
                hearth_web_ui::sign_in(&hearth_web_ui::SignInPage::default()),
            );
            let headers = answer.headers_mut();
            headers.insert(ETAG, HeaderValue::from_static("\"x\""));
            headers.insert(
                CACHE_CONTROL,
                HeaderValue::from_static("public, max-age=60"),
            );
            answer
        };
        let packed = Packed::default();
        let known = [("accept-encoding", "gzip"), ("if-none-match", "\"x\"")];
        let mut asked = request("/@alice", &known);
        let finish = Finish::of(&mut asked);
        assert!(asked.headers().contains_key(IF_NONE_MATCH));
        let (headers, _) = sent(finish.apply(public(), &packed).await).await;
        assert_eq!(headers[ETAG], "W/\"x\"");
        assert_eq!(headers[CACHE_CONTROL], "public, max-age=60");

        let mut asked = request("/@alice", &[known[1], ("cookie", "hearth_look=light")]);
        let finish = Finish::of(&mut asked);
        assert!(!asked.headers().contains_key(IF_NONE_MATCH));
        let (headers, _) = sent(finish.apply(public(), &packed).await).await;
        assert!(!headers.contains_key(ETAG));
        assert_eq!(headers[CACHE_CONTROL], "no-store");
    }

    #[tokio::test]
    async fn what_isnt_text_and_what_is_short_goes_as_it_is() {
        let packed = Packed::default();
        let asked = || Finish::of(&mut request("/static/x", &[("accept-encoding", "gzip")]));
        let short = respond::html(StatusCode::OK, "<p>Short".into());
        let (headers, bytes) = sent(asked().apply(short, &packed).await).await;
        assert!(!headers.contains_key(CONTENT_ENCODING) && bytes == b"<p>Short");
        let plain = respond::plain(StatusCode::OK, "x".repeat(5_000));
        let (headers, bytes) = sent(asked().apply(plain, &packed).await).await;
        assert!(!headers.contains_key(CONTENT_ENCODING) && bytes.len() == 5_000);
        assert!(packed.0.lock().unwrap().is_empty());
    }
}
