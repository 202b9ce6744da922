//! Talks in words, and in words and keys mixed.

use super::super::Attention;
use super::*;
use crate::grammar::Among;
use crate::heard::{Heard, Hypothesis};

/// Monday, 23 November 2026, 10:00 in Almaty.
const MONDAY_MS: i64 = 1_795_410_000_000;

impl Talk {
    pub(super) fn says(self, text: &str) -> Self {
        self.event(Event::Heard(Heard::typed(text)))
    }

    /// Best first, each with how sure the recogniser is.
    fn hears_of(self, hypotheses: &[(&str, u16)], spoken_ms: u32) -> Self {
        let each = hypotheses.iter().map(|(text, confidence)| Hypothesis { text: (*text).to_owned(), lang: None, confidence: *confidence });
        self.event(Event::Heard(Heard::new(each.collect(), "test", spoken_ms)))
    }

    /// What has been filled in.
    #[track_caller]
    fn holds(self, expected: &[&str]) -> Self {
        let slots = self.robot.frame().slots();
        let held: Vec<String> = slots.iter().map(|value| value.as_ref().map_or("-".to_owned(), shown)).collect();
        assert_eq!(held, expected);
        self
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Iin(iin) => iin.digits().to_owned(),
        Value::Application(number) => number.digits().to_owned(),
        Value::Phone(phone) => phone.e164().to_owned(),
        Value::Count(count) => count.to_string(),
        Value::Flag(flag) => flag.to_string(),
        Value::Digits(text) | Value::Item(text) | Value::Place(text) => text.clone(),
        Value::Date(date) => date.to_string(),
        Value::Time(time) => time.to_string(),
        Value::Money(money) => money.to_string(),
        Value::List(_) => "list".to_owned(),
        Value::Message(message) => message.0.to_string(),
    }
}

fn begun(program: Arc<Program>, lang: Option<Lang>) -> Talk {
    let setting = Setting { lang, answered_at_ms: MONDAY_MS, ..Setting::default() };
    let robot = Interpreter::new(Arc::clone(&program), setting);
    Talk { program, robot, now: CallTime::START }.event(Event::Started)
}

/// A program in which every command has its words and doubt its question.
fn build() -> Build {
    let mut build = Build::new();
    build.words();
    let mut commands = Commands::of(FlowId(1));
    commands.anger = Some(build.prompt("sorry"));
    commands.emergency = Some(build.prompt("call_112"));
    commands.are_you_robot = Some(build.prompt("i_am_a_robot"));
    commands.help = Some(build.prompt("help"));
    commands.wait = Some(build.prompt("i_wait"));
    commands.goodbye = Some(build.prompt("farewell"));
    build.0.commands = commands;
    build
}

fn sure(build: &mut Build, act: &mut Act) {
    let doubt = Some(Doubt { before: build.prompt("did_you_say"), after: build.prompt("yes_or_no") });
    match act {
        Act::Ask(ask) => ask.ladder.doubt = doubt,
        Act::Menu(menu) => menu.ladder.doubt = doubt,
        Act::Form(form) => form.fields.iter_mut().for_each(|field| field.ask.ladder.doubt = doubt),
        _ => {}
    }
}

/// Two choices with words of their own; the first goes on, the second comes back.
fn menu() -> Arc<Program> {
    let mut build = build();
    let mut act = build.menu("menu", Arm::default(), at_most(2));
    if let Act::Menu(menu) = &mut act {
        menu.phrases =
            Phrases::of([("құжат дайын ба", 0), ("готов ли документ", 0), ("справка о судимости", 1), ("справка о недвижимости", 1)]);
        for (place, label) in ["documents", "certificates"].into_iter().enumerate() {
            menu.choices[place].label = Some(build.prompt(label));
        }
    }
    sure(&mut build, &mut act);
    let bye = build.say("bye");
    build.main(&[], vec![act, bye])
}

fn ask(grammars: &[Grammar]) -> Arc<Program> {
    let mut build = build();
    let mut act = build.ask(grammars);
    sure(&mut build, &mut act);
    if let Act::Ask(ask) = &mut act {
        ask.phrases = Phrases::of([("жсн", 0), ("иин", 0), ("өтінім", 1), ("заявка", 1)]);
    }
    let slots: Vec<Type> = grammars.iter().map(Type::from).collect();
    let next = build.menu("next", Arm::default(), Arm::default());
    build.main(&slots, vec![act, next])
}

