//! How a record is written, and what its bytes say.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{Author, Draft};
use crate::canonical;
use crate::device::DeviceId;
use crate::fact::Fact;
use crate::ids::{Millis, RecordId, WorkspaceId};
use crate::person::Person;

/// The version of the record's own fields.
const RECORD_VERSION: u64 = 1;
/// The version of all kinds of facts so far.
const FACT_VERSION: u64 = 1;

/// What a record's bytes say.
pub(super) struct Fields {
    pub(super) workspace: Option<WorkspaceId>,
    pub(super) author: Author,
    pub(super) seq: u64,
    pub(super) prev: Option<RecordId>,
    pub(super) seen: Option<RecordId>,
    pub(super) at: Millis,
    pub(super) fact: Fact,
}

/// Version 1: canonical JSON, so that there is one way to write it.
pub(super) fn write(draft: &Draft, device: &DeviceId) -> Vec<u8> {
    let Draft {
        workspace,
        seq,
        prev,
        seen,
        at,
        fact,
    } = draft;
    let mut fact = serde_json::to_value(fact).expect("BUG: a fact is plain data");
    fact["v"] = json!(FACT_VERSION);
    let body = json!({
        "v": RECORD_VERSION, "ws": workspace, "dev": device, "seq": seq, "prev": prev, "seen": seen, "at": at, "fact": fact,
    });
    canonical::to_vec(&body)
}

/// Reads version 1.
pub(super) fn read(bytes: &[u8]) -> Result<Fields, String> {
    #[derive(Deserialize)]
    struct Body {
        v: u64,
        ws: WorkspaceId,
        dev: DeviceId,
        seq: u64,
        prev: Option<RecordId>,
        seen: Option<RecordId>,
        at: Millis,
        fact: Map<String, Value>,
    }
    let whole: Value = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    // One way to write it: a name that stands twice, or a space, would be read in two ways.
    if canonical::to_vec(&whole) != bytes {
        return Err("it is not written in its canonical form".to_owned());
    }
    let body: Body = serde_json::from_value(whole).map_err(|error| error.to_string())?;
    if body.v != RECORD_VERSION {
        return Err(format!("it is of version {}", body.v));
    }
    Ok(Fields {
        workspace: Some(body.ws),
        author: Author::Device(body.dev),
        seq: body.seq,
        prev: body.prev,
        seen: body.seen,
        at: body.at,
        fact: fact(body.fact)?,
    })
}

/// A fact of a kind, or of a version of it, that this program does not know is kept and passed on, and says what it is.
fn fact(mut fact: Map<String, Value>) -> Result<Fact, String> {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let kind = text(fact.get("kind")).ok_or("its fact has no kind")?;
    let version = fact.remove("v").and_then(|v| v.as_u64()).unwrap_or(0);
    if version == FACT_VERSION && Fact::KINDS.contains(&kind.as_str()) {
        return serde_json::from_value(Value::Object(fact)).map_err(|error| error.to_string());
    }
    Ok(Fact::Unknown {
        name: kind,
        version,
    })
}

/// Reads a record from before there were device keys.
pub(super) fn read_unsigned(bytes: &[u8]) -> Result<Fields, String> {
    #[derive(Serialize, Deserialize)]
    struct Body {
        author: Person,
        seq: u64,
        prev: Option<RecordId>,
        at: Millis,
        fact: Fact,
    }
    let body: Body = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    Ok(Fields {
        workspace: None,
        author: Author::Person(body.author),
        seq: body.seq,
        prev: body.prev,
        seen: None,
        at: body.at,
        fact: body.fact,
    })
}
