//! What somebody sees who isn't signed in.

use crate::language::Language;
use crate::page::plain_page;
use maud::html;

/// The signed-out page; `problem` says why the last link didn't work.
pub fn sign_in(problem: Option<&str>) -> String {
    let content = html! {
        section.card {
            h1 { "Come in" }
            @if let Some(problem) = problem {
                p.notice.problem role="alert" dir="auto" { (problem) }
            }
            p { "This is somebody's own server. If it is yours, run this on the machine it runs on:" }
            pre { code { "hearth open" } }
            p.quiet { "It prints a link that works once and for a short while. Follow it, and this browser is signed in." }
        }
    };
    plain_page(Language::default(), "Sign in", &content)
}
