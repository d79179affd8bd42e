//! The drive's pages: folders, the page about one thing, what was removed; and what forms on them do.

use super::Visit;
use super::keeping::encoded;
use super::notice::Done;
use super::screens::done;
use crate::app::model::{AppError, Device, ErrorKind};
use crate::drive::{Choice, Item, ItemKind, Order, Past, Sight, Sums};
use crate::http::drive as bytes;
use crate::http::forms::{Fields, decoded};
use crate::http::multipart::Kept;
use crate::http::respond::{Answer, Problem, html, see_other, status_of};
use hearth_web_ui as ui;
use warp::http::StatusCode;

/// Names of a folder on one page.
const NAMES_SHOWN: usize = 500;
/// Endings of names that may be pictures which this node decodes.
const PICTURE_ENDINGS: [&str; 5] = ["jpg", "jpeg", "png", "gif", "webp"];

/// A place in the drive as an address names it.
pub(super) struct Spot {
    names: Vec<String>,
}

impl Spot {
    pub(super) fn of(segments: &[&str]) -> Result<Self, Problem> {
        let names = segments.iter().filter(|name| !name.is_empty());
        let names: Option<Vec<String>> = names.map(|name| decoded(name)).collect();
        let names = names.ok_or_else(Problem::not_found)?;
        // What leads elsewhere in a path names nothing in an address.
        let leads_away = |name: &String| name.contains('/') || matches!(name.as_str(), "." | "..");
        if names.iter().any(leads_away) {
            return Err(Problem::not_found());
        }
        Ok(Self { names })
    }

    pub(in crate::http) fn path(&self) -> String {
        self.names.join("/")
    }

    fn is_root(&self) -> bool {
        self.names.is_empty()
    }

    fn name(&self) -> String {
        self.names
            .last()
            .map(|name| shown(name))
            .unwrap_or_default()
    }

    fn above(&self) -> Self {
        let above = self.names.split_last();
        let names = above.map_or_else(Vec::new, |(_, above)| above.to_vec());
        Self { names }
    }

    fn below(&self, name: &str) -> String {
        format!("{}/{}", self.address(), encoded(name))
    }

    fn address(&self) -> String {
        address(self.names.iter().map(String::as_str))
    }

    fn crumbs(&self) -> Vec<ui::Crumb> {
        let crumb = |(at, name): (usize, &String)| ui::Crumb {
            name: shown(name),
            href: address(self.names[..=at].iter().map(String::as_str)),
        };
        self.names.iter().enumerate().map(crumb).collect()
    }
}

fn address<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.fold("/files".to_owned(), |path, name| {
        format!("{path}/{}", encoded(name))
    })
}

/// Where something is, by its path.
pub(in crate::http) fn address_of(path: &str) -> String {
    address(path.split('/').filter(|name| !name.is_empty()))
}

/// A name for the eye: what stands for bytes that aren't UTF-8 can't be seen.
pub(super) fn shown(name: &str) -> String {
    let mut rest = name.split('\0');
    let mut shown = rest.next().unwrap_or_default().to_owned();
    for part in rest {
        shown.push(char::REPLACEMENT_CHARACTER);
        shown.push_str(part.get(2..).unwrap_or_default());
    }
    shown
}

/// `GET /files/…`: a folder's page, a file's content, and what the query asks for instead.
pub(super) async fn show(
    visit: &Visit<'_>,
    segments: &[&str],
    query: &Fields,
) -> Result<Answer, Problem> {
    let spot = Spot::of(segments)?;
    let version = version(query)?;
    let (app, head) = (visit.app, visit.head);
    if query.has("show") && !spot.is_root() {
        return about(visit, &spot, version, Said::of(done(query))).await;
    }
    if query.has("removed") {
        return removed(visit, &spot).await;
    }
    if query.has("remove") && !spot.is_root() {
        return ask_removal(visit, &spot).await;
    }
    let path = spot.path();
    if query.has("preview") {
        let is_small = query.text("preview") == "small";
        return Ok(bytes::preview(app, head, &path, version, is_small).await?);
    }
    if query.has("play") {
        return bytes::play(app, head, &path, version).await;
    }
    if query.has("may") {
        return bytes::may_come(app, visit.head, &path, query).await;
    }
    if query.has("archive") {
        return bytes::archive(app, &path, &spot.name()).await;
    }
    let is_file = !spot.is_root()
        && (version.is_some() || app.files_kind(&path).await? == Some(ItemKind::File));
    if is_file {
        return bytes::download(app, head, &path, version).await;
    }
    let kind = app.files_kind(&path).await?;
    if kind == Some(ItemKind::Link) {
        return Ok(see_other(&format!("{}?show", spot.address())));
    }
    let shell = done(query);
    folder(visit, &spot, query, shell, None).await
}

