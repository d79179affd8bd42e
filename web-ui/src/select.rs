//! A field in which one chooses one out of some.

use maud::{Markup, html};
use std::borrow::Cow;

/// The field, with its label.
pub(crate) struct Select {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) label: Cow<'static, str>,
    /// The id of what says more of it.
    pub(crate) described_by: Option<String>,
    pub(crate) offered: Vec<Offered>,
}

impl Select {
    /// The field, which takes what room there is beside a button.
    pub(crate) fn shown(&self) -> Markup {
        html! {
            div.grow {
                label for=(self.id) { (self.label) }
                select id=(self.id) name=(self.name) autocomplete="off" aria-describedby=[&self.described_by] {
                    @for one in &self.offered {
                        option value=(one.value) lang=[one.lang] selected[one.is_chosen] { (one.words) }
                    }
                }
            }
        }
    }
}

/// What can be chosen.
pub(crate) struct Offered {
    /// What the form says.
    pub(crate) value: String,
    /// What one reads.
    pub(crate) words: String,
    /// The language of that, where it isn't the page's.
    pub(crate) lang: Option<&'static str>,
    pub(crate) is_chosen: bool,
}

impl Offered {
    pub(crate) fn new(value: impl ToString, words: impl Into<String>, is_chosen: bool) -> Self {
        Self {
            value: value.to_string(),
            words: words.into(),
            lang: None,
            is_chosen,
        }
    }
}
