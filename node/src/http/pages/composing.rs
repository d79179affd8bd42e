//! What a form for a post says besides its text: photos, what is on them, a warning.

use super::Visit;
use crate::app::model::{AppError, ChosenPhoto, ErrorKind, NewWords};
use crate::http::forms::Fields;
use crate::said::said;
use hearth_web_ui::{self as ui, Attached, DraftPhoto};

/// How many photos a form names.
const PHOTOS_MAX: usize = 8;

impl Visit<'_> {
    /// A box for a post, with the photos and the warning that were sent.
    pub(super) fn taking(&self, composer: ui::Composer) -> ui::Composer {
        ui::Composer {
            attached: self.attached.clone(),
            ..composer
        }
    }
}

/// The photos and the warning of a form, arranged as it wishes.
pub(super) fn attached(form: &Fields) -> Attached {
    let photos = (0..PHOTOS_MAX).filter_map(|index| {
        Some(DraftPhoto {
            draft: form.given(&format!("photo-{index}"))?.into(),
            alt: form.text(&format!("alt-{index}")).trim().into(),
            needs_none: form.given(&format!("plain-{index}")).is_some(),
        })
    });
    let mut photos: Vec<DraftPhoto> = photos.collect();
    if let Some((verb, index)) = form.given("arrange").and_then(arrangement) {
        match verb {
            "remove" if index < photos.len() => _ = photos.remove(index),
            "earlier" if (1..photos.len()).contains(&index) => photos.swap(index - 1, index),
            _ => {}
        }
    }
    Attached::New {
        warning: warning(form),
        photos,
    }
}

/// What a button between photos wishes.
fn arrangement(value: &str) -> Option<(&str, usize)> {
    let (verb, index) = value.split_once('-')?;
    Some((verb, index.parse().ok()?))
}

fn warning(form: &Fields) -> Option<String> {
    Some(form.text("warning").trim())
        .filter(|warning| !warning.is_empty())
        .map(Into::into)
}

/// The photos of a post as the App takes them.
///
/// # Errors
///
/// An [`AppError`] that says which photo nothing was said of.
pub(super) fn chosen(attached: &Attached) -> Result<(Option<String>, Vec<ChosenPhoto>), AppError> {
    let Attached::New { warning, photos } = attached else {
        return Ok((None, Vec::new()));
    };
    let photos = (1..).zip(photos).map(|(number, photo)| {
        let alt = alt(&photo.alt, photo.needs_none, number)?;
        Ok(ChosenPhoto {
            draft: photo.draft.clone(),
            alt,
        })
    });
    Ok((warning.clone(), photos.collect::<Result<_, AppError>>()?))
}

fn alt(words: &str, needs_none: bool, number: usize) -> Result<Option<String>, AppError> {
    match (words, needs_none) {
        (_, true) => Ok(None),
        ("", false) => Err(AppError {
            kind: ErrorKind::BadRequest,
            message: said!(
                "photo-unsaid",
                "say what is on photo {number} for those who don’t see it, or that it needs no words; then send it again",
                number = number
            ),
        }),
        (words, false) => Ok(Some(words.into())),
    }
}

/// The same as it was written, to go on with.
pub(super) fn edited(form: &Fields, post: &ui::Post) -> Attached {
    let mut photos = post.photos.clone();
    for (index, photo) in photos.iter_mut().enumerate() {
        let needs_none = form.given(&format!("plain-{index}")).is_some();
        let words = form.text(&format!("alt-{index}"));
        photo.alt = Some(words.to_owned()).filter(|_| !needs_none);
    }
    Attached::Edited {
        warning: warning(form),
        photos,
    }
}

/// What a changed post shall say from now on, of which so many photos are there.
pub(super) fn new_words(form: &Fields, photos: usize) -> Result<NewWords, AppError> {
    let alts = (0..photos).map(|index| {
        let words = form.text(&format!("alt-{index}")).trim();
        let needs_none = form.given(&format!("plain-{index}")).is_some();
        alt(words, needs_none, index + 1)
    });
    Ok(NewWords {
        text: form.text("text").into(),
        warning: Some(warning(form)),
        alts: Some(alts.collect::<Result<_, _>>()?),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn form(body: &str) -> Fields {
        Fields::parse_form(body.as_bytes()).unwrap()
    }

    fn drafts(attached: &Attached) -> Vec<&str> {
        match attached {
            Attached::New { photos, .. } => photos.iter().map(|one| one.draft.as_str()).collect(),
            _ => panic!("a new post's"),
        }
    }

    #[test]
    fn photos_are_arranged() {
        let three = "photo-0=a&alt-0=one&photo-1=b&photo-2=c&plain-2=yes&warning=+w+";
        for (arrange, wanted) in [
            ("", &["a", "b", "c"][..]),
            ("remove-1", &["a", "c"]),
            ("remove-9", &["a", "b", "c"]),
            ("earlier-2", &["a", "c", "b"]),
            ("earlier-0", &["a", "b", "c"]),
            ("earlier-99999999999999999999", &["a", "b", "c"]),
            ("nonsense", &["a", "b", "c"]),
        ] {
            let sent = attached(&form(&format!("{three}&arrange={arrange}")));
            assert_eq!(drafts(&sent), wanted, "{arrange}");
        }
        // Words go with their photo.
        let Attached::New { warning, photos } =
            attached(&form(&format!("{three}&arrange=earlier-1")))
        else {
            panic!("a new post's");
        };
        assert_eq!(warning.as_deref(), Some("w"));
        assert_eq!(
            (photos[1].draft.as_str(), photos[1].alt.as_str()),
            ("a", "one")
        );
        assert!(photos[2].needs_none);
    }

    #[test]
    fn each_photo_has_words_or_needs_none() {
        let said = chosen(&attached(&form(
            "photo-0=a&alt-0=+x+&photo-1=b&plain-1=yes&alt-1=y",
        )));
        let (warning, photos) = said.unwrap();
        assert_eq!(warning, None);
        assert_eq!(photos[0].alt.as_deref(), Some("x"));
        assert_eq!(photos[1].alt, None);
        let unsaid = chosen(&attached(&form("photo-0=a&alt-0=x&photo-1=b&alt-1=++")));
        assert!(unsaid.unwrap_err().message.as_english().contains("photo 2"));
    }
}
