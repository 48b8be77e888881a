//! The library: built-in protocols and those that a user adds, each on the base it names.

use super::ProtocolError;
use super::file::{Protocol, ProtocolFile};
use std::sync::LazyLock;

/// The files of this crate.
const FILES: &[(&str, &str)] = &[
    (
        "liver-conventional.toml",
        include_str!("library/liver-conventional.toml"),
    ),
    ("liver-sbrt.toml", include_str!("library/liver-sbrt.toml")),
    (
        "liver-sbrt-3fx.toml",
        include_str!("library/liver-sbrt-3fx.toml"),
    ),
    (
        "liver-sbrt-4fx.toml",
        include_str!("library/liver-sbrt-4fx.toml"),
    ),
    (
        "liver-sbrt-5fx.toml",
        include_str!("library/liver-sbrt-5fx.toml"),
    ),
    (
        "liver-sbrt-6fx.toml",
        include_str!("library/liver-sbrt-6fx.toml"),
    ),
];

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
        if let Some(other) = self.file(&file.id) {
            return Err(file.error(
                0,
                format!(
                    "id '{}' is taken by {}; choose another, or say extends = \"{}\"",
                    file.id, other.label, file.id
                ),
            ));
        }
        let id = file.id.clone();
        self.files.push(file);
        Ok(id)
    }

    fn file(&self, id: &str) -> Option<&ProtocolFile> {
        self.files.iter().find(|file| file.id == id)
    }

    /// Ids in the order in which they were added; templates that others build on are left out.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.files
            .iter()
            .filter(|file| !file.template)
            .map(|file| &file.id[..])
    }

    /// A protocol by its id, with all that it inherits.
    ///
    /// # Errors
    /// An unknown id, with those that there are; a template; a base that is missing or circular.
    pub fn get(&self, id: &str) -> Result<Protocol, ProtocolError> {
        match self.file(id) {
            Some(file) if !file.template => self.resolve(file, &mut Vec::new()),
            _ => Err(ProtocolError::Unknown {
                id: id.to_owned(),
                known: self.ids().collect::<Vec<_>>().join(", "),
            }),
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
                "extends '{}', which is not there",
                wanted.get_ref()
            ))
        })?;
        above.push(&file.id);
        if above.contains(&&base.id[..]) {
            let circle = format!("{} -> {}", above.join(" -> "), base.id);
            return Err(fail(format!("extends itself in a circle: {circle}")));
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
    fn every_built_in_goal_has_a_known_source_and_none_is_recalled() {
        let library = Library::built_in().unwrap();
        let ids: Vec<&str> = library.ids().collect();
        assert_eq!(
            ids,
            [
                "liver-conventional",
                "liver-sbrt-3fx",
                "liver-sbrt-4fx",
                "liver-sbrt-5fx",
                "liver-sbrt-6fx"
            ]
        );
        for id in ids {
            let protocol = library.get(id).unwrap();
            for source in protocol.goals.iter().flat_map(|goal| &goal.sources) {
                assert!(reference(&source.key).is_some(), "{id}: {}", source.key);
                assert!(source.evidence > Evidence::Recalled, "{id}");
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