fn version(query: &Fields) -> Result<Option<u64>, Problem> {
    let version = query.given("version").map(str::parse).transpose();
    version.map_err(|_| Problem::not_found())
}

/// What a page says about the action before it.
struct Said {
    notice: Option<ui::Notice>,
    problem: Option<ui::FileProblem>,
    status: StatusCode,
}

impl Said {
    fn of(notice: Option<ui::Notice>) -> Self {
        Self {
            notice,
            problem: None,
            status: StatusCode::OK,
        }
    }
}

async fn folder(
    visit: &Visit<'_>,
    spot: &Spot,
    query: &Fields,
    notice: Option<ui::Notice>,
    problem: Option<(StatusCode, ui::Refused)>,
) -> Result<Answer, Problem> {
    let (app, path) = (visit.app, spot.path());
    let (order, is_reversed) = order(query);
    let has_tiles = query.text("look") == "tiles";
    let from: usize = query.text("from").parse().unwrap_or_default();
    let by = match order {
        ui::OrderBy::Name => Order::Name,
        ui::OrderBy::Size => Order::Size,
        ui::OrderBy::Date => Order::Time,
    };
    let within = app.files_within(&path).await?;
    let sorted = app.files_sorted(&path, (by, is_reversed), from, NAMES_SHOWN);
    let here = spot.address();
    let (items, next, order) = match sorted.await? {
        Some(sorted) => {
            let until = from.saturating_add(sorted.items.len());
            let minus = if is_reversed { "-" } else { "" };
            let look = if has_tiles { "&look=tiles" } else { "" };
            let next = (until < sorted.count).then(|| {
                let sort = order.named();
                format!("{here}?sort={minus}{sort}{look}&from={until}")
            });
            let order = ui::Order {
                by: order,
                is_reversed,
            };
            (sorted.items, next, Some(order))
        }
        None => {
            let page = app.files_list(&path, query.given("after"), NAMES_SHOWN);
            let page = page.await?;
            let next = page.next.map(|after| encoded(&after));
            let next = next.map(|after| format!("{here}?after={after}"));
            (page.items, next, None)
        }
    };
    let row = |item: &Item| {
        let sums = within.each.get(&item.name).copied().unwrap_or_default();
        row(spot, item, sums_of(sums))
    };
    let (status, problem) = match problem {
        Some((status, problem)) => (status, Some(problem)),
        None => (StatusCode::OK, None),
    };
    let values = ui::FilesPage {
        path: spot.crumbs(),
        items: items.iter().map(row).collect(),
        next,
        sums: sums_of(within.all),
        order,
        has_tiles,
        removed: undo(visit, spot, query).await?,
        here,
        problem,
    };
    let shell = visit.shell(notice).await?;
    Ok(html(status, ui::files(&shell, &values)))
}

fn order(query: &Fields) -> (ui::OrderBy, bool) {
    let sort = query.text("sort");
    let (sort, is_reversed) = match sort.strip_prefix('-') {
        Some(sort) => (sort, true),
        None => (sort, false),
    };
    let order = match sort {
        "size" => ui::OrderBy::Size,
        "date" => ui::OrderBy::Date,
        _ => ui::OrderBy::Name,
    };
    (order, is_reversed)
}

/// What was removed just now, if it is gone indeed: the query names it, and the drive says what of it is true.
async fn undo(
    visit: &Visit<'_>,
    spot: &Spot,
    query: &Fields,
) -> Result<Option<ui::Undo>, AppError> {
    let Some(name) = query.given("was") else {
        return Ok(None);
    };
    let removed = visit.app.files_removed(&spot.path()).await?;
    let is_gone = removed.items.iter().any(|item| item.name == name);
    Ok(is_gone.then(|| ui::Undo {
        name: shown(name),
        href: spot.below(name),
    }))
}

