//! A solid cut into slices: prisms from contours, or frames of a mask, in the axes of the lattice.

use super::lattice::{Extent, Lattice};
use crate::geometry::vector::dot;
use crate::geometry::{PlanarRegion, Point2};
use crate::structure::{Cover, Mask, PlaneFrame, Slab, Solid, Span, cover_rows};
use std::sync::Arc;

/// One slice between two positions along the normal.
#[derive(Debug, Clone)]
pub(super) struct Slice {
    pub(super) low: f64,
    pub(super) high: f64,
    content: Content,
}

#[derive(Debug, Clone)]
enum Content {
    Region(Arc<PlanarRegion>),
    Frame(usize),
}

/// All slices of a solid.
pub(super) struct Slices {
    list: Vec<Slice>,
    volume_mm3: f64,
    low: [f64; 3],
    high: [f64; 3],
    mask: Option<MaskEdges>,
}

/// A mask and the positions of its voxel edges in lattice coordinates, in index order, which may descend.
struct MaskEdges {
    mask: Arc<Mask>,
    edges: [Vec<f64>; 3],
}

impl Slices {
    /// `None` when the solid encloses nothing.
    pub(super) fn new(solid: Solid, frame: &PlaneFrame) -> Option<Self> {
        let volume_mm3 = 1000.0 * solid.volume_cc();
        if volume_mm3 <= 0.0 {
            return None;
        }
        match solid {
            Solid::Prisms(prisms) => Self::of_slabs(prisms.in_frame(frame).slabs, volume_mm3),
            Solid::Mask(mask) => Self::of_mask(mask, frame, volume_mm3),
            Solid::Empty => None,
        }
    }

    fn of_slabs(slabs: Vec<Slab>, volume_mm3: f64) -> Option<Self> {
        let (mut low, mut high) = ([f64::INFINITY; 3], [f64::NEG_INFINITY; 3]);
        let mut list = Vec::with_capacity(slabs.len());
        for slab in slabs {
            let [a, b] = slab.region.bounds()?;
            for axis in 0..2 {
                low[axis] = low[axis].min(a[axis]);
                high[axis] = high[axis].max(b[axis]);
            }
            low[2] = low[2].min(slab.low_mm);
            high[2] = high[2].max(slab.high_mm);
            list.push(Slice {
                low: slab.low_mm,
                high: slab.high_mm,
                content: Content::Region(slab.region),
            });
        }
        Some(Self {
            list,
            volume_mm3,
            low,
            high,
            mask: None,
        })
    }

    fn of_mask(mask: Arc<Mask>, frame: &PlaneFrame, volume_mm3: f64) -> Option<Self> {
        let grid = mask.grid();
        let axes = [frame.u, frame.v, frame.w];
        let edges: [Vec<f64>; 3] = std::array::from_fn(|axis| {
            let origin = dot(grid.origin_mm(), axes[axis]);
            grid.edges_mm(axis).iter().map(|x| origin + x).collect()
        });
        let filled = mask.filled()?;
        let ends = |axis: usize| {
            let (a, b) = (
                edges[axis][filled[axis].start],
                edges[axis][filled[axis].end],
            );
            (a.min(b), a.max(b))
        };
        let mut list: Vec<Slice> = filled[2]
            .clone()
            .map(|k| {
                let (a, b) = (edges[2][k], edges[2][k + 1]);
                Slice {
                    low: a.min(b),
                    high: a.max(b),
                    content: Content::Frame(k),
                }
            })
            .collect();
        list.sort_by(|a, b| a.low.total_cmp(&b.low));
        let (low, high) = ([0, 1, 2].map(|a| ends(a).0), [0, 1, 2].map(|a| ends(a).1));
        Some(Self {
            list,
            volume_mm3,
            low,
            high,
            mask: Some(MaskEdges { mask, edges }),
        })
    }

    /// The slices, in order along the normal.
    pub(super) fn list(&self) -> &[Slice] {
        &self.list
    }

    /// Extent in lattice coordinates, and volume.
    pub(super) fn extent(&self) -> Extent {
        Extent {
            low: self.low,
            high: self.high,
            volume: self.volume_mm3,
        }
    }