fn confirm() -> Arc<Program> {
    let mut build = build();
    let ladder = build.ladder();
    let (yes, no) = (build.arm("yes"), build.arm("no"));
    let act = Act::Confirm(Confirm { prompt: build.prompt("check"), barge_in: BargeIn::AtOnce, yes, no, change: None, ladder });
    build.main(&[], vec![act])
}

/// A city, a day, and a service of a list; the day is read back.
fn form(read_back: bool) -> Arc<Program> {
    let mut build = build();
    let services = [("паспорт", "passport".to_owned()), ("жеке куәлік", "id_card".to_owned())];
    build.0.lists = [("services".to_owned(), Phrases::of(services))].into();
    build.0.lexicon = [("services".to_owned(), [("passport".to_owned(), build.prompt("passport"))].into())].into();
    let grammars = [
        ("city", Grammar::Place { among: Among::Cities }),
        ("day", Grammar::Date { days: 30 }),
        ("service", Grammar::Item { list: "services".to_owned() }),
    ];
    let slots: Vec<Type> = grammars.iter().map(|(_, grammar)| Type::from(grammar)).collect();
    let mut fields = Vec::new();
    for (at, (name, grammar)) in (0..).zip(grammars) {
        let alternatives = vec![Alternative { grammar, slot: SlotId(at), arm: Arm::default() }];
        let (prompt, ladder) = (build.prompt(name), build.ladder());
        let ask = Ask { prompt, barge_in: BargeIn::AtOnce, alternatives, phrases: Phrases::of([]), which: None, ladder };
        let read_back = (read_back && name == "day").then(|| build.prompt("is_it_right"));
        fields.push(Field { ask, read_back });
    }
    let mut act = Act::Form(crate::flow::graph::Form { fields, ladder: build.ladder() });
    sure(&mut build, &mut act);
    let next = build.menu("next", Arm::default(), Arm::default());
    build.main(&slots, vec![act, next])
}

#[test]
fn a_choice_is_said_in_its_words_in_either_language_or_by_its_number() {
    for words in ["құжатым дайын ба екен", "готов ли мой документ", "бірінші", "один", "номер один"]
    {
        begun(menu(), Some(Lang::Ru)).says(words).hears("0 menu.0 _ documents.0 _ certificates.0; 0 hush; 0 bye.0; 0 end completed");
    }
}

#[test]
fn a_choice_that_was_half_said_is_confirmed() {
    let asked = "0 menu.0 _ documents.0 _ certificates.0; 0 hush; 0 did_you_say.0 _ certificates.0 yes_or_no.0";
    let again = "0 hush; 0 menu.0 _ documents.0 _ certificates.0";
    begun(menu(), Some(Lang::Ru)).says("мне нужна недвижимость").hears(asked).says("да").hears(again);
    begun(menu(), Some(Lang::Ru)).says("мне нужна недвижимость").hears(asked).keys("1").hears(again);
    let refused = "0 hush; 0 nomatch.0; 0 menu.1 _ documents.0 _ certificates.0";
    begun(menu(), Some(Lang::Ru)).says("мне нужна недвижимость").hears(asked).says("жоқ").hears(refused);
}

#[test]
fn yes_and_no_are_understood_and_the_rest_is_asked_again() {
    for (words, arm) in [("иә", "yes"), ("да, верно", "yes"), ("жоқ", "no"), ("нет, подождите, да", "yes"), ("подождите… нет", "no")]
    {
        begun(confirm(), Some(Lang::Kk)).says(words).hears(&format!("0 check.0; 0 hush; 0 {arm}.0; 0 end completed"));
    }
    for words in ["білмеймін", "у меня нет паспорта", "құжат"] {
        begun(confirm(), Some(Lang::Kk)).says(words).hears("0 check.0; 0 hush; 0 nomatch.0; 0 check.1");
    }
}

