//! What carries the robot to the world: SIP, media threads, files, the database, the command line.
//!
//! Adapters know `dauys_core` and, at most, the store; they never know each other. What a conversation does next is decided in the core.

pub mod bundle;
pub mod callbacks;
pub mod caller;
pub mod chat;
pub mod cli;
pub mod config;
pub mod console;
pub mod diagram;
pub mod files;
pub mod fuzz;
pub mod http;
pub mod messages;
pub mod pacer;
pub mod records;
pub mod replay;
pub mod serve;
pub mod services;
pub mod simulate;
pub mod sip;
pub mod speech;
pub mod store;
pub mod talk;
