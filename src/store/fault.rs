//! The moments at which a process can die and nothing may be lost or done twice: before and after each commit, all in one list.
//!
//! A test that sets `DAUYS_DIE_AT=intent.after` (or `intent.after:3`, the third time) has the process die there at once, as by `kill -9`. A release build has nothing of this.

/// A commit, by what it makes last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Commit {
    /// An intent and its job, before the service is asked.
    Intent,
    /// What became of an intent.
    Settle,
    /// What became of an intent, and the message to its caller.
    Tell,
    /// What a call held was used.
    SettleCall,
    /// A hold may have been used by another intent.
    MayBeUsed,
    /// What a dead process left open.
    Orphans,
    /// The jobs of what this process holds.
    KeepHeld,
    /// Jobs were taken.
    TakeJobs,
    /// A job is over, later, or dead.
    EndJob,
    /// What a reconcile job found.
    Reconciled,
    /// What a desk of the demo did: a seat held, a certificate ordered.
    Deed,
    /// A message and its job.
    Message,
    /// A part of a message is about to be submitted.
    BeginPart,
    /// What the answer to a part said.
    SettlePart,
    /// A part that was not taken is tried later.
    PutBackPart,
    /// A message is over.
    FinishMessage,
    /// What became of a part.
    Receipt,
    /// Old messages are forgotten.
    TidyMessages,
    /// A call back was booked, done or cancelled.
    Callback,
    /// Rows that the demo begins with.
    Seed,
    /// What is kept of calls and callers.
    Record,
}

impl Commit {
    /// All.
    pub const ALL: [Self; 21] = [
        Self::Intent,
        Self::Settle,
        Self::Tell,
        Self::SettleCall,
        Self::MayBeUsed,
        Self::Orphans,
        Self::KeepHeld,
        Self::TakeJobs,
        Self::EndJob,
        Self::Reconciled,
        Self::Deed,
        Self::Message,
        Self::BeginPart,
        Self::SettlePart,
        Self::PutBackPart,
        Self::FinishMessage,
        Self::Receipt,
        Self::TidyMessages,
        Self::Callback,
        Self::Seed,
        Self::Record,
    ];

    /// Its name in `DAUYS_DIE_AT`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Intent => "intent",
            Self::Settle => "settle",
            Self::Tell => "tell",
            Self::SettleCall => "settle_call",
            Self::MayBeUsed => "may_be_used",
            Self::Orphans => "orphans",
            Self::KeepHeld => "keep_held",
            Self::TakeJobs => "take_jobs",
            Self::EndJob => "end_job",
            Self::Reconciled => "reconciled",
            Self::Deed => "deed",
            Self::Message => "message",
            Self::BeginPart => "begin_part",
            Self::SettlePart => "settle_part",
            Self::PutBackPart => "put_back_part",
            Self::FinishMessage => "finish_message",
            Self::Receipt => "receipt",
            Self::TidyMessages => "tidy_messages",
            Self::Callback => "callback",
            Self::Seed => "seed",
            Self::Record => "record",
        }
    }
}

/// A side of a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// All is written, nothing lasts.
    Before,
    /// It lasts, and nobody was told.
    After,
}

impl Side {
    /// Its name in `DAUYS_DIE_AT`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::After => "after",
        }
    }
}

/// Dies here when a test wants it.
#[cfg(debug_assertions)]
pub(super) fn point(commit: Commit, side: Side) {
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicU32, Ordering};
    static WANTED: LazyLock<Option<(String, u32)>> = LazyLock::new(|| {
        let wanted = std::env::var("DAUYS_DIE_AT").ok()?;
        let (place, time) = wanted.split_once(':').unwrap_or((&wanted, "1"));
        Some((place.to_owned(), time.parse().ok()?))
    });
    static PASSED: AtomicU32 = AtomicU32::new(0);
    let Some((place, time)) = &*WANTED else { return };
    let here = place.split_once('.') == Some((commit.name(), side.name()));
    if here && PASSED.fetch_add(1, Ordering::Relaxed) + 1 == *time {
        std::process::abort();
    }
}

#[cfg(not(debug_assertions))]
pub(super) const fn point(_: Commit, _: Side) {}
