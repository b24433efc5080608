//! A request's way from text to answer: parse, check, price, run.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use apollo_compiler::ExecutableDocument;
use apollo_compiler::Node;
use apollo_compiler::ast::Document;
use apollo_compiler::executable::Operation;
use apollo_compiler::introspection;
use apollo_compiler::request::coerce_variable_values;
use apollo_compiler::response::JsonMap;
use apollo_compiler::validation::{DiagnosticList, Valid};
use serde_json::{Map, Value, json};

use super::check::check;
use super::cost::{self, COST_MAX, Cost};
use super::error::Fail;
use super::execute::Executor;
use super::limits::oversized;
use super::schema::{implementers, schema};
use super::variables::variables;
use crate::shop::state::State;

/// How many checked documents are kept.
const DOCUMENTS_MAX: usize = 2_000;

type Checked = Result<Arc<Valid<ExecutableDocument>>, Vec<Value>>;

static DOCUMENTS: LazyLock<Mutex<HashMap<String, Checked>>> = LazyLock::new(Mutex::default);

/// A request that may run.
pub(crate) struct Prepared {
    pub(crate) document: Arc<Valid<ExecutableDocument>>,
    pub(crate) operation: Node<Operation>,
    pub(crate) variables: Map<String, Value>,
    cost: Cost,
}

/// A request that may not: the elements of `errors`.
pub(crate) struct Refused(pub(crate) Vec<Value>);

/// What a request costs, for `extensions.cost`.
pub(crate) struct CostReport {
    pub(crate) requested: u64,
    pub(crate) fields: Vec<Value>,
}

/// What a request brought.
pub(crate) struct Answer {
    pub(crate) data: Value,
    pub(crate) errors: Vec<Value>,
    pub(crate) actual_cost: u64,
}

impl Prepared {
    /// The names of the fields of the root object, fragments followed.
    pub(crate) fn root_fields(&self) -> Vec<String> {
        self.operation
            .root_fields(&self.document)
            .map(|field| field.name.to_string())
            .collect()
    }

    pub(crate) fn cost(&self) -> CostReport {
        CostReport {
            requested: self.cost.points,
            fields: self.cost.fields.clone(),
        }
    }
}

/// Parses and checks a document; the outcome is kept.
pub(crate) fn document(text: &str) -> Checked {
    let mut documents = DOCUMENTS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = documents.get(text) {
        return known.clone();
    }
    let checked = parse(text).map(Arc::new);
    if documents.len() >= DOCUMENTS_MAX {
        documents.clear();
    }
    documents.insert(text.to_owned(), checked.clone());
    checked
}

fn parse(text: &str) -> Result<Valid<ExecutableDocument>, Vec<Value>> {
    if text.trim().is_empty() {
        return Err(vec![
            Fail::new("PARSE_ERROR", "Unexpected end of document").to_json(Some(json!([])), None),
        ]);
    }
    let parsed = Document::parser()
        .recursion_limit(500)
        .parse_ast(text, "request.graphql")
        .map_err(|invalid| vec![syntax_error(text, &invalid.errors)])?;
    let errors = check(&parsed);
    if !errors.is_empty() {
        return Err(errors);
    }
    parsed
        .to_executable_validate(schema())
        .map_err(|invalid| other_errors(&invalid.errors))
}

fn syntax_error(text: &str, errors: &DiagnosticList) -> Value {
    let place = errors.iter().find_map(|error| error.line_column_range());
    let (line, column) = place.map_or((1, 1), |range| (range.start.line, range.start.column));
    let rest = text.lines().nth(line - 1).unwrap_or_default();
    let rest: String = rest.chars().skip(column - 1).collect();
    let token: String = rest
        .trim_start()
        .chars()
        .take_while(|letter| letter.is_alphanumeric() || *letter == '_')
        .collect();
    let token = if token.is_empty() {
        rest.trim_start().chars().take(1).collect()
    } else {
        token
    };
    let message = if token.is_empty() {
        let last = text.trim_end().lines().count().max(1);
        let width = text
            .trim_end()
            .lines()
            .last()
            .map_or(1, |line| line.chars().count());
        format!("syntax error, unexpected end of file at [{last}, {width}]")
    } else {
        format!("syntax error, unexpected {token:?} at [{line}, {column}]")
    };
    Fail::new("PARSE_ERROR", message).to_json(Some(json!([{"line": line, "column": column}])), None)
}

