//! Calls in words, by seed: what a caller says of himself stands in no log, and the log takes the path of the call.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, LazyLock};

use super::log::{self, Line};
use super::replay::replay;
use super::{Action, Control, HangUpCause, Input, Opening, Output, Recorder, SipEvent};
use crate::citizen::CallerKind;
use crate::flow::graph::{Program, Value};
use crate::flow::{Sources, load};
use crate::grammar::{number, words};
use crate::heard::{Heard, Hypothesis};
use crate::interpreter::Expects;
use crate::key::Key;
use crate::lang::{Both, Lang};
use crate::media::{Command, KeyMethod, Leg, Session, Signal};
use crate::spoken::{self, Inflection};
use crate::time::{CallTime, Tick};
use crate::utterance::Piece;

const MAIN: &str = r#"
flow: main
title: {kk: "Сынақ", ru: "Проба"}
robot:
  commands:
    operator: {flow: human, label: words}
    wait: {say: words}
  ladder:
    noinput_after: 6s
    interdigit: 3s
    noinput: words
    nomatch: words
    tries: 9
    give_up: human
    doubt: {before: words, after: words}
  press: {"0": words, "1": words, "2": words}
  human: [human, done]
  limits: {call: 15m, call_ended: words, steps_between_turns: 50, turns_to_human: 100, silence: 9s}
steps:
  - menu:
      id: hub
      prompt: words
      choices:
        - {id: status, key: "1", label: words, say: {kk: ["құжат дайын ба"], ru: ["готов ли документ"]}}
        - {id: visit, key: "2", label: words, say: {kk: ["кезекке жазылу"], ru: ["запись на приём"]}}
      on: {status: {}, visit: {goto: visit}}
  - ask:
      id: number
      prompt: words
      one_of: [{slot: iin, grammar: iin}, {slot: application, grammar: application}]
      which: words
      on: {iin: {goto: check}, application: {goto: visit}}
  - confirm:
      id: check
      prompt: read_iin
      on: {yes: {}, no: {clear: [iin], goto: number, at_most: 9, else: visit}}
  - form:
      id: visit
      fields:
        - {slot: city, prompt: words, grammar: place}
        - {slot: day, prompt: words, grammar: {date: {days: 30}}}
        - {slot: phone, prompt: words, grammar: phone, read_back: read_phone}
  - lookup:
      id: note
      service: note
      with: {phone: phone}
      deadline: 8s
      on: {done: {goto: hub, at_most: 9, else: last}, unavailable: {goto: hub, at_most: 9, else: last}}
  - end: {id: last, outcome: done}
"#;

static PROGRAM: LazyLock<Arc<Program>> = LazyLock::new(|| {
    let files = [
        ("flows/main.yaml", MAIN),
        ("flows/human.yaml", "flow: human\ntitle: {kk: \"а\", ru: \"а\"}\nsteps:\n  - end: {id: end, outcome: human}\n"),
        ("flows/contracts.yaml", "note:\n  asks: {phone: phone}\n  answers:\n    done: {}\n"),
        (
            "prompts/main.yaml",
            concat!(
                "words: {kk: \"сөз\", ru: \"слово\"}\n",
                "read_iin: {kk: \"{{ iin | say_digits }}\", ru: \"{{ iin | say_digits }}\"}\n",
                "read_phone: {kk: \"{{ phone | say_digits }}\", ru: \"{{ phone | say_digits }}\"}\n"
            ),
        ),
    ];
    let sources = Sources { files: files.map(|(path, text)| (path.to_owned(), text.to_owned())).into() };
    let loaded = load(&sources, &Both::each(spoken::inventory));
    Arc::new(loaded.program.unwrap_or_else(|| panic!("{:?}", loaded.faults)))
});

/// What belongs to somebody: two IINs, of which each is also an application's number, and two telephones.
const PLANTED: [&str; 4] = ["850412100429", "990101100010", "87012340506", "87272519133"];

struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len() as u64) as usize]
    }

    /// A row in words: in groups of one to three, each in a language of its own, now and then with something between them, or in digits.
    fn spelled(&mut self, row: &str) -> String {
        let (sizes, langs) = (1 + self.below(3), self.below(3));
        let mut rest = row;
        let mut said = Vec::new();
        while !rest.is_empty() {
            let size = if sizes == 3 { 1 + self.below(3) } else { sizes } as usize;
            let (group, after) = rest.split_at(size.min(rest.len()));
            let lang = Lang::ALL[(if langs == 2 { self.below(2) } else { langs }) as usize];
            said.push(if self.below(12) == 0 { group.to_owned() } else { in_words(lang, group) });
            if self.below(15) == 0 {
                said.push(self.one(&["так", "сосын", "дальше", "потом"]).to_owned());
            }
            rest = after;
        }
        said.join(" ")
    }

    /// Mostly what is asked for, and now and then something else.
    fn utterance(&mut self, control: &Control) -> String {
        let row = self.one(&PLANTED);
        let grammars = control.listens_for().grammars;
        match (control.expects(), grammars.len()) {
            _ if self.below(4) == 0 => self.anything(row),
            (Expects::Row { .. }, 3) => {
                format!("{} {} {}", self.one(&["Астана", "в Шымкент"]), self.one(&["ертең", "завтра"]), self.spelled(row))
            }
            (Expects::Row { .. }, _) => self.spelled(row),
            (Expects::OneOf(_) | Expects::Message | Expects::Nothing, _) => {
                self.one(&["бірінші", "один", "да", "иә", "кезекке жазылу"]).to_owned()
            }
        }
    }

    fn anything(&mut self, row: &str) -> String {
        match self.below(10) {
            0..=3 => self.spelled(row),
            4 => format!("мой иин {} и паспорт", self.spelled(row)),
            5 => format!("ертең Астанаға {}", self.spelled(row)),
            6 => self.one(&["бірінші", "готов ли документ", "екінші", "кезекке жазылу"]).to_owned(),
            7 => self.one(&["иә", "да", "жоқ", "нет", "номер один"]).to_owned(),
            8 => self.one(&["Алматы", "завтра", "жиырма бесінші қараша", "в Шымкент", "послезавтра"]).to_owned(),
            _ => self.one(&["повторите", "назад", "подождите", "қазақша", "оператор", "ммм"]).to_owned(),
        }
    }
}

fn in_words(lang: Lang, group: &str) -> String {
    let number = group.trim_start_matches('0');
    let noughts = spoken::digits(lang, &group[..group.len() - number.len()]).text();
    let rest = number.parse().map(|number| spoken::cardinal(number, Inflection::plain(lang)).text()).unwrap_or_default();
    format!("{noughts} {rest}").replace(',', " ").trim().to_owned()
}

fn opening(seed: u64) -> Opening {
    Opening {
        answered_at_ms: 1_795_410_000_000,
        called: "1414".into(),
        trusted: false,
        lang: Lang::ALL.into_iter().nth((seed % 3) as usize),
        seed,
        bundle: String::new(),
        recording: None,
        caller: CallerKind::Unknown,
    }
}

/// A call under the eyes of a recorder.
struct Call {
    control: Control,
    recorder: Recorder,
    asked: Vec<Input>,
    /// Digits that the service was asked about.
    rows: Vec<String>,
}

impl Call {
    fn new(seed: u64) -> Self {
        let (control, recorder) = (Control::new(Arc::clone(&PROGRAM), &opening(seed)), Recorder::new(Arc::clone(&PROGRAM), &opening(seed)));
        Self { control, recorder, asked: Vec::new(), rows: Vec::new() }
    }

    fn handle(&mut self, ms: u64, input: Input) {
        let now = CallTime::from_millis(ms);
        self.control.handle_deadline(now);
        self.told();
        self.recorder.after(now, &self.control);
        self.recorder.before(now, &input, &self.control);
        self.control.handle(now, input);
        self.told();
        self.recorder.after(now, &self.control);
    }

    fn told(&mut self) {
        while let Some((at, output)) = self.control.poll() {
            self.recorder.output(at, &output);
            if let Output::Action(Action::Lookup { id, request, .. }) = output {
                let answer = crate::interpreter::Answer::Outcome { outcome: "done".into(), fields: BTreeMap::new() };
                self.asked.push(Input::Reply { id, answer });
                self.rows.extend(request.values().filter_map(|value| match value {
                    Value::Phone(phone) => Some(phone.e164().to_owned()),
                    _ => None,
                }));
            }
        }
    }

    fn log(mut self) -> (Vec<Line>, Vec<String>) {
        (std::iter::from_fn(|| self.recorder.poll()).collect(), self.rows)
    }
}

