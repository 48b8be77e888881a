//! Protocols of one publication for different numbers of fractions.

use serde::Serialize;

/// A protocol of a family, by its range of fractions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sibling {
    /// Id of the protocol.
    pub id: String,
    /// Fewest fractions.
    pub fractions_min: Option<u32>,
    /// Most fractions.
    pub fractions_max: Option<u32>,
}

impl Sibling {
    /// Whether it is for a number of fractions.
    pub fn takes(&self, n: u32) -> bool {
        self.fractions_min.is_none_or(|min| n >= min)
            && self.fractions_max.is_none_or(|max| n <= max)
    }

    fn distance(&self, n: u32) -> u32 {
        match (self.fractions_min, self.fractions_max) {
            (Some(min), _) if n < min => min - n,
            (_, Some(max)) if n > max => n - max,
            _ => 0,
        }
    }
}

/// The nearest protocols below and above a number of fractions that none is for, in words.
pub(super) fn nearest(siblings: &[Sibling], n: u32) -> Option<String> {
    if siblings.iter().any(|one| one.takes(n)) {
        let one = siblings.iter().find(|one| one.takes(n))?;
        return Some(format!("for {n} there is {}", one.id));
    }
    let below = siblings
        .iter()
        .filter(|one| one.fractions_max.is_some_and(|max| max < n));
    let above = siblings
        .iter()
        .filter(|one| one.fractions_min.is_some_and(|min| min > n));
    let near = |one: &&Sibling| one.distance(n);
    let found: Vec<&Sibling> = [below.min_by_key(near), above.min_by_key(near)]
        .into_iter()
        .flatten()
        .collect();
    let ids: Vec<&str> = found.iter().map(|one| &one.id[..]).collect();
    (!ids.is_empty()).then(|| format!("the nearest published are {}", ids.join(" and ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_on_both_sides() {
        let member = |n: u32| Sibling {
            id: format!("x-{n}fx"),
            fractions_min: Some(n),
            fractions_max: Some(n),
        };
        let family = [member(1), member(3), member(5)];
        let say = |n| nearest(&family, n).unwrap();
        assert_eq!(say(4), "the nearest published are x-3fx and x-5fx");
        assert_eq!(say(8), "the nearest published are x-5fx");
        assert_eq!(say(3), "for 3 there is x-3fx");
        assert_eq!(nearest(&[], 3), None);
    }
}
