use std::collections::BTreeMap;
use std::ops::Range;

use proptest::prelude::*;

use super::*;
use crate::calendar::Weekday;
use crate::lang::Lang;
use crate::spoken::kazakh::Case as Kk;
use crate::spoken::russian::{Case as Ru, Gender};
use crate::spoken::table::{Direction, read};
use crate::spoken::{self as say, Inflection, Year};

fn monday() -> Context {
    let time = |text| Time::parse(text).unwrap();
    Context { today: Date::parse("2026-11-23").unwrap(), now: time("10:00"), opens: time("09:00"), closes: time("20:00") }
}

#[test]
fn the_table_is_understood() {
    let rows = read(include_str!("../../../../tests/tables/dates.tsv")).unwrap();
    let rows: Vec<_> = rows.into_iter().filter(|row| row.direction == Direction::Parse).collect();
    assert_eq!(rows.len(), 91);
    let wrong: Vec<String> = rows
        .iter()
        .map(|row| (row, super::row(&row.kind, &row.input, &monday()).unwrap_or_default()))
        .filter(|(row, got)| *got != row.expected)
        .map(|(row, got)| format!("{} {}: {} not {got}", row.id, row.input, row.expected))
        .collect();
    assert_eq!(wrong, [""; 0]);
}

/// What the line means as a day and as a time, in the spelling of the table; `-` for nothing.
fn told(kind: &str, line: &str) -> String {
    super::row(kind, line, &monday()).unwrap_or_else(|| "-".to_owned())
}

