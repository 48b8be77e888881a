//! Reads Rust sources just far enough for the layer test: tokens, attributes, modules and paths.

use std::path::Path;

/// Something that the rules speak about, outside `#[cfg(test)]`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Finding {
    /// A path into a module of the crate: its name after `crate::` (or what `super::` amounts to).
    Use { line: usize, module: String },
    /// A word that can stop the program, or `unsafe`.
    Panic { line: usize, what: String },
}

/// One source file as tokens.
pub(crate) struct Source {
    /// Path below the root, for messages.
    pub(crate) name: String,
    /// Module path of the file, such as `["dvh", "plan"]`; empty for `lib.rs`.
    pub(crate) module: Vec<String>,
    tokens: Vec<Token>,
}

#[derive(Debug, Clone)]
struct Token {
    line: usize,
    text: String,
}

impl Source {
    pub(crate) fn new(path: &Path, text: &str) -> Self {
        let mut module: Vec<String> = path
            .with_extension("")
            .iter()
            .map(|part| part.to_string_lossy().into_owned())
            .skip_while(|part| part != "src")
            .skip(1)
            .collect();
        if matches!(module.last().map(String::as_str), Some("mod" | "lib")) {
            module.pop();
        }
        Self {
            name: path.to_string_lossy().into_owned(),
            module,
            tokens: without_tests(&tokens(text)),
        }
    }

    fn text(&self, index: usize) -> &str {
        self.tokens.get(index).map_or("", |token| &token.text)
    }

    /// Modules that this file declares as files of their own (`mod name;`).
    pub(crate) fn declared_modules(&self) -> Vec<String> {
        (0..self.tokens.len())
            .filter(|&index| self.text(index) == "mod" && self.text(index + 2) == ";")
            .map(|index| self.text(index + 1).to_owned())
            .collect()
    }

    /// Every path into the crate and every panic, in the order of the file.
    pub(crate) fn findings(&self) -> Vec<Finding> {
        let mut found = Vec::new();
        let mut scopes: Vec<Option<String>> = Vec::new(); // open braces, with the names of inline modules
        for index in 0..self.tokens.len() {
            let line = self.tokens[index].line;
            let before = index.checked_sub(1).map_or("", |before| self.text(before));
            let after = self.text(index + 1);
            let what = match self.text(index) {
                "{" => {
                    let named = index >= 2 && self.text(index - 2) == "mod";
                    scopes.push(named.then(|| before.to_owned()));
                    continue;
                }
                "}" => {
                    scopes.pop();
                    continue;
                }
                "crate" if after == "::" => {
                    self.uses(index + 2, &mut found);
                    continue;
                }
                "super" if after == "::" && before != "::" => {
                    let inline = scopes.iter().flatten().count();
                    self.super_uses(index, self.module.len() + inline, &mut found);
                    continue;
                }
                word @ ("unwrap" | "expect") if before == "." && after == "(" => {
                    format!(".{word}()")
                }
                word @ ("panic" | "todo" | "unimplemented") if after == "!" => format!("{word}!"),
                "unsafe" => "unsafe".to_owned(),
                _ => continue,
            };
            found.push(Finding::Panic { line, what });
        }
        found
    }

    /// Follows `super::super::...` from a module at `depth` and notes it where it ends at the root.
    fn super_uses(&self, mut index: usize, mut depth: usize, found: &mut Vec<Finding>) {
        while self.text(index) == "super" {
            depth = depth.saturating_sub(1);
            index += 2;
        }
        if depth == 0 {
            self.uses(index, found);
        }
    }

    /// Notes what is named at `index`, directly after `crate::`: a name, a glob or a group of both.
    fn uses(&self, index: usize, found: &mut Vec<Finding>) {
        if self.text(index) != "{" {
            let Token { line, text } = self.tokens[index].clone();
            found.push(Finding::Use { line, module: text });
            return;
        }
        let mut depth = 0;
        for at in index..self.tokens.len() {
            match self.text(at) {
                "{" => depth += 1,
                "}" => depth -= 1,
                _ => {
                    if depth == 1 && matches!(self.text(at - 1), "{" | ",") {
                        self.uses(at, found);
                    }
                }
            }
            if depth == 0 {
                return;
            }
        }
    }
}

/// The tokens without every item that stands under `#[cfg(test)]`, and none where the file does (`#![cfg(test)]`).
fn without_tests(tokens: &[Token]) -> Vec<Token> {
    let starts = |at: usize, words: &[&str]| {
        words.iter().enumerate().all(|(offset, word)| {
            tokens
                .get(at + offset)
                .is_some_and(|token| token.text == *word)
        })
    };
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if starts(at, &["#", "!", "[", "cfg", "(", "test", ")", "]"]) {
            return Vec::new();
        }
        if starts(at, &["#", "[", "cfg", "(", "test", ")", "]"]) {
            at = end_of_item(tokens, at + 7);
        } else {
            kept.push(tokens[at].clone());
            at += 1;
        }
    }
    kept
}

