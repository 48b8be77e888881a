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
from importlib.metadata import version

from hepadose import errors
from hepadose._citations import Cited, Reference
from hepadose._core import INTENDED_USE, DoseGrid, DoseKind, Grid, num_threads, set_num_threads
from hepadose._isoeffect import (
    AlphaBeta,
    alpha_beta,
    bed_gy,
    dose_per_fraction_gy,
    eqd2_from_bed_gy,
    eqd2_gy,
    isoeffective_dose_gy,
    mixed_bed_gy,
    mixed_eqd2_gy,
)

__version__ = version("hepadose")
__all__ = [
    "INTENDED_USE",
    "AlphaBeta",
    "Cited",
    "DoseGrid",
    "DoseKind",
    "Grid",
    "Reference",
    "__version__",
    "alpha_beta",
    "bed_gy",
    "dose_per_fraction_gy",
    "eqd2_from_bed_gy",
    "eqd2_gy",
    "errors",
    "isoeffective_dose_gy",
    "mixed_bed_gy",
    "mixed_eqd2_gy",
    "num_threads",
    "set_num_threads",
]

logging.getLogger("hepadose").addHandler(logging.NullHandler())
