//! The library: built-in protocols and those that a user adds, each on the base it names.

use super::family::nearest;
use super::file::{Protocol, ProtocolFile};
use super::{ProtocolError, Sibling};
use std::sync::LazyLock;

/// The files of this crate: name and text.
macro_rules! files {
    ($($name:literal),+ $(,)?) => {
        &[$((
            concat!($name, ".toml"),
            include_str!(concat!("library/", $name, ".toml")),
        )),+]
    };
}

/// The files of this crate.
const FILES: &[(&str, &str)] = files!(
    "liver-conventional",
    "liver-sbrt",
    "liver-sbrt-3fx",
    "liver-sbrt-4fx",
    "liver-sbrt-5fx",
    "liver-sbrt-6fx",
    "crlm-mdt-2024-sbrt",
    "quantec-liver-conventional",
    "quantec-liver-sbrt-3fx",
    "quantec-liver-sbrt-4fx",
    "quantec-liver-sbrt-5fx",
    "quantec-liver-sbrt-6fx",
    "quantec-liver-sbrt-child-pugh-b",
    "hytec-liver-3fx",
    "hytec-liver-4fx",
    "hytec-liver-5fx",
    "hytec-liver-6fx",
    "tg101-1fx",
    "tg101-3fx",
    "tg101-5fx",
    "timmerman2022-1fx",
    "timmerman2022-3fx",
    "timmerman2022-5fx",
    "timmerman2022-8fx",
    "timmerman2022-10fx",
    "timmerman2022-15fx",
    "uk-sabr-2022-1fx",
    "uk-sabr-2022-3fx",
    "uk-sabr-2022-5fx",
    "uk-sabr-2022-8fx",
    "rtog1112",
);

static BUILT_IN: LazyLock<Result<Library, ProtocolError>> = LazyLock::new(|| {
    let mut library = Library::default();
    for (file, text) in FILES {
        library.add(file, text)?;
    }
    Ok(library)
});

/// Protocols by id.
#[derive(Debug, Clone, Default)]
pub struct Library {
    files: Vec<ProtocolFile>,
}

