//! Any structure as a stack of prisms, also one that is a mask.

use super::voxels::{traced_prisms, voxel_prisms};
use super::{Prisms, Solid, SolidPolicy, Structure, StructureError};

impl Structure {
    /// The prisms that measures and margins are calculated on: those of the contours; of a mask of whole voxels the
    /// voxels; of a mask of fractions the contours at one half in each frame. `None` for nothing.
    pub(crate) fn prisms(&self, policy: SolidPolicy) -> Result<Option<Prisms>, StructureError> {
        let prisms = match self.solid(policy)? {
            Solid::Prisms(prisms) => prisms,
            Solid::Mask(mask) => voxel_prisms(&mask).unwrap_or_else(|| traced_prisms(&mask)),
            Solid::Empty => return Ok(None),
        };
        Ok((!prisms.slabs.is_empty()).then_some(prisms))
    }

    /// The same, where a structure without space has no answer.
    pub(crate) fn prisms_for(
        &self,
        what: &'static str,
        policy: SolidPolicy,
    ) -> Result<Prisms, StructureError> {
        self.prisms(policy)?.ok_or_else(|| self.no_space(what))
    }

    pub(crate) fn no_space(&self, what: &'static str) -> StructureError {
        StructureError::NoSpace {
            name: self.name.clone(),
            what,
        }
    }
}
