"""Fixtures that every Python test may use."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import SimpleITK

from environments import run, tool
from hepadose import _core

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def root() -> Path:
    """Root of the project."""
    return ROOT


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with the embedded case as files; tests read it and never write there."""
    folder = tmp_path_factory.mktemp("demo")
    _core.write_demo(folder)
    return folder


@pytest.fixture(scope="session")
def activity_files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Image of activity and segmentation of a tumour in a liver, as files; tests read them and never write there."""
    folder = tmp_path_factory.mktemp("y90")
    activity = np.full((10, 10, 10), 1e6, np.float32)
    activity[2:8, 2:8, 2:8] = 3.2e6
    labels = np.ones((10, 10, 10), np.uint8)
    labels[3:7, 3:7, 3:7] = 2
    for name, values in (("activity", activity), ("regions", labels)):
        image: Any = SimpleITK.GetImageFromArray(values)
        image.SetSpacing((5.0, 5.0, 5.0))
        if name == "regions":
            for number, region in enumerate(("Normal", "Tumour")):
                image.SetMetaData(f"Segment{number}_Name", region)
                image.SetMetaData(f"Segment{number}_LabelValue", str(number + 1))
        SimpleITK.WriteImage(image, str(folder / f"{name}.nrrd"))
    return folder / "activity.nrrd", folder / "regions.nrrd"


@pytest.fixture(scope="session")
def shared_data() -> Callable[[str], Path]:
    """Give the path of a part of the clinical test data, which lies beside the project and never in it.

    Absent data skips the test with a reason; with ``HEPADOSE_REQUIRE_SHARED=1``, as in ``.ci/run``, the test fails.
    """

    def find(name: str) -> Path:
        path = ROOT.parent / "shared" / "data" / name
        if not path.exists():
            reason = f"../shared/data/{name} is absent (the data is not part of the repository)"
            if os.environ.get("HEPADOSE_REQUIRE_SHARED") == "1":
                pytest.fail(f"{reason}, and HEPADOSE_REQUIRE_SHARED=1 forbids to skip", pytrace=False)
            pytest.skip(reason)
        return path

    return find


@pytest.fixture(scope="session")
def target(root: Path) -> Path:
    """Cargo's target directory, kept between runs."""
    return Path(os.environ.get("CARGO_TARGET_DIR", root / "target"))


@pytest.fixture(scope="session")
def wheel(root: Path, target: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from the working tree, or take the one that ``HEPADOSE_WHEEL`` names, as `make wheel` does."""
    ready = os.environ.get("HEPADOSE_WHEEL")
    if ready is not None:
        return Path(ready).resolve()
    out = tmp_path_factory.mktemp("wheel")
    run(tool("maturin"), "build", "--release", "--locked", "--out", out, cwd=root, CARGO_TARGET_DIR=str(target))
    (path,) = out.iterdir()
    return path
