//! Services and what they change: the later part of `E04`. No native editor has read the Russian words yet.

use super::{Page, Place, files};
use crate::flow::locale::told;

pub(super) const WRONG_STEP_FOR_SERVICE: Page = Page {
    title: told("a service under the wrong step", "сервис вызван не тем шагом"),
    means: told(
        "A service that changes the world has `writes: yes` in flows/contracts.yaml and is asked by `submit`; one that only reads is asked by `lookup`. Here it is the other way round.",
        "Сервис, который что-то меняет, описан в flows/contracts.yaml с `writes: yes` и вызывается через `submit`; сервис, который только читает, — через `lookup`. Здесь наоборот.",
    ),
    matters: told(
        "A `lookup` may be asked again when the line is bad. A change that is asked for twice is done twice: two applications, two bookings.",
        "Через `lookup` робот может спросить сервис ещё раз, если связь плохая. Изменение, о котором попросили дважды, будет сделано дважды: две заявки, две записи.",
    ),
    wrong: files(&[
        (
            Place::File("flows/contracts.yaml"),
            r#"document_status:
  asks: {iin: iin, application: application}
  answers: {ready: {document: {item: documents}}, not_found: {}}
document_order:
  writes: yes
  asks: {application: application}
  answers: {ordered: {}, already: {}}
"#,
        ),
        (
            Place::Status,
            r#"steps:
  - ask: {id: number, prompt: ask_number, slot: application, grammar: application}
  - lookup:
      id: order
      service: document_order
      with: {application: application}
      deadline: 4s
      on:
        ordered: {}
        already: {}
        unavailable: {goto: human}
  - return: {id: done}
  - call: {id: human, flow: shared/human}
"#,
        ),
    ]),
    mended: files(&[
        (
            Place::File("flows/contracts.yaml"),
            r#"document_status:
  asks: {iin: iin, application: application}
  answers: {ready: {document: {item: documents}}, not_found: {}}
document_order:
  writes: yes
  asks: {application: application}
  answers: {ordered: {}, already: {}}
"#,
        ),
        (
            Place::Status,
            r#"steps:
  - ask: {id: number, prompt: ask_number, slot: application, grammar: application}
  - submit:
      id: order
      service: document_order
      with: {application: application}
      deadline: 4s
      on:
        ordered: {}
        already: {}
        unknown: {goto: human}
        unavailable: {goto: human}
  - return: {id: done}
  - call: {id: human, flow: shared/human}
"#,
        ),
    ]),
};

pub(super) const UNDO_UNFILLED: Page = Page {
    title: told("an undo that lacks a field", "для отмены не хватает поля"),
    means: told(
        "The service under `undo:` asks for a field. Neither the request of this `submit` nor an answer of its service has a field of that name and type.",
        "Сервис под `undo:` спрашивает поле, а ни в запросе этого `submit`, ни в ответах его сервиса нет поля с таким именем и типом.",
    ),
    matters: told(
        "What the caller gave up could not be taken back: the seat stays held and nobody else gets it.",
        "То, от чего звонящий отказался, нельзя было бы отменить: место осталось бы занятым, и никто другой его не получил бы.",
    ),
    wrong: files(&[
        (
            Place::File("flows/contracts.yaml"),
            r#"document_status:
  asks: {iin: iin, application: application}
  answers: {ready: {document: {item: documents}}, not_found: {}}
visit_hold:
  writes: yes
  asks: {application: application}
  answers: {held: {ref: digits}}
visit_release:
  writes: yes
  asks: {ref: digits, reason: digits}
  answers: {released: {}}
"#,
        ),
        (
            Place::Status,
            r#"steps:
  - ask: {id: number, prompt: ask_number, slot: application, grammar: application}
  - submit:
      id: hold
      service: visit_hold
      with: {application: application}
      undo: visit_release
      deadline: 4s
      on:
        held: {}
        unknown: {goto: human}
        unavailable: {goto: human}
  - return: {id: done}
  - call: {id: human, flow: shared/human}
"#,
        ),
    ]),
    mended: files(&[
        (
            Place::File("flows/contracts.yaml"),
            r#"document_status:
  asks: {iin: iin, application: application}
  answers: {ready: {document: {item: documents}}, not_found: {}}
visit_hold:
  writes: yes
  asks: {application: application}
  answers: {held: {ref: digits}}
visit_release:
  writes: yes
  asks: {ref: digits}
  answers: {released: {}}
"#,
        ),
        (
            Place::Status,
            r#"steps:
  - ask: {id: number, prompt: ask_number, slot: application, grammar: application}
  - submit:
      id: hold
      service: visit_hold
      with: {application: application}
      undo: visit_release
      deadline: 4s
      on:
        held: {}
        unknown: {goto: human}
        unavailable: {goto: human}
  - return: {id: done}
  - call: {id: human, flow: shared/human}
"#,
        ),
    ]),
};