#[test]
fn digits_are_said_in_any_grouping_and_asked_about_where_they_mean_two_things() {
    let both = [Grammar::Iin, Grammar::Application];
    let spoken = "сегіз бес ноль четыре бір екі один ноль ноль төрт два тоғыз";
    let asked = "0 ask.0; 0 hush; 0 which.0";
    begun(ask(&both), Some(Lang::Ru)).says(spoken).hears(asked).says("заявка").holds(&["-", BOTH]);
    begun(ask(&both), Some(Lang::Ru)).says(spoken).hears(asked).says("бірінші").holds(&[BOTH, "-"]);
    begun(ask(&both), Some(Lang::Ru)).says(spoken).hears(asked).keys("2").holds(&["-", BOTH]);
}

#[test]
fn the_first_hypothesis_that_fits_the_question_is_the_one() {
    let wrong = "сегіз бес ноль четыре бір екі один ноль ноль төрт два сегіз";
    let right = "сегіз бес ноль четыре бір екі один ноль ноль төрт два тоғыз";
    begun(ask(&[Grammar::Iin]), Some(Lang::Ru)).hears_of(&[("құжат", 900), (wrong, 850), (right, 800)], 0).holds(&[BOTH]);
}

#[test]
fn between_reject_and_accept_it_is_asked_and_below_it_is_nothing() {
    let digits = [Grammar::Digits { min: 2, max: 4 }];
    let doubted = "0 ask.0; 0 hush; 0 did_you_say.0 digit_4 digit_2_end yes_or_no.0";
    begun(ask(&digits), Some(Lang::Ru)).hears_of(&[("четыре два", 599)], 0).hears(doubted).says("да").holds(&["42"]);
    begun(ask(&digits), Some(Lang::Ru)).hears_of(&[("четыре два", 599)], 0).hears(doubted).says("нет, четыре три").holds(&["43"]);
    begun(ask(&digits), Some(Lang::Ru)).hears_of(&[("четыре два", 299)], 0).hears("0 ask.0; 0 hush; 0 nomatch.0; 0 ask.1");
    begun(ask(&digits), Some(Lang::Ru)).hears_of(&[("четыре два", 600)], 0).holds(&["42"]);
}

#[test]
fn commands_are_obeyed_at_every_question() {
    let cases = [
        ("оператор", "0 hush; 0 command operator; 0 operator.0; 0 check.0"),
        ("повторите пожалуйста", "0 hush; 0 command repeat; 0 check.0"),
        ("громче пожалуйста", "0 hush; 0 command louder; 0 prosody Loud Normal; 0 check.0"),
        ("помедленнее", "0 hush; 0 command slower; 0 prosody Normal Slow; 0 check.0"),
        ("помощь", "0 hush; 0 command help; 0 help.0; 0 check.0"),
        ("вы робот?", "0 hush; 0 command are_you_robot; 0 i_am_a_robot.0; 0 check.0"),
        ("по-русски", "0 hush; 0 command lang_ru; 0 lang ru; 0 check.0"),
        ("до свидания", "0 hush; 0 command goodbye; 0 farewell.0!; 0 end goodbye"),
        ("пожар", "0 hush; 0 command emergency; 0 call_112.0!; 0 check.0"),
    ];
    for (words, expected) in cases {
        begun(confirm(), Some(Lang::Ru)).hears("0 check.0").says(words).hears(expected);
    }
    let kazakh = begun(confirm(), Some(Lang::Ru)).hears("0 check.0").says("қазақша сөйлеңіз");
    kazakh.hears("0 hush; 0 command lang_kk; 0 lang kk; 0 check.0").says("иә").hears("0 hush; 0 yes.0; 0 end completed");
}

#[test]
fn louder_has_a_limit_and_slower_too() {
    let talk = begun(confirm(), Some(Lang::Ru))
        .hears("0 check.0")
        .says("громче")
        .hears("0 hush; 0 command louder; 0 prosody Loud Normal; 0 check.0");
    let talk = talk.says("громче").hears("0 hush; 0 command louder; 0 prosody Louder Normal; 0 check.0");
    let talk = talk.says("громче").hears("0 hush; 0 command louder; 0 check.0");
    let talk = talk.says("помедленнее").hears("0 hush; 0 command slower; 0 prosody Louder Slow; 0 check.0");
    talk.says("помедленнее").hears("0 hush; 0 command slower; 0 check.0");
}

