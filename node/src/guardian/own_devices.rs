//! What devices of one identity give each other: the objects of its files, where one lacks what another stored.

use hearth_protocol::bounds::PART_BYTES_MAX;
use hearth_protocol::guardian::{GuardMessage, KeptId};

use super::Guard;
use super::keeper::Claimed;
use super::requests::{ANSWER_TIME_MAX, AskError, GetError, Request, Turn};
use super::serving::ServeError;
use crate::network::Peer;
use crate::objects::{ObjectId, Objects};

/// Pieces of the longest object: a MiB of content, sealed.
const PIECES_MAX: usize = 17;

impl Guard {
    /// From now on other devices of the account are given its objects.
    pub(crate) fn share_objects(&self, objects: Objects) {
        // There is one for each run of the node.
        let _ = self.0.objects.set(objects);
    }

    /// An object's sealed bytes, from the first connected device of the account that has it. They are what the id names.
    pub(crate) async fn fetch_object(&self, id: &ObjectId) -> Option<Vec<u8>> {
        let own: Vec<Peer> = {
            let sessions = self.0.sessions.lock();
            let own = sessions.iter().filter(|(_, session)| session.is_own);
            own.map(|(peer, _)| *peer).collect()
        };
        for peer in own {
            match self.fetch_from(peer, *id.as_bytes()).await {
                Ok(bytes) => return Some(bytes),
                Err(GetError::Absent) => {}
                Err(error) => {
                    tracing::debug!(%peer, %error, "another device doesn't give an object");
                }
            }
        }
        None
    }

    async fn fetch_from(&self, peer: Peer, id: KeptId) -> Result<Vec<u8>, GetError> {
        let mut request = Request::begin(self, peer, PIECES_MAX, Turn::Ask).await?;
        let message = GuardMessage::Fetch {
            request: request.number,
            owner: self.identity(),
            id,
        };
        request.send(&message).await?;
        match request.answer(ANSWER_TIME_MAX).await? {
            GuardMessage::Coming { bytes, .. }
                if (bytes as usize).div_ceil(PART_BYTES_MAX) <= PIECES_MAX =>
            {
                request.pieces(id, bytes, ANSWER_TIME_MAX).await
            }
            GuardMessage::Absent { .. } => Err(GetError::Absent),
            _ => Err(AskError::Nonsense.into()),
        }
    }

    /// Gives an object to who claimed to be a device of the account here, and is one still; how many bytes that was.
    pub(super) async fn serve_object(
        &self,
        peer: Peer,
        request: u32,
        claimed: &Claimed,
        id: KeptId,
    ) -> Result<Option<u64>, ServeError> {
        let (me, device) = (self.identity(), claimed.device);
        let known = self.0.store.read(move |logs| Ok(logs.statements(&me)));
        let is_own = claimed.statements.identity() == me && known.await?.is_current(&device);
        let objects = self.0.objects.get().filter(|_| is_own);
        let found = match objects {
            Some(objects) => objects.sealed(&ObjectId::from_bytes(id)).await.ok(),
            None => None,
        };
        let length = found
            .as_ref()
            .and_then(|found| u32::try_from(found.len()).ok());
        let (Some(found), Some(bytes)) = (found, length) else {
            self.reply(peer, &GuardMessage::Absent { request });
            return Ok(None);
        };
        self.reply(peer, &GuardMessage::Coming { request, bytes });
        let mut at = 0;
        for piece in found.chunks(PART_BYTES_MAX) {
            if !self.send_piece(peer, request, at, piece).await {
                break;
            }
            at += u32::try_from(piece.len()).expect("a piece is short");
        }
        Ok(Some(at.into()))
    }
}
