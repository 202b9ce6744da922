//! A message comes to few parts, whatever its values are.

use super::super::fault::{FaultKind, Faults};
use super::super::graph::{Flow, FlowId, Program, StepId};
use super::super::resolve::Mark;
use super::Places;
use crate::lang::Lang;
use crate::sms::{self, PARTS_FAIR, PARTS_MAX};

pub(super) fn every_message_is_short(program: &Program, id: FlowId, flow: &Flow, places: &Places, faults: &mut Faults) {
    for (at, step) in flow.steps.iter().enumerate() {
        for (text, _) in step.act.messages() {
            for lang in Lang::ALL {
                let longest = program.written(text, lang, |slot, by| program.longest(&flow.slots[usize::from(slot.0)].ty, by, lang));
                if let Some(kind) = too_many(sms::parts(&longest), lang) {
                    places.report((id, StepId(at as u16), Mark::Prompt(text)), kind, faults);
                }
            }
        }
    }
}

fn too_many(parts: usize, lang: Lang) -> Option<FaultKind> {
    if parts > PARTS_MAX {
        Some(FaultKind::MessageTooLong { lang, parts, most: PARTS_MAX })
    } else if parts > PARTS_FAIR {
        Some(FaultKind::LongMessage { lang, parts, most: PARTS_FAIR })
    } else {
        None
    }
}
