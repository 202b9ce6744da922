//! The shapes of the files: which keys each map has, what stands under them, what they are for. One table that the reader and the schemas both use, so they cannot drift.
//!
//! A new kind of step is a `Shape` here and a row of `STEPS`. What a shape cannot say (a name that must exist, an arm for every outcome) is proved elsewhere.

use super::locale::{Told, told};

/// A map with known keys.
#[derive(Debug)]
pub struct Shape {
    /// What it is called in messages.
    pub name: Told<&'static str>,
    /// Its keys.
    pub keys: &'static [Key],
    /// Sets of keys of which one must be there in full; none when all is said by [`Key::is_needed`].
    pub one_of: &'static [&'static [&'static str]],
}

/// One key of a map.
#[derive(Debug)]
pub struct Key {
    /// As it is written.
    pub name: &'static str,
    /// Whether the map is nothing without it.
    pub is_needed: bool,
    /// What stands under it.
    pub value: Value,
    /// What it is for.
    pub doc: Told<&'static str>,
}

/// What stands in a place.
#[derive(Debug)]
pub enum Value {
    /// A name, or a short value.
    Text,
    /// The words of a prompt.
    Words,
    /// `800ms`, `6s`, `15m`.
    Duration,
    /// A whole number from 1 to this.
    Count(u16),
    /// A whole number.
    Number,
    /// `yes` or `no`.
    Flag,
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
    /// A short value that fits a pattern, as ECMA 262 writes it.
    Pattern(&'static str),
    /// Nothing.
    Nothing,
    /// A map with exactly one of these keys.
    One(&'static Shape),
    /// A step of a flow: a map with one key, which is its kind.
    Step,
}

impl Shape {
    /// The names of the keys, for a message.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.keys.iter().map(|key| key.name)
    }

    /// Whether it has such a key.
    pub fn knows(&self, name: &str) -> bool {
        self.keys.iter().any(|key| key.name == name)
    }

    /// Whether the table says that the key must be there, by itself or with others.
    pub fn may_need(&self, name: &str) -> bool {
        self.keys.iter().any(|key| key.name == name && key.is_needed) || self.one_of.iter().any(|set| set.contains(&name))
    }
}

/// A key without which the map is nothing.
pub const fn need(name: &'static str, value: Value, en: &'static str, ru: &'static str) -> Key {
    Key { name, is_needed: true, value, doc: told(en, ru) }
}

/// A key that may be left out.
pub const fn may(name: &'static str, value: Value, en: &'static str, ru: &'static str) -> Key {
    Key { name, is_needed: false, value, doc: told(en, ru) }
}

/// A map whose needed keys say all.
pub const fn map(en: &'static str, ru: &'static str, keys: &'static [Key]) -> Shape {
    Shape { name: told(en, ru), keys, one_of: &[] }
}

/// A map that also wants one of these sets of keys.
pub const fn either(en: &'static str, ru: &'static str, keys: &'static [Key], one_of: &'static [&'static [&'static str]]) -> Shape {
    Shape { name: told(en, ru), keys, one_of }
}

/// What a message calls a step of any kind.
pub(super) const ANY_STEP: Told<&str> = told("a step", "шаг");
/// What a message calls `goto` with `at_most`.
pub(super) const BOUNDED_WAY: Told<&str> = told("a bounded way", "ограниченный возврат");
/// What a message calls `confirm` with `at_most`.
pub(super) const BOUNDED_CONFIRM: Told<&str> = told("a confirm that bounds it", "шаг confirm с `at_most`");
/// What a message calls a lookup or a submit of a service that wants to be told something.
pub(super) const QUESTION_TO_SERVICE: Told<&str> = told("a question to this service", "обращение к этому сервису");
/// What a message calls `ask` with several slots.
pub(super) const ASK_OF_SEVERAL: Told<&str> = told("an ask whose answer may fit twice", "вопрос, на который подходят два ответа");

/// The most times that a bound or a ladder may count to.
pub(super) const TIMES_MAX: u16 = 20;
/// The most steps between two turns of the caller that the limits may allow.
pub(super) const STEPS_BETWEEN_TURNS_MAX: u16 = 10_000;
/// The most questions on the way to a human that the limits may allow.
pub(super) const TURNS_TO_HUMAN_MAX: u16 = 100;
/// The most phrases that one menu, or one question, may tell apart.
pub(super) const PHRASES_MAX: usize = 200;
/// The most items of a list that a service may answer with.
pub(super) const LIST_MAX: u16 = 100;
/// The most items that `choose` says before `9` turns the page.
pub(super) const PAGE_MAX: u16 = 8;
/// The farthest day that can be asked for.
pub(super) const DAYS_MAX: u16 = 1_000;
/// A whole, in thousandths.
pub(super) const PERMILLE_MAX: u16 = 1_000;
/// The most ways to ask about a topic, in a language.
pub(super) const TOPIC_PHRASES_MAX: usize = 60;
/// The most lines of a list of documents.
pub(super) const DOCUMENTS_MAX: usize = 12;
/// The most months that facts may go unlooked at.
pub(super) const REVIEW_MONTHS_MAX: u16 = 60;
/// The last year that a calendar may speak of.
const YEAR_MAX: u16 = 9_999;

const TIMES: Value = Value::Count(TIMES_MAX);
const LANGUAGE: Value = Value::Word(&["kk", "ru"]);
const TYPES: Value = Value::Either(&[PLAIN_TYPE, Value::Map(&TYPE)]);
const ANSWERED_TYPES: Value = Value::Either(&[PLAIN_TYPE, Value::Map(&TYPE), Value::Map(&LIST_TYPE)]);
const PLAIN_TYPE: Value =
    Value::Word(&["iin", "application", "digits", "count", "flag", "date", "time", "money", "phone", "place", "message", "topic"]);
const GRAMMARS: Value = Value::Either(&[Value::Word(&["iin", "application", "phone", "time", "yes_no", "place"]), Value::Map(&GRAMMAR)]);
const OPEN_OR_CLOSED: Value = Value::Word(&["open", "closed"]);
const PHRASES: Value = Value::Either(&[Value::Text, Value::List(&Value::Text)]);
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
const HELP: Key = may("help", Value::Text, "the prompt for a caller who asks for help here", "реплика, если звонящий просит здесь помощи");
const SAY_FOR: Key = may("say", Value::Map(&SAID), "what a caller may say for it", "какими словами это могут назвать");
const SERVICE: Key = need("service", Value::Text, "a service of flows/contracts.yaml", "сервис из flows/contracts.yaml");
const WITH: Key = may("with", VALUES, "the fields of the request: a slot or a literal each", "поля запроса: слот или готовое значение");
const SERVICE_DEADLINE: Key =
    need("deadline", Value::Duration, "after this it is `unavailable`", "после этого срока наступает `unavailable`");
const FILLER_KEY: Key = may("filler", Value::Map(&FILLER), "what is said while the caller waits", "что звучит, пока звонящий ждёт");
const OWN_DEADLINE: Key = may("deadline", Value::Duration, "how long it may take", "сколько это может длиться");
const DESK_KEY: Key =
    may("of", Value::Text, "whose hours; the operators' when it is not written", "чьи часы; если не указано — операторов");
const FLOW: Key =
    need("flow", Value::Text, "the flow's own name: its path without flows/ and .yaml", "имя сценария: путь без flows/ и .yaml");
const TITLE: Key = need("title", Value::Map(&TITLES), "what people call it", "как его называют люди");
const TAKES: Key = may(
    "takes",
    Value::Named(&TYPES),
    "the slots that a caller of this flow may fill",
    "слоты, которые может заполнить вызывающий сценарий",
);
const INTENTS: Key = may("intents", NAMES, "the topics that this flow sees to", "темы, которыми занимается этот сценарий");
const STEPS_KEY: Key = need("steps", Value::List(&Value::Step), "what happens, in this order", "что происходит, по порядку");

/// A flow.
pub(super) static FLOW_FILE: Shape = map("a flow", "сценарий", &[FLOW, TITLE, INTENTS, TAKES, STEPS_KEY]);

/// The first flow: what holds in all of them stands here too.
pub(super) static MAIN_FILE: Shape = map(
    "a flow",
    "сценарий",
    &[
        FLOW,
        TITLE,
        INTENTS,
        TAKES,
        STEPS_KEY,
        need("robot", Value::Map(&ROBOT), "what holds in every flow", "что действует во всех сценариях"),
    ],
);

/// The keys of a file of prompts, and of a list of the lexicon, are the author's.
pub(super) static PROMPT_FILE: Value = Value::Named(&Value::Either(&[Value::Map(&PROMPT_TEXTS), Value::List(&Value::Map(&PROMPT_TEXTS))]));

/// `flows/lexicon.yaml`.
pub(super) static LEXICON_FILE: Value = Value::Named(&PROMPT_FILE);

/// `flows/topics/*.yaml`.
pub(super) static TOPIC_FILE: Shape = map(
    "a topic",
    "тема",
    &[
        need("topic", Value::Text, "the topic's own name: its file's, without .yaml", "имя темы: имя файла без .yaml"),
        TITLE,
        need("group", Value::Text, "what it belongs to", "к какой группе относится"),
        may(
            "near",
            NAMES,
            "topics that are easily taken for this one, the nearest first",
            "темы, с которыми её легко спутать, ближайшая первой",
        ),
        need("phrases", Value::Map(&TOPIC_PHRASES), "how people ask about it", "какими словами о ней спрашивают"),
        may("answer", Value::Map(&TITLES), "what the robot answers", "что отвечает робот"),
        may(
            "documents",
            Value::Map(&DOCUMENTS),
            "what one needs for it; goes out as a message",
            "какие документы нужны; уходит сообщением",
        ),
        may("facts", Value::List(&Value::Map(&FACT)), "what the answer rests on", "на чём основан ответ"),
    ],
);

const TEXTS: Value = Value::Either(&[Value::Text, Value::List(&Value::Text)]);

pub(super) static TOPIC_PHRASES: Shape = map(
    "phrases",
    "раздел phrases",
    &[
        need("kk", TEXTS, "in Kazakh", "по-казахски"),
        need("ru", TEXTS, "in Russian", "по-русски"),
        may("mixed", TEXTS, "in both at once", "на смеси языков"),
    ],
);

pub(super) static DOCUMENTS: Shape =
    map("documents", "раздел documents", &[need("kk", TEXTS, "in Kazakh", "по-казахски"), need("ru", TEXTS, "in Russian", "по-русски")]);

pub(super) static FACT: Shape = map(
    "a fact",
    "факт",
    &[
        need("text", Value::Text, "what the answer says", "что утверждает ответ"),
        need("source", Value::Text, "where that is taken from", "откуда это взято"),
        need(
            "date",
            Value::Text,
            "when it was last compared with its source: 2026-11-23",
            "когда его последний раз сверили с источником: 2026-11-23",
        ),
        may("valid_until", Value::Text, "the last day on which it holds: 2027-03-31", "последний день, когда он действует: 2027-03-31"),
        may("verify", Value::Flag, "nobody has compared it yet", "его ещё никто не сверил"),
    ],
);

/// `flows/concepts.yaml`.
pub(super) static CONCEPTS_FILE: Shape = map(
    "the concepts",
    "понятия",
    &[
        need(
            "concepts",
            Value::Named(&Value::Map(&SAID)),
            "what callers speak of, each by the words of both languages",
            "о чём говорят звонящие: слова обоих языков для каждого понятия",
        ),
        need("fillers", Value::Map(&SAID), "what is said around a request", "что говорят вокруг просьбы"),
        need("foreign", Value::Map(&SAID), "what is asked for that is none of ours", "о чём спрашивают не по адресу"),
    ],
);

/// `flows/contracts.yaml`.
pub(super) static CONTRACTS_FILE: Value = Value::Named(&Value::Map(&CONTRACT));

/// `flows/calendar.yaml`.
pub(super) static CALENDAR_FILE: Shape = map(
    "the calendar",
    "календарь",
    &[
        need("until", Value::Text, "the last day that somebody has looked at: 2028-12-31", "последний проверенный день: 2028-12-31"),
        need("desks", Value::Named(&Value::Map(&DESK)), "who works when", "кто и когда работает"),
        may(
            "appointments",
            Value::Text,
            "the desk within whose hours callers mean an hour",
            "служба, в часы работы которой звонящие называют время",
        ),
        may("holidays", Value::List(&Value::Map(&HOLIDAY)), "days off of every year, or of one", "праздники: ежегодные или одного года"),
        may("moved", Value::List(&Value::Map(&MOVED)), "days that the government has moved", "дни, перенесённые правительством"),
    ],
);

pub(super) static DESK: Shape = map(
    "a desk",
    "часы работы службы",
    &[
        may("monday", Value::Text, "hours such as 09:00-18:00", "часы вида 09:00-18:00"),
        may("tuesday", Value::Text, "hours such as 09:00-18:00", "часы вида 09:00-18:00"),
        may("wednesday", Value::Text, "hours such as 09:00-18:00", "часы вида 09:00-18:00"),
        may("thursday", Value::Text, "hours such as 09:00-18:00", "часы вида 09:00-18:00"),
        may("friday", Value::Text, "hours such as 09:00-18:00", "часы вида 09:00-18:00"),
        may("saturday", Value::Text, "hours such as 09:00-18:00", "часы вида 09:00-18:00"),
        may("sunday", Value::Text, "hours such as 09:00-18:00", "часы вида 09:00-18:00"),
        need("holidays", OPEN_OR_CLOSED, "whether it works on holidays", "работает ли она в праздники"),
    ],
);

pub(super) static HOLIDAY: Shape = map(
    "a holiday",
    "праздник",
    &[
        need("day", Value::Text, "12-16 of every year, or 2027-05-16", "12-16 каждый год или 2027-05-16"),
        need("name", Value::Map(&TITLES), "what people call it", "как его называют люди"),
        may("from", Value::Count(YEAR_MAX), "the first year of it", "с какого года"),
        may("until", Value::Count(YEAR_MAX), "the last year of it", "по какой год"),
    ],
);

pub(super) static MOVED: Shape = either(
    "a moved day",
    "перенесённый день",
    &[
        need("day", Value::Text, "2026-01-10", "2026-01-10"),
        may("off", Value::Flag, "nobody works", "выходной"),
        may(
            "as",
            Value::Word(&["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]),
            "worked as this day of the week",
            "рабочий, как этот день недели",
        ),
    ],
    &[&["off"], &["as"]],
);

/// Every kind of step, by the key that says what it does.
pub(super) static STEPS: &[(&str, &Shape)] = &[
    ("say", &SAY),
    ("ask", &ASK),
    ("form", &FORM),
    ("menu", &MENU),
    ("confirm", &CONFIRM),
    ("lookup", &LOOKUP),
    ("submit", &SUBMIT),
    ("choose", &CHOOSE),
    ("sms", &SMS),
    ("transfer", &TRANSFER),
    ("callback", &CALLBACK),
    ("route", &ROUTE),
    ("record", &RECORD),
    ("survey", &SURVEY),
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
        may("grammar", GRAMMARS, "what is asked for", "что именно спрашивают"),
        may(
            "one_of",
            Value::List(&Value::Map(&ALTERNATIVE)),
            "several slots, of which the answer fills one",
            "несколько слотов: ответ заполнит один из них",
        ),
        may("which", Value::Text, "the question when the answer fits more than one", "вопрос, если ответ подходит сразу к нескольким"),
        ON,
        OWN_LADDER,
        HELP,
    ],
    &[&["slot", "grammar"], &["one_of"]],
);

pub(super) static ALTERNATIVE: Shape = map(
    "one_of",
    "вариант в one_of",
    &[
        need("slot", Value::Text, "where the answer goes", "куда записать ответ"),
        need("grammar", GRAMMARS, "what is asked for", "что именно спрашивают"),
        SAY_FOR,
    ],
);

pub(super) static FORM: Shape = map(
    "form",
    "шаг form",
    &[
        ID,
        need("fields", Value::List(&Value::Map(&FIELD)), "what is asked for, in this order", "что спросить, по порядку"),
        OWN_LADDER,
        HELP,
        may("give_up", Value::Text, "the later step that follows when a field is given up", "шаг ниже, если поле так и не заполнено"),
    ],
);

pub(super) static FIELD: Shape = map(
    "a field",
    "поле формы",
    &[
        need("slot", Value::Text, "where the answer goes", "куда записать ответ"),
        PROMPT,
        need("grammar", GRAMMARS, "what is asked for", "что именно спрашивают"),
        BARGES,
        OWN_LADDER,
        HELP,
        may("read_back", Value::Text, "the prompt that repeats what was understood", "реплика, которая повторяет понятое"),
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
        may(
            "route",
            Value::Text,
            "the later `route` step that hears what is none of the choices",
            "шаг `route` ниже, который ответит на сказанное мимо пунктов меню",
        ),
        ON,
        OWN_LADDER,
        HELP,
    ],
);

pub(super) static CHOICE: Shape = map(
    "a choice",
    "пункт меню",
    &[
        need("id", Value::Text, "its name under `on`", "имя пункта, оно же под `on`"),
        need("key", Value::Key, "the telephone's key, 1 to 9", "кнопка телефона, от 1 до 9"),
        may("label", Value::Text, "the prompt that is said before \"press one\"", "реплика перед словами «нажмите один»"),
        may(
            "name",
            Value::Text,
            "the prompt that names it alone, where it is in doubt",
            "реплика, которая называет пункт сама по себе, если ответ понят не до конца",
        ),
        SAY_FOR,
    ],
);

/// What a caller may say, in each language: a phrase, or several.
pub(super) static SAID: Shape =
    map("say", "раздел say", &[need("kk", PHRASES, "in Kazakh", "по-казахски"), need("ru", PHRASES, "in Russian", "по-русски")]);

pub(super) static CONFIRM: Shape = map(
    "confirm",
    "шаг confirm",
    &[
        ID,
        PROMPT,
        BARGES,
        may("change", NAMES, "slots of which a no may change one", "слоты, один из которых можно изменить после «нет»"),
        may("at_most", TIMES, "how often something may be changed", "сколько раз можно что-то изменить"),
        ON,
        OWN_LADDER,
        HELP,
    ],
);

pub(super) static LOOKUP: Shape = map("lookup", "шаг lookup", &[ID, SERVICE, WITH, SERVICE_DEADLINE, FILLER_KEY, ON]);

pub(super) static SUBMIT: Shape = map(
    "submit",
    "шаг submit",
    &[
        ID,
        SERVICE,
        WITH,
        may("undo", Value::Text, "the service that takes it back", "сервис, который это отменяет"),
        may(
            "tells",
            Value::Map(&TELLS),
            "what is sent to a caller who did not hear how it ended",
            "что отправить звонящему, который не услышал, чем это кончилось",
        ),
        SERVICE_DEADLINE,
        FILLER_KEY,
        ON,
    ],
);

pub(super) static TELLS: Shape = map(
    "tells",
    "раздел tells",
    &[
        need("to", Value::Text, "`caller`, or a slot with a telephone number", "`caller` или слот с номером телефона"),
        need("on", VALUES, "a prompt for each outcome and for `unavailable`", "реплика для каждого исхода и для `unavailable`"),
    ],
);

pub(super) static CHOOSE: Shape = map(
    "choose",
    "шаг choose",
    &[
        ID,
        need("from", Value::Text, "the slot with the list", "слот со списком"),
        need("page", Value::Count(PAGE_MAX), "how many are said at a time", "сколько называть за один раз"),
        PROMPT,
        need("item", Value::Text, "the prompt that says one of them", "реплика, которая называет одну строку"),
        BARGES,
        ON,
        OWN_LADDER,
        HELP,
    ],
);

pub(super) static SMS: Shape = map(
    "sms",
    "шаг sms",
    &[
        ID,
        need("to", Value::Text, "`caller`, or a slot with a telephone number", "`caller` или слот с номером телефона"),
        need("text", Value::Text, "the prompt that is sent", "реплика, которая отправляется текстом"),
        OWN_DEADLINE,
        ON,
    ],
);

pub(super) static TRANSFER: Shape =
    map("transfer", "шаг transfer", &[ID, need("group", Value::Text, "who takes the call", "кто примет звонок"), OWN_DEADLINE, ON]);

pub(super) static CALLBACK: Shape = map(
    "callback",
    "шаг callback",
    &[
        ID,
        need("number", Value::Text, "`caller`, or a slot with a telephone number", "`caller` или слот с номером телефона"),
        may("topic", Value::Text, "what it is about, in one word", "о чём разговор, одним словом"),
        OWN_DEADLINE,
        ON,
    ],
);

pub(super) static ROUTE: Shape = map(
    "route",
    "шаг route",
    &[ID, PROMPT, need("slot", Value::Text, "the slot for the topic", "слот для темы"), BARGES, OWN_LADDER, HELP],
);

pub(super) static RECORD: Shape = map(
    "record",
    "шаг record",
    &[
        ID,
        PROMPT,
        BARGES,
        may("max", Value::Duration, "the longest message, 2m when it is not written", "самое долгое сообщение; если не указано — 2m"),
        may(
            "silence",
            Value::Duration,
            "the silence that ends it, 4s when it is not written",
            "тишина, после которой запись кончается; если не указано — 4s",
        ),
        ON,
    ],
);

pub(super) static SURVEY: Shape = map("survey", "шаг survey", &[ID, PROMPT, BARGES, ON, OWN_LADDER, HELP]);

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
        may("hours", OPEN_OR_CLOSED, "whether people work now", "работают ли люди сейчас"),
        DESK_KEY,
        may(
            "caller",
            Value::Word(&["mobile", "landline", "foreign", "withheld", "unknown"]),
            "what telephone the caller has",
            "с какого телефона звонят",
        ),
        may("filled", Value::Text, "whether this slot has a value", "заполнен ли этот слот"),
        may("slot", Value::Text, "the slot that is compared", "какой слот сравнить"),
        may("is", Value::Text, "the value that it must have", "чему он должен быть равен"),
        may("at_least", Value::Count(u16::MAX), "the least number that it must have", "наименьшее число, которое в нём должно быть"),
        may("at_most", Value::Number, "the greatest number that it may have", "наибольшее число, которое в нём может быть"),
    ],
    &[&["language"], &["hours"], &["caller"], &["filled"], &["slot", "is"], &["slot", "at_least"], &["slot", "at_most"]],
);

