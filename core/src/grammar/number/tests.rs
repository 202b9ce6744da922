use std::fmt::Debug;

use super::super::{Reading, Sure, words};
use super::digits::{STEPS_MAX, searched};
use super::token::may_stand_alone;
use super::*;
use crate::citizen::{Iin, Phone};
use crate::lang::Lang;
use crate::spoken::russian::{self, Gender};
use crate::spoken::table::{Direction, read};
use crate::spoken::{self, Inflection, Money, kazakh};

const NUMBERS: &str = include_str!("../../../../tests/tables/numbers.tsv");

/// What a grammar reads in a line, as `value@words`, with `~` for roughly and `?` for doubtful.
fn told<T: Debug>(readings: &[Reading<T>]) -> String {
    let mark = |sure| match sure {
        Sure::Plainly => "",
        Sure::Doubtfully => "?",
        Sure::Roughly => "~",
    };
    let told =
        readings.iter().map(|reading| format!("{}{:?}@{}-{}", mark(reading.sure), reading.value, reading.words.start, reading.words.end));
    told.collect::<Vec<_>>().join(" ")
}

fn check<T: Debug>(grammar: impl Fn(&[String]) -> Vec<Reading<T>>, cases: &[(&str, &str)]) {
    let told = |line: &str| told(&grammar(&words(line)));
    let wrong: Vec<String> = cases
        .iter()
        .filter(|(line, expected)| told(line) != *expected)
        .map(|(line, expected)| format!("{line}: {expected} not {}", told(line)))
        .collect();
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn the_rows_of_the_table_are_understood() {
    let rows = read(NUMBERS).unwrap().into_iter().filter(|row| row.direction == Direction::Parse);
    let wrong: Vec<String> = rows
        .filter_map(|line| {
            let got = row(&line.kind, &line.input).unwrap_or_else(|| "nothing".to_owned());
            (got != line.expected).then(|| format!("{} {}: {} not {got}", line.id, line.input, line.expected))
        })
        .collect();
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn numbers_are_read_where_they_stand() {
    check(
        cardinals,
        &[
            ("екі адам үш күн", "2@0-1 3@2-3"),
            ("у меня двадцать пять человек", "25@2-4"),
            ("жиырма бірге дейін", "21@0-2"),
            ("жүз двадцать пять мың", "125000@0-4"),
            ("екі тысячи сорок бес", "2045@0-4"),
            ("миллион двести", "1000200@0-2"),
            ("тысяча", "1000@0-1"),
            ("пять сотен", "500@0-2"),
            ("15 тысяч", "15000@0-2"),
            ("1 500 000 теңге", "1500000@0-3"),
            ("1.5 миллиона", "1500000@0-2"),
            ("2.5 тысячи", "2500@0-2"),
            ("2.5", ""),
            ("15.000 теңге", "15000@0-1"),
            ("человек десять", "~10@0-2"),
            ("пять человек десять дней", "5@0-1 10@2-3"),
            ("полторы тысячи", "1500@0-2"),
            ("два с половиной миллиона", "2500000@0-4"),
            ("екі жарым мың", "2500@0-3"),
            ("бір жарым", ""),
            ("два с половиной", ""),
            ("двое детей", "2@0-1"),
            ("нас пятеро", "5@1-2"),
            ("үшеуіміз барамыз", "3@0-1"),
            ("около тысячи двухсот", "~1200@0-3"),
            ("тысячи три", "~3000@0-2"),
            ("пару тысяч", "~2000@0-2"),
            ("где то двадцать", "~20@0-3"),
            ("жүз шақты", "~100@0-2"),
            ("елудей", "~50@0-1"),
            ("жиырмалар шамасында", "~20@0-2"),
            ("несколько тысяч", ""),
            ("двадцать три сорок пять", "?23@0-2 ?45@2-4"),
            ("тоқсан бес жүз", "?90@0-1 ?500@1-3"),
            ("жиырма бірінші", ""),
            ("десять пять", "?10@0-1 ?5@1-2"),
            ("десять бес", "15@0-2"),
            ("тыща двести", "1200@0-2"),
            ("двацать восемсот", "?20@0-1 ?800@1-2"),
            ("999999999999", "999999999999@0-1"),
            ("9999999999999", ""),
            ("999999999999 миллиардов полмиллиона", ""),
        ],
    );
}

#[test]
fn words_of_two_meanings_are_numbers_only_among_numbers() {
    check(
        cardinals,
        &[
            ("он", "10@0-1"),
            ("он теңге", "10@0-1"),
            ("маған он керек", "10@1-2"),
            ("а он когда будет готов", ""),
            ("он сказал завтра", ""),
            ("онда ертең келемін", ""),
            ("жиырма онда", "?20@0-1"),
            ("он алтыда", "16@0-2"),
            ("бірге барамыз", ""),
            ("отыз бірге", "31@0-2"),
            ("балам үшін", ""),
            ("бірақ мен білмеймін", ""),
            ("сағат онда", "10@1-2"),
            ("стоп", ""),
            ("один момент", ""),
            ("бір минут", ""),
            ("мың рақмет", ""),
            ("моя семья", ""),
            ("на семью", ""),
            ("іс жүзінде", ""),
            ("жүзеге асыру", ""),
            ("біреу қоңырау шалды", ""),
            ("біреу", "1@0-1"),
        ],
    );
}

#[test]
fn which_of_several_is_chosen() {
    check(
        choices,
        &[
            ("екіншісі", "2@0-1"),
            ("екіншісін таңдаймын", "2@0-1"),
            ("жиырма первый", "21@0-2"),
            ("двадцать бірінші", "21@0-2"),
            ("вариант три", "3@0-2"),
            ("под номером два", "2@1-3"),
            ("номер 2", "2@0-2"),
            ("вариант номер пять", "5@0-3"),
            ("нөмірі екі", "2@0-2"),
            ("екінші нөмір", "2@0-1"),
            ("я третий раз звоню", ""),
            ("третий", "3@0-1"),
            ("2 й вариант", "2@0-2"),
            ("5-ші", "5@0-2"),
            ("давайте второе", "2@1-2"),
            ("третью пожалуйста", "3@0-1"),
            ("екіні таңдаймын", "2@0-1"),
            ("пятёрку", "5@0-1"),
            ("во-первых мне нужно", ""),
            ("у меня два ребёнка", ""),
            ("двухсотпервый", ""),
            ("две тысячи двадцать шестого", "2026@0-4"),
            ("екі мың жиырма алтыншы", "2026@0-4"),
        ],
    );
}

#[test]
fn sums_and_percentages() {
    let sum = |text: &str| Money::parse(text).unwrap();
    for (line, expected) in [
        ("бес теңге елу тиын", Some(sum("5.50"))),
        ("он мың теңгені төледім", Some(sum("10000"))),
        ("семнадцать тысяч триста тенге", Some(sum("17300"))),
        ("полтора миллиона тенге", Some(sum("1500000"))),
        ("елу тиын", Some(sum("0.50"))),
        ("5000 тг", Some(sum("5000"))),
        ("пятьсот", None),
    ] {
        assert_eq!(sums(&words(line)).first().map(|reading| reading.value), expected, "{line}");
    }
    check(
        percents,
        &[
            ("20%", "20@0-1"),
            ("жүз пайызы", "100@0-2"),
            ("процентов двадцать", "~20@0-2"),
            ("двадцать один процент", "21@0-3"),
            ("двадцать", ""),
        ],
    );
}

fn row_values(line: &str, length: usize) -> Vec<String> {
    rows(&words(line), length, length).into_iter().map(|reading| reading.value).collect()
}

#[test]
fn a_row_of_digits_has_every_reading() {
    let all: Vec<String> = rows(&words("сегіз жүз елу төрт"), 1, 12).into_iter().map(|reading| reading.value).collect();
    for reading in ["854", "80054", "810054", "8154", "8504", "8100504", "800504", "81504"] {
        assert!(all.iter().any(|row| row == reading), "{reading}: {all:?}");
    }
    assert_eq!((all.len(), all[0].as_str()), (8, "854"));
    check(
        |words| rows(words, 1, 12),
        &[
            ("сто один", r#""101"@0-2 ?"1001"@0-2"#),
            ("три нуля пять", r#""0005"@0-3"#),
            ("пятью", ""),
            ("пять нуля", r#""00000"@0-2"#),
            ("нуля пять", ""),
        ],
    );
    assert_eq!(row_values("а он когда придет", 2), [""; 0]);
    assert_eq!(row_values("екі нөл", 2), ["20", "00"]);
    assert_eq!(row_values("екі семёрка", 2), ["77", "27"]);
    assert_eq!(row_values("сто один", 4), ["1001"]);
}

#[test]
fn what_stands_between_groups_is_passed_over() {
    for (line, row) in [
        ("восемьдесят пять ээ ноль четыре дальше двенадцать", "850412"),
        ("сексен бес сосын нөл төрт одан кейін он екі", "850412"),
        ("двадцать потом пять потом ноль четыре двенадцать", "2050412"),
        ("номер 85 04 12", "850412"),
        ("85-04 двенадцать", "850412"),
        ("0 0 2 5 1 2", "002512"),
        ("002512", "002512"),
    ] {
        assert_eq!(row_values(line, row.len()).first().map(String::as_str), Some(row), "{line}");
    }
    check(|words| rows(words, 2, 12), &[("сорок мне двадцать", r#""40"@0-1 "20"@2-3"#), ("двадцать потом пять", r#""205"@0-3"#)]);
}

#[test]
fn a_correction_takes_words_back() {
    for (line, row) in [
        ("восемь пять ноль три нет четыре", "8504"),
        ("сегіз бес нөл үш жоқ төрт бір екі", "850412"),
        ("восемьдесят пять ноль три ой ноль четыре двенадцать", "850412"),
        ("один два три нет восемь пять ноль четыре", "8504"),
    ] {
        let found = rows(&words(line), row.len(), row.len());
        assert!(found.iter().any(|reading| reading.value == row), "{line}: {found:?}");
        assert!(found.iter().all(|reading| reading.sure == Sure::Doubtfully), "{line}");
    }
    assert_eq!(row_values("пять нет пять нет пять нет пять", 1), [""; 0], "who corrects three times is asked again");
}

#[test]
fn identifiers_come_with_their_checks() {
    let line = "менің жсн-ім сегіз жүз елу төрт жүз он екі жүз төрт жүз жиырма тоғыз";
    let found = iins(&words(line));
    assert!(found.iter().any(|reading| reading.value == Iin::parse("850412100429").unwrap()));
    assert_eq!(told(&iins(&words("восемь пять ноль четыре один два один ноль ноль четыре два восемь"))), "");
    assert_eq!(
        applications(&words("ноль ноль два пятьсот двенадцать триста сорок пять шестьсот семьдесят восемь"))[0].value.digits(),
        "002512345678"
    );
    for line in [
        "восемь семьсот один двести тридцать четыре ноль пять ноль шесть",
        "плюс семь семьсот один двести тридцать четыре ноль пять ноль шесть",
        "жеті жүз бір екі жүз отыз төрт нөл бес нөл алты",
        "мой телефон +7 701 234-05-06",
        "87012340506",
        "сегіз жеті жүз бір двести тридцать четыре нөл бес ноль шесть",
    ] {
        let found = phones(&words(line));
        assert_eq!(found[0].value, Phone::parse("+77012340506").unwrap(), "{line}");
        assert_eq!(found[0].sure, Sure::Plainly, "{line}");
    }
    assert_eq!(
        phones(&words("плюс сорок девять сто пятьдесят один двенадцать тридцать четыре пятьдесят шесть семьдесят восемь"))[0].value,
        Phone::parse("+4915112345678").unwrap()
    );
    assert_eq!(phones(&words("четырнадцать четырнадцать")), []);
}

#[test]
fn no_utterance_costs_more_than_its_bound() {
    for line in [
        "жүз ",
        "екі жүз ",
        "жүз бір ",
        "сто один ",
        "тысяча сто двадцать ",
        "бір нет ",
        "5 жүз ",
        "миллион жүз нөл ",
        "үш нөл ",
        "два нуля ",
        "99999999999999999999 ",
        "он бес ",
    ] {
        for (lengths, taken) in [(12..=12, true), (1..=32, true), (12..=12, false), (1..=32, false)] {
            let (found, steps) = searched(&words(&line.repeat(64)), |_| taken, lengths);
            assert!(steps <= STEPS_MAX + 10_000, "{line}: {steps}");
            assert!(found.len() <= READINGS_MAX, "{line}");
        }
    }
}

fn inflections(lang: Lang) -> Vec<Inflection> {
    match lang {
        Lang::Kk => kazakh::Case::ALL.map(Inflection::Kk).into(),
        Lang::Ru => russian::Case::ALL.into_iter().flat_map(|case| Gender::ALL.map(|gender| Inflection::Ru(case, gender))).collect(),
    }
}

/// The number that the whole line is.
fn whole(words: &[String], readings: &[Reading<u64>]) -> Option<u64> {
    readings.iter().find(|reading| reading.words == (0..words.len())).map(|reading| reading.value)
}

#[test]
fn every_number_to_a_million_is_understood_as_it_is_said() {
    for lang in Lang::ALL {
        let text = |number| spoken::cardinal(number, Inflection::plain(lang)).text();
        let group: Vec<Vec<Token>> = (0..1000).map(|number| tokens(&words(&text(number)))).collect();
        let thousands: Vec<Vec<Token>> = (1..1000).map(|number| tokens(&words(&text(number * 1000)))).collect();
        for number in (1000..1_000_000).step_by(991).filter(|number| number % 1000 > 0) {
            assert_eq!(
                text(number),
                format!("{} {}", text(number / 1000 * 1000), text(number % 1000)),
                "thousands are said, then the rest"
            );
        }
        for number in 0..1_000_000_usize {
            let (high, low) = (number / 1000, number % 1000);
            let high = if high > 0 { thousands[high - 1].as_slice() } else { &[] };
            let low = if low > 0 || number == 0 { group[low].as_slice() } else { &[] };
            let split = split(&[high, low].concat());
            assert!(
                split.len() == 1 && split[0].0 == Number { value: number as u64, sure: Sure::Plainly, ordinal: false },
                "{number} {split:?}"
            );
        }
    }
}

/// All small numbers, and some of every size.
fn sample() -> impl Iterator<Item = u64> {
    (0..1000).chain((1000..1_000_000).step_by(1993)).chain((1_000_000..1_000_000_000_000).step_by(7_654_321_987))
}

#[test]
fn numbers_are_understood_in_every_case_and_gender() {
    let mut passed_over = Vec::new();
    for form in Lang::ALL.into_iter().flat_map(inflections) {
        for number in sample() {
            let text = spoken::cardinal(number, form).text();
            let words = words(&text);
            if words.len() == 1 && !may_stand_alone(&words, 0) {
                passed_over.push(text);
                continue;
            }
            assert_eq!(whole(&words, &cardinals(&words)), Some(number), "{text}");
        }
    }
    passed_over.dedup();
    assert_eq!(passed_over.join(" "), "бірге бірде онда бірден семью");
}

#[test]
fn ordinals_are_understood_in_every_case_and_gender() {
    for form in Lang::ALL.into_iter().flat_map(inflections) {
        for number in (1..1000).chain((1000..10_000).step_by(37)).chain((1000..20_000).step_by(1000)) {
            let words = words(&spoken::ordinal(number, form).text());
            assert_eq!(whole(&words, &ordinals(&words)), Some(number), "{words:?}");
        }
    }
}

fn nominative(lang: Lang, number: u64) -> String {
    spoken::cardinal(number, Inflection::plain(lang)).text()
}

/// Words of the one language and what can be said instead of them in the other: one word for one, and `екі жүз` or `он бір` for one.
fn counterparts() -> Vec<(Vec<String>, Vec<String>)> {
    let roots = (0..20).chain((20..100).step_by(10)).chain((100..1000).step_by(100));
    let pairs = roots.map(|root| Lang::ALL.map(|lang| words(&nominative(lang, root))));
    let scales = [1000, 1_000_000]
        .map(|scale| [vec![words(&nominative(Lang::Kk, scale)).remove(1)], words(&nominative(Lang::Ru, scale * 5))[1..].to_vec()]);
    let all: Vec<_> = pairs.chain(scales).flat_map(|[kk, ru]| [(kk.clone(), ru.clone()), (ru, kk)]).collect();
    all.into_iter().filter(|(one, other)| one != other).collect()
}

/// A line with what stands at a place said in the other language, where it can be.
fn swapped(said: &[String], at: usize, pairs: &[(Vec<String>, Vec<String>)]) -> Vec<Vec<String>> {
    let here = pairs.iter().filter(|(one, _)| said[at..].starts_with(one));
    here.map(|(one, other)| [&said[..at], other.as_slice(), &said[at + one.len()..]].concat()).collect()
}

#[test]
fn any_word_of_a_number_may_be_said_in_the_other_language() {
    let pairs = counterparts();
    let mut swaps = 0;
    for lang in Lang::ALL {
        for number in (0..1000).chain((1000..1_000_000).step_by(307)).chain([1_000_000, 21_000_021, 999_999_999]) {
            let said = words(&nominative(lang, number));
            for at in 0..said.len() {
                for mixed in swapped(&said, at, &pairs) {
                    assert_eq!(whole(&mixed, &cardinals(&mixed)), Some(number), "{mixed:?}");
                    swaps += 1;
                }
            }
        }
    }
    assert!(swaps > 30_000, "{swaps}");
}

#[test]
fn any_word_of_an_ordinal_may_be_said_in_the_other_language() {
    let pairs = counterparts();
    for number in 1..1000 {
        for lang in Lang::ALL {
            let said = words(&spoken::ordinal(number, Inflection::plain(lang)).text());
            for at in 0..said.len() - 1 {
                for mixed in swapped(&said, at, &pairs) {
                    assert_eq!(whole(&mixed, &ordinals(&mixed)), Some(number), "{mixed:?}");
                }
            }
        }
        let [kk, ru] = Lang::ALL.map(|lang| words(&spoken::ordinal(number, Inflection::plain(lang)).text()));
        if kk.len() == ru.len() {
            let mixed = [&kk[..kk.len() - 1], &ru[ru.len() - 1..]].concat();
            assert_eq!(whole(&mixed, &ordinals(&mixed)), Some(number), "{mixed:?}");
        }
    }
}

/// xorshift64*.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % bound
    }

    fn digits(&mut self, length: usize) -> String {
        (0..length).map(|_| char::from(b'0' + self.below(10) as u8)).collect()
    }

    fn iin(&mut self) -> String {
        loop {
            let (year, month, day) = (self.below(100), 1 + self.below(12), 1 + self.below(28));
            let row = format!("{year:02}{month:02}{day:02}{}{}", 1 + self.below(2), self.digits(5));
            if Iin::parse(&row).is_ok() {
                return row;
            }
        }
    }

    /// Groups of one, two, three or four digits; or of any.
    fn grouping(&mut self, length: usize) -> Vec<usize> {
        let size = self.below(5) as usize;
        let mut groups = Vec::new();
        let mut left = length;
        while left > 0 {
            let group = if size == 0 { 1 + self.below(3) as usize } else { size }.min(left);
            groups.push(group);
            left -= group;
        }
        groups
    }
}

/// A row said in groups, each as its noughts and then as a number, in a language or in both by turns.
fn said_in_groups(row: &str, groups: &[usize], mut lang: impl FnMut() -> Lang) -> String {
    let mut rest = row;
    let mut said = Vec::new();
    for length in groups {
        let (group, after) = rest.split_at(*length);
        let number = group.trim_start_matches('0');
        let lang = lang();
        said.extend((number.len()..group.len()).map(|_| nominative(lang, 0)));
        said.extend(number.parse().ok().map(|number| nominative(lang, number)));
        rest = after;
    }
    said.join(" ")
}

#[test]
fn rows_are_understood_in_every_grouping() {
    let mut dice = Dice(1414);
    for round in 0..3000 {
        let iin = dice.iin();
        let groups = dice.grouping(12);
        for said in [
            said_in_groups(&iin, &groups, || Lang::Kk),
            said_in_groups(&iin, &groups, || Lang::Ru),
            said_in_groups(&iin, &groups, || Lang::ALL[dice.below(2) as usize]),
        ] {
            let found = iins(&words(&said));
            assert!(found.iter().any(|reading| reading.value.digits() == iin), "round {round}: {said}");
        }
        let length = 4 + dice.below(5) as usize;
        let row = dice.digits(length);
        let groups = dice.grouping(length);
        for lang in Lang::ALL {
            let said = said_in_groups(&row, &groups, || lang);
            assert!(row_values(&said, length).contains(&row), "round {round}: {row} {said}");
        }
    }
}

#[test]
fn what_the_robot_says_digit_by_digit_is_understood() {
    let mut dice = Dice(77);
    for _ in 0..1000 {
        let (row, iin, phone) = (dice.digits(12), dice.iin(), Phone::parse(&format!("+77{}", dice.digits(9))).unwrap());
        for lang in Lang::ALL {
            let [row_said, iin_said, phone_said] =
                [spoken::digits(lang, &row), spoken::grouped_digits(lang, &iin), spoken::phone(lang, &phone)]
                    .map(|phrase| words(&phrase.text()));
            let application = &applications(&row_said)[0];
            assert_eq!((application.value.digits(), application.sure), (row.as_str(), Sure::Plainly), "{row_said:?}");
            assert!(iins(&iin_said).iter().any(|reading| reading.value.digits() == iin), "{iin_said:?}");
            let phones = phones(&phone_said);
            assert!(phones.iter().any(|reading| reading.value == phone), "{phone_said:?}");
        }
    }
}

#[test]
fn a_soup_of_words_is_read_without_harm() {
    let other = [
        "нет",
        "жоқ",
        "плюс",
        "ээ",
        "дальше",
        "мне",
        "номер",
        "теңге",
        "тиын",
        "пайыз",
        "процентов",
        "05",
        "1",
        "500",
        "+7",
        "1.5",
        "99999999999999999999",
        "й",
        "с",
        "половиной",
    ];
    let mut vocabulary = super::lexicon::vocabulary();
    vocabulary.extend(other.iter().flat_map(|word| vec![(*word).to_owned(); 60]));
    let mut dice = Dice(5);
    for _ in 0..3000 {
        let length = dice.below(64) as usize;
        let soup: Vec<String> = (0..length).map(|_| vocabulary[dice.below(vocabulary.len() as u64) as usize].clone()).collect();
        let spans = [cardinals(&soup), choices(&soup), percents(&soup)].concat().into_iter().map(|reading| reading.words);
        let rows = rows(&soup, 1, 12).into_iter().map(|reading| reading.words).chain(sums(&soup).into_iter().map(|reading| reading.words));
        assert!(spans.chain(rows).all(|span| span.start < span.end && span.end <= soup.len()), "{soup:?}");
        assert!(searched(&soup, |_| false, 12..=12).1 <= STEPS_MAX + 10_000);
        let _ = (phones(&soup), iins(&soup), applications(&soup));
    }
}
