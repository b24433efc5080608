//! Binary patches: both files whole, compressed and written in 85 printable characters.

use std::io::{self, Write};

use flate2::{Compression, write::ZlibEncoder};

/// How many compressed bytes stand in a line.
const LINE_BYTES: usize = 52;

const DIGITS: &[u8; 85] =
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~";

/// Appends the file after, and the file before so that the patch can be taken back.
pub(super) fn write(out: &mut impl Write, before: &[u8], after: &[u8]) -> io::Result<()> {
    out.write_all(b"GIT binary patch\n")?;
    literal(out, after)?;
    literal(out, before)
}

fn literal(out: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    writeln!(out, "literal {}", bytes.len())?;
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes)?;
    let compressed = encoder.finish()?;
    let mut line = Vec::with_capacity(2 + LINE_BYTES / 4 * 5);
    for chunk in compressed.chunks(LINE_BYTES) {
        line.clear();
        line.push(length_letter(chunk.len()));
        for group in chunk.chunks(4) {
            let mut padded = [0; 4];
            padded[..group.len()].copy_from_slice(group);
            line.extend(digits(u32::from_be_bytes(padded)));
        }
        line.push(b'\n');
        out.write_all(&line)?;
    }
    out.write_all(b"\n")
}

/// Says how many bytes a line holds: `A` to `Z` for 1 to 26, `a` to `z` for 27 to 52.
fn length_letter(length: usize) -> u8 {
    let number = u8::try_from(length).expect("BUG: a line has at most 52 bytes");
    if number <= 26 {
        b'A' + number - 1
    } else {
        b'a' + number - 27
    }
}

fn digits(mut number: u32) -> [u8; 5] {
    let mut digits = [0; 5];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[(number % 85) as usize];
        number /= 85;
    }
    digits
}
