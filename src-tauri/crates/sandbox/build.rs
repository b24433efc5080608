//! Rebuilds the crate when a file of the sample is added or removed; the compiler itself only watches known files.

fn main() {
    println!("cargo:rerun-if-changed=sample");
}
