//! Free questions: the topic's flow is entered, two topics are asked about, and nobody goes round without end.

use super::*;
use crate::heard::{Heard, Hypothesis};
use crate::router;

const PASSPORT: &str = "хочу получить паспорт";
/// Half a passport, half an identity card.
const BOTH_TOPICS: &str = "паспорт удостоверение";

impl Build {
    fn topics(&mut self) {
        for (id, phrases) in [
            ("passport", ["хочу получить паспорт", "паспорт алғым келеді"]),
            ("card", ["хочу получить удостоверение", "жеке куәлік"]),
            ("house", ["встать в очередь на жильё", "тұрғын үй кезегі"]),
            ("school", ["в первый класс", "бірінші сыныпқа"]),
        ] {
            let said = self.prompt(id);
            let phrases = phrases.map(|text| TopicPhrase { lang: None, text: text.to_owned() }).into();
            let (title, documents) = (Both::default(), Both::default());
            self.0.topics.push(Topic {
                id: id.to_owned(),
                title,
                group: String::new(),
                phrases,
                near: Vec::new(),
                said,
                answer: None,
                documents,
            });
        }
        let titles = self.0.topics.iter().map(|topic| (topic.id.clone(), topic.said)).collect();
        self.0.lexicon = [(TOPICS.to_owned(), titles)].into();
        self.0.router = router::Router::new(self.0.topics.iter().map(Topic::asked), router::Concepts::default());
        self.0.routing = Some(Routing { either: self.prompt("either"), or: self.prompt("or") });
        for key in ['1', '2'] {
            let press = self.prompt(&format!("press_{key}"));
            self.0.press.insert(key_of(key), press);
        }
    }

    fn route(&mut self) -> Act {
        let any = Seer { flow: FlowId(3), topic: Some(SlotId(0)) };
        let seers = vec![any, any, Seer { flow: FlowId(4), topic: None }, any];
        let ladder = Ladder { doubt: Some(Doubt { before: self.prompt("did_you_say"), after: self.prompt("yes_no") }), ..self.ladder() };
        Act::Route(Route { prompt: self.prompt("what"), barge_in: BargeIn::AtOnce, slot: SlotId(0), seers, ladder })
    }
}

/// Asks freely; a flow answers any topic by its name, another sees to housing alone.
fn free() -> Arc<Program> {
    let mut build = Build::new();
    build.topics();
    let (route, bye) = (build.route(), build.say("bye"));
    assert_eq!(build.flow(&[Type::topic()], vec![route, bye]), FlowId(0));
    for name in ["operator", "human"] {
        let say = build.say(name);
        build.flow(&[], vec![say]);
    }
    let title = build.speaks(SlotId(0), SayAs::Item);
    build.flow(&[Type::topic()], vec![Act::Say { prompt: title, barge_in: BargeIn::AtOnce }]);
    let housing = build.say("housing");
    build.flow(&[], vec![housing]);
    Arc::new(build.0)
}

fn asked() -> Talk {
    talk(free()).at(1000).said().at(2000)
}

#[test]
fn a_topic_is_seen_to_by_its_flow_and_then_the_next_step_follows() {
    let talk = asked().says(PASSPORT);
    assert_eq!(talk.robot.frame().slot(SlotId(0)), Some(&Value::Item("passport".to_owned())));
    talk.hears("0 what.0; 2000 passport.0; 2000 bye.0; 2000 end completed");
    asked().says("как встать в очередь на жильё").hears("0 what.0; 2000 housing.0; 2000 bye.0; 2000 end completed");
}

const EITHER_OR: &str = "0 what.0; 2000 either.0 card.0 _ press_1.0 _ or.0 passport.0 _ press_2.0; ";

