//! Proofs: `E06`. No native editor has read the Russian words yet.

use super::{Page, Place, files};
use crate::flow::locale::told;

pub(super) const UNREACHABLE_STEP: Page = Page {
    title: told("a step to which no way leads", "шаг, до которого нельзя дойти"),
    means: told(
        "No step before it goes on to it, and no `goto` names it. Usually an `end` or a `goto` above cuts it off.",
        "Ни один шаг не переходит к нему, и ни один `goto` его не называет. Обычно его отрезает `end` или `goto` выше.",
    ),
    matters: told("What you wrote there would never be heard.", "То, что вы здесь написали, никто никогда не услышит."),
    wrong: files(&[(
        Place::Human,
        r#"steps:
  - say: {id: closed, prompt: closed}
  - end: {id: handed, outcome: human}
  - say: {id: sorry, prompt: shared/common/nomatch}
"#,
    )]),
    mended: files(&[(
        Place::Human,
        r#"steps:
  - say: {id: closed, prompt: closed}
  - say: {id: sorry, prompt: shared/common/nomatch}
  - end: {id: handed, outcome: human}
"#,
    )]),
};

pub(super) const UNBOUNDED_LOOP: Page = Page {
    title: told("a way back without a bound", "возврат без ограничения"),
    means: told(
        "A `goto` that leads back needs `at_most` (how often) and `else` (a step ahead, for afterwards).",
        "Переходу назад нужны `at_most` (сколько раз) и `else` (шаг ниже, куда идти потом).",
    ),
    matters: told(
        "A caller who is not understood would go round in circles and never reach a human.",
        "Звонящий, которого не понимают, ходил бы по кругу и никогда не дошёл бы до человека.",
    ),
    wrong: files(&[(
        Place::Status,
        r#"steps:
  - confirm: {id: sure, prompt: which, on: {yes: {}, no: {goto: sure}}}
  - return: {id: done}
"#,
    )]),
    mended: files(&[(
        Place::Status,
        r#"steps:
  - confirm: {id: sure, prompt: which, on: {yes: {}, no: {goto: sure, at_most: 2, else: done}}}
  - return: {id: done}
"#,
    )]),
};

pub(super) const NEEDLESS_BOUND: Page = Page {
    title: told("a bound on a way ahead", "ограничение там, где оно не нужно"),
    means: told(
        "`at_most` and `else` bound a way back. This one leads ahead, so it can be gone once only.",
        "`at_most` и `else` ограничивают возврат. Этот переход ведёт вперёд, пройти по нему можно только один раз.",
    ),
    matters: told(
        "Probably another step was meant, and the caller would land in the wrong place.",
        "Скорее всего, имелся в виду другой шаг, и звонящий попал бы не туда.",
    ),
    wrong: files(&[(
        Place::Status,
        r#"steps:
  - confirm: {id: sure, prompt: which, on: {yes: {}, no: {goto: done, at_most: 2, else: done}}}
  - return: {id: done}
"#,
    )]),
    mended: files(&[(
        Place::Status,
        r#"steps:
  - confirm: {id: sure, prompt: which, on: {yes: {}, no: {goto: done}}}
  - return: {id: done}
"#,
    )]),
};

