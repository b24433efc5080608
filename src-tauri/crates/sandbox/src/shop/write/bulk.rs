//! Beginning and ending bulk operations; they run in [`crate::shop::bulk`].

use apollo_compiler::ExecutableDocument;
use apollo_compiler::executable::{Field, Selection, SelectionSet};
use serde_json::{Value, json};

use super::Outcome;
use super::input::{Input, text as given_text};
use super::refusal::UserError;
use crate::shop::graphql::document;
use crate::shop::state::{Body, State, text};

/// The largest query or mutation, in bytes.
const TEXT_MAX: usize = 65_535;

/// The most operations of one type at once.
const RUNNING_MAX: usize = 5;

const CONNECTIONS_MAX: usize = 5;
const DEPTH_MAX: usize = 2;

/// The largest file of variables, in bytes.
const INPUT_MAX: u64 = 100 * 1024 * 1024;

fn running(state: &State, kind: &str) -> Vec<String> {
    let rows = state.all("BulkOperation").into_iter();
    let active = rows.filter(|row| {
        text(row, "type") == kind && matches!(text(row, "status"), "CREATED" | "RUNNING")
    });
    active.map(|row| text(&row, "id").to_owned()).collect()
}

fn check_running(state: &State, kind: &str) -> Result<(), UserError> {
    let running = running(state, kind);
    if running.len() < RUNNING_MAX {
        return Ok(());
    }
    let message = format!(
        "A bulk {} operation for this app and shop is already in progress: {}.",
        kind.to_lowercase(),
        running.join(", ")
    );
    Err(UserError::general(message).code("OPERATION_IN_PROGRESS"))
}

fn begin(state: &mut State, kind: &str, query: &str, input: Option<String>) -> String {
    let now = state.now();
    let row = json!({
        "type": kind, "status": "CREATED", "query": query, "createdAt": now, "completedAt": null, "errorCode": null,
        "objectCount": "0", "rootObjectCount": "0", "fileSize": null, "url": null, "partialDataUrl": null, "_input": input,
        "_app": state.app.id, "_scopes": state.app.scopes,
    });
    state.create(
        "BulkOperation",
        row.as_object().cloned().unwrap_or_default(),
    )
}

/// What a bulk query's connections are.
#[derive(Default)]
struct Shape {
    count: usize,
    depth: usize,
    with_nodes: Vec<String>,
    without_id: Vec<String>,
}

impl Shape {
    fn look(&mut self, document: &ExecutableDocument, set: &SelectionSet, depth: usize) {
        for field in fields(document, set) {
            let is_connection = field.ty().inner_named_type().ends_with("Connection");
            if !is_connection {
                self.look(document, &field.selection_set, depth);
                continue;
            }
            self.count += 1;
            self.depth = self.depth.max(depth + 1);
            let inner = fields(document, &field.selection_set);
            if inner.iter().any(|inner| inner.name == "nodes")
                || !inner.iter().any(|inner| inner.name == "edges")
            {
                self.with_nodes.push(field.name.to_string());
            }
            for node in inner
                .iter()
                .filter(|inner| inner.name == "edges")
                .flat_map(|edges| fields(document, &edges.selection_set))
                .filter(|node| node.name == "node")
            {
                let held = fields(document, &node.selection_set);
                let has_id = held
                    .iter()
                    .any(|field| field.name == "id" && field.alias.is_none());
                let has_connection = held
                    .iter()
                    .any(|field| field.ty().inner_named_type().ends_with("Connection"));
                if has_connection && !has_id {
                    self.without_id.push(field.name.to_string());
                }
                self.look(document, &node.selection_set, depth + 1);
            }
        }
    }
}

fn fields<'a>(document: &'a ExecutableDocument, set: &'a SelectionSet) -> Vec<&'a Field> {
    let mut all = Vec::new();
    for selection in &set.selections {
        match selection {
            Selection::Field(field) => all.push(&**field),
            Selection::InlineFragment(inline) => {
                all.extend(fields(document, &inline.selection_set))
            }
            Selection::FragmentSpread(spread) => {
                if let Some(fragment) = document.fragments.get(&spread.fragment_name) {
                    all.extend(fields(document, &fragment.selection_set));
                }
            }
        }
    }
    all
}

