//! Looking for posts, people and files; what helps while one writes.
//!
//! A question is answered within a second, in slices between which others have their turn: what wasn't reached by then can
//! be asked for.

use crate::said::said;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::{Duration, Instant};

use hearth_keys::Identity;
use hearth_protocol::drive::{FolderId, Node};
use hearth_protocol::space::Space;

use super::model::{AppError, Completion, FoundFile, FoundPost, Person, Results, Search};
use super::people::parse_key;
use super::posts::{local_id, named};
use super::spaces::name_of;
use super::{App, bad_request};
use crate::drive::ItemKind;
use crate::drive::path::escape;
use crate::folding::{Term, fold, marks};
use crate::store::StoreError;
use crate::store::logs::Logs;
use crate::store::search::{Looked, Query};
use crate::store::timeline::SeenPost;

mod query;

use query::Typed;

const LIMIT_DEFAULT: u64 = 30;
const LIMIT_MAX: u64 = 100;
/// How long posts are looked for before what was found is told.
const TIME: Duration = Duration::from_millis(700);
/// How long the store's thread does nothing else.
const SLICE: Duration = Duration::from_millis(8);
/// How long files are looked for.
const FILES_TIME: Duration = Duration::from_millis(150);
/// Rows of the drive at a time.
const DRIVE_ROWS: usize = 512;
/// Folders whose places are remembered while files are looked for.
const FOLDERS_MAX: usize = 50_000;
const FOLDER_DEPTH_MAX: usize = 64;
const FILES_MAX: usize = 8;
const PEOPLE_MAX: usize = 8;
/// People that a name may mean.
const AUTHORS_MAX: usize = 64;
const COMPLETIONS_MAX: usize = 8;
/// Posts whose tags are looked at for completions.
const TAGGED_POSTS: usize = 60;
const COMPLETION_TIME: Duration = Duration::from_millis(40);
/// Of a key, enough to tell two people of one name apart.
const SHORT_KEY_CHARS: usize = 16;

impl App {
    /// Looks for what somebody typed.
    pub(crate) async fn search(&self, asked: Search) -> Result<Results, AppError> {
        let limit = asked.limit.unwrap_or(LIMIT_DEFAULT);
        if !(1..=LIMIT_MAX).contains(&limit) {
            return Err(bad_request(said!(
                "limit-out-of-bounds",
                "a limit lies between 1 and {most}",
                most = LIMIT_MAX
            )));
        }
        let before = asked.before.as_deref().map(local_id).transpose()?;
        let typed = query::read(&asked.query).map_err(bad_request)?;
        let query = self.query(&typed).await?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let (terms, me) = (query.terms.clone(), self.identity());
        let looked = self.look(query, before, limit, TIME).await?;
        let is_full = looked.posts.len() >= limit;
        let mut results = Results {
            next: looked.reached.map(|reached| format!("{reached:020}")),
            back_to_ms: looked
                .reached
                .filter(|_| !is_full)
                .map(|reached| reached >> 16),
            ..Results::default()
        };
        let posts = self
            .0
            .store
            .read(move |logs| named(logs, &me, looked.posts));
        results.posts = (posts.await?.into_iter())
            .map(|post| {
                let marks = marks(&post.text, &terms).into_iter();
                FoundPost {
                    marks: marks.map(|range| (range.start, range.end)).collect(),
                    post,
                }
            })
            .collect();
        if before.is_none() && typed.is_of_names() {
            results.people = self.people_with(&typed).await?;
            results.files = self.files_with(&typed).await?;
        }
        Ok(results)
    }

    /// What was typed with names in place of what they mean.
    async fn query(&self, typed: &Typed) -> Result<Query, AppError> {
        let mut authors: Option<BTreeSet<Identity>> = None;
        for who in &typed.from {
            let found = self.authors_called(who).await?;
            authors.get_or_insert_default().extend(found);
        }
        if typed.is_mine {
            let me = self.identity();
            let others = authors.is_some_and(|authors| !authors.contains(&me));
            authors = Some(if others { BTreeSet::new() } else { [me].into() });
        }
        let space = match &typed.space {
            Some(name) => Some(self.space_called(name).await?),
            None => None,
        };
        Ok(Query {
            terms: typed.terms.clone(),
            without: typed.without.clone(),
            authors,
            space,
            has_link: typed.has_link,
            has_photo: typed.has_photo,
            from_ms: typed.from_ms,
            until_ms: typed.until_ms,
        })
    }

