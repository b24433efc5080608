//! Checks a request against the schema and words what is wrong as real stores do.
//!
//! It finds the mistakes whose shapes are known. Whatever else the specification forbids is found by
//! `apollo-compiler` afterwards, so nothing invalid is ever executed.

use std::collections::BTreeSet;

use apollo_compiler::Name;
use apollo_compiler::Node;
use apollo_compiler::ast::{
    Argument, Definition, DirectiveList, Document, FieldDefinition, OperationType, Selection, Type,
    Value as Literal,
};
use apollo_compiler::collections::IndexMap;
use apollo_compiler::parser::{SourceMap, SourceSpan};
use apollo_compiler::schema::{Component, ExtendedType};
use serde_json::{Value, json};

use super::error::{Fail, locations};
use super::schema::schema;

/// What is wrong with a document, as elements of `errors`.
pub(crate) fn check(document: &Document) -> Vec<Value> {
    let mut check = Check {
        document,
        sources: &document.sources,
        errors: Vec::new(),
        used: BTreeSet::new(),
    };
    for definition in &document.definitions {
        check.definition(definition);
    }
    check.errors
}

struct Check<'a> {
    document: &'a Document,
    sources: &'a SourceMap,
    errors: Vec<Value>,
    /// The variables that the present definition uses.
    used: BTreeSet<String>,
}

