//! The little encodings that pages, change sets and stamps share: variable-length numbers, and sorted keys of which each
//! is written as what it shares with the one before and the rest.

use slipway_domain::ResourceKey;

/// Appends a number in as few bytes as it takes, seven bits each, lowest first.
pub(crate) fn put_number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push((number as u8 & 0x7f) | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Reads what the functions here wrote; gives nothing where the bytes are not that.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bytes<'a>(pub(crate) &'a [u8]);

impl<'a> Bytes<'a> {
    pub(crate) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    pub(crate) fn number(&mut self) -> Option<u64> {
        let mut number = 0u64;
        for shift in (0..64).step_by(7) {
            let (&byte, rest) = self.0.split_first()?;
            self.0 = rest;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    pub(crate) fn count(&mut self) -> Option<usize> {
        usize::try_from(self.number()?).ok()
    }

    pub(crate) fn hash(&mut self) -> Option<[u8; 32]> {
        self.take(32)?.try_into().ok()
    }
}

/// Appends keys, best in ascending order.
#[derive(Debug, Default)]
pub(crate) struct KeyEncoder {
    last: Vec<u8>,
}

impl KeyEncoder {
    pub(crate) fn put(&mut self, out: &mut Vec<u8>, key: &ResourceKey) {
        let key = key.as_str().as_bytes();
        let shared = self
            .last
            .iter()
            .zip(key)
            .take_while(|(a, b)| a == b)
            .count();
        let rest = &key[shared..];
        put_number(out, shared as u64);
        put_number(out, rest.len() as u64);
        out.extend_from_slice(rest);
        self.last.truncate(shared);
        self.last.extend_from_slice(rest);
    }
}

/// Reads keys back.
#[derive(Clone, Debug, Default)]
pub(crate) struct KeyDecoder {
    last: Vec<u8>,
}

impl KeyDecoder {
    /// Goes to the next key; its bytes.
    pub(crate) fn next(&mut self, bytes: &mut Bytes<'_>) -> Option<&[u8]> {
        let shared = bytes.count()?;
        let rest = bytes.count()?;
        let rest = bytes.take(rest)?;
        // Each byte of a body could stand for a whole key otherwise.
        if shared > self.last.len() || shared + rest.len() > ResourceKey::LIMIT_BYTES {
            return None;
        }
        self.last.truncate(shared);
        self.last.extend_from_slice(rest);
        Some(&self.last)
    }

    /// The bytes of the key that was read last.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.last
    }

    /// The key that was read last.
    pub(crate) fn key(&self) -> Option<ResourceKey> {
        std::str::from_utf8(&self.last).ok()?.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_and_nonsense_gives_nothing() {
        for number in [0, 1, 127, 128, 300, u64::from(u32::MAX), u64::MAX] {
            let mut out = Vec::new();
            put_number(&mut out, number);
            assert_eq!(Bytes(&out).number(), Some(number), "a number comes back");
            out.pop();
            assert_eq!(Bytes(&out).number(), None, "half of {number} is no number");
        }
        assert_eq!(Bytes(&[0xff; 11]).number(), None, "a number has an end");
    }

    #[test]
    fn keys_come_back_in_order() {
        let keys = ["a/b:c", "a/b:cd", "a/b:d", "z/y:x", "a/b:é", "a/b:è"];
        let mut encoder = KeyEncoder::default();
        let mut out = Vec::new();
        for key in keys {
            encoder.put(&mut out, &key.parse().expect("a valid key"));
        }
        let (mut decoder, mut bytes) = (KeyDecoder::default(), Bytes(&out));
        for key in keys {
            let found = decoder.next(&mut bytes).map(<[u8]>::to_vec);
            assert_eq!(found.as_deref(), Some(key.as_bytes()));
        }
        assert_eq!(
            decoder.next(&mut bytes),
            None,
            "there is no key after the last"
        );
    }
}
