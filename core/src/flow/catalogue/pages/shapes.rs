//! Shapes and values: `E02`. No native editor has read the Russian words yet.

use super::{Page, Place, files};
use crate::flow::locale::told;

pub(super) const WRONG_SHAPE: Page = Page {
    title: told("one kind of thing stands where another belongs", "здесь нужно записать иначе"),
    means: told(
        "A list stands where one value belongs, or one value where a map belongs. An empty file is such a case too.",
        "Стоит список, а нужно одно значение, или одно значение, а нужен набор ключей. Пустой файл — тот же случай.",
    ),
    matters: told("The robot would not know what to do at this place.", "В этом месте робот не знал бы, что делать."),
    wrong: files(&[(
        Place::Human,
        r#"steps:
  - say: {id: closed, prompt: closed}
  - end: {id: handed, outcome: [human]}
"#,
    )]),
    mended: files(&[(
        Place::Human,
        r#"steps:
  - say: {id: closed, prompt: closed}
  - end: {id: handed, outcome: human}
"#,
    )]),
};

pub(super) const UNKNOWN_KEY: Page = Page {
    title: told("a key that this place does not know", "такого ключа здесь не бывает"),
    means: told(
        "Usually a slip of the pen; the message names the nearest key that exists. It may also be a right key one level too deep or too high.",
        "Обычно это опечатка; в сообщении названо самое похожее из существующих имён. Бывает и так, что ключ верный, но стоит уровнем глубже или выше.",
    ),
    matters: told(
        "If the robot passed over it, what you wrote would silently not happen: here the notice could be interrupted after all.",
        "Если бы робот его пропустил, написанное просто не сработало бы: в этом примере звонящий всё-таки смог бы перебить объявление.",
    ),
    wrong: files(&[(
        Place::Human,
        r#"steps:
  - say: {id: closed, prompt: closed, bargein: off}
  - end: {id: handed, outcome: human}
"#,
    )]),
    mended: files(&[(
        Place::Human,
        r#"steps:
  - say: {id: closed, prompt: closed, barge_in: off}
  - end: {id: handed, outcome: human}
"#,
    )]),
};

pub(super) const MISSING_KEY: Page = Page {
    title: told("a key is missing", "не хватает ключа"),
    means: told(
        "The step, or another map, lacks a key without which it means nothing.",
        "В шаге или в другом наборе нет ключа, без которого он ничего не значит.",
    ),
    matters: told(
        "The robot would come to this place with a caller and not know how to go on.",
        "Робот дошёл бы со звонящим до этого места и не знал бы, что дальше.",
    ),
    wrong: files(&[(
        Place::Human,
        r#"steps:
  - say: {id: closed, prompt: closed}
  - end: {id: handed}
"#,
    )]),
    mended: files(&[(
        Place::Human,
        r#"steps:
  - say: {id: closed, prompt: closed}
  - end: {id: handed, outcome: human}
"#,
    )]),
};

pub(super) const BAD_VALUE: Page = Page {
    title: told("a value that this place cannot take", "такое значение здесь не подходит"),
    means: told(
        "The key is right, what stands under it is not: a time without its unit, a number out of its limits, a word that is not one of the few allowed.",
        "Ключ верный, а значение нет: время без единицы, число вне пределов, слово не из допустимых.",
    ),
    matters: told(
        "800 of what? A robot that guesses wrongly is silent for minutes, or interrupts at once.",
        "800 чего? Если робот ошибётся, он будет молчать минутами или прервётся сразу.",
    ),
    wrong: files(&[(
        Place::Human,
        r#"steps:
  - say: {id: closed, prompt: closed, barge_in: {after: 800}}
  - end: {id: handed, outcome: human}
"#,
    )]),
    mended: files(&[(
        Place::Human,
        r#"steps:
  - say: {id: closed, prompt: closed, barge_in: {after: 800ms}}
  - end: {id: handed, outcome: human}
"#,
    )]),
};

pub(super) const UNKNOWN_STEP_KIND: Page = Page {
    title: told("there is no such kind of step", "шага такого вида не бывает"),
    means: told(
        "The word that says what the step does is not known: usually a slip of the pen.",
        "Слово, которое говорит, что делает шаг, роботу незнакомо: обычно это опечатка.",
    ),
    matters: told(
        "The step would be passed over, and with it what the caller should have heard.",
        "Шаг был бы пропущен, а вместе с ним и то, что должен был услышать звонящий.",
    ),
    wrong: files(&[(
        Place::Human,
        r#"steps:
  - sya: {id: closed, prompt: closed}
  - end: {id: handed, outcome: human}
"#,
    )]),
    mended: files(&[(
        Place::Human,
        r#"steps:
  - say: {id: closed, prompt: closed}
  - end: {id: handed, outcome: human}
"#,
    )]),
};

pub(super) const CONTRADICTION: Page = Page {
    title: told("two keys that exclude each other", "два ключа, которые исключают друг друга"),
    means: told("An arm either goes to a step or ends the call.", "Ветка либо переходит к шагу, либо завершает звонок."),
    matters: told(
        "One of the two would have to win, and the caller would be sent somewhere, or cut off, by chance.",
        "Сработать могло бы только одно: звонящего либо отправили бы куда-то, либо разъединили — как повезёт.",
    ),
    wrong: files(&[(
        Place::Human,
        r#"steps:
  - say: {id: closed, prompt: closed}
  - if: {id: known, when: {language: known}, then: {goto: handed, end: answered}}
  - end: {id: handed, outcome: human}
"#,
    )]),
    mended: files(&[(
        Place::Human,
        r#"steps:
  - say: {id: closed, prompt: closed}
  - if: {id: known, when: {language: known}, then: {goto: handed}}
  - end: {id: handed, outcome: human}
"#,
    )]),
};