    /// Whom a key, a name, or the beginning of a name's word means.
    async fn authors_called(&self, who: &str) -> Result<BTreeSet<Identity>, AppError> {
        if who.starts_with("hearth1") {
            return Ok([parse_key(who)?].into());
        }
        if who == "me" {
            return Ok([self.identity()].into());
        }
        let Some(term) = Term::word(who) else {
            return Err(bad_request(said!(
                "search-from-empty",
                "from: needs a name or a key"
            )));
        };
        let me = self.identity();
        let read = self.0.store.read(move |logs| {
            let is_meant = |name: &str| term.is_in(&fold(name));
            nearest_first(logs, &me, logs.people_named(&me, &is_meant)?)
        });
        let found = read.await?.into_iter().take(AUTHORS_MAX);
        let found: BTreeSet<Identity> = found.map(|(who, _)| who).collect();
        if found.is_empty() {
            return Err(bad_request(said!(
                "search-nobody",
                "nobody called {who:?} is known here",
                who = who
            )));
        }
        Ok(found)
    }

    /// The space that a text names, in whichever case.
    async fn space_called(&self, text: &str) -> Result<Space, AppError> {
        let (me, wanted) = (self.identity(), fold(text));
        let read = self.0.store.read(move |logs| {
            let mut found = Vec::new();
            for space in logs.known_spaces() {
                let is_meant = matches!(space, Space::Shared { .. })
                    && fold(&name_of(logs, &me, space)?) == wanted;
                found.extend(is_meant.then_some(*space));
            }
            Ok(found)
        });
        match read.await?[..] {
            [space] => Ok(space),
            _ => self.named_space(text).await,
        }
    }

    /// Looks for posts, a slice at a time.
    async fn look(
        &self,
        query: Query,
        before: Option<u64>,
        limit: usize,
        time: Duration,
    ) -> Result<Looked, AppError> {
        let (begin, me) = (Instant::now(), self.identity());
        let query = std::sync::Arc::new(query);
        let mut found: Vec<SeenPost> = Vec::new();
        let mut reached = before;
        loop {
            let (wanted, left) = (query.clone(), limit - found.len());
            let looked = self.0.store.read(move |logs| {
                let shows = logs.unless_hidden(&me)?;
                logs.look_for(&wanted, (reached, left), SLICE, &shows)
            });
            let looked = looked.await?;
            found.extend(looked.posts);
            reached = looked.reached;
            if reached.is_none() || found.len() >= limit || begin.elapsed() >= time {
                let posts = found;
                return Ok(Looked { posts, reached });
            }
        }
    }

    async fn people_with(&self, typed: &Typed) -> Result<Vec<Person>, AppError> {
        let (me, terms) = (self.identity(), typed.terms.clone());
        let without = typed.without.clone();
        let read = self.0.store.read(move |logs| {
            let hidden = logs.hidden(&me)?;
            let is_meant = |name: &str| {
                let name = fold(name);
                terms.iter().all(|term| term.is_in(&name))
                    && !without.iter().any(|term| term.is_in(&name))
            };
            let mut found = logs.people_named(&me, &is_meant)?;
            found.retain(|(who, _)| !hidden.blocked.contains(who));
            nearest_first(logs, &me, found)
        });
        Ok(read.await?.into_iter().take(PEOPLE_MAX).map(of).collect())
    }

    async fn files_with(&self, typed: &Typed) -> Result<Vec<FoundFile>, AppError> {
        let begin = Instant::now();
        let me = self.identity();
        let mut walk = Walk {
            terms: typed.terms.clone(),
            without: typed.without.clone(),
            ..Walk::default()
        };
        let mut after: Option<Vec<u8>> = None;
        while begin.elapsed() < FILES_TIME {
            let read = self.0.store.read(move |logs| {
                let mut visit = |folder, version: crate::store::drive::Version| {
                    if let Some(node) = version.node {
                        walk.visit(folder, &escape(version.name.as_bytes()), &node);
                    }
                };
                let after = logs.walk_drive(&me, after.as_deref(), DRIVE_ROWS, &mut visit)?;
                Ok((walk, after))
            });
            (walk, after) = read.await?;
            if after.is_none() {
                break;
            }
        }
        Ok(walk.files())
    }

    /// How what somebody writes may go on: `@` and the beginning of a name, `#` and that of a tag.
    pub(crate) async fn complete(&self, text: &str) -> Result<Vec<Completion>, AppError> {
        if text.len() > query::QUERY_BYTES_MAX {
            return Ok(Vec::new());
        }
        match (text.strip_prefix('@'), text.strip_prefix('#')) {
            (Some(name), _) => self.people_to_mention(name).await,
            (_, Some(tag)) => self.tags(tag).await,
            _ => Ok(Vec::new()),
        }
    }

