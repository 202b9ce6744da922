//! One of a list, and what a no may change.

use super::*;

const LIST: SlotId = SlotId(0);
const CHOSEN: SlotId = SlotId(1);

impl Build {
    fn choosing(&mut self) {
        let [others, none_fits, change] = ["others", "none", "which"].map(|name| self.prompt(name));
        self.0.choosing = Some(Choosing { others, none_fits, change });
        self.0.press = ('1'..='9').map(|key| (key_of(key), self.prompt(&format!("press_{key}")))).collect();
    }

    fn choose(&mut self, page: u8) -> Act {
        let item = self.speaks(CHOSEN, SayAs::Words(Form::Cardinal(Inflection::plain(Lang::Ru))));
        Act::Choose(Choose {
            from: LIST,
            page,
            prompt: self.prompt("choose"),
            item,
            barge_in: BargeIn::AtOnce,
            fields: vec![("n".to_owned(), CHOSEN)],
            chosen: self.arm("chosen"),
            none_fits: self.arm("none_fits"),
            ladder: self.ladder(),
        })
    }
}

/// A list of so many counts, from 11 on, offered two at a time; then what was chosen is said.
fn list_of(items: u32) -> Arc<Program> {
    let mut build = Build::new();
    build.words();
    build.choosing();
    let items = (0..items).map(|n| BTreeMap::from([("n".to_owned(), Value::Count(11 + n))])).collect();
    let fill = Act::Set(vec![(LIST, Operand::Value(Value::List(items)))]);
    let choose = build.choose(2);
    let said = build.speaks(CHOSEN, SayAs::Words(Form::Cardinal(Inflection::plain(Lang::Ru))));
    let ty = Type::List { fields: BTreeMap::from([("n".to_owned(), Type::Count)]), most: 9 };
    build.main(&[ty, Type::Count], vec![fill, choose, Act::Say { prompt: said, barge_in: BargeIn::AtOnce }])
}

const FIRST: &str = "0 choose.0 _ odinnadtsat_end press_1.0 _ dvenadtsat_end press_2.0 _ others.0 press_9.0";
const LAST: &str = "0 choose.0 _ trinadtsat_end press_1.0 _ none.0 press_9.0";

#[test]
fn a_list_is_offered_by_pages_and_its_item_chosen_by_key() {
    talk(list_of(3)).hears(FIRST).keys("2").hears("0 hush; 0 chosen.0; 0 dvenadtsat_end; 0 end completed");
    let turned = talk(list_of(3)).hears(FIRST).keys("9").hears(&format!("0 hush; {LAST}"));
    turned.keys("1").hears("0 hush; 0 chosen.0; 0 trinadtsat_end; 0 end completed");
}

#[test]
fn after_the_last_page_none_fits() {
    talk(list_of(3)).hears(FIRST).keys("99").hears(&format!("0 hush; {LAST}; 0 hush; 0 none_fits.0; 0 end completed"));
    talk(list_of(0)).hears("0 none_fits.0; 0 end completed");
}

#[test]
fn a_full_last_page_offers_no_other() {
    let offered = FIRST.replace("others.0", "none.0");
    talk(list_of(2)).hears(&offered).keys("9").hears("0 hush; 0 none_fits.0; 0 end completed");
}

#[test]
fn a_key_that_no_item_of_the_page_has_is_no_match_there() {
    let again = LAST.replace("choose.0", "choose.1");
    talk(list_of(3)).keys("92").hears(&format!("{FIRST}; 0 hush; {LAST}; 0 hush; 0 nomatch.0; {again}"));
}

#[test]
fn an_answer_with_too_long_a_list_or_an_odd_item_is_no_answer() {
    let fields = BTreeMap::from([("n".to_owned(), Type::Count)]);
    let contract = Contract {
        name: "x".into(),
        writes: false,
        request: BTreeMap::new(),
        outcomes: BTreeMap::from([("found".to_owned(), BTreeMap::from([("items".to_owned(), Type::List { fields, most: 2 })]))]),
    };
    let item = |name: &str, value: Value| BTreeMap::from([(name.to_owned(), value)]);
    let found = |items: Vec<BTreeMap<String, Value>>| {
        let fields = BTreeMap::from([("items".to_owned(), Value::List(items))]);
        super::super::answer::accepted(Answer::Outcome { outcome: "found".into(), fields }, &contract, &BTreeMap::new()).is_some()
    };
    let good = item("n", Value::Count(1));
    assert!(found(vec![]) && found(vec![good.clone(); 2]));
    assert!(!found(vec![good.clone(); 3]) && !found(vec![item("m", Value::Count(1))]) && !found(vec![item("n", Value::Flag(true))]));
    assert!(!found(vec![good.into_iter().chain(item("more", Value::Count(1))).collect()]));
}

/// Two rows are asked, then confirmed; a no may change either, once.
fn two_rows() -> Arc<Program> {
    let mut build = Build::new();
    build.words();
    build.choosing();
    let digits = [Grammar::Digits { min: 2, max: 2 }];
    let (first, mut second) = (build.ask(&digits), build.ask(&digits));
    if let Act::Ask(ask) = &mut second {
        ask.prompt = build.prompt("second");
        ask.alternatives[0].slot = SlotId(1);
    }
    let change = |build: &mut Build, name: &str, at: u16| Change {
        name: name.to_owned(),
        label: build.prompt(name),
        to: StepId(at),
        clears: vec![SlotId(at)],
    };
    let changes = vec![change(&mut build, "one", 0), change(&mut build, "two", 1)];
    let confirm = Act::Confirm(Confirm {
        prompt: build.prompt("check"),
        barge_in: BargeIn::AtOnce,
        yes: build.arm("yes"),
        no: build.arm("no"),
        change: Some(Changing { changes, times: 1, counter: CounterId(0) }),
        ladder: build.ladder(),
    });
    build.main(&[Type::Digits, Type::Digits], vec![first, second, confirm])
}

