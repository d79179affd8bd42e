//! The machines that are the reader.

use crate::form::{copyable, form, hidden, problem, secret};
use crate::icon::{Icon, icon};
use crate::language::{Language, say, say_html};
use crate::page::page;
use crate::problem::Reason;
use crate::qr::{Qr, picture};
use crate::text::has_ink;
use crate::time::stamp;
use crate::values::{Screen, Shell};
use maud::{Markup, html};

/// How much of a device's key is shown.
const KEY_CHARS: usize = 8;

/// One of the reader's devices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Its signing key, hex.
    pub key: String,
    /// Whether it is the one that shows this page.
    pub is_this: bool,
    /// How it stands.
    pub state: DeviceState,
    /// Since when, in milliseconds since 1970; 0 when that isn't known.
    pub since_ms: u64,
    /// What the reader calls it; empty if nothing.
    pub name: String,
}

/// How a device stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceState {
    /// It speaks for the reader.
    Current,
    /// It was put away: what it said stays, and it says nothing more.
    Retired,
    /// It was cut off: what it says after that counts for nothing.
    Cut,
}

/// What was sent to add a device or to take one out, and why that wasn't done. The phrase is never given back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeviceDraft {
    /// What the new one was to be called.
    pub name: String,
    /// Whether the one to be taken out was stolen.
    pub stolen: bool,
    /// Why it wasn't done.
    pub problem: Option<Reason>,
    /// Whether what is typed here goes through a network that others can read.
    pub is_exposed: bool,
}

/// A link that makes a machine a device, on its only page.
#[derive(Debug, Clone, Copy)]
pub struct DeviceLinkPage<'a> {
    /// The link.
    pub link: &'a str,
    /// The same to be read by a camera; nothing where it is too long for that.
    pub qr: Option<&'a Qr>,
}

/// The page at `GET /devices`.
pub fn devices(shell: &Shell, devices: &[Device]) -> String {
    let language = shell.language;
    let content = html! {
        div.row.wrap.heading {
            h1.grow { (say!(language, "devices-title")) }
            a.button href="/devices/add" { (say!(language, "devices-add")) }
        }
        p.quiet { (say!(language, "devices-about")) }
        section.card {
            ul.rows { @for device in devices { li { (listed(shell, device)) } } }
        }
    };
    the_page(shell, &say!(language, "devices-title"), &content)
}

fn the_page(shell: &Shell, title: &str, content: &Markup) -> String {
    page(shell, Screen::Profile, title, content)
}

fn way_back(language: Language) -> Markup {
    html! {
        nav.way aria-label=(say!(language, "files-way")) { a href="/devices" { (say!(language, "devices-title")) } }
    }
}

/// The page at `GET /devices/add`: posts there (fields `csrf`, `name`, `phrase`).
pub fn device_add(shell: &Shell, draft: &DeviceDraft) -> String {
    let language = shell.language;
    let fields = html! {
        p { (say!(language, "device-add-about")) }
        label for="name" { (say!(language, "device-add-name")) }
        input #name type="text" name="name" value=(draft.name) dir="auto" maxlength="64" autocomplete="off";
        (phrase(language, draft))
        div.row.wrap.end {
            a.button.plain href="/devices" { (say!(language, "device-cancel")) }
            button type="submit" { (say!(language, "device-add-button")) }
        }
    };
    let content = html! {
        (way_back(language))
        h1 { (say!(language, "device-add-title")) }
        (form("/devices/add", "card", &shell.csrf, &fields))
    };
    the_page(shell, &say!(language, "device-add-title"), &content)
}

/// What `POST /devices/add` answers with.
pub fn device_link(shell: &Shell, page: DeviceLinkPage<'_>) -> String {
    let language = shell.language;
    let content = html! {
        (way_back(language))
        h1 { (say!(language, "device-link-title")) }
        section.card {
            p.notice role="note" { (say!(language, "device-link-secret")) }
            @if let Some(qr) = page.qr { (picture(qr, &say!(language, "device-link-qr"))) }
            (copyable(language, "device-link", &say!(language, "device-link-label"), page.link))
            ol {
                li { (say!(language, "device-link-install")) }
                li { (say!(language, "device-link-there")) }
                li { (say!(language, "device-link-wait")) }
            }
            div.row.end { a.button href="/devices" { (say!(language, "device-link-done")) } }
        }
    };
    the_page(shell, &say!(language, "device-link-title"), &content)
}

