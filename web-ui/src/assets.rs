//! Style, script and icon, embedded and named by their hash so that they can be cached for ever.

use crate::page::LIGHT_PAPER;
use std::sync::LazyLock;

/// How many hexadecimal digits of the hash stand in a file name.
const HASH_DIGITS: usize = 16;

/// One embedded file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asset {
    /// Its content.
    pub bytes: &'static [u8],
    /// Its `Content-Type`.
    pub content_type: &'static str,
}

const STYLE: Asset = Asset {
    bytes: concat!(
        include_str!("../static/style.css"),
        include_str!("../static/photos.css"),
        include_str!("../static/drive.css"),
    )
    .as_bytes(),
    content_type: "text/css; charset=utf-8",
};

/// The styles of the pages, for pages that are files.
pub fn readable_style() -> String {
    String::from_utf8_lossy(STYLE.bytes).into_owned()
}

const SCRIPT: Asset = script(include_bytes!("../static/app.js"));
const PASSKEY: Asset = script(include_bytes!("../static/passkey.js"));
const KEYS: Asset = script(include_bytes!("../static/keys.js"));
const PHOTOS: Asset = script(include_bytes!("../static/photos.js"));
const DRIVE: Asset = script(include_bytes!("../static/drive.js"));
const COMPLETE: Asset = script(include_bytes!("../static/complete.js"));
const ICON: Asset = Asset {
    bytes: include_bytes!("../static/icon.svg"),
    content_type: "image/svg+xml",
};
const ICON_192: Asset = png(include_bytes!("../static/icon-192.png"));
const ICON_512: Asset = png(include_bytes!("../static/icon-512.png"));
/// With room around it, for launchers that cut icons to a shape.
const ICON_MASKABLE: Asset = png(include_bytes!("../static/icon-maskable.png"));
/// What the service worker does; what it keeps is written above it.
const WORKER: &str = include_str!("../static/sw.js");

const fn script(bytes: &'static [u8]) -> Asset {
    Asset {
        bytes,
        content_type: "text/javascript; charset=utf-8",
    }
}

const fn png(bytes: &'static [u8]) -> Asset {
    Asset {
        bytes,
        content_type: "image/png",
    }
}

/// Where pages link to the manifest.
pub const MANIFEST: &str = "/manifest.webmanifest";

/// The name under which the icon stays reachable whatever it contains (for bookmarks and launchers).
const ICON_NAME: &str = "icon.svg";

/// The hashed file names, such as `style.3fa9….css`.
pub(crate) struct Names {
    pub(crate) style: String,
    pub(crate) script: String,
    pub(crate) keys: String,
    pub(crate) complete: String,
    pub(crate) photos: String,
    /// The script of pages to which files are sent.
    pub(crate) drive: String,
    pub(crate) icon: String,
    icon_192: String,
    icon_512: String,
    icon_maskable: String,
    /// The script of pages that have something to do with passkeys.
    pub(crate) passkey: String,
}

impl Names {
    /// The picture that a phone's home screen shows.
    pub(crate) fn home_screen_icon(&self) -> &str {
        &self.icon_192
    }
}

static NAMES: LazyLock<Names> = LazyLock::new(|| Names {
    style: hashed("style", "css", STYLE),
    script: hashed("app", "js", SCRIPT),
    keys: hashed("keys", "js", KEYS),
    complete: hashed("complete", "js", COMPLETE),
    photos: hashed("photos", "js", PHOTOS),
    drive: hashed("drive", "js", DRIVE),
    icon: hashed("icon", "svg", ICON),
    icon_192: hashed("icon-192", "png", ICON_192),
    icon_512: hashed("icon-512", "png", ICON_512),
    icon_maskable: hashed("icon-maskable", "png", ICON_MASKABLE),
    passkey: hashed("passkey", "js", PASSKEY),
});

/// The file names that pages link to under `/static/`.
pub(crate) fn names() -> &'static Names {
    &NAMES
}

/// The file that pages link to as `/static/{file_name}`.
///
/// A hashed name never changes its content, so it may be served as immutable; `icon.svg`, without
/// a hash, may change with the next release. Unknown names give `None`.
pub fn asset(file_name: &str) -> Option<Asset> {
    let names = names();
    match file_name {
        name if name == names.style => Some(STYLE),
        name if name == names.script => Some(SCRIPT),
        name if name == names.keys => Some(KEYS),
        name if name == names.icon_192 => Some(ICON_192),
        name if name == names.icon_512 => Some(ICON_512),
        name if name == names.icon_maskable => Some(ICON_MASKABLE),
        name if name == names.complete => Some(COMPLETE),
        name if name == names.passkey => Some(PASSKEY),
        name if name == names.photos => Some(PHOTOS),
        name if name == names.drive => Some(DRIVE),
        name if name == names.icon || name == ICON_NAME => Some(ICON),
        _ => None,
    }
}

/// The page's manifest (<https://www.w3.org/TR/appmanifest/>), by which browsers install it; served as
/// `application/manifest+json` at [`MANIFEST`].
pub fn manifest() -> String {
    let names = names();
    let icon = |name: &str, size: &str, kind: &str, purpose: &str| {
        format!(
            r#"{{"src":"/static/{name}","sizes":"{size}","type":"{kind}","purpose":"{purpose}"}}"#
        )
    };
    let icons = [
        icon(&names.icon, "any", "image/svg+xml", "any"),
        icon(&names.icon_192, "192x192", "image/png", "any"),
        icon(&names.icon_512, "512x512", "image/png", "any"),
        icon(&names.icon_maskable, "512x512", "image/png", "maskable"),
    ];
    format!(
        r##"{{"id":"/","name":"Hearth","short_name":"Hearth","start_url":"/","scope":"/","display":"standalone","background_color":"{LIGHT_PAPER}","theme_color":"{LIGHT_PAPER}","icons":[{}]}}"##,
        icons.join(",")
    )
}

/// The service worker, served as JavaScript from the top so that all pages are in its scope. It keeps styles, scripts and the page
/// [`crate::offline`], nothing else.
pub fn service_worker() -> String {
    let names = names();
    let files = [&names.style, &names.script, &names.keys, &names.icon]
        .map(|name| format!("\"/static/{name}\""))
        .join(",");
    let version = blake3::hash(format!("{files}{WORKER}").as_bytes()).to_hex();
    let version = &version[..HASH_DIGITS];
    format!("const CACHE = \"hearth-{version}\";\nconst FILES = [{files}];\n{WORKER}")
}

fn hashed(stem: &str, extension: &str, asset: Asset) -> String {
    let hash = blake3::hash(asset.bytes).to_hex();
    format!("{stem}.{}.{extension}", &hash[..HASH_DIGITS])
}
