//! From the App's values to those that pages are made from.

use super::Visit;
use super::audience::Circles;
use crate::app::App;
use crate::app::model::{
    self, AppError, Me, Person, Photo, Post, Reaction, Relation, RelationState,
};
use crate::media;
use hearth_protocol::content::Reference;
use hearth_web_ui as ui;
use std::collections::BTreeMap;

pub(super) fn person(relation: &Relation) -> ui::Person {
    ui::Person {
        identity: relation.identity.clone(),
        name: relation.name.clone(),
        picture: None,
    }
}

/// Somebody by the name that they are known by.
pub(in crate::http) fn somebody(person: Person) -> ui::Person {
    ui::Person {
        identity: person.identity,
        name: person.name,
        picture: None,
    }
}

/// Puts pictures to people, where they have one.
pub(super) async fn with_pictures<'a>(
    app: &App,
    people: impl Iterator<Item = &'a mut ui::Person>,
) -> Result<(), AppError> {
    let people: Vec<_> = people.collect();
    let keys = people.iter().map(|person| person.identity.as_str());
    let pictures = app.portraits(keys).await?;
    for person in people {
        person.picture = pictures.get(&person.identity).cloned();
    }
    Ok(())
}

/// The same for one.
pub(super) async fn pictured(app: &App, mut person: ui::Person) -> Result<ui::Person, AppError> {
    with_pictures(app, [&mut person].into_iter()).await?;
    Ok(person)
}

fn author(post: &Post) -> ui::Person {
    ui::Person {
        identity: post.author.clone(),
        name: post.author_name.clone(),
        picture: None,
    }
}

/// Posts as cards. Posts that they answer are looked up, so that a card can say whom.
pub(super) async fn cards(visit: &Visit<'_>, posts: Vec<Post>) -> Result<Vec<ui::Post>, AppError> {
    let circles = Circles::of(visit).await?;
    let app = visit.app;
    let mut authors: BTreeMap<String, ui::Person> = posts
        .iter()
        .map(|post| (post.id.clone(), author(post)))
        .collect();
    let elsewhere = posts.iter().filter_map(|post| post.answers);
    let elsewhere: BTreeMap<String, Reference> = elsewhere
        .map(|answered| (answered.id.to_string(), answered))
        .filter(|(id, _)| !authors.contains_key(id))
        .collect();
    let found = app.authors_of(elsewhere.into_values().collect()).await?;
    authors.extend(found.into_iter().map(|(id, who)| (id, somebody(who))));
    let mut cards = Vec::with_capacity(posts.len());
    for post in posts {
        // Whose author isn't known isn't here yet, or was deleted.
        let reply_to = post.reply_to.clone().map(|id| ui::ReplyTo {
            author: authors.get(&id).cloned(),
            id,
        });
        let audience = circles.audience(&post);
        cards.push(card(visit, post, audience, reply_to));
    }
    with_pictures(app, cards.iter_mut().map(|card| &mut card.author)).await?;
    Ok(cards)
}

fn card(
    visit: &Visit<'_>,
    post: Post,
    audience: ui::Audience,
    reply_to: Option<ui::ReplyTo>,
) -> ui::Post {
    let author = author(&post);
    let photos = post.photos.into_iter().map(|one| photo(visit.app, one));
    ui::Post {
        warning: post.warning,
        photos: photos.collect(),
        author,
        mine: post.author == visit.me.identity,
        id: post.id,
        local_id: post.local_id,
        text: post.text,
        time_ms: post.time_ms,
        edited: post.edited,
        audience,
        reactions: post.reactions.into_iter().map(reaction).collect(),
        bookmarked: post.bookmarked,
        mentioned: post.mentioned.into_iter().map(somebody).collect(),
        boosts: post.boosts,
        boosted: post.boosted,
        boosted_by: post.boosted_by.map(somebody),
        reply_to,
    }
}

pub(in crate::http) fn photo(app: &App, photo: Photo) -> ui::Photo {
    ui::Photo {
        is_here: app.is_here(&photo),
        placeholder: placeholder(&photo.placeholder),
        small: photo.small,
        full: photo.full,
        width: photo.width,
        height: photo.height,
        alt: photo.alt,
    }
}

/// A few blurred colours as an address that needs no request.
fn placeholder(hash: &str) -> Option<String> {
    let hash = model::bytes_of_base64(hash)?;
    let picture = media::placeholder_picture(&hash)?;
    Some(format!("data:image/bmp;base64,{}", model::base64(&picture)))
}

fn reaction(reaction: Reaction) -> ui::Reaction {
    ui::Reaction {
        emoji: reaction.emoji,
        count: reaction.count,
        mine: reaction.mine,
    }
}

/// Who the rail shows: friends first, then whom one merely follows.
pub(super) async fn rail(visit: &Visit<'_>) -> Result<Vec<ui::Neighbour>, AppError> {
    let mut neighbours = following(visit).await?;
    neighbours.sort_by_key(|neighbour| neighbour.relation != ui::Relation::Friends);
    Ok(neighbours)
}

/// Whom the reader follows.
pub(super) async fn following(visit: &Visit<'_>) -> Result<Vec<ui::Neighbour>, AppError> {
    let relations = visit.following().await?;
    neighbours(visit.app, relations, ui::Relation::None).await
}

/// Who follows the reader.
pub(super) async fn followers(
    app: &App,
    from: Option<&str>,
) -> Result<(Vec<ui::Neighbour>, Option<String>), AppError> {
    let after = from.and_then(|key| key.parse().ok());
    let (relations, next) = app.some_followers(after).await?;
    let shown = neighbours(app, &relations, ui::Relation::FollowsMe).await?;
    Ok((shown, next.map(|next| next.to_string())))
}

async fn neighbours(
    app: &App,
    relations: &[Relation],
    unfollowed: ui::Relation,
) -> Result<Vec<ui::Neighbour>, AppError> {
    if relations.is_empty() {
        return Ok(Vec::new());
    }
    let connected = app.connected().await;
    let neighbours = relations.iter().map(|relation| ui::Neighbour {
        person: person(relation),
        relation: shown(relation.state, unfollowed),
        connected: connected.contains(&relation.identity),
    });
    let mut neighbours: Vec<_> = neighbours.collect();
    with_pictures(app, neighbours.iter_mut().map(|one| &mut one.person)).await?;
    Ok(neighbours)
}

/// How the reader and somebody stand.
pub(super) async fn relation(app: &App, me: &Me, key: &str) -> Result<ui::Relation, AppError> {
    let relation = app.relation(key).await?;
    if relation.identity == me.identity {
        return Ok(ui::Relation::Me);
    }
    let follows_me = relation.state == RelationState::None && app.is_followed_by(key).await?;
    let unfollowed = if follows_me {
        ui::Relation::FollowsMe
    } else {
        ui::Relation::None
    };
    Ok(shown(relation.state, unfollowed))
}

fn shown(state: RelationState, unfollowed: ui::Relation) -> ui::Relation {
    match state {
        RelationState::Following => ui::Relation::Following,
        RelationState::Friends => ui::Relation::Friends,
        RelationState::None => unfollowed,
    }
}
