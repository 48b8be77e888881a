"""Radiotherapy dosimetry of the liver: BED, EQD2, DVH, constraints and yttrium-90 absorbed dose."""

from importlib.metadata import version

__version__ = version("hepadose")
__all__ = ["__version__"]
