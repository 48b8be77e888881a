//! Published alpha/beta values. They are listed for choice; none is ever a default.

use crate::citation::{Cited, Evidence};
use serde::Serialize;

/// An alpha/beta that a text gives for a tissue.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct AlphaBeta {
    /// Tissue and endpoint.
    pub tissue: &'static str,
    /// The value in gray, with its source.
    pub value: Cited<f64>,
}

const fn row(
    tissue: &'static str,
    value: f64,
    source: &'static str,
    locator: &'static str,
    applies_to: &'static str,
    evidence: Evidence,
) -> AlphaBeta {
    AlphaBeta {
        tissue,
        value: Cited {
            value,
            unit: "Gy",
            source,
            locator,
            applies_to,
            evidence,
        },
    }
}

/// Values from the project's reference sheet (section 3), each with how it was seen.
pub const ALPHA_BETA: &[AlphaBeta] = &[
    row(
        "Normal liver",
        2.5,
        "dawson2002",
        "used with the liver NTCP sets; seen in two clinical scripts",
        "late liver injury, external beam",
        Evidence::Transcriptions2Plus,
    ),
    row(
        "Normal liver",
        2.5,
        "cremonesi2008",
        "abstract",
        "yttrium-90 radioembolisation, non-tumour liver",
        Evidence::Transcription1,
    ),
    row(
        "Normal liver, chronic hepatitis",
        8.0,
        "son2013",
        "abstract",
        "hepatitis livers, stereotactic body radiotherapy",
        Evidence::Transcription1,
    ),
    row(
        "Tumour",
        10.0,
        "fowler1989",
        "convention of the linear-quadratic literature",
        "early-reacting tissue and most tumours",
        Evidence::Recalled,
    ),
    row(
        "Tumour",
        10.0,
        "cremonesi2008",
        "abstract",
        "yttrium-90 radioembolisation, tumour",
        Evidence::Transcription1,
    ),
    row(
        "Liver metastasis",
        10.0,
        "crlm-review-2024",
        "liver SBRT section, BED10",
        "metastases of colorectal cancer, stereotactic body radiotherapy",
        Evidence::Primary,
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::citation::reference;

    #[test]
    fn every_row_has_a_known_source() {
        for row in ALPHA_BETA {
            assert!(
                reference(row.value.source).is_some(),
                "{}",
                row.value.source
            );
            assert!(row.value.value > 0.0 && row.value.unit == "Gy");
        }
    }
}
