//! Names of structures: TG-263, aliases, sides, margins, Chinese; two names are one when their keys are.

use serde::Deserialize;
use std::sync::LazyLock;

/// One structure of the table.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    #[serde(default)]
    aliases: Vec<String>,
    /// What it is put together of where it is not drawn.
    #[serde(default)]
    parts: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    structure: Vec<Entry>,
}

/// The table; a test excludes that it cannot be read.
static TABLE: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    toml::from_str::<Table>(include_str!("library/names.toml"))
        .map(|table| table.structure)
        .unwrap_or_default()
});

/// Every name of the table taken apart, with the index of its structure.
static KEYS: LazyLock<Vec<(NameKey, usize)>> = LazyLock::new(|| {
    let mut keys = Vec::new();
    for (index, entry) in TABLE.iter().enumerate() {
        for name in std::iter::once(&entry.name).chain(&entry.aliases) {
            keys.push((NameKey::as_written(name), index));
        }
    }
    keys
});

/// Left or right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Side {
    Left,
    Right,
}

impl Side {
    const fn letter(self) -> char {
        match self {
            Self::Left => 'L',
            Self::Right => 'R',
        }
    }

    fn word(token: &str) -> Option<Self> {
        match token {
            "l" | "lt" | "left" | "左" | "左侧" => Some(Self::Left),
            "r" | "rt" | "right" | "右" | "右侧" => Some(Self::Right),
            _ => None,
        }
    }
}

/// A margin around a structure for planning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Prv {
    /// `PRV` without a number.
    Unsaid,
    /// In millimetres.
    Millimetres(u32),
}

/// A name taken apart: two names mean the same structure when their keys are equal.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct NameKey {
    /// The organ: its TG-263 name in small letters without separators, where the table knows it.
    pub(super) base: String,
    /// Left or right.
    pub(super) side: Option<Side>,
    /// What is taken out, such as `gtv`.
    pub(super) minus: Vec<String>,
    /// Margin for planning.
    pub(super) prv: Option<Prv>,
}

impl NameKey {
    /// Takes a name apart and gives it the base that the table has for it.
    pub(super) fn of(name: &str) -> Self {
        let mut key = Self::as_written(name);
        let alike = |(known, _): &&(Self, usize)| known.base == key.base && known.minus.is_empty();
        if let Some((_, index)) = KEYS.iter().find(alike) {
            let own = Self::as_written(&TABLE[*index].name);
            key.base = own.base;
            let mut minus = own.minus;
            minus.append(&mut key.minus);
            minus.dedup();
            key.minus = minus;
        }
        key
    }

    fn as_written(name: &str) -> Self {
        let mut key = Self {
            base: String::new(),
            side: None,
            minus: Vec::new(),
            prv: None,
        };
        let text = name
            .replace(['\u{2212}', '减'], "-")
            .replace(|c| ('\u{2010}'..='\u{2015}').contains(&c), "-");
        let mut subtracting = false;
        let mut tokens = tokens(&text).into_iter().peekable();
        while let Some(token) = tokens.next() {
            if token == "-" || token == "minus" {
                // A hyphen before a side or a number only separates.
                let next = tokens.peek();
                subtracting = next.is_some_and(|next| {
                    Side::word(next).is_none() && !next.starts_with(|c: char| c.is_ascii_digit())
                });
            } else if subtracting {
                key.minus.push(singular(&token));
                subtracting = false;
            } else {
                key.take(&token, tokens.peek());
            }
        }
        key
    }

    fn take(&mut self, token: &str, next: Option<&String>) {
        if let Some(side) = Side::word(token) {
            self.side = Some(side);
        } else if let Some(rest) = token.strip_prefix("prv") {
            let of = |text: &str| text.trim_end_matches("mm").parse::<u32>().ok();
            let margin = of(rest).or_else(|| next.and_then(|next| of(next)));
            self.prv = Some(margin.map_or(Prv::Unsaid, Prv::Millimetres));
        } else if self.prv.is_some() && token.trim_end_matches("mm").parse::<u32>().is_ok() {
            // The margin that was read with the word before.
        } else {
            let side = token.chars().next().and_then(|first| match first {
                '左' | '右' => Side::word(&first.to_string()),
                _ => None,
            });
            if side.is_some() {
                self.side = side;
                self.base.extend(token.chars().skip(1));
            } else {
                self.base.push_str(token);
            }
        }
    }

