//! A failing call is reduced: what can be left out, so that the same invariant is still broken, is left out (delta debugging).

use super::Stage;
use super::call::lived_again;
use super::company::Script;
use super::machine::Machine;
use crate::call::Opening;
use crate::call::invariant::Invariant;

/// So many shorter calls are tried.
const ATTEMPTS_MAX: u32 = 2_000;

/// As little of a script as still breaks the invariant, on machines that `make` makes.
pub fn shrunk<M: Machine>(stage: &Stage, seed: u64, script: &Script, invariant: Invariant, make: impl Fn(&Opening) -> M) -> Script {
    let breaks = |script: &Script| {
        let lived = lived_again(stage, seed, script, &make, &mut |_, _| {});
        lived.breaches.iter().any(|breach| breach.invariant == invariant)
    };
    let mut script = script.clone();
    let (mut attempts, mut chunk) = (0, script.len());
    while chunk > 0 && attempts < ATTEMPTS_MAX {
        let before = script.len();
        let mut from = 0;
        while from < script.len() && attempts < ATTEMPTS_MAX {
            attempts += 1;
            let shorter = without(&script, from, chunk);
            if breaks(&shorter) {
                script = shorter;
            } else {
                from += chunk;
            }
        }
        if script.len() == before || chunk > 1 {
            chunk /= 2;
        }
    }
    script
}

/// Without so many things from a place on; replies stand after deeds.
fn without(script: &Script, from: usize, count: usize) -> Script {
    let kept = |at: usize| at < from || at >= from + count;
    let deeds = script.deeds.iter().enumerate().filter(|(at, _)| kept(*at)).map(|(_, deed)| deed.clone());
    let first = script.deeds.len();
    let replies = script.replies.iter().enumerate().filter(|(at, _)| kept(first + at)).map(|(_, reply)| reply.clone());
    Script { deeds: deeds.collect(), replies: replies.collect() }
}
