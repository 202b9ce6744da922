//! The words that faults are put together from: what was expected, what came, what was not found. Each is a closed enum with both languages side by side.
//!
//! Russian phrases stand in the case that their sentence in `catalogue` needs.

use super::locale::{Told, told};

/// What a place wants. In Russian: nominative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Keys with values.
    Map,
    /// A list.
    List,
    /// A key that is a plain name.
    NameAsKey,
    /// A short single value.
    Text,
    /// `800ms`.
    Duration,
    /// A whole number.
    Count,
    /// `kk` or `ru`.
    Language,
    /// A key of the telephone.
    TelephoneKey,
    /// How a prompt may be interrupted.
    BargeIn,
    /// An id of the author's.
    Id,
    /// `- say: {…}`.
    Step,
    /// Bounds in order.
    MinBelowMax,
    /// What digits mean.
    Grammar,
    /// What a slot holds.
    Type,
    /// A value that the slot can hold.
    SlotValue,
    /// `{language: known}`.
    Known,
    /// `mention: [operator]`.
    Operator,
    /// A list of texts with something in it.
    Escalation,
    /// `one_of` with something in it.
    Alternative,
    /// `choices` with something in it.
    Choice,
    /// `fields` with something in it.
    Field,
    /// The items of a list with something in them.
    ItemField,
    /// What a no may change.
    OneToEightSlots,
    /// An outcome of the service's own.
    Outcome,
    /// Words that name a concept.
    ConceptPhrase,
    /// A whole number, or none.
    Number,
    /// `yes` or `no`.
    YesOrNo,
    /// Whether people work.
    OpenOrClosed,
    /// What telephone the caller has.
    CallerKind,
    /// Where a range of days begins.
    Today,
    /// What places are asked for.
    Among,
    /// `09:00-18:00`.
    Hours,
    /// One day.
    Date,
    /// One day, or one of every year.
    Holiday,
    /// A year.
    Year,
    /// A day of the week.
    Weekday,
    /// What people say, or need.
    Texts,
    /// What is easily taken for a topic.
    NearTopics,
    /// A topic, once.
    AnotherTopic,
}

impl Expected {
    /// In words.
    pub const fn words(self) -> Told<&'static str> {
        match self {
            Self::Map => told("a map", "набор ключей со значениями"),
            Self::List => told("a list", "список"),
            Self::NameAsKey => told("a name as the key", "простое имя слева от двоеточия"),
            Self::Text => told("a name or a value of at most 500 bytes", "одно имя или значение, не длиннее 500 байт"),
            Self::Duration => {
                told("a duration such as 800ms, 6s or 15m, at most 24h", "время с единицей: 800ms, 6s или 15m, не больше 24h")
            }
            Self::Count => told("a whole number from 1 up, within its limit", "целое число от 1, в допустимых пределах"),
            Self::Language => told("kk or ru", "kk или ru"),
            Self::TelephoneKey => told("a telephone key", "кнопка телефона"),
            Self::BargeIn => told("at_once, keys_only, off or {after: 800ms}", "at_once, keys_only, off или {after: 800ms}"),
            Self::Id => told("an id of letters, digits and _", "имя из латинских букв, цифр и знака _"),
            Self::Step => told("a step: a map with one key", "шаг: один ключ, который говорит, что делать"),
            Self::MinBelowMax => told("min no greater than max", "min, который не больше max"),
            Self::Grammar => told(
                "iin, application, phone, time, yes_no, place, {place: {in: districts}}, {digits: {min: 4, max: 6}}, {number: {min: 1, max: 20}}, {date: {days: 14}} or {item: <list>}",
                "iin, application, phone, time, yes_no, place, {place: {in: districts}}, {digits: {min: 4, max: 6}}, {number: {min: 1, max: 20}}, {date: {days: 14}} или {item: <список>}",
            ),
            Self::Type => told(
                "iin, application, digits, count, flag, date, time, money, phone, place, topic or {item: <list>}",
                "iin, application, digits, count, flag, date, time, money, phone, place, topic или {item: <список>}",
            ),
            Self::SlotValue => told("a value of the slot's type", "значение, которое может быть в этом слоте"),
            Self::Known => told("known", "known"),
            Self::Operator => told("operator", "operator"),
            Self::Escalation => told("at least one text", "хотя бы один текст"),
            Self::Alternative => told("at least one alternative in `one_of`", "хотя бы один вариант в `one_of`"),
            Self::Choice => told("at least one choice", "хотя бы один пункт меню"),
            Self::Field => told("at least one field", "хотя бы одно поле"),
            Self::ItemField => told("at least one field of an item", "хотя бы одно поле у строки списка"),
            Self::OneToEightSlots => told("one to eight slots", "от одного до восьми слотов"),
            Self::Outcome => told(
                "an outcome that the service can tell; unavailable and unknown are always possible",
                "исход, о котором сообщает сам сервис; unavailable и unknown возможны всегда",
            ),
            Self::ConceptPhrase => told(
                "one to eight words such as `паспорт` or `удостоверен*`",
                "от одного до восьми слов, например `паспорт` или `удостоверен*`",
            ),
            Self::Number => told("a whole number", "целое число, не меньше нуля"),
            Self::YesOrNo => told("yes or no", "yes или no"),
            Self::OpenOrClosed => told("open or closed", "open или closed"),
            Self::CallerKind => told("mobile, landline, foreign, withheld or unknown", "mobile, landline, foreign, withheld или unknown"),
            Self::Today => told("today", "today"),
            Self::Among => told("cities, regions or districts", "cities, regions или districts"),
            Self::Hours => told("hours such as 09:00-18:00", "часы работы вида 09:00-18:00"),
            Self::Date => told("a day such as 2027-05-16", "день вида 2027-05-16"),
            Self::Holiday => told("a day such as 12-16, or 2027-05-16", "день вида 12-16 (месяц и число) или 2027-05-16"),
            Self::Year => told("a year", "год, четыре цифры"),
            Self::Texts => told("at least one line, and no more than the limit", "хотя бы одна строка, но не больше предела"),
            Self::AnotherTopic => told("a topic that is not in the list yet", "тема, которой в этом списке ещё нет"),
            Self::NearTopics => told("at most four topics", "не больше четырёх тем"),
            Self::Weekday => told("a day of the week", "день недели по-английски: monday, tuesday…"),
        }
    }
}