fn other_errors(errors: &DiagnosticList) -> Vec<Value> {
    errors
        .iter()
        .map(|error| {
            let found = error.to_json();
            let locations: Vec<Value> = found
                .locations
                .iter()
                .map(|place| json!({"line": place.line, "column": place.column}))
                .collect();
            let code = error
                .error
                .unstable_error_name()
                .unwrap_or("invalidDocument");
            let code = code
                .chars()
                .take(1)
                .flat_map(char::to_lowercase)
                .chain(code.chars().skip(1));
            let code: String = code.collect();
            Fail::new(&code, found.message).to_json(Some(Value::Array(locations)), None)
        })
        .collect()
}

/// Checks a request and prices it.
///
/// # Errors
/// The request as it stands can't be run.
pub(crate) fn prepare(
    text: &str,
    operation_name: Option<&str>,
    given: &Map<String, Value>,
) -> Result<Prepared, Refused> {
    let refused = |fail: Fail| Refused(vec![fail.to_json(None, None)]);
    let document = document(text).map_err(Refused)?;
    let operation_name = operation_name.filter(|name| !name.is_empty());
    let operation = document.operations.get(operation_name).map_err(|_| {
        let mut fail = Fail::new(
            "",
            match operation_name {
                Some(name) => format!("No operation named {name:?}"),
                None => "An operation name is required".to_owned(),
            },
        );
        fail.extensions.clear();
        refused(fail)
    })?;
    let operation = operation.clone();
    let variables = variables(&operation, given, &document.sources).map_err(Refused)?;
    if let Some(error) = oversized(&document, &operation, &variables) {
        return Err(Refused(vec![error]));
    }
    let cost = cost::requested(&document, &operation, &variables);
    if cost.points > COST_MAX {
        let points = cost.points;
        return Err(refused(
            Fail::new(
                "MAX_COST_EXCEEDED",
                format!(
                    "Query cost is {points}, which exceeds the single query max cost limit ({COST_MAX}).\n\nSee https://shopify.dev/docs/api/usage/rate-limits for more information on how the\ncost of a query is calculated.\n\nTo query larger amounts of data with fewer limits, bulk operations should be used instead.\nSee https://shopify.dev/docs/api/usage/bulk-operations/queries for usage details.\n"
                ),
            )
            .with("cost", points)
            .with("maxCost", COST_MAX)
            .with("documentation", "https://shopify.dev/api/usage/rate-limits"),
        ));
    }
    Ok(Prepared {
        document,
        operation,
        variables,
        cost,
    })
}

/// Runs a request on a shop.
pub(crate) fn run(state: &mut State, request: &Prepared) -> Answer {
    let mut executor = Executor::new(state, &request.document, &request.variables);
    let mut data = executor.run(&request.operation.selection_set);
    let (errors, observed) = (executor.errors, executor.observed);
    introspect(request, &mut data);
    let actual_cost = cost::actual(
        &request.document,
        &request.operation,
        &request.variables,
        &observed,
    );
    Answer {
        data,
        errors,
        actual_cost: actual_cost.min(request.cost.points),
    }
}

/// Answers `__schema` and `__type`.
fn introspect(request: &Prepared, data: &mut Value) {
    let asks = request
        .root_fields()
        .iter()
        .any(|name| name == "__schema" || name == "__type");
    let (true, Some(data)) = (asks, data.as_object_mut()) else {
        return;
    };
    let mut variables = JsonMap::new();
    for (name, value) in &request.variables {
        variables.insert(name.as_str(), value.clone().into());
    }
    let Ok(variables) = coerce_variable_values(schema(), &request.operation, &variables) else {
        return;
    };
    let answer = introspection::partial_execute(
        schema(),
        implementers(),
        &request.document,
        &request.operation,
        &variables,
    );
    let answer = answer
        .ok()
        .and_then(|answer| serde_json::to_value(answer.data).ok());
    if let Some(Value::Object(answer)) = answer {
        for (key, value) in answer {
            data.insert(key, value);
        }
    }
}