const WHICH: &str = "0 which.0 _ one.0 press_1.0 _ two.0 press_2.0 _ none.0 press_9.0";

#[test]
fn a_no_asks_what_to_change_and_goes_back_there_so_often() {
    let asked = talk(two_rows()).keys("1122").hears("0 ask.0; 0 hush; 0 second.0; 0 hush; 0 check.0").keys("2");
    let back = asked.hears(&format!("0 hush; {WHICH}")).keys("2").hears("0 hush; 0 second.0");
    let again = back.keys("33").hears("0 hush; 0 check.0");
    again.keys("2").hears("0 hush; 0 no.0; 0 end completed");
}

#[test]
fn what_may_be_changed_can_be_declined_misheard_and_confirmed_after_all() {
    let asked = || talk(two_rows()).keys("11222").hears(&format!("0 ask.0; 0 hush; 0 second.0; 0 hush; 0 check.0; 0 hush; {WHICH}"));
    asked().keys("9").hears("0 hush; 0 no.0; 0 end completed");
    asked().keys("7").hears(&format!("0 hush; 0 nomatch.0; {WHICH}"));
    talk(two_rows()).keys("11221").hears("0 ask.0; 0 hush; 0 second.0; 0 hush; 0 check.0; 0 hush; 0 yes.0; 0 end completed");
}

#[test]
fn a_changed_slot_is_empty_until_it_is_asked_again() {
    let mut talk = talk(two_rows()).keys("112222");
    assert_eq!(talk.robot.frame().slots(), [Some(Value::Digits("11".into())), None]);
    talk = talk.keys("44");
    assert_eq!(talk.robot.frame().slots()[1], Some(Value::Digits("44".into())));
}

/// A list of three documents, two at a time; then the chosen one is said.
fn documents() -> Arc<Program> {
    let mut build = Build::new();
    build.words();
    build.choosing();
    let documents = [("card", "удостоверение личности"), ("passport", "паспорт"), ("licence", "жүргізуші куәлігі")];
    let said = documents.map(|(name, _)| (name.to_owned(), build.prompt(name)));
    build.0.lexicon = [("doc".to_owned(), said.into())].into();
    build.0.lists = [("doc".to_owned(), Phrases::of(documents.map(|(name, words)| (words, name.to_owned()))))].into();
    let items = documents.map(|(name, _)| BTreeMap::from([("doc".to_owned(), Value::Item(name.to_owned()))]));
    let fill = Act::Set(vec![(LIST, Operand::Value(Value::List(items.to_vec())))]);
    let item = build.speaks(CHOSEN, SayAs::Item);
    let mut act = build.choose(2);
    if let Act::Choose(choose) = &mut act {
        (choose.item, choose.fields) = (item, vec![("doc".to_owned(), CHOSEN)]);
    }
    let doc = Type::Item { list: "doc".to_owned() };
    let ty = Type::List { fields: BTreeMap::from([("doc".to_owned(), doc.clone())]), most: 9 };
    build.main(&[ty, doc], vec![fill, act, Act::Say { prompt: item, barge_in: BargeIn::AtOnce }])
}

#[test]
fn an_item_is_chosen_by_its_words_on_whatever_page_or_by_its_number() {
    let offered = "0 choose.0 _ card.0 press_1.0 _ passport.0 press_2.0 _ others.0 press_9.0";
    for (said, chosen) in [
        ("мне паспорт пожалуйста", "passport"),
        ("удостоверение", "card"),
        ("жүргізуші куәлігін", "licence"),
        ("второе", "passport"),
        ("екінші", "passport"),
        ("один", "card"),
    ] {
        let talk = talk(documents()).hears(offered).says(said);
        talk.hears(&format!("0 hush; 0 chosen.0; 0 {chosen}.0; 0 end completed"));
    }
    let turned = talk(documents()).hears(offered).says("тоғыз").hears("0 hush; 0 choose.0 _ licence.0 press_1.0 _ none.0 press_9.0");
    turned.says("первое").hears("0 hush; 0 chosen.0; 0 licence.0; 0 end completed");
    talk(documents())
        .hears(offered)
        .says("синий трактор")
        .hears(&format!("0 hush; 0 nomatch.0; {}", offered.replace("choose.0", "choose.1")));
}

#[test]
fn what_is_to_be_changed_is_named_by_its_number() {
    for said in ["второе", "екінші", "два"] {
        let asked =
            talk(two_rows()).keys("1122").says("нет").hears(&format!("0 ask.0; 0 hush; 0 second.0; 0 hush; 0 check.0; 0 hush; {WHICH}"));
        let mut asked = asked.says(said).hears("0 hush; 0 second.0");
        assert_eq!(asked.robot.frame().slots(), [Some(Value::Digits("11".into())), None]);
        asked = asked.keys("33").hears("0 hush; 0 check.0");
        asked.says("да").hears("0 hush; 0 yes.0; 0 end completed");
    }
    let none = talk(two_rows()).keys("1122").says("жоқ").says("тоғыз");
    none.hears(&format!("0 ask.0; 0 hush; 0 second.0; 0 hush; 0 check.0; 0 hush; {WHICH}; 0 hush; 0 no.0; 0 end completed"));
}
