//! The API's verbs about spaces, and how a request says for whom something is.

use serde::Deserialize;
use serde_json::Value;

use super::api::{bad_request, parse, value};
use crate::app::App;
use crate::app::model::{AppError, Audience, Wish};

/// For whom something shall be.
pub(super) struct Asked {
    /// `public`, `friends` or `private`.
    pub(super) audience: Option<Audience>,
    /// A space's id or name.
    pub(super) space: Option<String>,
    /// Somebody's key.
    pub(super) to: Option<String>,
    /// `true` is another way to say `"audience": "public"`.
    pub(super) public: Option<bool>,
}

impl Asked {
    /// What is wished; nothing where nothing was said.
    pub(super) fn wish(self) -> Result<Option<Wish>, AppError> {
        let word = match self.audience {
            None => None,
            Some(Audience::Public) => Some(Wish::Public),
            Some(Audience::Friends) => Some(Wish::Friends),
            Some(Audience::Private) => Some(Wish::Private),
            Some(Audience::Shared) if self.space.is_some() => None,
            Some(Audience::Direct) if self.to.is_some() => None,
            Some(Audience::Shared) => {
                return Err(bad_request("Which space? Name it as \"space\"."));
            }
            Some(Audience::Direct) => {
                return Err(bad_request("To whom? Give their key as \"to\"."));
            }
        };
        let public = self.public.filter(|is| *is).map(|_| Wish::Public);
        let wishes = [
            word,
            self.space.map(Wish::Space),
            self.to.map(Wish::To),
            public,
        ];
        let mut wishes = wishes.into_iter().flatten();
        let wish = wishes.next();
        if wishes.any(|other| Some(other) != wish) {
            return Err(bad_request(
                "A post goes to one place: say only one of \"audience\", \"space\" and \"to\".",
            ));
        }
        Ok(wish)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewSpace {
    name: String,
    #[serde(default)]
    members: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfSpace {
    space: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewMember {
    space: String,
    key: String,
    #[serde(default)]
    with_past: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Member {
    space: String,
    key: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Renamed {
    space: String,
    name: String,
}

/// Answers a verb about spaces; None if it is about something else.
pub(super) async fn answer(app: &App, verb: &str, body: &[u8]) -> Result<Option<Value>, AppError> {
    let space = match verb {
        "spaces" => return value(app.spaces().await?).map(Some),
        "space" => app.space(&parse::<OfSpace>(body)?.space).await?,
        "space-create" => {
            let NewSpace { name, members } = parse(body)?;
            app.space_create(&name, members).await?
        }
        "space-add" => {
            let NewMember {
                space,
                key,
                with_past,
            } = parse(body)?;
            app.space_add(&space, &key, with_past).await?
        }
        "space-remove" => {
            let Member { space, key } = parse(body)?;
            app.space_remove(&space, &key).await?
        }
        "space-promote" => {
            let Member { space, key } = parse(body)?;
            app.space_promote(&space, &key).await?
        }
        "space-rename" => {
            let Renamed { space, name } = parse(body)?;
            app.space_rename(&space, &name).await?
        }
        "space-leave" => app.space_leave(&parse::<OfSpace>(body)?.space).await?,
        _ => return Ok(None),
    };
    value(space).map(Some)
}