fn sums_of(sums: Sums) -> ui::Sums {
    ui::Sums {
        files: sums.files,
        folders: sums.folders,
        bytes: sums.bytes,
        is_part: sums.is_part,
    }
}

fn row(folder: &Spot, item: &Item, sums: ui::Sums) -> ui::Item {
    ui::Item {
        name: shown(&item.name),
        kind: kind(item.kind, &item.name).unwrap_or(ui::ItemKind::File),
        bytes: item.bytes,
        mtime_ms: u64::try_from(item.mtime_ms).unwrap_or_default(),
        href: folder.below(&item.name),
        sums,
    }
}

fn kind(kind: ItemKind, name: &str) -> Option<ui::ItemKind> {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending);
    let is_picture = ending.is_some_and(|ending| {
        PICTURE_ENDINGS
            .iter()
            .any(|known| ending.eq_ignore_ascii_case(known))
    });
    match kind {
        ItemKind::Dir => Some(ui::ItemKind::Folder),
        ItemKind::File if is_picture => Some(ui::ItemKind::Picture),
        ItemKind::File => Some(ui::ItemKind::File),
        ItemKind::Link => Some(ui::ItemKind::Link),
        ItemKind::Removed => None,
    }
}

/// The page about one thing, in a version or as it is.
async fn about(
    visit: &Visit<'_>,
    spot: &Spot,
    version: Option<u64>,
    said: Said,
) -> Result<Answer, Problem> {
    let (app, path) = (visit.app, spot.path());
    let history = app.files_history(&path).await?;
    let now = history.first().ok_or_else(Problem::not_found)?;
    // Something may lie in a folder that is gone, and be the newest there.
    let there = app.files_kind(&path).await.unwrap_or_default();
    let is_gone = there.is_none();
    let chosen = match version {
        Some(number) => {
            let chosen = history.iter().find(|past| past.version == number);
            chosen.filter(|past| past.kind == ItemKind::File)
        }
        None if is_gone => history.iter().find(|past| past.kind != ItemKind::Removed),
        None => Some(now),
    };
    let chosen = chosen.ok_or_else(Problem::not_found)?;
    let what = kind(chosen.kind, &spot.name()).ok_or_else(Problem::not_found)?;
    let is_version = version.is_some();
    let has_content = chosen.kind == ItemKind::File && (is_version || !is_gone);
    let view = if has_content {
        view(app.files_glance(&path, version).await)?
    } else {
        ui::View::Nothing
    };
    let (sums, target) = match chosen.kind {
        ItemKind::Dir if !is_gone => (sums_of(app.files_within(&path).await?.all), None),
        ItemKind::Link if !is_gone => {
            let page = app.files_list(&path, None, 1).await?;
            let target = page.items.into_iter().next().and_then(|item| item.target);
            (ui::Sums::default(), target)
        }
        _ => (ui::Sums::default(), None),
    };
    let devices = app.devices().await?;
    let values = ui::FilePage {
        name: spot.name(),
        above: spot.above().crumbs(),
        href: spot.address(),
        kind: what,
        bytes: chosen.bytes,
        mtime_ms: u64::try_from(chosen.mtime_ms).unwrap_or_default(),
        target: target.map(|target| shown(&target)).unwrap_or_default(),
        sums,
        view,
        version: version.map(|number| (number, chosen.time_ms)),
        gone_ms: is_gone.then_some(now.time_ms),
        history: history
            .iter()
            .map(|past| past_of(past, &spot.name(), &devices))
            .collect(),
        folders: folders(visit, spot).await?,
        problem: said.problem,
    };
    let shell = visit.shell(said.notice).await?;
    Ok(html(said.status, ui::file(&shell, &values)))
}

fn view(glance: Result<Option<crate::drive::Glance>, AppError>) -> Result<ui::View, AppError> {
    let glance = match glance {
        Ok(Some(glance)) => glance,
        Ok(None) => return Ok(ui::View::Nothing),
        // The page still says what there is to say, and offers what can be done.
        Err(error) if error.kind == ErrorKind::Failed => {
            return Ok(ui::View::Away((&error.message).into()));
        }
        Err(error) => return Err(error),
    };
    Ok(match glance.sight {
        Sight::Empty => ui::View::Empty,
        Sight::Picture => ui::View::Picture,
        Sight::ForeignPicture => ui::View::ForeignPicture,
        Sight::Text(text, is_all) => ui::View::Text { text, is_all },
        Sight::Audio(_) => ui::View::Audio,
        Sight::Video(_) => ui::View::Video,
        Sight::Pdf => ui::View::Pdf,
        Sight::Other => ui::View::Other,
    })
}