/// What stood there instead. In Russian: nominative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Came {
    /// An empty value, or an empty file.
    Nothing,
    /// One value.
    Single,
    /// A list.
    List,
    /// Keys with values.
    Map,
    /// A map that should have one key.
    SeveralKeys,
    /// An empty list.
    NoneAtAll,
    /// A list that is empty, or too long.
    NoneOrMore,
}

impl Came {
    /// In words.
    pub const fn words(self) -> Told<&'static str> {
        match self {
            Self::Nothing => told("nothing", "пусто"),
            Self::Single => told("a single value", "одно значение"),
            Self::List => told("a list", "список"),
            Self::Map => told("a map", "набор ключей со значениями"),
            Self::SeveralKeys => told("a map with several", "несколько ключей сразу"),
            Self::NoneAtAll => told("none", "ни одного"),
            Self::NoneOrMore => told("none, or more", "ни одного или больше"),
        }
    }
}

/// What a name should lead to. In Russian: genitive, for «… `имя` нет».
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thing {
    /// A flow.
    Flow,
    /// A step of the flow.
    Step,
    /// A prompt.
    Prompt,
    /// A slot of the flow.
    Slot,
    /// A slot of the flow that is called.
    SlotOfThatFlow,
    /// A service of `flows/contracts.yaml`.
    Service,
    /// A field that a service is asked with.
    RequestField,
    /// A list of the lexicon.
    LexiconList,
    /// A step of the first flow.
    MainStep,
    /// A desk of the calendar.
    Desk,
    /// A list that a service has answered.
    LookedUpList,
    /// Another topic.
    Topic,
    /// A group of topics.
    TopicGroup,
}

impl Thing {
    /// In words.
    pub const fn words(self) -> Told<&'static str> {
        match self {
            Self::Flow => told("flow", "сценария"),
            Self::Step => told("step", "шага"),
            Self::Prompt => told("prompt", "реплики"),
            Self::LookedUpList => told("list to choose from", "списка для выбора"),
            Self::Slot => told("slot", "слота"),
            Self::SlotOfThatFlow => told("slot of that flow", "слота вызываемого сценария"),
            Self::Service => told("service", "сервиса"),
            Self::RequestField => told("request field", "поля запроса"),
            Self::LexiconList => told("list of flows/lexicon.yaml", "списка в flows/lexicon.yaml"),
            Self::MainStep => told("step of flows/main.yaml", "шага в flows/main.yaml"),
            Self::Topic => told("topic of flows/topics/", "темы в flows/topics/"),
            Self::TopicGroup => told("group of topics", "группы тем"),
            Self::Desk => told("desk of flows/calendar.yaml", "службы в flows/calendar.yaml"),
        }
    }
}

