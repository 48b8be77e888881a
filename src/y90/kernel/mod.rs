//! The voxel kernel: how the energy of a decay spreads over neighbouring voxels.

mod radial;
mod voxel;

pub use radial::{RANGE_MM, SHELLS, cumulative_energy_mev, energy_per_mm_mev};
pub use voxel::VoxelKernel;
