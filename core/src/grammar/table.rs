//! Tables of what callers say and what is meant, checked row by row: the other direction of [`crate::spoken::table`].

use super::{Context, day, navigation, number};
use crate::lang::Lang;

/// What is understood of a row's input, in the spelling of the table; `None` when nothing is.
///
/// Dates as `2026-11-24`, times as `09:30`, approximate values after `~`, what must be asked after `?`; sums as `200 KZT`, percentages as `20%`.
pub fn understood(lang: Lang, kind: &str, input: &str, context: &Context) -> Option<String> {
    match kind {
        "cardinal" | "ordinal/choice" | "digits" | "mixed/colloquial" => number::row(kind, input),
        "date" | "time" => day::row(kind, input, context),
        _ => navigation::row(lang, input),
    }
}
