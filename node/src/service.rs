//! The systemd unit by which a node starts with its machine (systemd.unit(5), systemd.exec(5), systemd.syntax(7)).

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::home::{Home, base_dir};
use crate::keyring::PASSPHRASE_FILE_VARIABLE;
use crate::open_files::OPEN_FILES_MAX;

const UNIT_NAME: &str = "hearth.service";
const SYSTEM_UNITS: &str = "/etc/systemd/system";

/// Why the unit can't be installed or removed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServiceError {
    /// A path can't be written into a unit.
    #[error("{0:?} isn't UTF-8 text, as a systemd unit needs it: use another folder")]
    Unwritable(PathBuf),
    /// Nothing says where a user's units lie.
    #[error("there is no place for your own units, as HOME isn't set: set it, or use `--system`")]
    NoPlace,
    /// The system said no.
    #[error("can't {what} {}: for a service of the system, run it as root; for one of your own, leave `--system` away", .path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// On which file.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
}

fn failed(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> ServiceError {
    let path = path.to_owned();
    move |source| ServiceError::Io { what, path, source }
}

/// Whose service it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// The machine's, started at boot.
    System,
    /// A user's own.
    User,
}

impl Scope {
    /// The system's where it is asked for and for root, else the user's.
    pub(crate) fn of(is_system: bool) -> Self {
        if is_system || is_root() {
            Self::System
        } else {
            Self::User
        }
    }

    /// What a person types to start the installed unit.
    pub(crate) fn enable_commands(self) -> [&'static str; 2] {
        match self {
            Self::System => [
                "systemctl daemon-reload",
                "systemctl enable --now hearth.service",
            ],
            Self::User => [
                "systemctl --user daemon-reload",
                "systemctl --user enable --now hearth.service",
            ],
        }
    }

    fn folder(self) -> Result<PathBuf, ServiceError> {
        match self {
            Self::System => Ok(SYSTEM_UNITS.into()),
            Self::User => base_dir("XDG_CONFIG_HOME", ".config")
                .map(|base| base.join("systemd/user"))
                .ok_or(ServiceError::NoPlace),
        }
    }
}

fn is_root() -> bool {
    own_user() == Some(0)
}

/// A process's own files in /proc belong to its effective user.
fn own_user() -> Option<u32> {
    fs::metadata("/proc/self").ok().map(|about| about.uid())
}

/// Whether `path` belongs to who runs this: what is made in it can then be read by whom the unit runs as.
pub(crate) fn is_own(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|about| Some(about.uid()) == own_user())
}

/// A unit that isn't written yet.
#[derive(Debug)]
pub(crate) struct Unit {
    scope: Scope,
    text: String,
}

impl Unit {
    /// The unit that runs this very program on `home`; one of the system's runs as the owner of that folder.
    ///
    /// # Errors
    /// [`ServiceError::Unwritable`] for paths that a unit can't hold, [`ServiceError::Io`].
    pub(crate) fn new(home: &Home, scope: Scope) -> Result<Self, ServiceError> {
        let program = std::env::current_exe().map_err(failed("find", Path::new("hearth")))?;
        let dir = std::path::absolute(home.dir()).map_err(failed("find", home.dir()))?;
        let about = fs::metadata(&dir).map_err(failed("read", &dir))?;
        let owner = Owner {
            user: about.uid(),
            group: about.gid(),
        };
        let mut text = unit_text(scope, written(&program)?, written(&dir)?, owner);
        if let Some(file) = std::env::var_os(PASSPHRASE_FILE_VARIABLE) {
            let file = std::path::absolute(&file).map_err(failed("find", Path::new(&file)))?;
            let setting = format!("{PASSPHRASE_FILE_VARIABLE}={}", written(&file)?);
            let line = format!("[Service]\nEnvironment={}\n", quoted(&setting));
            text = text.replacen("[Service]\n", &line, 1);
        }
        Ok(Self { scope, text })
    }

    /// Writes it to its place, and gives that. Units aren't secret: mode 0644.
    ///
    /// # Errors
    /// [`ServiceError::NoPlace`], [`ServiceError::Io`].
    pub(crate) fn write(&self) -> Result<PathBuf, ServiceError> {
        self.write_into(&self.scope.folder()?)
    }

