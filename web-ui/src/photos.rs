//! Photos: in posts, in the box for a new post, large over the page.

use crate::face::{Size, face};
use crate::form::{button, form_with_files};
use crate::icon::{Icon, icon};
use crate::language::{Language, say};
use crate::text::segment;
use crate::time::stamp;
use crate::values::{Attached, DraftPhoto, Person, Photo};
use maud::{Markup, html};

/// How many photos a post may have.
const PHOTOS_MAX: usize = 8;
/// How many bytes of UTF-8 may be said of one.
const ALT_BYTES_MAX: usize = 1500;
/// How many bytes of UTF-8 may stand before a post.
const WARNING_BYTES_MAX: usize = 200;
/// How many bytes a file with a photo may have.
const FILE_BYTES_MAX: usize = 32 << 20;
/// What is offered when one chooses.
pub(crate) const ACCEPTED: &str = "image/jpeg,image/png,image/webp,image/gif";

/// What a post says and shows, behind its warning if it has one.
pub(crate) fn behind_warning(
    language: Language,
    warning: Option<&String>,
    content: &Markup,
) -> Markup {
    html! {
        @match warning {
            Some(warning) => details.warned {
                summary {
                    (icon(Icon::Warning))
                    span.grow { bdi dir="auto" { (warning) } }
                    span.show { (say!(language, "photos-warned-show")) }
                    span.hide { (say!(language, "photos-warned-hide")) }
                }
                (content)
            },
            None => (content),
        }
    }
}

/// A post's photos.
pub(crate) fn shown(language: Language, photos: &[Photo]) -> Markup {
    let count = photos.len();
    let class = format!("photos of-{}", count.min(PHOTOS_MAX));
    html! {
        @if count > 0 {
            div class=(class) role="group" aria-label=(say!(language, "photos-group", count = count)) {
                @for photo in tiles(language, photos) { (photo) }
            }
        }
    }
}

/// A post in a grid of photos.
pub(crate) struct Pictured<'a> {
    /// Where it is read.
    pub(crate) href: String,
    /// What stands before it.
    pub(crate) warning: Option<&'a String>,
    pub(crate) photos: &'a [Photo],
    pub(crate) time_ms: u64,
}

/// Photos of posts side by side, each with when it was posted; what is behind a warning stays there.
pub(crate) fn grid<'a>(
    language: Language,
    now_ms: u64,
    posts: impl Iterator<Item = Pictured<'a>>,
) -> Markup {
    html! {
        div.album {
            @for post in posts {
                @if post.warning.is_some() {
                    (behind_warning(language, post.warning, &shown(language, post.photos)))
                } @else {
                    @for photo in tiles(language, post.photos) {
                        figure {
                            (photo)
                            figcaption.when { a href=(post.href) { (stamp(language, now_ms, post.time_ms)) } }
                        }
                    }
                }
            }
        }
    }
}

/// Each photo of a post.
fn tiles(language: Language, photos: &[Photo]) -> impl Iterator<Item = Markup> {
    let count = photos.len();
    let photos = photos.iter().enumerate().take(PHOTOS_MAX);
    photos.map(move |(index, photo)| tile(language, photo, index, count))
}

/// One photo as a link to its full size; the script shows that over the page.
fn tile(language: Language, photo: &Photo, index: usize, count: usize) -> Markup {
    // A photo that needs no words still is a link, and links need a name.
    let unnamed = photo.alt.is_none() || !photo.is_here;
    let label = match &photo.alt {
        Some(alt) if unnamed => Some(format!("{alt} {}", say!(language, "photos-not-here"))),
        _ if unnamed => {
            Some(say!(language, "photos-open", number = index + 1, count = count).into_owned())
        }
        _ => None,
    };
    html! {
        a.photo href=(photo.full) aria-label=[label] data-width=(photo.width) data-height=(photo.height)
            data-alt=[photo.alt.as_ref()] data-waits=[(!photo.is_here).then_some(&photo.small)] {
            (picture(photo))
            @if !photo.is_here { span.waits { (say!(language, "photos-not-here")) } }
        }
    }
}

