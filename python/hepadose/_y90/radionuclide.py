"""Which radionuclide an image shows, by the header of its files, and what it may be used for."""

import re
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

from hepadose.errors import RadionuclideError

if TYPE_CHECKING:
    from pydicom import Dataset

Y90 = "Y-90"
TC99M = "Tc-99m"
# Codes of DICOM CID 18 and CID 4020, SNOMED CT and the older SRT; some scanners write them under a scheme of their own.
_CODES = {
    "14691008": Y90,
    "C-162A7": Y90,
    "72454006": TC99M,
    "C-163A8": TC99M,
    "77004003": "F-18",
    "C-111A1": "F-18",
}
_SYMBOLS = {
    "y": "Y",
    "yttrium": "Y",
    "tc": "Tc",
    "technetium": "Tc",
    "f": "F",
    "fluorine": "F",
    "c": "C",
    "carbon": "C",
    "n": "N",
    "nitrogen": "N",
    "o": "O",
    "oxygen": "O",
    "na": "Na",
    "sodium": "Na",
    "cu": "Cu",
    "copper": "Cu",
    "ga": "Ga",
    "gallium": "Ga",
    "ge": "Ge",
    "germanium": "Ge",
    "rb": "Rb",
    "rubidium": "Rb",
    "zr": "Zr",
    "zirconium": "Zr",
    "in": "In",
    "indium": "In",
    "i": "I",
    "iodine": "I",
    "ho": "Ho",
    "holmium": "Ho",
    "lu": "Lu",
    "lutetium": "Lu",
    "re": "Re",
    "rhenium": "Re",
    "tl": "Tl",
    "thallium": "Tl",
    "xe": "Xe",
    "xenon": "Xe",
    "sm": "Sm",
    "samarium": "Sm",
}
# The element first: in "Y-90 in resin" the mass stands between two words.
_NAMED = (
    r"\b(?P<element>[a-z]+)[\s-]*(?P<mass>\d{1,3})(?!\d)(?P<m>m(?![a-z]))?",
    r"\b(?P<mass>\d{1,3})(?P<m>m?)[\s-]*(?P<element>[a-z]+)",
)
# Half-lives in seconds, to tell a header that contradicts itself, or that names nothing; far apart from one another.
_HALF_LIVES_S = {Y90: 64.1 * 3600, TC99M: 6.01 * 3600, "F-18": 109.77 * 60}
_SAME_HALF_LIFE = 0.05
_LONGEST = 40
_AND = " + "
_BY_HALF_LIFE = "a radionuclide of half-life"
UNKNOWN = (
    "the radionuclide of the image is not known: it is taken for yttrium-90 or, for planning, technetium-99m; look it "
    "up and say radionuclide="
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What the files of an image say beside values and geometry."""

    radionuclide: str | None
    """Such as ``Y-90``; None where the files do not say."""
    has_slope: bool
    """Whether every file states RescaleSlope."""
    is_nm: bool
    """Whether the modality is NM."""


def read_header(files: Iterable[bytes]) -> Header | None:
    """Read radionuclide and slope by pydicom; None without pydicom, or where it cannot read a file."""
    try:
        import pydicom  # noqa: PLC0415 - an extra
    except ImportError:
        return None
    tags = ["Modality", "RescaleSlope", "RadiopharmaceuticalInformationSequence"]
    names: list[str] = []
    slopes, modalities = [], set()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what is wrong with other elements is the core's to say
            for one in files:
                found = pydicom.dcmread(BytesIO(one), stop_before_pixels=True, specific_tags=list(tags))
                slopes.append(found.get("RescaleSlope") is not None)
                modalities.add(str(found.get("Modality", "")))
                drugs = found.get("RadiopharmaceuticalInformationSequence") or ()
                names += [name for drug in drugs if (name := _named(drug)) is not None]
    except RadionuclideError:
        raise
    except Exception:  # noqa: BLE001 - pydicom raises many kinds; the caller says that nothing was checked
        return None
    every = list(dict.fromkeys(names))
    return Header(radionuclide=_AND.join(every) or None, has_slope=all(slopes), is_nm=modalities == {"NM"})


def _named(drug: "Dataset") -> str | None:
    """Name the radionuclide of one radiopharmaceutical, by code, by meaning and by half-life."""
    codes: Any = drug.get("RadionuclideCodeSequence") or ()
    names = []
    for code in codes:
        value, meaning = str(code.get("CodeValue") or ""), str(code.get("CodeMeaning") or "")
        names.append(_CODES.get(value.strip()) or nuclide_of(meaning) or _plain(meaning) or _plain(value))
    stated = _AND.join(dict.fromkeys(filter(None, names))) or None
    half_life = _seconds(drug.get("RadionuclideHalfLife"))
    if half_life is None:
        return stated
    near = [name for name, own in _HALF_LIVES_S.items() if abs(half_life / own - 1) <= _SAME_HALF_LIFE]
    if stated in _HALF_LIVES_S and stated not in near:
        raise RadionuclideError(
            f"the file names {stated} with a half-life of {half_life / 3600:.3g} h, but that of {stated} is "
            f"{_HALF_LIVES_S[stated] / 3600:.3g} h: its decay corrections cannot be trusted; reconstruct the image "
            "with the right radionuclide, or correct the values and give them as hepadose.y90.Image(radionuclide=...)",
            radionuclide=stated,
            allowed=(stated,),
        )
    if stated is None or (near and nuclide_of(stated) is None):
        return near[0] if near else f"{_BY_HALF_LIFE} {half_life / 3600:.3g} h"
    return stated


def nuclide_of(text: str) -> str | None:
    """Give element and mass number of a text such as ``^90^Yttrium``, ``Y-90``, ``90Y`` or ``Technetium Tc-99m``."""
    plain = text.replace("^", " ").lower()
    for pattern in _NAMED:
        for found in re.finditer(pattern, plain):
            symbol = _SYMBOLS.get(found["element"])
            if symbol is not None:
                name = f"{symbol}-{found['mass']}{found['m'] or ''}"
                return TC99M if name == "Tc-99" else name  # nobody images the ground state
    return None


def contradicts(found: str | None, stated: str) -> bool:
    """Whether the file's own radionuclide, where its name means one, is another than what is stated."""
    return found not in {None, stated} and (nuclide_of(str(found)) is not None or str(found).startswith(_BY_HALF_LIFE))


def _plain(text: str) -> str:
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())[:_LONGEST]


def _seconds(value: object) -> float | None:
    try:
        number = float(str(value))
    except ValueError:
        return None
    return number if 0 < number < float("inf") else None


def require(radionuclide: str | None, allowed: tuple[str, ...], what: str, remedy: str) -> tuple[str, ...]:
    """Refuse an image of another radionuclide than those allowed; give a warning where it is not known."""
    if radionuclide is None:
        return (UNKNOWN,)
    if radionuclide not in allowed:
        raise RadionuclideError(
            f"{what} is for {' or '.join(allowed)}, but the image is of {radionuclide}; {remedy}",
            radionuclide=radionuclide,
            allowed=allowed,
        )
    return ()