fn past_of(past: &Past, name: &str, devices: &[Device]) -> ui::Version {
    let device = devices.iter().find(|device| device.device == past.device);
    let device = match device {
        Some(device) if !device.name.trim().is_empty() => {
            ui::VersionDevice::Named(device.name.clone())
        }
        Some(device) if device.this => ui::VersionDevice::This,
        _ => ui::VersionDevice::Other(past.device.clone()),
    };
    ui::Version {
        number: past.version,
        time_ms: past.time_ms,
        kind: kind(past.kind, name),
        bytes: past.bytes,
        device,
    }
}

/// The folders that something can be moved to: not into itself, and not where it is.
async fn folders(visit: &Visit<'_>, spot: &Spot) -> Result<ui::Folders, AppError> {
    let (all, are_all) = visit.app.files_folders().await?;
    let (own, above) = (spot.path(), spot.above().path());
    let is_own = |path: &str| {
        path == own
            || path
                .strip_prefix(own.as_str())
                .is_some_and(|rest| rest.starts_with('/'))
    };
    let all = all.into_iter().map(|path| match path.as_str() {
        "/" => String::new(),
        _ => path,
    });
    let fitting = all.filter(|path| !is_own(path) && *path != above);
    Ok(ui::Folders {
        all: fitting.map(|path| (encoded(&path), shown(&path))).collect(),
        is_part: !are_all,
    })
}

async fn removed(visit: &Visit<'_>, spot: &Spot) -> Result<Answer, Problem> {
    let removed = visit.app.files_removed(&spot.path()).await?;
    let items = removed.items.iter().filter_map(|item| {
        Some(ui::RemovedItem {
            name: shown(&item.name),
            kind: kind(item.kind, &item.name)?,
            bytes: item.bytes,
            time_ms: item.time_ms,
            href: spot.below(&item.name),
        })
    });
    let values = ui::RemovedPage {
        path: spot.crumbs(),
        here: spot.address(),
        items: items.collect(),
        is_part: !removed.is_all,
    };
    let shell = visit.shell(None).await?;
    Ok(html(StatusCode::OK, ui::removed(&shell, &values)))
}

async fn ask_removal(visit: &Visit<'_>, spot: &Spot) -> Result<Answer, Problem> {
    let path = spot.path();
    let found = visit.app.files_kind(&path).await?;
    let what = found.ok_or_else(Problem::not_found)?;
    let sums = match what {
        ItemKind::Dir => sums_of(visit.app.files_within(&path).await?.all),
        _ => ui::Sums::default(),
    };
    let values = ui::RemovePage {
        name: spot.name(),
        above: spot.above().crumbs(),
        href: spot.address(),
        kind: kind(what, &spot.name()).ok_or_else(Problem::not_found)?,
        sums,
    };
    let shell = visit.shell(None).await?;
    Ok(html(StatusCode::OK, ui::confirm_removal(&shell, &values)))
}

/// `POST /files/…` by a form that names what to do.
pub(super) async fn act(
    visit: &Visit<'_>,
    segments: &[&str],
    form: &Fields,
) -> Result<Answer, Problem> {
    let spot = Spot::of(segments)?;
    let (app, path) = (visit.app, spot.path());
    match form.text("do") {
        "folder" => make_folder(visit, &spot, form).await,
        "rename" => {
            let name = form.text("name").trim();
            let renamed = app.files_rename(&path, name).await;
            let problem = |reason| ui::FileProblem::Rename {
                name: name.to_owned(),
                reason,
            };
            settled(visit, &spot, renamed, Done::FileRenamed, problem).await
        }
        "move" => {
            let typed = form.given("path").map(str::trim);
            let to = match typed {
                Some(path) => path.to_owned(),
                None => decoded(form.text("to")).ok_or_else(Problem::not_found)?,
            };
            let moved = app.files_relocate(&path, &to).await;
            let problem = |reason| ui::FileProblem::Move { reason };
            settled(visit, &spot, moved, Done::FileMoved, problem).await
        }
        "remove" => {
            app.files_remove(&path).await?;
            let above = spot.above().address();
            let name = spot.names.last().map(|name| encoded(name));
            let name = name.unwrap_or_default();
            Ok(see_other(&format!("{above}?was={name}")))
        }
        "restore" => {
            let back = app.files_restore(&path, choice(form)?).await;
            let problem = |reason| ui::FileProblem::Other { reason };
            settled(visit, &spot, back, Done::FileRestored, problem).await
        }
        _ => Err(Problem::bad_form(
            StatusCode::BAD_REQUEST,
            ui::FormTrouble::Malformed,
        )),
    }
}

