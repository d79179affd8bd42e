//! Style, script and icon, embedded and named by their hash so that they can be cached for ever.

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
    bytes: include_bytes!("../static/style.css"),
    content_type: "text/css; charset=utf-8",
};
const SCRIPT: Asset = Asset {
    bytes: include_bytes!("../static/app.js"),
    content_type: "text/javascript; charset=utf-8",
};
const ICON: Asset = Asset {
    bytes: include_bytes!("../static/icon.svg"),
    content_type: "image/svg+xml",
};

/// The name under which the icon stays reachable whatever it contains (for bookmarks and launchers).
const ICON_NAME: &str = "icon.svg";

/// The hashed file names, such as `style.3fa9….css`.
pub(crate) struct Names {
    pub(crate) style: String,
    pub(crate) script: String,
    pub(crate) icon: String,
}

static NAMES: LazyLock<Names> = LazyLock::new(|| Names {
    style: hashed("style", "css", STYLE),
    script: hashed("app", "js", SCRIPT),
    icon: hashed("icon", "svg", ICON),
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
        name if name == names.icon || name == ICON_NAME => Some(ICON),
        _ => None,
    }
}

fn hashed(stem: &str, extension: &str, asset: Asset) -> String {
    let hash = blake3::hash(asset.bytes).to_hex();
    format!("{stem}.{}.{extension}", &hash[..HASH_DIGITS])
}