    /// The name after TG-263, where the table knows the organ.
    pub(super) fn tg263(&self) -> Option<String> {
        Some(self.with_base(self.known_base()?))
    }

    /// The name after TG-263, or as it was written where the table does not know the organ.
    pub(super) fn name(&self) -> String {
        self.with_base(self.known_base().unwrap_or_else(|| self.base.clone()))
    }

    fn known_base(&self) -> Option<String> {
        let kinds = ["gtv", "ctv", "itv", "ptv"];
        if kinds.contains(&&self.base[..]) {
            return Some(self.base.to_uppercase());
        }
        let known = |(known, _): &&(Self, usize)| known.base == self.base && known.minus.is_empty();
        let (_, index) = KEYS.iter().find(known)?;
        Some(TABLE[*index].name.clone())
    }

    fn with_base(&self, base: String) -> String {
        let mut name = base;
        if let Some(side) = self.side {
            name.push('_');
            name.push(side.letter());
        }
        match self.prv {
            Some(Prv::Millimetres(margin)) => name = format!("{name}_PRV{margin:02}"),
            Some(Prv::Unsaid) => name += "_PRV",
            None => {}
        }
        for minus in &self.minus {
            name.push('-');
            name.push_str(&Self::of(minus).name());
        }
        name
    }

    /// What a structure is put together of where it is not drawn.
    pub(super) fn parts(&self) -> &'static [String] {
        if self.side.is_some() || self.prv.is_some() || !self.minus.is_empty() {
            return &[];
        }
        let own = |entry: &&Entry| Self::as_written(&entry.name) == *self;
        TABLE.iter().find(own).map_or(&[], |entry| &entry.parts[..])
    }

    /// Whether a drawn name means what this one asks for: a PRV of unsaid margin is any PRV.
    pub(super) fn is_met_by(&self, drawn: &Self) -> bool {
        let same_prv = match (self.prv, drawn.prv) {
            (Some(Prv::Unsaid), Some(_)) => true,
            (wanted, drawn) => wanted == drawn,
        };
        same_prv && self.base == drawn.base && self.side == drawn.side && self.minus == drawn.minus
    }
}

/// Whether two names mean the same organ with the same part taken out, on either side or both: `Left kidney` is of
/// `Kidney`, `Liver` is not `Liver-GTV`.
pub fn is_of_organ(name: &str, organ: &str) -> bool {
    let (one, two) = (NameKey::of(name), NameKey::of(organ));
    let single = |base: &str| base.strip_suffix('s').unwrap_or(base).to_owned();
    single(&one.base) == single(&two.base) && one.minus == two.minus && one.prv == two.prv
}

/// `gtvs` is `gtv`.
fn singular(token: &str) -> String {
    match token {
        "gtvs" | "ctvs" | "itvs" | "ptvs" => token[..3].to_owned(),
        _ => token.to_owned(),
    }
}