/// The index after an item: after its `;`, or after the `}` that closes its body.
fn end_of_item(tokens: &[Token], start: usize) -> usize {
    let mut depth = 0_usize;
    for (offset, token) in tokens[start..].iter().enumerate() {
        match token.text.as_str() {
            "{" | "(" | "[" => depth += 1,
            "}" | ")" | "]" if depth == 0 => return start + offset, // a field: its struct ends here
            "}" | ")" | "]" => {
                depth -= 1;
                // `use a::{b};` and `let x = S {};` go on to their semicolon.
                let after = tokens
                    .get(start + offset + 1)
                    .map(|next| next.text.as_str());
                if depth == 0 && token.text == "}" && after != Some(";") {
                    return start + offset + 1;
                }
            }
            ";" if depth == 0 => return start + offset + 1,
            _ => {}
        }
    }
    tokens.len()
}

/// Words, `::` and single signs; comments are dropped, literals become `""`.
fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let mut line = 1;
    let mut at = 0;
    while at < chars.len() {
        let start = at;
        let word = match chars[at] {
            sign if sign.is_whitespace() => {
                at += 1;
                None
            }
            '/' if chars.get(at + 1) == Some(&'/') => {
                at = (at..chars.len())
                    .find(|&i| chars[i] == '\n')
                    .unwrap_or(chars.len());
                None
            }
            '/' if chars.get(at + 1) == Some(&'*') => {
                at = after_block_comment(&chars, at);
                None
            }
            '"' => {
                at = after_string(&chars, at);
                Some("\"\"".to_owned())
            }
            '\'' => {
                at = after_quote(&chars, at);
                Some("\"\"".to_owned())
            }
            sign if sign == '_' || sign.is_alphanumeric() => {
                at = (at..chars.len())
                    .find(|&i| chars[i] != '_' && !chars[i].is_alphanumeric())
                    .unwrap_or(chars.len());
                let word: String = chars[start..at].iter().collect();
                match after_raw_string(&chars, at, &word) {
                    Some(end) => {
                        at = end;
                        Some("\"\"".to_owned())
                    }
                    None => Some(word),
                }
            }
            ':' if chars.get(at + 1) == Some(&':') => {
                at += 2;
                Some("::".to_owned())
            }
            sign => {
                at += 1;
                Some(sign.to_string())
            }
        };
        if let Some(text) = word {
            found.push(Token { line, text });
        }
        line += chars[start..at]
            .iter()
            .filter(|&&sign| sign == '\n')
            .count();
    }
    found
}

fn after_block_comment(chars: &[char], start: usize) -> usize {
    let mut depth = 0;
    let mut at = start;
    while at + 1 < chars.len() {
        match (chars[at], chars[at + 1]) {
            ('/', '*') => {
                depth += 1;
                at += 2;
            }
            ('*', '/') => {
                depth -= 1;
                at += 2;
            }
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    chars.len()
}

fn after_string(chars: &[char], start: usize) -> usize {
    let mut at = start + 1;
    while at < chars.len() && chars[at] != '"' {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(chars.len())
}

/// A character literal ends at its quote; a lifetime is the quote alone, its name a word that matters to nobody.
fn after_quote(chars: &[char], start: usize) -> usize {
    match (chars.get(start + 1), chars.get(start + 2)) {
        (Some('\\'), _) => {
            let end = (start + 3..chars.len()).find(|&i| chars[i] == '\'');
            end.map_or(chars.len(), |end| end + 1)
        }
        (Some(_), Some('\'')) => start + 3,
        _ => start + 1,
    }
}

/// The end of `r"..."`, `br#"..."#` and their like, where `prefix` was the word before.
fn after_raw_string(chars: &[char], start: usize, prefix: &str) -> Option<usize> {
    if !matches!(prefix, "r" | "br" | "cr") {
        return None;
    }
    let hashes = chars[start..]
        .iter()
        .take_while(|&&sign| sign == '#')
        .count();
    if chars.get(start + hashes) != Some(&'"') {
        return None;
    }
    let mut at = start + hashes + 1;
    while at < chars.len() {
        let closing = chars[at + 1..]
            .iter()
            .take(hashes)
            .filter(|&&sign| sign == '#')
            .count();
        if chars[at] == '"' && closing == hashes {
            return Some(at + 1 + hashes);
        }
        at += 1;
    }
    Some(chars.len())
}