    /// Whom one follows before others.
    async fn people_to_mention(&self, name: &str) -> Result<Vec<Completion>, AppError> {
        let (me, term) = (self.identity(), Term::word(name));
        let read = self.0.store.read(move |logs| {
            let hidden = logs.hidden(&me)?;
            let is_meant = |name: &str| match &term {
                Some(term) => term.is_in(&fold(name)),
                None => !name.trim().is_empty(),
            };
            let mut people = logs.people_named(&me, &is_meant)?;
            people.retain(|(who, _)| *who != me && !hidden.is_out_of_timelines(who));
            nearest_first(logs, &me, people)
        });
        let people = read.await?.into_iter().take(COMPLETIONS_MAX);
        Ok(people
            .map(|(who, name)| {
                let key = who.to_string();
                Completion {
                    label: name,
                    note: format!("{}…", key.chars().take(SHORT_KEY_CHARS).collect::<String>()),
                    insert: format!("@{key}"),
                }
            })
            .collect())
    }

    /// Tags of the newest posts, the most frequent ones first.
    async fn tags(&self, tag: &str) -> Result<Vec<Completion>, AppError> {
        let wanted = fold(tag);
        let Some(term) = Term::beginning(&format!("#{tag}")) else {
            return Ok(Vec::new());
        };
        let query = Query {
            terms: vec![term],
            ..Query::default()
        };
        let looked = self
            .look(query, None, TAGGED_POSTS, COMPLETION_TIME)
            .await?;
        let mut found: BTreeMap<String, (usize, String)> = BTreeMap::new();
        for post in &looked.posts {
            for tag in &hearth_web_ui::tags(&post.post.text) {
                let folded = fold(tag);
                if folded.starts_with(&wanted) {
                    found.entry(folded).or_insert_with(|| (0, tag.to_owned())).0 += 1;
                }
            }
        }
        let mut found: Vec<(usize, String)> = found.into_values().collect();
        found.sort_by_key(|(count, tag)| (std::cmp::Reverse(*count), tag.clone()));
        found.truncate(COMPLETIONS_MAX);
        let complete = |(_, tag): (usize, String)| Completion {
            label: format!("#{tag}"),
            note: String::new(),
            insert: format!("#{tag}"),
        };
        Ok(found.into_iter().map(complete).collect())
    }
}

/// Whom an account follows before others, by name within both.
fn nearest_first(
    logs: &Logs,
    me: &Identity,
    people: Vec<(Identity, String)>,
) -> Result<Vec<(Identity, String)>, StoreError> {
    let follows = logs.follows(me)?;
    let is_far = |who: &Identity| !follows.get(who).is_some_and(|state| state.follows());
    let mut people = people;
    people.sort_by_cached_key(|(who, name)| (is_far(who), fold(name), *who));
    Ok(people)
}

fn of((identity, name): (Identity, String)) -> Person {
    Person {
        identity: identity.to_string(),
        name,
    }
}

/// What was seen of the drive on the way through it.
#[derive(Debug, Default)]
struct Walk {
    terms: Vec<Term>,
    without: Vec<Term>,
    folders: HashMap<FolderId, (FolderId, String)>,
    found: Vec<(FolderId, FoundFile)>,
}

impl Walk {
    fn visit(&mut self, folder: FolderId, name: &str, node: &Node) {
        if let Node::Folder { id, .. } = node
            && self.folders.len() < FOLDERS_MAX
        {
            self.folders.insert(*id, (folder, name.to_owned()));
        }
        let folded = fold(name);
        let is_meant = self.terms.iter().all(|term| term.is_in(&folded))
            && !self.without.iter().any(|term| term.is_in(&folded));
        if is_meant && self.found.len() < 4 * FILES_MAX {
            let (kind, bytes) = match node {
                Node::File { blob, .. } => (ItemKind::File, blob.bytes),
                Node::Folder { .. } => (ItemKind::Dir, 0),
                Node::Link { target, .. } => (ItemKind::Link, target.len() as u64),
            };
            let path = name.to_owned();
            self.found.push((folder, FoundFile { path, kind, bytes }));
        }
    }

    /// What was found, by path. What lies in a folder that is gone is gone.
    fn files(self) -> Vec<FoundFile> {
        let mut files: Vec<FoundFile> = Vec::new();
        for (folder, mut file) in self.found {
            let (mut at, mut path) = (folder, format!("/{}", file.path));
            for _ in 0..FOLDER_DEPTH_MAX {
                let Some((parent, name)) = self.folders.get(&at) else {
                    break;
                };
                path = format!("/{name}{path}");
                at = *parent;
            }
            if at == FolderId::ROOT {
                file.path = path;
                files.push(file);
            }
        }
        files.sort_by(|one, other| one.path.cmp(&other.path));
        files.truncate(FILES_MAX);
        files
    }
}