/// Words in small letters; a hyphen is a word of its own. A change from small to capital letter separates,
/// and so does a capital L or R before a capitalised word.
fn tokens(name: &str) -> Vec<String> {
    let chars: Vec<char> = name.trim().chars().collect();
    let mut found: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut finish = |word: &mut String| {
        if !word.is_empty() {
            found.push(std::mem::take(word).to_lowercase());
        }
    };
    for (index, &c) in chars.iter().enumerate() {
        let before = index.checked_sub(1).map(|i| chars[i]);
        let after = chars.get(index + 1).copied();
        let camel = c.is_uppercase() && before.is_some_and(char::is_lowercase);
        let side_before = c.is_uppercase()
            && after.is_some_and(char::is_lowercase)
            && matches!(word.as_str(), "L" | "R");
        if camel || side_before {
            finish(&mut word);
        }
        if c == '-' {
            finish(&mut word);
            word.push('-');
            finish(&mut word);
        } else if c.is_alphanumeric() {
            word.push(c);
        } else {
            finish(&mut word);
        }
    }
    finish(&mut word);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(a: &str, b: &str) -> bool {
        NameKey::of(a).is_met_by(&NameKey::of(b))
    }

    #[test]
    fn the_table_can_be_read_and_no_name_stands_twice() {
        let table: Table = toml::from_str(include_str!("library/names.toml")).unwrap();
        assert_eq!(table.structure.len(), TABLE.len());
        for (index, (key, of)) in KEYS.iter().enumerate() {
            for (other, other_of) in &KEYS[index + 1..] {
                assert!(
                    key != other || of == other_of,
                    "{} and {}",
                    TABLE[*of].name,
                    TABLE[*other_of].name
                );
            }
        }
        for part in TABLE.iter().flat_map(|entry| &entry.parts) {
            assert!(NameKey::of(part).tg263().as_ref() == Some(part), "{part}");
        }
    }

    #[test]
    fn one_structure_in_many_dresses() {
        for (wanted, drawn) in [
            ("Kidney_L", "Left Kidney"),
            ("Kidney_L", "KidneyLeft"),
            ("Kidney_L", "LKidney"),
            ("Kidney_R", "kidney-rt"),
            ("Kidney_R", "右肾"),
            ("Kidneys", "双肾"),
            ("Lung_L", "左肺"),
            ("Liver", "肝脏"),
            ("Liver-GTV", "LIVER - gtv"),
            ("Liver-GTV", "Liver \u{2013} GTVs"),
            ("Liver-GTV", "LIVER_minus_gtv"),
            ("Liver-GTV", "正常肝"),
            ("Liver-GTV", "肝减GTV"),
            ("SpinalCord", "Spinal cord"),
            ("SpinalCord", "CORD"),
            ("SpinalCord_PRV05", "Cord PRV 5mm"),
            ("SpinalCord_PRV05", "spinalcord_prv5"),
            ("SpinalCord_PRV", "SpinalCord_PRV03"),
            ("V_Venacava_I", "IVC"),
            ("Bowel_Small", "Small Bowel"),
            ("Bowel_Small", "Jejunum_Ileum"),
        ] {
            assert!(same(wanted, drawn), "{wanted} {drawn}");
        }
    }

    #[test]
    fn organs_on_either_side_are_of_their_kind() {
        for (name, organ) in [
            ("Left Kidney", "Kidney"),
            ("Lungs", "Lung"),
            ("Lung_R", "Lungs"),
            ("LIVER - gtv", "Liver-GTV"),
            ("Small Bowel", "Bowel_Small"),
            ("食管", "Esophagus"),
        ] {
            assert!(is_of_organ(name, organ), "{name} {organ}");
        }
        for (name, organ) in [
            ("Lung_R", "Liver-GTV"),
            ("Liver", "Liver-GTV"),
            ("Cord PRV 5mm", "SpinalCord"),
            ("PTV", "Liver"),
        ] {
            assert!(!is_of_organ(name, organ), "{name} {organ}");
        }
    }

    #[test]
    fn different_structures_stay_apart() {
        for (wanted, drawn) in [
            ("Liver-GTV", "Liver"),
            ("Liver-GTV", "Liver_GTV"),
            ("Liver-GTV", "Liver-PTV"),
            ("Liver", "Liver-GTV"),
            ("Kidney_L", "Kidney_R"),
            ("Kidneys", "Kidney_L"),
            ("SpinalCord", "SpinalCord_PRV05"),
            ("SpinalCord_PRV05", "SpinalCord_PRV03"),
            ("SpinalCord_PRV05", "SpinalCord_PRV"),
            ("Bowel", "Bag_Bowel"),
        ] {
            assert!(!same(wanted, drawn), "{wanted} {drawn}");
        }
    }
}
