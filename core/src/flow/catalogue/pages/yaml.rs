//! YAML and limits: `E01`. No native editor has read the Russian words yet.

use super::{Example, Page, Place, Times, files};
use crate::flow::locale::told;

pub(super) const FILE_TOO_LARGE: Page = Page {
    title: told("a file is larger than 1 MiB", "файл больше 1 МиБ"),
    means: told(
        "A flow or a file of prompts is a few dozen kilobytes. A larger one is usually something else that was saved here by mistake, or notes that belong elsewhere.",
        "Сценарий или файл реплик занимает несколько десятков килобайт. Если файл намного больше, обычно в эту папку по ошибке попало что-то другое или в нём накопились заметки.",
    ),
    matters: told(
        "The robot reads every file before it takes a call. A limit keeps a stray file from holding up the whole line.",
        "Робот читает все файлы до того, как примет первый звонок. Это ограничение не даёт случайному файлу остановить всю линию.",
    ),
    wrong: Example {
        files: &[(
            Place::File("prompts/shared/human.yaml"),
            r#"closed: {kk: "Оператор бос емес.", ru: "Оператор занят."}
# a note that somebody pasted in
"#,
        )],
        times: Times::Lines(50_000),
    },
    mended: files(&[(
        Place::File("prompts/shared/human.yaml"),
        r#"closed: {kk: "Оператор бос емес.", ru: "Оператор занят."}
"#,
    )]),
};

pub(super) const TOO_MANY_FILES: Page = Page {
    title: told("there are more than 200 files", "файлов больше 200"),
    means: told(
        "Below flows/ and prompts/ stand far more files than a robot needs. Most likely the command was given another folder.",
        "В папках flows/ и prompts/ гораздо больше файлов, чем нужно роботу. Скорее всего, команде указали не ту папку.",
    ),
    matters: told(
        "What is not meant for callers should never come near them.",
        "То, что не предназначено для звонящих, не должно до них дойти.",
    ),
    wrong: Example {
        files: &[(
            Place::File("prompts/{n}.yaml"),
            r#"# a prompt
"#,
        )],
        times: Times::Files(201),
    },
    mended: files(&[(
        Place::File("prompts/shared/human.yaml"),
        r#"closed: {kk: "Оператор бос емес.", ru: "Оператор занят."}
"#,
    )]),
};