    fn write_into(&self, folder: &Path) -> Result<PathBuf, ServiceError> {
        let path = folder.join(UNIT_NAME);
        let fresh = folder.join(format!(".{UNIT_NAME}.new"));
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(&fresh, &self.text))
            .and_then(|()| fs::set_permissions(&fresh, fs::Permissions::from_mode(0o644)))
            .and_then(|()| fs::rename(&fresh, &path))
            .map_err(failed("write", &path))?;
        Ok(path)
    }

    /// Removes the installed unit; gives its place and whether it was there.
    ///
    /// # Errors
    /// [`ServiceError::NoPlace`], [`ServiceError::Io`].
    pub(crate) fn remove(scope: Scope) -> Result<(PathBuf, bool), ServiceError> {
        remove_from(&scope.folder()?)
    }
}

fn remove_from(folder: &Path) -> Result<(PathBuf, bool), ServiceError> {
    let path = folder.join(UNIT_NAME);
    match fs::remove_file(&path) {
        Ok(()) => Ok((path, true)),
        Err(source) if source.kind() == io::ErrorKind::NotFound => Ok((path, false)),
        Err(source) => Err(failed("remove", &path)(source)),
    }
}

/// Whom the home folder belongs to, by number.
#[derive(Debug, Clone, Copy)]
struct Owner {
    user: u32,
    group: u32,
}

fn written(path: &Path) -> Result<&str, ServiceError> {
    path.to_str()
        .ok_or_else(|| ServiceError::Unwritable(path.to_owned()))
}

fn unit_text(scope: Scope, program: &str, dir: &str, owner: Owner) -> String {
    let mut text = String::from("[Unit]\nDescription=Hearth, a personal server\n");
    if scope == Scope::System {
        text.push_str("Wants=network-online.target\nAfter=network-online.target\n");
    }
    // Nobody may be there to see why it fails: it is tried again for ever.
    text.push_str("StartLimitIntervalSec=0\n\n[Service]\n");
    writeln!(
        text,
        "ExecStart={} up --home {}\nRestart=always\nRestartSec=2\nTimeoutStopSec=60\nLimitNOFILE={OPEN_FILES_MAX}\n\
         UMask=0077\nNoNewPrivileges=yes",
        quoted(program),
        quoted_argument(dir)
    )
    .expect("a String takes everything");
    let target = match scope {
        Scope::System => {
            harden(&mut text, program, dir, owner);
            "multi-user.target"
        }
        Scope::User => "default.target",
    };
    writeln!(text, "\n[Install]\nWantedBy={target}").expect("a String takes everything");
    text
}

/// What a node never needs is taken from it. A user's own manager can't do most of this.
fn harden(text: &mut String, program: &str, dir: &str, owner: Owner) {
    if owner.user != 0 {
        writeln!(text, "User={}\nGroup={}", owner.user, owner.group)
            .expect("a String takes everything");
    }
    writeln!(
        text,
        "ProtectSystem=strict\nReadWritePaths={}\nProtectHome=read-only",
        quoted(dir)
    )
    .expect("a String takes everything");
    let is_passing = |path: &str| path.starts_with("/tmp/") || path.starts_with("/var/tmp/");
    if !is_passing(program) && !is_passing(dir) {
        text.push_str("PrivateTmp=yes\n");
    }
    text.push_str(
        "PrivateDevices=yes\nProtectKernelTunables=yes\nProtectKernelModules=yes\nProtectKernelLogs=yes\n\
         ProtectControlGroups=yes\nProtectClock=yes\nProtectHostname=yes\nRestrictSUIDSGID=yes\n\
         RestrictRealtime=yes\nRestrictNamespaces=yes\nLockPersonality=yes\nMemoryDenyWriteExecute=yes\n\
         RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK\n",
    );
}

/// One word of a setting, as systemd's quoting and specifiers ask for it.
fn quoted(word: &str) -> String {
    let mut text = String::from("\"");
    for letter in word.chars() {
        match letter {
            '"' | '\\' => text.extend(['\\', letter]),
            '%' => text.push_str("%%"),
            '\n' => text.push_str("\\n"),
            '\t' => text.push_str("\\t"),
            _ if letter.is_ascii_control() => {
                write!(text, "\\x{:02x}", u32::from(letter)).expect("a String takes everything");
            }
            _ => text.push(letter),
        }
    }
    text.push('"');
    text
}

