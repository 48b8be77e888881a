//! What made a result: inputs, settings and sources, the same for every question to a protocol.

use super::{CheckOptions, Protocol, Role, Treatment};
use crate::case::Case;
use crate::provenance::{InputHash, Provenance};

/// What went in and how it was asked: files, protocol, settings, sources of the goals.
pub(super) fn provenance(
    case: &Case,
    protocol: &Protocol,
    options: &CheckOptions,
    treatment: &Treatment,
) -> Provenance {
    let mut made = Provenance::new();
    made.inputs.clone_from(&case.inputs);
    made.inputs.push(InputHash {
        role: "protocol".to_owned(),
        sha256: protocol.sha256.clone(),
    });
    for source in protocol.goals.iter().flat_map(|goal| &goal.sources) {
        if !made.sources.contains(&source.key) {
            made.sources.push(source.key.clone());
        }
    }
    let mut note = |name: &str, value: String| {
        made.settings.push((name.to_owned(), value));
    };
    let dvh = &options.dvh;
    if let Some(preset) = dvh.preset {
        note("preset", preset.to_owned());
    }
    note("between_planes", dvh.between_planes.name().to_owned());
    note("end_caps", dvh.end_caps.name().to_owned());
    if let Some(limit) = dvh.max_cap_mm {
        note("max_cap_mm", limit.to_string());
    }
    note(
        "dose_interpolation",
        dvh.dose_interpolation.name().to_owned(),
    );
    if let Some(percent) = dvh.tolerance_percent {
        note("tolerance_percent", percent.to_string());
    }
    note("min_covered", dvh.min_covered.to_string());
    note("min_cells", dvh.min_cells.to_string());
    note("bins", dvh.bins.to_string());
    if let Some(n) = treatment.fractions {
        note("fractions", n.to_string());
    }
    let prescriptions: Vec<String> = treatment
        .prescriptions_gy
        .iter()
        .map(ToString::to_string)
        .collect();
    if !prescriptions.is_empty() {
        note("prescriptions_gy", prescriptions.join(", "));
    }
    note("liver_status", treatment.liver.name().to_owned());
    if let Some(disease) = treatment.disease {
        note("disease", disease.name().to_owned());
    }
    if let Some(class) = treatment.child_pugh {
        note("child_pugh", class.name().to_owned());
    }
    if let Some(sex) = treatment.sex {
        note("sex", sex.name().to_owned());
    }
    note("recalled", options.recalled.to_string());
    note("undrawn", options.undrawn.name().to_owned());
    if let Some(alpha_beta) = options.convert_alpha_beta_gy {
        note("convert_alpha_beta_gy", alpha_beta.to_string());
    }
    if options.subtract != Role::gtv() {
        note("subtract", options.subtract.name().to_owned());
    }
    for (role, rois) in options.mapping.entries() {
        let rois: Vec<String> = rois.iter().map(ToString::to_string).collect();
        note(&format!("mapping {role}"), rois.join(", "));
    }
    made
}
