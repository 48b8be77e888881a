//! The house rules that no compiler holds: layers point down, the core knows no binding, nothing panics.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod scan;

use scan::{Finding, Source};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The layers from the ground up, as in CONTRIBUTING.md. Modules of one layer do not see each other, but for the
/// ground layer, whose modules may use those named before them.
const LAYERS: &[&[&str]] = &[
    &["error", "citation", "progress", "provenance"],
    &["numeric"],
    &["isoeffect"],
    &["geometry"],
    &["dose", "image"],
    &["structure"],
    &["case"],
    &["dvh"],
    &["index"],
    &["radiobiology"],
    &["y90"],
    &["protocol"],
    &["dicom"],
    &["demo"],
];

fn layer_of(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

/// Why `user` may not name `used`, or `None` where it may.
fn objection(user: &str, used: &str) -> Option<String> {
    let Some(above) = layer_of(user) else {
        return Some(format!("module `{user}` is in no layer of tests/layers.rs"));
    };
    let Some(below) = layer_of(used) else {
        return Some(format!(
            "`{user}` names `crate::{used}`, which is no module: name things by the module they live in"
        ));
    };
    let sideways = above == below && user != used;
    let earlier = |layer: &[&str]| {
        layer.iter().position(|&name| name == used) < layer.iter().position(|&name| name == user)
    };
    if below > above {
        Some(format!("`{user}` looks up to `{used}`"))
    } else if sideways && !(above == 0 && earlier(LAYERS[0])) {
        Some(format!("`{user}` looks sideways to `{used}`"))
    } else {
        None
    }
}

fn objections(source: &Source) -> Vec<String> {
    let Some(user) = source.module.first() else {
        return Vec::new(); // lib.rs stands above all layers
    };
    source
        .findings()
        .into_iter()
        .filter_map(|finding| match finding {
            Finding::Use { line, module } => {
                objection(user, &module).map(|why| format!("{}:{line}: {why}", source.name))
            }
            Finding::Panic { .. } => None,
        })
        .collect()
}

fn panics(source: &Source) -> Vec<String> {
    source
        .findings()
        .into_iter()
        .filter_map(|finding| match finding {
            Finding::Panic { line, what } => {
                Some(format!("{}:{line}: {what} outside tests", source.name))
            }
            Finding::Use { .. } => None,
        })
        .collect()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a source folder") {
        let path = entry.expect("a directory entry").path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn sources(folder: &str) -> Vec<Source> {
    let files = rust_files(&root().join(folder));
    assert!(!files.is_empty(), "no Rust file in {folder}");
    files
        .iter()
        .map(|file| {
            let text = std::fs::read_to_string(file).expect("a readable source");
            Source::new(file.strip_prefix(root()).expect("inside the root"), &text)
        })
        .collect()
}

fn assert_none(found: &[String]) {
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn every_module_has_a_layer() {
    let text = std::fs::read_to_string(root().join("src/lib.rs")).expect("src/lib.rs");
    let modules = Source::new(Path::new("src/lib.rs"), &text).declared_modules();
    let homeless: Vec<String> = modules
        .into_iter()
        .filter(|module| layer_of(module).is_none())
        .map(|module| format!("src/lib.rs: module `{module}` is in no layer of tests/layers.rs"))
        .collect();
    assert_none(&homeless);
}

#[test]
fn layers_point_down() {
    let found: Vec<String> = sources("src").iter().flat_map(objections).collect();
    assert_none(&found);
}

#[test]
fn nothing_panics_outside_tests() {
    let mut found: Vec<String> = sources("src").iter().flat_map(panics).collect();
    found.extend(sources("python/src").iter().flat_map(panics));
    assert_none(&found);
}

#[test]
fn the_core_names_no_binding() {
    let mut found = Vec::new();
    for file in rust_files(&root().join("src")) {
        let text = std::fs::read_to_string(&file).expect("a readable source");
        let name = file
            .strip_prefix(root())
            .expect("inside the root")
            .display();
        for (index, line) in text.lines().enumerate() {
            let lower = line.to_lowercase();
            for word in ["pyo3", "numpy", "python"] {
                if lower.contains(word) {
                    found.push(format!("{name}:{}: names {word}", index + 1));
                }
            }
        }
    }
    assert_none(&found);
}

#[test]
fn the_core_depends_on_no_binding() {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--package", "hepadose", "--edges", "normal"])
        .args(["--prefix", "none", "--format", "{p}"])
        .current_dir(root())
        .output()
        .expect("cargo tree runs");
    let tree = String::from_utf8_lossy(&output.stdout);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo tree: {complaint}");
    assert!(tree.starts_with("hepadose v"), "unexpected output: {tree}");
    for package in tree.lines().filter_map(|line| line.split(' ').next()) {
        assert!(
            !package.starts_with("pyo3") && package != "numpy",
            "the core depends on {package}"
        );
    }
}

/// The scanner on sources that break each rule, so that a rule that never fires is noticed.
mod scanner {
    use super::{Source, objections, panics};
    use std::path::Path;

    fn objections_in(path: &str, text: &str) -> Vec<String> {
        objections(&Source::new(Path::new(path), text))
    }

    fn panics_in(text: &str) -> Vec<String> {
        panics(&Source::new(Path::new("src/dvh/plan.rs"), text))
    }

    #[test]
    fn down_is_free() {
        let text = "use crate::dose::DoseGrid;\nuse crate::{geometry::Grid, error::{a, b}};\nuse super::bins::Bin;";
        assert!(objections_in("src/dvh/plan.rs", text).is_empty());
    }

    #[test]
    fn up_is_found() {
        let found = objections_in(
            "src/dvh/plan.rs",
            "\nfn f() { let x = crate::protocol::Goal; }",
        );
        assert_eq!(found, ["src/dvh/plan.rs:2: `dvh` looks up to `protocol`"]);
    }

    #[test]
    fn up_is_found_in_groups() {
        let found = objections_in(
            "src/dvh/plan.rs",
            "use crate::{\n dose::{self, X},\n protocol::{Goal},\n dicom};",
        );
        assert_eq!(
            found,
            [
                "src/dvh/plan.rs:3: `dvh` looks up to `protocol`",
                "src/dvh/plan.rs:4: `dvh` looks up to `dicom`"
            ]
        );
    }

    #[test]
    fn super_is_followed_to_the_root() {
        let below = "use super::super::protocol::Goal;";
        assert_eq!(
            objections_in("src/dvh/plan.rs", below),
            ["src/dvh/plan.rs:1: `dvh` looks up to `protocol`"]
        );
        let module = "use super::protocol::Goal;";
        assert_eq!(objections_in("src/dvh/mod.rs", module).len(), 1);
        assert_eq!(objections_in("src/dvh.rs", module).len(), 1);
        assert!(objections_in("src/dvh/plan.rs", module).is_empty());
        let inner = "mod inner { use super::super::super::protocol::Goal; }";
        assert_eq!(objections_in("src/dvh/plan.rs", inner).len(), 1);
    }

    #[test]
    fn sideways_is_found_but_on_the_ground() {
        let found = objections_in("src/dose/mod.rs", "use crate::image::Ct;");
        assert_eq!(
            found,
            ["src/dose/mod.rs:1: `dose` looks sideways to `image`"]
        );
        assert!(objections_in("src/provenance.rs", "use crate::citation::Reference;").is_empty());
        assert_eq!(
            objections_in("src/citation.rs", "use crate::provenance::VERSION;").len(),
            1
        );
    }

    #[test]
    fn roots_and_globs_are_found() {
        assert_eq!(objections_in("src/dvh.rs", "use crate::DoseGrid;").len(), 1);
        assert_eq!(objections_in("src/dvh.rs", "use crate::*;").len(), 1);
        assert_eq!(objections_in("src/new.rs", "use crate::dose::X;").len(), 1);
    }

    #[test]
    fn tests_comments_and_strings_are_not_code() {
        let text = r##"
            // use crate::demo::a;
            /* use crate::demo::b; /* nested */ panic!() */
            /// assert!(crate::demo::c().unwrap());
            const A: &str = "crate::demo::d \" panic!()";
            const B: &str = r#"crate::demo::e " unsafe "#;
            const C: char = '"'; // a quote, then a lifetime
            fn f<'a>(x: &'a str) -> &'a str { x }
            #[cfg(test)]
            mod tests {
                use crate::demo::f;
                fn g() { None::<u8>.unwrap(); panic!("x"); }
            }
            #[cfg(test)]
            use crate::demo::g;
            #[cfg(test)]
            #[derive(Debug)]
            fn h([a, b]: [u8; 2]) { crate::demo::i() }
        "##;
        assert!(objections_in("src/dvh/plan.rs", text).is_empty());
        assert!(panics_in(text).is_empty());
    }

    #[test]
    fn code_after_tests_counts() {
        let text = "#[cfg(test)]\nmod tests { fn f() {} }\nuse crate::demo::X;";
        assert_eq!(
            objections_in("src/dvh/plan.rs", text),
            ["src/dvh/plan.rs:3: `dvh` looks up to `demo`"]
        );
    }

    #[test]
    fn panics_are_found() {
        let text = "fn f() { x.unwrap(); }\nfn g() { x.expect(\"y\"); }\nfn h() { panic!(); todo!(); }\nunsafe fn i() {}\n#[cfg(not(test))] fn j() { panic!() }";
        let lines: Vec<String> = panics_in(text)
            .iter()
            .map(|found| found.split(':').nth(1).unwrap_or("").to_owned())
            .collect();
        assert_eq!(lines, ["1", "2", "3", "3", "4", "5"]);
        let innocent = "#[expect(dead_code)]\nfn f() { x.unwrap_or(1); x.unwrap_or_default(); x.expected(); std::panic::catch(); }";
        assert!(panics_in(innocent).is_empty());
    }
}
