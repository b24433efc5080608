//! A desk on which something was deployed.

use super::harness::{Desk, write};

/// `one` was deployed to `live`, and `two` is open for it.
pub(crate) fn deployed() -> Desk {
    let desk = Desk::new();
    for (name, content) in [("work", "new"), ("live", "old")] {
        for file in ["a", "b"] {
            write(&desk.path(&format!("{name}/assets/{file}.css")), content);
        }
        desk.add(name, &["--tier", "development"]);
    }
    for tag in ["one", "two"] {
        write(&desk.path("work/assets/c.css"), tag);
        desk.done(&["release", "create", tag, "--from", "work", "--to", "live"]);
        desk.done(&["release", "open", tag]);
        if tag == "one" {
            desk.done(&["deploy", tag]);
        }
    }
    desk
}