pub(super) static SWITCH: Shape = map(
    "switch",
    "шаг switch",
    &[
        ID,
        need("on", Value::Text, "`lang`, `hours`, `caller`, or a slot", "`lang`, `hours`, `caller` или слот"),
        DESK_KEY,
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
        may("choosing", Value::Map(&CHOOSING), "the words behind every list", "слова после каждого списка"),
        may("routing", Value::Map(&ROUTING), "the words around two topics", "слова вокруг двух тем"),
        may("human", NAMES, "outcomes that mean a human", "исходы, за которыми стоит человек"),
        may("nobody", NAMES, "outcomes that say that no human came", "исходы, которые говорят, что человек не нашёлся"),
        may("facts", Value::Map(&FACTS), "how long facts may go without a look", "как долго факты можно не сверять"),
        need("limits", Value::Map(&LIMITS), "what no call may exceed", "что не может превысить ни один звонок"),
    ],
);

pub(super) static FACTS: Shape = map(
    "facts",
    "раздел facts",
    &[need(
        "review_after_months",
        Value::Count(REVIEW_MONTHS_MAX),
        "after so many months a fact should be compared again, after twice as many it must be",
        "через столько месяцев факт пора сверить, через вдвое больше — обязательно",
    )],
);

pub(super) static COMMANDS: Shape = map(
    "commands",
    "раздел commands",
    &[
        need("operator", Value::Map(&OPERATOR), "key 0, or \"operator\"", "кнопка 0 или слово «оператор»"),
        may("main_menu", Value::Map(&COMMAND_GOES), "back to the main menu", "возврат в главное меню"),
        may("help", Value::Map(&COMMAND_SAYS), "help where a step has none of its own", "помощь, если у шага нет своей"),
        may("goodbye", Value::Map(&COMMAND_SAYS), "the caller says goodbye", "звонящий прощается"),
        may("are_you_robot", Value::Map(&COMMAND_SAYS), "the caller asks who speaks", "звонящий спрашивает, кто говорит"),
        may("anger", Value::Map(&COMMAND_SAYS), "the caller is angry", "звонящий сердится"),
        may("emergency", Value::Map(&COMMAND_SAYS), "somebody is in danger", "кому-то грозит опасность"),
        may("wait", Value::Map(&COMMAND_WAITS), "the caller asks for a moment", "звонящий просит подождать"),
        may("callback", Value::Map(&COMMAND_CALLS), "the caller wants to be called back", "звонящий просит перезвонить"),
        may("sms", Value::Map(&COMMAND_CALLS), "the caller wants a message", "звонящий просит сообщение"),
    ],
);

