//! Faults on request: what a test tells a shop to do wrong, once, now and then, or always.

use std::time::Duration;

use serde_json::Value;

/// Something that goes wrong with a request.
#[derive(Clone, Debug)]
pub struct Fault {
    /// What goes wrong.
    pub kind: FaultKind,
    /// The requests that it strikes: those whose operation, or any field of its root, has this name. All when absent;
    /// then also those that are no GraphQL requests.
    pub on: Option<String>,
    /// Which of them.
    pub when: When,
}

impl Fault {
    /// A fault that strikes the next request.
    pub fn once(kind: FaultKind) -> Self {
        Self {
            kind,
            on: None,
            when: When::Nth(1),
        }
    }

    /// Restricts the fault to requests whose operation, or any field of its root, has this name.
    pub fn on(mut self, name: impl Into<String>) -> Self {
        self.on = Some(name.into());
        self
    }

    /// Says which of the requests that fit are struck.
    pub fn when(mut self, when: When) -> Self {
        self.when = when;
        self
    }
}

/// What goes wrong.
#[derive(Clone, Debug)]
pub enum FaultKind {
    /// The request is answered with this status and not carried out.
    Status {
        /// The HTTP status.
        status: u16,
        /// What the header `retry-after` says.
        retry_after: Option<Duration>,
    },
    /// The request is refused as throttled, as if the bucket were empty.
    Throttled,
    /// The request is carried out, and the connection closes without an answer.
    LostAnswer,
    /// The connection is reset before the request is carried out.
    Reset,
    /// The request is carried out, but only after this time.
    Slow(Duration),
    /// The request is carried out, and the connection closes in the middle of the answer's body.
    HalfBody,
    /// The request is carried out, and the answer's body is not JSON.
    BadJson,
    /// The request is not carried out and answered as an error inside the vendor's systems: status 200, no data.
    InternalError,
    /// Another user changes an object just before the request is carried out.
    Drift {
        /// The object's global id.
        id: String,
        /// The field that is changed.
        field: String,
        /// Its new value.
        value: Value,
    },
}

/// Which of the requests that fit are struck.
#[derive(Clone, Copy, Debug)]
pub enum When {
    /// Only the n-th, counted from 1.
    Nth(u32),
    /// Each one.
    Always,
    /// Each with this probability, drawn from the shop's seed.
    Probability(f64),
}

/// A shop's faults, with what has come so far.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    armed: Vec<Armed>,
    random: u64,
}

#[derive(Debug)]
struct Armed {
    fault: Fault,
    met: u32,
}

impl Faults {
    pub(crate) fn seeded(seed: u64) -> Self {
        Self {
            armed: Vec::new(),
            random: seed,
        }
    }

    pub(crate) fn arm(&mut self, fault: Fault) {
        self.armed.push(Armed { fault, met: 0 });
    }

    pub(crate) fn clear(&mut self) {
        self.armed.clear();
    }

    /// What strikes a request with these names.
    pub(crate) fn strike(&mut self, names: &[String]) -> Vec<FaultKind> {
        let random = &mut self.random;
        let struck = self
            .armed
            .iter_mut()
            .filter(|armed| match &armed.fault.on {
                Some(name) => names.contains(name),
                None => true,
            })
            .filter_map(|armed| {
                armed.met += 1;
                let strikes = match armed.fault.when {
                    When::Nth(number) => armed.met == number,
                    When::Always => true,
                    When::Probability(probability) => draw(random) < probability,
                };
                strikes.then(|| armed.fault.kind.clone())
            })
            .collect();
        self.armed
            .retain(|armed| !matches!(armed.fault.when, When::Nth(number) if armed.met >= number));
        struck
    }
}

/// The next number of a fixed sequence in 0..1 (SplitMix64).
fn draw(state: &mut u64) -> f64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^= mixed >> 31;
    (mixed >> 11) as f64 / (1_u64 << 53) as f64
}
