//! The button for a passkey. It needs a script, as browsers give passkeys to nothing else.

use crate::assets::names;
use crate::icon::{Icon, icon};
use crate::language::{Language, say, say_html};
use maud::{Markup, html};

/// What a browser asks an authenticator for. Bytes are base64url.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PasskeyAsk {
    /// Whom the passkey is for: the host's name.
    pub party: String,
    /// What it signs.
    pub challenge: String,
    /// Whose it is; only where one is made.
    pub user: String,
    /// What the authenticator calls them; only where one is made.
    pub name: String,
    /// Those that are there already; only where one is made.
    pub known: Vec<String>,
}

/// Whether this page, at this address, can have passkeys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Passkeys {
    /// It can.
    Here(PasskeyAsk),
    /// It can under another name of the same server, at this address.
    Elsewhere {
        /// The name.
        name: String,
        /// What leads there.
        address: String,
    },
    /// Browsers allow none here.
    No,
}

/// The button that makes a passkey and sends it to `action` (fields `csrf`, `client_data`, `attestation` and those in `more`), or
/// says where it would be.
pub(crate) fn maker(
    language: Language,
    action: &str,
    csrf: &str,
    passkeys: &Passkeys,
    more: &Markup,
) -> Markup {
    match passkeys {
        Passkeys::Here(ask) => {
            let fields = html! {
                input type="hidden" name="csrf" value=(csrf);
                input type="hidden" name="client_data";
                input type="hidden" name="attestation";
                (more)
            };
            let label = say!(language, "passkey-make");
            button(language, action, "create", ask, &label, &fields)
        }
        Passkeys::Elsewhere { name, address } => {
            let label = say!(language, "passkey-elsewhere-link", name = name.as_str());
            let here = html! { a href=(address) { (label) } };
            html! { p.quiet { (say_html!(language, "passkey-elsewhere", here = here)) } }
        }
        Passkeys::No => html! {},
    }
}

/// The button that signs in by a passkey: `/sign-in/passkey` (fields `id`, `client_data`, `authenticator_data`, `signature`).
pub(crate) fn user(language: Language, ask: &PasskeyAsk) -> Markup {
    let fields = html! {
        @for name in ["id", "client_data", "authenticator_data", "signature"] { input type="hidden" name=(name); }
    };
    let label = say!(language, "passkey-use");
    button(language, "/sign-in/passkey", "get", ask, &label, &fields)
}

fn button(
    language: Language,
    action: &str,
    how: &str,
    ask: &PasskeyAsk,
    label: &str,
    fields: &Markup,
) -> Markup {
    html! {
        form.passkey method="post" action=(action) hidden data-passkey=(how) data-party=(ask.party)
            data-challenge=(ask.challenge) data-user=(ask.user) data-name=(ask.name) data-known=(ask.known.join(" ")) {
            (fields)
            button.plain type="submit" { (icon(Icon::Private)) (label) }
            p.problem role="alert" hidden { (say!(language, "passkey-failed")) }
        }
        noscript { p.quiet { (say!(language, "passkey-scripts")) } }
        script src={ "/static/" (names().passkey) } defer {}
    }
}