impl Check<'_> {
    fn fail(&mut self, fail: &Fail, span: Option<SourceSpan>, path: &[String]) {
        let error = fail.to_json(Some(locations(span, self.sources)), Some(json!(path)));
        self.errors.push(error);
    }

    fn definition(&mut self, definition: &Definition) {
        match definition {
            Definition::OperationDefinition(operation) => {
                let word = match operation.operation_type {
                    OperationType::Query => "query",
                    OperationType::Mutation => "mutation",
                    OperationType::Subscription => "subscription",
                };
                let label = operation
                    .name
                    .as_ref()
                    .map_or_else(|| word.to_owned(), |name| format!("{word} {name}"));
                let Some(root) = schema().root_operation(operation.operation_type) else {
                    let fail = Fail::new(
                        "missing_subscription_configuration",
                        "Schema is not configured for subscriptions",
                    );
                    self.fail(&fail, operation.location(), &[label]);
                    return;
                };
                self.used.clear();
                let mut path = vec![label.clone()];
                self.directives(&operation.directives, &path);
                self.selections(root, &operation.selection_set, &mut path);
                let mut seen = BTreeSet::new();
                self.follow(&operation.selection_set, &mut seen);
                for variable in &operation.variables {
                    if !self.used.contains(variable.name.as_str()) {
                        let who = operation
                            .name
                            .as_ref()
                            .map_or("anonymous query", Name::as_str);
                        let name = &variable.name;
                        let fail = Fail::new(
                            "variableNotUsed",
                            format!("Variable ${name} is declared by {who} but not used"),
                        )
                        .with("variableName", name.as_str());
                        self.fail(&fail, variable.location(), std::slice::from_ref(&label));
                    }
                }
            }
            Definition::FragmentDefinition(fragment) => {
                let mut path = vec![format!("fragment {}", fragment.name)];
                self.directives(&fragment.directives, &path);
                if self.is_known(&fragment.type_condition, fragment.location(), &path) {
                    self.selections(&fragment.type_condition, &fragment.selection_set, &mut path);
                }
            }
            _ => {}
        }
    }

    /// Notes the variables that fragments use, wherever they are spread.
    fn follow(&mut self, selections: &[Selection], seen: &mut BTreeSet<String>) {
        for selection in selections {
            match selection {
                Selection::Field(field) => self.follow(&field.selection_set, seen),
                Selection::InlineFragment(inline) => self.follow(&inline.selection_set, seen),
                Selection::FragmentSpread(spread) => {
                    if !seen.insert(spread.fragment_name.to_string()) {
                        continue;
                    }
                    let fragment = self.document.definitions.iter().find_map(|definition| {
                        definition
                            .as_fragment_definition()
                            .filter(|fragment| fragment.name == spread.fragment_name)
                    });
                    if let Some(fragment) = fragment.cloned() {
                        self.note(&fragment.selection_set);
                        self.follow(&fragment.selection_set, seen);
                    }
                }
            }
        }
    }

    fn note(&mut self, selections: &[Selection]) {
        for selection in selections {
            let directives = match selection {
                Selection::Field(field) => {
                    for argument in &field.arguments {
                        self.note_value(&argument.value);
                    }
                    self.note(&field.selection_set);
                    &field.directives
                }
                Selection::InlineFragment(inline) => {
                    self.note(&inline.selection_set);
                    &inline.directives
                }
                Selection::FragmentSpread(spread) => &spread.directives,
            };
            for argument in directives.iter().flat_map(|directive| &directive.arguments) {
                self.note_value(&argument.value);
            }
        }
    }

    fn note_value(&mut self, value: &Literal) {
        match value {
            Literal::Variable(name) => {
                self.used.insert(name.to_string());
            }
            Literal::List(items) => items.iter().for_each(|item| self.note_value(item)),
            Literal::Object(members) => {
                members.iter().for_each(|(_, value)| self.note_value(value));
            }
            _ => {}
        }
    }

    fn is_known(&mut self, name: &Name, span: Option<SourceSpan>, path: &[String]) -> bool {
        if schema().types.contains_key(name) {
            return true;
        }
        let fail = Fail::new(
            "undefinedType",
            format!("No such type {name}, so it can't be a fragment condition"),
        )
        .with("typeName", name.as_str());
        self.fail(&fail, span, path);
        false
    }

    fn directives(&mut self, directives: &DirectiveList, path: &[String]) {
        for directive in directives.iter() {
            for argument in &directive.arguments {
                self.note_value(&argument.value);
            }
            if !schema().directive_definitions.contains_key(&directive.name) {
                let name = &directive.name;
                let fail = Fail::new(
                    "undefinedDirective",
                    format!("Directive @{name} is not defined"),
                )
                .with("directiveName", name.as_str());
                self.fail(&fail, directive.location(), path);
            }
        }
    }

    fn selections(&mut self, on: &Name, selections: &[Selection], path: &mut Vec<String>) {
        for selection in selections {
            match selection {
                Selection::Field(field) => {
                    path.push(field.response_name().to_string());
                    self.directives(&field.directives, path);
                    self.field(on, field, path);
                    path.pop();
                }
                Selection::InlineFragment(inline) => {
                    let to = inline.type_condition.as_ref().unwrap_or(on);
                    path.push(match &inline.type_condition {
                        Some(to) => format!("... on {to}"),
                        None => "...".to_owned(),
                    });
                    self.directives(&inline.directives, path);
                    if self.is_known(to, inline.location(), path) {
                        self.selections(to, &inline.selection_set, path);
                    }
                    path.pop();
                }
                Selection::FragmentSpread(spread) => self.directives(&spread.directives, path),
            }
        }
    }

    fn field(
        &mut self,
        on: &Name,
        field: &Node<apollo_compiler::ast::Field>,
        path: &mut Vec<String>,
    ) {
        for argument in &field.arguments {
            self.note_value(&argument.value);
        }
        if field.name == "__typename" {
            return;
        }
        let Ok(definition) = schema().type_field(on, &field.name) else {
            let name = &field.name;
            let fail = Fail::new(
                "undefinedField",
                format!("Field '{name}' doesn't exist on type '{on}'"),
            )
            .with("typeName", on.as_str())
            .with("fieldName", name.as_str());
            self.fail(&fail, field.location(), path);
            return;
        };
        let definition = definition.clone();
        self.arguments(field, &definition, path);
        let inner = definition.ty.inner_named_type();
        let is_leaf = schema().types.get(inner).is_some_and(ExtendedType::is_leaf);
        if is_leaf && !field.selection_set.is_empty() {
            let names: Vec<String> = field
                .selection_set
                .iter()
                .filter_map(|selection| Some(format!("{:?}", selection.as_field()?.name.as_str())))
                .collect();
            let fail = Fail::new(
                "selectionMismatch",
                format!(
                    "Selections can't be made on scalars (field '{}' returns {inner} but has selections [{}])",
                    field.name,
                    names.join(", ")
                ),
            )
            .with("nodeName", format!("field '{}'", field.name))
            .with("typeName", inner.as_str());
            self.fail(&fail, field.location(), path);
        } else if !is_leaf && field.selection_set.is_empty() {
            let name = &field.name;
            let fail = Fail::new(
                "selectionMismatch",
                format!(
                    "Field must have selections (field '{name}' returns {inner} but has no selections. Did you mean '{name} {{ ... }}'?)"
                ),
            )
            .with("nodeName", format!("field '{name}'"))
            .with("typeName", inner.as_str());
            self.fail(&fail, field.location(), path);
        } else if !is_leaf {
            self.selections(inner, &field.selection_set, path);
        }
    }

    fn arguments(
        &mut self,
        field: &Node<apollo_compiler::ast::Field>,
        definition: &FieldDefinition,
        path: &[String],
    ) {
        let name = &field.name;
        for argument in &field.arguments {
            let Some(expected) = definition.argument_by_name(&argument.name) else {
                let argument_name = &argument.name;
                let fail = Fail::new(
                    "argumentNotAccepted",
                    format!("Field '{name}' doesn't accept argument '{argument_name}'"),
                )
                .with("name", name.as_str())
                .with("typeName", "Field")
                .with("argumentName", argument_name.as_str());
                self.fail(&fail, argument.location(), &step(path, &argument.name));
                continue;
            };
            self.argument(argument, &expected.ty, name, path);
        }
        let missing: Vec<&str> = definition
            .arguments
            .iter()
            .filter(|expected| expected.is_required())
            .filter(|expected| {
                field
                    .arguments
                    .iter()
                    .all(|given| given.name != expected.name)
            })
            .map(|expected| expected.name.as_str())
            .collect();
        if !missing.is_empty() {
            let missing = missing.join(", ");
            let fail = Fail::new(
                "missingRequiredArguments",
                format!("Field '{name}' is missing required arguments: {missing}"),
            )
            .with("className", "Field")
            .with("name", name.as_str())
            .with("arguments", missing);
            self.fail(&fail, field.location(), path);
        }
    }

    fn argument(&mut self, argument: &Node<Argument>, ty: &Type, field: &Name, path: &[String]) {
        let path = step(path, &argument.name);
        if !self.value(&argument.value, ty, &path) {
            let fail = Fail::new(
                "argumentLiteralsIncompatible",
                format!(
                    "Argument '{}' on Field '{field}' has an invalid value ({}). Expected type '{ty}'.",
                    argument.name, argument.value
                ),
            )
            .with("typeName", "Field")
            .with("argumentName", argument.name.as_str());
            self.fail(&fail, argument.location(), &path);
        }
    }

    /// Whether a literal fits; what is wrong inside an input object is reported there.
    fn value(&mut self, value: &Node<Literal>, ty: &Type, path: &[String]) -> bool {
        if matches!(**value, Literal::Variable(_)) {
            return true;
        }
        if value.is_null() {
            return !ty.is_non_null();
        }
        if ty.is_list() {
            return match &**value {
                Literal::List(items) => items
                    .iter()
                    .all(|item| self.value(item, ty.item_type(), path)),
                _ => self.value(value, ty.item_type(), path),
            };
        }
        let name = ty.inner_named_type();
        match (schema().types.get(name), &**value) {
            (Some(ExtendedType::InputObject(definition)), Literal::Object(members)) => {
                let definition = definition.clone();
                self.members(name, &definition.fields, members, path);
                true
            }
            (Some(ExtendedType::Enum(definition)), Literal::Enum(name)) => {
                definition.values.contains_key(name)
            }
            (Some(ExtendedType::Enum(_) | ExtendedType::InputObject(_)), _) => false,
            (_, literal) => match name.as_str() {
                "Int" => matches!(literal, Literal::Int(_)),
                "Float" => matches!(literal, Literal::Int(_) | Literal::Float(_)),
                "Boolean" => matches!(literal, Literal::Boolean(_)),
                "String" => matches!(literal, Literal::String(_)),
                "ID" => matches!(literal, Literal::String(_) | Literal::Int(_)),
                _ => true,
            },
        }
    }

    fn members(
        &mut self,
        object: &Name,
        fields: &IndexMap<Name, Component<apollo_compiler::ast::InputValueDefinition>>,
        members: &[(Name, Node<Literal>)],
        path: &[String],
    ) {
        for (name, value) in members {
            let path = step(path, name);
            let Some(expected) = fields.get(name) else {
                let fail = Fail::new(
                    "argumentNotAccepted",
                    format!("InputObject '{object}' doesn't accept argument '{name}'"),
                )
                .with("name", object.as_str())
                .with("typeName", "InputObject")
                .with("argumentName", name.as_str());
                self.fail(&fail, value.location(), &path);
                continue;
            };
            if !self.value(value, &expected.ty, &path) {
                let fail = Fail::new(
                    "argumentLiteralsIncompatible",
                    format!(
                        "Argument '{name}' on InputObject '{object}' has an invalid value ({value}). Expected type '{}'.",
                        expected.ty
                    ),
                )
                .with("typeName", "InputObject")
                .with("argumentName", name.as_str());
                self.fail(&fail, value.location(), &path);
            }
        }
        for (name, expected) in fields.iter().filter(|(_, field)| field.is_required()) {
            if members.iter().all(|(member, _)| member != name) {
                let fail = Fail::new(
                    "missingRequiredInputObjectAttribute",
                    format!(
                        "Argument '{name}' on InputObject '{object}' is required. Expected type {}",
                        expected.ty
                    ),
                )
                .with("argumentName", name.as_str())
                .with("argumentType", expected.ty.to_string())
                .with("inputObjectType", object.as_str());
                self.fail(&fail, name.location(), &step(path, name));
            }
        }
    }
}

fn step(path: &[String], name: &Name) -> Vec<String> {
    let mut path = path.to_vec();
    path.push(name.to_string());
    path
}
