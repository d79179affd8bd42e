//! The machines that are the reader.

use crate::icon::{Icon, icon};
use crate::page::page;
use crate::text::has_ink;
use crate::time::stamp;
use crate::values::{Screen, Shell};
use maud::{Markup, html};

/// How much of a device's key is shown.
const KEY_CHARS: usize = 16;

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
    let content = html! {
        h1 { "Devices" }
        p.quiet { "Each device writes for you and holds the keys to read what is for you." }
        section.card {
            ul.rows { @for device in devices { li { (row(shell, device)) } } }
        }
        section.card {
            h2 { "Add another" }
            p { "It needs your phrase, which is typed only in a terminal on this machine. Put the words in a file, then:" }
            pre { code { "hearth device add --name NAME --phrase-file FILE" } }
            p { "It prints a link and a QR code. They hold the new device’s secret keys: show them to nobody. On the new machine, paste the link there:" }
            pre { code { "hearth up --link-file -" } }
        }
        section.card {
            h2 { "Take one out" }
            p { "A device that you gave away or that broke is put away; one that was stolen is cut off, so that nothing it says from now on counts. New keys are made either way, and it gets none of them." }
            pre { code { "hearth device revoke DEVICE --phrase-file FILE" } }
            pre { code { "hearth device revoke DEVICE --stolen --phrase-file FILE" } }
            p.quiet { "DEVICE is the key as it stands above; its beginning is enough where only one begins like that." }
        }
    };
    page(shell, Screen::Profile, "Devices", &content)
}

fn row(shell: &Shell, device: &Device) -> Markup {
    let short: String = device.key.chars().take(KEY_CHARS).collect();
    html! {
        div.row {
            span.mark.large { (icon(Icon::Device)) }
            span.grow {
                @if has_ink(&device.name) {
                    bdi.name dir="auto" { (device.name) }
                } @else {
                    span.name { @if device.is_this { "This machine" } @else { "Another machine" } }
                }
                span.under {
                    @if device.is_this && has_ink(&device.name) { "This machine · " }
                    @match device.state {
                        DeviceState::Current => "In use",
                        DeviceState::Retired => "Put away",
                        DeviceState::Cut => "Cut off",
                    }
                    @if device.since_ms > 0 { ", since " (stamp(shell.language, shell.now_ms, device.since_ms)) }
                }
            }
            span.key title=(device.key) { (short) "…" }
        }
        details {
            summary { "Whole key" }
            p.key { (device.key) }
        }
    }
}
