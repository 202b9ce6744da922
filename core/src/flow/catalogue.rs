//! The sentences of faults, in both languages side by side, and the page of each kind.
//!
//! A kind of fault has a row in the table of codes, an arm in [`said`] and a page. All three are closed, so a kind that lacks a language does not compile.
//! No native editor has read the Russian words yet.

use super::fault::FaultKind;
use super::graph::Type;
use super::locale::Told;
use crate::lang::Lang;

mod pages;

pub use pages::{Example, Page, Times};

/// Makes the codes from one table: the enum, its rows, and the code of each kind.
macro_rules! codes {
    ($($kind:ident $text:literal)*) => {
        /// The stable short name of a kind of fault.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[allow(missing_docs, reason = "each is the kind of that name")]
        pub enum Code { $($kind,)* }

        impl Code {
            /// All, in the order of their texts.
            pub const ALL: &[Self] = &[$(Self::$kind,)*];

            /// The code of a kind.
            pub const fn of(kind: &FaultKind) -> Self {
                match kind { $(FaultKind::$kind { .. } => Self::$kind,)* }
            }

            /// As it is printed: `E01` YAML, `E02` shapes, `E03` names, `E04` types and arms, `E05` words, `E06` proofs, `W07` warnings.
            pub const fn text(self) -> &'static str {
                match self { $(Self::$kind => $text,)* }
            }
        }
    };
}

codes! {
    FileTooLarge "E0101"
    TooManyFiles "E0102"
    NotYaml "E0103"
    TooDeep "E0104"
    TooManyNodes "E0105"
    DuplicateKey "E0106"
    AnchorOrTag "E0107"
    ManyDocuments "E0108"
    ControlCharacter "E0109"
    WrongShape "E0201"
    UnknownKey "E0202"
    MissingKey "E0203"
    BadValue "E0204"
    UnknownStepKind "E0205"
    Contradiction "E0206"
    MissingFile "E0301"
    WrongFlowName "E0302"
    NoSteps "E0303"
    DuplicateStep "E0304"
    Unknown "E0305"
    NoPressWords "E0306"
    DayTwice "E0307"
    WrongTopicName "E0308"
    TopicUnanswered "E0309"
    IntentTwice "E0310"
    NothingToRoute "E0311"
    WrongSlotType "E0401"
    SlotOfTwoTypes "E0402"
    MissingArm "E0403"
    UnknownArm "E0404"
    KeyTwice "E0405"
    ReservedKey "E0406"
    WrongStepForService "E0407"
    UndoUnfilled "E0408"
    UndoOfNothing "E0409"
    NeverAsked "E0410"
    PhrasesCollide "E0411"
    PhraseTaken "E0412"
    ChoiceTwice "E0413"
    SlotTwice "E0414"
    TooManyPhrases "E0415"
    MessageSpan "E0416"
    NoRoute "E0417"
    Untold "E0418"
    MissingLanguage "E0501"
    EmptyText "E0502"
    BadTemplate "E0503"
    DifferentVariables "E0504"
    LookalikeLetters "E0505"
    FilterMisfit "E0506"
    PromptTooLong "E0507"
    SpokenTooLong "E0508"
    DocumentsDiffer "E0509"
    DocumentsSpoken "E0510"
    MessageTooLong "E0511"
    UnreachableStep "E0601"
    UnboundedLoop "E0602"
    NeedlessBound "E0603"
    UndefinedSlot "E0604"
    LoopWithoutTurn "E0605"
    CallCycle "E0606"
    LeftAlone "E0607"
    FarFromHuman "E0608"
    LongSilence "E0609"
    TurnedAway "E0610"
    NoSource "E0611"
    FeeSpoken "E0612"
    FactExpired "E0613"
    FactTooOld "E0614"
    LongWalk "E0615"
    UnusedPrompt "W0701"
    ForeignLetters "W0711"
    Numerals "W0712"
    Markup "W0713"
    LongMessage "W0714"
    FactExpiresSoon "W0721"
    FactOld "W0722"
    FactUnverified "W0723"
}

impl FaultKind {
    /// Its stable short name, as it is printed.
    pub const fn code(&self) -> &'static str {
        Code::of(self).text()
    }
}

/// What a fault says.
pub(super) struct Words {
    /// What was expected and what came.
    pub(super) message: String,
    /// What to do.
    pub(super) help: String,
}