const COMMAND_PROMPT: Key = need("say", Value::Text, "what is said", "какая реплика звучит");

pub(super) static COMMAND_SAYS: Shape = map("a command", "команда", &[COMMAND_PROMPT]);

pub(super) static COMMAND_WAITS: Shape = map(
    "a command",
    "команда",
    &[COMMAND_PROMPT, may("for", Value::Duration, "how long the robot then waits", "сколько робот потом ждёт")],
);

pub(super) static COMMAND_CALLS: Shape =
    map("a command", "команда", &[need("flow", Value::Text, "the flow that does it", "сценарий, который это делает")]);

pub(super) static COMMAND_GOES: Shape =
    map("a command", "команда", &[need("to", Value::Text, "a step of flows/main.yaml", "шаг из flows/main.yaml")]);

pub(super) static CHOOSING: Shape = map(
    "choosing",
    "раздел choosing",
    &[
        need("others", Value::Text, "the prompt before the key for more", "реплика перед кнопкой «ещё»"),
        need("none_fits", Value::Text, "the prompt before the key for none of them", "реплика перед кнопкой «ничего не подходит»"),
        need("change", Value::Text, "the question what to change", "вопрос, что изменить"),
    ],
);

pub(super) static ROUTING: Shape = map(
    "routing",
    "раздел routing",
    &[
        need("either", Value::Text, "the prompt before the first of two topics", "реплика перед первой из двух тем"),
        need("or", Value::Text, "the prompt before the second", "реплика перед второй"),
    ],
);