pub(super) const UNDEFINED_SLOT: Page = Page {
    title: told("a value that may be empty when it is said", "значение, которого может не быть"),
    means: told(
        "A prompt says a slot, and there is a way to it on which nothing has filled the slot.",
        "Реплика произносит слот, а к ней есть путь, на котором этот слот никто не заполнил.",
    ),
    matters: told(
        "The caller would hear a sentence with a hole: \"You have keyed in … .\"",
        "Звонящий услышал бы фразу с пропуском: «Вы набрали … .»",
    ),
    wrong: files(&[
        (
            Place::Status,
            r#"steps:
  - if: {id: known, when: {language: known}, then: {goto: heard}}
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

pub(super) const LOOP_WITHOUT_TURN: Page = Page {
    title: told("a loop that never listens", "круг, в котором звонящего не спрашивают"),
    means: told(
        "A way back leads round without a question, so its bound runs down while the caller only listens.",
        "Возврат идёт по кругу, в котором нет ни одного вопроса: разы кончаются, пока звонящий только слушает.",
    ),
    matters: told(
        "The caller hears the same words again and again and can do nothing.",
        "Звонящий слышит одно и то же снова и снова и ничего не может сделать.",
    ),
    wrong: files(&[(
        Place::Status,
        r#"steps:
  - say: {id: wait, prompt: wait}
  - goto: {id: again, to: wait, at_most: 3, else: done}
  - return: {id: done}
"#,
    )]),
    mended: files(&[(
        Place::Status,
        r#"steps:
  - confirm: {id: wait, prompt: wait, on: {yes: {}, no: {goto: done}}}
  - goto: {id: again, to: wait, at_most: 3, else: done}
  - return: {id: done}
"#,
    )]),
};

pub(super) const CALL_CYCLE: Page = Page {
    title: told("flows that call each other in a circle", "сценарии вызывают друг друга по кругу"),
    means: told(
        "A flow calls itself, or another that calls it, or gives up into itself. Each call goes one level deeper and none comes back.",
        "Сценарий вызывает сам себя или другой сценарий, который вызывает его; или передаёт звонящего самому себе, когда ответа так и не было. Каждый вызов — на уровень глубже, и ни один не возвращается.",
    ),
    matters: told("The call would never end by itself.", "Такой звонок сам не закончился бы никогда."),
    wrong: files(&[(
        Place::Human,
        r#"steps:
  - say: {id: closed, prompt: closed}
  - call: {id: again, flow: shared/human}
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

pub(super) const LEFT_ALONE: Page = Page {
    title: told("a caller who is left alone", "звонящий остаётся один"),
    means: told(
        "A question was given up, or a service failed, and the call may end without a human. Ends that mean a human are named in `robot: human` (without it, `human` alone).",
        "На вопрос так и не ответили или сервис не сработал, а звонок может закончиться без оператора. Исходы, за которыми стоит человек, перечислены в `robot: human` (если раздела нет — только `human`).",
    ),
    matters: told(
        "Whoever cannot manage with the robot is cut off, and has to call again.",
        "Тот, у кого с роботом не получилось, слышит гудки и звонит заново.",
    ),
    wrong: files(&[(
        Place::Status,
        r#"steps:
  - ask: {id: number, prompt: ask_number, slot: iin, grammar: iin}
  - lookup:
      id: status
      service: document_status
      with: {iin: iin}
      deadline: 4s
      on:
        ready: {say: ready}
        not_found: {say: not_found}
        unavailable: {end: down}
  - return: {id: done}
"#,
    )]),
    mended: files(&[(
        Place::Status,
        r#"steps:
  - ask: {id: number, prompt: ask_number, slot: iin, grammar: iin}
  - lookup:
      id: status
      service: document_status
      with: {iin: iin}
      deadline: 4s
      on:
        ready: {say: ready}
        not_found: {say: not_found}
        unavailable: {goto: human}
  - return: {id: done}
  - call: {id: human, flow: shared/human}
"#,
    )]),
};

pub(super) const TURNED_AWAY: Page = Page {
    title: told("nobody came, and the end does not say so", "человек не нашёлся, а исход говорит о другом"),
    means: told(
        "A transfer or a call back has failed, and the call may end as if it had not. Another transfer or a call back may follow; an end says that nobody came by an outcome of `robot: nobody` (without it, `nobody` alone). What a caller chooses after that is a new matter.",
        "Перевод на оператора или обратный звонок не удался, а звонок может закончиться так, будто всё удалось. Дальше может идти ещё один перевод или обратный звонок; а если это конец, его исход должен стоять в `robot: nobody` (если раздела нет — только `nobody`). То, что звонящий выберет после этого сам, — уже новое дело.",
    ),
    matters: told(
        "The caller hangs up with empty hands and is counted among those who were helped, so nobody calls back.",
        "Звонящий остаётся ни с чем, а в отчётах он среди тех, кому помогли: ему никто не перезвонит.",
    ),
    wrong: files(&[(
        Place::Human,
        r#"steps:
  - say: {id: closed, prompt: closed}
  - transfer: {id: operators, group: operators, on: {connected: {end: human}, busy: {}, no_answer: {}, closed: {}, failed: {}}}
  - end: {id: handed, outcome: human}
"#,
    )]),
    mended: files(&[(
        Place::Human,
        r#"steps:
  - say: {id: closed, prompt: closed}
  - transfer: {id: operators, group: operators, on: {connected: {end: human}, busy: {}, no_answer: {}, closed: {}, failed: {}}}
  - callback: {id: later, number: caller, on: {booked: {end: human}, refused: {}, full: {}}}
  - end: {id: handed, outcome: nobody}
"#,
    )]),
};

pub(super) const FAR_FROM_HUMAN: Page = Page {
    title: told("a human who is too many questions away", "до оператора слишком много вопросов"),
    means: told(
        "A caller who says nothing is asked again and again. Counted along the longest way, that is more often than `robot: limits: turns_to_human` allows (9 when it is not written).",
        "Звонящего, который молчит, спрашивают снова и снова. На самом длинном пути это чаще, чем разрешает `robot: limits: turns_to_human` (если не указано — 9).",
    ),
    matters: told(
        "Who cannot answer, an old person or a bad line, hangs up before a human comes.",
        "Тот, кто не может ответить — пожилой человек или плохая связь, — положит трубку раньше, чем дождётся оператора.",
    ),
    wrong: files(&[(
        Place::Status,
        r#"steps:
  - ask: {id: number, prompt: ask_number, slot: iin, grammar: iin, ladder: {tries: 10}}
  - return: {id: done}
"#,
    )]),
    mended: files(&[(
        Place::Status,
        r#"steps:
  - ask: {id: number, prompt: ask_number, slot: iin, grammar: iin, ladder: {tries: 3}}
  - return: {id: done}
"#,
    )]),
};

pub(super) const LONG_WALK: Page = Page {
    title: told("too many steps without a question", "слишком много шагов без вопроса"),
    means: told(
        "Counted along the longest way from a question to the next one, through all the flows that are called between, there are more steps than `robot: limits: steps_between_turns` allows.",
        "На самом длинном пути от одного вопроса до следующего, со всеми сценариями, вызванными по дороге, шагов больше, чем разрешает `robot: limits: steps_between_turns`.",
    ),
    matters: told(
        "At that limit a call is ended: the caller would hear nothing more.",
        "На этом пределе звонок прерывается: звонящий больше ничего не услышит.",
    ),
    wrong: files(&[(
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
  limits: {call: 15m, call_ended: shared/common/too_long, steps_between_turns: 2}
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

pub(super) const LONG_SILENCE: Page = Page {
    title: told("a long silence", "долгая тишина"),
    means: told(
        "While a service is asked, nothing is heard for longer than `robot: limits: silence` allows (5s when it is not written); or the robot waits for an answer for longer than 15 seconds.",
        "Пока робот ждёт сервис, ничего не слышно дольше, чем разрешает `robot: limits: silence` (если не указано — 5s); или робот ждёт ответа дольше 15 секунд.",
    ),
    matters: told(
        "In silence callers think that the line is dead, say \"hello?\", and hang up.",
        "В тишине кажется, что связь оборвалась: звонящий говорит «алло?» и кладёт трубку.",
    ),
    wrong: files(&[(
        Place::Status,
        r#"steps:
  - ask: {id: number, prompt: ask_number, slot: iin, grammar: iin}
  - lookup:
      id: status
      service: document_status
      with: {iin: iin}
      deadline: 8s
      on:
        ready: {say: ready}
        not_found: {say: not_found}
        unavailable: {goto: human}
  - return: {id: done}
  - call: {id: human, flow: shared/human}
"#,
    )]),
    mended: files(&[(
        Place::Status,
        r#"steps:
  - ask: {id: number, prompt: ask_number, slot: iin, grammar: iin}
  - lookup:
      id: status
      service: document_status
      with: {iin: iin}
      deadline: 8s
      filler: {after: 2s, every: 5s, say: wait}
      on:
        ready: {say: ready}
        not_found: {say: not_found}
        unavailable: {goto: human}
  - return: {id: done}
  - call: {id: human, flow: shared/human}
"#,
    )]),
};