fn check(kind: &str, cases: &[(&str, &str)]) {
    let wrong: Vec<String> = cases
        .iter()
        .map(|(line, expected)| (line, expected, told(kind, line)))
        .filter(|(_, expected, got)| got != *expected)
        .map(|(line, expected, got)| format!("{line}: {expected} not {got}"))
        .collect();
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn days_from_today() {
    check(
        "date",
        &[
            ("бүгін", "2026-11-23"),
            ("бүгінге", "2026-11-23"),
            ("бүгінгі күнге", "2026-11-23"),
            ("ертеңгіге жазыңызшы", "2026-11-24"),
            ("арғы күні", "2026-11-25"),
            ("бүрсігүнге", "2026-11-25"),
            ("на завтрашний день", "2026-11-24"),
            ("сегодня", "2026-11-23"),
            ("после завтра", "2026-11-25"),
            ("послепослезавтра", "2026-11-26"),
            ("через день", "2026-11-25"),
            ("через 3 дня", "2026-11-26"),
            ("через две недели", "2026-12-07"),
            ("через месяц", "2026-12-23"),
            ("через пару дней", "~2026-11-25"),
            ("дней через пять", "~2026-11-28"),
            ("неделю спустя", "-"),
            ("екі аптадан кейін", "2026-12-07"),
            ("бір айдан соң", "2026-12-23"),
            ("аптадан кейін", "2026-11-30"),
            ("5 күннен кейін", "2026-11-28"),
            ("үш күн өткен соң", "2026-11-26"),
            ("жеті дней кейін", "-"),
            ("через екі күн", "2026-11-25"),
            ("через неделю в среду", "2026-12-02"),
            ("екі аптадан кейін дүйсенбіде", "2026-12-07"),
        ],
    );
}

#[test]
fn days_of_the_week() {
    check(
        "date",
        &[
            ("сейсенбі", "2026-11-24"),
            ("сәрсенбіге", "2026-11-25"),
            ("бейсембіде", "2026-11-26"),
            ("сенбі күніне", "2026-11-28"),
            ("жексенбі", "2026-11-29"),
            ("дүйсенбі", "2026-11-30"),
            ("осы жұмада", "2026-11-27"),
            ("осы жұмаға", "2026-11-27"),
            ("осы аптаның жұмасына", "2026-11-27"),
            ("келесі аптаның сейсенбісіне", "2026-12-01"),
            ("келесі жұма", "2026-12-04"),
            ("алдағы бейсенбі күні", "2026-11-26"),
            ("келесі аптадағы жұма", "2026-12-04"),
            ("сәрсенбіде келесі аптада", "2026-12-02"),
            ("во вторник", "2026-11-24"),
            ("в среду пожалуйста", "2026-11-25"),
            ("к пятнице", "2026-11-27"),
            ("в воскресенье", "2026-11-29"),
            ("в ближайшую субботу", "2026-11-28"),
            ("в следующий понедельник", "2026-11-30"),
            ("в среду на следующей неделе", "2026-12-02"),
            ("на этой неделе в четверг", "2026-11-26"),
            ("пятницада", "2026-11-27"),
            ("понедельникке", "2026-11-30"),
            ("келесі среда", "2026-12-02"),
            ("на следующей неделе сәрсенбіде", "2026-12-02"),
            ("следующий аптада в пятницу", "2026-12-04"),
            ("завтра во вторник", "2026-11-24"),
            ("в пятницу двадцать седьмого", "2026-11-27"),
            ("жұма жиырма жетінші қараша", "2026-11-27"),
        ],
    );
}

#[test]
fn days_of_the_month() {
    check(
        "date",
        &[
            ("пятнадцатого марта", "2027-03-15"),
            ("к пятнадцатому марта", "2027-03-15"),
            ("марта пятнадцатого", "2027-03-15"),
            ("15 марта", "2027-03-15"),
            ("наурыз 15", "2027-03-15"),
            ("15-го марта", "2027-03-15"),
            ("25 декабря", "2026-12-25"),
            ("он бесінші наурызға", "2027-03-15"),
            ("он бес наурыз", "2027-03-15"),
            ("15 наурызда", "2027-03-15"),
            ("15-ші наурыз", "2027-03-15"),
            ("наурыздың 15-іне", "2027-03-15"),
            ("наурыз айының он бесінде", "2027-03-15"),
            ("желтоқсанның бірінші жұлдызында", "2026-12-01"),
            ("марттың он бесі", "2027-03-15"),
            ("двадцать пятое қараша", "2026-11-25"),
            ("24.11", "2026-11-24"),
            ("на 24.11.2026", "2026-11-24"),
            ("24/11/26", "2026-11-24"),
            ("2026-11-24", "2026-11-24"),
            ("24-11-2026", "2026-11-24"),
            ("пятое первое", "2027-01-05"),
            ("пятое ноль первое", "2027-01-05"),
            ("первого второго две тысячи двадцать седьмого года", "2027-02-01"),
            ("двадцать третьего", "2026-11-23"),
            ("двадцать второго", "2026-12-22"),
            ("тридцать первого", "2026-12-31"),
            ("на двадцать шестое", "2026-11-26"),
            ("к двадцать шестому числу", "2026-11-26"),
            ("26 числа", "2026-11-26"),
            ("26-го", "2026-11-26"),
            ("отызыншысына", "2026-11-30"),
            ("жиырма алтысына", "2026-11-26"),
            ("25-іне", "2026-11-25"),
            ("бесінші күні", "2026-12-05"),
            ("жиырма бесінші жұлдызына", "2026-11-25"),
            ("осы айдың жиырма жетісі", "2026-11-27"),
            ("келесі айдың онына", "2026-12-10"),
            ("следующего месяца пятого числа", "2026-12-05"),
            ("пятого следующего месяца", "2026-12-05"),
            ("айдың соңғы күні", "2026-11-30"),
            ("в последний день месяца", "2026-11-30"),
            ("бесінші қаңтар екі мың жиырма жетінші жыл", "2027-01-05"),
            ("2027 жылы бесінші қаңтарда", "2027-01-05"),
            ("2027 жылғы 5 қаңтар", "2027-01-05"),
            ("пятого января 2027 года", "2027-01-05"),
            ("пятого января двадцать восьмого года", "2028-01-05"),
            ("пятого января следующего года", "2027-01-05"),
            ("келесі жылдың бесінші қаңтары", "2027-01-05"),
            ("пятое января две тысячи двадцать седьмого", "2027-01-05"),
            ("двадцать девятого февраля", "2028-02-29"),
            ("жиырма тоғызыншы ақпан", "2028-02-29"),
            ("двадцать третьего ноября", "2026-11-23"),
            ("двадцать второго ноября", "2027-11-22"),
        ],
    );
}

#[test]
fn days_that_no_calendar_has_mean_nothing() {
    check(
        "date",
        &[
            ("тридцатого февраля", "-"),
            ("отызыншы ақпанға", "-"),
            ("тридцать первого ноября", "-"),
            ("сорок пятого марта", "-"),
            ("двадцать девятого февраля две тысячи двадцать седьмого года", "-"),
            ("29.02.2027", "-"),
            ("31.11", "-"),
            ("2026-11-31", "-"),
            ("ақпанның отызы", "-"),
            ("отыз екісі", "-"),
            ("в начале десятого", "-"),
            ("в третьем часу", "-"),
        ],
    );
}

#[test]
fn what_names_no_single_day_is_a_range_or_a_wish() {
    check(
        "date",
        &[
            ("в конце месяца", "?range:2026-11-26..2026-11-30"),
            ("ай соңында", "?range:2026-11-26..2026-11-30"),
            ("в начале месяца", "?range:2026-12-01..2026-12-05"),
            ("айдың басында", "?range:2026-12-01..2026-12-05"),
            ("в середине декабря", "?range:2026-12-13..2026-12-17"),
            ("желтоқсанның ортасында", "?range:2026-12-13..2026-12-17"),
            ("в начале следующего месяца", "?range:2026-12-01..2026-12-05"),
            ("келесі айдың аяғында", "?range:2026-12-27..2026-12-31"),
            ("на следующей неделе", "?range:2026-11-30..2026-12-06"),
            ("келесі аптада", "?range:2026-11-30..2026-12-06"),
            ("осы аптада", "?range:2026-11-23..2026-11-29"),
            ("в конце недели", "?range:2026-11-27..2026-11-29"),
            ("на выходных", "?range:2026-11-28..2026-11-29"),
            ("в эти выходные", "?range:2026-11-28..2026-11-29"),
            ("демалыс күндері", "?range:2026-11-28..2026-11-29"),
            ("в декабре", "?range:2026-12-01..2026-12-31"),
            ("желтоқсанда", "?range:2026-12-01..2026-12-31"),
            ("желтоқсан айында", "?range:2026-12-01..2026-12-31"),
            ("в первых числах декабря", "?range:2026-12-01..2026-12-05"),
            ("в течение недели", "?range:2026-11-23..2026-11-30"),
            ("үш күн ішінде", "?range:2026-11-23..2026-11-26"),
            ("келесі айда", "?range:2026-12-01..2026-12-31"),
            ("с понедельника по среду", "?range:2026-11-30..2026-12-02"),
            ("с двадцать пятого по двадцать восьмое ноября", "?range:2026-11-25..2026-11-28"),
            ("сәрсенбіден жұмаға дейін", "?range:2026-11-25..2026-11-27"),
            ("до пятницы", "?range:2026-11-23..2026-11-27"),
            ("жұмаға дейін", "?range:2026-11-23..2026-11-27"),
            ("до конца недели", "?range:2026-11-23..2026-11-29"),
            ("после пятницы", "?range:2026-11-28..2026-12-04"),
            ("жұмадан кейін", "?range:2026-11-28..2026-12-04"),
            ("дүйсенбіден бастап", "?range:2026-11-30..2026-12-06"),
            ("мне все равно", "?any"),
            ("маған бәрібір", "?any"),
            ("кез келген күн", "?any"),
            ("кез келген күнге жазыңыз", "?any"),
            ("любой день", "?any"),
            ("қай күн болса да", "?any"),
            ("айырмашылығы жоқ", "?any"),
            ("тезірек", "?earliest"),
            ("мүмкіндігінше тезірек", "?earliest"),
            ("ең жақын уақытқа", "?earliest"),
            ("на ближайшее время", "?earliest"),
            ("как можно скорее", "?earliest"),
            ("самый ранний день", "?earliest"),
            ("бірінші бос күнге", "?earliest"),
        ],
    );
}

#[test]
fn what_is_denied_is_not_read() {
    check(
        "date",
        &[
            ("не в пятницу", "-"),
            ("не завтра а в пятницу", "2026-11-27"),
            ("ертең емес бүрсігүні", "2026-11-25"),
            ("завтра нет послезавтра", "2026-11-25"),
            ("ертең не бүрсігүні", "?2026-11-24|2026-11-25"),
            ("завтра не могу давайте в среду", "2026-11-25"),
            ("в любой день кроме пятницы", "?any"),
        ],
    );
    check("time", &[("не в десять а в одиннадцать", "11:00"), ("тоғызда емес онға", "10:00")]);
}

#[test]
fn hours_and_minutes() {
    check(
        "time",
        &[
            ("в девять", "09:00"),
            ("на десять", "10:00"),
            ("десять", "10:00"),
            ("он бірге", "11:00"),
            ("тоғыз", "09:00"),
            ("үште", "15:00"),
            ("сағат бірде", "13:00"),
            ("сағат бірге", "13:00"),
            ("сағат екі", "14:00"),
            ("сағат үш жарымда", "15:30"),
            ("сағат он төрт отызда", "14:30"),
            ("он алты он бесте болады", "16:15"),
            ("он бір нөл нөлде", "11:00"),
            ("тоғыз нөл бес", "09:05"),
            ("девять ноль пять", "09:05"),
            ("девять ноль ноль", "09:00"),
            ("девять тридцать", "09:30"),
            ("в десять тридцать", "10:30"),
            ("в десять часов тридцать минут", "10:30"),
            ("в час тридцать", "13:30"),
            ("час дня", "13:00"),
            ("в два часа дня", "14:00"),
            ("в девять утра", "09:00"),
            ("утром в девять", "09:00"),
            ("в шесть часов вечера", "18:00"),
            ("вечером в семь", "19:00"),
            ("в восемь утра", "08:00"),
            ("в три ночи", "03:00"),
            ("кешкі алтыда", "18:00"),
            ("кешке сағат жетіде", "19:00"),
            ("таңертең сағат онда", "10:00"),
            ("түстен кейін үште", "15:00"),
            ("түскі екіге", "14:00"),
            ("түнгі екіде", "02:00"),
            ("16:15", "16:15"),
            ("16.15", "16:15"),
            ("в 16:15", "16:15"),
            ("9:30-да", "09:30"),
            ("10-ға", "10:00"),
            ("в 9", "09:00"),
            ("в 15 часов", "15:00"),
            ("в 10 30", "10:30"),
            ("в девять с половиной", "09:30"),
            ("полдесятого", "09:30"),
            ("в пол десятого", "09:30"),
            ("в половине первого", "12:30"),
            ("в полвторого", "13:30"),
            ("пять минут второго", "13:05"),
            ("четверть пятого", "16:15"),
            ("без пяти минут три", "14:55"),
            ("без двадцати пять", "16:40"),
            ("без четверти час", "12:45"),
            ("без четверти шесть вечера", "17:45"),
            ("бірге он минут қалғанда", "12:50"),
            ("онға ширек қалғанда", "09:45"),
            ("үштен он минут өткенде", "15:10"),
            ("оннан бес минут кетті", "10:05"),
            ("тал түсте", "12:00"),
            ("в три сағатта", "15:00"),
            ("сағат десятьте", "10:00"),
            ("тоғыз тридцать", "09:30"),
            ("дәл онда", "10:00"),
            ("ровно в двенадцать", "12:00"),
            ("в восемь", "20:00"),
            ("в двадцать один час", "21:00"),
        ],
    );
}

#[test]
fn about_an_hour_and_around_it() {
    check(
        "time",
        &[
            ("около трех", "~15:00"),
            ("к трем", "~15:00"),
            ("к трём часам", "~15:00"),
            ("примерно в десять", "~10:00"),
            ("где-то в четыре", "~16:00"),
            ("часов в десять", "~10:00"),
            ("часам к пяти", "~17:00"),
            ("шамамен сағат онда", "~10:00"),
            ("сағат онның шамасында", "~10:00"),
            ("сағат үштер шамасында", "~15:00"),
            ("үшке таман", "~15:00"),
            ("сағат төртке қарай", "~16:00"),
            ("онға жақын", "~10:00"),
            ("через час", "~11:00"),
            ("через полчаса", "~10:30"),
            ("екі сағаттан кейін", "~12:00"),
            ("жарты сағаттан кейін", "~10:30"),
            ("через пятнадцать минут", "~10:15"),
        ],
    );
}

#[test]
fn windows_and_ranges() {
    check(
        "time",
        &[
            ("таңертең", "?window:09:00-12:00"),
            ("с утра", "?window:09:00-12:00"),
            ("с утра пораньше", "?window:09:00-12:00"),
            ("днем", "?window:12:00-17:00"),
            ("вечером", "?window:17:00-20:00"),
            ("ближе к вечеру", "?window:17:00-20:00"),
            ("кешке", "?window:17:00-20:00"),
            ("түске дейін", "?window:09:00-13:00"),
            ("в первой половине дня", "?window:09:00-13:00"),
            ("во второй половине дня", "?window:14:00-18:00"),
            ("күннің екінші жартысында", "?window:14:00-18:00"),
            ("түстен соң", "?window:14:00-18:00"),
            ("после работы", "?window:18:00-20:00"),
            ("с десяти до двенадцати", "?window:10:00-12:00"),
            ("с 10 до 12", "?window:10:00-12:00"),
            ("с двух до четырех", "?window:14:00-16:00"),
            ("с девяти до шести", "?window:09:00-18:00"),
            ("с девяти утра до двух дня", "?window:09:00-14:00"),
            ("с восьми до двенадцати", "?window:08:00-12:00"),
            ("между двумя и тремя", "?window:14:00-15:00"),
            ("оннан он екіге дейін", "?window:10:00-12:00"),
            ("сағат екіден төртке дейін", "?window:14:00-16:00"),
            ("он мен он екінің арасында", "?window:10:00-12:00"),
            ("до трех", "?window:09:00-15:00"),
            ("үшке дейін", "?window:09:00-15:00"),
            ("после трех", "?window:15:00-20:00"),
            ("сағат тоғыздан кейін", "?window:09:00-20:00"),
            ("не раньше одиннадцати", "?window:11:00-20:00"),
            ("в любое время", "?any"),
            ("кез келген уақытта", "?any"),
            ("бәрібір", "?any"),
            ("как можно раньше", "?earliest"),
            ("тезірек", "?earliest"),
            ("13:00-15:00", "?window:13:00-15:00"),
            ("в третьем часу", "?window:14:00-15:00"),
            ("в десятом часу утра", "?window:09:00-10:00"),
            ("с утра до обеда", "?window:09:00-13:00"),
            ("түскі астан кейін", "?window:14:00-18:00"),
            ("сағат жиырма бесте", "-"),
            ("в рабочий день", "-"),
            ("доброе утро", "-"),
            ("қайырлы кеш", "-"),
        ],
    );
}

#[test]
fn what_names_neither_day_nor_hour_is_not_read() {
    let lines = [
        "онда",
        "бірге барамыз",
        "бірден айтыңыз",
        "екі адам",
        "екі адамға жазыңыз",
        "балам үшін",
        "үш бала",
        "алтын",
        "среди них",
        "субботник",
        "мамыражай",
        "меня зовут марта",
        "тамызық",
        "жұмысқа",
        "екінші топтағы мүгедек",
        "бірінші рет",
        "бірінші бөлімше",
        "первый раз",
        "с первого раза",
        "второго ребенка",
        "на двух человек",
        "на два человека",
        "в двух экземплярах",
        "в одну организацию",
        "два документа",
        "маған екі құжат керек",
        "мне тридцать пять лет",
        "отыз бес жаста",
        "он бес минут күттім",
        "үш сағат күттім",
        "он пришел",
        "улица абая десять",
        "восемь семьсот один два три четыре пять",
        "8 701 234 05 06",
        "850412100429",
        "две тысячи тенге",
        "пять процентов",
        "паспорт жасатуға",
        "иә дұрыс",
        "нет спасибо",
        "скорее всего",
        "я не могу",
        "оны білмеймін",
        "екісі де",
        "день рождения",
        "апта бойы",
    ];
    let read: Vec<String> = lines
        .iter()
        .map(|line| format!("{line}: {} {}", told("date", line), told("time", line)))
        .filter(|told| !told.ends_with(": - -"))
        .collect();
    assert_eq!(read, [""; 0]);
}

#[test]
fn a_doubt_is_told() {
    let sure = |line: &str| dates(&words(line), &monday()).first().map(|reading| reading.sure);
    for line in ["в понедельник", "в следующую пятницу", "келесі жұма", "осы дүйсенбі", "через день", "в среду двадцать четвертого ноября"]
    {
        assert_eq!(sure(line), Some(Sure::Doubtfully), "{line}");
    }
    for line in
        ["в пятницу", "келесі дүйсенбі", "в эту пятницу", "двадцать пятого", "келесі аптада сәрсенбіде", "во вторник двадцать четвертого"]
    {
        assert_eq!(sure(line), Some(Sure::Plainly), "{line}");
    }
    assert_eq!(sure("через пару дней"), Some(Sure::Roughly));
}

#[test]
fn an_hour_of_either_half_of_the_day_is_a_question() {
    let time = |text| Time::parse(text).unwrap();
    let early = Context { opens: time("08:00"), ..monday() };
    assert_eq!(super::row("time", "в восемь", &early).as_deref(), Some("?08:00|20:00"));
    assert_eq!(super::row("time", "сағат сегіз жарымда", &early).as_deref(), Some("08:30"));
    let night = Context { opens: time("22:00"), closes: time("23:00"), ..monday() };
    assert_eq!(super::row("time", "в три", &night).as_deref(), Some("03:00"));
}

/// The words that were read: `[on which]`, `{at which}`.
fn marked(line: &str) -> String {
    let words = words(line);
    let (days, times) = days_and_times(&words, &monday());
    let spans = |at: usize, spans: &[Range<usize>], edge: fn(&Range<usize>) -> usize| spans.iter().any(|span| edge(span) == at);
    let days: Vec<Range<usize>> = days.into_iter().map(|day| day.words).collect();
    let times: Vec<Range<usize>> = times.into_iter().map(|time| time.words).collect();
    let one = |(at, word): (usize, &String)| {
        let open = if spans(at, &days, |span| span.start) {
            "["
        } else if spans(at, &times, |span| span.start) {
            "{"
        } else {
            ""
        };
        let close = if spans(at + 1, &days, |span| span.end) {
            "]"
        } else if spans(at + 1, &times, |span| span.end) {
            "}"
        } else {
            ""
        };
        format!("{open}{word}{close}")
    };
    words.iter().enumerate().map(one).collect::<Vec<_>>().join(" ")
}

#[test]
fn one_utterance_gives_its_day_and_its_hour() {
    for (line, expected) in [
        ("ертеңге сағат онға Астанада", "[ертеңге] {сағат онға} астанада"),
        ("цонға очередь брондайын деп едім ертеңге", "цонға очередь брондайын деп едім [ертеңге]"),
        ("запишите на пятницу в десять утра в Алматы", "запишите [на пятницу] {в десять утра} в алматы"),
        ("в пятницу десять минут четвертого", "[в пятницу] {десять минут четвертого}"),
        ("двадцать пятого в половине десятого", "[двадцать пятого] {в половине десятого}"),
        ("жиырма бесінде он бір жарымда", "[жиырма бесінде] {он бір жарымда}"),
        ("завтра утром", "[завтра] {утром}"),
        ("ертең таңертең тоғызда", "[ертең] {таңертең тоғызда}"),
        ("24.11 в 10.30", "[24.11] {в 10.30}"),
        ("завтра в 10.11", "[завтра] {в 10.11}"),
        ("в среду как можно раньше", "[в среду] {как можно раньше}"),
        ("как можно раньше в десять", "[как можно раньше] {в десять}"),
        (
            "пятнадцатого марта две тысячи двадцать седьмого года в девять ноль пять",
            "[пятнадцатого марта две тысячи двадцать седьмого года] {в девять ноль пять}",
        ),
        (
            "екі мың жиырма жетінші жылғы он бесінші наурызда сағат он беске",
            "[екі мың жиырма жетінші жылғы он бесінші наурызда] {сағат он беске}",
        ),
        ("с понедельника по среду с десяти до двенадцати", "[с понедельника по среду] {с десяти до двенадцати}"),
        ("бүрсігүні түстен кейін үшке дейін", "[бүрсігүні] {түстен кейін үшке дейін}"),
        ("на завтра на пять вечера", "[на завтра] {на пять вечера}"),
    ] {
        assert_eq!(marked(line), expected);
    }
}

/// Every day of these years.
fn every_day() -> impl Iterator<Item = Date> {
    let first = Date::parse("2026-01-01").unwrap();
    (0..).map(move |days| first.plus_days(days).unwrap()).take_while(|day| day.year() < 2029)
}

/// Every form in which we say a day, and whether the year is in it.
fn forms(day: Date) -> Vec<(String, Year)> {
    let inflections = Kk::ALL.map(Inflection::Kk).into_iter().chain(Ru::ALL.map(|case| Inflection::Ru(case, Gender::Neuter)));
    let years = [Year::Unsaid, Year::Said];
    let dates = inflections.flat_map(|form| years.map(|year| (say::date(day, year, form).text(), year)));
    let weekdays = Lang::ALL.into_iter().flat_map(|lang| years.map(|year| (say::weekday_date(lang, day, year).text(), year)));
    dates.chain(weekdays).collect()
}

/// A day from which this is the next such one.
fn some_days_before(day: Date) -> Date {
    day.plus_days(-(i32::from(day.day()) * 11 % 360)).unwrap()
}

fn reads_as(spoken: &[String], today: Date, day: Date) -> bool {
    let context = Context { today, ..monday() };
    let found = Reading { value: Day::On(day), words: 0..spoken.len(), sure: Sure::Plainly };
    dates(spoken, &context).contains(&found)
}

#[test]
fn every_day_that_we_say_is_understood() {
    for day in every_day() {
        for (text, year) in forms(day) {
            let today = if year == Year::Said { monday().today } else { some_days_before(day) };
            assert!(reads_as(&words(&text), today, day), "{text}: {:?}", dates(&words(&text), &Context { today, ..monday() }));
        }
        for lang in Lang::ALL {
            let text = say::weekday(lang, day).text();
            assert!(reads_as(&words(&text), day.plus_days(-1 - i32::from(day.day()) % 6).unwrap(), day), "{text}");
        }
    }
}

/// The word of the other language, for every numeral, month and day of the week that has one.
fn counterparts() -> BTreeMap<String, String> {
    let last = |text: String| text.split(' ').next_back().unwrap().replace('ё', "е");
    let mut pairs = BTreeMap::new();
    let genitive = Inflection::Ru(Ru::Genitive, Gender::Neuter);
    for month in 1..=12 {
        let day = Date::new(2026, month, 1).unwrap();
        let russian = last(say::date(day, Year::Unsaid, genitive).text());
        pairs.insert(russian.clone(), last(say::date(day, Year::Unsaid, Inflection::plain(Lang::Kk)).text()));
        pairs.extend(Kk::ALL.map(|case| (last(say::date(day, Year::Unsaid, Inflection::Kk(case)).text()), russian.clone())));
    }
    for day in 23..=29 {
        let day = Date::new(2026, 11, day).unwrap();
        let kazakh = say::weekday(Lang::Kk, day).text().split(' ').next().unwrap().to_owned();
        pairs.extend([(kazakh.clone(), last(say::weekday(Lang::Ru, day).text())), (last(say::weekday(Lang::Ru, day).text()), kazakh)]);
    }
    for number in (1..=9).chain([20, 30, 1000]) {
        let kazakh = last(say::cardinal(number, Inflection::plain(Lang::Kk)).text());
        let ordinal = last(say::ordinal(number, Inflection::plain(Lang::Kk)).text());
        pairs.insert(kazakh.clone(), last(say::cardinal(number, Inflection::plain(Lang::Ru)).text()));
        pairs.insert(ordinal.clone(), last(say::ordinal(number, genitive).text()));
        pairs.extend(Ru::ALL.map(|case| (last(say::cardinal(number, Inflection::Ru(case, Gender::Feminine)).text()), kazakh.clone())));
        pairs.extend(Ru::ALL.map(|case| (last(say::ordinal(number, Inflection::Ru(case, Gender::Neuter)).text()), ordinal.clone())));
    }
    pairs
}

#[test]
fn every_day_is_understood_with_one_word_of_the_other_language() {
    let counterparts = counterparts();
    let mut swapped = 0;
    for (count, day) in every_day().enumerate() {
        for (text, year) in forms(day).into_iter().skip(count % 3).step_by(3) {
            let today = if year == Year::Said { monday().today } else { some_days_before(day) };
            let spoken = words(&text);
            for at in 0..spoken.len() {
                let Some(other) = counterparts.get(&spoken[at]) else { continue };
                let mut mixed = spoken.clone();
                mixed[at] = other.clone();
                swapped += 1;
                assert!(reads_as(&mixed, today, day), "{}: {:?}", mixed.join(" "), dates(&mixed, &Context { today, ..monday() }));
            }
        }
    }
    assert!(swapped > 30_000, "{swapped}");
}

#[test]
fn every_minute_that_we_say_is_understood() {
    let time = |hour, minute| Time::new(hour, minute).unwrap();
    let day = Context { opens: time(0, 0), closes: time(23, 59), ..monday() };
    for minute in 0..1440_u16 {
        let said = time((minute / 60) as u8, (minute % 60) as u8);
        for lang in Lang::ALL {
            let text = say::time(lang, said).text();
            let spoken = words(&text);
            let at = |time, context| {
                times(&spoken, context).contains(&Reading { value: Clock::At(time), words: 0..spoken.len(), sure: Sure::Plainly })
            };
            assert!(at(said, &day), "{text}: {:?}", times(&spoken, &day));
            let twin = time((said.hour() + 12) % 24, said.minute());
            let open = |time: Time| (monday().opens..=monday().closes).contains(&time);
            let meant = if (1..=12).contains(&said.hour()) && !open(said) && open(twin) { twin } else { said };
            assert!(at(meant, &monday()), "{text}: {:?}", times(&spoken, &monday()));
        }
    }
}

#[test]
fn every_range_of_hours_that_we_say_is_understood() {
    let time = |minute: u16| Time::new((minute / 60) as u8, (minute % 60) as u8).unwrap();
    let day = Context { opens: time(0), closes: time(1439), ..monday() };
    for (from, to) in (0..1439).step_by(7).flat_map(|from| (from + 1..1440).step_by(61).map(move |to| (time(from), time(to)))) {
        for lang in Lang::ALL {
            let text = say::range(lang, from, to).text();
            let spoken = words(&text);
            let found = Reading { value: Clock::Between(from, to), words: 0..spoken.len(), sure: Sure::Plainly };
            assert!(times(&spoken, &day).contains(&found), "{text}: {:?}", times(&spoken, &day));
        }
    }
}

/// Words that mean something here, and some that do not.
fn vocabulary() -> Vec<String> {
    let rows = read(include_str!("../../../../tests/tables/dates.tsv")).unwrap();
    let of_table = rows.iter().flat_map(|row| words(&row.input)).chain(rows.iter().flat_map(|row| words(&row.expected)));
    let more = "жұма екі мың тысяча жүз ноль нөл через не емес до с по между дейін кейін арғы после завтра 31 99 24.11 99.99.9999 25:61 15-ке астана";
    of_table.chain(words(more)).collect()
}

/// What is found stands in the line, in order, and no word is in two.
fn check_spans(len: usize, days: &[Reading<Day>], times: &[Reading<Clock>]) {
    let in_order = |spans: &[Range<usize>]| spans.windows(2).all(|pair| pair[0] == pair[1] || pair[0].end <= pair[1].start);
    let days: Vec<Range<usize>> = days.iter().map(|day| day.words.clone()).collect();
    let times: Vec<Range<usize>> = times.iter().map(|time| time.words.clone()).collect();
    assert!(in_order(&days) && in_order(&times));
    assert!(days.iter().chain(&times).all(|span| span.start < span.end && span.end <= len));
    assert!(days.iter().all(|day| times.iter().all(|time| day.end <= time.start || time.end <= day.start)));
}

/// So often is a word looked at, at most, for each word of a line.
const LOOKS_MAX: usize = 1500;

proptest! {
    #[test]
    fn any_soup_of_words_is_read_in_bounded_work(picks in prop::collection::vec(any::<prop::sample::Index>(), 0..=64), year in 1..=9999_u16, month in 1..=12_u8) {
        let vocabulary = vocabulary();
        let soup: Vec<String> = picks.iter().map(|pick| pick.get(&vocabulary).clone()).collect();
        let context = Context { today: Date::new(year, month, 28).unwrap(), ..monday() };
        let (days, times) = days_and_times(&soup, &context);
        check_spans(soup.len(), &days, &times);
        let line = Line::new(&soup);
        let (_, _) = (date::dates(&line, &context), time::times(&line, &context));
        prop_assert!(line.looks.get() <= LOOKS_MAX * soup.len(), "{} in {}", line.looks.get(), soup.len());
    }

    #[test]
    fn any_text_is_read(text in "\\PC{0,80}") {
        let words = words(&text);
        let (days, times) = days_and_times(&words, &monday());
        check_spans(words.len(), &days, &times);
    }
}

#[test]
fn one_word_over_and_over_is_bounded_work() {
    for word in vocabulary() {
        let soup = vec![word.clone(); 64];
        let line = Line::new(&soup);
        let (_, _) = (date::dates(&line, &monday()), time::times(&line, &monday()));
        assert!(line.looks.get() <= LOOKS_MAX * 64, "{word}: {}", line.looks.get());
    }
}

#[test]
fn the_days_of_the_week_are_in_order() {
    assert_eq!(Weekday::ALL.map(|day| day as u8), [0, 1, 2, 3, 4, 5, 6]);
}
