//! Where a number comes from: references, how well each was read, and values that carry both.
//!
//! This file holds the one table of papers. A protocol or a constant names a paper by its key.

use serde::{Deserialize, Serialize};

/// How a number was seen. The word "verified" is used for [`Evidence::Primary`] alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// Remembered, not seen in any text; used only by name.
    Recalled,
    /// Seen in one text that transcribes the source.
    #[serde(rename = "transcription_1")]
    Transcription1,
    /// Seen in two or more independent transcriptions that agree.
    #[serde(rename = "transcriptions_2plus")]
    Transcriptions2Plus,
    /// The source itself was read.
    Primary,
}

impl Evidence {
    /// The word used in files and tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Recalled => "recalled",
            Self::Transcription1 => "transcription_1",
            Self::Transcriptions2Plus => "transcriptions_2plus",
            Self::Primary => "primary",
        }
    }
}

/// A paper, a report or a standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Reference {
    /// Short name by which data files point at it.
    pub key: &'static str,
    /// Authors, title and place of publication as far as they are known.
    pub text: &'static str,
    /// Digital object identifier, where known.
    pub doi: Option<&'static str>,
}

/// A value with unit, source and the conditions under which it holds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Cited<T> {
    /// The value itself.
    pub value: T,
    /// Its unit, `1` for a pure number.
    pub unit: &'static str,
    /// Key of the [`Reference`].
    pub source: &'static str,
    /// Page, table, section or equation.
    pub locator: &'static str,
    /// What the value applies to.
    pub applies_to: &'static str,
    /// How the value was seen.
    pub evidence: Evidence,
}