#[test]
fn where_two_topics_fit_it_is_asked_which() {
    let which = |words: &str| asked().says(BOTH_TOPICS).at(5000).said().at(6000).says(words);
    for words in ["второе", "екінші", "два", "паспорт", "мне паспорт получить", "мне первый паспорт", "паспорт в очередь"]
    {
        which(words).hears(&format!("{EITHER_OR}6000 passport.0; 6000 bye.0; 6000 end completed"));
    }
    which("паспорт дайте оператора").hears(&format!("{EITHER_OR}6000 command operator; 6000 operator.0; 6000 what.0"));
    which("нет мне в очередь на жильё").hears(&format!("{EITHER_OR}6000 housing.0; 6000 bye.0; 6000 end completed"));
    for words in ["первое", "бірінші", "давайте первое", "удостоверение"] {
        which(words).hears(&format!("{EITHER_OR}6000 card.0; 6000 bye.0; 6000 end completed"));
    }
    asked().says(BOTH_TOPICS).keys("2").hears(&format!("{EITHER_OR}2000 hush; 2000 passport.0; 2000 bye.0; 2000 end completed"));
}

#[test]
fn what_was_begun_before_it_was_asked_which_answers_nothing() {
    let begun = |spoken_ms| {
        let heard = Heard::new(vec![Hypothesis { text: "паспорт".to_owned(), lang: None, confidence: 900 }], "test", spoken_ms);
        asked().says(BOTH_TOPICS).at(2500).event(Event::Heard(heard))
    };
    begun(1000).hears(&format!("{EITHER_OR}2500 unheard Late"));
    begun(400).hears(&format!("{EITHER_OR}2500 hush; 2500 passport.0; 2500 bye.0; 2500 end completed"));
}

#[test]
fn who_means_neither_is_asked_anew() {
    for neither in ["нет", "жоқ"] {
        let talk = asked().says(BOTH_TOPICS).at(5000).said().at(6000).says(neither).at(7000).said().at(8000).says(PASSPORT);
        talk.hears(&format!("{EITHER_OR}6000 nomatch.0; 6000 what.1; 8000 passport.0; 8000 bye.0; 8000 end completed"));
    }
}

#[test]
fn what_is_none_of_ours_climbs_the_ladder() {
    asked()
        .says("какая сегодня погода")
        .says("сколько стоит хлеб")
        .says("у нас воды нет")
        .hears("0 what.0; 2000 nomatch.0; 2000 what.1; 2000 hush; 2000 nomatch.1; 2000 what.1; 2000 hush; 2000 human.0; 2000 end given_up");
    let silent = talk(free()).said().at(6000).said().at(12_000).said().at(18_000);
    silent.hears("0 what.0; 6000 noinput.0; 6000 what.1; 12000 noinput.1; 12000 what.1; 18000 human.0; 18000 end given_up");
}

#[test]
fn no_key_says_what_is_wanted() {
    talk(free()).keys("7").hears("0 what.0; 0 hush; 0 nomatch.0; 0 what.1");
    talk(free()).keys("0").hears("0 what.0; 0 hush; 0 operator.0; 0 what.0");
}

#[test]
fn the_question_and_either_or_climb_one_ladder() {
    let around = |talk: Talk| talk.says(BOTH_TOPICS).says("нет");
    let (either, asked_again) = ("2000 either.0 card.0 _ press_1.0 _ or.0 passport.0 _ press_2.0", "2000 what.1");
    let expected = [
        "0 what.0",
        either,
        "2000 hush",
        "2000 nomatch.0",
        asked_again,
        "2000 hush",
        either,
        "2000 hush",
        "2000 nomatch.1",
        asked_again,
        "2000 hush",
        either,
        "2000 hush",
        "2000 human.0",
        "2000 end given_up",
    ];
    around(around(around(asked()))).hears(&expected.join("; "));
}

#[test]
fn a_topic_that_was_half_understood_is_asked_back() {
    let doubtful = Heard::new(vec![Hypothesis { text: PASSPORT.to_owned(), lang: None, confidence: 400 }], "test", 0);
    let talk = asked().event(Event::Heard(doubtful)).at(3000).said().keys("1");
    talk.hears("0 what.0; 2000 did_you_say.0 passport.0 yes_no.0; 3000 passport.0; 3000 bye.0; 3000 end completed");
}

