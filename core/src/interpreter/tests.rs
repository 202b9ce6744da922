//! Talks with hand-made programs.