pub(super) const NOT_YAML: Page = Page {
    title: told("the file cannot be read as YAML", "файл не читается как YAML"),
    means: told(
        "Something in the spelling is broken: a bracket or a quote that is not closed, a tab instead of blanks, an indentation unlike its neighbours'. The place shown is where reading stopped; the slip is there or just above.",
        "Нарушена запись: не закрыта скобка или кавычка, вместо пробелов стоит табуляция, отступ не такой, как у соседних строк. Показано место, где чтение остановилось; сама ошибка там же или чуть выше.",
    ),
    matters: told(
        "From here on the robot would have to guess what you meant. It does not guess with callers on the line.",
        "Дальше роботу пришлось бы гадать, что вы имели в виду. Пока на линии люди, гадать он не станет.",
    ),
    wrong: files(&[(
        Place::Human,
        r#"steps:
  - say: {id: closed, prompt: closed
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

pub(super) const TOO_DEEP: Page = Page {
    title: told("too many levels, one inside another", "слишком много уровней вложенности"),
    means: told(
        "Lists and maps stand inside each other more than 24 levels deep. No flow needs that; usually brackets were opened and never closed.",
        "Списки и наборы ключей вложены друг в друга глубже 24 уровней. Ни одному сценарию столько не нужно; обычно это открытые и не закрытые скобки.",
    ),
    matters: told(
        "A limit keeps a broken file from exhausting the machine that answers the calls.",
        "Ограничение не даёт испорченному файлу занять всю память машины, которая отвечает на звонки.",
    ),
    wrong: files(&[(
        Place::File("flows/shared/human.yaml"),
        r#"flow: shared/human
title: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[ Оператор
"#,
    )]),
    mended: files(&[(
        Place::File("flows/shared/human.yaml"),
        r#"flow: shared/human
title: {kk: "Оператор", ru: "Оператор"}
steps:
  - say: {id: closed, prompt: closed}
  - end: {id: handed, outcome: human}
"#,
    )]),
};

pub(super) const TOO_MANY_NODES: Page = Page {
    title: told("more than 50,000 values in one file", "в одном файле больше 50 000 значений"),
    means: told(
        "One file holds more names, texts and lists than a whole robot needs.",
        "В одном файле больше имён, текстов и списков, чем нужно целому роботу.",
    ),
    matters: told(
        "A limit keeps a broken or generated file from holding up the line.",
        "Ограничение не даёт испорченному или сгенерированному файлу остановить линию.",
    ),
    wrong: Example {
        files: &[(
            Place::File("prompts/shared/human.yaml"),
            r#"closed: {kk: "Оператор бос емес.", ru: "Оператор занят."}
noinput:
  - {kk: "Естімедім.", ru: "Не слышу."}
"#,
        )],
        times: Times::Lines(10_000),
    },
    mended: files(&[(
        Place::File("prompts/shared/human.yaml"),
        r#"closed: {kk: "Оператор бос емес.", ru: "Оператор занят."}
"#,
    )]),
};

pub(super) const DUPLICATE_KEY: Page = Page {
    title: told("a key stands twice in one map", "ключ написан дважды"),
    means: told(
        "Two lines of one map have the same name on the left. Usually one was copied and only half changed.",
        "В одном наборе у двух строк одно и то же имя слева. Обычно строку скопировали и забыли переименовать.",
    ),
    matters: told(
        "Only one of the two could count, and nobody would see which. The caller might hear the old text.",
        "Подействовать могла бы только одна из двух строк, и никто не увидел бы, какая. Звонящий мог бы услышать старый текст.",
    ),
    wrong: files(&[(
        Place::Human,
        r#"steps:
  - say: {id: closed, prompt: closed, prompt: shared/common/nomatch}
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

pub(super) const ANCHOR_OR_TAG: Page = Page {
    title: told("an anchor, an alias or a tag of YAML", "якорь, ссылка или тег YAML"),
    means: told(
        "A value that begins with & , * or ! has a special meaning in YAML that flows do not use. If it is text, it needs quotes.",
        "Значение, которое начинается с &, * или !, в YAML имеет особый смысл; в сценариях он не используется. Если это просто текст, возьмите его в кавычки.",
    ),
    matters: told(
        "Every line of a flow says itself what it does, so that whoever reads it sees what the caller will hear.",
        "Каждая строка сценария сама говорит, что она делает: тот, кто её читает, видит, что услышит звонящий.",
    ),
    wrong: files(&[(
        Place::Human,
        r#"steps:
  - say: {id: closed, prompt: closed}
  - end: {id: handed, outcome: !human}
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

pub(super) const MANY_DOCUMENTS: Page = Page {
    title: told("a second document in one file", "второй документ в одном файле"),
    means: told(
        "A line `---` begins a new YAML document. One file is one flow, or one set of prompts.",
        "Строка `---` начинает новый документ YAML. Один файл — это один сценарий или один набор реплик.",
    ),
    matters: told("What stands after the line would never be heard.", "Всё, что стоит после этой строки, звонящий никогда бы не услышал."),
    wrong: files(&[(
        Place::Human,
        r#"steps:
  - say: {id: closed, prompt: closed}
  - end: {id: handed, outcome: human}
---
flow: shared/other
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

pub(super) const CONTROL_CHARACTER: Page = Page {
    title: told("an invisible control character", "невидимый управляющий символ"),
    means: told(
        "The text has a character that cannot be seen, usually pasted in from another program. A file saved as UTF-16 is full of them.",
        "В тексте есть символ, которого не видно; обычно он попадает из другой программы при вставке. В файле, сохранённом в UTF-16, таких символов очень много.",
    ),
    matters: told(
        "A name with such a character looks right and fits nothing; a voice stumbles over it.",
        "Имя с таким символом выглядит правильным, но ни с чем не совпадает, а голос на нём спотыкается.",
    ),
    wrong: files(&[(Place::Human, "steps:\n  - say: {id: closed, prompt: closed}\n  - end: {id: handed, outcome: hu\u{7}man}\n")]),
    mended: files(&[(
        Place::Human,
        r#"steps:
  - say: {id: closed, prompt: closed}
  - end: {id: handed, outcome: human}
"#,
    )]),
};
