//! What the core has no words for: files that cannot be read, and clips. Both languages side by side, as in the core's catalogue.

use dauys_core::flow::fault::{Told, told};

use crate::bundle::{BYTES_MAX, FILE_BYTES_MAX, FILES_MAX, ReadError};
use crate::speech::clips::{ClipFault, ClipProblem};

/// A kind of fault of the shell: its code, and its page.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Kind {
    pub(super) code: &'static str,
    pub(super) title: Told<&'static str>,
    pub(super) means: Told<&'static str>,
    pub(super) matters: Told<&'static str>,
}

/// A message and what to do.
pub(super) struct Said {
    pub(super) message: String,
    pub(super) help: &'static str,
}

fn said(message: String, help: &'static str) -> Said {
    Said { message, help }
}

/// All of them, in the order of their codes.
pub(super) const KINDS: &[&Kind] = &[
    &NO_FLOWS,
    &UNREADABLE,
    &TOO_LARGE,
    &TOO_MANY,
    &TOO_MUCH,
    &TOO_DEEP,
    &OUTSIDE,
    &NO_FILE,
    &ENDING,
    &NOT_TEXT,
    &CONFIGURATION,
    &CLIP_MISSING,
    &CLIP_STALE,
    &CLIP_DAMAGED,
    &CLIP_TWICE,
    &CLIP_UNUSED,
];

const NOTHING_LOADS: Told<&str> = told(
    "Nothing of the bundle is loaded, so no call is taken with half of it.",
    "Ничего не загружается: половиной сценариев робот на звонки не отвечает.",
);

