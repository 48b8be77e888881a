"""Yttrium-90: from activity to absorbed dose, BED and published response thresholds.

Examples
--------
>>> import hepadose as hd
>>> found = hd.y90.response(150, device="glass", disease="colorectal-metastases", dosimetry="y90-pet", prevalence=0.5)
>>> found.stratum, found.likelihood_ratio, found.probability
('> 139 to <= 189 Gy', 4.0, 0.8)
"""

from hepadose._core import ActivityMap, VoxelKernel
from hepadose._y90.bed import BedParameters, bed, bed_gy, bed_parameters
from hepadose._y90.bsa import body_surface_m2, bsa_activity_gbq, bsa_shunt_reduction
from hepadose._y90.calibration import Calibration, absolute_calibration, relative_calibration
from hepadose._y90.comparison import DeliveredComparison, RegionComparison, compare_doses
from hepadose._y90.constants import constants, named_constants
from hepadose._y90.delivered import DeliveredModel, predict_delivered
from hepadose._y90.dose import LocalDeposition, absorbed_dose, density_from_hounsfield, density_of_structures, kernel
from hepadose._y90.effect import Effect, effect
from hepadose._y90.fit import DoseResponse, LogisticFit, RocThreshold, Separation, fit_response
from hepadose._y90.image import Image, read_image
from hepadose._y90.lesions import (
    LesionDose,
    LesionDoses,
    LesionResponse,
    LesionResponses,
    lesion_doses,
    lesion_responses,
)
from hepadose._y90.limits import Limit
from hepadose._y90.lung import (
    LungConstants,
    lung_activity_gbq,
    lung_constants,
    lung_dose_gy,
    lung_mass_from_ct_kg,
    lung_shunt_from_planar,
    lung_shunt_from_spect,
    lung_shunt_from_tumour_lung_shunt,
)
from hepadose._y90.mird import mird_activity_gbq, mird_dose_gy
from hepadose._y90.partition import Partition, partition, partition_activity_gbq, tn_ratio_from_activity_ratio
from hepadose._y90.planning import PerfusedVolume, PlannedActivity, VolumesDose, partition_volumes, plan_activity
from hepadose._y90.response import Response, response
from hepadose._y90.table import LesionRow, LesionSummary, LesionTable, lesion_table
from hepadose._y90.thresholds import (
    Context,
    CutOff,
    Derivation,
    Device,
    Disease,
    Dosimetry,
    Recommendation,
    ThresholdSet,
    thresholds,
)
from hepadose._y90.uncertainty import UncertainDose, UncertaintyBudget, dose_uncertainty, volume_uncertainty

__all__ = [
    "ActivityMap",
    "BedParameters",
    "Calibration",
    "Context",
    "CutOff",
    "DeliveredComparison",
    "DeliveredModel",
    "Derivation",
    "Device",
    "Disease",
    "DoseResponse",
    "Dosimetry",
    "Effect",
    "Image",
    "LesionDose",
    "LesionDoses",
    "LesionResponse",
    "LesionResponses",
    "LesionRow",
    "LesionSummary",
    "LesionTable",
    "Limit",
    "LocalDeposition",
    "LogisticFit",
    "LungConstants",
    "Partition",
    "PerfusedVolume",
    "PlannedActivity",
    "Recommendation",
    "RegionComparison",
    "Response",
    "RocThreshold",
    "Separation",
    "ThresholdSet",
    "UncertainDose",
    "UncertaintyBudget",
    "VolumesDose",
    "VoxelKernel",
    "absolute_calibration",
    "absorbed_dose",
    "bed",
    "bed_gy",
    "bed_parameters",
    "body_surface_m2",
    "bsa_activity_gbq",
    "bsa_shunt_reduction",
    "compare_doses",
    "constants",
    "density_from_hounsfield",
    "density_of_structures",
    "dose_uncertainty",
    "effect",
    "fit_response",
    "kernel",
    "lesion_doses",
    "lesion_responses",
    "lesion_table",
    "lung_activity_gbq",
    "lung_constants",
    "lung_dose_gy",
    "lung_mass_from_ct_kg",
    "lung_shunt_from_planar",
    "lung_shunt_from_spect",
    "lung_shunt_from_tumour_lung_shunt",
    "mird_activity_gbq",
    "mird_dose_gy",
    "named_constants",
    "partition",
    "partition_activity_gbq",
    "partition_volumes",
    "plan_activity",
    "predict_delivered",
    "read_image",
    "relative_calibration",
    "response",
    "thresholds",
    "tn_ratio_from_activity_ratio",
    "volume_uncertainty",
]
