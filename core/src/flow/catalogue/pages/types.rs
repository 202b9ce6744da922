//! Types and arms: `E04`. No native editor has read the Russian words yet.

use super::{Example, Page, Place, Times, files};
use crate::flow::locale::told;

pub(super) const WRONG_SLOT_TYPE: Page = Page {
    title: told("a slot of another type", "в слоте значение другого вида"),
    means: told(
        "A service, or another flow, wants one thing, and the slot holds another: an IIN where the number of an application belongs.",
        "Сервис или другой сценарий ждёт одно, а в слоте другое: ИИН там, где нужен номер заявки.",
    ),
    matters: told(
        "The service would be asked for the wrong thing, and the caller told that nothing was found.",
        "Сервис спросили бы не о том, и звонящему сказали бы, что ничего не найдено.",
    ),
    wrong: files(&[(
        Place::Status,
        r#"steps:
  - ask: {id: number, prompt: ask_number, slot: iin, grammar: iin}
  - lookup:
      id: status
      service: document_status
      with: {application: iin}
      deadline: 4s
      on:
        ready: {}
        not_found: {}
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
      deadline: 4s
      on:
        ready: {}
        not_found: {}
        unavailable: {goto: human}
  - return: {id: done}
  - call: {id: human, flow: shared/human}
"#,
    )]),
};

pub(super) const SLOT_OF_TWO_TYPES: Page = Page {
    title: told("one slot, two types", "один слот, два вида значений"),
    means: told(
        "A slot takes one kind of value throughout a flow. Two steps fill this one with different kinds.",
        "Во всём сценарии в слоте лежат значения одного вида. Здесь два шага кладут в него разные.",
    ),
    matters: told(
        "What is asked or said later could be the one or the other, and a digit string would be read as what it is not.",
        "Дальше в слоте могло бы оказаться и то и другое, и набор цифр приняли бы не за то, чем он является.",
    ),
    wrong: files(&[(
        Place::Status,
        r#"steps:
  - ask: {id: number, prompt: ask_number, slot: iin, grammar: iin}
  - ask: {id: again, prompt: ask_number, slot: iin, grammar: application}
  - return: {id: done}
"#,
    )]),
    mended: files(&[(
        Place::Status,
        r#"steps:
  - ask: {id: number, prompt: ask_number, slot: iin, grammar: iin}
  - ask: {id: again, prompt: ask_number, slot: application, grammar: application}
  - return: {id: done}
"#,
    )]),
};

pub(super) const MISSING_ARM: Page = Page {
    title: told("an answer without its arm", "не сказано, что делать после ответа"),
    means: told(
        "Every answer that can come needs its line under `on:`: each choice, yes and no, each outcome of a service and `unavailable`. `{}` means: go on with the next step.",
        "Каждому возможному ответу нужна строка под `on:`: каждому пункту, «да» и «нет», каждому исходу сервиса и `unavailable`. `{}` значит: перейти к следующему шагу.",
    ),
    matters: told(
        "The caller who gives just this answer would get no further. It happens rarely, so nobody would notice for weeks.",
        "Звонящий с таким ответом не смог бы пройти дальше. Случается это редко, поэтому никто не замечал бы этого неделями.",
    ),
    wrong: files(&[(
        Place::Status,
        r#"steps:
  - confirm: {id: sure, prompt: which, on: {yes: {}}}
  - return: {id: done}
"#,
    )]),
    mended: files(&[(
        Place::Status,
        r#"steps:
  - confirm: {id: sure, prompt: which, on: {yes: {}, no: {}}}
  - return: {id: done}
"#,
    )]),
};

pub(super) const UNKNOWN_ARM: Page = Page {
    title: told("an arm that can never come", "ветка, которая никогда не наступит"),
    means: told(
        "Under `on:` stands an answer that the step does not know. Usually it is misspelt, or the service no longer gives it.",
        "Под `on:` стоит ответ, которого у этого шага нет. Обычно это опечатка или ответ, который сервис больше не даёт.",
    ),
    matters: told("You think that the case is cared for, and it is not.", "Вам кажется, что этот случай предусмотрен, а это не так."),
    wrong: files(&[(
        Place::Status,
        r#"steps:
  - confirm: {id: sure, prompt: which, on: {yes: {}, no: {}, perhaps: {}}}
  - return: {id: done}
"#,
    )]),
    mended: files(&[(
        Place::Status,
        r#"steps:
  - confirm: {id: sure, prompt: which, on: {yes: {}, no: {}}}
  - return: {id: done}
"#,
    )]),
};