static NO_FLOWS: Kind = Kind {
    code: "E0001",
    title: told("there is no folder flows/", "нет папки flows/"),
    means: told("The folder that was named with --root holds no flows/.", "В папке, указанной через --root, нет папки flows/."),
    matters: NOTHING_LOADS,
};
static UNREADABLE: Kind = Kind {
    code: "E0002",
    title: told("the system does not give a file", "система не даёт прочитать файл"),
    means: told(
        "A file or a folder cannot be opened: it lacks the right to be read, it is gone, or a link leads in a circle.",
        "Файл или папку не удаётся открыть: нет права на чтение, их уже нет или ссылка ведёт по кругу.",
    ),
    matters: NOTHING_LOADS,
};
static TOO_LARGE: Kind = Kind {
    code: "E0003",
    title: told("a file is larger than 1 MiB", "файл больше 1 МиБ"),
    means: told("It is not even opened as YAML.", "Такой файл даже не читается как YAML."),
    matters: NOTHING_LOADS,
};
static TOO_MANY: Kind = Kind {
    code: "E0004",
    title: told("more than 200 files", "больше 200 файлов"),
    means: told(
        "Below flows/ and prompts/ stand too many files. Is it the right folder?",
        "В flows/ и prompts/ слишком много файлов. Та ли это папка?",
    ),
    matters: NOTHING_LOADS,
};
static TOO_MUCH: Kind = Kind {
    code: "E0005",
    title: told("more than 16 MiB of text", "больше 16 МиБ текста"),
    means: told("All files below flows/ and prompts/ together are too large.", "Все файлы в flows/ и prompts/ вместе слишком велики."),
    matters: NOTHING_LOADS,
};
static TOO_DEEP: Kind = Kind {
    code: "E0006",
    title: told("folders too deep in each other", "слишком глубоко вложенные папки"),
    means: told(
        "Folders stand in folders, or a link leads to where it stands.",
        "Папки вложены одна в другую слишком глубоко, или ссылка ведёт туда же, где она лежит.",
    ),
    matters: NOTHING_LOADS,
};
static OUTSIDE: Kind = Kind {
    code: "E0007",
    title: told("a link out of the folder", "ссылка за пределы папки"),
    means: told(
        "What a link leads to elsewhere is no part of the bundle: copy the file here.",
        "То, на что указывает ссылка, не часть сценариев: скопируйте сам файл сюда.",
    ),
    matters: NOTHING_LOADS,
};
static NO_FILE: Kind = Kind {
    code: "E0008",
    title: told("a pipe, a socket or a device", "не файл, а канал, сокет или устройство"),
    means: told(
        "Something that ends in .yaml is neither a file nor a folder. Reading it might never end.",
        "Имя оканчивается на .yaml, но это не файл и не папка. Чтение могло бы никогда не закончиться.",
    ),
    matters: NOTHING_LOADS,
};
static ENDING: Kind = Kind {
    code: "E0009",
    title: told("the ending .yml", "окончание .yml"),
    means: told(
        "Files end in .yaml. One that ends in .yml would be passed over, and nobody would see why.",
        "Имена файлов оканчиваются на .yaml. Файл с .yml был бы пропущен, и никто не понял бы почему.",
    ),
    matters: NOTHING_LOADS,
};
static NOT_TEXT: Kind = Kind {
    code: "E0010",
    title: told("a file that is not UTF-8", "файл не в кодировке UTF-8"),
    means: told(
        "The bytes are no UTF-8 text: the file was saved in Windows-1251, UTF-16 or another encoding. Open it in your editor and save it as UTF-8.",
        "Байты файла — не текст в UTF-8: файл сохранён в Windows-1251, UTF-16 или другой кодировке. Откройте его в редакторе и сохраните в UTF-8.",
    ),
    matters: told(
        "Kazakh letters would come out as others, and the voice would read gibberish.",
        "Вместо казахских букв получились бы другие, и голос читал бы бессмыслицу.",
    ),
};
pub(super) static CONFIGURATION: Kind = Kind {
    code: "E0011",
    title: told("the configuration is wrong", "ошибка в конфигурации"),
    means: told(
        "dauys.yaml does not read, or a service that it connects does not keep its contract in flows/contracts.yaml: an outcome without a rule, a field without a source, a place for a field that is not asked.",
        "dauys.yaml не читается, или подключённый в нём сервис не выполняет свой контракт из flows/contracts.yaml: у исхода нет правила, у поля нет источника, подставляется поле, которого нет в запросе.",
    ),
    matters: told(
        "The robot would not start with it, or a caller would hear that the service does not answer.",
        "С такой конфигурацией робот не запустится, или звонящий услышит, что сервис не отвечает.",
    ),
};
static CLIP_MISSING: Kind = Kind {
    code: "W0801",
    title: told("there is no clip of these words", "нет записи этих слов"),
    means: told(
        "`dauys render` has not been run since the words were written.",
        "С тех пор как эти слова написали, `dauys render` не запускали.",
    ),
    matters: told("The caller hears nothing in their place.", "Вместо этих слов звонящий ничего не услышит."),
};
static CLIP_STALE: Kind = Kind {
    code: "W0802",
    title: told("a clip of other words", "запись других слов"),
    means: told("The text was changed after the clip was made or recorded.", "Текст изменили после того, как сделали запись."),
    matters: told("The caller hears the old words.", "Звонящий услышит старые слова."),
};
static CLIP_DAMAGED: Kind = Kind {
    code: "W0803",
    title: told("a clip that cannot be read", "запись, которую нельзя прочитать"),
    means: told(
        "The file is no WAV, FLAC or Opus that the robot can play.",
        "Файл — не WAV, не FLAC и не Opus, который робот может проиграть.",
    ),
    matters: told(
        "The caller hears the rendered clip in its place, or nothing.",
        "Звонящий услышит вместо неё синтезированную запись или ничего.",
    ),
};
static CLIP_TWICE: Kind = Kind {
    code: "W0804",
    title: told("two recordings of one text", "две записи одного текста"),
    means: told("A WAV and a FLAC of the same words stand side by side.", "Рядом лежат WAV и FLAC одних и тех же слов."),
    matters: told(
        "Only one of them is heard, perhaps not the one you mean.",
        "Звучит только одна из них, возможно, не та, которую вы имеете в виду.",
    ),
};
static CLIP_UNUSED: Kind = Kind {
    code: "W0805",
    title: told("a clip that nobody plays", "запись, которую никто не проигрывает"),
    means: told("No prompt and no value is said with it.", "Она не нужна ни одной реплике и ни одному значению."),
    matters: told("Nothing is wrong for callers; it takes up room.", "Для звонящих ничего не испорчено; она только занимает место."),
};

/// The kind of a file that cannot be read.
pub(super) const fn kind_of_unread(error: &ReadError) -> &'static Kind {
    match error {
        ReadError::NoFlows { .. } => &NO_FLOWS,
        ReadError::File { .. } => &UNREADABLE,
        ReadError::TooLarge { .. } => &TOO_LARGE,
        ReadError::TooMany { .. } => &TOO_MANY,
        ReadError::TooMuch { .. } => &TOO_MUCH,
        ReadError::TooDeep { .. } => &TOO_DEEP,
        ReadError::Outside { .. } => &OUTSIDE,
        ReadError::NoFile { .. } => &NO_FILE,
        ReadError::Ending { .. } => &ENDING,
        ReadError::NotText { .. } => &NOT_TEXT,
    }
}

