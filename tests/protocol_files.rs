//! Protocol files of one's own: what a site can change, approvals, and that every mistake is named with file, line and
//! remedy.
#![allow(clippy::unwrap_used, clippy::panic)]

use hepadose::protocol::{Day, Library, Protocol, ProtocolError};

// One list of mistakes reads better than three.
#[allow(clippy::too_many_lines)]
#[test]
fn typical_mistakes_are_named_with_their_line() {
    let good = "id = \"own\"\ntitle = \"Own\"\nversion = \"1\"\n[applies_to]\nfractions_min = 3\nfractions_max = 5\n[[goal]]\nid = \"a\"\ntitle = \"A\"\nstructure = \"normal-liver\"\nmetric = \"CV15Gy[cc]\"\n[[goal.level]]\nname = \"mandatory\"\ncomparator = \">=\"\nlimit = 700\n[[goal.source]]\nkey = \"k\"\nlocator = \"l\"\nevidence = \"primary\"\n";
    assert!(Protocol::parse("own.toml", good).is_ok());
    let change = |from: &str, to: &str| {
        assert!(good.contains(from), "{from}");
        let error = Protocol::parse("own.toml", &good.replacen(from, to, 1)).unwrap_err();
        error.to_string()
    };
    let level = "[[goal.level]]\nname = \"mandatory\"\ncomparator = \">=\"\nlimit = 700\n";
    let source = "[[goal.source]]\nkey = \"k\"\nlocator = \"l\"\nevidence = \"primary\"\n";
    let optimal =
        format!("{level}[[goal.level]]\nname = \"optimal\"\ncomparator = \">=\"\nlimit = 600\n");
    let backwards =
        format!("{level}[[goal.level]]\nname = \"optimal\"\ncomparator = \"<\"\nlimit = 600\n");
    for (from, to, parts) in [
        ("CV15Gy[cc]", "CV15[cc]", ["line 11", "needs a unit"]),
        ("CV15Gy[cc]", "CV15Gy[Gy]", ["line 11", "does not fit"]),
        ("\">=\"", "\"=>\"", ["line 14", "`>=`"]),
        ("\"mandatory\"", "\"must\"", ["line 13", "`mandatory`"]),
        (
            "limit = 700",
            "limit = \"700 cc\"",
            ["line 15", "expected f64"],
        ),
        (
            "limit = 700",
            "limit = nan",
            ["line 7", "limit must be at least 0"],
        ),
        ("normal-liver", "---", ["line 10", "TG-263"]),
        (
            "metric =",
            "metrics =",
            ["line 11", "unknown field `metrics`"],
        ),
        (level, "level = []\n", ["line 7", "it has no limit"]),
        (source, "", ["line 7", "missing field `source`"]),
        (
            level,
            &optimal,
            [
                "line 7",
                "optimal (>= 600) is looser than mandatory (>= 700)",
            ],
        ),
        (level, &backwards, ["line 7", "different directions"]),
        (
            "metric = \"CV15Gy[cc]\"",
            "metric = \"CV15Gy[cc]\"\ndose = \"bed\"",
            ["line 7", "need alpha_beta_gy"],
        ),
        (
            "metric = \"CV15Gy[cc]\"",
            "metric = \"CV15Gy[cc]\"\nalpha_beta_gy = 3",
            ["line 7", "no meaning for physical dose"],
        ),
        (
            "metric = \"CV15Gy[cc]\"",
            "metric = \"PrescriptionBED[Gy]\"\nalpha_beta_gy = 3",
            ["line 7", "belongs to structure = \"target\""],
        ),
        ("normal-liver", "target", ["line 7", "needs a structure"]),
        (
            "fractions_min = 3",
            "fractions_min = 7",
            ["line 4", "fractions_min 7 is above fractions_max 5"],
        ),
        (
            "fractions_min = 3",
            "fractions_min = 0",
            ["line 4", "at least one fraction"],
        ),
        (
            "version = \"1\"\n",
            "version = \"1\"\nextends = \"nobody\"\n",
            ["line 4", "'nobody', which is not there"],
        ),
        (
            "version = \"1\"\n",
            "version = \"1\"\nextends = \"own\"\n",
            ["line 4", "circle: own -> own"],
        ),
        (
            "id = \"own\"",
            "id = \"liver-sbrt-3fx\"",
            ["line 1", "is taken by liver-sbrt-3fx.toml"],
        ),
        ("\"primary\"", "\"verified\"", ["line 19", "`primary`"]),
        (
            "version = \"1\"\n",
            "",
            ["own.toml", "missing field `version`"],
        ),
    ] {
        let message = change(from, to);
        for part in parts.iter().chain(&["own.toml"]) {
            assert!(message.contains(part), "{part} in {message}");
        }
    }
    let unknown = Protocol::built_in("liver-sbrt-8fx")
        .unwrap_err()
        .to_string();
    assert!(
        unknown.contains("there are liver-conventional, liver-sbrt-3fx"),
        "{unknown}"
    );
}

const SITE: &str = r#"
id = "site"
extends = "tg101-3fx"
title = "Our three fractions"
version = "2"
approved_by = "Physics board"
approved_on = "2026-01-10"
expires = "2027-01-09"
drop = ["rectum-d20cc", "rectum-d0.035cc"]

[[override]]
goal = "stomach-d10cc"
level = [{ name = "mandatory", comparator = "<", limit = 15.0 }]
source = [{ key = "Department protocol 7", locator = "page 2", evidence = "primary" }]
"#;

