//! The shape of a talk: which keys each map has, what stands under them, what they are for. The reader and the schema both use it, so they cannot drift.

use dauys_core::flow::schema::{self, Schema};
use dauys_core::flow::shape::{Key, Shape, Value, either, map, may, need};

/// The schema by which an editor knows the keys of a talk.
pub fn schema() -> Schema {
    schema::of("talk.schema.json", "a talk that dauys must hold: tests/talks/**/*.yaml", &Value::Map(&TALK))
}

/// `800ms`, `1.2s`, `6s`.
const TIME: Value = Value::Pattern("^[0-9.]+(ms|s)$");
const KEYS: Value = Value::Pattern("^[0-9*#A-Da-d\\s]+$");
const LANG: Value = Value::Word(&["kk", "ru"]);
const LANG_OR_NONE: Value = Value::Word(&["kk", "ru", "none"]);
const CALLERS: Value = Value::Word(&["mobile", "landline", "foreign", "withheld", "unknown"]);
const YES: Value = Value::Flag;
const LINES: Value = Value::Either(&[Value::Words, Value::List(&Value::Words)]);
const HEARD_WORDS: Value = Value::Either(&[Value::Words, Value::Map(&HEARD), Value::List(&Value::Map(&HEARD))]);
const VALUES: Value = Value::Named(&Value::Words);
const FIELDS: Value = Value::Named(&Value::Either(&[Value::Words, Value::List(&VALUES)]));
const ANSWER: Value = Value::Either(&[Value::Words, Value::Named(&Value::Either(&[TIME, FIELDS]))]);
const ANSWERS: Value = Value::Named(&Value::Either(&[ANSWER, Value::List(&ANSWER)]));

const SERVICES: Key = may("services", ANSWERS, "what services answer", "что отвечают сервисы");
const ENDING: Value = Value::Either(&[Value::Words, Value::List(&Value::Words)]);
const ERRANDS: Key = may("errands", Value::Map(&ERRAND), "how errands end", "чем кончаются поручения");
const END: Key = may("end", Value::Words, "how the call ends", "чем кончается звонок");
const CALLER: Key = may("caller", HEARD_WORDS, "what the caller says", "что говорит звонящий");
const PRESSES: Key = may("keys", KEYS, "the keys that the caller presses", "клавиши, которые нажимает звонящий");
const HANGS_UP: Key = may("hangs_up", YES, "the caller hangs up", "звонящий кладёт трубку");

/// A step as it is written. A static, since branches have steps again.
static A_STEP: Value = Value::Either(&[Value::Word(&["silence", "hangs_up"]), Value::One(&STEP)]);

/// A file of a talk.
pub(super) static TALK: Shape = map(
    "a talk",
    "разговор",
    &[
        need("talk", Value::Words, "what people call it", "как его называют люди"),
        may("called", Value::Words, "the number that is called; 1414 when it is not written", "набранный номер; без него — 1414"),
        may("start", Value::Words, "when, in Almaty: 2026-11-24T10:15", "когда, по Алматы: 2026-11-24T10:15"),
        may("lang", LANG_OR_NONE, "the language that is remembered of the caller", "язык, запомненный за звонящим"),
        may("caller", CALLERS, "from what kind of line", "с какой линии звонят"),
        SERVICES,
        ERRANDS,
        need("steps", Value::List(&A_STEP), "what is said and done, in this order", "что говорят и делают, по порядку"),
        END,
    ],
);

/// How errands end.
pub(super) static ERRAND: Shape = map(
    "errands",
    "поручения",
    &[
        may("sms", ENDING, "queued, landline, withheld, unavailable or never", "queued, landline, withheld, unavailable или never"),
        may(
            "transfer",
            ENDING,
            "connected, busy, no_answer, closed, failed or never",
            "connected, busy, no_answer, closed, failed или never",
        ),
        may("callback", ENDING, "booked, refused, full or never", "booked, refused, full или never"),
        may("record", ENDING, "failed: nothing can be recorded", "failed: записать нельзя"),
    ],
);

/// A way on from a point.
pub(super) static BRANCH: Shape = map(
    "a branch",
    "ветка",
    &[
        need("name", Value::Words, "what people call it", "как её называют люди"),
        SERVICES,
        ERRANDS,
        need("steps", Value::List(&A_STEP), "what is said and done, in this order", "что говорят и делают, по порядку"),
        END,
    ],
);

/// A step: a map with one of these keys.
pub(super) static STEP: Shape = map(
    "a step",
    "шаг",
    &[
        may(
            "robot",
            LINES,
            "what the robot says: prompts by name, or words; … where it goes on",
            "что говорит робот: имена реплик или слова; … — дальше не сверять",
        ),
        CALLER,
        PRESSES,
        may("speaks", TIME, "how long the caller speaks a message", "сколько звонящий говорит сообщение"),
        may("wait", TIME, "so long nothing is done", "столько ничего не делают"),
        may("interrupts", Value::Map(&INTERRUPTS), "what is done while the robot speaks", "что делают, пока робот говорит"),
        HANGS_UP,
        may("expect", Value::Map(&EXPECT), "what must hold now", "что должно быть верно сейчас"),
        may("branches", Value::List(&Value::Map(&BRANCH)), "ways on from here; the last step", "продолжения отсюда; последний шаг"),
    ],
);

/// What is done into the robot's words.
pub(super) static INTERRUPTS: Shape = either(
    "an interruption",
    "перебивание",
    &[need("after", TIME, "how long the robot has spoken", "сколько робот успел говорить"), CALLER, PRESSES, HANGS_UP],
    &[&["caller"], &["keys"], &["hangs_up"]],
);

/// What must hold at a point.
pub(super) static EXPECT: Shape = map(
    "an expectation",
    "ожидание",
    &[
        may("step", Value::Words, "the step that was entered last", "последний начатый шаг"),
        may("lang", LANG_OR_NONE, "the language of the call", "язык звонка"),
        may("slots", VALUES, "what slots hold; none: nothing", "что в слотах; none — пусто"),
        may("service", Value::Words, "the service that was asked last", "последний запрошенный сервис"),
        may("asked", VALUES, "what it was asked", "с чем к нему обратились"),
        may("command", Value::Words, "the command that was understood last", "последняя понятая команда"),
        may("remembers", LANG, "the language that is kept for the next call", "язык, запомненный на следующий звонок"),
    ],
);

/// What a recogniser makes of words.
pub(super) static HEARD: Shape = map(
    "a hypothesis",
    "гипотеза",
    &[
        need("text", Value::Words, "the words", "слова"),
        may("lang", LANG, "the language that the recogniser takes it for", "язык, который слышит распознаватель"),
        may("confidence", Value::Number, "how sure the recogniser is, of 1000", "уверенность распознавателя, из 1000"),
    ],
);
