//! Whether a page that is open shows all there is, told without making it anew.
//!
//! A page's posts have a mark. A script that brings an open page up to date sends the mark of what it got last, and is told
//! that there is nothing else by an answer without a body.

use crate::app::model::Post;
use crate::http::forms::Fields;
use crate::http::respond::{self, Answer};
use warp::http::StatusCode;
use warp::http::header::HeaderValue;

/// The field of a query with the mark that a script knows.
const FIELD: &str = "shown";
/// The header with the mark of what is sent.
const HEADER: &str = "hearth-shown";
const MARK_DIGITS: usize = 32;

/// What some posts look like, and what people think of them.
pub(super) struct Mark(String);

impl Mark {
    /// The mark of posts; of none there is none, as there may be other things to see then.
    pub(super) fn of(posts: &[Post]) -> Option<Self> {
        let posts = Some(posts).filter(|posts| !posts.is_empty())?;
        let hash = blake3::hash(&serde_json::to_vec(posts).ok()?).to_hex();
        Some(Self(hash[..MARK_DIGITS].to_owned()))
    }

    /// The answer to who has it all.
    pub(super) fn answer(&self, query: &Fields) -> Option<Answer> {
        let is_shown = query.given(FIELD) == Some(self.0.as_str());
        is_shown.then(|| {
            let mut answer = respond::plain(StatusCode::NO_CONTENT, String::new());
            answer
                .headers_mut()
                .remove(warp::http::header::CONTENT_TYPE);
            answer
        })
    }

    /// Puts the mark beside what it is of.
    pub(super) fn put_on(&self, answer: &mut Answer) {
        if let Ok(mark) = HeaderValue::from_str(&self.0) {
            answer.headers_mut().insert(HEADER, mark);
        }
    }
}
