//! Small topics, and what is decided of them.

use super::eval::{Case, Figures, Strange, cross_validated, held_out};
use super::*;

const CARD: usize = 0;
const LICENCE: usize = 1;
const CERTIFICATE: usize = 2;
const KINDERGARTEN: usize = 3;

fn concepts() -> Concepts {
    let mut concepts =
        Concepts::named(["card", "licence", "lose", "certificate", "conviction", "kindergarten", "queue"].map(str::to_owned));
    for (at, phrases) in [
        (0, vec!["куәлі*", "удостоверен*"]),
        (1, vec!["жүргізуш*", "водительск*", "права"]),
        (2, vec!["жоғал*", "потер*"]),
        (3, vec!["анықтама*", "справк*"]),
        (4, vec!["соттыл*", "судим*", "несудим*"]),
        (5, vec!["балабақша*", "детский сад*", "садик*"]),
        (6, vec!["кезек*", "очеред*"]),
    ] {
        assert!(phrases.iter().all(|phrase| concepts.add(phrase, Kind::Concept(at))));
    }
    for filler in ["хочу", "мне", "я", "керек", "қалай", "алып", "алдым", "в", "о", "на"] {
        assert!(concepts.add(filler, Kind::Filler));
    }
    for foreign in ["погод*", "детский врач*", "ауа рай*"] {
        assert!(concepts.add(foreign, Kind::Foreign));
    }
    concepts
}

fn topics() -> Vec<Topic<'static>> {
    vec![
        Topic {
            phrases: vec!["жеке куәлігімді жоғалтып алдым", "я потерял удостоверение личности"], near: vec![LICENCE]
        },
        Topic {
            phrases: vec!["жүргізуші куәлігін ауыстыру", "поменять водительские права"], near: vec![]
        },
        Topic { phrases: vec!["соттылығым жоқ анықтама", "справка о несудимости"], near: vec![] },
        Topic { phrases: vec!["балабақшаға кезекке тұру", "очередь в детский сад"], near: vec![] },
    ]
}

fn router() -> Router {
    Router::new(topics(), concepts())
}

#[test]
fn a_topic_is_found_in_other_words_of_either_language() {
    let router = router();
    for (text, topic) in [
        ("потеряла удостоверение", CARD),
        ("куәлік жоғалды", CARD),
        ("куалигим жогалды", CARD),
        ("мне водительские права поменять", LICENCE),
        ("судимость справкасы керек", CERTIFICATE),
        ("садикке очередь", KINDERGARTEN),
        ("балабакшага кезек", KINDERGARTEN),
    ] {
        assert_eq!(router.route(text).verdict, Verdict::Match(topic), "{text}: {:?}", router.route(text).ranked);
    }
}

#[test]
fn what_is_not_ours_is_no_topic() {
    let router = router();
    for text in ["", "какая погода", "ауа райы қалай", "мне", "детский врач", "закажите пиццу с грибами"]
    {
        assert_eq!(router.route(text).verdict, Verdict::Nothing, "{text}: {:?}", router.route(text).ranked);
    }
}

#[test]
fn where_two_fit_alike_it_is_asked() {
    let Verdict::Either(one, other) = router().route("куәлік").verdict else { panic!("{:?}", router().route("куәлік")) };
    assert_eq!((one, other), (CARD, LICENCE));
}

#[test]
fn those_that_are_near_are_asked_about_sooner() {
    let (near, mut apart) = (topics(), topics());
    apart[CARD].near.clear();
    let text = "жеке удостоверение поменять";
    let [near, apart] = [near, apart].map(|topics| Router::new(topics, concepts()));
    let [first, second] = [0, 1].map(|at| near.route(text).ranked[at]);
    let behind = (first.score - second.score) * 1_000 / first.score;
    assert!((MARGIN..MARGIN_OF_NEAR).contains(&behind), "{behind}: {first:?} {second:?}");
    assert_eq!(near.route(text).verdict, Verdict::Either(first.topic, second.topic));
    assert_eq!(apart.route(text).verdict, Verdict::Match(first.topic));
}

/// Between two that are near the usual margin decides, and no third is heard.
#[test]
fn an_answer_is_decided_between_two_alone() {
    let router = router();
    let between = |text: &str, two| router.between(&crate::grammar::words(text), two);
    let near = "жеке удостоверение поменять";
    let Verdict::Either(first, second) = router.route(near).verdict else { panic!("{:?}", router.route(near)) };
    assert_eq!(between(near, [second, first]), Some(first));
    assert_eq!(between("права", [CARD, LICENCE]), Some(LICENCE));
    assert_eq!(between("куәлік", [CARD, LICENCE]), None, "both fit");
    assert_eq!(between("куәлік", [CARD, KINDERGARTEN]), Some(CARD), "who would be a second is not asked about");
    assert_eq!(between("очередь в садик", [CARD, LICENCE]), None, "neither fits");
    assert_eq!(between("закажите пиццу с грибами", [CARD, LICENCE]), None);
}