/// The page at `GET /devices/remove?device=KEY`: posts to `/devices/remove` (fields `csrf`, `device`, `phrase`, `stolen`).
pub fn device_remove(shell: &Shell, device: &Device, draft: &DeviceDraft) -> String {
    let language = shell.language;
    let may_retire = device.state == DeviceState::Current;
    let stolen = draft.stolen || !may_retire;
    let fields = html! {
        (hidden(&[("device", &device.key)]))
        (row(shell, device, false))
        fieldset.ways {
            legend { (say!(language, "device-remove-why")) }
            @if may_retire {
                label.check {
                    input type="radio" name="stolen" value="no" checked[!stolen];
                    span { (say!(language, "device-remove-retire")) }
                }
            }
            label.check {
                input type="radio" name="stolen" value="yes" checked[stolen];
                span { (say!(language, "device-remove-stolen")) }
            }
        }
        (phrase(language, draft))
        div.row.wrap.end {
            a.button.plain href="/devices" { (say!(language, "device-cancel")) }
            button.danger type="submit" { (say!(language, "device-remove-button")) }
        }
    };
    let content = html! {
        (way_back(language))
        h1 { (say!(language, "device-remove-title")) }
        p { (say!(language, "devices-remove-about")) }
        (form("/devices/remove", "card", &shell.csrf, &fields))
    };
    the_page(shell, &say!(language, "device-remove-title"), &content)
}

/// Where the phrase is typed.
fn phrase(language: Language, draft: &DeviceDraft) -> Markup {
    let wrong = draft.problem.as_ref().map(|_| "problem");
    html! {
        (secret("phrase", &say!(language, "device-phrase"), None, wrong))
        (problem(language, "problem", draft.problem.as_ref()))
        p.quiet { (say!(language, "device-phrase-about")) }
        @if draft.is_exposed { (exposed(language)) }
    }
}

/// Says that what is typed or shown here isn't hidden from the network in between.
pub(crate) fn exposed(language: Language) -> Markup {
    html! { p.notice.look role="note" { (say!(language, "exposed")) } }
}

/// A device, with the way to take it out where there is one.
fn listed(shell: &Shell, device: &Device) -> Markup {
    row(
        shell,
        device,
        !device.is_this && device.state != DeviceState::Cut,
    )
}

fn row(shell: &Shell, device: &Device, may_go: bool) -> Markup {
    let language = shell.language;
    let short: String = device.key.chars().take(KEY_CHARS).collect();
    html! {
        div.row.wrap {
            span.mark.large { (icon(Icon::Device)) }
            span.grow {
                @if has_ink(&device.name) {
                    bdi.name dir="auto" { (device.name) }
                } @else {
                    span.name { @if device.is_this { (say!(language, "device-this")) } @else { (say!(language, "device-other")) } }
                }
                span.under.wrap { (state(shell, device)) }
            }
            span.key title=(device.key) { (short) "…" }
            @if may_go {
                a.button.plain.small href={ "/devices/remove?device=" (device.key) } { (say!(language, "devices-remove")) }
            }
        }
        details {
            summary { (say!(language, "device-key")) }
            p.key { (device.key) }
        }
    }
}

/// How it stands, and since when.
fn state(shell: &Shell, device: &Device) -> Markup {
    let language = shell.language;
    let mut state = match device.state {
        DeviceState::Current => say!(language, "device-current"),
        DeviceState::Retired => say!(language, "device-retired"),
        DeviceState::Cut => say!(language, "device-cut"),
    };
    if device.is_this && has_ink(&device.name) {
        state = say!(language, "device-this-is", state = state);
    }
    if device.since_ms > 0 {
        let date = stamp(language, shell.now_ms, device.since_ms);
        say_html!(language, "device-since", state = state, date = date)
    } else {
        html! { (state) }
    }
}
