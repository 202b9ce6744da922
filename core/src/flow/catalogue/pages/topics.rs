//! Topics and their facts: proof 7. No native editor has read the Russian words yet.

use super::{Page, Place, files};
use crate::flow::locale::told;

const TOPIC: Place = Place::File("flows/topics/passport.yaml");

const SOUND: &str = r#"topic: passport
title: {kk: "Паспорт алу", ru: "Получение паспорта"}
group: documents
phrases: {kk: "паспорт алғым келеді", ru: "хочу получить паспорт"}
answer: {kk: "Паспортты орталықта аласыз.", ru: "Паспорт получают в центре."}
facts: [{text: "Где выдают", source: "egov.kz", date: 2026-11-23}]
"#;

pub(super) const WRONG_TOPIC_NAME: Page = Page {
    title: told("a topic's name and its file differ", "имя темы не совпадает с файлом"),
    means: told(
        "The line `topic:` repeats the name of the file, without .yaml. The two differ, usually after a file was copied.",
        "Строка `topic:` повторяет имя файла без .yaml. Они разошлись; обычно так бывает после копирования файла.",
    ),
    matters: told(
        "Other topics and flows name it. With two names a caller would hear the answer to another question.",
        "По этому имени её называют другие темы и сценарии. Если имени два, звонящий услышит ответ на чужой вопрос.",
    ),
    wrong: files(&[(
        TOPIC,
        r#"topic: pasport
title: {kk: "Паспорт алу", ru: "Получение паспорта"}
group: documents
phrases: {kk: "паспорт алғым келеді", ru: "хочу получить паспорт"}
answer: {kk: "Паспортты орталықта аласыз.", ru: "Паспорт получают в центре."}
facts: [{text: "Где выдают", source: "egov.kz", date: 2026-11-23}]
"#,
    )]),
    mended: files(&[(TOPIC, SOUND)]),
};

pub(super) const TOPIC_UNANSWERED: Page = Page {
    title: told("a topic that nothing answers", "тема, на которую некому ответить"),
    means: told(
        "A topic has an `answer`, or a flow has its name among its `intents`. This one has neither.",
        "У темы есть `answer`, или какой-нибудь сценарий называет её в `intents`. Здесь нет ни того, ни другого.",
    ),
    matters: told(
        "The robot would understand the caller and then have nothing to say.",
        "Робот понял бы звонящего, но сказать ему было бы нечего.",
    ),
    wrong: files(&[(
        TOPIC,
        r#"topic: passport
title: {kk: "Паспорт алу", ru: "Получение паспорта"}
group: documents
phrases: {kk: "паспорт алғым келеді", ru: "хочу получить паспорт"}
"#,
    )]),
    mended: files(&[(TOPIC, SOUND)]),
};

pub(super) const INTENT_TWICE: Page = Page {
    title: told("two flows for one topic", "два сценария на одну тему"),
    means: told(
        "Each topic is seen to by one flow at most: the one that has it among its `intents`.",
        "Темой занимается не больше одного сценария: тот, который называет её в `intents`.",
    ),
    matters: told("Which of the two a caller comes to would be chance.", "Было бы делом случая, в какой из двух попадёт звонящий."),
    wrong: files(&[
        (TOPIC, SOUND),
        (
            Place::File("flows/shared/human.yaml"),
            r#"flow: shared/human
title: {kk: "Оператор", ru: "Оператор"}
intents: [passport, passport]
steps:
  - say: {id: closed, prompt: closed}
  - end: {id: handed, outcome: human}
"#,
        ),
    ]),
    mended: files(&[
        (TOPIC, SOUND),
        (
            Place::File("flows/shared/human.yaml"),
            r#"flow: shared/human
title: {kk: "Оператор", ru: "Оператор"}
intents: [passport]
steps:
  - say: {id: closed, prompt: closed}
  - end: {id: handed, outcome: human}
"#,
        ),
    ]),
};

