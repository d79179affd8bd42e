//! How one comes in, whoever lives here: the page and the API; and the page while nobody does.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use zeroize::Zeroizing;

use super::{NodeError, Told, stopped};
use crate::cli::me::UpArgs;
use crate::first_run::{FirstRun, Outcome};
use crate::home::{Home, HomeError};
use crate::http::{self, Entrance, HttpConfig};

/// Where the page and the API listen unless told otherwise.
const HTTP_PORT_DEFAULT: u16 = 4748;

/// By which one comes in, whoever lives here.
pub(super) struct Doors {
    /// For browsers.
    pub(super) entrance: Entrance,
    /// For commands.
    pub(super) token: Zeroizing<String>,
}

impl std::fmt::Debug for Doors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Doors")
    }
}

impl Doors {
    pub(super) async fn open(args: &UpArgs, home: &Home) -> Result<Self, NodeError> {
        let token = http::new_token();
        let config = HttpConfig {
            address: args
                .http
                .unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, HTTP_PORT_DEFAULT))),
            explicit: args.http.is_some(),
            token: token.clone(),
            state_dir: home.dir().to_owned(),
            public_url: args.public_url.clone(),
        };
        let entrance = Entrance::open(config).await?;
        Ok(Self { entrance, token })
    }

    /// Says to commands where they are answered.
    pub(super) fn publish(&self, home: &Home) -> Result<(), HomeError> {
        let address = self.entrance.web().address();
        home.publish_api(http::reachable(address), &self.token)
    }
}

/// Waits at the page until somebody lives here, or wants everything back.
pub(super) async fn first_run(
    home: &Home,
    doors: Doors,
    tell: &mut impl FnMut(Told) -> bool,
) -> Result<(Outcome, Doors), NodeError> {
    let mut terminate = signal(SignalKind::terminate()).map_err(NodeError::System)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(NodeError::System)?;
    doors.publish(home)?;
    let Doors { entrance, token } = doors;
    let (run, web) = (FirstRun::of(home), entrance.web());
    let (stop, stopping) = watch::channel(false);
    let server = http::serve_first_run(entrance, run.clone(), stopped(stopping));
    let server = tokio::spawn(server);
    if !tell(Told::FirstRun {
        web: web.sign_in_link(),
    }) {
        tracing::warn!("nobody was told where the page is");
    }
    let outcome = tokio::select! {
        outcome = run.ended() => outcome,
        _ = terminate.recv() => Outcome::Stopped,
        _ = interrupt.recv() => Outcome::Stopped,
    };
    let _ = stop.send(true);
    let entrance = server.await;
    home.retract_api()?;
    let entrance = entrance.map_err(|error| NodeError::System(std::io::Error::other(error)))?;
    Ok((outcome, Doors { entrance, token }))
}
