//! What a page says about the action before it.

use crate::said::Said;
use hearth_web_ui::Notice;

pub(super) use hearth_web_ui::Done;

/// The line for an action that wasn't done.
pub(super) fn problem(said: &Said) -> Notice {
    Notice::Problem(said.into())
}