/// Two keys that cannot both hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rivals {
    /// A way on, and the end of the call.
    GotoAndEnd,
    /// A day off, and a day that is worked as another.
    OffAndAs,
    /// Where giving up leads: a form says it for its fields.
    GiveUpOfFieldAndForm,
    /// Taken back where nobody knows how it ended, and told of.
    UndoAndTells,
    /// What an outcome means: a human, or that none came.
    HumanAndNobody,
}

impl Rivals {
    /// In words.
    pub const fn words(self) -> Told<&'static str> {
        match self {
            Self::GotoAndEnd => told("`goto` and `end`", "`goto` и `end`"),
            Self::OffAndAs => told("`off` and `as`", "`off` и `as`"),
            Self::UndoAndTells => told("`undo` and `tells`", "`undo` и `tells`"),
            Self::HumanAndNobody => told("`human` and `nobody` for one outcome", "один исход в `human` и в `nobody`"),
            Self::GiveUpOfFieldAndForm => told("`give_up` of a field and `give_up` of its form", "`give_up` поля и `give_up` формы"),
        }
    }
}

/// What is wrong with the YAML itself. In Russian: a clause after a colon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum YamlSlip {
    /// A tab where blanks belong.
    Tab,
    /// A bracket that nothing closes.
    OpenBracket(char),
    /// A bracket that closes another kind, or nothing.
    WrongBracket,
    /// A quote that nothing closes.
    OpenQuote,
    /// Something after the closing quote.
    AfterQuote,
    /// A `\` in quotes with what YAML does not know after it.
    Escape,
    /// Lines that are shifted against each other.
    Indentation,
    /// A `:` where no value may stand.
    Colon,
    /// A line without `key:`.
    NoColon,
    /// A comma or a closing bracket is missing.
    Comma,
    /// A `-` where no list may stand.
    Dash,
    /// A character with which no value may begin.
    Character(char),
    /// An alias of nothing.
    UnknownAnchor,
    /// The file ends too early.
    End,
    /// A line with `%`, or another thing of the language that flows do without: in the words of the library.
    Other(String),
}

impl YamlSlip {
    /// In words.
    pub fn words(&self) -> Told<String> {
        let both = |en: &str, ru: &str| Told { en: en.to_owned(), ru: ru.to_owned() };
        match self {
            Self::Tab => both("a tab where blanks belong", "табуляция вместо пробелов"),
            Self::OpenBracket(open) => {
                Told { en: format!("the bracket `{open}` is not closed"), ru: format!("скобка `{open}` не закрыта") }
            }
            Self::WrongBracket => both("this bracket closes nothing that is open", "эта скобка не закрывает ни одну из открытых"),
            Self::OpenQuote => both("a quote is not closed", "кавычка не закрыта"),
            Self::AfterQuote => both("something stands after the closing quote", "после закрывающей кавычки стоит что-то лишнее"),
            Self::Escape => both("YAML does not know what follows this `\\`", "после `\\` стоит то, чего YAML не понимает"),
            Self::Indentation => both("this line is indented unlike its neighbours", "отступ этой строки не такой, как у соседних"),
            Self::Colon => both("a `:` where none can stand", "двоеточие там, где его быть не может"),
            Self::NoColon => both("a key needs `:` and a blank after it", "после ключа нужны двоеточие и пробел"),
            Self::Comma => both("a comma or a closing bracket is missing", "не хватает запятой или закрывающей скобки"),
            Self::Dash => both("a list begins where none can stand", "список начинается там, где его быть не может"),
            Self::Character(c) => Told {
                en: format!("no value begins with `{c}`: put it in quotes"),
                ru: format!("значение не может начинаться с `{c}`: возьмите его в кавычки"),
            },
            Self::UnknownAnchor => both("`*` refers to what is not there", "`*` указывает на то, чего нет"),
            Self::End => both("the file ends too early", "файл обрывается слишком рано"),
            Self::Other(why) => Told { en: why.clone(), ru: format!("нарушены правила записи ({why})") },
        }
    }
}

