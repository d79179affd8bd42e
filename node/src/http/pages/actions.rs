//! What can be done: one function a form. Success leads on by a redirect; what can be mended comes
//! back with the text that was written.

use super::audience::{self, PRIVATE, wish};
use super::notice::Done;
use super::screens::{self, Refused};
use super::{Visit, composing, spaces};
use crate::app::model::{AppError, ErrorKind, How, NewPost, Posted, Relation, RelationState};
use crate::http::forms::Fields;
use crate::http::respond::{Answer, Problem, html, see_other, status_of};
use crate::said::said;
use hearth_web_ui as ui;
use warp::http::StatusCode;

/// How long a path to come back to may be.
const BACK_BYTES_MAX: usize = 512;

fn refused<'a>(draft: &'a str, chosen: Option<&'a str>, error: &'a AppError) -> Refused<'a> {
    Refused {
        status: status_of(error),
        draft,
        chosen,
        reason: Some(&error.message),
    }
}

pub(super) fn leads_to(path: &str, done: Done) -> Answer {
    let joint = if path.contains('?') { '&' } else { '?' };
    see_other(&format!("{path}{joint}done={}", done.name()))
}

/// The page of this server that a form was on; home, where it doesn't say one.
fn back(form: &Fields) -> Option<&str> {
    let path = form.given("back")?;
    let is_local = path.starts_with('/') && !path.starts_with("//");
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'\\' | b'#');
    (is_local && path.len() <= BACK_BYTES_MAX && path.bytes().all(is_plain)).then_some(path)
}

/// Goes back to where a small action was done.
pub(super) fn leads_back(form: &Fields, done: Done) -> Answer {
    leads_to(back(form).unwrap_or("/"), done)
}

/// The same, to the post that it was about.
pub(super) fn leads_back_to(form: &Fields, id: &str, done: Done) -> Answer {
    let path = back(form).unwrap_or("/");
    let joint = if path.contains('?') { '&' } else { '?' };
    see_other(&format!("{path}{joint}done={}#post-{id}", done.name()))
}

/// Writes a post. `problem`: why a photo that came with it wasn't taken.
pub(super) async fn post(
    visit: &Visit<'_>,
    form: &Fields,
    problem: Option<AppError>,
) -> Result<Answer, Problem> {
    let (text, chosen) = (form.text("text"), form.given("audience"));
    if form.given("arrange").is_some() {
        let arranged = Refused {
            status: StatusCode::OK,
            draft: text,
            chosen,
            reason: None,
        };
        return again(visit, form, &arranged).await;
    }
    let attached = match problem {
        Some(error) => Err(error),
        None => composing::chosen(&visit.attached),
    };
    let (warning, photos) = match attached {
        Ok(attached) => attached,
        Err(error) => return again(visit, form, &refused(text, chosen, &error)).await,
    };
    if let Some(question) = wider(visit, form).await? {
        return Ok(question);
    }
    let reply_to = form.given("reply_to");
    let new = NewPost {
        text: text.into(),
        audience: wish(form),
        reply_to: reply_to.map(String::from),
        warning,
        photos,
    };
    match visit.app.post(new).await {
        Ok(posted) => Ok(after_post(form, &posted, reply_to.is_some())),
        Err(error) => again(visit, form, &refused(text, chosen, &error)).await,
    }
}

/// The page that a post was written on, with all that was written.
async fn again(visit: &Visit<'_>, form: &Fields, refused: &Refused<'_>) -> Result<Answer, Problem> {
    let page = match (form.given("reply_to"), back(form)) {
        (Some(answered), _) => screens::thread_again(visit, answered, refused).await,
        (None, Some(path)) => spaces::again(visit, path, refused).await,
        (None, None) => return screens::home_again(visit, refused).await,
    };
    match page {
        Err(_) => homeless(visit, refused).await,
        page => page,
    }
}

fn after_post(form: &Fields, posted: &Posted, answers: bool) -> Answer {
    // Who confirmed that more people shall read it needn't be told so.
    let is_told = posted.warnings.is_empty() || form.text("wider") == "yes";
    let done = match (is_told, answers) {
        (false, _) => Done::Warned,
        (true, true) => Done::Replied,
        (true, false) => Done::Posted,
    };
    let id = &posted.id;
    if answers {
        see_other(&format!("/thread/{id}?done={}#post-{id}", done.name()))
    } else {
        leads_back(form, done)
    }
}

/// What the page was about is gone: the text must not go with it, nor to anybody that it wasn't meant for.
async fn homeless(visit: &Visit<'_>, again: &Refused<'_>) -> Result<Answer, Problem> {
    let again = Refused {
        chosen: Some(PRIVATE),
        ..*again
    };
    screens::home_again(visit, &again).await
}