impl Library {
    /// The protocols that this crate carries.
    ///
    /// # Errors
    /// A file of this crate that cannot be read, which a test excludes.
    pub fn built_in() -> Result<&'static Self, ProtocolError> {
        match &*BUILT_IN {
            Ok(library) => Ok(library),
            Err(error) => Err(error.clone()),
        }
    }

    /// Reads a file into the library and returns its id. `label` stands for it in messages.
    ///
    /// # Errors
    /// Text that is no protocol, with line and remedy; an id that is there already.
    pub fn add(&mut self, label: &str, text: &str) -> Result<String, ProtocolError> {
        let file = ProtocolFile::parse(label, text)?;
        let id = file.id.get_ref().clone();
        if let Some(other) = self.file(&id) {
            return Err(file.error(
                file.id.span().start,
                format!(
                    "id '{id}' is taken by {}; choose another, and say extends = \"{id}\" to build on that one",
                    other.label
                ),
            ));
        }
        self.files.push(file);
        Ok(id)
    }

    fn file(&self, id: &str) -> Option<&ProtocolFile> {
        self.files.iter().find(|file| file.id.get_ref() == id)
    }

    /// Ids in the order in which they were added; templates that others build on are left out.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.files
            .iter()
            .filter(|file| !file.template)
            .map(|file| &file.id.get_ref()[..])
    }

    /// A protocol by its id, with all that it inherits.
    ///
    /// # Errors
    /// An unknown id, with those that there are; a template; a base that is missing or circular.
    pub fn get(&self, id: &str) -> Result<Protocol, ProtocolError> {
        match self.file(id) {
            Some(file) if !file.template => {
                let mut protocol = self.resolve(file, &mut Vec::new())?;
                if let Some(family) = &protocol.family {
                    protocol.siblings = self.family(family);
                }
                Ok(protocol)
            }
            _ if !self.family(id).is_empty() => Err(self.many(id, "say which")),
            _ => Err(ProtocolError::Unknown {
                id: id.to_owned(),
                known: self.ids().collect::<Vec<_>>().join(", "),
            }),
        }
    }

    /// The members of a family by their numbers of fractions.
    pub fn family(&self, family: &str) -> Vec<Sibling> {
        let members = self
            .files
            .iter()
            .filter(|file| !file.template && file.family.as_ref().is_some_and(|one| one == family));
        let mut members: Vec<Sibling> = members.map(ProtocolFile::sibling).collect();
        members.sort_by_key(|member| (member.fractions_min, member.fractions_max));
        members
    }

    /// The member of a family that is for a number of fractions.
    ///
    /// # Errors
    /// No such family; no member for this number, with those that there are.
    pub fn member(&self, family: &str, n: Option<u32>) -> Result<Protocol, ProtocolError> {
        let members = self.family(family);
        if members.is_empty() {
            return self.get(family);
        }
        let Some(n) = n else {
            return Err(self.many(
                family,
                "the number of fractions is not known; give fractions=",
            ));
        };
        match members.iter().find(|member| member.takes(n)) {
            Some(member) => self.get(&member.id),
            None => Err(self.many(
                family,
                &format!(
                    "none is for {n} fractions; {}",
                    nearest(&members, n).unwrap_or_default()
                ),
            )),
        }
    }

    fn many(&self, family: &str, reason: &str) -> ProtocolError {
        let members = self.family(family);
        let ids: Vec<&str> = members.iter().map(|member| &member.id[..]).collect();
        ProtocolError::Family {
            family: family.to_owned(),
            members: ids.join(", "),
            reason: reason.to_owned(),
        }
    }

    fn resolve<'a>(
        &'a self,
        file: &'a ProtocolFile,
        above: &mut Vec<&'a str>,
    ) -> Result<Protocol, ProtocolError> {
        let Some(wanted) = &file.extends else {
            return file.on(None);
        };
        let fail = |message| file.error(wanted.span().start, message);
        let base = self.file(wanted.get_ref()).ok_or_else(|| {
            fail(format!(
                "extends '{}', which is not there; there are {}",
                wanted.get_ref(),
                self.files
                    .iter()
                    .filter(|other| other.id != file.id)
                    .map(|other| &other.id.get_ref()[..])
                    .collect::<Vec<_>>()
                    .join(", ")
            ))
        })?;
        above.push(file.id.get_ref());
        if above.contains(&&base.id.get_ref()[..]) {
            let circle = format!("{} -> {}", above.join(" -> "), base.id.get_ref());
            return Err(fail(format!(
                "extends itself in a circle: {circle}; let one of them stand by itself"
            )));
        }
        file.on(Some(&self.resolve(base, above)?))
    }
}

impl Protocol {
    /// A built-in protocol by its id.
    ///
    /// # Errors
    /// An unknown id, with those that there are.
    ///
    /// ```
    /// let protocol = hepadose::protocol::Protocol::built_in("liver-sbrt-5fx")?;
    /// assert_eq!(protocol.goals[0].metric.to_string(), "CV15Gy[cc]");
    /// # Ok::<(), hepadose::protocol::ProtocolError>(())
    /// ```
    pub fn built_in(id: &str) -> Result<Self, ProtocolError> {
        Library::built_in()?.get(id)
    }