/// What is wrong between `{{` and `}}`. In Russian: a clause after a colon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TemplateSlip {
    /// `{{` alone.
    NotClosed,
    /// `}}` alone.
    NotOpened,
    /// No filter.
    NoBar,
    /// What stands before the bar is no slot's name.
    SlotName,
    /// `(` alone.
    OpenBracket,
    /// No such filter.
    UnknownFilter,
    /// A case that Kazakh values are not said in.
    KazakhCase,
    /// A case that Russian values are not said in.
    RussianCase,
    /// A counted noun lacks its form.
    KazakhNoun,
    /// A counted noun lacks one of its forms.
    RussianNoun,
    /// The noun does not show its gender.
    UntoldGender,
    /// Not `name="value"`.
    Argument,
    /// A quote alone.
    OpenQuote,
    /// One name, two values.
    ArgumentTwice,
    /// A gender in Kazakh.
    GenderInKazakh,
    /// No such gender.
    UnknownGender,
    /// The filter does not take it.
    UnknownArgument,
}

impl TemplateSlip {
    /// In words.
    pub const fn words(self) -> Told<&'static str> {
        match self {
            Self::NotClosed => told("`{{` is not closed by `}}`", "`{{` не закрыто знаком `}}`"),
            Self::NotOpened => told("`}}` without `{{`", "`}}` без `{{`"),
            Self::NoBar => told("it needs `|` and how to say the value", "нужны знак `|` и способ, которым произнести значение"),
            Self::SlotName => told("before `|` stands the name of a slot", "перед `|` стоит имя слота"),
            Self::OpenBracket => told("`(` is not closed by `)`", "`(` не закрыта знаком `)`"),
            Self::UnknownFilter => told(
                "after `|` stands say_item, say_digits, say_number, plural, say_ordinal, say_percent, say_date, say_full_date, say_weekday_date, say_time, say_money, say_title, say_answer or documents",
                "после `|` стоит say_item, say_digits, say_number, plural, say_ordinal, say_percent, say_date, say_full_date, say_weekday_date, say_time, say_money, say_title, say_answer или documents",
            ),
            Self::KazakhCase => told(
                "in Kazakh a number's case is nominative, dative, locative or ablative, and a date's nominative or locative",
                "в казахском тексте падеж числа — nominative, dative, locative или ablative, падеж даты — nominative или locative",
            ),
            Self::RussianCase => told(
                "in Russian a number's case is nominative, genitive or accusative, and a date's genitive or nominative",
                "в русском тексте падеж числа — nominative, genitive или accusative, падеж даты — genitive или nominative",
            ),
            Self::KazakhNoun => {
                told("in Kazakh `plural` takes other=\"өтінім\"", "в казахском тексте для `plural` нужно слово: other=\"өтінім\"")
            }
            Self::RussianNoun => told(
                "in Russian `plural` takes one=\"заявка\", few=\"заявки\" and many=\"заявок\"",
                "в русском тексте для `plural` нужны три формы слова: one=\"заявка\", few=\"заявки\", many=\"заявок\"",
            ),
            Self::UntoldGender => told(
                "the gender of the noun cannot be told here: add gender=\"m\", \"f\" or \"n\"",
                "род слова здесь определить нельзя: добавьте gender=\"m\", \"f\" или \"n\"",
            ),
            Self::Argument => told(
                "in brackets stand arguments as case=\"genitive\", with commas between them",
                "в скобках через запятую пишут уточнения вида case=\"genitive\"",
            ),
            Self::OpenQuote => told("a quote is not closed", "кавычка не закрыта"),
            Self::ArgumentTwice => told("an argument stands twice", "одно уточнение написано дважды"),
            Self::GenderInKazakh => told("Kazakh has no gender", "в казахском языке нет рода"),
            Self::UnknownGender => told("the gender is m, f or n", "род — это m, f или n"),
            Self::UnknownArgument => told(
                "the filter takes no such argument: see the table of values in docs/flows.md",
                "у этого способа нет такого уточнения: смотрите таблицу в docs/flows.md",
            ),
        }
    }
}

/// What another place has to do with a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Label {
    /// The fault's own place.
    Here,
    /// Where the name came up first.
    FirstHere,
    /// What it collides with.
    OtherOne,
    /// Where a prompt says the value.
    SaidHere,
}

impl Label {
    /// In words.
    pub const fn words(self) -> Told<&'static str> {
        match self {
            Self::Here => told("here", "здесь"),
            Self::FirstHere => told("first here", "впервые здесь"),
            Self::OtherOne => told("the other one", "второе такое место"),
            Self::SaidHere => told("said here", "произносится здесь"),
        }
    }
}