/// The small picture over its placeholder. One that isn't here yet isn't asked for: that would keep the page waiting.
fn picture(photo: &Photo) -> Markup {
    html! {
        @if let Some(placeholder) = &photo.placeholder { img.blur src=(placeholder) alt="" aria-hidden="true"; }
        @if photo.is_here {
            img src=(photo.small) alt=(photo.alt.as_deref().unwrap_or_default()) width=(photo.width) height=(photo.height)
                loading="lazy" decoding="async" dir="auto";
        } @else {
            svg.room viewBox={ "0 0 " (photo.width) " " (photo.height) } aria-hidden="true" {}
        }
    }
}

/// The frame in which the script shows photos large; once a page.
pub(crate) fn lightbox(language: Language) -> Markup {
    html! {
        dialog #lightbox .lightbox aria-label=(say!(language, "photos-lightbox"))
            data-failed=(say!(language, "photos-not-loaded")) {
            p.caption dir="auto" {}
            p.problem role="alert" hidden {}
            p.position aria-live="polite" {}
            button.step.previous type="button" aria-label=(say!(language, "photos-previous")) { (icon(Icon::Back)) }
            button.step.next type="button" aria-label=(say!(language, "photos-next")) { (icon(Icon::Forward)) }
            button.close type="button" aria-label=(say!(language, "photos-close")) { (icon(Icon::Close)) }
        }
    }
}

/// What else than text a box for a post takes.
pub(crate) fn attached(language: Language, attached: &Attached) -> Markup {
    match attached {
        Attached::Nothing => html! {},
        Attached::New { warning, photos } => html! {
            (chosen(language, photos))
            div.adding.row.wrap { (choose(language)) (warn(language, warning.as_deref())) }
        },
        Attached::Edited { warning, photos } => html! {
            (described(language, photos))
            div.adding.row.wrap { (warn(language, warning.as_deref())) }
        },
    }
}

/// Whether a box can also be sent without text.
pub(crate) fn may_be_empty(attached: &Attached) -> bool {
    match attached {
        Attached::Nothing => false,
        Attached::New { .. } => true,
        Attached::Edited { photos, .. } => !photos.is_empty(),
    }
}

/// Whether photos were chosen.
pub(crate) fn has_photos(attached: &Attached) -> bool {
    matches!(attached, Attached::New { photos, .. } if !photos.is_empty())
}

/// Whether files can be sent with a box.
pub(crate) fn takes_files(attached: &Attached) -> bool {
    matches!(attached, Attached::New { .. })
}

/// The field that files are chosen with.
fn choose(language: Language) -> Markup {
    html! {
        label.chip.choose for="files" { (icon(Icon::Photo)) (say!(language, "photos-add")) }
        input #files type="file" name="files" multiple accept=(ACCEPTED) data-bytes-max=(FILE_BYTES_MAX)
            data-too-long=(say!(language, "photos-too-long", megabytes = FILE_BYTES_MAX >> 20));
    }
}

fn warn(language: Language, warning: Option<&str>) -> Markup {
    html! {
        details.warning open[warning.is_some()] {
            summary.chip { (icon(Icon::Warning)) (say!(language, "photos-warning")) }
            label.hidden for="warning" { (say!(language, "photos-warning-field")) }
            input #warning type="text" name="warning" value=(warning.unwrap_or_default()) dir="auto" autocomplete="off"
                data-bytes-max=(WARNING_BYTES_MAX) placeholder=(say!(language, "photos-warning-hint"));
        }
    }
}

/// The photos that are chosen so far, and the shape of one more for the script.
fn chosen(language: Language, photos: &[DraftPhoto]) -> Markup {
    html! {
        // What the Enter key presses, or it would be the first of the buttons below.
        button.hidden type="submit" tabindex="-1" aria-hidden="true" {}
        div role="group" aria-label=(say!(language, "photos-chosen")) {
            ol.chosen data-max=(PHOTOS_MAX) data-too-many=(say!(language, "photos-too-many", count = PHOTOS_MAX))
                data-failed=(say!(language, "photos-failed")) data-waits=(say!(language, "photos-waits"))
                data-number=(say!(language, "photos-number")) {
                @for (index, photo) in photos.iter().enumerate().take(PHOTOS_MAX) { (one_chosen(language, photo, index)) }
            }
        }
        p.chosen-problem.problem role="alert" hidden {}
        template.one-chosen { (one_chosen(language, &DraftPhoto::default(), PHOTOS_MAX)) }
    }
}

