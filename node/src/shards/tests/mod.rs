//! What is kept for others.
