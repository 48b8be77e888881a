"""Radiotherapy dosimetry of the liver: BED, EQD2, DVH, constraints and yttrium-90 absorbed dose.

Research and independent second check. Not a medical device. Not for sole clinical decisions. Commission locally
before use.

Examples
--------
>>> import hepadose as hd
>>> hd.eqd2_gy(25, fractions=5, alpha_beta_gy=10)
31.25
"""

import logging
from importlib import import_module as _import_module
from typing import TYPE_CHECKING as _TYPE_CHECKING, Any as _Any

from hepadose import errors, models
from hepadose._alpha_beta import AlphaBeta, alpha_beta
from hepadose._by_name import ByName
from hepadose._case import BeamDose, Case, DoseReference, FoundCase, FractionGroup, Plan, StoredDvh, Structures
from hepadose._check import check, check_all
from hepadose._citations import Cited, Reference, references
from hepadose._compare import ComparedGoal, Comparison, PublishedLimit, compare, published_limits
from hepadose._core import (
    INTENDED_USE,
    DoseGrid,
    DoseKind,
    Dvh,
    Grid,
    Protocol,
    Structure,
    num_threads,
    set_num_threads,
)
from hepadose._course import Course
from hepadose._courses import Accumulated, AccumulatedMetric, ShiftBand, accumulate_bed
from hepadose._dicom import (
    read_case,
    read_cases,
    read_rtdose,
    read_rtplan,
    read_rtstruct,
    stored_dvhs,
    write_rtdose,
    write_rtplan,
    write_rtstruct,
)
from hepadose._difference import DifferenceStep, DvhDifference, dvh_difference, stored_differences
from hepadose._displacement import DisplacementField
from hepadose._document import package_version as _package_version
from hepadose._dose_volume import geud_gy, veff
from hepadose._dvh import DvhCurve, Metric, dvh, dvhs, dvhs_of_labels
from hepadose._eligibility import CriterionResult, Eligibility, Lesion, NearestBowel, eligibility
from hepadose._export import to_sitk, to_xarray, write_image
from hepadose._flip import Flips, GoalFlips, NoScenario, Scenario, would_it_flip
from hepadose._from_arrays import VoxelRoi, case_from_arrays, case_from_datasets
from hepadose._image_dicom import read_image_series
from hepadose._image_series import ImageSeries
from hepadose._integrity import Integrity, IntegrityCheck, plan_integrity
from hepadose._interchange import ImportedProtocol, goal_strings, import_protocol
from hepadose._isoeffect import (
    bed_gy,
    dose_per_fraction_gy,
    eqd2_from_bed_gy,
    eqd2_gy,
    eqdx_gy,
    fractions_for_eqd2,
    isoeffective_dose_gy,
    mixed_bed_gy,
    mixed_eqd2_gy,
    refractionated_dose_gy,
)
from hepadose._isotoxic import GoalScale, Isotoxic, Tier, best_fractions, isotoxic
from hepadose._margin import MarginCoverage, margin_coverage
from hepadose._presets import Preset, presets
from hepadose._progress import set_progress
from hepadose._protocols import protocols
from hepadose._registration import DeformableRegistration, SpatialRegistration, read_registration
from hepadose._remaining import Remaining, remaining_tolerance
from hepadose._report import (
    Caveat,
    GoalResult,
    GoalSource,
    LeftOut,
    Level,
    Report,
    RiskPoint,
    StructureUsed,
    Subtracted,
)
from hepadose._schedules import Schedule, ScheduleEffect, Schedules, schedules
from hepadose._segmentation import read_segmentation
from hepadose._shifted import MetricRange, ShiftedDvhs, dvh_shifted
from hepadose._uncertainty import (
    ConvertedMetric,
    Interval,
    TornadoBar,
    Uncertain,
    UncertainEffect,
    converted_metric,
    uncertain_effect,
)

