//! Choosing: one of a looked-up list, a page at a time; and what a no may change.

use super::listen::key_at;
use super::machine::{Interpreter, State};
use super::question::{Asking, Due, Question};
use super::speech::Part;
use crate::flow::coverage::By;
use crate::flow::graph::{Change, Changing, Choose, Confirm, Program, PromptId, Value};
use crate::key::Key;

/// The place of the key 9. It turns the page; on the last one: none of these.
const NINE: usize = 8;

/// What a key does to a list.
enum Picked {
    Item(usize),
    NextPage,
    NoneFits,
    Nothing,
}

impl Interpreter {
    pub(super) fn offer(&mut self, choose: &Choose) {
        if self.offered(choose).is_empty() {
            self.by = By::None; // nobody was asked
            self.pick_none(choose);
        } else {
            self.listen(Question::new(Asking::Itself, 0));
        }
    }

    fn offered(&self, choose: &Choose) -> &[std::collections::BTreeMap<String, Value>] {
        match self.frame().slot(choose.from) {
            Some(Value::List(items)) => items,
            Some(_) | None => &[],
        }
    }

    /// The places in the list of the items on this page.
    fn on_page(&self, choose: &Choose, page: usize) -> std::ops::Range<usize> {
        let (all, size) = (self.offered(choose).len(), usize::from(choose.page));
        (page * size).min(all)..((page + 1) * size).min(all)
    }

    pub(super) fn keys_on_page(&self, choose: &Choose, page: usize) -> Vec<Key> {
        let items = self.on_page(choose, page).len();
        (0..items).chain([NINE]).filter_map(key_at).collect()
    }

    /// What introduces it, each item of the page with its key, and what `9` does.
    pub(super) fn page(&self, choose: &Choose, page: usize, nth: usize) -> Vec<Part> {
        let items = self.on_page(choose, page);
        let is_last = items.end >= self.offered(choose).len();
        let mut parts = vec![Part::Prompt(choose.prompt, nth)];
        for (place, item) in items.enumerate() {
            parts.extend([Part::Choice, Part::Item(choose.item, item)]);
            parts.extend(press(&self.program, place));
        }
        let label = self.program.choosing.map(|choosing| if is_last { choosing.none_fits } else { choosing.others });
        parts.extend(named(&self.program, label, NINE));
        parts
    }

    /// The caller chose by a key or its number; `false`: none that the list has.
    pub(super) fn pick(&mut self, choose: &Choose, place: usize) -> bool {
        match self.picked(choose, place) {
            Picked::Item(at) => self.pick_item(choose, at),
            Picked::NextPage => self.turn_page(),
            Picked::NoneFits => self.pick_none(choose),
            Picked::Nothing => return false,
        }
        true
    }

    fn picked(&self, choose: &Choose, place: usize) -> Picked {
        let State::Listening(question) = &self.state else { return Picked::Nothing };
        let mut items = self.on_page(choose, question.page);
        let more = items.end < self.offered(choose).len();
        match place {
            NINE if more => Picked::NextPage,
            NINE => Picked::NoneFits,
            place => items.nth(place).map_or(Picked::Nothing, Picked::Item),
        }
    }

    pub(super) fn pick_item(&mut self, choose: &Choose, at: usize) {
        let item = self.offered(choose).get(at).cloned().unwrap_or_default();
        self.forget_pick(choose);
        for (field, slot) in &choose.fields {
            self.frame_mut().put(*slot, item.get(field).cloned());
        }
        self.took("chosen");
        self.follow(&choose.chosen);
    }

    fn pick_none(&mut self, choose: &Choose) {
        self.forget_pick(choose);
        self.took("none_fits");
        self.follow(&choose.none_fits);
    }

    /// Empties what was chosen before, and takes back what was made from it.
    fn forget_pick(&mut self, choose: &Choose) {
        let slots: Vec<_> = choose.fields.iter().map(|(_, slot)| *slot).collect();
        self.clear(&slots);
    }

    fn turn_page(&mut self) {
        if let State::Listening(question) = &mut self.state {
            question.page += 1;
        }
        self.ask_again(Due::Prompt);
    }

    /// A no: what is to be changed is asked, as long as there may be another change.
    pub(super) fn refuse(&mut self, confirm: &Confirm) {
        let more = confirm.change.as_ref().is_some_and(|changing| self.frame().taken(changing.counter) < changing.times);
        if more {
            self.listen(Question::new(Asking::Change, 0));
        } else {
            self.deny(confirm);
        }
    }

    /// The caller chose what is to be changed, by a key or its number; `false`: none that there is.
    pub(super) fn correct(&mut self, confirm: &Confirm, changing: &Changing, place: usize) -> bool {
        match changing.changes.get(place) {
            Some(change) => self.ask_anew(changing, change),
            None if place == NINE => self.deny(confirm),
            None => return false,
        }
        true
    }

    /// The items of which this is a field's value.
    pub(super) fn items_with(&self, choose: &Choose, field: &str, value: &Value) -> Vec<usize> {
        let items = self.offered(choose).iter().enumerate();
        items.filter(|(_, item)| item.get(field) == Some(value)).map(|(place, _)| place).collect()
    }

    fn deny(&mut self, confirm: &Confirm) {
        self.took("no");
        self.follow(&confirm.no);
    }

    fn ask_anew(&mut self, changing: &Changing, change: &Change) {
        self.took(&change.way());
        self.frame_mut().take(changing.counter);
        self.clear(&change.clears);
        self.go_to(change.to);
    }
}

/// What may be changed, each with its key, and 9 for none of it.
pub(super) fn changes(changing: &Changing, program: &Program) -> Vec<Part> {
    let mut parts: Vec<_> = program.choosing.map(|choosing| Part::Prompt(choosing.change, 0)).into_iter().collect();
    for (place, change) in changing.changes.iter().enumerate() {
        parts.extend(named(program, Some(change.label), place));
    }
    parts.extend(named(program, program.choosing.map(|choosing| choosing.none_fits), NINE));
    parts
}

pub(super) fn keys_of_changes(changing: &Changing) -> Vec<Key> {
    (0..changing.changes.len()).chain([NINE]).filter_map(key_at).collect()
}

fn named(program: &Program, label: Option<PromptId>, place: usize) -> Vec<Part> {
    let label = label.into_iter().flat_map(|label| [Part::Choice, Part::Prompt(label, 0)]);
    label.chain(press(program, place)).collect()
}

fn press(program: &Program, place: usize) -> Option<Part> {
    key_at(place).and_then(|key| program.press.get(&key)).map(|prompt| Part::Prompt(*prompt, 0))
}
