//! What answers rest on, and whether it still holds on a day.
//!
//! That a fact has a source is proved when a bundle loads. Its age is not: a robot that was started yesterday starts today. So the day is an argument of
//! [`Facts::on`], which `check` and `publish` ask and a robot that loads only reports.

use super::fault::{Fault, FaultKind, Faults, Span};
use crate::calendar::Date;

/// So long before a fact expires its editor hears of it.
const SOON_DAYS: i32 = 30;

/// One thing that a topic's answer says about the world.
#[derive(Clone, Debug)]
pub struct Fact {
    /// The topic.
    pub topic: String,
    /// When it was last compared with its source, and where that is written.
    pub as_of: (Date, Span),
    /// The last day on which it holds, and where that is written.
    pub until: Option<(Date, Span)>,
    /// Where it is written that somebody has yet to verify it.
    pub to_verify: Option<Span>,
}

/// The facts of a bundle.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// All of them.
    pub rows: Vec<Fact>,
    /// After so many months one should be looked at again, after twice as many it no longer counts.
    pub review_after_months: u16,
}

impl Facts {
    /// What is wrong with them on a day.
    pub fn on(&self, today: Date) -> Vec<Fault> {
        let mut faults = Faults::default();
        for fact in &self.rows {
            self.judge_age(fact, today, &mut faults);
            judge_end(fact, today, &mut faults);
            if let Some(span) = &fact.to_verify {
                faults.report(FaultKind::FactUnverified, span);
            }
        }
        faults.into_sorted()
    }

    fn judge_age(&self, fact: &Fact, today: Date, faults: &mut Faults) {
        let (as_of, span) = &fact.as_of;
        let is_past = |months: u16| as_of.plus_months(months).is_some_and(|limit| limit < today);
        let (date, months) = (as_of.to_string(), self.review_after_months);
        if is_past(months.saturating_mul(2)) {
            faults.report(FaultKind::FactTooOld { date, months: months.saturating_mul(2) }, span);
        } else if is_past(months) {
            faults.report(FaultKind::FactOld { date, months }, span);
        }
    }
}

fn judge_end(fact: &Fact, today: Date, faults: &mut Faults) {
    let Some((until, span)) = &fact.until else { return };
    let until = (until.to_string(), today.days_until(*until));
    match until {
        (until, ..0) => faults.report(FaultKind::FactExpired { until }, span),
        (until, 0..SOON_DAYS) => faults.report(FaultKind::FactExpiresSoon { until }, span),
        (_, SOON_DAYS..) => {}
    }
}