    /// A protocol from the text of a file, which may extend a built-in one. `label` stands for the
    /// file in messages.
    ///
    /// # Errors
    /// Text that is no protocol, with line and remedy.
    pub fn parse(label: &str, text: &str) -> Result<Self, ProtocolError> {
        let mut library = Library::built_in()?.clone();
        let id = library.add(label, text)?;
        library.get(&id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::citation::{Evidence, reference};
    use crate::protocol::{Comparator, LevelName};

    #[test]
    fn every_built_in_goal_has_a_known_source_with_a_locator() {
        let library = Library::built_in().unwrap();
        assert_eq!(library.ids().count(), FILES.len() - 1);
        for id in library.ids() {
            let protocol = library.get(id).unwrap();
            for goal in &protocol.goals {
                assert!(!goal.sources.is_empty(), "{id} {}", goal.id);
                for source in &goal.sources {
                    assert!(reference(&source.key).is_some(), "{id}: {}", source.key);
                    assert!(!source.locator.trim().is_empty(), "{id}: {}", source.key);
                    // Only the consensus and its review were read; a transcription says where it was seen.
                    let read = ["crlm-mdt-2024", "crlm-review-2024", "project"];
                    assert_eq!(
                        source.evidence == Evidence::Primary,
                        read.contains(&&source.key[..]),
                        "{id} {}",
                        goal.id
                    );
                }
            }
            let points = protocol.risk_points.iter().flat_map(|point| &point.sources);
            for source in points {
                assert!(reference(&source.key).is_some(), "{id}: {}", source.key);
            }
            for caveat in &protocol.caveats {
                assert!(
                    reference(&caveat.source).is_some(),
                    "{id}: {}",
                    caveat.source
                );
            }
        }
    }

    #[test]
    fn an_optimal_limit_is_never_looser_than_the_mandatory_one() {
        let library = Library::built_in().unwrap();
        let mut pairs = 0;
        for id in library.ids() {
            for goal in library.get(id).unwrap().goals {
                let find = |name| goal.levels.iter().find(|level| level.name == name);
                if let (Some(optimal), Some(mandatory)) =
                    (find(LevelName::Optimal), find(LevelName::Mandatory))
                {
                    let tighter = if optimal.comparator.wants_high() {
                        optimal.limit >= mandatory.limit
                    } else {
                        optimal.limit <= mandatory.limit
                    };
                    assert!(tighter, "{id} {}", goal.id);
                    pairs += 1;
                }
            }
        }
        // Those of the UK consensus.
        assert_eq!(pairs, 16);
    }

    #[test]
    fn families_know_their_members() {
        let library = Library::built_in().unwrap();
        let ids: Vec<String> = library
            .family("tg101")
            .into_iter()
            .map(|one| one.id)
            .collect();
        assert_eq!(ids, ["tg101-1fx", "tg101-3fx", "tg101-5fx"]);
        assert_eq!(library.member("tg101", Some(3)).unwrap().id, "tg101-3fx");
        assert_eq!(library.member("rtog1112", None).unwrap().id, "rtog1112");
        let four = library.member("tg101", Some(4)).unwrap_err().to_string();
        assert!(
            four.contains(
                "none is for 4 fractions; the nearest published are tg101-3fx and tg101-5fx"
            ),
            "{four}"
        );
        assert!(
            library
                .get("tg101")
                .unwrap_err()
                .to_string()
                .contains("say which")
        );
    }

    #[test]
    fn sbrt_protocols_share_their_goals_and_differ_in_fractions() {
        let of = |id| Protocol::built_in(id).unwrap();
        let (three, six) = (of("liver-sbrt-3fx"), of("liver-sbrt-6fx"));
        assert_eq!(three.goals, six.goals);
        assert_ne!(three.sha256, six.sha256);
        assert_eq!(
            (six.applies_to.fractions_min, six.applies_to.fractions_max),
            (Some(6), Some(6))
        );
        // The project's rule is "at least"; the consensus keeps its own operator.
        let spared = &three.goals[0];
        let level = spared.deciding_level().unwrap();
        assert_eq!(
            (level.name, level.comparator, level.limit),
            (LevelName::Mandatory, Comparator::AtLeast, 700.0)
        );
        let consensus = spared
            .sources
            .iter()
            .find(|source| source.key == "crlm-mdt-2024")
            .unwrap();
        assert_eq!(consensus.printed.unwrap().comparator, Comparator::Above);
        assert!(!three.goals[1].is_mandatory() && !three.goals[2].is_mandatory());
        assert!(matches!(
            Library::built_in().unwrap().get("liver-sbrt"),
            Err(ProtocolError::Unknown { .. })
        ));
    }

    #[test]
    fn a_file_of_ones_own_overrides_its_base() {
        let own = r#"
            id = "site"
            extends = "liver-sbrt-5fx"
            title = "Our five fractions"
            version = "3"
            [[goal]]
            id = "normal-liver-spared"
            title = "Ours"
            structure = "normal-liver"
            metric = "DC800cc"
            [[goal.level]]
            name = "mandatory"
            comparator = "<"
            limit = 15
            [[goal.source]]
            key = "Department protocol 7"
            locator = "page 2"
            evidence = "primary"
        "#;
        let protocol = Protocol::parse("site.toml", own).unwrap();
        assert_eq!(protocol.goals.len(), 3);
        assert_eq!(protocol.goals[0].metric.to_string(), "DC800cc[Gy]");
        assert_eq!(protocol.applies_to.fractions_max, Some(5));
    }
}
