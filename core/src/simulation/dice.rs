//! Seeded chance: the same seed throws the same, on every machine (SplitMix64).

/// The dice of one call.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// Dice that throw what this seed says.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Others, for another purpose: what one purpose throws does not change what the other does.
    pub fn fork(&mut self) -> Self {
        Self(self.throw())
    }

    /// From 0 to `bound` - 1; of nothing to choose from, 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.throw() % bound.max(1)
    }

    /// From `least` to `most`.
    pub fn between(&mut self, least: u64, most: u64) -> u64 {
        least + self.below(most.saturating_sub(least).saturating_add(1))
    }

    /// So often in a hundred.
    pub fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of these; `None` when there are none.
    pub fn one_of<'a, T>(&mut self, these: &'a [T]) -> Option<&'a T> {
        these.get(self.below(these.len() as u64) as usize)
    }

    /// So many digits.
    pub fn digits(&mut self, count: usize) -> String {
        (0..count).filter_map(|_| char::from_digit(self.below(10) as u32, 10)).collect()
    }

    fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first numbers of SplitMix64 for the seed 1234567, as its author's reference gives them.
    #[test]
    fn the_dice_are_those_of_the_reference() {
        let mut dice = Dice::new(1_234_567);
        let thrown: Vec<u64> = (0..3).map(|_| dice.throw()).collect();
        assert_eq!(thrown, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn what_is_thrown_lies_within_its_bounds_and_reaches_them() {
        let mut dice = Dice::new(7);
        let thrown: std::collections::BTreeSet<u64> = (0..200).map(|_| dice.between(3, 6)).collect();
        assert_eq!(thrown, [3, 4, 5, 6].into());
        assert_eq!((dice.below(0), dice.one_of::<u8>(&[])), (0, None));
        assert_eq!(dice.digits(12).len(), 12);
    }
}
