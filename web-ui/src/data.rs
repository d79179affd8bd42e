//! Where everything about one's own data begins: a card for each thing that one can look at.

use crate::backup::Health;
use crate::icon::{Icon, icon};
use crate::language::say;
use crate::page::page;
use crate::values::{Screen, Shell};
use maud::{Markup, html};
use std::borrow::Cow;

/// What the page tells at a glance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataPage {
    /// How safe everything is.
    pub health: Health,
    /// How often others asked for something in the last 24 hours; None where that isn't noted.
    pub asked_today: Option<u64>,
    /// How many of those whom the reader follows are connected.
    pub connected: usize,
    /// Devices in use.
    pub devices: usize,
    /// Browsers that are signed in.
    pub sessions: usize,
}

/// The page at `GET /data`.
pub fn data(shell: &Shell, data: &DataPage) -> String {
    let language = shell.language;
    let asked = match data.asked_today {
        Some(count) => say!(language, "data-access-today", count = count),
        None => say!(language, "data-access-off"),
    };
    let content = html! {
        h1 { (say!(language, "data-title")) }
        p { (say!(language, "data-about")) }
        ul.cards {
            (card("/backup", Icon::Backup, say!(language, "backup-title"), data.health.words(language)))
            (card("/files", Icon::Files, say!(language, "files-title"), say!(language, "data-files")))
            (card("/storage", Icon::Data, say!(language, "storage-title"), say!(language, "data-storage")))
            (card("/access", Icon::Eye, say!(language, "access-title"), asked))
            (card("/reach", Icon::Public, say!(language, "reach-title"), say!(language, "data-reach", count = data.connected)))
            (card("/devices", Icon::Device, say!(language, "devices-title"), say!(language, "data-devices", count = data.devices)))
            (card("/settings/sessions", Icon::Private, say!(language, "sessions-title"), say!(language, "data-sessions", count = data.sessions)))
            (card("/export", Icon::File, say!(language, "data-export"), say!(language, "data-export-about")))
            (card("/restore", Icon::Back, say!(language, "data-restore"), say!(language, "data-restore-about")))
            (card("/settings", Icon::Settings, say!(language, "data-settings"), say!(language, "data-settings-about")))
        }
    };
    page(shell, Screen::Data, &say!(language, "data-title"), &content)
}

fn card(href: &str, mark: Icon, title: Cow<'_, str>, about: Cow<'_, str>) -> Markup {
    html! {
        li.card {
            span.mark.large { (icon(mark)) }
            span.grow {
                a.name href=(href) { (title) }
                span.what { (about) }
            }
        }
    }
}