fn words(message: impl Into<String>, help: impl Into<String>) -> Words {
    Words { message: message.into(), help: help.into() }
}

/// The sentences of a fault.
pub(super) fn said(kind: &FaultKind) -> Told<Words> {
    use FaultKind as F;
    match kind {
        F::FileTooLarge { bytes } => Told {
            en: words(format!("the file has {bytes} bytes, more than 1 MiB"), "split it"),
            ru: words(format!("в файле {bytes} байт, это больше 1 МиБ"), "разделите файл на несколько"),
        },
        F::TooManyFiles { files } => Told {
            en: words(format!("the bundle has {files} files, more than 200"), "is the root the right folder?"),
            ru: words(format!("файлов слишком много: {files}, а можно не больше 200"), "проверьте, ту ли папку вы указали"),
        },
        F::NotYaml { slip } => {
            let slip = slip.words();
            Told {
                en: words(format!("this is not YAML: {}", slip.en), "check indentation, quotes and brackets here and just above"),
                ru: words(format!("файл не читается как YAML: {}", slip.ru), "проверьте отступы, кавычки и скобки здесь и строкой выше"),
            }
        }
        F::TooDeep => Told {
            en: words("too deeply nested", "a flow needs no more than a few levels: look for brackets that do not close"),
            ru: words("слишком много уровней вложенности", "сценарию хватает нескольких уровней: поищите незакрытые скобки"),
        },
        F::TooManyNodes => Told {
            en: words("more than 50,000 values in one file, or 200,000 in all", "split the file, or remove what no call needs"),
            ru: words(
                "в одном файле больше 50 000 значений или во всех вместе больше 200 000",
                "разделите файл или уберите то, что не нужно ни одному звонку",
            ),
        },
        F::DuplicateKey { key } => Told {
            en: words(format!("`{key}` stands twice in this map"), "keep one of the two"),
            ru: words(format!("ключ `{key}` написан здесь дважды"), "оставьте один из двух"),
        },
        F::AnchorOrTag => Told {
            en: words("anchors (&), aliases (*) and tags (!) are not used in flows", "write the value itself, in quotes if it is text"),
            ru: words(
                "знаки & (якорь), * (ссылка) и ! (тег) в начале значения в сценариях не используются",
                "напишите само значение; если это текст, возьмите его в кавычки",
            ),
        },
        F::ManyDocuments => Told {
            en: words("a second YAML document begins here", "one file is one document: remove `---`"),
            ru: words("здесь начинается второй документ YAML", "в одном файле — один документ: уберите `---`"),
        },
        F::ControlCharacter { code } => Told {
            en: words(format!("a control character (U+{code:04X})"), "save the file as plain UTF-8 text"),
            ru: words(
                format!("в тексте невидимый управляющий символ (U+{code:04X})"),
                "удалите его и сохраните файл как обычный текст в UTF-8",
            ),
        },
        F::WrongShape { expected, came } => {
            let (expected, came) = (expected.words(), came.words());
            Told {
                en: words(format!("expected {}, found {}", expected.en, came.en), "see docs/flows.md for the spelling"),
                ru: words(
                    format!("здесь ожидалось: {}; а написано: {}", expected.ru, came.ru),
                    "как это пишется, показано в docs/flows.md",
                ),
            }
        }
        F::UnknownKey { key, of, nearest, known } => {
            let help = suggestion(nearest.as_deref(), format!("known here: {known}"), format!("здесь бывают ключи: {known}"));
            Told {
                en: words(format!("`{key}` is not a key of {}", of.en), help.en),
                ru: words(format!("{}: ключа `{key}` здесь не бывает", of.ru), help.ru),
            }
        }
        F::MissingKey { key, of } => Told {
            en: words(format!("{} needs `{key}`", of.en), format!("add `{key}: …`")),
            ru: words(format!("{}: не хватает ключа `{key}`", of.ru), format!("добавьте `{key}: …`")),
        },
        F::BadValue { expected, came } => {
            let expected = expected.words();
            Told {
                en: words(format!("expected {}, found `{came}`", expected.en), "write it as in the example of docs/flows.md"),
                ru: words(format!("здесь ожидалось: {}; а написано `{came}`", expected.ru), "напишите так, как в примере в docs/flows.md"),
            }
        }
        F::UnknownStepKind { came, nearest } => {
            let en = "a step is a map with one key that says what it does".to_owned();
            let help = suggestion(nearest.as_deref(), en, "у шага один ключ, и он говорит, что делать: say, ask, menu…".to_owned());
            Told {
                en: words(format!("there is no step `{came}`"), help.en), ru: words(format!("шага вида `{came}` не бывает"), help.ru)
            }
        }
        F::Contradiction { pair } => {
            let pair = pair.words();
            Told {
                en: words(format!("{} exclude each other", pair.en), "keep one of the two"),
                ru: words(format!("{} нельзя писать вместе", pair.ru), "оставьте что-то одно"),
            }
        }
        F::MissingFile { file } => Told {
            en: words(format!("{file} is missing"), format!("create {file}")),
            ru: words(format!("нет файла {file}"), format!("создайте файл {file}")),
        },
        F::WrongFlowName { expected, came } => Told {
            en: words(
                format!("the flow calls itself `{came}`, its file says `{expected}`"),
                format!("write `flow: {expected}` or move the file"),
            ),
            ru: words(
                format!("сценарий назван `{came}`, а лежит в файле `{expected}`"),
                format!("напишите `flow: {expected}` или перенесите файл"),
            ),
        },
        F::WrongTopicName { expected, came } => Told {
            en: words(
                format!("the topic calls itself `{came}`, its file says `{expected}`"),
                format!("write `topic: {expected}` or rename the file"),
            ),
            ru: words(
                format!("тема названа `{came}`, а лежит в файле `{expected}`"),
                format!("напишите `topic: {expected}` или переименуйте файл"),
            ),
        },
        F::TopicUnanswered { topic } => Told {
            en: words(
                format!("nothing answers the topic `{topic}`: it has no `answer`, and no flow has it among its `intents`"),
                "write an `answer` in both languages, or name the topic in the `intents` of the flow that sees to it",
            ),
            ru: words(
                format!("на тему `{topic}` некому ответить: у неё нет `answer`, и ни один сценарий не назвал её в `intents`"),
                "напишите `answer` на двух языках или назовите тему в `intents` того сценария, который ею занимается",
            ),
        },
        F::IntentTwice { topic } => Told {
            en: words(format!("two flows have the topic `{topic}` among their `intents`"), "leave it to one of them"),
            ru: words(format!("тему `{topic}` назвали в `intents` два сценария"), "оставьте её одному из них"),
        },
        F::NothingToRoute => Told {
            en: words("there is no topic that a caller could be asked for", "write a topic into flows/topics/, or take the step out"),
            ru: words("звонящего не о чем спрашивать: тем нет", "добавьте тему в flows/topics/ или уберите этот шаг"),
        },
        F::NoSteps => Told {
            en: words("a flow needs at least one step", "add a step under `steps:`"),
            ru: words("в сценарии нет ни одного шага", "добавьте шаг под `steps:`"),
        },
        F::DuplicateStep { id } => Told {
            en: words(format!("two steps are called `{id}`"), "give one of them another id"),
            ru: words(format!("два шага названы одинаково: `{id}`"), "дайте одному из них другое имя (id)"),
        },
        F::Unknown { what, name, nearest } => {
            let what = what.words();
            let en = format!("define the {}, or name another", what.en);
            let help = suggestion(nearest.as_deref(), en, "проверьте, как написано имя, или добавьте то, чего не хватает".to_owned());
            Told {
                en: words(format!("there is no {} `{name}`", what.en), help.en),
                ru: words(format!("{} `{name}` нет", what.ru), help.ru),
            }
        }
        F::NoPressWords { key } => Told {
            en: words(format!("nothing says \"press {key}\""), format!("add \"{key}\" under `robot: press:` in flows/main.yaml")),
            ru: words(format!("нет слов «нажмите {key}»"), format!("добавьте \"{key}\" под `robot: press:` в flows/main.yaml")),
        },
        F::WrongSlotType { slot, is, expected } => {
            let (is, expected) = (of_type(is), of_type(expected));
            Told {
                en: words(format!("`{slot}` is {}, expected {}", is.en, expected.en), "use a slot of that type"),
                ru: words(format!("в слоте `{slot}` — {}, а здесь нужно: {}", is.ru, expected.ru), "возьмите слот с подходящим значением"),
            }
        }
        F::SlotOfTwoTypes { slot, one, other } => {
            let (one, other) = (of_type(one), of_type(other));
            Told {
                en: words(format!("`{slot}` is {} in one place and {} in another", one.en, other.en), "use two slots"),
                ru: words(format!("в слоте `{slot}` в одном месте {}, а в другом {}", one.ru, other.ru), "заведите два разных слота"),
            }
        }
        F::MissingArm { arm } => Told {
            en: words(
                format!("nothing says what follows `{arm}`"),
                format!("add `{arm}: {{}}` to go on with the next step, or `{arm}: {{goto: …}}`"),
            ),
            ru: words(
                format!("не сказано, что делать после `{arm}`"),
                format!("добавьте `{arm}: {{}}`, чтобы перейти к следующему шагу, или `{arm}: {{goto: …}}`"),
            ),
        },
        F::UnknownArm { arm, nearest } => {
            let help = suggestion(nearest.as_deref(), "remove it".to_owned(), "уберите эту ветку".to_owned());
            Told {
                en: words(format!("`{arm}` can never come"), help.en), ru: words(format!("`{arm}` здесь никогда не наступит"), help.ru)
            }
        }
        F::DayTwice { day } => Told {
            en: words(format!("{day} stands twice in the calendar"), "keep one of the two"),
            ru: words(format!("день {day} записан в календаре дважды"), "оставьте одну из двух записей"),
        },
        F::WrongStepForService { service, step } => Told {
            en: words(
                format!("`{service}` is no service for this step: its contract is for `{step}`"),
                "a service that changes the world has `writes: yes` and is for `submit`, any other for `lookup`",
            ),
            ru: words(
                format!("сервис `{service}` не для этого шага: по его описанию нужен `{step}`"),
                "сервис, который что-то меняет, описан с `writes: yes` и вызывается через `submit`, любой другой — через `lookup`",
            ),
        },
        F::UndoUnfilled { service, field } => Told {
            en: words(
                format!("`{service}` asks `{field}`, which the submit neither answers with nor was asked with"),
                format!("add `{field}`, of the same type, to an answer of the submit's contract"),
            ),
            ru: words(
                format!("сервису `{service}` нужно поле `{field}`, а его нет ни в запросе этого submit, ни в ответах"),
                format!("добавьте `{field}` того же типа в ответ сервиса, который вызывает submit"),
            ),
        },
        F::UndoOfNothing { service } => Told {
            en: words(
                format!("no outcome has what `{service}` needs to know which one it takes back"),
                "let an outcome answer with a reference that the undo asks",
            ),
            ru: words(
                format!("ни в одном исходе нет того, по чему `{service}` поймёт, что именно отменить"),
                "пусть в одном из исходов будет номер или ссылка, которые спрашивает сервис отмены",
            ),
        },
        F::NoRoute { step } => Told {
            en: words(format!("`{step}` is no `route` step, and hears no free question"), "name the `route` step below this menu"),
            ru: words(format!("`{step}` — не шаг `route`, свободный вопрос он не поймёт"), "назовите шаг `route` ниже этого меню"),
        },
        F::Untold { outcome } => Told {
            en: words(
                format!("`tells` has no message for `{outcome}`"),
                format!("add `{outcome}: <prompt>`: whoever is promised a message gets one, however it ends"),
            ),
            ru: words(
                format!("в `tells` нет сообщения для `{outcome}`"),
                format!("добавьте `{outcome}: <реплика>`: кому обещали сообщение, тот получит его при любом исходе"),
            ),
        },
        F::NeverAsked { slot } => Told {
            en: words(
                format!("no step before this one asks the caller for `{slot}`"),
                "name a slot that an `ask`, a `form` or a `choose` above fills",
            ),
            ru: words(
                format!("ни один шаг выше не спрашивает у звонящего `{slot}`"),
                "назовите слот, который выше заполняет `ask`, `form` или `choose`",
            ),
        },
        F::PhrasesCollide { one, other } => Told {
            en: words(
                format!("`{one}` and `{other}` are the same to a caller who says one of them: no answer tells the choices apart"),
                "give one of the two other words: in `say`, in its label, or in flows/lexicon.yaml",
            ),
            ru: words(
                format!("«{one}» и «{other}» на слух не различить: по такому ответу не понять, какой пункт выбрали"),
                "назовите один из двух другими словами: в `say`, в его `label` или в flows/lexicon.yaml",
            ),
        },
        F::PhraseTaken { phrase, command } => Told {
            en: words(
                format!("`{phrase}` is a command that holds everywhere: {command}"),
                "name the choice in other words: a caller who says this wants the command",
            ),
            ru: words(
                format!("«{phrase}» — общая команда, она действует везде: {command}"),
                "назовите пункт другими словами: кто говорит так, ждёт команды",
            ),
        },
        F::ChoiceTwice { id } => Told {
            en: words(format!("two choices are called `{id}`"), "give one of them another id, and an arm of its own"),
            ru: words(format!("два пункта называются `{id}`"), "дайте одному из них другой id и свою ветку"),
        },
        F::SlotTwice { slot } => Told {
            en: words(format!("`{slot}` is asked for twice in this step"), "give each of the two its own slot, or remove one"),
            ru: words(format!("этот шаг спрашивает `{slot}` дважды"), "дайте каждому свой слот или уберите один из двух"),
        },
        F::TooManyPhrases { phrases, most } => Told {
            en: words(
                format!("{phrases} phrases to tell apart, more than {most}"),
                "leave out phrases that only differ in endings or order: those are understood anyway",
            ),
            ru: words(
                format!("фраз, которые нужно различать, {phrases}, а можно не больше {most}"),
                "уберите фразы, которые отличаются только окончаниями или порядком слов: их поймут и так",
            ),
        },
        F::KeyTwice { key } => Told {
            en: words(format!("two choices have the key {key}"), "give each choice its own key"),
            ru: words(format!("у двух пунктов меню одна и та же кнопка: {key}"), "дайте каждому пункту свою кнопку"),
        },
        F::ReservedKey { key } => Told {
            en: words(format!("the key {key} is taken everywhere: 0 operator, * repeat, # end of digits"), "use 1 to 9"),
            ru: words(format!("кнопка {key} уже занята: 0 — оператор, * — повтор, # — конец набора"), "возьмите кнопку от 1 до 9"),
        },
        F::MissingLanguage { lang } => Told {
            en: words(format!("the `{lang}` text is missing"), format!("add `{lang}: \"…\"`: every prompt exists in both languages")),
            ru: words(format!("нет текста `{lang}`"), format!("добавьте `{lang}: \"…\"`: каждая реплика нужна на обоих языках")),
        },
        F::EmptyText { lang } => Told {
            en: words(format!("the `{lang}` text says nothing"), "write words"),
            ru: words(format!("в тексте `{lang}` нет ни одного слова"), "напишите слова"),
        },
        F::BadTemplate { slip } => {
            let slip = slip.words();
            let (en, ru) = ("docs/flows.md has a table of the others", "остальные способы — в таблице в docs/flows.md");
            Told {
                en: words(format!("a template that cannot be read: {}", slip.en), format!("write {{{{ slot | say_digits }}}}; {en}")),
                ru: words(format!("подстановка не читается: {}", slip.ru), format!("напишите {{{{ слот | say_digits }}}}; {ru}")),
            }
        }
        F::DifferentVariables { only, lang } => Told {
            en: words(format!("`{only}` is said in `{lang}` only"), "say the same values in both languages"),
            ru: words(format!("`{only}` произносится только в тексте `{lang}`"), "в обоих языках должны звучать одни и те же значения"),
        },
        F::LookalikeLetters { word, letters } => Told {
            en: words(
                format!("`{word}` mixes Cyrillic with the Latin letters {letters}"),
                "type the word again with the Cyrillic keyboard",
            ),
            ru: words(format!("в слове `{word}` среди кириллицы стоят латинские буквы: {letters}"), "наберите слово заново кириллицей"),
        },
        F::FilterMisfit { filter, slot, is } => {
            let is = of_type(is);
            Told {
                en: words(
                    format!("`{filter}` cannot say `{slot}`, which is {}", is.en),
                    "say_item is for items of the lexicon, say_digits for digits; docs/flows.md has a table of the others",
                ),
                ru: words(
                    format!("`{filter}` не может произнести `{slot}`: там {}", is.ru),
                    "say_item — для слов из словаря, say_digits — для цифр; остальные способы — в таблице в docs/flows.md",
                ),
            }
        }
        F::PromptTooLong { pieces, most } => Told {
            en: words(format!("the prompt may have {pieces} pieces, more than {most}"), "cut it into two steps, or say fewer values"),
            ru: words(
                format!("реплика может состоять из {pieces} частей, а можно не больше {most}"),
                "разделите её на два шага или произносите меньше значений",
            ),
        },
        F::DocumentsSpoken => Told {
            en: words(
                "a list of documents is for a message: read aloud, nobody could follow it",
                "say it in the `text` of an `sms` step only",
            ),
            ru: words("список документов нужен в сообщении: на слух его не запомнить", "используйте его только в `text` шага `sms`"),
        },
        F::DocumentsDiffer { kk, ru } => Told {
            en: words(format!("the list has {kk} lines in Kazakh and {ru} in Russian"), "write the same documents in both languages"),
            ru: words(format!("в списке по-казахски строк: {kk}, а по-русски: {ru}"), "перечислите одни и те же документы на двух языках"),
        },
        F::SpokenTooLong { lang, seconds, most } => Told {
            en: words(
                format!("the `{lang}` text takes about {seconds} seconds to say, more than {most}"),
                "shorten it, or cut it into two prompts with a question between them",
            ),
            ru: words(
                format!("текст `{lang}` звучит примерно {seconds} с, а можно не больше {most} с"),
                "сократите его или разделите на две реплики, между которыми есть вопрос",
            ),
        },
        F::MessageTooLong { lang, parts, most } => Told {
            en: words(
                format!("the `{lang}` message may come to {parts} parts, more than {most}"),
                "shorten it: with Cyrillic letters a part has room for 67 characters, values at their longest included",
            ),
            ru: words(
                format!("сообщение `{lang}` может занять частей: {parts}, а можно не больше {most}"),
                "сократите его: с кириллицей в одной части помещается 67 знаков, считая самые длинные значения",
            ),
        },
        F::UnreachableStep { id } => Told {
            en: words(format!("no way leads to `{id}`"), "remove the step, or go to it"),
            ru: words(format!("к шагу `{id}` не ведёт ни один путь"), "уберите этот шаг или сделайте переход к нему"),
        },
        F::UnboundedLoop { to } => Told {
            en: words(format!("this goes back to `{to}` without a bound"), "add `at_most: 3, else: <a later step>`"),
            ru: words(format!("возврат к шагу `{to}` ничем не ограничен"), "добавьте `at_most: 3, else: <шаг ниже>`"),
        },
        F::NeedlessBound { to } => Told {
            en: words(format!("`{to}` lies ahead: nothing to bound"), "remove `at_most` and `else`"),
            ru: words(format!("шаг `{to}` находится ниже, ограничивать нечего"), "уберите `at_most` и `else`"),
        },
        F::UndefinedSlot { slot } => Told {
            en: words(
                format!("`{slot}` may be empty here"),
                "fill it on every way that leads here, or ask with `if: {when: {filled: …}}` first",
            ),
            ru: words(
                format!("слот `{slot}` здесь может оказаться пустым"),
                "заполните его на каждом пути сюда или сначала проверьте: `if: {when: {filled: …}}`",
            ),
        },
        F::LoopWithoutTurn { to } => Told {
            en: words(format!("a way round from `{to}` never listens to the caller"), "put a question into the loop"),
            ru: words(format!("в круге от шага `{to}` звонящего ни о чём не спрашивают"), "добавьте в этот круг вопрос"),
        },
        F::CallCycle { through } => Told {
            en: words(format!("this flow calls itself: {through}"), "use goto inside one flow"),
            ru: words(format!("сценарий вызывает сам себя: {through}"), "внутри одного сценария возвращайтесь через goto"),
        },
        F::LeftAlone { outcome } => Told {
            en: words(
                format!("a caller who says nothing, or whose services fail, may end here as `{outcome}`, without a human"),
                "lead that way to the operators or to a call back; outcomes that mean a human stand in `robot: human`",
            ),
            ru: words(
                format!("если звонящий молчит или сервис не отвечает, звонок может закончиться здесь как `{outcome}`, без оператора"),
                "направьте этот путь к операторам или к обратному звонку; исходы, за которыми стоит человек, перечислены в `robot: human`",
            ),
        },
        F::TurnedAway { outcome } => Told {
            en: words(
                format!("a caller to whom no human came may end here as `{outcome}`, which does not say so"),
                "lead what fails to another transfer or to a call back, or end with an outcome of `robot: nobody`",
            ),
            ru: words(
                format!("звонящий, до которого не дошёл ни один человек, может закончить здесь звонок как `{outcome}`, а это о другом"),
                "направьте неудачу к другим операторам или к обратному звонку или завершите звонок исходом из `robot: nobody`",
            ),
        },
        F::FarFromHuman { turns, most } => Told {
            en: words(
                format!("from here a silent caller may be asked {turns} times before a human comes, more than {most}"),
                "give up earlier: lower `tries` or a bound, or lead `give_up` to a human",
            ),
            ru: words(
                format!("молчащего звонящего отсюда до оператора спросят раз: {turns}, а можно не больше {most}"),
                "сдавайтесь раньше: уменьшите `tries` или число возвратов или направьте `give_up` к оператору",
            ),
        },
        F::MessageSpan { key, ms, least_ms, most_ms } => Told {
            en: words(
                format!("expected a `{key}` from {least_ms} to {most_ms} ms, came {ms} ms"),
                "a message is ended by a silence of 1 s or more, and is longer than that and no longer than 10 minutes",
            ),
            ru: words(
                format!("ожидался срок `{key}` от {least_ms} до {most_ms} мс, указано {ms} мс"),
                "сообщение кончается тишиной не короче 1 секунды; само оно длиннее её и не длиннее 10 минут",
            ),
        },
        F::LongSilence { ms, most_ms } => Told {
            en: words(
                format!("nothing may be heard here for {ms} ms, more than {most_ms} ms"),
                "add a `filler` that comes in time, or shorten the deadline, `noinput_after`, `interdigit` or the `silence` of a `record`",
            ),
            ru: words(
                format!("здесь может быть тишина в {ms} мс, а можно не больше {most_ms} мс"),
                "добавьте `filler`, который зазвучит вовремя, или сократите `deadline`, `noinput_after`, `interdigit` или `silence` шага record",
            ),
        },
        F::LongWalk { steps, most } => Told {
            en: words(
                format!("from here {steps} steps may be walked without a question, more than {most}"),
                "do it in fewer steps: one `set` fills many slots; or raise `robot: limits: steps_between_turns`",
            ),
            ru: words(
                format!("отсюда без единого вопроса можно пройти шагов: {steps}, а можно не больше {most}"),
                "обойдитесь меньшим числом шагов: один `set` заполняет много полей; или поднимите `robot: limits: steps_between_turns`",
            ),
        },
        F::NoSource => Told {
            en: words(
                "nobody can look up what this rests on: a fact without a source",
                "write in `facts` what the answer says and where it is taken from, in `source`: the law, the site, the day",
            ),
            ru: words(
                "непонятно, откуда это взято: нет факта с источником",
                "запишите в `facts`, что именно утверждает ответ, и откуда это, в `source`: закон, сайт, дата",
            ),
        },
        F::FeeSpoken { amount, lang } => Told {
            en: words(
                format!("the `{lang}` answer names an amount, `{amount}`: fees change every January, and a caller would pay the old one"),
                "say that there is a fee and where its amount stands",
            ),
            ru: words(
                format!("в ответе `{lang}` названа сумма, `{amount}`: суммы меняются каждый январь, и звонящий заплатит по-старому"),
                "скажите, что есть пошлина и где узнать её размер",
            ),
        },
        F::FactExpired { until } => Told {
            en: words(format!("the fact held until {until}"), "see what holds now, then mend the answer, the fact and its date"),
            ru: words(format!("этот факт действовал до {until}"), "узнайте, что действует теперь, и исправьте ответ, факт и его дату"),
        },
        F::FactTooOld { date, months } => Told {
            en: words(
                format!("nobody has compared the fact with its source since {date}, for more than {months} months"),
                "compare it, mend the answer if it must be, and write the day of comparing as `date`",
            ),
            ru: words(
                format!("факт сверяли с источником {date}, а предел — месяцев: {months}"),
                "сверьте его, если нужно, исправьте ответ и запишите день сверки в `date`",
            ),
        },
        F::UnusedPrompt { name } => Told {
            en: words(format!("no flow says `{name}`"), "remove it, or say it"),
            ru: words(format!("реплику `{name}` не произносит ни один сценарий"), "удалите её или используйте"),
        },
        F::ForeignLetters { word, letters, lang } => Told {
            en: words(
                format!("`{word}` in the `{lang}` text has letters of another alphabet: {letters}"),
                "write it as the language does, or move it to its own language",
            ),
            ru: words(
                format!("в слове `{word}` в тексте `{lang}` есть буквы другого алфавита: {letters}"),
                "напишите слово так, как принято в этом языке, или перенесите его в текст на его языке",
            ),
        },
        F::Numerals { digits, lang } => Told {
            en: words(
                format!("the `{lang}` text has the digits {digits}"),
                format!("write them as words, as they are to be heard{}", fourteen(*lang)),
            ),
            ru: words(
                format!("в тексте `{lang}` стоят цифры: {digits}"),
                format!("напишите их словами, так, как они должны звучать{}", fourteen(*lang)),
            ),
        },
        F::Markup { mark, lang } => Told {
            en: words(format!("the `{lang}` text has `{mark}`, which cannot be heard"), "write it as a word, or remove it"),
            ru: words(format!("в тексте `{lang}` стоит `{mark}`, а произнести это нельзя"), "напишите словом или уберите"),
        },
        F::FactExpiresSoon { until } => Told {
            en: words(
                format!("the fact holds until {until} only"),
                "see what will hold then; after that day nothing can be published with it",
            ),
            ru: words(
                format!("факт действует только до {until}"),
                "узнайте, что будет потом: после этого дня с ним ничего не опубликовать",
            ),
        },
        F::FactOld { date, months } => Told {
            en: words(
                format!("the fact was last compared with its source on {date}, more than {months} months ago"),
                "compare it, and write the day of comparing as `date`; after twice as long nothing can be published with it",
            ),
            ru: words(
                format!("факт последний раз сверяли с источником {date}; прошло больше, чем {months} мес."),
                "сверьте его и запишите день сверки в `date`: через вдвое больший срок с ним ничего не опубликовать",
            ),
        },
        F::FactUnverified => Told {
            en: words("callers hear this, and nobody has verified it", "compare the fact with its source, then remove `verify`"),
            ru: words("звонящие это слышат, но никто ещё не сверил факт", "сверьте факт с источником и уберите `verify`"),
        },
        F::LongMessage { lang, parts, most } => Told {
            en: words(
                format!("the `{lang}` message may come to {parts} parts; up to {most} are read and paid for gladly"),
                "shorten it: with Cyrillic letters a part has room for 67 characters, values at their longest included",
            ),
            ru: words(
                format!("сообщение `{lang}` может занять частей: {parts}; лучше не больше {most}"),
                "сократите его: с кириллицей в одной части помещается 67 знаков, считая самые длинные значения",
            ),
        },
    }
}

