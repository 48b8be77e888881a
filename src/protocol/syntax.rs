//! What is wrong with the text of a protocol file, in which line, and what to do.

use super::ProtocolError;

/// The line, from 1, of a byte of a text.
pub(super) fn line_of(text: &str, at: usize) -> usize {
    text.get(..at).unwrap_or(text).matches('\n').count() + 1
}

/// An error of the TOML reader with file, line and remedy.
pub(super) fn explained(label: &str, text: &str, error: &toml::de::Error) -> ProtocolError {
    let message = error.message().trim();
    let at = error.span().map_or(0, |span| span.start);
    ProtocolError::Syntax {
        file: label.to_owned(),
        line: line_of(text, at),
        message: format!("{message}; {}", remedy(message)),
    }
}

/// What to do about a message of the reader. Messages of our own types say it themselves.
fn remedy(message: &str) -> &'static str {
    let starts = |word: &str| message.starts_with(word);
    if starts("unknown field") {
        "mend the spelling or remove it"
    } else if starts("unknown variant") {
        "write one of these"
    } else if starts("missing field") {
        "add it"
    } else if starts("invalid type: string") && message.contains("f64")
        || starts("invalid type: string") && message.contains("u32")
    {
        "write the number without quotation marks"
    } else if starts("invalid type") || starts("invalid value") {
        "write a value of the type that is expected"
    } else if message.contains("duplicate key") {
        "keep one of them"
    } else if message.contains("is not a DVH metric") || message.contains("effective volume") {
        "mend the metric"
    } else if message.contains("is no structure") {
        "mend the name"
    } else {
        "mend the TOML as docs/guides/protocol.md shows it"
    }
}
