//! The drive: a person's files, as folders of names whose changes are entries and whose contents are objects.

pub(crate) mod frame;
pub(crate) mod path;
pub(crate) mod pipe;