pub(super) const UNDO_OF_NOTHING: Page = Page {
    title: told("an undo that cannot know what to take back", "отмена не знает, что именно отменить"),
    means: told(
        "No outcome of the `submit` answers with a reference that the service under `undo:` asks for, so nothing tells one change from another.",
        "Ни один исход `submit` не возвращает номера или ссылки, которые спрашивает сервис под `undo:`, поэтому одно изменение не отличить от другого.",
    ),
    matters: told(
        "With two changes for one application, the wrong one could be taken back.",
        "Если по одной заявке изменений два, отменить могли бы не то.",
    ),
    wrong: files(&[
        (
            Place::File("flows/contracts.yaml"),
            r#"document_status:
  asks: {iin: iin, application: application}
  answers: {ready: {document: {item: documents}}, not_found: {}}
visit_hold:
  writes: yes
  asks: {application: application}
  answers: {held: {}}
visit_release:
  writes: yes
  asks: {application: application}
  answers: {released: {}}
"#,
        ),
        (
            Place::Status,
            r#"steps:
  - ask: {id: number, prompt: ask_number, slot: application, grammar: application}
  - submit:
      id: hold
      service: visit_hold
      with: {application: application}
      undo: visit_release
      deadline: 4s
      on:
        held: {}
        unknown: {goto: human}
        unavailable: {goto: human}
  - return: {id: done}
  - call: {id: human, flow: shared/human}
"#,
        ),
    ]),
    mended: files(&[
        (
            Place::File("flows/contracts.yaml"),
            r#"document_status:
  asks: {iin: iin, application: application}
  answers: {ready: {document: {item: documents}}, not_found: {}}
visit_hold:
  writes: yes
  asks: {application: application}
  answers: {held: {ref: digits}}
visit_release:
  writes: yes
  asks: {ref: digits}
  answers: {released: {}}
"#,
        ),
        (
            Place::Status,
            r#"steps:
  - ask: {id: number, prompt: ask_number, slot: application, grammar: application}
  - submit:
      id: hold
      service: visit_hold
      with: {application: application}
      undo: visit_release
      deadline: 4s
      on:
        held: {}
        unknown: {goto: human}
        unavailable: {goto: human}
  - return: {id: done}
  - call: {id: human, flow: shared/human}
"#,
        ),
    ]),
};