#[test]
fn who_names_a_person_gets_one_and_who_only_hesitates_is_answered() {
    begun(confirm(), Some(Lang::Ru))
        .hears("0 check.0")
        .says("да, соедините с оператором")
        .hears("0 hush; 0 command operator; 0 operator.0; 0 check.0");
    begun(confirm(), Some(Lang::Ru)).hears("0 check.0").says("подождите, да").hears("0 hush; 0 yes.0; 0 end completed");
}

#[test]
fn a_moment_is_given_twice() {
    let talk =
        begun(confirm(), Some(Lang::Ru)).said().at(1000).says("подождите минутку").hears("0 check.0; 1000 command wait; 1000 i_wait.0");
    let talk = talk.at(2000).said().at(31_999).hears("").at(32_000).hears("32000 check.0").said();
    let talk = talk.at(33_000).says("одну минуту").hears("33000 command wait; 33000 i_wait.0").said().at(63_000).hears("63000 check.0");
    talk.at(64_000).says("подождите").hears("64000 hush; 64000 command wait; 64000 check.0");
}

#[test]
fn back_is_the_question_before_with_its_answer_forgotten() {
    let digits = [Grammar::Digits { min: 2, max: 2 }];
    let talk = begun(ask(&digits), Some(Lang::Ru)).keys("42").holds(&["42"]).hears("0 ask.0; 0 hush; 0 next.0");
    talk.says("назад").holds(&["-"]).hears("0 hush; 0 command back; 0 ask.0").says("назад").hears("0 hush; 0 command back; 0 ask.0");
}

#[test]
fn the_main_menu_is_asked_as_it_was() {
    let digits = [Grammar::Digits { min: 2, max: 2 }];
    let mut program = ask(&digits);
    Arc::get_mut(&mut program).unwrap().commands.main_menu = Some(StepId(1));
    let talk = begun(Arc::clone(&program), Some(Lang::Ru)).says("главное меню").hears("0 ask.0; 0 hush; 0 command main_menu; 0 ask.0");
    talk.keys("42").hears("0 hush; 0 next.0").says("басты мәзір").holds(&["42"]).hears("0 hush; 0 command main_menu; 0 next.0");
}

#[test]
fn anger_has_one_apology_and_then_a_person() {
    begun(confirm(), Some(Lang::Ru))
        .hears("0 check.0")
        .says("я буду на вас жаловаться")
        .hears("0 hush; 0 command angry_operator; 0 sorry.0; 0 operator.0; 0 check.0");
}

#[test]
fn words_begun_at_the_question_before_answer_nothing() {
    let digits = [Grammar::Digits { min: 2, max: 4 }];
    let talk = begun(ask(&digits), Some(Lang::Ru)).said().at(5000).keys("42#").hears("0 ask.0; 5000 next.0").said();
    let talk = talk.at(5500).hears_of(&[("один", 900)], 1000).hears("5500 unheard Late");
    talk.hears_of(&[("один", 900)], 400).hears("5500 end completed");
}

#[test]
fn while_a_service_thinks_only_commands_are_heard() {
    let mut build = build();
    let lookup = build.lookup();
    let next = build.menu("next", Arm::default(), Arm::default());
    let program = build.main(&[Type::Flag], vec![lookup, next]);
    let talk = begun(Arc::clone(&program), Some(Lang::Ru)).says("один").hears("0 status0 [\"flag\"]; 0 unheard Unasked");
    talk.answer(0, outcome("none")).hears("0 none.0; 0 next.0");
    let talk = begun(Arc::clone(&program), Some(Lang::Ru)).says("оператор").hears("0 status0 [\"flag\"]");
    talk.answer(0, outcome("none")).hears("0 none.0; 0 command operator; 0 operator.0; 0 next.0");
    let talk = begun(Arc::clone(&program), Some(Lang::Ru)).says("қазақша").hears("0 status0 [\"flag\"]; 0 command lang_kk; 0 lang kk");
    talk.answer(0, outcome("none")).hears("0 none.0; 0 next.0");
    begun(program, Some(Lang::Ru)).says("у нас пожар").hears("0 status0 [\"flag\"]; 0 command emergency; 0 call_112.0!");
}

