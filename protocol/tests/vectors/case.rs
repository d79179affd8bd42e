//! A vector file as a value, and its text.

use hearth_protocol::codec::Hex;
use serde_json::{Value, json};

/// One file: all cases of one format.
#[derive(Clone)]
pub(crate) struct File {
    pub(crate) format: &'static str,
    about: &'static str,
    valid: Vec<Value>,
    invalid: Vec<Value>,
}

/// What is read: bytes, or a text.
pub(crate) enum Input<'a> {
    Bytes(&'a [u8]),
    Text(&'a str),
}

impl<'a, T: AsRef<[u8]> + ?Sized> From<&'a T> for Input<'a> {
    fn from(bytes: &'a T) -> Self {
        Self::Bytes(bytes.as_ref())
    }
}

impl File {
    pub(crate) fn new(format: &'static str, about: &'static str) -> Self {
        Self {
            format,
            about,
            valid: Vec::new(),
            invalid: Vec::new(),
        }
    }

    /// A valid case: what it gives is what reading it gives now, which the diff of a regenerated file shows.
    pub(crate) fn valid<'a>(&mut self, name: &str, given: Value, from: impl Into<Input<'a>>) {
        let mut case = case(name, given, &from.into());
        let gives = crate::read::read(self.format, &input(&case), &case["given"]);
        case["gives"] = gives.unwrap_or_else(|error| panic!("{} {name}: {error}", self.format));
        self.valid.push(case);
    }

    /// An invalid case, why it is, and the error that this program says.
    pub(crate) fn invalid<'a>(
        &mut self,
        name: &str,
        (reason, error): (&str, &str),
        given: Value,
        from: impl Into<Input<'a>>,
    ) {
        let mut case = case(name, given, &from.into());
        case["reason"] = reason.into();
        case["error"] = error.into();
        let said = crate::read::read(self.format, &input(&case), &case["given"]);
        assert_eq!(said, Err(error.to_owned()), "{} {name}", self.format);
        self.invalid.push(case);
    }
}

fn case(name: &str, given: Value, from: &Input<'_>) -> Value {
    let mut case = json!({ "name": name });
    if !given.is_null() {
        case["given"] = given;
    }
    match from {
        Input::Text(text) => case["text"] = (*text).into(),
        Input::Bytes(bytes) => case["bytes"] = packed(bytes),
    }
    case
}

/// Hexadecimal, or for long inputs parts of `[hexadecimal, times]`.
fn packed(bytes: &[u8]) -> Value {
    const LONG_BYTES: usize = 8192;
    if bytes.len() < LONG_BYTES {
        return hex(bytes);
    }
    // The shortest period that repeats from some offset early on: enough for the long cases that exist.
    for offset in 0..400 {
        for period in 1..120 {
            let tail = &bytes[offset..];
            let times = tail
                .chunks(period)
                .take_while(|chunk| *chunk == &tail[..period])
                .count();
            if times * period > LONG_BYTES / 2 {
                let end = offset + times * period;
                return json!([
                    [hex(&bytes[..offset]), 1],
                    [hex(&tail[..period]), times],
                    [hex(&bytes[end..]), 1]
                ]);
            }
        }
    }
    hex(bytes)
}

pub(crate) fn hex(bytes: impl AsRef<[u8]>) -> Value {
    Hex(bytes.as_ref()).to_string().into()
}

pub(crate) fn unhex(value: &Value) -> Vec<u8> {
    let text = value.as_str().unwrap_or_default();
    assert!(text.len().is_multiple_of(2));
    let byte = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
    (0..text.len()).step_by(2).map(byte).collect()
}

pub(crate) fn unhex_array<const N: usize>(value: &Value) -> [u8; N] {
    unhex(value).try_into().unwrap()
}

/// The bytes that a case is about.
pub(crate) fn input(case: &Value) -> Vec<u8> {
    match (&case["text"], &case["bytes"]) {
        (Value::String(text), _) => text.clone().into_bytes(),
        (_, Value::Array(parts)) => parts.iter().flat_map(part).collect(),
        (_, bytes) => unhex(bytes),
    }
}

fn part(part: &Value) -> Vec<u8> {
    let times = usize::try_from(part[1].as_u64().unwrap()).unwrap();
    unhex(&part[0]).repeat(times)
}

pub(crate) fn parse(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

pub(crate) fn render(file: &File) -> String {
    let value = json!({
        "about": file.about,
        "format": file.format,
        "valid": file.valid,
        "invalid": file.invalid,
    });
    match file.format {
        "space_history" => in_rows(&value, 0) + "\n",
        _ => serde_json::to_string_pretty(&value).unwrap() + "\n",
    }
}

/// Indented like the others, but for what stands in the lists of a case: each item, be it a step or a member, in one row.
fn in_rows(value: &Value, depth: usize) -> String {
    const ROWS_DEPTH: usize = 5;
    let spaces = |depth| "  ".repeat(depth);
    let lines = |items: Vec<String>, [opens, ends]: [char; 2]| {
        let items: Vec<_> = items
            .iter()
            .map(|item| format!("{}{item}", spaces(depth + 1)))
            .collect();
        format!("{opens}\n{}\n{}{ends}", items.join(",\n"), spaces(depth))
    };
    match value {
        Value::Array(items) if depth < ROWS_DEPTH && !items.is_empty() => {
            let items = items.iter().map(|item| in_rows(item, depth + 1));
            lines(items.collect(), ['[', ']'])
        }
        Value::Object(items) if depth < ROWS_DEPTH && !items.is_empty() => {
            let item =
                |(name, item): (&String, &Value)| format!("{name:?}: {}", in_rows(item, depth + 1));
            lines(items.iter().map(item).collect(), ['{', '}'])
        }
        other => other.to_string(),
    }
}

/// Wherever 32 bytes repeat one or two bytes: `0b…`, `0b07…`. People and steps of stories are made so.
pub(crate) fn shorten(value: &Value) -> Value {
    match value {
        Value::String(text) => [2, 4]
            .iter()
            .filter(|_| text.len() == 64 && text.is_ascii())
            .find(|&&digits| text[..digits].repeat(64 / digits) == *text)
            .map_or_else(
                || value.clone(),
                |&digits| format!("{}…", &text[..digits]).into(),
            ),
        _ => inside(value, shorten),
    }
}

/// The reverse of [`shorten`].
pub(crate) fn lengthen(value: &Value) -> Value {
    let repeated = |text: &str| {
        Some(
            text.strip_suffix('…')?
                .repeat(64)
                .chars()
                .take(64)
                .collect(),
        )
    };
    match value {
        Value::String(text) => repeated(text).map_or_else(|| value.clone(), Value::String),
        _ => inside(value, lengthen),
    }
}

fn inside(value: &Value, change: fn(&Value) -> Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(change).collect(),
        Value::Object(items) => {
            let changed = items
                .iter()
                .map(|(name, item)| (name.clone(), change(item)));
            Value::Object(changed.collect())
        }
        other => other.clone(),
    }
}
