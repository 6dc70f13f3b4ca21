//! The scalar values of a value tree, each with its dotted key: what `attr.KEY` compares.

use super::value::AnyValue;
use crate::limits;

/// Calls `visit` with the dotted key and value of every scalar below `value`.
///
/// A member `b` of a list `a` has the key `a.b`; the elements of an array share the array's key.
/// An empty list or array has no leaf. Returns `false` when `visit` returned `false`, which ends the walk.
pub fn visit_leaves<'a>(
    key: &mut String,
    value: AnyValue<'a>,
    visit: &mut impl FnMut(&str, AnyValue<'a>) -> bool,
) -> bool {
    walk(key, value, visit, 0)
}

fn walk<'a>(
    key: &mut String,
    value: AnyValue<'a>,
    visit: &mut impl FnMut(&str, AnyValue<'a>) -> bool,
    depth: usize,
) -> bool {
    if depth > limits::MAX_VALUE_DEPTH {
        return true;
    }
    match value {
        AnyValue::Array(mut values) => values.all(|value| walk(key, value, visit, depth + 1)),
        AnyValue::KvList(mut members) => members.all(|(member, value)| {
            let length = key.len();
            if !key.is_empty() {
                key.push('.');
            }
            key.push_str(member);
            let go_on = walk(key, value, visit, depth + 1);
            key.truncate(length);
            go_on
        }),
        scalar => visit(key, scalar),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::value::{KeyValues, put_string_attribute};
    use crate::record::wire::put_message_field;

    #[test]
    fn nested_members_have_dotted_keys() {
        let mut list = Vec::new();
        put_string_attribute(&mut list, 1, "x", "1");
        let mut message = Vec::new();
        put_message_field(&mut message, 6, |out| {
            crate::record::wire::put_bytes_field(out, 1, b"a");
            put_message_field(out, 2, |out| put_message_field(out, 6, |out| out.extend_from_slice(&list)));
        });
        let (key, value) = KeyValues::new(&message, 6).next().unwrap();
        let mut found = Vec::new();
        visit_leaves(&mut key.to_owned(), value, &mut |key, _| {
            found.push(key.to_owned());
            true
        });
        assert_eq!(found, ["a.x"]);
    }
}
