//! Answers of the few shapes that this server gives.

use crate::app::model::{AppError, ErrorKind};
use hearth_web_ui as ui;
use serde::Serialize;
use warp::Reply;
use warp::http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue, LOCATION};
use warp::http::{Response, StatusCode};

/// What goes back to the client.
pub(super) type Answer = warp::reply::Response;

/// A page.
pub(super) fn html(status: StatusCode, page: String) -> Answer {
    with_status(status, warp::reply::html(page))
}

/// A value.
pub(super) fn json<T: Serialize>(status: StatusCode, value: &T) -> Answer {
    with_status(status, warp::reply::json(value))
}

/// A line for whoever isn't shown a page.
pub(super) fn plain(status: StatusCode, text: String) -> Answer {
    with_status(status, text)
}

fn with_status(status: StatusCode, reply: impl Reply) -> Answer {
    warp::reply::with_status(reply, status).into_response()
}

/// "Look there", by GET whatever the request was.
pub(super) fn see_other(location: &str) -> Answer {
    // Places are made of keys and ids; one that can't stand in a header isn't ours.
    let location =
        HeaderValue::from_str(location).unwrap_or_else(|_| HeaderValue::from_static("/"));
    let mut answer = StatusCode::SEE_OTHER.into_response();
    answer.headers_mut().insert(LOCATION, location);
    answer
}

/// An embedded file. `fixed`: its name changes with its content.
pub(super) fn asset(asset: ui::Asset, fixed: bool) -> Answer {
    let mut answer = Response::new(asset.bytes.into());
    let age = if fixed {
        "public, max-age=31536000, immutable"
    } else {
        "public, max-age=3600"
    };
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(asset.content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(age));
    answer
}

/// A text that is made of embedded files, the same for everybody; browsers ask each time whether it is another now.
pub(super) fn text(kind: &'static str, text: String) -> Answer {
    let mut answer = Response::new(text.into());
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    answer
}

/// The page for who isn't signed in; `problem` says what went wrong on the way in.
pub(super) fn sign_in(status: StatusCode, problem: Option<&str>) -> Answer {
    html(status, ui::sign_in(problem))
}

/// A page that can't be shown, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    /// What it means to a program.
    pub(super) status: StatusCode,
    /// What it means in a word.
    pub(super) title: &'static str,
    /// What happened.
    pub(super) message: String,
    /// What to do about it.
    pub(super) advice: &'static str,
}

impl Problem {
    pub(super) fn not_found() -> Self {
        Self {
            status: StatusCode::NOT_FOUND,
            title: "Not here",
            message: "There is nothing at this address.".into(),
            advice: "Check the address, or begin again from home.",
        }
    }

    pub(super) fn not_mine() -> Self {
        Self {
            status: StatusCode::FORBIDDEN,
            title: "Not yours",
            message: "Only who wrote a post can change or delete it.".into(),
            advice: "You can reply to it instead.",
        }
    }

    pub(super) fn foreign_form() -> Self {
        Self {
            status: StatusCode::FORBIDDEN,
            title: "Nothing was done",
            message: "This form doesn't belong to your present session.".into(),
            advice: "Go back, reload the page and send it again.",
        }
    }

    pub(super) fn bad_form(status: StatusCode, message: String) -> Self {
        Self {
            status,
            title: "Nothing was done",
            message: format!("The form couldn't be read: {message}."),
            advice: "Go back; what you wrote is still there. Shorten it, or try again.",
        }
    }

    pub(super) fn not_allowed() -> Self {
        Self {
            status: StatusCode::METHOD_NOT_ALLOWED,
            title: "Not like this",
            message: "This address doesn't answer to such a request.".into(),
            advice: "Open it as a page, or begin again from home.",
        }
    }

    pub(super) fn into_answer(self) -> Answer {
        let page = ui::error(self.status.as_u16(), self.title, &self.message, self.advice);
        html(self.status, page)
    }
}

impl From<AppError> for Problem {
    fn from(error: AppError) -> Self {
        let (title, advice) = match error.kind {
            ErrorKind::BadRequest => ("That doesn't work", "Go back and change it."),
            ErrorKind::NotFound => (
                "Not here",
                "If somebody else holds it, it may still arrive. You can begin again from home.",
            ),
            ErrorKind::Failed => (
                "That failed",
                "Try again; if it keeps failing, look at what the server logs.",
            ),
        };
        Self {
            status: status_of(&error),
            title,
            message: sentence(&error.message),
            advice,
        }
    }
}

/// An error's words, which go on after a colon in a terminal, as a sentence on a page.
pub(super) fn sentence(words: &str) -> String {
    let mut rest = words.chars();
    let first = rest.next().into_iter().flat_map(char::to_uppercase);
    let end = if words.ends_with(['.', '!', '?']) {
        ""
    } else {
        "."
    };
    first.chain(rest.as_str().chars()).collect::<String>() + end
}

/// The HTTP status that says what an error's kind says.
pub(super) fn status_of(error: &AppError) -> StatusCode {
    match error.kind {
        ErrorKind::BadRequest => StatusCode::BAD_REQUEST,
        ErrorKind::NotFound => StatusCode::NOT_FOUND,
        ErrorKind::Failed => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// "Not by this method": `allowed` are those that are.
pub(super) fn allow(mut answer: Answer, allowed: &'static str) -> Answer {
    let allowed = HeaderValue::from_static(allowed);
    answer.headers_mut().insert(ALLOW, allowed);
    answer
}
