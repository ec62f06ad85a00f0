//! Numbers that look random and follow from a seed, and orders that look shuffled and can be undone.

/// A well-mixed number from a seed, a purpose and an index (`SplitMix64`'s finalizer).
pub(crate) const fn mix(seed: u64, salt: u64, index: u64) -> u64 {
    let mut z = seed ^ salt.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ index.wrapping_mul(0xd134_2543_de82_ef95);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// One number after another from a seed: for what one tick of churn decides.
#[derive(Debug)]
pub(crate) struct Dice {
    seed: u64,
    thrown: u64,
}

impl Dice {
    pub(crate) const fn new(seed: u64) -> Self {
        Self { seed, thrown: 0 }
    }

    /// A number below `limit`; 0 when there is no such number.
    pub(crate) fn below(&mut self, limit: u32) -> u32 {
        self.thrown += 1;
        (mix(self.seed, 0xd1ce, self.thrown) >> 32).checked_rem(u64::from(limit)).unwrap_or(0) as u32
    }

    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        from.get(self.below(from.len() as u32) as usize)
    }
}

/// A shuffled order of `0..len` with its inverse: `position -> factor * position + offset (mod len)`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shuffle {
    len: u64,
    factor: u64,
    inverse: u64,
    offset: u64,
}

impl Shuffle {
    pub(crate) fn new(len: u32, seed: u64) -> Self {
        let len = u64::from(len.max(1));
        // Near the golden section neighbours end up far apart.
        let mut factor = (len * 618 / 1000 + seed % 97).max(1) % len.max(2);
        let inverse = loop {
            match inverse_modulo(factor, len) {
                Some(inverse) => break inverse,
                None => factor = (factor + 1) % len.max(2),
            }
        };
        Self { len, factor, inverse, offset: (seed >> 17) % len }
    }

    pub(crate) fn forward(&self, position: u32) -> u32 {
        ((u64::from(position) % self.len * self.factor + self.offset) % self.len) as u32
    }

    pub(crate) fn backward(&self, value: u32) -> u32 {
        ((u64::from(value) % self.len + self.len - self.offset) % self.len * self.inverse % self.len) as u32
    }
}

fn inverse_modulo(factor: u64, len: u64) -> Option<u64> {
    let (mut r, mut next_r) = (len as i64, (factor % len) as i64);
    let (mut t, mut next_t) = (0_i64, 1_i64);
    while next_r != 0 {
        let quotient = r / next_r;
        (t, next_t) = (next_t, t - quotient * next_t);
        (r, next_r) = (next_r, r - quotient * next_r);
    }
    (r == 1).then(|| t.rem_euclid(len as i64) as u64)
}

/// Scrambles 32 bits so that they can be unscrambled (a four-round Feistel network).
pub(crate) fn scramble(value: u32, seed: u64) -> u32 {
    let (mut left, mut right) = ((value >> 16) as u16, value as u16);
    for round in 0..4 {
        (left, right) = (right, left ^ mix(seed, round, u64::from(right)) as u16);
    }
    (u32::from(left) << 16) | u32::from(right)
}

pub(crate) fn unscramble(value: u32, seed: u64) -> u32 {
    let (mut left, mut right) = ((value >> 16) as u16, value as u16);
    for round in (0..4).rev() {
        (left, right) = (right ^ mix(seed, round, u64::from(left)) as u16, left);
    }
    (u32::from(left) << 16) | u32::from(right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shuffle_visits_every_position_once_and_can_be_undone() {
        for (len, seed) in [(1, 5), (2, 9), (40, 77), (24_576, 0xabcd_ef01_2345), (501, u64::MAX)] {
            let shuffle = Shuffle::new(len, seed);
            let mut seen = vec![false; len as usize];
            for position in 0..len {
                let value = shuffle.forward(position);
                assert!(!std::mem::replace(&mut seen[value as usize], true), "{value} twice of {len}");
                assert_eq!(shuffle.backward(value), position);
            }
        }
    }

    #[test]
    fn scrambling_can_be_undone() {
        for value in [0, 1, 0x4000_0000, 0x8000_0001, u32::MAX] {
            assert_eq!(unscramble(scramble(value, 42), 42), value);
            assert_ne!(scramble(value, 42), scramble(value, 43));
        }
    }
}