/// Who is taken for the other says so in either of the two.
#[test]
fn near_holds_both_ways() {
    let mut topics = topics();
    topics[CARD].near.clear();
    topics[LICENCE].near = vec![CARD];
    let route = Router::new(topics, concepts()).route("жеке удостоверение поменять");
    assert_eq!(route.verdict, Verdict::Either(CARD, LICENCE));
}

/// Words that nobody knows make it less sure, until it is asked, and then none of ours.
#[test]
fn what_is_known_in_part_is_asked_about() {
    const NOISE: [&str; 16] = [
        "колбаса",
        "трамвай",
        "шкаф",
        "гитара",
        "облако",
        "ведро",
        "лимон",
        "заяц",
        "кирпич",
        "молоток",
        "пуговица",
        "сугроб",
        "кефир",
        "грабли",
        "чердак",
        "зебра",
    ];
    let router = router();
    let routes: Vec<Route> = (0..=NOISE.len()).map(|n| router.route(&format!("потеряла удостоверение {}", NOISE[..n].join(" ")))).collect();
    assert_eq!(routes[0].verdict, Verdict::Match(CARD));
    let unsure: Vec<&Route> = routes.iter().filter(|route| (LEAST..SURE).contains(&route.ranked[0].score)).collect();
    assert!(!unsure.is_empty(), "{:?}", routes.iter().map(|route| route.ranked[0].score).collect::<Vec<_>>());
    assert!(unsure.iter().all(|route| matches!(route.verdict, Verdict::Either(CARD, _))));
}

#[test]
fn what_is_not_ours_weighs_more_than_what_nobody_knows() {
    let words = |text: &str| router().route(text).ranked[0].parts.words;
    assert!(words("очередь погода") < words("очередь колбаса"));
}

#[test]
fn it_is_told_what_was_heard() {
    assert_eq!(router().heard("Алло, я удостоверение потеряла!"), ["[card]", "[lose]", "алло"]);
    assert_eq!(router().heard("детский врач"), ["[foreign]"]);
}

#[test]
fn what_anybody_can_make_long_is_cut() {
    let long = "удостоверение ".repeat(10_000);
    assert_eq!(router().route(&long).ranked[0].topic, router().route("удостоверение").ranked[0].topic);
    let wide = "я".repeat(100_000);
    assert_eq!(router().route(&wide).verdict, Verdict::Nothing);
    let phrases: Vec<String> = (0..PHRASES_MAX + 5).map(|n| format!("фраза{n}")).collect();
    let router = Router::new([Topic { phrases: phrases.iter().map(String::as_str).collect(), near: vec![] }], Concepts::default());
    assert_eq!(router.themes[0].phrases.len(), PHRASES_MAX);
}

#[test]
fn a_phrase_without_words_is_no_concept() {
    let mut concepts = Concepts::named(["x".to_owned()]);
    for phrase in ["", "*", "a *", "один два три четыре пять шесть семь восемь девять"] {
        assert!(!concepts.add(phrase, Kind::Concept(0)), "{phrase}");
    }
    assert!(concepts.add("кто-то звонил*", Kind::Concept(0)));
    assert_eq!(Router::new([], concepts).heard("кто то звонила"), ["[x]"]);
}

#[test]
fn no_topics_are_no_match() {
    assert_eq!(Router::new([], Concepts::default()).route("паспорт").verdict, Verdict::Nothing);
    assert_eq!(Router::new([Topic::default()], Concepts::default()).route("паспорт").verdict, Verdict::Nothing);
}

#[test]
fn figures_count_what_was_decided() {
    let case = |topic, text: &str| Case { topic, text: text.to_owned() };
    let cases = [
        case(CARD, "потеряла удостоверение"),
        case(CARD, "садик очередь"),
        case(LICENCE, "куәлік"),
        case(CERTIFICATE, "куәлік"),
        case(CARD, "погода"),
    ];
    let figures = Figures::of(&router(), &cases);
    assert_eq!((figures.utterances, figures.matched, figures.silently_wrong), (5, 1, 1));
    assert_eq!((figures.asked_rightly, figures.asked_wrongly, figures.rejected), (1, 1, 1));
    assert_eq!(figures.confusions.get(&(CARD, KINDERGARTEN)), Some(&1));
    let strange = Strange::of(&router(), ["какая погода", "очередь в садик", "куәлік"]);
    assert_eq!((strange.utterances, strange.rejected, strange.asked, strange.matched), (3, 1, 1, vec![(1, KINDERGARTEN)]));
}

#[test]
fn what_is_left_out_is_not_learnt() {
    let one =
        vec![Topic { phrases: vec!["апостиль", "title"], near: vec![] }, Topic { phrases: vec!["паспорт", "title too"], near: vec![] }];
    let figures = cross_validated(&one, &[1, 1], &Concepts::default());
    assert_eq!((figures.utterances, figures.rejected), (2, 2));
    let held = held_out(&one, &Concepts::default(), |phrase| phrase == "апостиль");
    assert_eq!((held.utterances, held.rejected), (1, 1));
    assert_eq!(held_out(&one, &Concepts::default(), |_| false).utterances, 0);
}