pub(super) const KEY_TWICE: Page = Page {
    title: told("two choices on one key", "два пункта на одной кнопке"),
    means: told("Two choices of a menu have the same key of the telephone.", "У двух пунктов меню одна и та же кнопка телефона."),
    matters: told("One of the two could never be chosen.", "Один из двух выбрать было бы невозможно."),
    wrong: files(&[(
        Place::Status,
        r#"steps:
  - menu:
      id: what
      prompt: which
      choices:
        - {id: iin, key: "1"}
        - {id: application, key: "1"}
      on:
        iin: {}
        application: {}
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
        - {id: iin, key: "1"}
        - {id: application, key: "2"}
      on:
        iin: {}
        application: {}
  - return: {id: done}
"#,
    )]),
};

pub(super) const RESERVED_KEY: Page = Page {
    title: told("a key that is taken everywhere", "кнопка, которая занята во всех меню"),
    means: told(
        "0 leads to an operator, * repeats, # ends a row of digits, in every flow. A choice takes 1 to 9.",
        "Во всех сценариях 0 — оператор, * — повтор, # — конец набора. Пункту меню нужна кнопка от 1 до 9.",
    ),
    matters: told(
        "Callers learn that 0 leads to a human. It must do so in every menu.",
        "Звонящие привыкают, что 0 — это живой человек. Так должно быть в каждом меню.",
    ),
    wrong: files(&[(
        Place::Status,
        r#"steps:
  - menu:
      id: what
      prompt: which
      choices:
        - {id: iin, key: "0"}
      on:
        iin: {}
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
        - {id: iin, key: "1"}
      on:
        iin: {}
  - return: {id: done}
"#,
    )]),
};

pub(super) const PHRASES_COLLIDE: Page = Page {
    title: told("two choices that are called the same", "два пункта называются одинаково"),
    means: told(
        "The words by which a caller may choose, those of `say` or else of the label, are the same for two choices of a menu. So it is with two alternatives of an `ask`, or two items of a list that callers choose from.",
        "Слова, которыми можно назвать пункт (из `say`, а без него — из `label`), у двух пунктов меню одни и те же. То же относится к вариантам `ask` и к словам списка, из которого выбирают звонящие.",
    ),
    matters: told(
        "Whoever says them would be led to one of the two by chance.",
        "Того, кто их произнесёт, робот отправил бы в один из двух пунктов наугад.",
    ),
    wrong: files(&[(
        Place::Status,
        r#"steps:
  - menu:
      id: what
      prompt: which
      choices:
        - {id: iin, key: "1", say: {kk: "жеке нөмірім бойынша", ru: "по личному номеру"}}
        - {id: application, key: "2", say: {kk: "өтінім бойынша", ru: "по личному номеру"}}
      on:
        iin: {}
        application: {}
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
        - {id: iin, key: "1", say: {kk: "жеке нөмірім бойынша", ru: "по личному номеру"}}
        - {id: application, key: "2", say: {kk: "өтінім бойынша", ru: "по заявке"}}
      on:
        iin: {}
        application: {}
  - return: {id: done}
"#,
    )]),
};

pub(super) const PHRASE_TAKEN: Page = Page {
    title: told("a choice that is called like a command", "пункт назван так же, как общая команда"),
    means: told(
        "A caller may say commands at every question: operator, back, repeat. The words of this choice are such a command; or those of an alternative of an `ask`, or of an item of a list that callers choose from.",
        "На любом вопросе можно сказать общую команду: оператор, назад, повторите. Слова этого пункта как раз такая команда; так может быть и с вариантом `ask`, и со словом списка, из которого выбирают звонящие.",
    ),
    matters: told(
        "Whoever says them gets the command, or the choice: never surely what was meant.",
        "Кто их произнесёт, получит то команду, то пункт, и не обязательно то, чего хотел.",
    ),
    wrong: files(&[(
        Place::Status,
        r#"steps:
  - menu:
      id: what
      prompt: which
      choices:
        - {id: iin, key: "1", say: {kk: "жеке нөмірім бойынша", ru: "соедините с оператором"}}
        - {id: application, key: "2", say: {kk: "өтінім бойынша", ru: "по заявке"}}
      on:
        iin: {}
        application: {}
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
        - {id: iin, key: "1", say: {kk: "жеке нөмірім бойынша", ru: "по личному номеру"}}
        - {id: application, key: "2", say: {kk: "өтінім бойынша", ru: "по заявке"}}
      on:
        iin: {}
        application: {}
  - return: {id: done}
"#,
    )]),
};

