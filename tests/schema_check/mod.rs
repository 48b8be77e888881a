//! A small JSON Schema validator: the words that docs/schema uses, an unknown one is an error.

use serde_json::Value;

/// All ways in which `value` breaks `schema`, each with its place.
pub(crate) fn violations(schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    walk(schema, schema, value, "$", &mut found);
    found
}

fn walk(root: &Value, schema: &Value, value: &Value, place: &str, found: &mut Vec<String>) {
    for (word, rule) in schema.as_object().unwrap() {
        match &word[..] {
            "$schema" | "$id" | "$defs" | "title" | "description" | "properties" => {}
            "$ref" => {
                let path = rule.as_str().unwrap().trim_start_matches('#');
                walk(root, root.pointer(path).unwrap(), value, place, found);
            }
            "const" => expect(value == rule, place, "is not the constant", found),
            "enum" => {
                let among = rule.as_array().unwrap().contains(value);
                expect(among, place, &format!("{value} is not among {rule}"), found);
            }
            "type" => {
                let named = |name: &Value| is_type(value, name.as_str().unwrap());
                let fits = match rule {
                    Value::Array(names) => names.iter().any(named),
                    name => named(name),
                };
                expect(fits, place, &format!("{value} is no {rule}"), found);
            }
            "required" => {
                for key in rule.as_array().unwrap() {
                    let there = !value.is_object() || value.get(key.as_str().unwrap()).is_some();
                    expect(there, place, &format!("{key} is missing"), found);
                }
            }
            "items" => {
                for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                    walk(root, rule, item, &format!("{place}[{index}]"), found);
                }
            }
            "additionalProperties" => {
                for (key, item) in value.as_object().into_iter().flatten() {
                    match schema["properties"].get(key) {
                        Some(rule) => walk(root, rule, item, &format!("{place}.{key}"), found),
                        None => found.push(format!("{place}: {key} is not in the schema")),
                    }
                }
            }
            other => found.push(format!(
                "the schema uses '{other}', which this validator does not know"
            )),
        }
    }
}

fn expect(holds: bool, place: &str, what: &str, found: &mut Vec<String>) {
    if !holds {
        found.push(format!("{place}: {what}"));
    }
}

fn is_type(value: &Value, name: &str) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        _ => false,
    }
}
