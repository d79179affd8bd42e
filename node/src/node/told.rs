//! What `hearth up` tells of a node.

use serde::Serialize;
use zeroize::Zeroizing;

/// What `hearth up` tells.
#[derive(Debug)]
pub(crate) enum Told {
    /// Nobody lives here yet; at this address somebody can begin to.
    FirstRun {
        /// The page, with a sign-in that works once.
        web: String,
    },
    /// The node serves.
    Ready(Ready),
}

/// What `hearth up` tells once the node serves.
#[derive(Debug, Serialize)]
pub(crate) struct Ready {
    pub(super) event: &'static str,
    /// `hearth1…`
    pub(crate) identity: String,
    /// The page, with a sign-in that works once.
    pub(crate) web: String,
    /// Where peers reach the node.
    pub(crate) addresses: Vec<String>,
    /// Only at the first run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) phrase: Option<SecretText>,
}

/// A text that is shown once and wiped.
#[derive(Serialize)]
#[serde(transparent)]
pub(crate) struct SecretText(#[serde(serialize_with = "expose")] pub(crate) Zeroizing<String>);

fn expose<S: serde::Serializer>(
    text: &Zeroizing<String>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(text)
}

impl std::fmt::Debug for SecretText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretText")
    }
}
