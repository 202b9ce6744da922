//! What is sent of a submit to a caller who did not hear how it ended.

use super::*;
use crate::calendar::Date;
use crate::citizen::{CallerKind, Phone};
use crate::flow::graph::{Recipient, Tells};
use crate::interpreter::{Setting, Telling};

const TO: &str = "+77012340506";

impl Build {
    /// Writes "day SLOT0", and of `booked` also "no. REF at CENTRE".
    fn texts(&mut self) -> BTreeMap<String, PromptId> {
        let word = |word: &str, lang: Lang| Segment::Text(format!("{word} {lang}"));
        let value = |at| Segment::Slot { slot: SlotId(at), by: SayAs::Item, ending: crate::spoken::Ending::Falling };
        let refused = self.push("refused", vec![Both::each(|lang| vec![word("day", lang), value(0)])]);
        let booked = |lang| vec![word("day", lang), value(0), word("no.", lang), value(1), word("at", lang), value(2)];
        let booked = self.push("booked", vec![Both::each(booked)]);
        [("booked", booked), ("full", refused), ("unavailable", refused)].map(|(name, text)| (name.to_owned(), text)).into()
    }

    /// Books the day of slot 0: the answer's number comes into slot 1, its centre into slot 2.
    fn telling(mut self, to: Recipient, setting: Setting) -> Talk {
        let centre = Type::Item { list: "centres".to_owned() };
        let north = self.push("north", vec![Both::each(|lang| vec![Segment::Text(format!("north {lang}"))])]);
        self.0.lexicon = [("centres".to_owned(), [("north".to_owned(), north)].into())].into();
        let fields = [("number".to_owned(), Type::Digits), ("centre".to_owned(), centre.clone())].into();
        let outcomes = [("booked".to_owned(), fields), ("full".to_owned(), BTreeMap::new())].into();
        self.0.contracts.push(Contract { name: "book".to_owned(), writes: true, request: BTreeMap::new(), outcomes });
        let filled = vec![("number".to_owned(), SlotId(1)), ("centre".to_owned(), SlotId(2))];
        let outcomes =
            [("booked", filled), ("full", Vec::new())].map(|(name, fields)| (name.to_owned(), OutcomeArm { fields, arm: self.arm(name) }));
        let lookup = Lookup {
            service: ServiceId(0),
            with: Vec::new(),
            deadline: Duration::from_secs(8),
            filler: None,
            outcomes: outcomes.into(),
            unavailable: self.arm("down"),
        };
        let tells = Some(Tells { to, texts: self.texts() });
        let book = Act::Submit(Submit { lookup, unknown: self.arm("unknown"), undo: None, tells, inputs: Vec::new() });
        let (day, phone) = (Value::Date(Date::parse("2026-12-01").unwrap()), Value::Phone(Phone::parse(TO).unwrap()));
        let set = Act::Set(vec![(SlotId(0), Operand::Value(day)), (SlotId(3), Operand::Value(phone))]);
        talk_of(self.main(&[Type::Date, Type::Digits, centre, Type::Phone], vec![set, book]), setting)
    }
}

impl Talk {
    /// What would be sent of the submit that was wanted.
    fn telling(&mut self) -> Option<Telling> {
        std::iter::from_fn(|| self.robot.poll())
            .find_map(|(_, effect)| if let Effect::Submit { telling, .. } = effect { Some(telling) } else { None })?
    }
}

fn mobile() -> Setting {
    Setting { lang: Some(Lang::Ru), caller: CallerKind::Mobile, ..Setting::default() }
}

fn booked() -> BTreeMap<String, Value> {
    [("number".to_owned(), Value::Digits("55".to_owned())), ("centre".to_owned(), Value::Item("north".to_owned()))].into()
}

#[test]
fn what_is_known_is_written_down_before_and_what_is_answered_afterwards() {
    let telling = Build::new().telling(Recipient::Caller, mobile()).telling().unwrap();
    assert_eq!(telling.to, None);
    assert_eq!(telling.text("booked", &booked()).unwrap(), "day ru 01.12.2026 no. ru 55 at ru north ru");
    assert_eq!(telling.text("full", &BTreeMap::new()).unwrap(), "day ru 01.12.2026");
    assert_eq!(telling.text("unavailable", &BTreeMap::new()).unwrap(), "day ru 01.12.2026");
    assert_eq!(telling.text("booked", &BTreeMap::new()), None, "an answer without what the text says");
    assert_eq!(telling.text("gone", &booked()), None, "an outcome that nobody wrote a text for");
}

#[test]
fn a_caller_without_a_language_is_written_to_in_both() {
    let telling = Build::new().telling(Recipient::Caller, Setting { lang: None, ..mobile() }).telling().unwrap();
    assert_eq!(telling.text("full", &BTreeMap::new()).unwrap(), "day kk 01.12.2026\nday ru 01.12.2026");
}

#[test]
fn who_reads_it_is_decided_before_the_service_is_asked() {
    let phone = Phone::parse(TO).ok();
    let cases = [
        (Recipient::Caller, CallerKind::Mobile, Some(None)),
        (Recipient::Caller, CallerKind::Unknown, Some(None)),
        (Recipient::Caller, CallerKind::Landline, None),
        (Recipient::Caller, CallerKind::Withheld, None),
        (Recipient::Slot(SlotId(3)), CallerKind::Landline, Some(phone)),
    ];
    for (to, caller, read_by) in cases {
        let telling = Build::new().telling(to.clone(), Setting { caller, ..mobile() }).telling();
        assert_eq!(telling.map(|telling| telling.to), read_by, "{to:?} from {caller:?}");
    }
}

#[test]
fn who_hears_how_it_ended_is_not_told_again_and_who_does_not_is() {
    let ask = "0 book0 []; ";
    let begun = || Build::new().telling(Recipient::Caller, mobile());
    let heard = Answer::Outcome { outcome: "booked".to_owned(), fields: booked() };
    begun().answer(0, heard).hears(&format!("{ask}0 booked.0; 0 end completed"));
    begun().answer(0, Answer::Unavailable).hears(&format!("{ask}0 down.0; 0 end completed"));
    begun().answer(0, Answer::Unknown).hears(&format!("{ask}0 tell 0; 0 unknown.0; 0 end completed"));
    begun().at(8000).answer(0, outcome("full")).hears(&format!("{ask}8000 tell 0; 8000 unknown.0; 8000 end completed"));
    let mut gone = begun();
    gone.robot.abandon(CallTime::from_millis(3000));
    gone.hears(&format!("{ask}3000 tell 0"));
    let nobody = Build::new().telling(Recipient::Caller, Setting { caller: CallerKind::Landline, ..mobile() });
    nobody.answer(0, Answer::Unknown).hears(&format!("{ask}0 unknown.0; 0 end completed"));
}
