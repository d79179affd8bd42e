//! Answers of the few shapes that this server gives.

use crate::app::model::{AppError, ErrorKind};
use crate::said::{Said, Value};
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

/// A page that can't be shown, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    /// What it means to a program.
    pub(super) status: StatusCode,
    /// What happened, and thus what to do about it.
    pub(super) trouble: ui::Trouble,
}

impl Problem {
    pub(super) fn not_found() -> Self {
        Self {
            status: StatusCode::NOT_FOUND,
            trouble: ui::Trouble::NotFound,
        }
    }

    pub(super) fn not_mine() -> Self {
        Self {
            status: StatusCode::FORBIDDEN,
            trouble: ui::Trouble::NotMine,
        }
    }

    pub(super) fn foreign_form() -> Self {
        Self {
            status: StatusCode::FORBIDDEN,
            trouble: ui::Trouble::ForeignForm,
        }
    }

    pub(super) fn bad_form(status: StatusCode, trouble: ui::FormTrouble) -> Self {
        Self {
            status,
            trouble: ui::Trouble::Form(trouble),
        }
    }

    pub(super) fn not_allowed() -> Self {
        Self {
            status: StatusCode::METHOD_NOT_ALLOWED,
            trouble: ui::Trouble::NotAllowed,
        }
    }

    pub(super) fn into_answer(self, language: ui::Language) -> Answer {
        let page = ui::error(language, self.status.as_u16(), &self.trouble);
        html(self.status, page)
    }
}

impl From<AppError> for Problem {
    fn from(error: AppError) -> Self {
        let why = ui::Reason::from(&error.message);
        Self {
            status: status_of(&error),
            trouble: match error.kind {
                ErrorKind::BadRequest => ui::Trouble::Refused(why),
                ErrorKind::NotFound => ui::Trouble::Missing(why),
                ErrorKind::Failed => ui::Trouble::Failed(why),
            },
        }
    }
}

/// What a page says of what was said.
impl From<&Said> for ui::Reason {
    fn from(said: &Said) -> Self {
        let reason = Self::new(said.code(), said.as_english());
        let values = said.values().iter();
        values.fold(reason, |reason, (name, value)| match value {
            Value::Text(text) => reason.with_text(name, text),
            Value::Number(number) => reason.with_number(name, *number),
        })
    }
}

/// An error as a sentence for who is shown no page.
pub(super) fn sentence(error: &AppError, language: ui::Language) -> String {
    ui::Reason::from(&error.message).to_text(language)
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