pub(super) const NOTHING_TO_ROUTE: Page = Page {
    title: told("a free question, and no topics", "свободный вопрос, а тем нет"),
    means: told(
        "`route` listens for a topic of `flows/topics/`. There is none.",
        "`route` ждёт тему из `flows/topics/`. Там нет ни одной.",
    ),
    matters: told(
        "Whatever a caller said would not be understood, until a human takes over.",
        "Что бы ни сказал звонящий, робот не поймёт его и в конце концов позовёт оператора.",
    ),
    wrong: files(&[(
        Place::Status,
        r#"steps:
  - route: {id: what, prompt: which, slot: topic}
  - return: {id: done}
"#,
    )]),
    mended: files(&[(
        Place::Status,
        r#"steps:
  - say: {id: what, prompt: which}
  - return: {id: done}
"#,
    )]),
};

pub(super) const NO_ROUTE: Page = Page {
    title: told("a menu whose `route` hears no question", "у меню под `route` стоит шаг, который не понимает вопросов"),
    means: told(
        "`route:` of a menu names the `route` step below that hears what is none of the choices. The step that stands there is of another kind.",
        "Под `route:` у меню стоит шаг `route` ниже, который ответит на сказанное мимо пунктов. Названный шаг другого вида.",
    ),
    matters: told(
        "A caller who asks a whole question at the menu would be led where nobody has heard it.",
        "Звонящий, который задал в меню целый вопрос, попал бы туда, где этого вопроса никто не слышал.",
    ),
    wrong: files(&[(
        Place::Status,
        r#"steps:
  - menu: {id: what, prompt: which, choices: [{id: card, key: "1", say: {kk: "карта", ru: "карта"}}], route: done, on: {card: {}}}
  - return: {id: done}
"#,
    )]),
    mended: files(&[(
        Place::Status,
        r#"steps:
  - menu: {id: what, prompt: which, choices: [{id: card, key: "1", say: {kk: "карта", ru: "карта"}}], on: {card: {}}}
  - return: {id: done}
"#,
    )]),
};

pub(super) const DOCUMENTS_DIFFER: Page = Page {
    title: told("a list with more lines in one language", "список, в котором на одном языке строк больше"),
    means: told(
        "`documents` are the same in both languages, line by line. One has a line more: it was added in one language only.",
        "Список `documents` на двух языках один и тот же, строка в строку. На одном языке строк больше: её добавили только там.",
    ),
    matters: told(
        "A caller who reads the shorter list comes without a document and is sent home.",
        "Кто получит короткий список, придёт без нужного документа и уйдёт ни с чем.",
    ),
    wrong: files(&[(
        TOPIC,
        r#"topic: passport
title: {kk: "Паспорт алу", ru: "Получение паспорта"}
group: documents
phrases: {kk: "паспорт алғым келеді", ru: "хочу получить паспорт"}
answer: {kk: "Паспортты орталықта аласыз.", ru: "Паспорт получают в центре."}
documents: {kk: ["Жеке куәлік"], ru: ["Удостоверение личности", "Прежний паспорт"]}
facts: [{text: "Где выдают", source: "egov.kz", date: 2026-11-23}]
"#,
    )]),
    mended: files(&[(
        TOPIC,
        r#"topic: passport
title: {kk: "Паспорт алу", ru: "Получение паспорта"}
group: documents
phrases: {kk: "паспорт алғым келеді", ru: "хочу получить паспорт"}
answer: {kk: "Паспортты орталықта аласыз.", ru: "Паспорт получают в центре."}
documents: {kk: ["Жеке куәлік", "Бұрынғы паспорт"], ru: ["Удостоверение личности", "Прежний паспорт"]}
facts: [{text: "Где выдают", source: "egov.kz", date: 2026-11-23}]
"#,
    )]),
};

pub(super) const DOCUMENTS_SPOKEN: Page = Page {
    title: told("a list of documents that is spoken", "список документов, который зачитывают вслух"),
    means: told(
        "The filter `documents` stands in a prompt that is heard. It is for the `text` of an `sms` step.",
        "Фильтр `documents` стоит в реплике, которую произносят. Он нужен только в `text` шага `sms`.",
    ),
    matters: told("Nobody keeps five documents in mind by ear.", "Пять документов на слух никто не запомнит."),
    wrong: files(&[
        (TOPIC, SOUND),
        (
            Place::File("flows/services/status.yaml"),
            r#"flow: services/status
title: {kk: "Құжат", ru: "Документ"}
takes: {topic: topic}
steps:
  - if: {id: known, when: {filled: topic}, then: {say: services/topic/documents}}
"#,
        ),
        (
            Place::File("prompts/services/topic.yaml"),
            r#"documents: {kk: "{{ topic | documents }}", ru: "{{ topic | documents }}"}
"#,
        ),
    ]),
    mended: files(&[(TOPIC, SOUND)]),
};

