//! What can be done: one function a form. Success leads on by a redirect; what can be mended comes
//! back with the text that was written.

use super::Visit;
use super::notice::Done;
use super::screens::{self, Refused};
use crate::app::model::{AppError, NewPost, Relation, RelationState};
use crate::http::forms::Fields;
use crate::http::respond::{Answer, Problem, see_other, status_of};

fn refused<'a>(draft: &'a str, error: &'a AppError) -> Refused<'a> {
    Refused {
        status: status_of(error),
        draft,
        reason: &error.message,
    }
}

fn leads_to(path: &str, done: Done) -> Answer {
    see_other(&format!("{path}?done={}", done.name()))
}

pub(super) async fn post(visit: &Visit<'_>, form: &Fields) -> Result<Answer, Problem> {
    let text = form.text("text");
    let reply_to = form.given("reply_to").map(String::from);
    let new = NewPost {
        text: text.into(),
        audience: None,
        reply_to: reply_to.clone(),
    };
    match (visit.app.post(new).await, reply_to) {
        (Ok(posted), Some(_)) => {
            let (id, done) = (posted.id, Done::Replied.name());
            Ok(see_other(&format!("/thread/{id}?done={done}#post-{id}")))
        }
        (Ok(_), None) => Ok(leads_to("/", Done::Posted)),
        (Err(error), Some(answered)) => {
            let again = refused(text, &error);
            match screens::thread_again(visit, &answered, &again).await {
                // What it was about is gone: the text must not go with it.
                Err(_) => screens::home_again(visit, &again).await,
                page => page,
            }
        }
        (Err(error), None) => screens::home_again(visit, &refused(text, &error)).await,
    }
}

pub(super) async fn edit(visit: &Visit<'_>, id: &str, form: &Fields) -> Result<Answer, Problem> {
    let text = form.text("text");
    match visit.app.edit(id, text.into()).await {
        Ok(()) => Ok(leads_to(&format!("/thread/{id}"), Done::Edited)),
        Err(error) => {
            let again = refused(text, &error);
            match screens::edit_again(visit, id, &again).await {
                Err(_) => screens::home_again(visit, &again).await,
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
    match visit.app.follow_text(text).await {
        Ok(relation) => Ok(leads_to_person(&relation)),
        Err(error) => screens::people_again(visit, &refused(text, &error)).await,
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
        Err(error) => screens::profile_again(visit, name, &refused(bio, &error)).await,
    }
}