if _TYPE_CHECKING:
    from hepadose import ntcp, tcp, y90

__version__: str
"""Version of the package."""

__all__ = [
    "INTENDED_USE",
    "Accumulated",
    "AccumulatedMetric",
    "AlphaBeta",
    "BeamDose",
    "ByName",
    "Case",
    "Caveat",
    "Cited",
    "ComparedGoal",
    "Comparison",
    "ConvertedMetric",
    "Course",
    "CriterionResult",
    "DeformableRegistration",
    "DifferenceStep",
    "DisplacementField",
    "DoseGrid",
    "DoseKind",
    "DoseReference",
    "Dvh",
    "DvhCurve",
    "DvhDifference",
    "Eligibility",
    "Flips",
    "FoundCase",
    "FractionGroup",
    "GoalFlips",
    "GoalResult",
    "GoalScale",
    "GoalSource",
    "Grid",
    "ImageSeries",
    "ImportedProtocol",
    "Integrity",
    "IntegrityCheck",
    "Interval",
    "Isotoxic",
    "LeftOut",
    "Lesion",
    "Level",
    "MarginCoverage",
    "Metric",
    "MetricRange",
    "NearestBowel",
    "NoScenario",
    "Plan",
    "Preset",
    "Protocol",
    "PublishedLimit",
    "Reference",
    "Remaining",
    "Report",
    "RiskPoint",
    "Scenario",
    "Schedule",
    "ScheduleEffect",
    "Schedules",
    "ShiftBand",
    "ShiftedDvhs",
    "SpatialRegistration",
    "StoredDvh",
    "Structure",
    "StructureUsed",
    "Structures",
    "Subtracted",
    "Tier",
    "TornadoBar",
    "Uncertain",
    "UncertainEffect",
    "VoxelRoi",
    "__version__",
    "accumulate_bed",
    "alpha_beta",
    "bed_gy",
    "best_fractions",
    "case_from_arrays",
    "case_from_datasets",
    "check",
    "check_all",
    "compare",
    "converted_metric",
    "dose_per_fraction_gy",
    "dvh",
    "dvh_difference",
    "dvh_shifted",
    "dvhs",
    "dvhs_of_labels",
    "eligibility",
    "eqd2_from_bed_gy",
    "eqd2_gy",
    "eqdx_gy",
    "errors",
    "fractions_for_eqd2",
    "geud_gy",
    "goal_strings",
    "import_protocol",
    "isoeffective_dose_gy",
    "isotoxic",
    "margin_coverage",
    "mixed_bed_gy",
    "mixed_eqd2_gy",
    "models",
    "ntcp",
    "num_threads",
    "plan_integrity",
    "presets",
    "protocols",
    "published_limits",
    "read_case",
    "read_cases",
    "read_image_series",
    "read_registration",
    "read_rtdose",
    "read_rtplan",
    "read_rtstruct",
    "read_segmentation",
    "references",
    "refractionated_dose_gy",
    "remaining_tolerance",
    "schedules",
    "set_num_threads",
    "set_progress",
    "stored_differences",
    "stored_dvhs",
    "tcp",
    "to_sitk",
    "to_xarray",
    "uncertain_effect",
    "veff",
    "would_it_flip",
    "write_image",
    "write_rtdose",
    "write_rtplan",
    "write_rtstruct",
    "y90",
]

logging.getLogger("hepadose").addHandler(logging.NullHandler())


def __getattr__(name: str) -> _Any:
    """Load what takes long when somebody asks for it: plots, models of effect, yttrium-90, the package's metadata."""
    if name in {"ntcp", "plot", "tcp", "y90"}:
        return _import_module(f"hepadose.{name}")
    if name == "__version__":
        return _package_version()
    raise AttributeError(f"module 'hepadose' has no attribute '{name}'")


def __dir__() -> list[str]:
    """Name also what is not loaded yet, for completion."""
    return sorted({*globals(), *__all__, "plot"})
