//! The shapes of the files: which keys each map has, what stands under them, what they are for. One table that the reader and the schemas both use, so they cannot drift.
//!
//! A new kind of step is a `Shape` here and a row of [`STEPS`]. What a shape cannot say (a name that must exist, an arm for every outcome) is proved elsewhere.

use super::locale::{Told, told};

/// A map with known keys.
#[derive(Debug)]
pub(super) struct Shape {
    /// What it is called in messages.
    pub(super) name: Told<&'static str>,
    /// Its keys.
    pub(super) keys: &'static [Key],
    /// Sets of keys of which one must be there in full; none when all is said by [`Key::is_needed`].
    pub(super) one_of: &'static [&'static [&'static str]],
}

/// One key of a map.
#[derive(Debug)]
pub(super) struct Key {
    /// As it is written.
    pub(super) name: &'static str,
    /// Whether the map is nothing without it.
    pub(super) is_needed: bool,
    /// What stands under it.
    pub(super) value: Value,
    /// What it is for.
    pub(super) doc: Told<&'static str>,
}

/// What stands in a place.
#[derive(Debug)]
pub(super) enum Value {
    /// A name, or a short value.
    Text,
    /// The words of a prompt.
    Words,
    /// `800ms`, `6s`, `15m`.
    Duration,
    /// A whole number from 1 to this.
    Count(u16),
    /// One of a few words.
    Word(&'static [&'static str]),
    /// A key of the telephone.
    Key,
    /// A map of known keys.
    Map(&'static Shape),
    /// A list.
    List(&'static Value),
    /// A map whose keys are the author's own names.
    Named(&'static Value),
    /// Any of these.
    Either(&'static [Value]),
    /// A step: a map with one key of [`STEPS`].
    Step,
}

impl Shape {
    /// The names of the keys, for a message.
    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.keys.iter().map(|key| key.name)
    }

    /// Whether it has such a key.
    pub(super) fn knows(&self, name: &str) -> bool {
        self.keys.iter().any(|key| key.name == name)
    }

    /// Whether the table says that the key must be there, by itself or with others.
    pub(super) fn may_need(&self, name: &str) -> bool {
        self.keys.iter().any(|key| key.name == name && key.is_needed) || self.one_of.iter().any(|set| set.contains(&name))
    }
}

const fn need(name: &'static str, value: Value, en: &'static str, ru: &'static str) -> Key {
    Key { name, is_needed: true, value, doc: told(en, ru) }
}

const fn may(name: &'static str, value: Value, en: &'static str, ru: &'static str) -> Key {
    Key { name, is_needed: false, value, doc: told(en, ru) }
}

const fn map(en: &'static str, ru: &'static str, keys: &'static [Key]) -> Shape {
    Shape { name: told(en, ru), keys, one_of: &[] }
}

const fn either(en: &'static str, ru: &'static str, keys: &'static [Key], one_of: &'static [&'static [&'static str]]) -> Shape {
    Shape { name: told(en, ru), keys, one_of }
}

/// What a message calls a step of any kind.
pub(super) const ANY_STEP: Told<&str> = told("a step", "шаг");
/// What a message calls `goto` with `at_most`.
pub(super) const BOUNDED_WAY: Told<&str> = told("a bounded way", "ограниченный возврат");
/// What a message calls `ask` with several slots.
pub(super) const ASK_OF_SEVERAL: Told<&str> = told("an ask whose answer may fit twice", "вопрос, на который подходят два ответа");

/// The most times that a bound or a ladder may count to.
pub(super) const TIMES_MAX: u16 = 20;
/// The most steps between two turns of the caller that the limits may allow.
pub(super) const STEPS_BETWEEN_TURNS_MAX: u16 = 10_000;

const TIMES: Value = Value::Count(TIMES_MAX);
const LANGUAGE: Value = Value::Word(&["kk", "ru"]);
const TYPES: Value =
    Value::Either(&[Value::Word(&["iin", "application", "digits", "count", "flag", "date", "time", "money"]), Value::Map(&TYPE)]);
const GRAMMARS: Value = Value::Either(&[Value::Word(&["iin", "application"]), Value::Map(&GRAMMAR)]);
const BARGE_INS: Value = Value::Either(&[Value::Word(&["at_once", "keys_only", "off"]), Value::Map(&BARGE_IN)]);
const ARMS: Value = Value::Named(&Value::Map(&ARM));
const NAMES: Value = Value::List(&Value::Text);
const VALUES: Value = Value::Named(&Value::Text);

const ID: Key = need("id", Value::Text, "the step's own name", "имя шага, своё у каждого");
const PROMPT: Key = need("prompt", Value::Text, "what is said", "какая реплика звучит");
const BARGES: Key = may("barge_in", BARGE_INS, "how the caller may interrupt", "как звонящий может перебить");
const ON: Key = may("on", ARMS, "what follows each answer", "что делать после каждого ответа");
const OWN_LADDER: Key =
    may("ladder", Value::Map(&STEP_LADDER), "silence and misunderstanding in this step", "тишина и непонимание в этом шаге");
const FLOW: Key =
    need("flow", Value::Text, "the flow's own name: its path without flows/ and .yaml", "имя сценария: путь без flows/ и .yaml");
const TITLE: Key = need("title", Value::Map(&TITLES), "what people call it", "как его называют люди");
const TAKES: Key = may(
    "takes",
    Value::Named(&TYPES),
    "the slots that a caller of this flow may fill",
    "слоты, которые может заполнить вызывающий сценарий",
);
const STEPS_KEY: Key = need("steps", Value::List(&Value::Step), "what happens, in this order", "что происходит, по порядку");

/// A flow.
pub(super) static FLOW_FILE: Shape = map("a flow", "сценарий", &[FLOW, TITLE, TAKES, STEPS_KEY]);

/// The first flow: what holds in all of them stands here too.
pub(super) static MAIN_FILE: Shape = map(
    "a flow",
    "сценарий",
    &[FLOW, TITLE, TAKES, STEPS_KEY, need("robot", Value::Map(&ROBOT), "what holds in every flow", "что действует во всех сценариях")],
);

/// The keys of a file of prompts, and of a list of the lexicon, are the author's.
pub(super) static PROMPT_FILE: Value = Value::Named(&Value::Either(&[Value::Map(&PROMPT_TEXTS), Value::List(&Value::Map(&PROMPT_TEXTS))]));

/// `flows/lexicon.yaml`.
pub(super) static LEXICON_FILE: Value = Value::Named(&PROMPT_FILE);

/// `flows/contracts.yaml`.
pub(super) static CONTRACTS_FILE: Value = Value::Named(&Value::Map(&CONTRACT));

/// Every kind of step, by the key that says what it does.
pub(super) static STEPS: &[(&str, &Shape)] = &[
    ("say", &SAY),
    ("ask", &ASK),
    ("menu", &MENU),
    ("confirm", &CONFIRM),
    ("lookup", &LOOKUP),
    ("if", &IF),
    ("switch", &SWITCH),
    ("set", &SET),
    ("clear", &CLEAR),
    ("goto", &GOTO),
    ("call", &CALL),
    ("return", &RETURN),
    ("end", &END),
    ("language", &LANGUAGE_STEP),
];

pub(super) static SAY: Shape = map("say", "шаг say", &[ID, PROMPT, BARGES]);

pub(super) static ASK: Shape = either(
    "ask",
    "шаг ask",
    &[
        ID,
        PROMPT,
        BARGES,
        may("slot", Value::Text, "where the answer goes", "куда записать ответ"),
        may("grammar", GRAMMARS, "what the digits mean", "что означают набранные цифры"),
        may(
            "one_of",
            Value::List(&Value::Map(&ALTERNATIVE)),
            "several slots, of which the answer fills one",
            "несколько слотов: ответ заполнит один из них",
        ),
        may("which", Value::Text, "the question when the digits fit more than one", "вопрос, если цифры подходят сразу к нескольким"),
        ON,
        OWN_LADDER,
    ],
    &[&["slot", "grammar"], &["one_of"]],
);

pub(super) static ALTERNATIVE: Shape = map(
    "one_of",
    "вариант в one_of",
    &[
        need("slot", Value::Text, "where the answer goes", "куда записать ответ"),
        need("grammar", GRAMMARS, "what the digits mean", "что означают набранные цифры"),
    ],
);

pub(super) static MENU: Shape = map(
    "menu",
    "шаг menu",
    &[
        ID,
        PROMPT,
        BARGES,
        need("choices", Value::List(&Value::Map(&CHOICE)), "what can be chosen", "из чего можно выбрать"),
        may(
            "mention",
            Value::List(&Value::Word(&["operator"])),
            "keys of the robot that the menu speaks of",
            "о каких общих кнопках напомнить",
        ),
        ON,
        OWN_LADDER,
    ],
);

pub(super) static CHOICE: Shape = map(
    "a choice",
    "пункт меню",
    &[
        need("id", Value::Text, "its name under `on`", "имя пункта, оно же под `on`"),
        need("key", Value::Key, "the telephone's key, 1 to 9", "кнопка телефона, от 1 до 9"),
        may("label", Value::Text, "the prompt that is said before \"press one\"", "реплика перед словами «нажмите один»"),
    ],
);

pub(super) static CONFIRM: Shape = map("confirm", "шаг confirm", &[ID, PROMPT, BARGES, ON, OWN_LADDER]);

pub(super) static LOOKUP: Shape = map(
    "lookup",
    "шаг lookup",
    &[
        ID,
        need("service", Value::Text, "a service of flows/contracts.yaml", "сервис из flows/contracts.yaml"),
        may("with", VALUES, "the fields of the request: a slot or a literal each", "поля запроса: слот или готовое значение"),
        need("deadline", Value::Duration, "after this it is `unavailable`", "после этого срока наступает `unavailable`"),
        may("filler", Value::Map(&FILLER), "what is said while the caller waits", "что звучит, пока звонящий ждёт"),
        ON,
    ],
);

pub(super) static FILLER: Shape = map(
    "filler",
    "filler",
    &[
        need("after", Value::Duration, "how long before the first", "через сколько в первый раз"),
        need("every", Value::Duration, "how long between two", "как часто потом"),
        need("say", Value::Text, "the prompt", "какая реплика"),
    ],
);

pub(super) static IF: Shape = map(
    "if",
    "шаг if",
    &[
        ID,
        need("when", Value::Map(&WHEN), "what is asked", "что проверить"),
        need("then", Value::Map(&ARM), "when it is so", "если это так"),
        may("else", Value::Map(&ARM), "when it is not", "если это не так"),
    ],
);

pub(super) static WHEN: Shape = either(
    "when",
    "условие when",
    &[
        may("language", Value::Word(&["known"]), "whether the caller's language is known", "известен ли язык звонящего"),
        may("filled", Value::Text, "whether this slot has a value", "заполнен ли этот слот"),
        may("slot", Value::Text, "the slot that is compared", "какой слот сравнить"),
        may("is", Value::Text, "the value that it must have", "чему он должен быть равен"),
        may("at_least", Value::Count(u16::MAX), "the least number that it must have", "наименьшее число, которое в нём должно быть"),
    ],
    &[&["language"], &["filled"], &["slot", "is"], &["slot", "at_least"]],
);

pub(super) static SWITCH: Shape = map(
    "switch",
    "шаг switch",
    &[
        ID,
        need("on", Value::Text, "`lang`, or a slot", "`lang` или слот"),
        need("cases", ARMS, "what follows each value", "что делать при каждом значении"),
    ],
);

pub(super) static SET: Shape =
    map("set", "шаг set", &[ID, need("slots", VALUES, "slots and their new values", "слоты и их новые значения")]);

pub(super) static CLEAR: Shape = map("clear", "шаг clear", &[ID, need("slots", NAMES, "slots to empty", "какие слоты очистить")]);

pub(super) static GOTO: Shape =
    map("goto", "шаг goto", &[ID, need("to", Value::Text, "a step of this flow", "шаг этого сценария"), AT_MOST, ELSE]);

const AT_MOST: Key = may("at_most", TIMES, "how often a way back may be gone", "сколько раз можно вернуться");
const ELSE: Key = may("else", Value::Text, "a later step, once that often", "шаг ниже: куда идти, когда разы кончились");

pub(super) static CALL: Shape = map(
    "call",
    "шаг call",
    &[
        ID,
        need("flow", Value::Text, "the flow to run", "какой сценарий выполнить"),
        may("with", VALUES, "slots of that flow to fill", "какие его слоты заполнить"),
        may("result", Value::Text, "the slot for what it returns", "слот для его ответа"),
    ],
);

pub(super) static RETURN: Shape =
    map("return", "шаг return", &[ID, may("value", Value::Text, "the slot to return", "слот, который вернуть")]);

pub(super) static END: Shape =
    map("end", "шаг end", &[ID, need("outcome", Value::Text, "one word for how the call ended", "чем закончился звонок, одним словом")]);

pub(super) static LANGUAGE_STEP: Shape =
    map("language", "шаг language", &[ID, need("to", LANGUAGE, "the language of the call from here on", "язык разговора начиная отсюда")]);

pub(super) static ARM: Shape = map(
    "an arm",
    "ветка",
    &[
        may("say", Value::Text, "a prompt", "реплика"),
        may("language", LANGUAGE, "switches the language of the call", "переключает язык разговора"),
        may("set", VALUES, "slots and their new values", "слоты и их новые значения"),
        may("clear", NAMES, "slots to empty", "какие слоты очистить"),
        may("goto", Value::Text, "a step of this flow", "шаг этого сценария"),
        AT_MOST,
        ELSE,
        may("end", Value::Text, "ends the call, with one word for how", "завершает звонок; одно слово о том, чем"),
    ],
);

pub(super) static ROBOT: Shape = map(
    "robot",
    "раздел robot",
    &[
        need("commands", Value::Map(&COMMANDS), "what the caller can always do", "что звонящий может всегда"),
        need("ladder", Value::Map(&ROBOT_LADDER), "silence and misunderstanding", "тишина и непонимание"),
        need("press", Value::Named(&Value::Text), "the words \"press one\" of each key", "слова «нажмите один» для каждой кнопки"),
        need("limits", Value::Map(&LIMITS), "what no call may exceed", "что не может превысить ни один звонок"),
    ],
);

pub(super) static COMMANDS: Shape = map("commands", "раздел commands", &[need("operator", Value::Map(&OPERATOR), "key 0", "кнопка 0")]);

pub(super) static OPERATOR: Shape = map(
    "operator",
    "раздел operator",
    &[
        need("flow", Value::Text, "the flow it leads to", "сценарий, в который она ведёт"),
        need("label", Value::Text, "how a menu calls it", "как она называется в меню"),
    ],
);

const NOINPUT_AFTER: &str = "how long silence lasts before it counts";
const INTERDIGIT: &str = "how long between two digits before the row counts as ended";

pub(super) static ROBOT_LADDER: Shape = map(
    "ladder",
    "раздел ladder",
    &[
        need("noinput_after", Value::Duration, NOINPUT_AFTER, "через сколько тишина считается молчанием"),
        need("interdigit", Value::Duration, INTERDIGIT, "какая пауза между цифрами означает конец набора"),
        need("noinput", Value::Text, "the prompt after silence", "реплика после молчания"),
        need("nomatch", Value::Text, "the prompt after what does not fit", "реплика, если ответ не подходит"),
        need("tries", TIMES, "how often a question is asked", "сколько раз задать вопрос"),
        need("give_up", Value::Text, "the flow that follows then", "сценарий, который начинается потом"),
    ],
);

pub(super) static STEP_LADDER: Shape = map(
    "ladder",
    "раздел ladder",
    &[
        may("noinput_after", Value::Duration, NOINPUT_AFTER, "через сколько тишина считается молчанием"),
        may("interdigit", Value::Duration, INTERDIGIT, "какая пауза между цифрами означает конец набора"),
        may("noinput", Value::Text, "the prompt after silence", "реплика после молчания"),
        may("nomatch", Value::Text, "the prompt after what does not fit", "реплика, если ответ не подходит"),
        may("tries", TIMES, "how often the question is asked", "сколько раз задать вопрос"),
        may("give_up", Value::Text, "the later step that follows then", "шаг ниже, который следует потом"),
    ],
);

pub(super) static LIMITS: Shape = map(
    "limits",
    "раздел limits",
    &[
        need("call", Value::Duration, "the longest call", "самый долгий звонок"),
        need("call_ended", Value::Text, "the prompt before it is ended", "реплика перед его завершением"),
        need(
            "steps_between_turns",
            Value::Count(STEPS_BETWEEN_TURNS_MAX),
            "the most steps without a question",
            "сколько шагов можно пройти без вопроса",
        ),
    ],
);

pub(super) static TYPE: Shape =
    map("a type", "тип", &[need("item", Value::Text, "a list of flows/lexicon.yaml", "список из flows/lexicon.yaml")]);

pub(super) static GRAMMAR: Shape = map(
    "a grammar",
    "грамматика",
    &[need("digits", Value::Map(&DIGITS), "a row of digits with no meaning of its own", "набор цифр без особого смысла")],
);

pub(super) static DIGITS: Shape = map(
    "digits",
    "digits",
    &[need("min", TIMES, "the fewest digits", "меньше всего цифр"), need("max", TIMES, "the most digits", "больше всего цифр")],
);

pub(super) static BARGE_IN: Shape =
    map("barge_in", "barge_in", &[need("after", Value::Duration, "how long it cannot be interrupted", "сколько времени перебить нельзя")]);

pub(super) static CONTRACT: Shape = map(
    "a contract",
    "описание сервиса",
    &[
        need("asks", Value::Named(&TYPES), "the fields of a request", "поля запроса"),
        need("answers", Value::Named(&Value::Named(&TYPES)), "every outcome, with its fields", "все исходы и их поля"),
    ],
);

pub(super) static TITLES: Shape =
    map("a text", "текст", &[need("kk", Value::Text, "in Kazakh", "по-казахски"), need("ru", Value::Text, "in Russian", "по-русски")]);

pub(super) static PROMPT_TEXTS: Shape = map(
    "a prompt",
    "реплика",
    &[need("kk", Value::Words, "in Kazakh", "по-казахски"), need("ru", Value::Words, "in Russian", "по-русски")],
);