#[test]
fn a_site_extends_overrides_drops_and_approves() {
    let base = Protocol::built_in("tg101-3fx").unwrap();
    let site = Protocol::parse("site.toml", SITE).unwrap();
    assert_eq!(site.goals.len(), base.goals.len() - 2);
    let stomach = site
        .goals
        .iter()
        .find(|goal| goal.id == "stomach-d10cc")
        .unwrap();
    assert_eq!(
        (stomach.levels[0].limit, &stomach.sources[0].key[..]),
        (15.0, "Department protocol 7")
    );
    assert_eq!(stomach.title, "Stomach: least dose in the hottest 10 cc");
    let day = |text: &str| text.parse::<Day>().unwrap();
    let refused = |protocol: &Protocol, on: &str| match protocol.require_clinical(day(on)) {
        Err(ProtocolError::NotClinical { reason, .. }) => reason,
        other => panic!("{other:?}"),
    };
    // TG-101 in 3 fractions has no goal that rests on memory alone.
    assert_eq!(site.require_clinical(day("2026-11-25")), Ok(()));
    assert!(refused(&site, "2027-01-10").contains("expired on 2027-01-09; review and renew"));
    assert!(refused(&site, "2026-01-09").contains("begins on 2026-01-10"));
    assert!(refused(&base, "2026-11-25").contains("nobody approved it; write a file of your own"));
    // TG-101 in 1 fraction has goals that do.
    let one = SITE.replace("tg101-3fx", "tg101-1fx");
    let one = Protocol::parse("site.toml", &one).unwrap();
    assert!(refused(&one, "2026-11-25").contains("rest on memory alone: lungs-dc1500cc"));
    // An approval is for one content: whoever extends it has none, and an edit is seen.
    let mut library = Library::built_in().unwrap().clone();
    library.add("site.toml", SITE).unwrap();
    let heir = "id = \"heir\"\nextends = \"site\"\ntitle = \"H\"\nversion = \"1\"\n";
    library.add("heir.toml", heir).unwrap();
    assert!(refused(&library.get("heir").unwrap(), "2026-11-25").contains("nobody approved"));
    let sealed = SITE.replace(
        "expires",
        &format!("approved_sha256 = \"{}\"\nexpires", site.sha256),
    );
    let sealed_protocol = Protocol::parse("site.toml", &sealed).unwrap();
    assert_eq!(sealed_protocol.sha256, site.sha256);
    assert_eq!(sealed_protocol.require_clinical(day("2026-11-25")), Ok(()));
    let edited = Protocol::parse("site.toml", &sealed.replace("15.0", "15.5")).unwrap();
    assert!(refused(&edited, "2026-11-25").contains("changed since it was approved"));
    // Comments and blanks are not content.
    let commented = format!("# a remark\n{SITE}\n");
    assert_eq!(
        Protocol::parse("site.toml", &commented).unwrap().sha256,
        site.sha256
    );
}

#[test]
fn mistakes_in_approvals_overrides_and_circles_name_file_line_and_remedy() {
    for (from, to, parts) in [
        (
            "2026-01-10",
            "10.1.2026",
            ["line 7", "write year-month-day"],
        ),
        (
            "approved_on = \"2026-01-10\"\n",
            "",
            ["line 6", "add the day"],
        ),
        (
            "approved_by = \"Physics board\"\n",
            "",
            ["line 6", "add the name"],
        ),
        ("2027-01-09", "2025-01-09", ["line 7", "mend one of them"]),
        (
            "\"rectum-d20cc\"",
            "\"rektum\"",
            ["line 9", "it has spinalcord-d0.35cc"],
        ),
        (
            "goal = \"stomach-d10cc\"",
            "goal = \"magen\"",
            ["line 11", "it has spinalcord-d0.35cc"],
        ),
        (
            "limit = 15.0",
            "limit = -1",
            ["line 11", "limit must be at least 0"],
        ),
        (
            "level = [{ name = \"mandatory\", comparator = \"<\", limit = 15.0 }]",
            "level = []",
            ["line 11", "add a [[goal.level]]"],
        ),
        (
            "id = \"site\"",
            "id = \"our site\"",
            ["line 2", "rename it"],
        ),
        (
            "version = \"2\"",
            "version = 2",
            ["line 5", "write a value of the type"],
        ),
        (
            "title = \"Our three fractions\"",
            "titel = \"x\"",
            ["line 4", "mend the spelling or remove it"],
        ),
        (
            "locator = \"page 2\"",
            "locator = \" \"",
            ["line 11", "give page, table or section"],
        ),
        ("drop =", "drop", ["line 9", "mend the TOML"]),
        (
            "version = \"2\"",
            "version = \"2\"\nversion = \"3\"",
            ["line 6", "keep one of them"],
        ),
        ("goal = \"stomach-d10cc\"\n", "", ["line 11", "add it"]),
        (
            "limit = 15.0",
            "limit = \"15\"",
            ["line 13", "without quotation marks"],
        ),
    ] {
        assert!(SITE.contains(from), "{from}");
        let error = Protocol::parse("site.toml", &SITE.replacen(from, to, 1)).unwrap_err();
        let error = error.to_string();
        assert!(error.contains("'site.toml'"), "{error}");
        for part in parts {
            assert!(error.contains(part), "{part} in: {error}");
        }
    }
    let mut library = Library::built_in().unwrap().clone();
    for (id, base) in [("a", "b"), ("b", "c"), ("c", "a")] {
        let text = format!("id = \"{id}\"\nextends = \"{base}\"\ntitle = \"T\"\nversion = \"1\"\n");
        library.add(&format!("{id}.toml"), &text).unwrap();
    }
    let error = library.get("a").unwrap_err().to_string();
    assert!(
        error.contains("line 2")
            && error.contains("circle: a -> b -> c -> a; let one of them stand by itself"),
        "{error}"
    );
}
