//! The values of a field's arguments: literals and variables brought to one form, with the schema's defaults.

use apollo_compiler::Node;
use apollo_compiler::ast::{InputValueDefinition, Type};
use apollo_compiler::executable::{Field, Value as Literal};
use apollo_compiler::schema::ExtendedType;
use serde_json::{Map, Value, json};

use super::schema::schema;

/// The arguments of a field. Names that are absent were not given and have no default.
pub(crate) fn arguments(field: &Field, variables: &Map<String, Value>) -> Map<String, Value> {
    field
        .definition
        .arguments
        .iter()
        .filter_map(|definition| {
            let given = field
                .arguments
                .iter()
                .find(|argument| argument.name == definition.name)
                .and_then(|argument| literal(&argument.value, &definition.ty, variables));
            let value = given.or_else(|| default_of(definition))?;
            Some((definition.name.to_string(), value))
        })
        .collect()
}

/// The default of an argument or input field.
pub(crate) fn default_of(definition: &InputValueDefinition) -> Option<Value> {
    let default = definition.default_value.as_ref()?;
    literal(default, &definition.ty, &Map::new())
}

/// A literal as JSON; nothing for a variable that was not given.
pub(crate) fn literal(
    value: &Node<Literal>,
    ty: &Type,
    variables: &Map<String, Value>,
) -> Option<Value> {
    Some(match &**value {
        Literal::Null => Value::Null,
        Literal::Variable(name) => return variables.get(name.as_str()).cloned(),
        Literal::List(items) => items
            .iter()
            .map(|item| literal(item, ty.item_type(), variables).unwrap_or(Value::Null))
            .collect(),
        _ if ty.is_list() => json!([literal(value, ty.item_type(), variables)?]),
        Literal::Enum(name) => json!(name.as_str()),
        Literal::String(text) => json!(text),
        Literal::Boolean(flag) => json!(flag),
        Literal::Int(number) if ty.inner_named_type() == "ID" => json!(number.as_str()),
        Literal::Int(number) => number.as_str().parse().map_or(Value::Null, Value::Number),
        Literal::Float(number) => number.as_str().parse().map_or(Value::Null, Value::Number),
        Literal::Object(members) => object(members, ty, variables),
    })
}

fn object(
    members: &[(apollo_compiler::Name, Node<Literal>)],
    ty: &Type,
    variables: &Map<String, Value>,
) -> Value {
    let Some(ExtendedType::InputObject(definition)) = schema().types.get(ty.inner_named_type())
    else {
        // A scalar of the vendor's that takes any JSON.
        let any = Type::Named(ty.inner_named_type().clone());
        return members
            .iter()
            .filter_map(|(name, value)| Some((name.to_string(), literal(value, &any, variables)?)))
            .collect::<Map<_, _>>()
            .into();
    };
    definition
        .fields
        .iter()
        .filter_map(|(name, field)| {
            let given = members
                .iter()
                .find(|(member, _)| member == name)
                .and_then(|(_, value)| literal(value, &field.ty, variables));
            Some((name.to_string(), given.or_else(|| default_of(field))?))
        })
        .collect::<Map<_, _>>()
        .into()
}
