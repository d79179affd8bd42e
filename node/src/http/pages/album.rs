//! All photos of somebody.

use super::Visit;
use super::values;
use crate::app::model::{Page, Post};
use crate::http::forms::Fields;
use crate::http::respond::{Answer, Problem, html};
use hearth_web_ui as ui;
use warp::http::StatusCode;

/// How many photos a page shows before it leads to older ones.
const PHOTOS_SHOWN: usize = 60;
/// How many posts are looked through at once, and how often, before the page leads on.
const POSTS_READ: u64 = 200;
const READS_MAX: usize = 10;

pub(super) async fn show(visit: &Visit<'_>, key: &str, query: &Fields) -> Result<Answer, Problem> {
    let profile = visit.app.profile_of(key).await?;
    let (posts, next) = with_photos(visit, key, query.given("before")).await?;
    let person = ui::Person {
        picture: None,
        identity: profile.identity,
        name: visit.app.relation(key).await?.name,
    };
    let page = ui::AlbumPage {
        person: values::pictured(visit.app, person).await?,
        relation: values::relation(visit.app, &visit.me, key).await?,
        posts: values::cards(visit, posts).await?,
        next,
    };
    let shell = visit.shell(None).await?;
    Ok(html(StatusCode::OK, ui::album(&shell, &page)))
}

/// Their newest posts that have photos, and below which place the rest lies.
async fn with_photos(
    visit: &Visit<'_>,
    key: &str,
    before: Option<&str>,
) -> Result<(Vec<Post>, Option<String>), Problem> {
    let mut before = before.map(str::to_owned);
    let (mut found, mut photos) = (Vec::new(), 0);
    for _ in 0..READS_MAX {
        let asked = Page {
            limit: Some(POSTS_READ),
            before: before.clone(),
            ..Page::default()
        };
        let posts = visit.app.posts(key, asked).await?;
        if posts.is_empty() {
            return Ok((found, None));
        }
        for post in posts {
            before = Some(post.local_id.clone());
            if post.photos.is_empty() {
                continue;
            }
            photos += post.photos.len();
            found.push(post);
            if photos >= PHOTOS_SHOWN {
                return Ok((found, before));
            }
        }
    }
    Ok((found, before))
}