/// Every paper that a number of this crate rests on.
pub const REFERENCES: &[Reference] = &[
    Reference {
        key: "fowler1989",
        text: "Fowler JF. The linear-quadratic formula and progress in fractionated radiotherapy. Br J Radiol 1989;62:679-694",
        doi: Some("10.1259/0007-1285-62-740-679"),
    },
    Reference {
        key: "crlm-mdt-2024",
        text: "Chinese multidisciplinary consensus on colorectal cancer liver metastases, 2024",
        doi: None,
    },
    Reference {
        key: "crlm-review-2024",
        text: "Review of local treatment of colorectal cancer liver metastases, 2024 (as summarised in the project's reference sheet)",
        doi: None,
    },
    Reference {
        key: "alsultan2021",
        text: "Alsultan AA et al. Dose-response and dose-toxicity relationships for glass 90Y radioembolization in patients with liver metastases from colorectal cancer. EJNMMI Res 2021 (read in a 2024 review)",
        doi: None,
    },
    Reference {
        key: "graves2019",
        text: "Graves SA, Flynn RT, Hyer DE. Dose point kernels for 2,174 radionuclides. Med Phys 2019;46:5284-5293",
        doi: None,
    },
    Reference {
        key: "eanm2022",
        text: "EANM procedure guideline for the treatment of liver cancer and liver metastases with intra-arterial radioactive compounds, 2022",
        doi: None,
    },
    Reference {
        key: "cremonesi2008",
        text: "Cremonesi M et al. Radioembolisation with 90Y-microspheres: dosimetric and radiobiological investigation for multi-cycle treatment. Eur J Nucl Med Mol Imaging 2008",
        doi: None,
    },
    Reference {
        key: "pasciak2014",
        text: "Pasciak AS, Bourgeois AC, Bradley YC. A comparison of techniques for 90Y PET/CT image-based dosimetry following radioembolization with resin microspheres. Front Oncol 2014;4:121",
        doi: None,
    },
    Reference {
        key: "gulec2006",
        text: "Gulec SA, Mesoloras G, Stabin M. Dosimetric techniques in 90Y-microsphere therapy of liver cancer: the MIRD equations for dose calculations. J Nucl Med 2006;47:1209-1211",
        doi: None,
    },
    Reference {
        key: "wjh2015",
        text: "Radioembolization review with a table of microsphere properties. World J Hepatol 2015, Table 1",
        doi: None,
    },
    Reference {
        key: "pan2010",
        text: "Pan CC et al. Radiation-associated liver injury (QUANTEC). Int J Radiat Oncol Biol Phys 2010;76(3 Suppl):S94-S100",
        doi: Some("10.1016/j.ijrobp.2009.06.092"),
    },
    Reference {
        key: "tg263",
        text: "Mayo CS et al. AAPM Task Group 263: standardizing nomenclatures in radiation oncology. Int J Radiat Oncol Biol Phys 2018;100:1057-1066",
        doi: None,
    },
    Reference {
        key: "son2013",
        text: "Son SH et al. Stereotactic body radiotherapy and chronic viral hepatitis. Radiat Oncol 2013;8:61",
        doi: None,
    },
    Reference {
        key: "dawson2002",
        text: "Dawson LA et al. Analysis of radiation-induced liver disease using the Lyman NTCP model. Int J Radiat Oncol Biol Phys 2002;53:810-821",
        doi: None,
    },
    Reference {
        key: "kao2013",
        text: "Kao YH et al. Post-radioembolization yttrium-90 PET/CT and the partition model, symbolic example with the rounded constant 50. Cardiovasc Intervent Radiol 2013",
        doi: Some("10.1007/s00270-013-0783-z"),
    },
    Reference {
        key: "nelms2015",
        text: "Nelms et al. DVH calculations against analytical values. Med Phys 2015;42:4435 (read in a summary)",
        doi: None,
    },
    Reference {
        key: "pepin2022",
        text: "Pepin et al. Precision of the dose-volume histograms of commercial systems, 2022 (abstract read, the rules of the systems in a summary)",
        doi: None,
    },
    Reference {
        key: "penoncello2024",
        text: "Penoncello et al. Dose-volume histograms of eight commercial systems, 2024 (read in a summary)",
        doi: None,
    },
    Reference {
        key: "ho1996",
        text: "Ho S et al. Partition model for estimating radiation doses from yttrium-90 microspheres in treating hepatic tumours. Eur J Nucl Med 1996;23:947-952",
        doi: None,
    },
    Reference {
        key: "dubois1916",
        text: "Du Bois D, Du Bois EF. A formula to estimate the approximate surface area if height and weight be known. Arch Intern Med 1916;17:863-871",
        doi: None,
    },
    Reference {
        key: "grosser2015",
        text: "Grosser OS et al. Activity reductions by lung shunt with resin microspheres, 2015",
        doi: None,
    },
    Reference {
        key: "kao2014",
        text: "Kao YH et al. Personalized predictive lung dosimetry by technetium-99m macroaggregated albumin SPECT/CT, 2014",
        doi: None,
    },
    Reference {
        key: "device-labels",
        text: "Labels of glass and resin yttrium-90 microspheres, as quoted in reviews and in open programs",
        doi: None,
    },
    Reference {
        key: "lanconelli2012",
        text: "Lanconelli N et al. A free database of radionuclide voxel S values for the dosimetry of nonuniform activity distributions. Phys Med Biol 2012;57:517-533",
        doi: None,
    },
    Reference {
        key: "bolch1999",
        text: "Bolch WE et al. MIRD pamphlet No. 17: the dosimetry of nonuniform activity distributions. J Nucl Med 1999;40:11S-36S",
        doi: None,
    },
    Reference {
        key: "levillain2018",
        text: "Levillain H et al. 90Y-PET/CT-based dosimetry after selective internal radiation therapy predicts outcome in patients with liver metastases from colorectal cancer. EJNMMI Res 2018;8:60",
        doi: None,
    },
    Reference {
        key: "levillain2021",
        text: "Levillain H et al. International recommendations for personalised selective internal radiation therapy with resin microspheres. Eur J Nucl Med Mol Imaging 2021",
        doi: None,
    },
    Reference {
        key: "garin2021",
        text: "Garin E et al. Personalised versus standard dosimetry approach of selective internal radiation therapy in hepatocellular carcinoma (DOSISPHERE-01). Lancet Gastroenterol Hepatol 2021;6:17-29",
        doi: None,
    },
    Reference {
        key: "willowson2017",
        text: "Willowson KP et al. Clinical and imaging-based prognostic factors in radioembolisation of liver metastases from colorectal cancer: a retrospective exploratory analysis. EJNMMI Res 2017",
        doi: None,
    },
    Reference {
        key: "dewaraja2020",
        text: "Dewaraja YK et al. Prediction of tumor control in 90Y radioembolization by logit models with PET/CT-based dose metrics. J Nucl Med 2020;61:104-111",
        doi: None,
    },
    Reference {
        key: "lewandowski2018",
        text: "Lewandowski RJ et al. Radiation segmentectomy for solitary hepatocellular carcinoma of 5 cm or less, 2018",
        doi: None,
    },
    Reference {
        key: "chiesa2015",
        text: "Chiesa C et al. Radioembolization of hepatocarcinoma with 90Y glass microspheres: development of an individualized treatment planning strategy based on dosimetry and radiobiology. Q J Nucl Med Mol Imaging 2015",
        doi: None,
    },
    Reference {
        key: "mikell-test",
        text: "Test values of an open script for voxel S values of yttrium-90, with Monte Carlo references",
        doi: None,
    },
    Reference {
        key: "eanm-uncertainty2018",
        text: "Gear JI et al. EANM practical guidance on uncertainty analysis for molecular radiotherapy absorbed dose calculations. Eur J Nucl Med Mol Imaging 2018;45:2456-2474",
        doi: None,
    },
    Reference {
        key: "newcombe1998",
        text: "Newcombe RG. Two-sided confidence intervals for the single proportion: comparison of seven methods. Stat Med 1998;17:857-872",
        doi: None,
    },
    Reference {
        key: "delong1988",
        text: "DeLong ER, DeLong DM, Clarke-Pearson DL. Comparing the areas under two or more correlated receiver operating characteristic curves: a nonparametric approach. Biometrics 1988;44:837-845",
        doi: None,
    },
    Reference {
        key: "schneider1996",
        text: "Schneider U, Pedroni E, Lomax A. The calibration of CT Hounsfield units for radiotherapy treatment planning. Phys Med Biol 1996;41:111-124",
        doi: None,
    },
    Reference {
        key: "marks2010",
        text: "Marks LB et al. Use of normal tissue complication probability models in the clinic (QUANTEC). Int J Radiat Oncol Biol Phys 2010;76(3 Suppl):S10-S19",
        doi: None,
    },
    Reference {
        key: "quantec-kidney",
        text: "Dawson LA et al. Radiation-associated kidney injury (QUANTEC). Int J Radiat Oncol Biol Phys 2010;76(3 Suppl):S108-S115",
        doi: None,
    },
    Reference {
        key: "quantec-bowel",
        text: "Kavanagh BD et al. Radiation dose-volume effects in the stomach and small bowel (QUANTEC). Int J Radiat Oncol Biol Phys 2010;76(3 Suppl):S101-S107",
        doi: None,
    },
    Reference {
        key: "quantec-cord",
        text: "Kirkpatrick JP et al. Radiation dose-volume effects in the spinal cord (QUANTEC). Int J Radiat Oncol Biol Phys 2010;76(3 Suppl):S42-S49",
        doi: None,
    },
    Reference {
        key: "sahgal2021",
        text: "Sahgal A et al. Spinal cord dose tolerance to stereotactic body radiation therapy (HyTEC). Int J Radiat Oncol Biol Phys 2021;110:124-136",
        doi: None,
    },
    Reference {
        key: "kong2021",
        text: "Kong FM et al. Organs at risk considerations for thoracic SBRT: lung parenchyma (HyTEC). Int J Radiat Oncol Biol Phys 2021;110:172-187",
        doi: None,
    },
    Reference {
        key: "benedict2010",
        text: "Benedict SH et al. Stereotactic body radiation therapy: the report of AAPM Task Group 101. Med Phys 2010;37:4078-4101 (erratum 2023, not seen)",
        doi: Some("10.1118/1.3438081"),
    },
    Reference {
        key: "timmerman2022",
        text: "Timmerman R. A story of hypofractionation and the table on the wall. Int J Radiat Oncol Biol Phys 2022;112:4-21",
        doi: None,
    },
    Reference {
        key: "diez2022",
        text: "Diez P et al. UK 2022 consensus on normal tissue dose-volume constraints for oligometastatic, primary lung and hepatocellular carcinoma SABR. Clin Oncol 2022;34:288-300",
        doi: Some("10.1016/j.clon.2022.02.010"),
    },
    Reference {
        key: "rtog1112",
        text: "NRG Oncology/RTOG 1112: sorafenib with or without stereotactic body radiation therapy in hepatocellular carcinoma, protocol (Dawson LA)",
        doi: None,
    },
    Reference {
        key: "paddick2000",
        text: "Paddick I. A simple scoring ratio to index the conformity of radiosurgical treatment plans. J Neurosurg 2000;93(Suppl 3):219-222",
        doi: None,
    },
    Reference {
        key: "paddick2006",
        text: "Paddick I, Lippitz B. A simple dose gradient measurement tool to complement the conformity index. J Neurosurg 2006;105(Suppl):194-201",
        doi: None,
    },
    Reference {
        key: "shaw1993",
        text: "Shaw E et al. Radiation Therapy Oncology Group: radiosurgery quality assurance guidelines. Int J Radiat Oncol Biol Phys 1993;27:1231-1239",
        doi: None,
    },
    Reference {
        key: "icru83",
        text: "ICRU Report 83: prescribing, recording and reporting photon-beam intensity-modulated radiation therapy. J ICRU 2010;10(1)",
        doi: None,
    },
    Reference {
        key: "rtog0813",
        text: "RTOG 0813 and RTOG 0915: protocols of lung SBRT, conformality criteria",
        doi: None,
    },
    Reference {
        key: "lyman1985",
        text: "Lyman JT. Complication probability as assessed from dose-volume histograms. Radiat Res 1985;104:S13-S19",
        doi: None,
    },
    Reference {
        key: "kutcher1991",
        text: "Kutcher GJ, Burman C, Brewster L, Goitein M, Mohan R. Histogram reduction method for calculating complication probabilities for three-dimensional treatment planning evaluations. Int J Radiat Oncol Biol Phys 1991;21:137-146",
        doi: None,
    },
    Reference {
        key: "burman1991",
        text: "Burman C, Kutcher GJ, Emami B, Goitein M. Fitting of normal tissue tolerance data to an analytic function. Int J Radiat Oncol Biol Phys 1991;21:123-135",
        doi: None,
    },
    Reference {
        key: "xu2006",
        text: "Xu ZY et al. Prediction of radiation-induced liver disease by Lyman normal-tissue complication probability model in three-dimensional conformal radiation therapy for primary liver carcinoma. Int J Radiat Oncol Biol Phys 2006;65:189-195",
        doi: None,
    },
    Reference {
        key: "cheng2004",
        text: "Cheng JC et al. Biologic susceptibility of hepatocellular carcinoma patients treated with radiotherapy to radiation-induced liver disease. Int J Radiat Oncol Biol Phys 2004;60:1502-1509",
        doi: None,
    },
    Reference {
        key: "tai2009",
        text: "Tai A et al. Extrapolation of normal tissue complication probability for different fractionations in liver irradiation. Int J Radiat Oncol Biol Phys 2009;74:283-289",
        doi: None,
    },
    Reference {
        key: "miften2021",
        text: "Miften M et al. Radiation dose-volume effects for liver SBRT (HyTEC). Int J Radiat Oncol Biol Phys 2021;110:196-205",
        doi: Some("10.1016/j.ijrobp.2017.12.290"),
    },
    Reference {
        key: "ohri2021",
        text: "Ohri N et al. Local control after stereotactic body radiation therapy for liver tumors (HyTEC). Int J Radiat Oncol Biol Phys 2021;110:188-195",
        doi: Some("10.1016/j.ijrobp.2017.12.288"),
    },
    Reference {
        key: "gay2007",
        text: "Gay HA, Niemierko A. A free program for calculating EUD-based NTCP and TCP in external beam radiotherapy. Phys Med 2007;23:115-125",
        doi: None,
    },
    Reference {
        key: "jackson1995",
        text: "Jackson A et al. Analysis of clinical complication data for radiation hepatitis using a parallel architecture model. Int J Radiat Oncol Biol Phys 1995;31:883-891",
        doi: None,
    },
    Reference {
        key: "umich-scripts",
        text: "Planning scripts of the University of Michigan with equivalent uniform doses in EQD2 (as seen in a public repository)",
        doi: None,
    },
    Reference {
        key: "user",
        text: "Stated by the user of the program",
        doi: None,
    },
    Reference {
        key: "project",
        text: "A convention of this project, stated as such",
        doi: None,
    },
];

/// Finds a reference by its key.
pub fn reference(key: &str) -> Option<&'static Reference> {
    REFERENCES.iter().find(|reference| reference.key == key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_unique_and_texts_are_there() {
        for (index, one) in REFERENCES.iter().enumerate() {
            assert!(!one.text.is_empty());
            assert!(
                REFERENCES[index + 1..]
                    .iter()
                    .all(|other| other.key != one.key),
                "{} twice",
                one.key
            );
            assert_eq!(reference(one.key), Some(one));
        }
    }
}