pub(super) static DOUBT: Shape = map(
    "doubt",
    "раздел doubt",
    &[
        need("before", Value::Text, "the prompt before what was half understood", "реплика перед тем, что понято не до конца"),
        need("after", Value::Text, "the prompt after it", "реплика после этого"),
    ],
);

const REJECT: Key =
    may("reject", Value::Count(PERMILLE_MAX), REJECT_EN, "уверенность распознавания, ниже которой ответ не понят, в тысячных");
const ACCEPT: Key =
    may("accept", Value::Count(PERMILLE_MAX), ACCEPT_EN, "уверенность, начиная с которой переспрашивать не нужно, в тысячных");
const DOUBT_KEY: Key = may("doubt", Value::Map(&DOUBT), "the words around what is asked back", "слова вокруг переспрашиваемого");
const REJECT_EN: &str = "below this confidence an answer is not understood, in thousandths";
const ACCEPT_EN: &str = "from this confidence on nothing is asked back, in thousandths";

pub(super) static OPERATOR: Shape = map(
    "operator",
    "раздел operator",
    &[
        need("flow", Value::Text, "the flow it leads to", "сценарий, в который она ведёт"),
        need("label", Value::Text, "how a menu calls it", "как она называется в меню"),
        may(
            "again",
            Value::Text,
            "what is said to a caller who asks once more on the way there",
            "реплика для того, кто просит снова, когда его уже ведут к оператору",
        ),
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
        REJECT,
        ACCEPT,
        DOUBT_KEY,
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
        REJECT,
        ACCEPT,
        DOUBT_KEY,
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
        may(
            "turns_to_human",
            Value::Count(TURNS_TO_HUMAN_MAX),
            "how often a silent caller may be asked before a human comes",
            "сколько раз можно спросить молчащего звонящего до оператора",
        ),
        may("silence", Value::Duration, "how long the robot may be silent", "сколько робот может молчать"),
    ],
);

