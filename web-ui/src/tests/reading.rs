//! What a page's HTML says, read without a parser.

/// The tags of a page, each without its brackets; text that isn't escaped would add to them.
pub(super) fn tags_in(html: &str) -> Vec<&str> {
    html.split('<')
        .skip(1)
        .map(|rest| rest.split_once('>').unwrap().0)
        .collect()
}

/// The names of the attributes of a tag.
pub(super) fn attributes(tag: &str) -> Vec<&str> {
    let outside = tag
        .split('"')
        .step_by(2)
        .flat_map(str::split_whitespace)
        .skip(1);
    outside.map(|name| name.trim_end_matches('=')).collect()
}

/// The tags of a page that begin so.
pub(super) fn tags_of<'a>(html: &'a str, start: &str) -> Vec<&'a str> {
    let all = tags_in(html).into_iter();
    all.filter(|tag| tag.starts_with(start)).collect()
}
