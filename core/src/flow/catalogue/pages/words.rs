//! Words: `E05`, and the warnings about them. No native editor has read the Russian words yet.

use super::{Example, Page, Place, Times, files};
use crate::flow::locale::told;

pub(super) const MISSING_LANGUAGE: Page = Page {
    title: told("a text in one language only", "текст только на одном языке"),
    means: told(
        "Every prompt, every title and every word of the lexicon stands in Kazakh (`kk`) and in Russian (`ru`).",
        "Каждая реплика, каждое название и каждое слово словаря нужны и на казахском (`kk`), и на русском (`ru`).",
    ),
    matters: told("Whoever chose the other language would hear silence.", "Тот, кто выбрал другой язык, услышал бы тишину."),
    wrong: files(&[(
        Place::File("prompts/shared/human.yaml"),
        r#"closed: {ru: "Оператор занят."}
"#,
    )]),
    mended: files(&[(
        Place::File("prompts/shared/human.yaml"),
        r#"closed: {kk: "Оператор бос емес.", ru: "Оператор занят."}
"#,
    )]),
};

pub(super) const EMPTY_TEXT: Page = Page {
    title: told("a text without a word", "текст без единого слова"),
    means: told("The text is empty, or has nothing but punctuation.", "Текст пуст, или в нём одни знаки препинания."),
    matters: told(
        "The caller would hear nothing and think that the line is dead.",
        "Звонящий ничего не услышал бы и решил бы, что связь оборвалась.",
    ),
    wrong: files(&[(
        Place::File("prompts/shared/human.yaml"),
        r#"closed: {kk: "…", ru: "Оператор занят."}
"#,
    )]),
    mended: files(&[(
        Place::File("prompts/shared/human.yaml"),
        r#"closed: {kk: "Оператор бос емес.", ru: "Оператор занят."}
"#,
    )]),
};

pub(super) const BAD_TEMPLATE: Page = Page {
    title: told("a value in a text that cannot be read", "подстановка в тексте не читается"),
    means: told(
        "Between {{ and }} stand a slot, a bar and the way to say it. docs/flows.md has a table of the ways.",
        "Между {{ и }} стоят слот, вертикальная черта и способ произнести значение. Таблица способов есть в docs/flows.md.",
    ),
    matters: told(
        "Twelve digits can be a number, a sum or a row of digits. The robot must know which, or the caller hears nonsense.",
        "Двенадцать цифр могут быть числом, суммой или просто набором цифр. Робот должен это знать, иначе звонящий услышит бессмыслицу.",
    ),
    wrong: files(&[
        (
            Place::Status,
            r#"steps:
  - ask: {id: number, prompt: ask_number, slot: iin, grammar: iin}
  - say: {id: heard, prompt: read_iin}
  - return: {id: done}
"#,
        ),
        (
            Place::File("prompts/services/status.yaml"),
            r#"ask_number: {kk: "Нөмірді теріңіз.", ru: "Наберите номер."}
read_iin: {kk: "Сіз {{ iin }} тердіңіз.", ru: "Вы набрали {{ iin }}."}
"#,
        ),
    ]),
    mended: files(&[
        (
            Place::Status,
            r#"steps:
  - ask: {id: number, prompt: ask_number, slot: iin, grammar: iin}
  - say: {id: heard, prompt: read_iin}
  - return: {id: done}
"#,
        ),
        (
            Place::File("prompts/services/status.yaml"),
            r#"ask_number: {kk: "Нөмірді теріңіз.", ru: "Наберите номер."}
read_iin: {kk: "Сіз {{ iin | say_digits }} тердіңіз.", ru: "Вы набрали {{ iin | say_digits }}."}
"#,
        ),
    ]),
};

pub(super) const DIFFERENT_VARIABLES: Page = Page {
    title: told("a value in one language only", "значение звучит только на одном языке"),
    means: told(
        "Both texts of a prompt say the same values. One of them says a value that the other lacks.",
        "В обоих текстах реплики должны звучать одни и те же значения. Здесь в одном есть значение, которого нет в другом.",
    ),
    matters: told("Callers of one language would be told less.", "Звонящим на одном из языков сказали бы меньше."),
    wrong: files(&[
        (
            Place::Status,
            r#"steps:
  - ask: {id: number, prompt: ask_number, slot: iin, grammar: iin}
  - say: {id: heard, prompt: read_iin}
  - return: {id: done}
"#,
        ),
        (
            Place::File("prompts/services/status.yaml"),
            r#"ask_number: {kk: "Нөмірді теріңіз.", ru: "Наберите номер."}
read_iin: {kk: "Сіз {{ iin | say_digits }} тердіңіз.", ru: "Спасибо."}
"#,
        ),
    ]),
    mended: files(&[
        (
            Place::Status,
            r#"steps:
  - ask: {id: number, prompt: ask_number, slot: iin, grammar: iin}
  - say: {id: heard, prompt: read_iin}
  - return: {id: done}
"#,
        ),
        (
            Place::File("prompts/services/status.yaml"),
            r#"ask_number: {kk: "Нөмірді теріңіз.", ru: "Наберите номер."}
read_iin: {kk: "Сіз {{ iin | say_digits }} тердіңіз.", ru: "Вы набрали {{ iin | say_digits }}."}
"#,
        ),
    ]),
};

