//! The machines that are the reader.

use crate::icon::{Icon, icon};
use crate::language::{say, say_html};
use crate::page::page;
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

/// The page at `GET /devices`. It changes nothing: adding and revoking ask for the phrase, which no page ever sees.
pub fn devices(shell: &Shell, devices: &[Device]) -> String {
    let language = shell.language;
    let content = html! {
        h1 { (say!(language, "devices-title")) }
        p.quiet { (say!(language, "devices-about")) }
        section.card {
            ul.rows { @for device in devices { li { (row(shell, device)) } } }
        }
        section.card {
            h2 { (say!(language, "devices-add")) }
            p { (say!(language, "devices-add-about")) }
            pre { code { "hearth device add --name NAME --phrase-file FILE" } }
            p { (say!(language, "devices-add-link")) }
            pre { code { "hearth up --link-file -" } }
        }
        section.card {
            h2 { (say!(language, "devices-remove")) }
            p { (say!(language, "devices-remove-about")) }
            pre { code { "hearth device revoke DEVICE --phrase-file FILE" } }
            pre { code { "hearth device revoke DEVICE --stolen --phrase-file FILE" } }
            p.quiet { (say!(language, "devices-remove-key")) }
        }
    };
    page(
        shell,
        Screen::Profile,
        &say!(language, "devices-title"),
        &content,
    )
}

fn row(shell: &Shell, device: &Device) -> Markup {
    let language = shell.language;
    let short: String = device.key.chars().take(KEY_CHARS).collect();
    html! {
        div.row {
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