pub(super) const NO_SOURCE: Page = Page {
    title: told("a fact without a source", "факт без источника"),
    means: told(
        "Whatever an answer says has a fact with `text`, `source` and `date`: what, from where, compared when.",
        "У всего, что говорит ответ, есть факт: `text` (что), `source` (откуда) и `date` (когда сверяли).",
    ),
    matters: told(
        "When the law changes, nobody would know which answers to mend, and callers would go on hearing the old ones.",
        "Когда изменится закон, никто не узнает, какие ответы исправлять, и звонящие будут слышать старые.",
    ),
    wrong: files(&[(
        TOPIC,
        r#"topic: passport
title: {kk: "Паспорт алу", ru: "Получение паспорта"}
group: documents
phrases: {kk: "паспорт алғым келеді", ru: "хочу получить паспорт"}
answer: {kk: "Паспортты орталықта аласыз.", ru: "Паспорт получают в центре."}
facts: [{text: "Где выдают", date: 2026-11-23}]
"#,
    )]),
    mended: files(&[(TOPIC, SOUND)]),
};

pub(super) const FEE_SPOKEN: Page = Page {
    title: told("an amount of money in an answer", "сумма денег в ответе"),
    means: told(
        "An answer names so many tenge, or so many monthly indices. It may say that there is a fee, never how much.",
        "В ответе названо, сколько тенге или сколько МРП. Сказать, что пошлина есть, можно; сколько — нельзя.",
    ),
    matters: told(
        "Fees hang on the monthly index and change each January. A caller who pays the old amount has to come again.",
        "Пошлины зависят от МРП и меняются каждый январь. Кто заплатит по-старому, придёт ещё раз.",
    ),
    wrong: files(&[(
        TOPIC,
        r#"topic: passport
title: {kk: "Паспорт алу", ru: "Получение паспорта"}
group: documents
phrases: {kk: "паспорт алғым келеді", ru: "хочу получить паспорт"}
answer: {kk: "Баж мөлшерін төлем бетінен көресіз.", ru: "Пошлина составляет восемь МРП."}
facts: [{text: "Пошлина", source: "egov.kz", date: 2026-11-23}]
"#,
    )]),
    mended: files(&[(
        TOPIC,
        r#"topic: passport
title: {kk: "Паспорт алу", ru: "Получение паспорта"}
group: documents
phrases: {kk: "паспорт алғым келеді", ru: "хочу получить паспорт"}
answer: {kk: "Баж мөлшерін төлем бетінен көресіз.", ru: "Размер пошлины указан на странице оплаты."}
facts: [{text: "Пошлина", source: "egov.kz", date: 2026-11-23}]
"#,
    )]),
};

pub(super) const FACT_EXPIRED: Page = Page {
    title: told("a fact that no longer holds", "факт, срок которого вышел"),
    means: told(
        "Its `valid_until` has passed. `dauys check` and `dauys publish` refuse it; a robot that runs goes on and says so in its log.",
        "Его `valid_until` прошёл. `dauys check` и `dauys publish` его не пропустят; работающий робот продолжает и пишет об этом в журнал.",
    ),
    matters: told("Callers are told what is over.", "Звонящим рассказывают о том, чего уже нет."),
    wrong: files(&[(
        TOPIC,
        r#"topic: passport
title: {kk: "Паспорт алу", ru: "Получение паспорта"}
group: documents
phrases: {kk: "паспорт алғым келеді", ru: "хочу получить паспорт"}
answer: {kk: "Паспортты орталықта аласыз.", ru: "Паспорт получают в центре."}
facts: [{text: "Пилот", source: "egov.kz", date: 2026-03-01, valid_until: 2026-03-31}]
"#,
    )]),
    mended: files(&[(TOPIC, SOUND)]),
};