pub(super) const LOOKALIKE_LETTERS: Page = Page {
    title: told("Latin letters inside a Cyrillic word", "латинские буквы внутри слова на кириллице"),
    means: told(
        "The letters a, c, e, o, p, x look alike in both alphabets. One was typed with the other keyboard.",
        "Буквы а, с, е, о, р, х выглядят одинаково в обоих алфавитах. Одну из них набрали в латинской раскладке.",
    ),
    matters: told(
        "Nobody sees it, yet the voice stumbles over the word, and a search for it finds nothing.",
        "Глазом этого не видно, но голос на таком слове спотыкается, а поиск его не находит.",
    ),
    wrong: files(&[(
        Place::File("prompts/shared/human.yaml"),
        r#"closed: {kk: "Оператор бос емес.", ru: "Oператор занят."}
"#,
    )]),
    mended: files(&[(
        Place::File("prompts/shared/human.yaml"),
        r#"closed: {kk: "Оператор бос емес.", ru: "Оператор занят."}
"#,
    )]),
};

pub(super) const FILTER_MISFIT: Page = Page {
    title: told("a value that cannot be said in this way", "значение нельзя произнести этим способом"),
    means: told(
        "What stands after the bar does not fit the slot: a date is said of an IIN.",
        "Способ после черты не подходит к слоту: ИИН просят произнести как дату.",
    ),
    matters: told("The caller would hear nonsense where a number was expected.", "Вместо номера звонящий услышал бы бессмыслицу."),
    wrong: files(&[
        (
            Place::Status,
            r#"steps:
  - ask: {id: number, prompt: ask_number, slot: iin, grammar: iin}
  - say: {id: heard, prompt: read_iin}
  - return: {id: done}
"#,
        ),
        (
            Place::File("prompts/services/status.yaml"),
            r#"ask_number: {kk: "Нөмірді теріңіз.", ru: "Наберите номер."}
read_iin: {kk: "Сіз {{ iin | say_date }} тердіңіз.", ru: "Вы набрали {{ iin | say_date }}."}
"#,
        ),
    ]),
    mended: files(&[
        (
            Place::Status,
            r#"steps:
  - ask: {id: number, prompt: ask_number, slot: iin, grammar: iin}
  - say: {id: heard, prompt: read_iin}
  - return: {id: done}
"#,
        ),
        (
            Place::File("prompts/services/status.yaml"),
            r#"ask_number: {kk: "Нөмірді теріңіз.", ru: "Наберите номер."}
read_iin: {kk: "Сіз {{ iin | say_digits }} тердіңіз.", ru: "Вы набрали {{ iin | say_digits }}."}
"#,
        ),
    ]),
};

pub(super) const PROMPT_TOO_LONG: Page = Page {
    title: told("a prompt of too many pieces", "в реплике слишком много частей"),
    means: told(
        "Words and values are spoken in pieces, and a row of digits is a piece a digit. There is room for a limited number of them.",
        "Слова и значения звучат по частям, и каждая цифра номера — отдельная часть. Число частей ограничено.",
    ),
    matters: told("Nobody can remember so many numbers heard at once.", "Столько цифр за один раз на слух никто не запомнит."),
    wrong: files(&[
        (
            Place::Status,
            r#"steps:
  - ask: {id: number, prompt: ask_number, slot: iin, grammar: iin}
  - say: {id: heard, prompt: read_iin}
  - return: {id: done}
"#,
        ),
        (
            Place::File("prompts/services/status.yaml"),
            r#"ask_number: {kk: "Нөмірді теріңіз.", ru: "Наберите номер."}
read_iin: {kk: "Сіз {{ iin | say_digits }}, {{ iin | say_digits }}, {{ iin | say_digits }} тердіңіз.", ru: "Вы набрали {{ iin | say_digits }}, {{ iin | say_digits }}, {{ iin | say_digits }}."}
"#,
        ),
    ]),
    mended: files(&[
        (
            Place::Status,
            r#"steps:
  - ask: {id: number, prompt: ask_number, slot: iin, grammar: iin}
  - say: {id: heard, prompt: read_iin}
  - return: {id: done}
"#,
        ),
        (
            Place::File("prompts/services/status.yaml"),
            r#"ask_number: {kk: "Нөмірді теріңіз.", ru: "Наберите номер."}
read_iin: {kk: "Сіз {{ iin | say_digits }} тердіңіз.", ru: "Вы набрали {{ iin | say_digits }}."}
"#,
        ),
    ]),
};

