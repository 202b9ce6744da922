//! Logarithms in whole numbers, the same on every machine.

/// The binary digits after the point that are worked out.
const DIGITS: u32 = 12;

/// The binary logarithm of `over / under`, in thousandths; 0 where it is no more than 1.
pub(super) fn log2(over: u64, under: u64) -> u64 {
    let ratio = (u128::from(over) << 32) / u128::from(under.max(1));
    let Some(whole) = ratio.checked_ilog2().and_then(|log| log.checked_sub(32)) else { return 0 };
    // From 1 to 2 in 32 binary places: squared, it says digit after digit of its logarithm.
    let mut rest = (ratio >> whole) as u64;
    let mut digits = u64::from(whole);
    for _ in 0..DIGITS {
        let square = (u128::from(rest) * u128::from(rest)) >> 32;
        let is_two = square >> 33 != 0;
        digits = digits * 2 + u64::from(is_two);
        rest = (if is_two { square >> 1 } else { square }) as u64;
    }
    (digits * 1_000) >> DIGITS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_logarithm_is_right_to_a_thousandth() {
        for (over, under, expected) in
            [(1, 1, 0), (2, 1, 1_000), (60, 1, 5_906), (61_000, 1_000, 5_930), (3, 2, 584), (1, 2, 0), (5, 0, 2_321), (u64::MAX, 1, 63_999)]
        {
            assert_eq!(log2(over, under), expected, "{over}/{under}");
        }
    }
}