/// An example of digits in words, for a help.
const fn fourteen(lang: Lang) -> &'static str {
    match lang {
        Lang::Kk => ": 14 → он төрт",
        Lang::Ru => ": 14 → четырнадцать",
    }
}

fn suggestion(nearest: Option<&str>, en: String, ru: String) -> Told<String> {
    match nearest {
        Some(nearest) => Told { en: format!("did you mean `{nearest}`?"), ru: format!("может быть, `{nearest}`?") },
        None => Told { en, ru },
    }
}

/// A type in words. In Russian: nominative.
fn of_type(ty: &Type) -> Told<String> {
    let both = |en: &str, ru: &str| Told { en: en.to_owned(), ru: ru.to_owned() };
    match ty {
        Type::Iin => both("an IIN", "ИИН"),
        Type::Application => both("an application number", "номер заявки"),
        Type::Digits => both("digits", "набор цифр"),
        Type::Count => both("a count", "целое число"),
        Type::Flag => both("a flag", "признак «да/нет»"),
        Type::Item { list } => Told { en: format!("an item of {list}"), ru: format!("слово из списка {list}") },
        Type::Date => both("a date", "дата"),
        Type::Time => both("a time", "время"),
        Type::Money => both("a sum of money", "сумма денег"),
        Type::List { .. } => both("a list", "список"),
        Type::Phone => both("a telephone number", "номер телефона"),
        Type::Message => both("a spoken message", "записанное сообщение"),
        Type::Place => both("a place", "населённый пункт или регион"),
    }
}