pub(super) const SPOKEN_TOO_LONG: Page = Page {
    title: told("a text that takes too long to say", "текст звучит слишком долго"),
    means: told(
        "The robot says about fourteen characters a second, and may not speak for more than 40 seconds in one go.",
        "Робот произносит примерно четырнадцать знаков в секунду и не должен говорить без остановки больше 40 секунд.",
    ),
    matters: told(
        "A caller forgets the beginning, or hangs up. What is needed fits into two sentences.",
        "Звонящий забудет начало или положит трубку. Всё нужное помещается в две фразы.",
    ),
    wrong: Example {
        files: &[(
            Place::File("prompts/shared/human.yaml"),
            r#"closed:
  kk: "Оператор бос емес."
  ru: >-
    Оператор сейчас занят, и мы просим вас подождать.
"#,
        )],
        times: Times::Lines(20),
    },
    mended: files(&[(
        Place::File("prompts/shared/human.yaml"),
        r#"closed:
  kk: "Оператор бос емес."
  ru: >-
    Оператор сейчас занят, и мы просим вас подождать.
"#,
    )]),
};

pub(super) const MESSAGE_TOO_LONG: Page = Page {
    title: told("a message of too many parts", "в сообщении слишком много частей"),
    means: told(
        "A message with Cyrillic letters is sent in parts: 70 characters, or 67 each where there are several. Values count as long as they may become.",
        "Сообщение с кириллицей уходит частями: 70 знаков, а если частей несколько — по 67 в каждой. Значения считаются самыми длинными из возможных.",
    ),
    matters: told(
        "Parts are lost and come out of order; of so many, one is sure to be missing.",
        "Части теряются и приходят вразнобой; если их так много, какой-нибудь точно не хватит.",
    ),
    wrong: files(&[
        (
            Place::Status,
            r#"steps:
  - ask: {id: number, prompt: ask_number, slot: iin, grammar: iin}
  - sms: {id: note, to: caller, text: address, on: {queued: {}, landline: {}, withheld: {}, unavailable: {}}}
  - return: {id: done}
"#,
        ),
        (
            Place::File("prompts/services/status.yaml"),
            r#"ask_number: {kk: "Нөмірді теріңіз.", ru: "Наберите номер."}
address: {kk: "Орталықтың мекенжайы сайтта.", ru: "Центр работает каждый день, кроме праздников. Возьмите с собой удостоверение личности и талон. Центр работает каждый день, кроме праздников. Возьмите с собой удостоверение личности и талон. Центр работает каждый день, кроме праздников. Возьмите с собой удостоверение личности и талон. Центр работает каждый день, кроме праздников. Возьмите с собой удостоверение личности и талон. Центр работает каждый день, кроме праздн."}
"#,
        ),
    ]),
    mended: files(&[
        (
            Place::Status,
            r#"steps:
  - ask: {id: number, prompt: ask_number, slot: iin, grammar: iin}
  - sms: {id: note, to: caller, text: address, on: {queued: {}, landline: {}, withheld: {}, unavailable: {}}}
  - return: {id: done}
"#,
        ),
        (
            Place::File("prompts/services/status.yaml"),
            r#"ask_number: {kk: "Нөмірді теріңіз.", ru: "Наберите номер."}
address: {kk: "Орталықтың мекенжайы сайтта.", ru: "Адрес центра есть на сайте."}
"#,
        ),
    ]),
};

pub(super) const UNUSED_PROMPT: Page = Page {
    title: told("a prompt that nobody says", "реплика, которую никто не произносит"),
    means: told(
        "No flow names this prompt. It is left over, or a step that should say it is missing.",
        "Эту реплику не называет ни один сценарий. Она осталась лишней, или не хватает шага, который её произносит.",
    ),
    matters: told(
        "Nothing is wrong for callers yet. But whoever edits the words might think that this is what they hear.",
        "Для звонящих пока ничего не испорчено. Но тот, кто правит тексты, может решить, что они слышат именно это.",
    ),
    wrong: files(&[(
        Place::File("prompts/shared/human.yaml"),
        r#"closed: {kk: "Оператор бос емес.", ru: "Оператор занят."}
open: {kk: "Оператор бос.", ru: "Оператор свободен."}
"#,
    )]),
    mended: files(&[(
        Place::File("prompts/shared/human.yaml"),
        r#"closed: {kk: "Оператор бос емес.", ru: "Оператор занят."}
"#,
    )]),
};

