//! The structures of the demo case: names after TG-263, types, colours, where they lie.

use crate::geometry::vector::Vector;

/// A structure that is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Organ {
    Body,
    Liver,
    /// Gross tumour, by index.
    Gtv(usize),
    /// Planning target: the gross tumour and 5 mm around it, by index.
    Ptv(usize),
    Stomach,
    Duodenum,
    BowelSmall,
    Colon,
    KidneyLeft,
    KidneyRight,
    SpinalCord,
    Heart,
    LungLeft,
    LungRight,
    Spleen,
    Aorta,
    VenaCava,
    Gallbladder,
    Esophagus,
    Chestwall,
    CordMargin,
}

/// How holes are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holes {
    /// As inner contours of their own.
    Inner,
    /// Through a bridge from the outer contour.
    Keyhole,
}

/// A structure of the set, with the box that holds it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Roi {
    pub(super) organ: Organ,
    pub(super) name: &'static str,
    pub(super) interpreted_type: &'static str,
    pub(super) colour: [u8; 3],
    /// Lower corner in mm; targets lie around their centre instead.
    pub(super) low: Vector,
    /// Upper corner in mm.
    pub(super) high: Vector,
    /// Distance between the values from which its outline is found, in mm.
    pub(super) lattice_mm: f64,
    pub(super) holes: Holes,
}

/// Above and below every scan.
const FAR: f64 = 1.0e4;

const fn roi(
    organ: Organ,
    name: &'static str,
    colour: [u8; 3],
    x: [f64; 2],
    y: [f64; 2],
    z: [f64; 2],
) -> Roi {
    let interpreted_type = match organ {
        Organ::Body => "EXTERNAL",
        Organ::Gtv(_) => "GTV",
        Organ::Ptv(_) => "PTV",
        _ => "ORGAN",
    };
    let lattice_mm = match organ {
        Organ::Body => 4.0,
        Organ::LungLeft | Organ::LungRight | Organ::Chestwall => 3.0,
        Organ::Gtv(_)
        | Organ::Ptv(_)
        | Organ::SpinalCord
        | Organ::CordMargin
        | Organ::Esophagus => 1.0,
        _ => 2.0,
    };
    let holes = match organ {
        Organ::Colon => Holes::Keyhole,
        _ => Holes::Inner,
    };
    Roi {
        organ,
        name,
        interpreted_type,
        colour,
        low: [x[0], y[0], z[0]],
        high: [x[1], y[1], z[1]],
        lattice_mm,
        holes,
    }
}

/// The box of a target, around its centre.
const TARGET: [f64; 2] = [-36.0, 36.0];
const ALL: [f64; 2] = [-FAR, FAR];

/// The structures that every case has, in the order of the structure set.
#[rustfmt::skip] // A table reads by its rows.
pub(super) const USUAL: [Roi; 18] = [
    roi(Organ::Body, "Body", [0, 255, 0], [-196.0, 196.0], [-136.0, 136.0], ALL),
    roi(Organ::Liver, "Liver", [165, 90, 42], [-166.0, 126.0], [-116.0, 116.0], [-130.0, 120.0]),
    roi(Organ::Gtv(0), "GTV_1", [255, 0, 0], TARGET, TARGET, TARGET),
    roi(Organ::Gtv(1), "GTV_2", [230, 30, 30], TARGET, TARGET, TARGET),
    roi(Organ::Gtv(2), "GTV_3", [205, 60, 60], TARGET, TARGET, TARGET),
    roi(Organ::Ptv(0), "PTV_1", [255, 120, 200], TARGET, TARGET, TARGET),
    roi(Organ::Ptv(1), "PTV_2", [235, 100, 180], TARGET, TARGET, TARGET),
    roi(Organ::Ptv(2), "PTV_3", [215, 80, 160], TARGET, TARGET, TARGET),
    roi(Organ::Stomach, "Stomach", [255, 165, 0], [-50.0, 150.0], [-116.0, 90.0], [-90.0, 120.0]),
    roi(Organ::Duodenum, "Duodenum", [255, 215, 0], [-80.0, 70.0], [-90.0, 60.0], [-150.0, 10.0]),
    roi(Organ::BowelSmall, "Bowel_Small", [200, 180, 60], [-130.0, 140.0], [-116.0, 80.0], ALL),
    roi(Organ::Colon, "Colon", [140, 120, 20], [-160.0, 166.0], [-126.0, 100.0], ALL),
    roi(Organ::KidneyLeft, "Kidney_L", [0, 120, 255], [10.0, 130.0], [-10.0, 120.0], [-140.0, 60.0]),
    roi(Organ::KidneyRight, "Kidney_R", [0, 80, 220], [-130.0, -10.0], [-10.0, 120.0], [-160.0, 40.0]),
    roi(Organ::SpinalCord, "SpinalCord", [255, 255, 0], [-40.0, 40.0], [40.0, 112.0], ALL),
    roi(Organ::Heart, "Heart", [220, 20, 60], [-80.0, 130.0], [-116.0, 50.0], [20.0, 200.0]),
    roi(Organ::LungLeft, "Lung_L", [0, 200, 200], [-30.0, 180.0], [-120.0, 120.0], [-60.0, FAR]),
    roi(Organ::LungRight, "Lung_R", [0, 170, 170], [-180.0, 30.0], [-120.0, 120.0], [-60.0, FAR]),
];

/// Further structures, in the order in which they are added.
#[rustfmt::skip] // A table reads by its rows.
pub(super) const EXTRA: [Roi; 7] = [
    roi(Organ::VenaCava, "V_Venacava_I", [80, 80, 255], [-60.0, 30.0], [-40.0, 60.0], [-FAR, 100.0]),
    roi(Organ::Aorta, "A_Aorta", [255, 80, 80], [-30.0, 60.0], [-30.0, 70.0], ALL),
    roi(Organ::Esophagus, "Esophagus", [180, 140, 100], [-40.0, 80.0], [-40.0, 60.0], [20.0, FAR]),
    roi(Organ::CordMargin, "SpinalCord_PRV05", [230, 230, 80], [-45.0, 45.0], [35.0, 117.0], ALL),
    roi(Organ::Spleen, "Spleen", [150, 60, 150], [50.0, 166.0], [-50.0, 120.0], [-60.0, 110.0]),
    roi(Organ::Gallbladder, "Gallbladder", [60, 180, 60], [-90.0, 10.0], [-100.0, 20.0], [-120.0, 20.0]),
    roi(Organ::Chestwall, "Chestwall_R", [190, 190, 190], [-196.0, 20.0], [-130.0, 130.0], [-60.0, FAR]),
];

/// Isocentre of the plan: a point.
pub(super) const ISOCENTRE: (&str, &str, [u8; 3]) = ("Isocenter", "ISOCENTER", [255, 255, 255]);
/// A region in the list in which nothing is drawn, as templates leave them.
pub(super) const UNDRAWN: (&str, &str, [u8; 3]) = ("Bladder", "ORGAN", [128, 128, 0]);