pub(super) static TYPE: Shape =
    map("a type", "тип", &[need("item", Value::Text, "a list of flows/lexicon.yaml", "список из flows/lexicon.yaml")]);

pub(super) static LIST_TYPE: Shape = map(
    "a list",
    "список",
    &[
        need("list", Value::Named(&TYPES), "the fields of each item", "поля каждой строки"),
        need("most", Value::Count(LIST_MAX), "the most items", "сколько строк бывает самое большее"),
    ],
);

pub(super) static GRAMMAR: Shape = either(
    "a grammar",
    "грамматика",
    &[
        may("digits", Value::Map(&DIGITS), "a row of digits with no meaning of its own", "набор цифр без особого смысла"),
        may("number", Value::Map(&NUMBER), "a number within bounds", "число в заданных пределах"),
        may("date", Value::Map(&DATE), "a day", "день"),
        may("item", Value::Text, "an item of a list of flows/lexicon.yaml", "слово из списка в flows/lexicon.yaml"),
        may("place", Value::Map(&PLACE), "a place of Kazakhstan", "место в Казахстане"),
    ],
    &[&["digits"], &["number"], &["date"], &["item"], &["place"]],
);

pub(super) static NUMBER: Shape = map(
    "number",
    "number",
    &[need("min", Value::Number, "the least", "наименьшее"), need("max", Value::Number, "the greatest", "наибольшее")],
);

pub(super) static DATE: Shape = map(
    "date",
    "date",
    &[
        may("from", Value::Word(&["today"]), "the first day", "первый день"),
        need("days", Value::Count(DAYS_MAX), "how many days from then on", "сколько дней начиная с него"),
    ],
);

pub(super) static PLACE: Shape =
    map("place", "place", &[need("in", Value::Word(&["cities", "regions", "districts"]), "which places", "какие места")]);

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
        may("writes", Value::Flag, "whether it changes the world", "меняет ли он что-нибудь"),
        need("asks", Value::Named(&TYPES), "the fields of a request", "поля запроса"),
        need("answers", Value::Named(&Value::Named(&ANSWERED_TYPES)), "every outcome, with its fields", "все исходы и их поля"),
    ],
);

pub(super) static TITLES: Shape =
    map("a text", "текст", &[need("kk", Value::Text, "in Kazakh", "по-казахски"), need("ru", Value::Text, "in Russian", "по-русски")]);

pub(super) static PROMPT_TEXTS: Shape = map(
    "a prompt",
    "реплика",
    &[need("kk", Value::Words, "in Kazakh", "по-казахски"), need("ru", Value::Words, "in Russian", "по-русски")],
);
