//! Each attack by itself.