pub(super) const FACT_TOO_OLD: Page = Page {
    title: told("a fact that nobody has looked at for too long", "факт, который слишком давно не сверяли"),
    means: told(
        "Its `date` is more than twice `facts: review_after_months` of flows/main.yaml ago, or than twice twelve months where that is not written.",
        "С его `date` прошло больше двух сроков `facts: review_after_months` из flows/main.yaml, а если срок не указан — больше двух раз по двенадцать месяцев.",
    ),
    matters: told(
        "In two years most rules have changed. Callers would act on old ones.",
        "За два года меняется большинство правил. Звонящие поступили бы по старым.",
    ),
    wrong: files(&[(
        TOPIC,
        r#"topic: passport
title: {kk: "Паспорт алу", ru: "Получение паспорта"}
group: documents
phrases: {kk: "паспорт алғым келеді", ru: "хочу получить паспорт"}
answer: {kk: "Паспортты орталықта аласыз.", ru: "Паспорт получают в центре."}
facts: [{text: "Где выдают", source: "egov.kz", date: 2020-07-22}]
"#,
    )]),
    mended: files(&[(TOPIC, SOUND)]),
};

pub(super) const FACT_EXPIRES_SOON: Page = Page {
    title: told("a fact that ends within thirty days", "факт, срок которого выходит через месяц"),
    means: told(
        "Its `valid_until` is less than thirty days away. After that day `dauys check` and `dauys publish` refuse it.",
        "До его `valid_until` меньше тридцати дней. После этого дня `dauys check` и `dauys publish` его не пропустят.",
    ),
    matters: told("Mend it in time, and no caller hears what is over.", "Исправьте заранее, и никто не услышит того, чего уже нет."),
    wrong: files(&[(
        TOPIC,
        r#"topic: passport
title: {kk: "Паспорт алу", ru: "Получение паспорта"}
group: documents
phrases: {kk: "паспорт алғым келеді", ru: "хочу получить паспорт"}
answer: {kk: "Паспортты орталықта аласыз.", ru: "Паспорт получают в центре."}
facts: [{text: "Пилот", source: "egov.kz", date: 2026-11-23, valid_until: 2026-12-01}]
"#,
    )]),
    mended: files(&[(TOPIC, SOUND)]),
};

pub(super) const FACT_OLD: Page = Page {
    title: told("a fact that should be looked at again", "факт, который пора сверить"),
    means: told(
        "Its `date` is more than `facts: review_after_months` ago. After twice as long it is an error.",
        "С его `date` прошло больше, чем `facts: review_after_months`. Через вдвое больший срок это будет ошибка.",
    ),
    matters: told("Rules change every year; somebody has to notice.", "Правила меняются каждый год, и кто-то должен это заметить."),
    wrong: files(&[(
        TOPIC,
        r#"topic: passport
title: {kk: "Паспорт алу", ru: "Получение паспорта"}
group: documents
phrases: {kk: "паспорт алғым келеді", ru: "хочу получить паспорт"}
answer: {kk: "Паспортты орталықта аласыз.", ru: "Паспорт получают в центре."}
facts: [{text: "Где выдают", source: "egov.kz", date: 2025-05-09}]
"#,
    )]),
    mended: files(&[(TOPIC, SOUND)]),
};

pub(super) const FACT_UNVERIFIED: Page = Page {
    title: told("a fact that nobody has verified", "факт, который никто не сверил"),
    means: told(
        "`verify: yes` says that somebody wrote the fact down and nobody compared it with its source.",
        "`verify: yes` означает, что факт записали, но с источником его никто не сверил.",
    ),
    matters: told("Callers hear it as if it were sure.", "Звонящие слышат его так, словно он проверен."),
    wrong: files(&[(
        TOPIC,
        r#"topic: passport
title: {kk: "Паспорт алу", ru: "Получение паспорта"}
group: documents
phrases: {kk: "паспорт алғым келеді", ru: "хочу получить паспорт"}
answer: {kk: "Паспортты орталықта аласыз.", ru: "Паспорт получают в центре."}
facts: [{text: "Где выдают", source: "собственные знания", date: 2026-11-23, verify: yes}]
"#,
    )]),
    mended: files(&[(TOPIC, SOUND)]),
};
