//! Where moments come from: numbers, so that each can be tried again.

/// The seeds of a test, as many from its first one on as `SLIPWAY_KILLS` says, or the one that `SLIPWAY_SEED` names.
pub(crate) fn seeds(all: std::ops::Range<u64>) -> Vec<u64> {
    let number = |name| -> Option<u64> { std::env::var(name).ok()?.parse().ok() };
    match (number("SLIPWAY_SEED"), number("SLIPWAY_KILLS")) {
        (Some(seed), _) => vec![seed],
        (None, Some(kills)) => (all.start..all.start + kills).collect(),
        (None, None) => all.collect(),
    }
}

/// The generator SplitMix64: the same seed, the same moments.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    /// A part of a deployment, not so near its end that it would be over before the kill.
    pub(crate) fn fraction(&mut self) -> f64 {
        self.below(900) as f64 / 1_000.0
    }
}
