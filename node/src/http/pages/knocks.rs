//! Asking to be friends, and answering who asks.

use super::Visit;
use super::actions::leads_to;
use super::notice::Done;
use super::screens::{self, Refused};
use crate::app::model::{AppError, RelationState};
use crate::http::forms::Fields;
use crate::http::respond::{Answer, Problem, status_of};
use hearth_web_ui as ui;

/// Who knocked and waits for an answer.
pub(super) async fn waiting(visit: &Visit<'_>) -> Result<Vec<ui::Knock>, AppError> {
    let mut knocks = Vec::new();
    for knock in visit.app.knocks().await? {
        let through = match &knock.through {
            Some(key) => Some(super::values::person(&visit.app.relation(key).await?)),
            None => None,
        };
        knocks.push(ui::Knock {
            person: ui::Person {
                identity: knock.identity,
                name: knock.name,
                picture: None,
            },
            text: knock.text,
            time_ms: knock.time_ms,
            through,
        });
    }
    Ok(knocks)
}

pub(super) async fn knock(visit: &Visit<'_>, form: &Fields) -> Result<Answer, Problem> {
    let (key, text) = (form.text("key").trim(), form.text("text"));
    match visit.app.knock(key, text.trim().into(), Vec::new()).await {
        Ok(relation) => {
            let done = match relation.state {
                RelationState::Friends => Done::Befriended,
                _ => Done::Knocked,
            };
            Ok(leads_to(&format!("/person/{}", relation.identity), done))
        }
        Err(error) => {
            let again = Refused {
                status: status_of(&error),
                draft: text,
                chosen: None,
                reason: Some(&error.message),
            };
            if form.given("back").is_some() {
                return screens::people_unknocked(visit, key, &again).await;
            }
            match screens::person_again(visit, key, &again).await {
                Err(_) => Err(error.into()),
                page => page,
            }
        }
    }
}

pub(super) async fn accept(visit: &Visit<'_>, form: &Fields) -> Result<Answer, Problem> {
    let relation = visit.app.accept(form.text("key").trim()).await?;
    Ok(leads_to(
        &format!("/person/{}", relation.identity),
        Done::Befriended,
    ))
}

pub(super) async fn decline(visit: &Visit<'_>, form: &Fields) -> Result<Answer, Problem> {
    visit.app.decline(form.text("key").trim(), false).await?;
    Ok(leads_to("/people", Done::Declined))
}