pub(super) const CHOICE_TWICE: Page = Page {
    title: told("two choices with one id", "два пункта с одним id"),
    means: told(
        "Two choices of a menu have the same id, so one arm would stand for both.",
        "У двух пунктов меню один и тот же id, поэтому ветка у них одна на двоих.",
    ),
    matters: told(
        "A caller who takes the second would go the way of the first.",
        "Тот, кто выберет второй пункт, пошёл бы по пути первого.",
    ),
    wrong: files(&[(
        Place::Status,
        r#"steps:
  - menu:
      id: what
      prompt: which
      choices:
        - {id: iin, key: "1", say: {kk: "жеке нөмірім бойынша", ru: "по личному номеру"}}
        - {id: iin, key: "2", say: {kk: "өтінім бойынша", ru: "по заявке"}}
      on:
        iin: {}
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
        - {id: iin, key: "1", say: {kk: "жеке нөмірім бойынша", ru: "по личному номеру"}}
        - {id: application, key: "2", say: {kk: "өтінім бойынша", ru: "по заявке"}}
      on:
        iin: {}
        application: {}
  - return: {id: done}
"#,
    )]),
};

pub(super) const SLOT_TWICE: Page = Page {
    title: told("one slot asked for twice in one step", "один слот дважды в одном шаге"),
    means: told(
        "Two alternatives of `one_of`, or two fields of a `form`, have the same slot, so one answer would be taken for both.",
        "У двух вариантов в `one_of` или у двух полей формы один и тот же слот: один ответ засчитается за оба.",
    ),
    matters: told(
        "One of the two questions would never be asked, or its answer would push out the other.",
        "Один из двух вопросов никогда не прозвучит, или его ответ вытеснит другой.",
    ),
    wrong: files(&[(
        Place::Status,
        r#"steps:
  - ask:
      id: number
      prompt: ask_number
      which: which
      one_of:
        - {slot: iin, grammar: iin}
        - {slot: iin, grammar: iin}
      on: {iin: {}}
  - return: {id: done}
"#,
    )]),
    mended: files(&[(
        Place::Status,
        r#"steps:
  - ask:
      id: number
      prompt: ask_number
      which: which
      one_of:
        - {slot: iin, grammar: iin}
        - {slot: application, grammar: application}
      on: {iin: {}, application: {}}
  - return: {id: done}
"#,
    )]),
};

pub(super) const TOO_MANY_PHRASES: Page = Page {
    title: told("more phrases than one question can tell apart", "слишком много фраз для одного вопроса"),
    means: told(
        "The choices of a menu, or the alternatives of an `ask`, have more than 200 phrases together; or a list of the lexicon that callers choose from has more than 1,024.",
        "У пунктов меню или вариантов `ask` вместе больше 200 фраз или в списке словаря, из которого выбирают звонящие, их больше 1024.",
    ),
    matters: told(
        "Each phrase is compared with all that a caller says. The last of so many would not be listened for.",
        "Каждую фразу робот сравнивает со всем, что говорит звонящий. Последние из такого множества он бы уже не слышал.",
    ),
    wrong: Example {
        times: Times::Lines(200),
        ..files(&[(
            Place::Status,
            r#"steps:
  - menu:
      id: which
      prompt: which
      on: {document: {}}
      choices:
        - id: document
          key: "1"
          say:
            kk: "құжат"
            ru:
              - "документ"
"#,
        )])
    },
    mended: files(&[(
        Place::Status,
        r#"steps:
  - menu:
      id: which
      prompt: which
      on: {document: {}}
      choices:
        - id: document
          key: "1"
          say:
            kk: "құжат"
            ru:
              - "документ"
"#,
    )]),
};

pub(super) const MESSAGE_SPAN: Page = Page {
    title: told("a message too long, or a silence too short", "слишком долгое сообщение или слишком короткая тишина"),
    means: told(
        "A `record` step ends a message after less than a second of silence, or its longest message is shorter than that silence, or longer than 10 minutes.",
        "Шаг `record` обрывает сообщение после тишины короче секунды, или самое долгое сообщение короче этой тишины либо длиннее 10 минут.",
    ),
    matters: told(
        "People pause for a second while they think: they would be cut off in the middle of a sentence. And nobody listens to a message of an hour.",
        "Подбирая слова, люди молчат секунду: запись оборвётся посреди фразы. А часовое сообщение никто не станет слушать.",
    ),
    wrong: files(&[(
        Place::Status,
        r#"steps:
  - record:
      id: complaint
      prompt: ask_number
      silence: 500ms
      on:
        recorded: {}
        empty: {goto: human}
        failed: {goto: human}
  - return: {id: done}
  - call: {id: human, flow: shared/human}
"#,
    )]),
    mended: files(&[(
        Place::Status,
        r#"steps:
  - record:
      id: complaint
      prompt: ask_number
      silence: 3s
      on:
        recorded: {}
        empty: {goto: human}
        failed: {goto: human}
  - return: {id: done}
  - call: {id: human, flow: shared/human}
"#,
    )]),
};
