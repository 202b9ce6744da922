//! Names: `E03`. No native editor has read the Russian words yet.

use super::{Example, Page, Place, Times, files};
use crate::flow::locale::told;

pub(super) const MISSING_FILE: Page = Page {
    title: told("a file is missing", "нет нужного файла"),
    means: told(
        "Every call begins in flows/main.yaml. Without it there is no first step; either the file was moved, or the command was given another folder.",
        "Каждый звонок начинается в flows/main.yaml. Без него нет первого шага: либо файл перенесли, либо команде указали не ту папку.",
    ),
    matters: told("A caller would be answered and hear nothing.", "На звонок ответили бы, и звонящий не услышал бы ничего."),
    wrong: Example { files: &[(Place::File("flows/main.yaml"), "")], times: Times::Nowhere },
    mended: files(&[(
        Place::File("flows/main.yaml"),
        r#"flow: main
title: {kk: "Басты", ru: "Главный"}
robot:
  commands:
    operator: {flow: shared/human, label: shared/common/operator}
  ladder:
    noinput_after: 6s
    interdigit: 3s
    noinput: shared/common/noinput
    nomatch: shared/common/nomatch
    tries: 3
    give_up: shared/human
  press: {"1": shared/common/press_1}
  limits: {call: 15m, call_ended: shared/common/too_long, steps_between_turns: 200}
steps:
  - menu:
      id: hub
      prompt: hub
      choices:
        - {id: status, key: "1", label: label_status}
      on:
        status: {}
  - call: {id: status, flow: services/status}
  - end: {id: done, outcome: answered}
"#,
    )]),
};

pub(super) const WRONG_FLOW_NAME: Page = Page {
    title: told("a flow's name and its file differ", "имя сценария не совпадает с файлом"),
    means: told(
        "The line `flow:` repeats the path of the file, without flows/ and .yaml. The two differ, usually after a file was copied or moved.",
        "Строка `flow:` повторяет путь к файлу без flows/ и .yaml. Они разошлись; обычно так бывает после копирования или переноса файла.",
    ),
    matters: told(
        "Other flows call it by this name. With two names, sooner or later the caller lands in the wrong place.",
        "Другие сценарии вызывают его по этому имени. Если имени два, рано или поздно звонящий попадёт не туда.",
    ),
    wrong: files(&[(
        Place::File("flows/shared/human.yaml"),
        r#"flow: human
title: {kk: "Оператор", ru: "Оператор"}
steps:
  - say: {id: closed, prompt: closed}
  - end: {id: handed, outcome: human}
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

pub(super) const NO_STEPS: Page = Page {
    title: told("a flow without steps", "сценарий без шагов"),
    means: told(
        "The list under `steps:` is empty, or has more than 1,000 steps.",
        "Список под `steps:` пуст, или в нём больше 1000 шагов.",
    ),
    matters: told("Whoever is led here hears nothing.", "Тот, кто сюда попадёт, ничего не услышит."),
    wrong: files(&[(
        Place::Human,
        r#"steps: []
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

pub(super) const DUPLICATE_STEP: Page = Page {
    title: told("two steps have one name", "у двух шагов одно имя"),
    means: told(
        "Each step of a flow has an `id` of its own. Two have the same, usually after copying.",
        "У каждого шага в сценарии свой `id`. Здесь он совпал у двух шагов, обычно после копирования.",
    ),
    matters: told(
        "A `goto` could lead to either, and reports could not tell them apart.",
        "`goto` мог бы привести к любому из двух, и в отчётах их было бы не различить.",
    ),
    wrong: files(&[(
        Place::Human,
        r#"steps:
  - say: {id: closed, prompt: closed}
  - end: {id: closed, outcome: human}
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

pub(super) const UNKNOWN: Page = Page {
    title: told("a name that leads nowhere", "имя, за которым ничего нет"),
    means: told(
        "A step, a prompt, a slot, a flow or a service is named that does not exist. The message names the nearest that does.",
        "Назван шаг, реплика, слот, сценарий или сервис, которого не существует. В сообщении названо самое похожее имя.",
    ),
    matters: told(
        "The robot would stand before a door that is not there, in the middle of a call.",
        "Посреди разговора робот оказался бы перед дверью, которой нет.",
    ),
    wrong: files(&[(
        Place::Human,
        r#"steps:
  - say: {id: closed, prompt: close}
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

pub(super) const NO_PRESS_WORDS: Page = Page {
    title: told("no words for \"press five\"", "нет слов «нажмите пять»"),
    means: told(
        "A choice with a `label` is spoken with \"press …\" after it. The words for this key are not in `robot: press:` of flows/main.yaml.",
        "Пункт с `label` звучит вместе со словами «нажмите …». Слов для этой кнопки нет в `robot: press:` в flows/main.yaml.",
    ),
    matters: told(
        "The caller would hear what there is to choose, and not which key.",
        "Звонящий услышал бы, что можно выбрать, но не услышал бы, какую кнопку нажать.",
    ),
    wrong: files(&[(
        Place::Status,
        r#"steps:
  - menu:
      id: what
      prompt: which
      choices:
        - {id: wait, key: "5", label: wait}
      on:
        wait: {}
  - return: {id: done}
"#,
    )]),
    mended: files(&[(
        Place::Status,
        r#"steps:
  - menu:
      id: what
      prompt: which
      choices:
        - {id: wait, key: "2", label: wait}
      on:
        wait: {}
  - return: {id: done}
"#,
    )]),
};

pub(super) const DAY_TWICE: Page = Page {
    title: told("a day that stands twice in the calendar", "день, записанный в календаре дважды"),
    means: told(
        "flows/calendar.yaml names the same day twice: as a holiday or as a moved day. Usually a line was copied and its date left as it was.",
        "В flows/calendar.yaml один и тот же день назван дважды: среди праздников или среди перенесённых дней. Обычно строку скопировали, а дату не поправили.",
    ),
    matters: told(
        "The day that was meant is missing: callers are told that people work when nobody does, or the other way round.",
        "Значит, нужного дня нет: звонящим скажут, что люди работают, когда никого нет, или наоборот.",
    ),
    wrong: files(&[(
        Place::File("flows/calendar.yaml"),
        r#"until: 2028-12-31
desks:
  operators: {monday: "09:00-18:00", holidays: closed}
holidays:
  - {day: 03-21, name: {kk: "Наурыз мейрамы", ru: "Наурыз мейрамы"}}
  - {day: 03-21, name: {kk: "Наурыз мейрамы", ru: "Наурыз мейрамы"}}
"#,
    )]),
    mended: files(&[(
        Place::File("flows/calendar.yaml"),
        r#"until: 2028-12-31
desks:
  operators: {monday: "09:00-18:00", holidays: closed}
holidays:
  - {day: 03-21, name: {kk: "Наурыз мейрамы", ru: "Наурыз мейрамы"}}
  - {day: 03-22, name: {kk: "Наурыз мейрамы", ru: "Наурыз мейрамы"}}
"#,
    )]),
};