pub(super) const FOREIGN_LETTERS: Page = Page {
    title: told("letters of another alphabet", "буквы другого алфавита"),
    means: told(
        "A word of the text has Cyrillic letters that its language does not use, such as the Kazakh ә, і, ң in Russian. Often the texts were swapped, or a name stands in its other spelling.",
        "В слове есть буквы, которых нет в этом языке, например казахские ә, і, ң в русском тексте. Часто это значит, что тексты перепутаны местами или имя написано так, как в другом языке.",
    ),
    matters: told("A voice made for one language cannot read the letters of another.", "Голос одного языка не умеет читать буквы другого."),
    wrong: files(&[(
        Place::File("prompts/shared/human.yaml"),
        r#"closed: {kk: "Оператор бос емес.", ru: "Офис в районе Есіл закрыт."}
"#,
    )]),
    mended: files(&[(
        Place::File("prompts/shared/human.yaml"),
        r#"closed: {kk: "Оператор бос емес.", ru: "Офис в районе Есиль закрыт."}
"#,
    )]),
};

pub(super) const NUMERALS: Page = Page {
    title: told("digits in a text", "цифры в тексте"),
    means: told(
        "The text has digits. How they are said (one by one, as a number, in which case) is not written.",
        "В тексте стоят цифры. Как их произносить — по одной, как число, в каком падеже, — не написано.",
    ),
    matters: told(
        "A voice would guess, and \"1414\" would become one thousand four hundred and fourteen.",
        "Голос будет гадать, и из «1414» получится «тысяча четыреста четырнадцать».",
    ),
    wrong: files(&[(
        Place::File("prompts/shared/human.yaml"),
        r#"closed: {kk: "Оператор бос емес.", ru: "Позвоните по номеру 1414."}
"#,
    )]),
    mended: files(&[(
        Place::File("prompts/shared/human.yaml"),
        r#"closed: {kk: "Оператор бос емес.", ru: "Позвоните по номеру четырнадцать четырнадцать."}
"#,
    )]),
};

pub(super) const MARKUP: Page = Page {
    title: told("a sign that cannot be heard", "знак, который нельзя произнести"),
    means: told(
        "The text has a sign that belongs to writing only: *, %, №, or marks that stand doubled.",
        "В тексте знак, который бывает только на письме: *, %, №, или сдвоенные знаки препинания.",
    ),
    matters: told("A voice reads it out as a word, or stops.", "Голос прочтёт его вслух как слово или запнётся."),
    wrong: files(&[(
        Place::File("prompts/shared/human.yaml"),
        r#"closed: {kk: "Оператор бос емес.", ru: "Оператор занят!!"}
"#,
    )]),
    mended: files(&[(
        Place::File("prompts/shared/human.yaml"),
        r#"closed: {kk: "Оператор бос емес.", ru: "Оператор занят!"}
"#,
    )]),
};

pub(super) const LONG_MESSAGE: Page = Page {
    title: told("a message of many parts", "в сообщении много частей"),
    means: told(
        "A message with Cyrillic letters is sent in parts: 70 characters, or 67 each where there are several. Values count as long as they may become.",
        "Сообщение с кириллицей уходит частями: 70 знаков, а если частей несколько — по 67 в каждой. Значения считаются самыми длинными из возможных.",
    ),
    matters: told(
        "Each part is paid for, and nobody reads a page on a small screen.",
        "За каждую часть платят, а страницу текста на маленьком экране никто не читает.",
    ),
    wrong: files(&[
        (
            Place::Status,
            r#"steps:
  - ask: {id: number, prompt: ask_number, slot: iin, grammar: iin}
  - sms: {id: note, to: caller, text: address, on: {queued: {}, landline: {}, withheld: {}, unavailable: {}}}
  - return: {id: done}
"#,
        ),
        (
            Place::File("prompts/services/status.yaml"),
            r#"ask_number: {kk: "Нөмірді теріңіз.", ru: "Наберите номер."}
address: {kk: "Орталықтың мекенжайы сайтта.", ru: "Центр работает каждый день, кроме праздников. Возьмите с собой удостоверение личности и талон. Центр работает каждый день, кроме праздников. Возьмите с собой удостоверение личности и талон. Центр работает каждый день, кроме праздн."}
"#,
        ),
    ]),
    mended: files(&[
        (
            Place::Status,
            r#"steps:
  - ask: {id: number, prompt: ask_number, slot: iin, grammar: iin}
  - sms: {id: note, to: caller, text: address, on: {queued: {}, landline: {}, withheld: {}, unavailable: {}}}
  - return: {id: done}
"#,
        ),
        (
            Place::File("prompts/services/status.yaml"),
            r#"ask_number: {kk: "Нөмірді теріңіз.", ru: "Наберите номер."}
address: {kk: "Орталықтың мекенжайы сайтта.", ru: "Адрес центра есть на сайте."}
"#,
        ),
    ]),
};