fn one_chosen(language: Language, photo: &DraftPhoto, index: usize) -> Markup {
    let field = |name: &str| format!("{name}-{index}");
    html! {
        li data-draft=(photo.draft) {
            input type="hidden" name=(field("photo")) value=(photo.draft);
            div.thumb {
                @if !photo.draft.is_empty() { img src=(draft_address(&photo.draft)) alt="" loading="lazy"; }
            }
            div.grow {
                label for=(field("alt")) {
                    span.number { (say!(language, "photos-number")) " " (index + 1) } ": "
                    (say!(language, "photos-alt"))
                }
                textarea id=(field("alt")) name=(field("alt")) rows="2" dir="auto" data-alt-bytes-max=(ALT_BYTES_MAX)
                    placeholder=(say!(language, "photos-alt-hint")) { "\n" (photo.alt) }
                label.check {
                    input id=(field("plain")) type="checkbox" name=(field("plain")) value="yes" checked[photo.needs_none];
                    span { (say!(language, "photos-none-needed")) }
                }
                progress max="100" hidden {}
                p.problem role="alert" hidden {}
                div.row.wrap.arrange {
                    button.plain.earlier type="submit" name="arrange" value=(field("earlier")) formnovalidate {
                        (icon(Icon::Up)) (say!(language, "photos-earlier"))
                    }
                    button.plain.remove type="submit" name="arrange" value=(field("remove")) formnovalidate {
                        (icon(Icon::Delete)) (say!(language, "photos-remove"))
                    }
                }
            }
        }
    }
}

/// The photos of a post that is being changed: what is said of them can change, they themselves can't.
fn described(language: Language, photos: &[Photo]) -> Markup {
    html! {
        @if !photos.is_empty() {
            ol.chosen aria-label=(say!(language, "photos-chosen")) {
                @for (index, photo) in photos.iter().enumerate() {
                    li {
                        div.thumb { @if photo.is_here { img src=(photo.small) alt="" loading="lazy"; } }
                        div.grow {
                            label for={ "alt-" (index) } {
                                span.number { (say!(language, "photos-number")) " " (index + 1) } ": "
                                (say!(language, "photos-alt"))
                            }
                            textarea id={ "alt-" (index) } name={ "alt-" (index) } rows="2" dir="auto"
                                data-alt-bytes-max=(ALT_BYTES_MAX) placeholder=(say!(language, "photos-alt-hint")) {
                                "\n" (photo.alt.as_deref().unwrap_or_default())
                            }
                            label.check {
                                input id={ "plain-" (index) } type="checkbox" name={ "plain-" (index) } value="yes"
                                    checked[photo.alt.is_none()];
                                span { (say!(language, "photos-none-needed")) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The form in which one chooses one's picture.
pub(crate) fn portrait_form(language: Language, csrf: &str, me: &Person) -> Markup {
    let choose = html! {
        h2 { (say!(language, "photos-portrait")) }
        div.row.wrap.picture {
            (face(me, Size::Large))
            div.grow {
                label for="picture" { (say!(language, "photos-portrait-choose")) }
                input #picture type="file" name="picture" accept=(ACCEPTED) required;
            }
            button type="submit" { (say!(language, "photos-portrait-save")) }
        }
        p.quiet { (say!(language, "photos-portrait-about")) }
    };
    let remove = html! { (say!(language, "photos-portrait-remove")) };
    html! {
        section.card {
            (form_with_files("/profile/picture", "", csrf, &choose))
            @if me.picture.is_some() { (button("/profile/picture", csrf, &[("remove", "yes")], "plain", &remove)) }
        }
    }
}

/// The same as fields that nobody sees, for a question that comes before a post is written.
pub(crate) fn carried(attached: &Attached) -> Markup {
    html! {
        @if let Attached::New { warning, photos } = attached {
            @if let Some(warning) = warning { input type="hidden" name="warning" value=(warning); }
            @for (index, photo) in photos.iter().enumerate() {
                input type="hidden" name={ "photo-" (index) } value=(photo.draft);
                input type="hidden" name={ "alt-" (index) } value=(photo.alt);
                @if photo.needs_none { input type="hidden" name={ "plain-" (index) } value="yes"; }
            }
        }
    }
}

/// Where a photo that is in no post yet is seen.
fn draft_address(draft: &str) -> String {
    format!("/photo/draft/{}/small", segment(draft))
}