    /// Voxel edges that cells must not straddle, for a mask.
    pub(super) fn borders(&self) -> Option<&[Vec<f64>; 3]> {
        self.mask.as_ref().map(|mask| &mask.edges)
    }

    /// Whether a point in the lattice lies in the solid.
    pub(super) fn contains(&self, [u, v, w]: [f64; 3]) -> bool {
        let first = self.list.partition_point(|slice| slice.high < w);
        self.list[first..]
            .iter()
            .take_while(|slice| slice.low <= w)
            .any(|slice| match (&slice.content, &self.mask) {
                (Content::Region(region), _) => region.contains([u, v]),
                (Content::Frame(k), Some(mask)) => mask.covers(*k, [u, v]),
                (Content::Frame(_), None) => false,
            })
    }

    /// The rings that bound prisms, with the heights between which each stands.
    pub(super) fn rings(&self) -> impl Iterator<Item = (&[Point2], f64, f64)> {
        self.list.iter().flat_map(|slice| {
            let rings = match &slice.content {
                Content::Region(region) => region.rings(),
                Content::Frame(_) => &[],
            };
            rings.iter().map(|ring| (&ring[..], slice.low, slice.high))
        })
    }

    /// The covered cells of a slice.
    pub(super) fn cover(&self, slice: &Slice, lattice: &Lattice) -> Cover {
        match (&slice.content, &self.mask) {
            (Content::Region(region), _) => cover_rows(region, &lattice.u.fine, &lattice.v.fine),
            (Content::Frame(k), Some(mask)) => mask.cover(*k, lattice),
            (Content::Frame(_), None) => Cover::default(),
        }
    }
}

impl MaskEdges {
    /// Whether a point lies in a voxel of a frame that is covered.
    fn covers(&self, k: usize, [u, v]: Point2) -> bool {
        let [_, nj, ni] = self.mask.grid().shape();
        let place = voxel(&self.edges[0], u).zip(voxel(&self.edges[1], v));
        place.is_some_and(|(i, j)| self.mask.fractions()[(k * nj + j) * ni + i] > 0.0)
    }

    fn cover(&self, k: usize, lattice: &Lattice) -> Cover {
        let [_, nj, ni] = self.mask.grid().shape();
        let frame = &self.mask.fractions()[k * nj * ni..(k + 1) * nj * ni];
        let middle = |pair: &[f64]| 0.5 * (pair[0] + pair[1]);
        let columns: Vec<Option<usize>> = lattice
            .u
            .fine
            .windows(2)
            .map(|pair| voxel(&self.edges[0], middle(pair)))
            .collect();
        let mut cover = Cover::default();
        for (row, pair) in lattice.v.fine.windows(2).enumerate() {
            if let Some(j) = voxel(&self.edges[1], middle(pair)) {
                let line = &frame[j * ni..(j + 1) * ni];
                let share = |cell: usize| columns[cell].map_or(0.0, |i| f64::from(line[i]));
                let spans = runs(columns.len(), share);
                if !spans.is_empty() {
                    cover.push_spans(row, &spans);
                }
            }
        }
        cover
    }
}

/// The voxel between whose edges a position lies; edges ascend, as lattice axes are the mask's own, but for
/// frames that run backwards.
fn voxel(edges: &[f64], x: f64) -> Option<usize> {
    let ascending = edges.len() < 2 || edges[0] < edges[1];
    let passed = edges.partition_point(|edge| if ascending { *edge <= x } else { *edge >= x });
    (passed > 0 && passed < edges.len()).then(|| passed - 1)
}

/// Runs of neighbouring cells of one share above zero.
fn runs(cells: usize, share: impl Fn(usize) -> f64) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    for cell in 0..cells {
        let share = share(cell);
        match spans.last_mut() {
            _ if share <= 0.0 => {}
            Some(span) if span.end == cell && span.share == share => span.end = cell + 1,
            _ => spans.push(Span {
                start: cell,
                end: cell + 1,
                share,
            }),
        }
    }
    spans
}
