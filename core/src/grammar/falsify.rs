//! False rows of digits: what an event log holds instead of what a caller keyed in.

use super::{Context, Grammar, readings};

/// So many candidates are tried. One in ten that looks like an IIN is one, and hardly any other row is one by accident.
const TRIES: u32 = 1000;

/// Another row of the same length, with which every one of these grammars does the same: what was a valid IIN is a valid IIN, what fitted nothing fits nothing.
///
/// A false IIN is of somebody born in the 1800s, as no living person is. The same row and seed give the same false row. One key alone names nobody and stays as it is.
pub fn falsified(row: &str, grammars: &[Grammar], context: &Context, seed: u64) -> String {
    if row.len() < 2 {
        return row.to_owned();
    }
    let alike = |candidate: &str| {
        candidate != row && grammars.iter().all(|grammar| fits(candidate, grammar, context) == fits(row, grammar, context))
    };
    let mut dice = Dice(seed ^ 0x9e37_79b9_7f4a_7c15);
    let iin = grammars.iter().any(|grammar| *grammar == Grammar::Iin && fits(row, grammar, context));
    let candidates = (0..TRIES).map(|_| if iin { dice.iin() } else { dice.digits(row.len()) });
    candidates.into_iter().find(|candidate| alike(candidate)).unwrap_or_else(|| "0".repeat(row.len()))
}

/// Another row whose groups are said in words of the same kind: a nought for a nought, a ten for a ten. So what could be read in two ways can still be. `None` when no such row does the same.
pub fn falsified_alike(row: &str, groups: &[usize], grammars: &[Grammar], context: &Context, seed: u64) -> Option<String> {
    let alike = |candidate: &str| {
        far(candidate, row) && grammars.iter().all(|grammar| fits(candidate, grammar, context) == fits(row, grammar, context))
    };
    let iin = grammars.iter().any(|grammar| *grammar == Grammar::Iin && fits(row, grammar, context));
    let mut dice = Dice(seed ^ 0x9e37_79b9_7f4a_7c15);
    let candidates = (0..TRIES).map(|_| dice.like(row, groups, iin));
    candidates.into_iter().find(|candidate| alike(candidate))
}

/// Whether half of the digits are others, so that nobody guesses the row from its false one.
fn far(candidate: &str, row: &str) -> bool {
    let others = candidate.bytes().zip(row.bytes()).filter(|(one, other)| one != other).count();
    others * 2 >= row.len()
}

fn fits(row: &str, grammar: &Grammar, context: &Context) -> bool {
    readings(row, grammar, context).is_some()
}

/// xorshift64*: enough to scatter digits, the same on every machine.
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

    /// Each digit by one that is said by the same kind of word. The seventh of an IIN is that of the 1800s.
    fn like(&mut self, row: &str, groups: &[usize], iin: bool) -> String {
        let mut left = groups.iter().flat_map(|length| (0..*length).rev());
        let digits = row.bytes().enumerate().map(|(at, digit)| match (digit, left.next().unwrap_or(0) % 3) {
            (b'0', _) => b'0',
            (_, 0) if iin && at == 6 => b'1' + self.below(2) as u8,
            (_, 0) => b'1' + self.below(9) as u8,
            (b'1', _) => b'1',
            (_, _) => b'2' + self.below(8) as u8,
        });
        digits.map(char::from).collect()
    }

    /// Looks like an IIN; its check digit is right one time in ten.
    fn iin(&mut self) -> String {
        let (year, month, day) = (self.below(100), 1 + self.below(12), 1 + self.below(28));
        format!("{year:02}{month:02}{day:02}{}{}", 1 + self.below(2), self.digits(5))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::context;
    use super::*;

    #[test]
    fn a_false_row_does_the_same_and_is_not_the_row() {
        let both = [Grammar::Iin, Grammar::Application];
        let context = context();
        let short = [Grammar::Digits { min: 2, max: 6 }];
        for (row, grammars) in
            [("990101100010", &both[..]), ("002512345678", &both[..]), ("99010110", &both[..]), ("12", &short[..]), ("1234567", &short[..])]
        {
            for seed in 0..50 {
                let other = falsified(row, grammars, &context, seed);
                assert_eq!(other.len(), row.len());
                assert_ne!(other, row);
                assert!(grammars.iter().all(|grammar| fits(&other, grammar, &context) == fits(row, grammar, &context)), "{row} {other}");
                assert_eq!(other, falsified(row, grammars, &context, seed));
            }
        }
    }

    #[test]
    fn a_false_iin_is_of_nobody_alive() {
        let other = falsified("850412100429", &[Grammar::Iin], &context(), 7);
        assert!(matches!(&other[6..7], "1" | "2"), "{other}");
    }

    #[test]
    fn a_row_alike_has_its_noughts_and_its_teens_where_they_were() {
        let other =
            falsified_alike("850412100429", &[2, 1, 1, 2, 2, 1, 1, 2], &[Grammar::Iin, Grammar::Application], &context(), 3).unwrap();
        assert!(crate::citizen::Iin::parse(&other).is_ok() && other != "850412100429", "{other}");
        let same = |at: usize| other.as_bytes()[at] == b"850412100429"[at];
        assert!([2, 4, 6, 7, 8].into_iter().all(same), "{other}");
        assert_eq!(falsified_alike("990101100010", &[3, 2, 2, 3, 2], &[], &context(), 3), None);
        assert_eq!(falsified_alike("000", &[1, 1, 1], &[], &context(), 3), None);
    }

    #[test]
    fn one_key_stays() {
        assert_eq!(falsified("0", &[Grammar::Iin], &context(), 1), "0");
    }
}
