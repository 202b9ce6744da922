//! Recorded calls on their own bundle, on another, and as files.

mod against;
mod audio;
mod command;
mod kept;
mod pcap;
mod redacted;
mod sealed;
mod words;