pub(super) const UNTOLD: Page = Page {
    title: told("an outcome of which nobody is told", "об исходе никто не узнает"),
    means: told(
        "`tells` is what a caller is sent who did not hear how a submit ended. It has a prompt for each outcome of the service and for `unavailable`; here one is missing.",
        "`tells` — это сообщение звонящему, который не услышал, чем кончился `submit`. В нём есть реплика для каждого исхода сервиса и для `unavailable`; здесь одной не хватает.",
    ),
    matters: told(
        "The caller was told to wait for a message. Where it ends so, none would come.",
        "Звонящему обещали сообщение. При таком исходе он бы его не дождался.",
    ),
    wrong: files(&[
        (
            Place::File("flows/contracts.yaml"),
            r#"document_status:
  asks: {iin: iin, application: application}
  answers: {ready: {document: {item: documents}}, not_found: {}}
document_order:
  writes: yes
  asks: {application: application}
  answers: {ordered: {}, already: {}}
"#,
        ),
        (
            Place::Status,
            r#"steps:
  - ask: {id: number, prompt: ask_number, slot: application, grammar: application}
  - submit:
      id: order
      service: document_order
      with: {application: application}
      tells: {to: caller, on: {ordered: not_found, unavailable: wait}}
      deadline: 4s
      on:
        ordered: {}
        already: {}
        unknown: {goto: human}
        unavailable: {goto: human}
  - return: {id: done}
  - call: {id: human, flow: shared/human}
"#,
        ),
    ]),
    mended: files(&[
        (
            Place::File("flows/contracts.yaml"),
            r#"document_status:
  asks: {iin: iin, application: application}
  answers: {ready: {document: {item: documents}}, not_found: {}}
document_order:
  writes: yes
  asks: {application: application}
  answers: {ordered: {}, already: {}}
"#,
        ),
        (
            Place::Status,
            r#"steps:
  - ask: {id: number, prompt: ask_number, slot: application, grammar: application}
  - submit:
      id: order
      service: document_order
      with: {application: application}
      tells: {to: caller, on: {ordered: not_found, already: not_found, unavailable: wait}}
      deadline: 4s
      on:
        ordered: {}
        already: {}
        unknown: {goto: human}
        unavailable: {goto: human}
  - return: {id: done}
  - call: {id: human, flow: shared/human}
"#,
        ),
    ]),
};

pub(super) const NEVER_ASKED: Page = Page {
    title: told("a change of what was never asked", "изменить предлагают то, о чём не спрашивали"),
    means: told(
        "Under `change:` stands a slot that no `ask`, `form` or `choose` above fills. There is no question to go back to.",
        "Под `change:` стоит слот, который выше не заполняет ни один `ask`, `form` или `choose`. Возвращаться не к какому вопросу.",
    ),
    matters: told(
        "The caller would choose what to change, and nothing would be asked.",
        "Звонящий выбрал бы, что изменить, но его ни о чём не спросили бы.",
    ),
    wrong: files(&[
        (
            Place::Status,
            r#"takes: {application: application}
steps:
  - ask: {id: number, prompt: ask_number, slot: iin, grammar: iin}
  - confirm: {id: check, prompt: read_iin, change: [application], on: {yes: {}, no: {goto: human}}}
  - return: {id: done}
  - call: {id: human, flow: shared/human}
"#,
        ),
        (
            Place::File("prompts/services/status.yaml"),
            r#"ask_number: {kk: "Нөмірді теріңіз.", ru: "Наберите номер."}
read_iin: {kk: "Сіз {{ iin | say_digits }} тердіңіз. Дұрыс па?", ru: "Вы набрали {{ iin | say_digits }}. Верно?"}
label_iin: {kk: "ЖСН", ru: "ИИН"}
label_application: {kk: "Өтінім", ru: "Заявка"}
"#,
        ),
    ]),
    mended: files(&[
        (
            Place::Status,
            r#"takes: {application: application}
steps:
  - ask: {id: number, prompt: ask_number, slot: iin, grammar: iin}
  - confirm: {id: check, prompt: read_iin, change: [iin], on: {yes: {}, no: {goto: human}}}
  - return: {id: done}
  - call: {id: human, flow: shared/human}
"#,
        ),
        (
            Place::File("prompts/services/status.yaml"),
            r#"ask_number: {kk: "Нөмірді теріңіз.", ru: "Наберите номер."}
read_iin: {kk: "Сіз {{ iin | say_digits }} тердіңіз. Дұрыс па?", ru: "Вы набрали {{ iin | say_digits }}. Верно?"}
label_iin: {kk: "ЖСН", ru: "ИИН"}
label_application: {kk: "Өтінім", ru: "Заявка"}
"#,
        ),
    ]),
};