#[test]
fn noise_over_a_legal_notice_is_nothing_and_an_answer_is_an_answer() {
    let mut build = build();
    let (notice, act) = (build.notice(), build.menu("menu", Arm::default(), Arm::default()));
    let program = build.main(&[], vec![notice, act]);
    let talk = begun(program, Some(Lang::Ru)).hears("0 notice.0!; 0 menu.0").says("ммм").hears("0 unheard Unsure");
    talk.says("один").hears("0 hush; 0 end completed");
}

#[test]
fn one_utterance_fills_several_fields_and_the_rest_is_asked() {
    let cases = [
        ("Астанаға ертең паспорт", ["astana", "2026-11-24", "passport"]),
        ("паспорт послезавтра в Шымкенте", ["shymkent", "2026-11-25", "passport"]),
        ("завтра паспорт", ["-", "2026-11-24", "passport"]),
        ("Алматы", ["almaty", "-", "-"]),
    ];
    for (words, held) in cases {
        begun(form(false), Some(Lang::Ru)).says(words).holds(&held);
    }
    let talk = begun(form(false), Some(Lang::Kk)).hears("0 city.0").says("паспорт ертең").hears("0 hush; 0 city.0");
    talk.says("Алматыға").hears("0 hush; 0 next.0").holds(&["almaty", "2026-11-24", "passport"]);
}

#[test]
fn a_correction_replaces_and_keys_work_too() {
    begun(form(false), Some(Lang::Ru)).says("Астана завтра, нет, не завтра, а послезавтра").holds(&["astana", "2026-11-25", "-"]);
    let talk = begun(form(false), Some(Lang::Ru)).says("Астана").hears("0 city.0; 0 hush; 0 day.0").keys("2511");
    let talk = talk.hears("0 hush; 0 service.0").holds(&["astana", "2026-11-25", "-"]);
    talk.says("Алматыға, жұмаға, паспорт").holds(&["almaty", "2026-11-27", "passport"]);
}

#[test]
fn what_is_denied_or_corrected_is_not_meant() {
    for (lang, said) in [
        (Lang::Ru, "не Астана, Алматы, завтра"),
        (Lang::Kk, "Астана емес, Алматы, ертең"),
        (Lang::Ru, "Астана, нет, Алматы, завтра"),
        (Lang::Kk, "Астана, жоқ, Алматы, ертең"),
    ] {
        begun(form(false), Some(lang)).says(said).holds(&["almaty", "2026-11-24", "-"]);
    }
}

#[test]
fn a_field_is_read_back_once_and_asked_again_after_a_no() {
    let talk = begun(form(true), Some(Lang::Ru)).says("Астана завтра").hears("0 city.0; 0 hush; 0 is_it_right.0");
    let talk = talk.says("нет").hears("0 hush; 0 day.1").says("послезавтра").hears("0 hush; 0 is_it_right.0").keys("1");
    talk.hears("0 hush; 0 service.0").holds(&["astana", "2026-11-25", "-"]);
    let talk = begun(form(true), Some(Lang::Ru)).says("Астана завтра").says("нет, послезавтра").holds(&["astana", "2026-11-25", "-"]);
    talk.says("иә").hears("0 city.0; 0 hush; 0 is_it_right.0; 0 hush; 0 is_it_right.0; 0 hush; 0 service.0");
}

#[test]
fn silence_at_a_field_climbs_its_ladder_and_back_leads_to_the_field_before() {
    let talk = begun(form(false), Some(Lang::Ru)).said().at(6000).hears("0 city.0; 6000 noinput.0; 6000 city.1");
    let talk = talk.says("Астана").hears("6000 hush; 6000 day.0").says("назад").holds(&["-", "-", "-"]);
    talk.hears("6000 hush; 6000 command back; 6000 city.0");
    let talk = begun(form(false), Some(Lang::Ru)).says("ммм").says("ммм").says("ммм");
    talk.hears("0 city.0; 0 hush; 0 nomatch.0; 0 city.1; 0 hush; 0 nomatch.1; 0 city.1; 0 hush; 0 human.0; 0 end given_up");
}

#[test]
fn what_was_said_does_not_show_in_debug() {
    let event = Event::Heard(Heard::typed("сегіз бес нөл төрт"));
    assert!(!format!("{event:?}").contains("сегіз"), "{event:?}");
}

