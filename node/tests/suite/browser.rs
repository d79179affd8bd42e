//! A browser without scripts, over plain HTTP/1.1.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::TcpStream;

use crate::harness::{Node, PATIENCE};

/// An answer, its header names in lower case.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

impl Answer {
    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .unwrap_or_else(|| panic!("no {name} in {self:?}"))
    }

    /// Where a redirect leads.
    #[track_caller]
    pub(crate) fn leads_to(&self) -> &str {
        assert_eq!(self.status, 303, "{self:?}");
        self.header("location")
    }
}

/// A browser: it knows a server, and keeps its cookie.
pub(crate) struct Browser {
    pub(crate) web: String,
    pub(crate) cookie: Option<String>,
}

impl Browser {
    pub(crate) fn of(node: &Node<'_>) -> Self {
        Self {
            web: node.web(),
            cookie: None,
        }
    }

    /// Signed in by a link.
    #[track_caller]
    pub(crate) fn signed_in(node: &Node<'_>, link: &str) -> Self {
        let mut browser = Self::of(node);
        let answer = browser.get(&path(link));
        assert_eq!(answer.leads_to(), "/");
        let cookie = answer
            .header("set-cookie")
            .split(';')
            .next()
            .unwrap()
            .to_owned();
        browser.cookie = Some(cookie);
        browser
    }

    pub(crate) fn request(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let mut stream = self.send(method, path, headers, body);
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        parse(&bytes)
    }

    pub(crate) fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> TcpStream {
        let mut text = format!("{method} {path} HTTP/1.1\r\nconnection: close\r\n");
        let mut add = |name: &str, value: &str| write!(text, "{name}: {value}\r\n").unwrap();
        if !headers.iter().any(|(name, _)| *name == "host") {
            add("host", &self.web);
        }
        headers.iter().for_each(|(name, value)| add(name, value));
        if let Some(cookie) = &self.cookie {
            add("cookie", cookie);
        }
        if method == "POST" {
            add("content-length", &body.len().to_string());
        }
        let mut stream = TcpStream::connect(&self.web).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
            .write_all(format!("{text}\r\n{body}").as_bytes())
            .unwrap();
        stream
    }

    /// Begins to send a form, and leaves it at that.
    pub(crate) fn send_part(
        &self,
        path: &str,
        headers: &[(&str, String)],
        part: &str,
    ) -> TcpStream {
        let (web, cookie) = (&self.web, self.cookie.as_deref().unwrap_or_default());
        let mut text = format!("POST {path} HTTP/1.1\r\nhost: {web}\r\ncookie: {cookie}\r\n");
        for (name, value) in headers {
            write!(text, "{name}: {value}\r\n").unwrap();
        }
        let mut stream = TcpStream::connect(web).unwrap();
        let text = format!("{text}\r\n{part}");
        stream.write_all(text.as_bytes()).unwrap();
        stream
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.request("GET", path, &[], "")
    }

    #[track_caller]
    pub(crate) fn page(&self, path: &str) -> String {
        let answer = self.get(path);
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        answer.body
    }

    /// Sends a form as a page of this server holds it.
    pub(crate) fn submit(&self, page: &str, action: &str, fields: &[(&str, &str)]) -> Answer {
        let csrf = csrf(&self.page(page));
        let fields: Vec<_> = fields
            .iter()
            .copied()
            .chain([("csrf", csrf.as_str())])
            .collect();
        self.send_form(action, &fields, &[])
    }

    pub(crate) fn send_form(
        &self,
        action: &str,
        fields: &[(&str, &str)],
        headers: &[(&str, &str)],
    ) -> Answer {
        let body: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{name}={}", escaped(value)))
            .collect();
        let kind = ("content-type", "application/x-www-form-urlencoded");
        self.request(
            "POST",
            action,
            &[headers, &[kind]].concat(),
            &body.join("&"),
        )
    }
}

fn parse(bytes: &[u8]) -> Answer {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let (head, body) = text
        .split_once("\r\n\r\n")
        .unwrap_or_else(|| panic!("no answer: {text:?}"));
    let mut lines = head.lines();
    let status = lines
        .next()
        .unwrap()
        .split(' ')
        .nth(1)
        .unwrap()
        .parse()
        .unwrap();
    let headers: BTreeMap<_, _> = lines.map(|line| line.split_once(": ").unwrap()).fold(
        BTreeMap::new(),
        |mut headers, (name, value)| {
            let name = name.to_lowercase();
            // A second cookie doesn't take the first one's place.
            let name = match headers.contains_key(&name) && name == "set-cookie" {
                true => "set-cookie (2)".to_owned(),
                false => name,
            };
            headers.insert(name, value.to_owned());
            headers
        },
    );
    let chunked = headers
        .get("transfer-encoding")
        .is_some_and(|kind| kind == "chunked");
    Answer {
        status,
        headers,
        body: if chunked {
            joined(body)
        } else {
            body.to_owned()
        },
    }
}

/// A body out of its chunks.
fn joined(mut rest: &str) -> String {
    let mut body = String::new();
    while let Some((size, after)) = rest.split_once("\r\n") {
        let size = usize::from_str_radix(size, 16).unwrap();
        body.push_str(&after[..size]);
        rest = after[size..].strip_prefix("\r\n").unwrap();
    }
    body
}

fn escaped(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

pub(crate) fn path(link: &str) -> String {
    format!("/{}", link.splitn(4, '/').nth(3).unwrap())
}

/// The form token that a page carries.
#[track_caller]
pub(crate) fn csrf(page: &str) -> String {
    let after = page
        .split("name=\"csrf\" value=\"")
        .nth(1)
        .unwrap_or_else(|| panic!("no form in {page}"));
    after.split('"').next().unwrap().to_owned()
}
