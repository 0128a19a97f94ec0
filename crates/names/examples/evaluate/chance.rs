//! Chance that can be repeated.

/// SplitMix64.
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Returns a number from 0 to 1.
    pub(crate) fn unit(&mut self) -> f64 {
        f64::from(u32::try_from(self.next() >> 32).unwrap()) / (f64::from(u32::MAX) + 1.0)
    }

    pub(crate) fn says(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(limit.max(1)).unwrap()).unwrap()
    }

    pub(crate) fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    /// Draws by Zipf's law: the second of a list half as often as the first.
    pub(crate) fn skewed(&mut self, names: &[&'static str]) -> &'static str {
        let weights =
            (1..=names.len()).map(|rank| 1.0 / (f64::from(u32::try_from(rank).unwrap()) + 1.5));
        let mut left = self.unit() * weights.clone().sum::<f64>();
        for (name, weight) in names.iter().zip(weights) {
            left -= weight;
            if left < 0.0 {
                return name;
            }
        }
        names[0]
    }

    /// People are young more often than old.
    pub(crate) fn age(&mut self) -> i32 {
        let spread = self.unit() * self.unit() * 45.0;
        #[expect(clippy::as_conversions, reason = "a small number")]
        let years = spread as i32;
        12 + years + i32::from(self.says(0.5)) * 4
    }

    pub(crate) fn phone(&mut self) -> String {
        let (code, length) = self.one(&[
            ("+221", 9),
            ("+220", 7),
            ("+225", 10),
            ("+234", 10),
            ("+256", 9),
            ("+233", 9),
            ("+212", 9),
        ]);
        let digits: String = (0..length)
            .map(|_| self.one(&['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']))
            .collect();
        format!("{code}{digits}")
    }

    pub(crate) fn document(&mut self) -> String {
        let letters: String = (0..2).map(|_| self.one(&['A', 'B', 'C', 'I', 'O', 'P'])).collect();
        format!("{letters}{:07}", self.below(10_000_000))
    }
}
