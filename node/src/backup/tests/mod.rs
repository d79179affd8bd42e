//! Backups of people in memory.