#[test]
fn a_number_that_is_called_by_its_name_is_not_asked_about() {
    let both = [Grammar::Iin, Grammar::Application];
    let digits = "850412100429";
    for (said, held) in [("жсн", [digits, "-"]), ("мой иин", [digits, "-"]), ("өтінім", ["-", digits]), ("заявка номер", ["-", digits])]
    {
        let talk = begun(ask(&both), Some(Lang::Ru)).says(&format!("{said} {digits}")).holds(&held);
        talk.hears("0 ask.0; 0 hush; 0 next.0");
    }
    let words = "иин восемьсот пятьдесят четыреста двенадцать сто четыреста двадцать девять";
    begun(ask(&both), Some(Lang::Ru)).says(words).holds(&[digits, "-"]);
    begun(ask(&both), Some(Lang::Ru)).says(digits).hears("0 ask.0; 0 hush; 0 which.0");
    begun(ask(&both), Some(Lang::Ru)).says(&format!("жсн өтінім {digits}")).hears("0 ask.0; 0 hush; 0 which.0");
}

#[test]
fn a_choice_in_doubt_is_said_back_by_its_own_name() {
    let mut program = menu();
    let name = {
        let prompts = &program.prompts;
        PromptId(prompts.iter().position(|prompt| prompt.name == "bye").unwrap() as u16)
    };
    let Act::Menu(menu) = &mut Arc::get_mut(&mut program).unwrap().flows[0].steps[0].act else { unreachable!() };
    menu.choices[0].name = Some(name);
    begun(program, Some(Lang::Ru))
        .says("документ")
        .hears("0 menu.0 _ documents.0 _ certificates.0; 0 hush; 0 did_you_say.0 _ bye.0 yes_or_no.0");
}

/// The operator's flow and the one that calls back each ask something.
fn on_the_way() -> Arc<Program> {
    let mut build = build();
    let act = build.menu("menu", Arm::default(), Arm::default());
    let [way, when] = ["way", "when"].map(|name| build.menu(name, Arm::default(), Arm::default()));
    build.0.commands.operator_again = Some(build.prompt("again"));
    let mut program = build.main(&[], vec![act]);
    let house = Arc::get_mut(&mut program).unwrap();
    house.flows[1].steps = vec![Step { id: "way".to_owned(), act: way }];
    house.flows.push(Flow { name: "back".to_owned(), steps: vec![Step { id: "when".to_owned(), act: when }], ..house.flows[1].clone() });
    house.commands.callback = Some(FlowId(3));
    program
}

#[test]
fn who_asks_for_a_person_on_the_way_to_one_is_offered_a_call_back_once_and_never_goes_round() {
    let talk = begun(on_the_way(), Some(Lang::Ru)).says("оператор").hears("0 menu.0; 0 hush; 0 command operator; 0 way.0");
    let offered = talk.says("соедините с оператором").hears("0 hush; 0 command operator; 0 again.0; 0 when.0");
    let back = offered.keys("1").hears("0 hush; 0 way.0");
    let once = back.keys("0").hears("0 hush; 0 nomatch.0; 0 way.1");
    let twice = once.says("оператор").hears("0 hush; 0 command operator; 0 nomatch.1; 0 way.1");
    let given_up = twice.says("оператор");
    assert_eq!(given_up.robot.frame().flow, FlowId(2));
}

#[test]
fn a_person_is_wanted_rather_than_a_call_back() {
    let asked = begun(on_the_way(), Some(Lang::Ru)).says("перезвоните мне").hears("0 menu.0; 0 hush; 0 command callback; 0 when.0");
    let again = asked.says("перезвоните мне").hears("0 hush; 0 command callback; 0 when.0");
    let person = again.says("оператор").hears("0 hush; 0 command operator; 0 way.0");
    let back = person.says("перезвоните мне").hears("0 hush; 0 command callback; 0 when.0").keys("1").hears("0 hush; 0 way.0");
    back.keys("1").hears("0 hush; 0 menu.0");
}

impl Talk {
    /// The caller begins to speak, and stops what may be stopped.
    fn speaks(self) -> Self {
        self.event(Event::Speaks).event(Event::Interrupted)
    }

    /// A cough.
    fn coughs(self) -> Self {
        self.event(Event::Heard(Heard::new(Vec::new(), "test", 300)))
    }
}

