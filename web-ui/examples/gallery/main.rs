//! Writes every page with sample values into a folder, to be looked at in a browser:
//! `cargo run -p hearth-web-ui --example gallery -- FOLDER [LANGUAGE]`, then serve that folder on any port.

mod backup;
mod devices;
mod drive;
mod finding;
mod first_run;
mod own_data;
mod owning;
mod people;
mod photos;
mod posts;
mod samples;
mod signing_in;
mod spaces;
mod visitors;

use hearth_web_ui::{Trouble, asset};
use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let folder = env::args().nth(1).unwrap_or_else(|| "gallery".into());
    let folder = Path::new(&folder);
    fs::create_dir_all(folder.join("static"))?;
    photos::write(folder)?;
    let areas = [
        backup::pages(),
        devices::pages(),
        drive::pages(),
        finding::pages(),
        first_run::pages(),
        own_data::pages(),
        owning::pages(),
        people::pages(),
        photos::pages(),
        posts::pages(),
        signing_in::pages(),
        spaces::pages(),
        visitors::pages(),
        pages(),
    ];
    for (name, html) in areas.into_iter().flatten() {
        write_assets(folder, &html)?;
        fs::write(folder.join(name), html)?;
    }
    Ok(())
}

/// Writes the files that a page links to.
fn write_assets(folder: &Path, html: &str) -> io::Result<()> {
    let links = html.split("\"/static/").skip(1);
    for name in links.filter_map(|rest| rest.split('"').next()) {
        let found = asset(name).ok_or_else(|| io::Error::other(format!("no asset {name}")))?;
        fs::write(folder.join("static").join(name), found.bytes)?;
    }
    Ok(())
}

/// The pages that are about nothing in particular.
fn pages() -> Vec<(&'static str, String)> {
    let missing = Trouble::Missing("No post of that name is held here.".into());
    let language = samples::language();
    vec![
        (
            "shortcuts.html",
            hearth_web_ui::shortcuts(&samples::shell()),
        ),
        ("offline.html", hearth_web_ui::offline(language)),
        ("error.html", hearth_web_ui::error(language, 404, &missing)),
    ]
}
