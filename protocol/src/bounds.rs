//! Every limit of the protocol in one place. A value beyond its bound is refused wherever it comes from.

/// An encoded header's length.
pub const HEADER_BYTES_MAX: usize = 300;
/// A body's length, envelope included.
pub const BODY_BYTES_MAX: usize = 32 * 1024;
/// A post's text, in bytes of UTF-8.
pub const TEXT_BYTES_MAX: usize = 16 * 1024;
/// What stands before a post that isn't shown at once, in bytes of UTF-8.
pub const WARNING_BYTES_MAX: usize = 200;
/// Photos of one post.
pub const PHOTOS_MAX: usize = 8;
/// What is said of a photo for who doesn't see it, in bytes of UTF-8.
pub const ALT_BYTES_MAX: usize = 1500;
/// A photo's placeholder (a thumbhash).
pub const PLACEHOLDER_BYTES_MAX: usize = 32;
/// The full size of a photo, as a file.
pub const FULL_BYTES_MAX: u64 = 8 * 1024 * 1024;
/// Its longer side, in pixels.
pub const FULL_SIDE_MAX: u16 = 2560;
/// The small size of a photo, as a file: one object.
pub const SMALL_BYTES_MAX: u64 = 256 * 1024;
/// Its longer side, in pixels.
pub const SMALL_SIDE_MAX: u16 = 640;
/// Somebody's picture in full, as a file: one object.
pub const PORTRAIT_BYTES_MAX: u64 = 1024 * 1024;
/// Its sides, in pixels.
pub const PORTRAIT_SIDE_MAX: u16 = 512;
/// Somebody's picture in small, as a file: one object.
pub const PORTRAIT_SMALL_BYTES_MAX: u64 = 64 * 1024;
/// Its sides, in pixels.
pub const PORTRAIT_SMALL_SIDE_MAX: u16 = 96;
/// A display name, in bytes of UTF-8.
pub const NAME_BYTES_MAX: usize = 256;
/// A biography, in bytes of UTF-8.
pub const BIO_BYTES_MAX: usize = 4 * 1024;
/// Claimed times stay below this, so that `ms << 16` fits 64 bits.
pub const TIME_MS_MAX: u64 = (1 << 47) - 1;
/// Sequences stay below this.
pub const SEQUENCE_MAX: u64 = (1 << 40) - 1;
/// Log numbers stay below this.
pub const LOG_NUMBER_MAX: u64 = (1 << 48) - 1;
/// Entries in a run.
pub const RUN_ENTRIES_MAX: usize = 1024;
/// A run's target length in bytes: a server stops adding entries once it is reached.
pub const RUN_BYTES_TARGET: usize = 128 * 1024;
/// Places that one delete may name.
pub const DELETE_TARGETS_MAX: usize = 32;
/// Root statements kept for one identity.
pub const STATEMENTS_MAX: usize = 128;
/// One encoded root statement.
pub const STATEMENT_BYTES_MAX: usize = 1536;
/// Logs whose end one cut may name.
pub const CUT_ENDS_MAX: usize = 16;
/// Logs held for one identity.
pub const LOGS_PER_IDENTITY_MAX: usize = 128;
/// Ranges that a node may claim to hold of one log.
pub const RANGES_MAX: usize = 256;
/// A message between two nodes.
pub const MESSAGE_BYTES_MAX: usize = 1024 * 1024;
/// Identities that one peer may register interest in.
pub const INTERESTS_PER_PEER_MAX: usize = 16 * 1024;
/// Accounts that one peer may say it hosts.
pub const PRESENCES_PER_PEER_MAX: usize = 16;
/// Addresses in a presence record or a link.
pub const ADDRESSES_MAX: usize = 8;
/// One address.
pub const ADDRESS_BYTES_MAX: usize = 256;
/// What is remembered of one peer, encoded; of who said more, nothing is.
pub const REMEMBERED_BYTES_MAX: usize = 320 * 1024;
/// A message between an owner and a guardian.
pub const GUARD_FRAME_BYTES_MAX: usize = 256 * 1024;
/// What a guardian is given in one message, and gives back in one.
pub const PART_BYTES_MAX: usize = 64 * 1024;
/// What a guardian keeps as one: a shard, a page of a manifest, a root.
pub const KEPT_BYTES_MAX: u32 = 9 * 1024 * 1024;
/// Items in one answer that lists what a guardian keeps.
pub const LISTED_ITEMS_MAX: usize = 1024;
/// What one release may name.
pub const RELEASE_IDS_MAX: usize = 512;
/// Roots that a guardian keeps and attests of one owner.
pub const ATTESTED_ROOTS_MAX: usize = 16;
/// A transport peer's id.
pub const PEER_BYTES_MAX: usize = 64;
/// An object's content.
pub const OBJECT_BYTES_MAX: usize = 1024 * 1024;
/// No chunk but a file's last is shorter.
pub const CHUNK_BYTES_MIN: usize = 64 * 1024;
/// What chunks are long on average, about; the longest fills an object.
pub const CHUNK_BYTES_AVERAGE: usize = 256 * 1024;
/// Objects that one list names.
pub const LIST_ITEMS_MAX: usize = 4096;
/// Levels of lists over a file's chunks.
pub const BLOB_DEPTH_MAX: u8 = 3;
/// A file's length.
pub const BLOB_BYTES_MAX: u64 = 1 << 50;
/// A name in a folder of the drive.
pub const DRIVE_NAME_BYTES_MAX: usize = 255;
/// Where a symbolic link points.
pub const LINK_TARGET_BYTES_MAX: usize = 4096;
/// The permissions of a file: 12 bits.
pub const MODE_MAX: u32 = 0o7777;
/// Changes of the drive that are put into one entry, encoded: just below the largest sealed body.
pub const DRIVE_BATCH_BYTES: usize = 32_500;
/// Space that may be pledged to somebody.
pub const PLEDGE_BYTES_MAX: u64 = 1 << 50;
/// A pack's payload, padding included.
pub const PACK_PAYLOAD_BYTES_MAX: usize = 8 * 1024 * 1024;
/// A sealed pack: the payload, a version and what sealing adds.
pub const PACK_BYTES_MAX: usize = 1 + hearth_keys::BLOB_OVERHEAD_BYTES + PACK_PAYLOAD_BYTES_MAX;
/// A record's bytes in a pack: an object (its content, how it is packed, version, seal) or a segment.
pub const RECORD_BYTES_MAX: usize = 1024 * 1024 + 64;
/// A segment of logs.
pub const SEGMENT_BYTES_MAX: usize = 1024 * 1024;
/// Pieces that a pack is cut into.
pub const CODE_K_MAX: u8 = 16;
/// A shard's index.
pub const SHARD_INDEX_MAX: u16 = 255;
/// Shards of one pack that a manifest names.
pub const SHARDS_PER_PACK_MAX: usize = 64;
/// Packs on one page of a manifest.
pub const PAGE_PACKS_MAX: usize = 256;
/// A sealed page.
pub const PAGE_BYTES_MAX: usize = 1024 * 1024 + 64;
/// A sealed root.
pub const ROOT_BYTES_MAX: usize = 1024 * 1024 + 16 * 1024;
/// Keys to which a root is sealed.
pub const ROOT_RECIPIENTS_MAX: usize = 128;
/// Guardians that a root names.
pub const GUARDIANS_MAX: usize = 256;
/// Earlier snapshots that a root names.
pub const SNAPSHOTS_MAX: usize = 128;
/// Generations of backup keys.
pub const BACKUP_KEYS_MAX: usize = 256;
/// Pages that a root names: with full packs, 16 TiB.
pub const PAGES_MAX: usize = 8192;
/// Numbers of packs and snapshots stay below this.
pub const BACKUP_NUMBER_MAX: u64 = (1 << 40) - 1;
/// Objects of a pack that one record tells of.
pub const OBJECTS_PER_CONTENTS_MAX: usize = 16 * 1024;
/// Sealed keys in one grant of an epoch; who grants to more writes more.
pub const GRANT_BOXES_MAX: usize = 384;
/// Sealed keys in a grant that hands over the past as well.
pub const GRANT_WITH_PAST_BOXES_MAX: usize = 192;
/// Earlier epochs that one grant hands over.
pub const GRANT_PAST_MAX: usize = 128;
/// Control entries that a control entry, or a grant, names as the newest.
pub const CONTROL_HEADS_MAX: usize = 16;
/// Control entries that one names in all: the newest, and those on which its author's right rests.
pub const CONTROL_PARENTS_MAX: usize = CONTROL_HEADS_MAX + 8;
/// Control entries of one space that are looked at; a space whose history is longer is at its end.
pub const SPACE_ENTRIES_MAX: usize = 16 * 1024;
/// Of these so many by one identity.
pub const SPACE_ENTRIES_PER_IDENTITY_MAX: usize = 4096;
/// Of these so many by people who weren't admins: they don't crowd out what admins did.
pub const SPACE_ENTRIES_OF_OTHERS_MAX: usize = 8192;
/// Of these so many by one of them.
pub const SPACE_ENTRIES_PER_OTHER_MAX: usize = 512;
/// Entries that a space is said to lack.
pub const SPACE_MISSING_MAX: usize = 256;
/// How far an epoch's generation may be ahead of those that are known, where something before it is gone.
pub const GENERATION_GAP_MAX: u32 = 4096;
/// Members of a shared space.
pub const MEMBERS_MAX: usize = 4096;
/// Members that one control entry adds.
pub const ADDED_MAX: usize = 512;
/// Logs whose end one removal names.
pub const REMOVE_ENDS_MAX: usize = 64;
/// Earlier epochs whose control keys one new epoch hands on.
pub const PREVIOUS_EPOCHS_MAX: usize = 16;
/// Members that one record of an epoch names; of more, several records tell.
pub const RECORD_MEMBERS_MAX: usize = 768;
/// Records of epochs in one entry.
pub const EPOCH_RECORDS_MAX: usize = 128;
/// Root statements that travel with a carried entry.
pub const CARRIED_STATEMENTS_MAX: usize = 32;
/// A reaction's emoji, in bytes of UTF-8.
pub const EMOJI_BYTES_MAX: usize = 32;
/// A register's key.
pub const REGISTER_KEY_BYTES_MAX: usize = 64;
/// A register's value.
pub const REGISTER_VALUE_BYTES_MAX: usize = 2048;
/// A sealed letter.
pub const LETTER_BYTES_MAX: usize = 8 * 1024;
/// What somebody says who knocks, in bytes of UTF-8.
pub const KNOCK_TEXT_BYTES_MAX: usize = 1024;
/// How often a letter may be passed on by who isn't its recipient.
pub const LETTER_HOPS_MAX: u8 = 1;