/// One argument of a command line, where a dollar would begin a variable (in the program's own path it doesn't).
fn quoted_argument(word: &str) -> String {
    quoted(word).replace('$', "$$")
}

/// A systemd that runs and can be asked.
pub(crate) struct Manager {
    scope: Scope,
}

impl Manager {
    /// The manager of `scope`, where this machine was booted by systemd (sd_booted(3)).
    pub(crate) fn found(scope: Scope) -> Option<Self> {
        Path::new("/run/systemd/system")
            .is_dir()
            .then_some(Self { scope })
    }

    /// Starts the unit now and with the machine; whether that worked.
    pub(crate) fn enable(&self) -> bool {
        self.reload() && self.run(&["enable", UNIT_NAME]) && self.run(&["restart", UNIT_NAME])
    }

    /// Stops the unit now and for the future; whether that worked.
    pub(crate) fn disable(&self) -> bool {
        self.run(&["disable", "--now", UNIT_NAME])
    }

    /// Has the units read again; whether that worked.
    pub(crate) fn reload(&self) -> bool {
        self.run(&["daemon-reload"])
    }

    fn run(&self, words: &[&str]) -> bool {
        let scope: &[&str] = match self.scope {
            Scope::System => &[],
            Scope::User => &["--user"],
        };
        Command::new("systemctl")
            .args(scope)
            .args(words)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const ALICE: Owner = Owner {
        user: 1_000,
        group: 100,
    };

    #[test]
    fn a_system_unit_is_hardened_and_runs_as_the_homes_owner() {
        let text = unit_text(Scope::System, "/usr/bin/hearth", "/srv/hearth", ALICE);
        for line in [
            "ExecStart=\"/usr/bin/hearth\" up --home \"/srv/hearth\"",
            "Restart=always",
            "RestartSec=2",
            "LimitNOFILE=65536",
            "NoNewPrivileges=yes",
            "ProtectSystem=strict",
            "ReadWritePaths=\"/srv/hearth\"",
            "PrivateTmp=yes",
            "User=1000",
            "Group=100",
            "WantedBy=multi-user.target",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} in {text}");
        }
    }

    #[test]
    fn a_users_unit_asks_for_nothing_that_only_root_may() {
        let text = unit_text(Scope::User, "/home/a/hearth", "/home/a/data", ALICE);
        assert!(text.contains("WantedBy=default.target"));
        assert!(text.contains("Restart=always"));
        assert!(
            !text.contains("User=") && !text.contains("ReadWritePaths"),
            "{text}"
        );
    }

    #[test]
    fn roots_home_needs_no_user_and_a_passing_one_no_private_tmp() {
        let root = Owner { user: 0, group: 0 };
        let text = unit_text(Scope::System, "/usr/bin/hearth", "/tmp/home", root);
        assert!(
            !text.contains("User=") && !text.contains("PrivateTmp"),
            "{text}"
        );
    }

    #[test]
    fn what_one_makes_is_ones_own() {
        let scratch = tempfile::tempdir().unwrap();
        assert!(is_own(scratch.path()));
        assert!(!is_own(&scratch.path().join("nothing")));
    }

    #[test]
    fn words_survive_systemds_reading() {
        assert_eq!(quoted("/a b/100%"), r#""/a b/100%%""#);
        assert_eq!(quoted("/\"q\"\\\n\t\u{1}$x"), r#""/\"q\"\\\n\t\x01$x""#);
        assert_eq!(quoted_argument("/$HOME"), r#""/$$HOME""#);
    }

    #[test]
    fn a_unit_is_written_and_removed() {
        let scratch = tempfile::tempdir().unwrap();
        let home = Home::open(scratch.path().join("my home")).unwrap();
        let folder = scratch.path().join("units");
        let unit = Unit::new(&home, Scope::User).unwrap();
        let path = unit.write_into(&folder).unwrap();
        assert_eq!(path, folder.join("hearth.service"));
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains("my home\"\n"), "{text}");
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o644
        );
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        assert_eq!(remove_from(&folder).unwrap(), (path.clone(), true));
        assert_eq!(remove_from(&folder).unwrap(), (path, false));
    }
}