pub(super) fn run_query(state: &mut State, args: &Input) -> Outcome {
    let query = given_text(args, "query").unwrap_or_default();
    let invalid = |message: String| UserError::at("query", message).code("INVALID");
    if query.len() > TEXT_MAX {
        let message = format!(
            "Query is too large ({} bytes; maximum is {TEXT_MAX} bytes)",
            query.len()
        );
        return Err(invalid(message).into());
    }
    let document = document(query).map_err(|errors| {
        let message = errors
            .first()
            .and_then(|error| error["message"].as_str())
            .unwrap_or_default();
        let message = message.split(" at [").next().unwrap_or_default();
        invalid(format!("Invalid bulk query: {message}"))
    })?;
    let operation = document
        .operations
        .get(None)
        .map_err(|_| invalid("Invalid bulk query: exactly one operation is expected".to_owned()))?;
    if !operation.operation_type.is_query() {
        let message = "Invalid operation type. Only `query` operations are supported.";
        return Err(invalid(message.to_owned()).into());
    }
    let roots = fields(&document, &operation.selection_set);
    if roots
        .iter()
        .any(|field| matches!(field.name.as_str(), "node" | "nodes"))
    {
        return Err(
            invalid("Bulk queries cannot contain a top level `node` field.".to_owned()).into(),
        );
    }
    let mut shape = Shape::default();
    shape.look(&document, &operation.selection_set, 0);
    if shape.count == 0 {
        return Err(
            invalid("Bulk queries must contain at least one connection.".to_owned()).into(),
        );
    }
    if shape.count > CONNECTIONS_MAX {
        return Err(invalid(format!(
            "Bulk queries cannot contain more than {CONNECTIONS_MAX} connections."
        ))
        .into());
    }
    if shape.depth > DEPTH_MAX {
        let message = format!(
            "Bulk queries cannot contain connections with a nesting depth greater than {DEPTH_MAX}."
        );
        return Err(invalid(message).into());
    }
    if let Some(first) = shape.with_nodes.first() {
        let message = format!(
            "All connection fields in a bulk query must select their contents using 'edges' > 'node', e.g: '{first} {{ edges {{ node {{'. Selecting via 'nodes' is not supported. Invalid connection fields: '{}'.",
            shape.with_nodes.join("', '")
        );
        return Err(invalid(message).into());
    }
    if !shape.without_id.is_empty() {
        let message = format!(
            "The parent 'node' field for a nested connection must select the 'id' field without an alias and must be of 'ID' return type. Connection fields without 'id': {}.",
            shape.without_id.join(", ")
        );
        return Err(invalid(message).into());
    }
    check_running(state, "QUERY")?;
    Ok(json!({"bulkOperation": begin(state, "QUERY", query, None)}))
}

pub(super) fn run_mutation(state: &mut State, args: &Input) -> Outcome {
    let mutation = given_text(args, "mutation").unwrap_or_default();
    let general = |message: &str, code: &'static str| UserError::general(message).code(code);
    if let Some(identifier) = given_text(args, "clientIdentifier") {
        let length = identifier.chars().count();
        let message = match length {
            0..10 => "is too short (minimum is 10 characters)",
            10..=255 => "",
            _ => "is too long (maximum is 255 characters)",
        };
        if !message.is_empty() {
            return Err(UserError::at("clientIdentifier", message)
                .code("INVALID_MUTATION")
                .into());
        }
    }
    if mutation.len() > TEXT_MAX {
        let message = format!(
            "is too large ({} bytes; maximum is {TEXT_MAX} bytes)",
            mutation.len()
        );
        return Err(UserError::at("query", message)
            .code("INVALID_MUTATION")
            .into());
    }
    let document = document(mutation).map_err(|errors| {
        let message = errors
            .first()
            .and_then(|error| error["message"].as_str())
            .unwrap_or_default();
        general(
            &format!("Failed to parse the mutation - {message}"),
            "INVALID_MUTATION",
        )
    })?;
    let Ok(operation) = document.operations.get(None) else {
        let message = "You must specify a single top level mutation.";
        return Err(UserError::at("mutation", message).into());
    };
    if !operation.operation_type.is_mutation() {
        let message = "Invalid operation type. Only `mutation` operations are supported.";
        return Err(general(message, "INVALID_MUTATION").into());
    }
    let roots = fields(&document, &operation.selection_set);
    if roots.len() != 1 {
        return Err(
            UserError::at("mutation", "You must specify a single top level mutation.").into(),
        );
    }
    if roots[0].name.starts_with("bulkOperation") {
        return Err(UserError::at("mutation", "You must use an allowed mutation name.").into());
    }
    let mut shape = Shape::default();
    shape.look(&document, &operation.selection_set, 0);
    if shape.count > 1 {
        return Err(UserError::at(
            "mutation",
            "Bulk mutations cannot contain more than 1 connection.",
        )
        .into());
    }
    let path = given_text(args, "stagedUploadPath").unwrap_or_default();
    let url = format!("{}/uploads/{path}", state.base_url);
    let size = state.library.get(&url).map(|served| match &served.body {
        Body::Memory(bytes) => bytes.len() as u64,
        Body::File(path) => std::fs::metadata(path).map_or(0, |meta| meta.len()),
    });
    match size {
        None => {
            let message = "The JSONL file could not be found. Try uploading the file again, and check that you've entered the URL correctly for the stagedUploadPath mutation argument.";
            return Err(general(message, "NO_SUCH_FILE").into());
        }
        Some(0) => {
            return Err(general("The input file is empty.", "INVALID_STAGED_UPLOAD_FILE").into());
        }
        Some(size) if size > INPUT_MAX => {
            let message = "The input file size exceeds the maximum allowed size of 100 MB.";
            return Err(general(message, "INVALID_STAGED_UPLOAD_FILE").into());
        }
        Some(_) => {}
    }
    check_running(state, "MUTATION")?;
    Ok(json!({"bulkOperation": begin(state, "MUTATION", mutation, Some(url))}))
}

pub(super) fn cancel(state: &mut State, args: &Input) -> Outcome {
    let id = given_text(args, "id").unwrap_or_default();
    let Some(row) = state.get_as("BulkOperation", id) else {
        return Err(UserError::at("id", "Bulk operation does not exist").into());
    };
    let status = text(&row, "status");
    if !matches!(status, "CREATED" | "RUNNING") {
        let message = format!(
            "A bulk operation cannot be canceled when it is {}",
            status.to_lowercase()
        );
        return Err(UserError::general(message).into());
    }
    let now = state.now();
    state.update(id, |row| {
        row.insert("status".to_owned(), json!("CANCELED"));
        row.insert("completedAt".to_owned(), json!(now));
        row.insert("errorCode".to_owned(), Value::Null);
    });
    Ok(json!({"bulkOperation": id}))
}
