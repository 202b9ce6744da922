//! The closed list of edits: what each does, and what must be said of it.

use super::bundle::{Bundle, Edit};
use super::{arm, name, proof, shape, word, yaml};

/// A way to break a sound bundle.
pub(super) struct Kind {
    /// What is done.
    pub(super) name: &'static str,
    /// The fault that must be found.
    pub(super) code: &'static str,
    /// Faults that it may bring with it: whatever hangs on what is gone. Any other is noise, and fails.
    pub(super) follows: &'static [&'static str],
    /// All its places in a bundle.
    pub(super) sites: fn(&Bundle, &mut Dice) -> Vec<Edit>,
}

const fn kind(
    name: &'static str,
    code: &'static str,
    follows: &'static [&'static str],
    sites: fn(&Bundle, &mut Dice) -> Vec<Edit>,
) -> Kind {
    Kind { name, code, follows, sites }
}

pub(super) const KINDS: &[Kind] = &[
    kind("a tab as indentation", "E0103", &[], yaml::tab),
    kind("a bracket left open", "E0103", &[], yaml::open_bracket),
    kind("a quote left open", "E0103", &[], yaml::open_quote),
    kind("an entry twice", "E0106", &[], yaml::twice),
    kind("an anchor", "E0107", &[], yaml::anchor),
    kind("a tag", "E0107", &[], yaml::tag),
    kind("a second document", "E0108", &[], yaml::second_document),
    kind("a control character", "E0109", &[], yaml::control_character),
    kind("brackets in brackets", "E0104", &[], yaml::nested),
    kind("a list or a word where a map belongs", "E0201", &["E0403"], shape::no_map),
    kind("a map or a word where a list belongs", "E0201", &["E0404"], shape::no_list),
    kind("a name left empty", "E0201", &[], shape::empty_name),
    kind("two keys in a step", "E0201", &["E0305", "E0410"], shape::two_keys),
    kind(
        "a key misspelled",
        "E0202",
        &["E0203", "E0403", "E0305", "E0501", "E0602", "E0201", "E0206", "E0401", "E0404", "E0407", "E0408", "E0409", "E0410"],
        shape::misspelled_key,
    ),
    kind("a key of no meaning", "E0202", &[], shape::unknown_key),
    kind("a key gone", "E0203", &["E0305", "E0403", "E0404", "E0408", "E0409", "E0410"], shape::missing_key),
    kind("a way without its aim", "E0203", &[], shape::bound_without_aim),
    kind("a request without its fields", "E0203", &[], shape::no_request),
    kind("a duration without unit", "E0204", &[], shape::bad_duration),
    kind("a number out of its range", "E0204", &["E0305"], shape::bad_number),
    kind("a word that is none of a few", "E0204", &["E0305", "E0403", "E0404", "E0407", "E0409"], shape::bad_word),
    kind("the kind of a step misspelled", "E0205", &["E0305", "E0410", "E0417"], shape::misspelled_step),
    kind("a way and an end", "E0206", &[], shape::contradiction),
    kind("no words for a question about two topics", "E0203", &["W0701"], name::routing_gone),
    kind("the main flow moved", "E0301", &[], name::main_moved),
    kind("the calendar gone", "E0301", &[], name::calendar_gone),
    kind("a flow moved", "E0302", &["E0305"], name::flow_moved),
    kind("the name of a flow misspelled", "E0302", &[], name::flow_renamed),
    kind("no steps", "E0303", &["E0305"], name::no_steps),
    kind("a step with the name of another", "E0304", &["E0305", "E0402", "E0602", "E0603", "E0410"], name::step_twice),
    kind("a step gone that others go to", "E0305", &["E0410"], name::step_gone),
    kind("a file of words moved", "E0305", &[], name::prompts_moved),
    kind("a step's name misspelled", "E0305", &[], name::misspelled_step),
    kind("a prompt's name misspelled", "E0305", &["E0203", "E0306"], name::misspelled_prompt),
    kind("a slot's name misspelled", "E0305", &[], name::misspelled_slot),
    kind("a said slot's name misspelled", "E0305", &["E0504"], name::misspelled_said_slot),
    kind("a service's name misspelled", "E0305", &[], name::misspelled_service),
    kind("a called flow's name misspelled", "E0305", &[], name::misspelled_flow),
    kind("a list's name misspelled", "E0305", &["E0402"], name::misspelled_list),
    kind("a desk's name misspelled", "E0305", &[], name::misspelled_desk),
    kind("a field of a request misspelled", "E0305", &[], name::misspelled_field),
    kind("no words for a key", "E0306", &[], name::no_press_words),
    kind("a day twice", "E0307", &[], arm::day_twice),
    kind("a slot of another type", "E0401", &[], arm::other_type),
    kind("a slot of two types", "E0402", &["E0305", "E0401", "E0404", "E0414", "E0506"], arm::two_types),
    kind("an arm gone", "E0403", &[], arm::gone),
    kind("an outcome that flows do not know yet", "E0403", &["E0418"], arm::outcome_added),
    kind("an outcome that a service no longer has", "E0404", &["E0305", "E0401", "E0409", "E0408"], arm::outcome_removed),
    kind("an arm misspelled", "E0404", &["E0403"], arm::misspelled),
    kind("two choices on one key", "E0405", &[], arm::key_twice),
    kind("a key that is taken", "E0406", &["E0405", "E0306"], arm::reserved_key),
    kind("a service that no longer writes, or does", "E0407", &["E0404"], arm::wrong_step),
    kind("an undo that asks too much", "E0408", &[], arm::undo_unfilled),
    kind("an undo of nothing", "E0409", &[], arm::undo_of_nothing),
    kind("a change of what was never asked", "E0410", &["E0305"], arm::never_asked),
    kind("two choices by the same words", "E0411", &[], arm::phrase_twice),
    kind("a choice by the words of a command", "E0412", &[], arm::phrase_taken),
    kind("two choices of one name", "E0413", &["E0404"], arm::choice_twice),
    kind("a slot asked for twice", "E0414", &["E0411"], arm::slot_twice),
    kind("a message too long, or ended too soon", "E0416", &[], arm::message_span),
    kind("a menu that puts questions to what is no route", "E0417", &[], arm::no_route),
    kind("an outcome of which nobody is told", "E0418", &[], arm::untold),
    kind("a language gone", "E0501", &[], word::one_language),
    kind("a text of no words", "E0502", &["W0713"], word::empty),
    kind("a template that cannot be read", "E0503", &[], word::bad_template),
    kind("a value in one language only", "E0504", &[], word::other_values),
    kind("a Latin letter in a Cyrillic word", "E0505", &[], word::lookalike),
    kind("a filter that does not fit", "E0506", &["E0507"], word::misfit),
    kind("a prompt of too many pieces", "E0507", &["E0508", "E0511", "W0714"], word::too_long),
    kind("a text of minutes", "E0508", &["E0511", "W0714"], word::long_speech),
    kind("a message of too many parts", "E0511", &["E0508"], word::endless_message),
    kind("a message of many parts", "W0714", &[], word::long_message),
    kind("a number in digits", "W0712", &[], word::numeral),
    kind("a sign that cannot be heard", "W0713", &[], word::sign),
    kind("a step that nothing leads to", "E0601", &["E0610"], proof::unreachable),
    kind("a way back without a bound", "E0602", &[], proof::unbounded),
    kind("a way to its own step", "E0602", &[], proof::to_itself),
    kind("an end of a bound that leads back", "E0602", &[], proof::otherwise_back),
    kind("a bound of a way ahead", "E0603", &[], proof::needless_bound),
    kind("a value said before it is filled", "E0604", &[], proof::cleared_before_said),
    kind("a value said at the first step", "E0604", &[], proof::said_at_first),
    kind("a loop that never listens", "E0605", &[], proof::silent_loop),
    kind("a flow that calls itself", "E0606", &["E0601"], proof::call_cycle),
    kind("a failure that ends in a goodbye", "E0607", &[], proof::failure_ends),
    kind("a silence that ends in a goodbye", "E0607", &["E0610"], proof::silence_ends),
    kind("an outcome that is no human's any more", "E0607", &[], proof::no_human),
    kind("many questions before a human comes", "E0608", &[], proof::many_tries),
    kind("a low limit of turns", "E0608", &[], proof::low_limit),
    kind("a low limit of steps", "E0615", &[], proof::low_limit_of_steps),
    kind("a service waited for in silence", "E0609", &["E0608"], proof::robot_silent),
    kind("a caller waited for too long", "E0609", &[], proof::caller_silent),
    kind("nobody who is said to have come", "E0610", &[], proof::nobody),
    kind("an outcome that no longer says that nobody came", "E0610", &[], proof::no_nobody),
    kind("a prompt that nobody says", "W0701", &[], proof::unused_prompt),
];

/// splitmix64: the same numbers on every run.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(super) fn below(&mut self, most: usize) -> usize {
        (self.next() % most.max(1) as u64) as usize
    }

    pub(super) fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }

    /// A name with one slip of the fingers: a letter lost, doubled, changed, or two of them swapped.
    pub(super) fn misspelled(&mut self, name: &str) -> String {
        let letters: Vec<char> = name.chars().collect();
        loop {
            let mut slip = letters.clone();
            let at = self.below(letters.len());
            match self.below(4) {
                0 if letters.len() > 3 => drop(slip.remove(at)),
                1 => slip.insert(at, letters[at]),
                2 => slip[at] = *self.pick(&['q', 'x', 'z', 'w', 'v']),
                _ if at + 1 < letters.len() => slip.swap(at, at + 1),
                _ => {}
            }
            let is_name = slip.iter().all(|c| c.is_alphanumeric() || matches!(c, '_' | '/' | '.'));
            if slip != letters && is_name && slip.iter().any(|c| c.is_alphabetic()) && slip[0].is_alphabetic() {
                return slip.into_iter().collect();
            }
        }
    }
}
