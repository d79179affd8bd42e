//! What remains to be done at the beginning, as the home page reminds of it until it is done or put away.

use super::App;
use super::model::AppError;

/// What a setting about a step says once it was put away.
pub(super) const AWAY: &str = "away";

/// Something to be done at the beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// To set a password or a passkey.
    SignIn,
    /// To find somebody.
    Friend,
    /// To have friends keep the backup.
    Guardians,
}

impl Step {
    const ALL: [Self; 3] = [Self::SignIn, Self::Friend, Self::Guardians];

    /// The step of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|step| step.setting().strip_prefix("steps.") == Some(name))
    }

    /// The setting that says whether it was put away.
    const fn setting(self) -> &'static str {
        match self {
            Self::SignIn => "steps.sign-in",
            Self::Friend => "steps.friend",
            Self::Guardians => "steps.guardians",
        }
    }
}

impl App {
    /// The steps that weren't put away and, as far as the account tells, aren't done. Whether one can sign in, the account
    /// doesn't know.
    pub(crate) async fn first_steps(&self) -> Result<Vec<Step>, AppError> {
        let mut remaining = Vec::new();
        for step in Step::ALL {
            if self.setting(step.setting()).await?.value == AWAY {
                continue;
            }
            let is_done = match step {
                Step::SignIn => false,
                Step::Friend => !self.follows().is_empty(),
                Step::Guardians => {
                    let guardians = self.guardians().await?;
                    guardians.iter().any(|guardian| guardian.pledged_to_me > 0)
                }
            };
            if !is_done {
                remaining.push(step);
            }
        }
        Ok(remaining)
    }

    /// Puts a step away, on all of one's devices.
    pub(crate) async fn put_away(&self, step: Step) -> Result<(), AppError> {
        self.set_setting(step.setting(), Some(AWAY)).await?;
        Ok(())
    }
}
