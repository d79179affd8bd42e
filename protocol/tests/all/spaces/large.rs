//! Large and crafted histories.
