"""Plots with matplotlib: axes in, axes out.

Structures keep the colours of their DICOM file; where there is none, colours are ones that colour-blind people tell
apart, and lines of like colours differ in their pattern. Every dose axis says which kind of dose it shows.

Examples
--------
>>> import hepadose as hd
>>> import matplotlib; matplotlib.use("agg")
>>> from hepadose import plot
>>> liver = hd.Dvh.from_samples([5.0, 20.0], [700.0, 500.0], name="Liver")
>>> ax = plot.dvh([liver])
>>> ax.get_xlabel()
'Dose in Gy (physical dose)'
"""

from hepadose._document import missing

try:
    import matplotlib as mpl
except ImportError as _error:
    raise missing("plot", "matplotlib") from _error

from hepadose.plot._dvh import band, dvh, side_by_side
from hepadose.plot._evidence import evidence
from hepadose.plot._planes import planes
from hepadose.plot._response import response, tornado
from hepadose.plot._schedules import schedules
from hepadose.plot._what_if import flips, headroom, isotoxic
from hepadose.plot._y90 import dose_response, lesions

__all__ = [
    "band",
    "dose_response",
    "dvh",
    "evidence",
    "flips",
    "headroom",
    "isotoxic",
    "lesions",
    "planes",
    "response",
    "schedules",
    "side_by_side",
    "tornado",
]
del mpl
