"""The public face: every name is there, is documented, and its examples run."""

import doctest
import inspect
import logging
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

import hepadose as hd

PROMISED = {
    *("Case", "DoseGrid", "DoseKind", "Dvh", "Grid", "Metric", "Plan", "Protocol", "Report", "Structure", "Structures"),
    *("alpha_beta", "bed_gy", "dose_per_fraction_gy", "eqd2_from_bed_gy", "eqd2_gy", "isoeffective_dose_gy"),
    *("eqdx_gy", "models", "refractionated_dose_gy", "fractions_for_eqd2", "geud_gy", "veff", "ntcp", "tcp"),
    *("accumulate_bed", "schedules", "remaining_tolerance"),
    *("mixed_bed_gy", "mixed_eqd2_gy", "dvh", "dvhs", "dvhs_of_labels", "stored_dvhs", "check", "protocols", "errors"),
    "y90",
    *("read_case", "read_cases", "read_rtdose", "read_rtplan", "read_rtstruct"),
    *("MarginCoverage", "margin_coverage", "read_segmentation"),
    *("write_rtdose", "write_rtplan", "write_rtstruct", "num_threads", "set_num_threads", "presets", "Preset"),
}


def public() -> Iterator[tuple[str, Any]]:
    """Every public object and every public member of its classes, with its name."""
    for module in (hd, hd.models, hd.ntcp, hd.tcp, hd.y90, hd.errors, hd.plot):
        for name in module.__all__:
            thing = getattr(module, name)
            yield f"{module.__name__}.{name}", thing
            if inspect.isclass(thing) and thing.__module__.startswith("hepadose"):
                for member, value in vars(thing).items():
                    if not member.startswith("_") and (callable(value) or inspect.isdatadescriptor(value)):
                        yield f"{module.__name__}.{name}.{member}", getattr(thing, member)


def test_what_is_promised_is_there() -> None:
    assert not PROMISED - set(hd.__all__)
    for module in (hd, hd.models, hd.ntcp, hd.tcp, hd.y90, hd.errors):
        assert len(set(module.__all__)) == len(module.__all__)
        assert all(hasattr(module, name) for name in module.__all__)


def test_everything_is_documented() -> None:
    slots = {name for name, thing in public() if inspect.ismemberdescriptor(thing)}
    words = {"__version__", "INTENDED_USE", "Device", "Disease", "Dosimetry", "Model", "Timing"}
    bare = [name for name, thing in public() if name.split(".")[-1] not in words | {"Device", "Disease", "Dosimetry"}
            and name not in slots and not (inspect.getdoc(thing) or "").strip()]  # fmt: skip
    assert not bare


def examples() -> list[Any]:
    """Every docstring with examples."""
    parser = doctest.DocTestParser()
    found = []
    modules = [(one.__name__, one) for one in (hd, hd.models, hd.ntcp, hd.tcp, hd.y90, hd.plot)]
    for name, thing in [*modules, *public()]:
        text = thing.__doc__ if isinstance(thing.__doc__, str) else ""
        if ">>>" in text:
            test = parser.get_doctest(inspect.cleandoc(text), {}, name, None, None)
            found.append(pytest.param(test, id=name))
    return found


@pytest.mark.parametrize("example", examples())
def test_examples_run(example: doctest.DocTest) -> None:
    result = doctest.DocTestRunner().run(example)
    assert result.attempted
    assert not result.failed


def test_there_are_examples() -> None:
    assert len(examples()) > 20


def test_errors_are_one_family() -> None:
    for name in hd.errors.__all__:
        error = getattr(hd.errors, name)
        assert issubclass(error, hd.errors.HepadoseError)
        if error not in {hd.errors.HepadoseError, hd.errors.UnknownNameError, hd.errors.MissingExtraError}:
            assert issubclass(error, ValueError), name


def test_the_logger_is_silent() -> None:
    assert any(isinstance(handler, logging.NullHandler) for handler in logging.getLogger("hepadose").handlers)


def test_numpy_alone_is_loaded() -> None:
    code = "import sys, hepadose; print(sorted({name.partition('.')[0] for name in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    for heavy in ("pydicom", "pandas", "typer", "rich", "SimpleITK", "matplotlib"):
        assert f"'{heavy}'" not in loaded
