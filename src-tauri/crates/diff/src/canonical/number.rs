//! Numbers, exactly: a sign, digits and a power of ten.

/// Numbers whose plain notation needs more digits than this are written with an exponent.
const PLAIN_DIGITS_MAX: i64 = 40;
/// Exponents past this are refused: no reader can hold the number.
const EXPONENT_MAX: i64 = 1_000_000;

/// Says why a number cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OutOfRange;

/// Writes the canonical form of `text`, which is a number by JSON's grammar.
///
/// Integers and fractions are written plainly, without needless zeros; very large and very small numbers as `1.5e60`. Minus
/// zero is zero.
pub(super) fn write(text: &[u8], out: &mut Vec<u8>) -> Result<(), OutOfRange> {
    // By far the most numbers are integers, which are canonical as they are.
    if text.len() < 16
        && text != b"-0"
        && text
            .iter()
            .all(|byte| byte.is_ascii_digit() || *byte == b'-')
    {
        out.extend_from_slice(text);
        return Ok(());
    }
    let (negative, unsigned) = text
        .strip_prefix(b"-")
        .map_or((false, text), |rest| (true, rest));
    let (mantissa, exponent) = match unsigned.iter().position(|byte| matches!(byte, b'e' | b'E')) {
        Some(at) => (&unsigned[..at], Some(&unsigned[at + 1..])),
        None => (unsigned, None),
    };
    let (integer, fraction) = match memchr::memchr(b'.', mantissa) {
        Some(at) => (&mantissa[..at], &mantissa[at + 1..]),
        None => (mantissa, &[][..]),
    };
    let mut digits: Vec<u8> = [integer, fraction].concat();
    let leading = digits.iter().take_while(|&&digit| digit == b'0').count();
    digits.drain(..leading);
    let significant = digits
        .iter()
        .rposition(|&digit| digit != b'0')
        .map_or(0, |last| last + 1);
    let trailing = digits.len() - significant;
    digits.truncate(significant);
    if digits.is_empty() {
        out.push(b'0');
        return Ok(());
    }
    // The number is digits × 10^power; all lengths fit, as they are those of slices.
    let power = exponent.map_or(Ok(0), read_exponent)? - fraction.len() as i64 + trailing as i64;
    let count = digits.len() as i64;
    let scientific = power + count - 1;
    if scientific >= 308 && is_infinite(text) || scientific.abs() > EXPONENT_MAX {
        return Err(OutOfRange);
    }
    if negative {
        out.push(b'-');
    }
    if power >= 0 && count + power <= PLAIN_DIGITS_MAX {
        out.extend_from_slice(&digits);
        out.extend(std::iter::repeat_n(b'0', power as usize));
    } else if power < 0 && scientific >= 0 && count <= PLAIN_DIGITS_MAX {
        let point = (count + power) as usize;
        out.extend_from_slice(&digits[..point]);
        out.push(b'.');
        out.extend_from_slice(&digits[point..]);
    } else if power < 0 && scientific < 0 && -power <= PLAIN_DIGITS_MAX {
        out.extend_from_slice(b"0.");
        out.extend(std::iter::repeat_n(b'0', (-scientific - 1) as usize));
        out.extend_from_slice(&digits);
    } else {
        out.push(digits[0]);
        if digits.len() > 1 {
            out.push(b'.');
            out.extend_from_slice(&digits[1..]);
        }
        out.push(b'e');
        out.extend_from_slice(scientific.to_string().as_bytes());
    }
    Ok(())
}

fn read_exponent(text: &[u8]) -> Result<i64, OutOfRange> {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    let value = digits.iter().try_fold(0_i64, |value, digit| {
        let next = value * 10 + i64::from(digit - b'0');
        // Far enough from the limit for any mantissa that fits a document.
        (next < 1_000_000_000_000).then_some(next).ok_or(OutOfRange)
    })?;
    Ok(if negative { -value } else { value })
}

/// Tells whether a 64-bit float cannot reach the number.
fn is_infinite(text: &[u8]) -> bool {
    str::from_utf8(text)
        .ok()
        .and_then(|text| text.parse::<f64>().ok())
        .is_none_or(f64::is_infinite)
}
