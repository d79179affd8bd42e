//! How pages look and feel in one browser, whoever is signed in: light or dark, with or without shortcuts.

use crate::form::form;
use crate::language::{Language, say};
use crate::page::{DARK_PAPER, LIGHT_PAPER};
use crate::select::{Offered, Select};
use crate::values::Shell;
use maud::{Markup, html};

/// Light or dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// As the machine says.
    #[default]
    Automatic,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

/// What one browser chose for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Light or dark.
    pub theme: Theme,
    /// Whether single keys do things.
    pub has_shortcuts: bool,
}

impl Default for Look {
    fn default() -> Self {
        Self {
            theme: Theme::default(),
            has_shortcuts: true,
        }
    }
}

const NO_SHORTCUTS: &str = "no-shortcuts";

impl Theme {
    const ALL: [Self; 3] = [Self::Automatic, Self::Light, Self::Dark];

    /// The theme of a name; what isn't known is [`Theme::Automatic`].
    pub fn named(name: &str) -> Self {
        let known = Self::ALL.into_iter().find(|theme| theme.name() == name);
        known.unwrap_or_default()
    }

    /// Its name in forms, cookies and `data-theme`.
    fn name(self) -> &'static str {
        match self {
            Self::Automatic => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    fn words(self, language: Language) -> String {
        match self {
            Self::Automatic => say!(language, "look-theme-automatic"),
            Self::Light => say!(language, "look-theme-light"),
            Self::Dark => say!(language, "look-theme-dark"),
        }
        .into()
    }
}

impl Look {
    /// The look that a cookie's value says.
    pub fn of_cookie(value: &str) -> Self {
        let mut words = value.split('.');
        Self {
            theme: Theme::named(words.next().unwrap_or_default()),
            has_shortcuts: !words.any(|word| word == NO_SHORTCUTS),
        }
    }

    /// It as a cookie's value: letters, dots and hyphens.
    pub fn cookie(self) -> String {
        let shortcuts = if self.has_shortcuts { "" } else { NO_SHORTCUTS };
        let theme = self.theme.name();
        format!("{theme}.{shortcuts}")
            .trim_end_matches('.')
            .to_owned()
    }
}

/// A whole page as this browser wants it. It is put in where pages are sent, so that there is no flash of another look, no
/// script needed, and nothing to know of it where pages are made.
pub fn dressed(page: String, look: Look) -> String {
    if look == Look::default() {
        return page;
    }
    let mut attributes = String::new();
    if look.theme != Theme::Automatic {
        attributes += &format!(" data-theme=\"{}\"", look.theme.name());
    }
    if !look.has_shortcuts {
        attributes += " data-shortcuts=\"off\"";
    }
    let page = page.replacen("<html", &format!("<html{attributes}"), 1);
    let paper = |from, to| {
        page.replacen(
            &format!("content=\"{from}\""),
            &format!("content=\"{to}\""),
            1,
        )
    };
    let page = match look.theme {
        Theme::Automatic => page,
        Theme::Light => paper(DARK_PAPER, LIGHT_PAPER),
        Theme::Dark => paper(LIGHT_PAPER, DARK_PAPER),
    };
    match look.theme {
        Theme::Automatic => page,
        theme => page.replacen(
            "content=\"light dark\"",
            &format!("content=\"{}\"", theme.name()),
            1,
        ),
    }
}

/// The form that chooses it: posts to `/look` (fields `csrf`, `theme`, `shortcuts`).
pub(crate) fn look_form(shell: &Shell, look: Look) -> Markup {
    let language = shell.language;
    let offered = Theme::ALL
        .into_iter()
        .map(|theme| Offered::new(theme.name(), theme.words(language), theme == look.theme));
    let select = Select {
        id: "theme",
        name: "theme",
        label: say!(language, "look-theme"),
        described_by: None,
        offered: offered.collect(),
    };
    let content = html! {
        div.fields {
            (select.shown())
            button.plain type="submit" { (say!(language, "look-save")) }
        }
        label.check {
            input type="checkbox" name="shortcuts" value="yes" checked[look.has_shortcuts];
            span { (say!(language, "look-shortcuts")) " " a href="/shortcuts" { (say!(language, "look-shortcuts-which")) } }
        }
    };
    form("/look", "", &shell.csrf, &content)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DARK: Look = Look {
        theme: Theme::Dark,
        has_shortcuts: false,
    };

    #[test]
    fn a_cookie_keeps_a_look() {
        for theme in Theme::ALL {
            for has_shortcuts in [true, false] {
                let look = Look {
                    theme,
                    has_shortcuts,
                };
                let cookie = look.cookie();
                assert_eq!(Look::of_cookie(&cookie), look, "{cookie}");
                let is_plain = |letter: char| letter.is_ascii_alphabetic() || ".-".contains(letter);
                assert!(cookie.chars().all(is_plain), "{cookie}");
            }
        }
        assert_eq!(Look::of_cookie("\"><script>.x"), Look::default());
    }

    #[test]
    fn a_page_wears_it() {
        let page = crate::sign_in(&crate::SignInPage::default());
        assert_eq!(dressed(page.clone(), Look::default()), page);
        let dark = dressed(page, DARK);
        assert!(dark.contains("<html data-theme=\"dark\" data-shortcuts=\"off\" lang="));
        assert!(dark.contains("name=\"color-scheme\" content=\"dark\""));
        assert_eq!(
            dark.matches(&format!("content=\"{DARK_PAPER}\"")).count(),
            2
        );
        assert_eq!(dressed("<article>".into(), DARK), "<article>");
    }
}