fn call(seed: u64) -> (Vec<Line>, Vec<String>) {
    let mut dice = Dice(seed.wrapping_mul(2).wrapping_add(1));
    let mut call = Call::new(seed);
    let session = Session::plain(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 1));
    call.handle(0, Input::Sip(SipEvent::Answered { leg: Leg::A, session }));
    for turn in 1..=12 {
        let ms = turn * 700;
        let confidence = [1000, 900, 500, 200][dice.below(4).min(dice.below(4)) as usize];
        let keyed = dice.below(8) == 0;
        if keyed {
            let key = Key::from_char(['1', '2', '9', '#'][dice.below(4) as usize]).unwrap();
            call.handle(ms, Input::Media(Signal::Key { leg: Leg::A, tick: Tick(ms / 20), key, by: KeyMethod::Event }));
        } else {
            let texts = [dice.utterance(&call.control), dice.utterance(&call.control)];
            let some = 1 + dice.below(2) as usize;
            let each = texts.into_iter().take(some).map(|text| Hypothesis { text, lang: None, confidence });
            let spoken_ms = [0, 300, 900][dice.below(3) as usize];
            let heard = Heard::new(each.collect(), "test", spoken_ms);
            call.handle(ms, Input::Heard { leg: Leg::A, heard });
        }
        for reply in std::mem::take(&mut call.asked) {
            call.handle(ms + 300, reply);
        }
    }
    call.handle(20_000, Input::Sip(SipEvent::HungUp { leg: Leg::A, cause: HangUpCause::Bye }));
    call.log()
}

/// Every row that a listener could take from words: as they would be written down, and in every other grouping.
fn rows(text: &str) -> Vec<String> {
    let words = words(text);
    let written: String = number::written_down(&words).into_iter().map(|one| one.digits).collect();
    let grouped = number::digit_rows(&words, |row| PLANTED.iter().any(|planted| row.contains(&planted[1..])), 11..=12);
    grouped.into_iter().map(|reading| reading.value).chain([written]).collect()
}

fn names_somebody(row: &str) -> bool {
    PLANTED.iter().any(|planted| row.contains(&planted[1..]))
}

/// The digits that a log says back, one clip each.
fn said_back(lines: &[Line]) -> String {
    let pieces = lines.iter().filter_map(|line| match line {
        Line::Out { output: Output::Command(Command::Play { pieces, .. }), .. } => Some(pieces),
        _ => None,
    });
    let clips = pieces.flatten().filter_map(|piece| match piece {
        Piece::Clip(clip) | Piece::Private(clip) => Some(PROGRAM.clips[clip.0 as usize].name.as_str()),
        Piece::Pause(_) | Piece::Tone => None,
    });
    clips.filter_map(|name| name.strip_prefix("words/digit_")?.chars().next()).collect()
}

#[test]
fn a_thousand_calls_in_words_name_nobody_in_their_logs_and_replay() {
    let (mut unfaithful, mut asked, mut private) = (0, 0, 0);
    for seed in 0..1000 {
        let (lines, rows_asked) = call(seed);
        let text: String = lines.iter().map(|line| serde_json::to_string(line).unwrap() + "\n").collect();
        for line in &lines {
            let Line::In { input: Input::Heard { heard, .. }, .. } = line else { continue };
            for hypothesis in heard.hypotheses() {
                let found = rows(&hypothesis.text);
                assert!(!found.iter().any(|row| names_somebody(row)), "seed {seed}: {}", hypothesis.text);
                private += usize::from(found.iter().any(|row| row.len() >= 10));
            }
        }
        assert!(!names_somebody(&text) && !names_somebody(&said_back(&lines)), "seed {seed}");
        let log = log::read(&text).unwrap();
        assert_eq!(replay(Arc::clone(&PROGRAM), &log).diverged, None, "seed {seed}");
        unfaithful += usize::from(lines.contains(&Line::Unfaithful));
        asked += rows_asked.len();
        assert!(rows_asked.iter().all(|row| !text.contains(row)), "seed {seed}");
    }
    assert!(asked > 100 && private > 2000, "{asked} {private}");
    assert!(unfaithful <= 60, "{unfaithful} of 1000 logs part from their calls");
}

#[test]
fn what_is_not_private_stays_as_it_was_said() {
    let mut call = Call::new(1);
    let session = Session::plain(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 1));
    call.handle(0, Input::Sip(SipEvent::Answered { leg: Leg::A, session }));
    let said = ["Кезекке жазылу!", "Ертең, Астанаға.", "25 қараша"];
    for (ms, text) in (1000..).step_by(1000).zip(said) {
        call.handle(ms, Input::Heard { leg: Leg::A, heard: Heard::typed(text) });
    }
    let (lines, _) = call.log();
    let texts: Vec<&str> = lines
        .iter()
        .filter_map(|line| match line {
            Line::In { input: Input::Heard { heard, .. }, .. } => Some(heard.hypotheses()[0].text.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(texts, said);
}
