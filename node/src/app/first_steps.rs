//! What remains to be done at the beginning, as the home page reminds of it until it is done or put away.

use super::App;
use super::model::AppError;
use hearth_protocol::backup_plan::CODED_FROM_GUARDIANS;

/// What a setting about a step says once it was put away.
pub(super) const AWAY: &str = "away";
/// What the setting about imports says once there was one.
pub(super) const DONE: &str = "done";
/// The setting about imports.
pub(super) const IMPORT: &str = "steps.import";

/// Something to be done at the beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// To set a password or a passkey.
    SignIn,
    /// To find somebody.
    Friend,
    /// To choose a picture.
    Picture,
    /// To have friends keep the backup.
    Guardians,
    /// To bring in what was written elsewhere.
    Import,
    /// To give the public page an address.
    Address,
}

/// What of the beginning the account itself doesn't know.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Front {
    /// Whether a password or a passkey is set.
    pub(crate) can_sign_in: bool,
    /// Whether visitors have an address to come to.
    pub(crate) has_address: bool,
}

/// Which steps remain and which are done; who was put away and isn't done is in neither list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct FirstSteps {
    pub(crate) remaining: Vec<Step>,
    pub(crate) done: Vec<Step>,
    /// How many friends keep the backup.
    pub(crate) guardians: u64,
}

impl Step {
    const ALL: [Self; 6] = [
        Self::SignIn,
        Self::Friend,
        Self::Picture,
        Self::Guardians,
        Self::Import,
        Self::Address,
    ];

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
            Self::Picture => "steps.picture",
            Self::Guardians => "steps.guardians",
            Self::Import => IMPORT,
            Self::Address => "steps.address",
        }
    }
}

impl App {
    /// What remains at the beginning, and what is done.
    pub(crate) async fn first_steps(&self, front: Front) -> Result<FirstSteps, AppError> {
        let said = self.said_of_steps().await?;
        let mut steps = FirstSteps::default();
        if said.iter().all(|(_, said)| said == AWAY || said == DONE) {
            return Ok(steps);
        }
        let guardians = self.guardians().await?;
        let guardians = guardians.iter().filter(|one| one.pledged_to_me > 0).count();
        steps.guardians = guardians as u64;
        let me = self.identity().to_string();
        for (step, said) in said {
            let is_done = match step {
                Step::SignIn => front.can_sign_in,
                Step::Friend => !self.follows().is_empty(),
                Step::Picture => !self.portraits([me.as_str()].into_iter()).await?.is_empty(),
                Step::Guardians => guardians >= CODED_FROM_GUARDIANS,
                Step::Import => said == DONE,
                Step::Address => front.has_address,
            };
            if is_done {
                steps.done.push(step);
            } else if said != AWAY {
                steps.remaining.push(step);
            }
        }
        Ok(steps)
    }

    /// Puts a step away, on all of one's devices.
    pub(crate) async fn put_away(&self, step: Step) -> Result<(), AppError> {
        self.set_setting(step.setting(), Some(AWAY)).await?;
        Ok(())
    }

    /// Whether any step was put away.
    pub(crate) async fn has_put_away(&self) -> Result<bool, AppError> {
        let said = self.said_of_steps().await?;
        Ok(said.iter().any(|(_, said)| said == AWAY))
    }

    /// What the settings about steps say.
    async fn said_of_steps(&self) -> Result<Vec<(Step, String)>, AppError> {
        let settings = self.settings_named(Step::ALL.map(Step::setting)).await?;
        let said = settings.into_iter().map(|setting| setting.value);
        Ok(Step::ALL.into_iter().zip(said).collect())
    }

    /// Brings back all steps that were put away.
    pub(crate) async fn bring_back_steps(&self) -> Result<(), AppError> {
        for (step, said) in self.said_of_steps().await? {
            if said == AWAY {
                self.set_setting(step.setting(), None).await?;
            }
        }
        Ok(())
    }

    /// Notes that something was imported, which needn't be reminded of any more.
    pub(super) async fn has_imported(&self) -> Result<(), AppError> {
        if self.setting(IMPORT).await?.value != DONE {
            self.set_setting(IMPORT, Some(DONE)).await?;
        }
        Ok(())
    }
}
