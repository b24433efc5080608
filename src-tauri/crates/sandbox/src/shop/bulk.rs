//! Runs bulk operations in the background, a part at a time, so that neither memory nor other requests suffer.
//!
//! Rows go to a file as they are read: an object, then the rows of its connections, each with the `__parentId` that it
//! hangs on. The shop's lock is let go between parts; objects that are changed meanwhile may be seen either way.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use apollo_compiler::ExecutableDocument;
use apollo_compiler::Node;
use apollo_compiler::executable::{Field, Operation, SelectionSet};
use apollo_compiler::validation::Valid;
use serde_json::{Map, Value, json};

use super::graphql::{self, Executor, document};
use super::host::Host;
use super::state::{App, Body, State, text, texts};

/// How many objects are read under one lock.
const PART: usize = 100;

/// Begins what was asked for and is not running yet.
pub(crate) fn start_pending(host: &Arc<Host>) {
    let created: Vec<String> = {
        let mut state = host.state();
        let rows = state
            .written("BulkOperation")
            .into_iter()
            .filter(|row| text(row, "status") == "CREATED");
        let created: Vec<String> = rows.map(|row| text(&row, "id").to_owned()).collect();
        for id in &created {
            set(&mut state, id, json!({"status": "RUNNING"}));
        }
        created
    };
    for id in created {
        let host = host.clone();
        tokio::task::spawn_blocking(move || carry_out(&host, &id));
    }
}

fn set(state: &mut State, id: &str, fields: Value) {
    state.update(id, |row| {
        row.extend(fields.as_object().cloned().unwrap_or_default())
    });
    state.keep();
}

/// What an operation brought.
#[derive(Default)]
struct Tally {
    objects: u64,
    roots: u64,
}

fn carry_out(host: &Host, id: &str) {
    let Some(row) = host.state().get(id) else {
        return;
    };
    let name = format!("bulk-{}.jsonl", id.rsplit('/').next().unwrap_or("0"));
    let path = host.folder.join(format!("{}-{name}", host.spec.name));
    let outcome = if text(&row, "type") == "QUERY" {
        run_query(host, id, text(&row, "query"), &path)
    } else {
        run_mutation(host, id, &row, &path)
    };
    let mut state = host.state();
    if state
        .get(id)
        .is_none_or(|row| text(&row, "status") == "CANCELED")
    {
        return;
    }
    let now = state.now();
    match outcome {
        Ok(tally) => {
            let size = std::fs::metadata(&path).map_or(0, |meta| meta.len());
            // An operation that found nothing has no file.
            let url = (tally.objects > 0).then(|| publish(&state, &name, path));
            set(
                &mut state,
                id,
                json!({
                    "status": "COMPLETED", "completedAt": now, "objectCount": tally.objects.to_string(),
                    "rootObjectCount": tally.roots.to_string(), "fileSize": url.as_ref().map(|_| size.to_string()), "url": url,
                }),
            );
        }
        Err(error) => {
            tracing::warn!(%error, "a bulk operation failed");
            set(
                &mut state,
                id,
                json!({"status": "FAILED", "completedAt": now, "errorCode": "INTERNAL_SERVER_ERROR"}),
            );
        }
    }
}

fn publish(state: &State, name: &str, path: PathBuf) -> String {
    state.serve(
        &format!("files/bulk/{name}"),
        "application/jsonl",
        Body::File(path),
    )
}

fn is_canceled(state: &State, id: &str) -> bool {
    state
        .get(id)
        .is_none_or(|row| text(&row, "status") == "CANCELED")
}

fn checked(text: &str) -> io::Result<(Arc<Valid<ExecutableDocument>>, Node<Operation>)> {
    let invalid = || io::Error::other("the operation's document is invalid");
    let document = document(text).map_err(|_| invalid())?;
    let operation = document
        .operations
        .get(None)
        .map_err(|_| invalid())?
        .clone();
    Ok((document, operation))
}