fn choice(form: &Fields) -> Result<Option<Choice>, Problem> {
    let number = |name| form.given(name).map(str::parse::<u64>).transpose();
    let (version, time_ms) = match (number("version"), number("time")) {
        (Ok(version), Ok(time_ms)) => (version, time_ms),
        _ => return Err(Problem::not_found()),
    };
    Ok(version.map(|version| Choice { version, time_ms }))
}

/// On to where something lies now; or back to the page about it, with what keeps it from being done.
async fn settled(
    visit: &Visit<'_>,
    spot: &Spot,
    outcome: Result<String, AppError>,
    done: Done,
    problem: impl FnOnce(ui::Reason) -> ui::FileProblem,
) -> Result<Answer, Problem> {
    match outcome {
        Ok(path) => {
            let (address, done) = (address_of(&path), done.name());
            Ok(see_other(&format!("{address}?show&done={done}")))
        }
        Err(error) => {
            let said = Said {
                notice: None,
                problem: Some(problem((&error.message).into())),
                status: status_of(&error),
            };
            // Where there is no such page, that is what to say.
            let page = about(visit, spot, None, said).await;
            page.map_err(|_| Problem::from(error))
        }
    }
}

async fn make_folder(visit: &Visit<'_>, spot: &Spot, form: &Fields) -> Result<Answer, Problem> {
    let name = form.text("name").trim();
    let made = visit.app.files_new_folder(&spot.path(), name).await;
    match made {
        Ok(path) => {
            let (address, done) = (address_of(&path), Done::FolderMade.name());
            Ok(see_other(&format!("{address}?done={done}")))
        }
        Err(error) => {
            let problem = ui::Refused::Folder {
                name: name.to_owned(),
                reason: (&error.message).into(),
            };
            let problem = Some((status_of(&error), problem));
            let page = folder(visit, spot, &Fields::default(), None, problem).await;
            page.map_err(|_| Problem::from(error))
        }
    }
}

/// After a form with files: back to the folder, which says what became of them.
pub(super) async fn after_upload(
    visit: &Visit<'_>,
    segments: &[&str],
    kept: Kept,
) -> Result<Answer, Problem> {
    let spot = Spot::of(segments)?;
    let (status, problem) = match kept.problem {
        None if kept.taken > 0 => {
            let done = Done::Uploaded.name();
            return Ok(see_other(&format!("{}?done={done}", spot.address())));
        }
        None => (StatusCode::BAD_REQUEST, ui::Refused::NoFiles),
        Some(error) => {
            let refused = ui::Refused::Files {
                taken: kept.taken,
                refused: kept.refused,
                reason: (&error.message).into(),
            };
            (status_of(&error), refused)
        }
    };
    let problem = Some((status, problem));
    folder(visit, &spot, &Fields::default(), None, problem).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_name_what_lies_below_and_nothing_else() {
        let spot = |segments: &[&str]| Spot::of(segments).map(|spot| spot.path()).ok();
        assert_eq!(spot(&["a%20b", "", "%00ff"]).as_deref(), Some("a b/\0ff"));
        assert_eq!(spot(&[""]).as_deref(), Some(""));
        for wrong in ["..", "%2e%2e", ".", "a%2Fb", "%zz", "%ff"] {
            assert_eq!(spot(&["a", wrong]), None, "{wrong}");
        }
        assert_eq!(address_of("a b/\0ff"), "/files/a%20b/%00ff");
        assert_eq!(shown("caf\0e9.txt"), "caf\u{fffd}.txt");
    }
}