#[test]
fn a_command_wins_over_what_sounds_like_a_topic() {
    asked().says("паспорт дайте оператора").hears("0 what.0; 2000 command operator; 2000 operator.0; 2000 what.0");
}

/// A menu before the free question: a choice by two words, one by its number.
fn menu_then_free(route: Option<StepId>) -> Arc<Program> {
    let mut build = Build::new();
    build.topics();
    let free = build.route();
    let (one, two) = (build.arm("one"), build.arm("two"));
    let Act::Menu(menu) = build.menu("menu", one, two) else { unreachable!() };
    let doubt = Some(Doubt { before: build.prompt("did_you_say"), after: build.prompt("yes_no") });
    let phrases = Phrases::of([("паспорт утерян", 0), ("стол находок", 1)]);
    let end = |arm: Arm| Arm { then: Jump::End { outcome: "chosen".to_owned() }, ..arm };
    let choices = menu.choices.into_iter().map(|choice| Choice { arm: end(choice.arm), ..choice }).collect();
    let menu = Menu { choices, phrases, route, ladder: Ladder { doubt, ..menu.ladder }, ..menu };
    let bye = build.say("bye");
    assert_eq!(build.flow(&[Type::topic()], vec![Act::Menu(menu), free, bye]), FlowId(0));
    for name in ["operator", "human"] {
        let say = build.say(name);
        build.flow(&[], vec![say]);
    }
    let title = build.speaks(SlotId(0), SayAs::Item);
    build.flow(&[Type::topic()], vec![Act::Say { prompt: title, barge_in: BargeIn::AtOnce }]);
    let housing = build.say("housing");
    build.flow(&[], vec![housing]);
    Arc::new(build.0)
}

#[test]
fn what_is_no_choice_of_a_menu_is_answered_as_the_question_that_it_is() {
    let at_menu = |words: &str| talk(menu_then_free(Some(StepId(1)))).at(1000).said().at(2000).says(words);
    let chosen = |choice: &str| format!("0 menu.0; 2000 {choice}.0; 2000 end chosen");
    let answered = |topic: &str| format!("0 menu.0; 2000 {topic}.0; 2000 bye.0; 2000 end completed");
    let either = "0 menu.0; 2000 either.0 card.0 _ press_1.0 _ or.0 passport.0 _ press_2.0";
    let cases = [
        ("паспорт утерян", chosen("one")),
        ("мой паспорт утерян", chosen("one")), // two words of three
        ("первое", chosen("one")),
        (PASSPORT, answered("passport")), // half of a choice, which takes one word of three
        ("как встать в очередь на жильё", answered("housing")),
        ("хочу получить паспорт утерян не он", answered("passport")), // a whole choice in two words of six
        (BOTH_TOPICS, either.to_owned()),
        ("какая сегодня погода", "0 menu.0; 2000 nomatch.0; 2000 menu.1".to_owned()),
        ("оператор", "0 menu.0; 2000 command operator; 2000 operator.0; 2000 menu.0".to_owned()),
    ];
    for (words, heard) in cases {
        at_menu(words).hears(&heard);
    }
    let asks = at_menu(BOTH_TOPICS).at(5000).said().at(6000).says("второе");
    asks.hears(&format!("{either}; 6000 passport.0; 6000 bye.0; 6000 end completed"));
    talk(menu_then_free(None))
        .at(1000)
        .said()
        .at(2000)
        .says("как встать в очередь на жильё")
        .hears("0 menu.0; 2000 nomatch.0; 2000 menu.1");
}

#[test]
fn a_question_at_a_menu_that_was_hardly_heard_is_said_back_where_it_is_answered() {
    let unsure = Heard::new(vec![Hypothesis { text: PASSPORT.to_owned(), lang: None, confidence: 450 }], "test", 500);
    let talk = talk(menu_then_free(Some(StepId(1)))).at(1000).said().at(2000).event(Event::Heard(unsure));
    let talk = talk.at(5000).said().at(6000).says("да");
    talk.hears("0 menu.0; 2000 did_you_say.0 passport.0 yes_no.0; 6000 passport.0; 6000 bye.0; 6000 end completed");
}