fn run_query(host: &Host, id: &str, query: &str, path: &Path) -> io::Result<Tally> {
    let (document, operation) = checked(query)?;
    let variables = Map::new();
    let mut out = BufWriter::new(File::create(path)?);
    let mut tally = Tally::default();
    let connections = {
        let mut state = host.state();
        Executor::new(&mut state, &document, &variables).root_connections(&operation.selection_set)
    };
    for (field, objects) in connections {
        for part in objects.chunks(PART) {
            let mut state = host.state();
            if is_canceled(&state, id) {
                return Ok(tally);
            }
            let mut executor = Executor::new(&mut state, &document, &variables);
            executor.bulk = true;
            for object in part {
                tally.roots += 1;
                write_row(&mut executor, field, &object, None, &mut out, &mut tally)?;
            }
        }
    }
    out.flush()?;
    Ok(tally)
}

/// Writes an object of a connection, then the rows of its own connections.
fn write_row<'a>(
    executor: &mut Executor<'_, 'a>,
    connection: &'a Field,
    object: &Value,
    parent: Option<&str>,
    out: &mut impl io::Write,
    tally: &mut Tally,
) -> io::Result<()> {
    let sets: Vec<&'a SelectionSet> = executor.node_sets(connection);
    let Some((mut row, inner)) = executor.bulk_row(object, connection, &sets) else {
        return Ok(());
    };
    if let (Some(row), Some(parent)) = (row.as_object_mut(), parent) {
        row.insert("__parentId".to_owned(), json!(parent));
    }
    tally.objects += 1;
    serde_json::to_writer(&mut *out, &row)?;
    out.write_all(b"\n")?;
    let id = row["id"].as_str().map(str::to_owned);
    for (field, objects) in inner {
        for object in objects {
            write_row(executor, field, &object, id.as_deref(), out, tally)?;
        }
    }
    Ok(())
}

fn run_mutation(host: &Host, id: &str, row: &Map<String, Value>, path: &Path) -> io::Result<Tally> {
    let mut out = BufWriter::new(File::create(path)?);
    let mut tally = Tally::default();
    let served = host
        .library()
        .get(text(row, "_input"))
        .ok_or_else(|| io::Error::other("the input is gone"))?;
    let input = match &served.body {
        Body::Memory(bytes) => bytes.to_vec(),
        Body::File(path) => std::fs::read(path)?,
    };
    let app = App {
        id: row["_app"].as_u64().unwrap_or(1),
        scopes: texts(row, "_scopes"),
        may_write_themes: host.spec.theme_exemption,
    };
    for (number, line) in input.split(|byte| *byte == b'\n').enumerate() {
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let mut answer = match serde_json::from_slice::<Map<String, Value>>(line) {
            Ok(variables) => one_mutation(host, id, &app, text(row, "query"), &variables),
            Err(error) => Some(json!({"errors": [{"message": format!("Invalid JSON: {error}")}]})),
        };
        let Some(answer) = answer.as_mut().and_then(Value::as_object_mut) else {
            return Ok(tally);
        };
        answer.insert("__lineNumber".to_owned(), json!(number));
        tally.objects += 1;
        tally.roots += 1;
        serde_json::to_writer(&mut out, &answer)?;
        out.write_all(b"\n")?;
    }
    out.flush()?;
    Ok(tally)
}

/// Runs the mutation with one line's variables; nothing if the operation was canceled.
fn one_mutation(
    host: &Host,
    id: &str,
    app: &App,
    mutation: &str,
    variables: &Map<String, Value>,
) -> Option<Value> {
    let prepared = match graphql::prepare(mutation, None, variables) {
        Ok(prepared) => prepared,
        Err(graphql::Refused(errors)) => return Some(json!({"errors": errors})),
    };
    let mut state = host.state();
    if is_canceled(&state, id) {
        return None;
    }
    state.app = app.clone();
    let answer = graphql::run(&mut state, &prepared);
    let mut row = json!({"data": answer.data});
    if !answer.errors.is_empty() {
        row["errors"] = Value::Array(answer.errors);
    }
    Some(row)
}