/// The question that comes before an answer goes to more people than what it answers; nothing when there is none to ask.
async fn wider(visit: &Visit<'_>, form: &Fields) -> Result<Option<Answer>, Problem> {
    let (Some(id), Some(_)) = (form.given("reply_to"), wish(form)) else {
        return Ok(None);
    };
    if form.text("wider") == "yes" {
        return Ok(None);
    }
    // What isn't there is told about when the answer is refused.
    let Ok(answered) = screens::card(visit, id).await else {
        return Ok(None);
    };
    if answered.audience == ui::Audience::Public {
        return Ok(None);
    }
    let shell = visit.shell(None).await?;
    let question = ui::WiderPage {
        attached: visit.attached.clone(),
        ..audience::wider(answered, form.text("text"))
    };
    let page = ui::confirm_wider(&shell, &question);
    Ok(Some(html(StatusCode::OK, page)))
}

pub(super) async fn edit(visit: &Visit<'_>, id: &str, form: &Fields) -> Result<Answer, Problem> {
    let text = form.text("text");
    // What isn't there is told about when the edit is refused, and the text isn't lost.
    let photos = screens::card(visit, id).await;
    let photos = photos.map_or(0, |card| card.photos.len());
    let edited = match composing::new_words(form, photos) {
        Ok(words) => visit.app.edit_words(id, words).await,
        Err(error) => Err(error),
    };
    match edited {
        Ok(edited) => {
            let is_told = edited.warnings.is_empty();
            let done = if is_told {
                Done::Edited
            } else {
                Done::EditWarned
            };
            Ok(leads_to(&format!("/thread/{id}"), done))
        }
        Err(error) => {
            let again = refused(text, None, &error);
            match screens::edit_again(visit, id, form, &again).await {
                Err(_) => homeless(visit, &again).await,
                page => page,
            }
        }
    }
}

pub(super) async fn delete(visit: &Visit<'_>, id: &str) -> Result<Answer, Problem> {
    visit.app.delete(id).await?;
    Ok(leads_to("/", Done::Deleted))
}

pub(super) async fn follow(visit: &Visit<'_>, form: &Fields) -> Result<Answer, Problem> {
    let text = form.text("key").trim();
    let how = form.given("private").map(|_| How::Private);
    match visit.app.follow_text(text, how).await {
        Ok(relation) => Ok(leads_to_person(&relation)),
        Err(error) => screens::people_again(visit, &refused(text, None, &error)).await,
    }
}

pub(super) async fn unfollow(visit: &Visit<'_>, form: &Fields) -> Result<Answer, Problem> {
    let relation = visit.app.unfollow(form.text("key").trim()).await?;
    Ok(leads_to_person(&relation))
}

fn leads_to_person(relation: &Relation) -> Answer {
    let done = match relation.state {
        RelationState::Following => Done::Followed,
        RelationState::Friends => Done::Befriended,
        RelationState::None => Done::Unfollowed,
    };
    leads_to(&format!("/person/{}", relation.identity), done)
}

pub(super) async fn profile(visit: &Visit<'_>, form: &Fields) -> Result<Answer, Problem> {
    let (name, bio) = (form.text("name"), form.text("bio"));
    let changed = visit.app.set_profile(Some(name.into()), Some(bio.into()));
    match changed.await {
        Ok(_) => Ok(leads_to("/profile", Done::Saved)),
        Err(error) => screens::profile_again(visit, name, &refused(bio, None, &error)).await,
    }
}

/// Says what one looks like: by the file that came with the form, or not at all any more.
pub(super) async fn picture(
    visit: &Visit<'_>,
    form: &Fields,
    took: bool,
    problem: Option<AppError>,
) -> Result<Answer, Problem> {
    let nothing_chosen = || AppError {
        kind: ErrorKind::BadRequest,
        message: said!(
            "no-picture-chosen",
            "no picture was chosen; choose one first"
        ),
    };
    let set = match (problem, form.given("remove")) {
        (Some(error), _) => Err(error),
        (None, Some(_)) => visit.app.set_portrait(None).await.map(|_| ()),
        (None, None) if took => Ok(()),
        (None, None) => Err(nothing_chosen()),
    };
    match set {
        Ok(()) => Ok(leads_to("/profile", Done::Saved)),
        Err(error) => {
            let profile = visit.app.profile().await?;
            let again = refused(&profile.bio, None, &error);
            screens::profile_again(visit, &profile.name, &again).await
        }
    }
}