#[test]
fn silence_is_not_counted_while_somebody_speaks_and_is_counted_anew_after_a_cough() {
    let talk = || begun(menu(), Some(Lang::Ru)).hears("0 menu.0 _ documents.0 _ certificates.0").said();
    let patience = 6_000;
    talk().at(patience).hears(&format!("{patience} noinput.0; {patience} menu.1 _ documents.0 _ certificates.0"));
    let speaking = || talk().at(patience - 100).event(Event::Speaks);
    speaking()
        .at(patience + 9_000)
        .hears("")
        .says("готов ли мой документ")
        .hears(&format!("{0} bye.0; {0} end completed", patience + 9_000));
    speaking()
        .at(6_000)
        .coughs()
        .hears("6000 unheard Unsure")
        .at(6_000 + patience - 1)
        .hears("")
        .at(6_000 + patience)
        .hears(&format!("{0} noinput.0; {0} menu.1 _ documents.0 _ certificates.0", 6_000 + patience));
    // Nobody ever tells what was said: the call goes on.
    let never = patience - 100 + 25_000;
    speaking().at(never - 1).hears("").at(never).hears(&format!("{never} noinput.0; {never} menu.1 _ documents.0 _ certificates.0"));
}

#[test]
fn what_speech_has_stopped_is_said_again_after_a_cough_and_not_after_words() {
    let asked = "0 menu.0 _ documents.0 _ certificates.0";
    let talk = || begun(menu(), Some(Lang::Ru)).hears(asked).speaks().hears("0 hush");
    talk().coughs().hears(&format!("0 unheard Unsure; {asked}"));
    talk().says("готов ли мой документ").hears("0 bye.0; 0 end completed");
    talk().says("ла ла ла").hears("0 nomatch.0; 0 menu.1 _ documents.0 _ certificates.0");
    talk().keys("1").coughs().hears("0 bye.0; 0 end completed");
}

#[test]
fn a_key_ends_an_utterance_and_its_row_stays_whole() {
    let talk = begun(ask(&[Grammar::Digits { min: 4, max: 4 }]), Some(Lang::Ru)).hears("0 ask.0").said();
    let talk = talk.at(1_000).event(Event::Speaks).at(1_500).keys("42");
    let late = Heard::new(vec![Hypothesis { text: "девять девять девять девять".to_owned(), lang: None, confidence: 900 }], "test", 700);
    let talk = talk.at(1_600).event(Event::Heard(late)).hears("1600 unheard Late");
    talk.at(2_000).event(Event::Speaks).coughs().keys("17").holds(&["4217"]);
}

#[test]
fn each_question_is_listened_for_once_and_anew_after_each_utterance() {
    let listens = |talk: &mut Talk| -> Vec<Option<Attention>> {
        std::iter::from_fn(|| talk.robot.poll())
            .filter_map(|(_, effect)| if let Effect::Listen(attention) = effect { Some(attention) } else { None })
            .collect()
    };
    let mut talk = begun(menu(), Some(Lang::Ru));
    let asked = listens(&mut talk);
    let [Some(Attention::Question(spot))] = asked[..] else { panic!("{asked:?}") };
    let sentences = Attention::Question(spot).asked(&talk.program, talk.robot.context());
    let graph = crate::grammar::graph::WordGraph::asked(&sentences);
    for said in ["готов ли документ", "құжат дайын ба", "бір", "один", "оператор"] {
        assert!(graph.says(said), "{said}");
    }
    assert!(!graph.says("да"));
    talk = talk.says("мне нужна недвижимость");
    assert_eq!(listens(&mut talk), [Some(Attention::Doubt(spot))]);
    let graph = crate::grammar::graph::WordGraph::asked(&Attention::Doubt(spot).asked(&talk.program, talk.robot.context()));
    assert!(graph.says("да") && graph.says("жоқ") && graph.says("справка о недвижимости"));
    talk = talk.says("ла ла ла");
    assert_eq!(listens(&mut talk), [Some(Attention::Doubt(spot))], "anew, after an utterance");
    talk = talk.says("нет").says("готов ли документ");
    assert_eq!(listens(&mut talk), [Some(Attention::Question(spot)), None], "nobody listens to the last words");
}