/// Whether it is the machine that does not give the files, or the files that are not well.
pub(super) const fn is_the_machines(error: &ReadError) -> bool {
    match error {
        ReadError::NoFlows { .. } | ReadError::File { .. } => true,
        ReadError::TooLarge { .. }
        | ReadError::TooMany { .. }
        | ReadError::TooMuch { .. }
        | ReadError::TooDeep { .. }
        | ReadError::Outside { .. }
        | ReadError::NoFile { .. }
        | ReadError::Ending { .. }
        | ReadError::NotText { .. } => false,
    }
}

/// A file that cannot be read, in one sentence.
pub(super) fn unread(error: &ReadError) -> Told<String> {
    let ru = match error {
        ReadError::NoFlows { root } => format!("{}: здесь нет папки flows/; укажите нужную папку через --root", root.display()),
        ReadError::File { path, source } => format!("{}: файл не читается ({source})", path.display()),
        ReadError::TooLarge { path } => format!("{}: файл больше {FILE_BYTES_MAX} байт; разделите его", path.display()),
        ReadError::TooMany { root } => format!("{}: в flows/ и prompts/ больше {FILES_MAX} файлов; та ли это папка?", root.display()),
        ReadError::TooMuch { root } => format!("{}: в flows/ и prompts/ вместе больше {BYTES_MAX} байт; та ли это папка?", root.display()),
        ReadError::TooDeep { path } => format!("{}: папки вложены слишком глубоко, или ссылка ведёт по кругу", path.display()),
        ReadError::Outside { path, target } => {
            format!("{}: ссылка ведёт за пределы папки, в {}; скопируйте файл сюда", path.display(), target.display())
        }
        ReadError::NoFile { path } => format!("{}: это не файл и не папка", path.display()),
        ReadError::Ending { path } => format!("{}: имя должно оканчиваться на .yaml; переименуйте файл", path.display()),
        ReadError::NotText { path, from } => format!("{}: начиная с байта {from} это не UTF-8; сохраните файл в UTF-8", path.display()),
    };
    Told { en: error.to_string(), ru }
}

/// The kind of what is wrong with a clip.
pub(super) const fn kind_of_clip(fault: &ClipFault) -> &'static Kind {
    match fault {
        ClipFault::Missing => &CLIP_MISSING,
        ClipFault::Stale | ClipFault::RecordedForOtherWords => &CLIP_STALE,
        ClipFault::Damaged(_) => &CLIP_DAMAGED,
        ClipFault::Several(_) => &CLIP_TWICE,
    }
}

/// What is wrong with a clip.
pub(super) fn clip(problem: &ClipProblem) -> Told<Said> {
    let words = &problem.words;
    let ru = match &problem.fault {
        ClipFault::Missing => said(format!("нет записи слов «{words}»: на их месте будет тишина"), "запустите `dauys render`"),
        ClipFault::Stale => said(format!("с тех пор как запись сделали, слова изменились: «{words}»"), "запустите `dauys render`"),
        ClipFault::RecordedForOtherWords => said(
            format!("с тех пор как это записали, слова изменились: «{words}»"),
            "запишите заново или удалите файл и запустите `dauys render`",
        ),
        ClipFault::Damaged(why) => {
            said(format!("запись не проигрывается ({why})"), "сохраните её как WAV, FLAC или Opus или удалите и запустите `dauys render`")
        }
        ClipFault::Several(played) => said(format!("слова «{words}» записаны дважды; звучит {played}"), "удалите одну из записей"),
    };
    Told { en: said(problem.message(), problem.help()), ru }
}

/// The kind of a clip that nobody plays.
pub(super) const fn kind_of_unused() -> &'static Kind {
    &CLIP_UNUSED
}

/// What is wrong with a clip that nobody plays.
pub(super) fn unused() -> Told<Said> {
    Told {
        en: said("no prompt and no value is said with it".to_owned(), "delete it, or give it back its prompt"),
        ru: said("эту запись не использует ни одна реплика и ни одно значение".to_owned(), "удалите её или верните реплику"),
    }
}
