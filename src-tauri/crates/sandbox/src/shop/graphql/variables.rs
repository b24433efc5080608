//! A request's variables, checked against what the operation declares.

use apollo_compiler::ast::Type;
use apollo_compiler::executable::Operation;
use apollo_compiler::parser::SourceMap;
use apollo_compiler::schema::{ExtendedType, InputObjectType};
use serde_json::{Map, Value, json};

use super::arguments::{default_of, literal};
use super::error::{Fail, locations};
use super::schema::schema;
use crate::shop::clock::parse_ms;
use crate::shop::gid;

/// What is wrong with one place of a variable.
struct Problem {
    path: Vec<Value>,
    explanation: String,
}

/// The variables that an operation declares, from those that came with the request.
///
/// # Errors
/// One `INVALID_VARIABLE` error for each variable that does not fit its type.
pub(crate) fn variables(
    operation: &Operation,
    given: &Map<String, Value>,
    sources: &SourceMap,
) -> Result<Map<String, Value>, Vec<Value>> {
    let mut values = Map::new();
    let mut errors = Vec::new();
    for definition in &operation.variables {
        let name = definition.name.as_str();
        let default = || {
            let default = definition.default_value.as_ref()?;
            literal(default, &definition.ty, &Map::new())
        };
        let value = match given.get(name) {
            Some(value) => value.clone(),
            None => match default() {
                Some(value) => value,
                None if definition.ty.is_non_null() => Value::Null,
                None => continue,
            },
        };
        let mut problems = Vec::new();
        let coerced = coerce(&definition.ty, &value, &mut Vec::new(), &mut problems);
        if problems.is_empty() {
            values.insert(name.to_owned(), coerced);
        } else {
            let fail = invalid(name, &definition.ty, value, &problems);
            errors.push(fail.to_json(Some(locations(definition.location(), sources)), None));
        }
    }
    if errors.is_empty() {
        Ok(values)
    } else {
        Err(errors)
    }
}

fn invalid(name: &str, ty: &Type, value: Value, problems: &[Problem]) -> Fail {
    let places: Vec<String> = problems
        .iter()
        .filter(|problem| !problem.path.is_empty())
        .map(|problem| {
            let path: Vec<String> = problem
                .path
                .iter()
                .map(|step| {
                    step.as_str()
                        .map_or_else(|| step.to_string(), str::to_owned)
                })
                .collect();
            format!("{} ({})", path.join("."), problem.explanation)
        })
        .collect();
    let mut message = format!("Variable ${name} of type {ty} was provided invalid value");
    if !places.is_empty() {
        message = format!("{message} for {}", places.join(", "));
    }
    let problems: Vec<Value> = problems
        .iter()
        .map(|problem| json!({"path": problem.path, "explanation": problem.explanation}))
        .collect();
    Fail::new("INVALID_VARIABLE", message)
        .with("value", value)
        .with("problems", problems)
}

/// Notes a problem; what can't be read counts as null.
fn note(problems: &mut Vec<Problem>, path: &[Value], explanation: String) -> Value {
    problems.push(Problem {
        path: path.to_vec(),
        explanation,
    });
    Value::Null
}

fn coerce(ty: &Type, value: &Value, path: &mut Vec<Value>, problems: &mut Vec<Problem>) -> Value {
    if value.is_null() {
        if ty.is_non_null() {
            return note(problems, path, "Expected value to not be null".to_owned());
        }
        return Value::Null;
    }
    if ty.is_list() {
        let single = std::slice::from_ref(value);
        let items = value.as_array().map_or(single, Vec::as_slice);
        return items
            .iter()
            .enumerate()
            .map(|(index, item)| {
                path.push(json!(index));
                let item = coerce(ty.item_type(), item, path, problems);
                path.pop();
                item
            })
            .collect();
    }
    let name = ty.inner_named_type().as_str();
    match schema().types.get(name) {
        Some(ExtendedType::Enum(definition)) => match value.as_str() {
            Some(text) if definition.values.contains_key(text) => value.clone(),
            _ => {
                let names: Vec<&str> = definition.values.keys().map(|name| name.as_str()).collect();
                let given = value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned);
                let expected = names.join(", ");
                note(
                    problems,
                    path,
                    format!("Expected \"{given}\" to be one of: {expected}"),
                )
            }
        },
        Some(ExtendedType::InputObject(definition)) => {
            input_object(definition, value, path, problems)
        }
        _ => scalar(name, value).unwrap_or_else(|explanation| note(problems, path, explanation)),
    }
}

fn input_object(
    definition: &InputObjectType,
    value: &Value,
    path: &mut Vec<Value>,
    problems: &mut Vec<Problem>,
) -> Value {
    let Some(members) = value.as_object() else {
        return note(
            problems,
            path,
            format!("Expected {value} to be a key-value object."),
        );
    };
    for member in members
        .keys()
        .filter(|key| !definition.fields.contains_key(key.as_str()))
    {
        path.push(json!(member));
        note(
            problems,
            path,
            format!("Field is not defined on {}", definition.name),
        );
        path.pop();
    }
    let mut object = Map::new();
    for (field, definition) in &definition.fields {
        let given = members.get(field.as_str()).cloned();
        let given = given.or_else(|| default_of(definition));
        let Some(given) = given.or_else(|| definition.is_required().then_some(Value::Null)) else {
            continue;
        };
        path.push(json!(field.as_str()));
        let coerced = coerce(&definition.ty, &given, path, problems);
        path.pop();
        object.insert(field.to_string(), coerced);
    }
    if definition.directives.has("oneOf") && object.len() != 1 {
        let (name, count) = (&definition.name, object.len());
        let explanation =
            format!("'{name}' requires exactly one argument, but {count} were provided.");
        note(problems, path, explanation);
    }
    Value::Object(object)
}

/// A scalar in the form in which the simulator keeps it.
fn scalar(name: &str, value: &Value) -> Result<Value, String> {
    match (name, value) {
        ("Int", Value::Number(number))
            if number
                .as_i64()
                .is_some_and(|number| i32::try_from(number).is_ok()) =>
        {
            Ok(value.clone())
        }
        ("Float", Value::Number(_))
        | ("Boolean", Value::Bool(_))
        | ("String", Value::String(_)) => Ok(value.clone()),
        ("ID", Value::Number(number)) if number.is_i64() => Ok(json!(number.to_string())),
        ("ID", Value::String(text)) if text.starts_with("gid://") && gid::split(text).is_none() => {
            Err(format!("Invalid global id '{text}'"))
        }
        ("ID", Value::String(_)) => Ok(value.clone()),
        ("Int" | "Float" | "Boolean" | "String" | "ID", _) => {
            Err(format!("Could not coerce value {value} to {name}"))
        }
        ("Decimal" | "Money", Value::Number(number)) => Ok(json!(number.to_string())),
        ("Decimal" | "Money", Value::String(text)) if text.parse::<f64>().is_err() => {
            Err(format!("invalid decimal '{text}'"))
        }
        ("DateTime", Value::String(text)) if parse_ms(text).is_none() => {
            Err(format!("invalid DateTime '{text}'"))
        }
        _ => Ok(value.clone()),
    }
}
