"""The CT or MR of a case: found, checked, never guessed, and shown below the dose."""

import base64
import io
import pickle
import re
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from matplotlib import image as mpimg
from numpy.typing import NDArray
from pydicom import Dataset, dcmread
from pydicom.uid import JPEGLosslessSV1, RLELossless

import hepadose as hd
from ct_series import MR_CLASS, PATIENT, Change, case_with_ct, refer, write_series
from hepadose._case import shown_image
from hepadose._image_dicom import FolderImage
from hepadose._image_series import grey
from hepadose._planes import planes
from hepadose._svg_planes import png
from test_y90_images import compressed, lossless_jpeg

FRAME, SERIES = "1.2.3.9", "1.2.3.4"
PIXEL, SLICE = 2.0, 4.0


@pytest.fixture(scope="module")
def folder(demo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("with-ct")
    case_with_ct(demo_folder, folder, spacing_mm=PIXEL, slice_mm=SLICE)
    return folder


@pytest.fixture(scope="module")
def case(folder: Path) -> hd.Case:
    return hd.read_case(folder)


@pytest.fixture(scope="module")
def html(case: hd.Case) -> str:
    return hd.check(case, "liver-sbrt-5fx").to_html()


def small(slices: int = 8, direction: list[list[float]] | None = None) -> tuple[NDArray[np.int16], hd.Grid]:
    """Give a volume in which every voxel differs."""
    grid = hd.Grid(
        shape=(slices, 6, 5), spacing_mm=(1.5, 2.0, 3.0), origin_mm=(-20, 10, 50), direction=direction or np.eye(3)
    )
    return np.arange(slices * 30, dtype=np.int16).reshape(grid.shape) - 100, grid


def written(folder: Path, change: Change | None = None, **options: object) -> Path:
    values, grid = small()
    write_series(folder, values, grid, FRAME, series=SERIES, change=change, **options)  # type: ignore[arg-type]
    return folder


# Found


def test_it_is_read_when_it_is_asked_for(folder: Path) -> None:
    case = hd.read_case(folder)
    hd.check(case, "liver-sbrt-5fx")
    case.dvhs()
    assert isinstance(case._image, FolderImage) and not case._image._is_known  # noqa: SLF001 - that nothing was read
    image = case.image
    assert image is not None and case.image is image
    assert (image.modality, image.unit, image.warnings) == ("CT", "HU", ())
    assert image.frame_of_reference == case.frame_of_reference
    assert not image.values.flags.writeable
    assert repr(image) == "<ImageSeries: CT, 65 slices of 182 x 142>"


def test_values_lie_where_they_were_written(case: hd.Case) -> None:
    image = case.image
    assert image is not None and image.values.dtype == np.int16
    liver, lung = (case.structures[name].to_mask(image.grid) == 1 for name in ("GTV_2", "Lung_R"))
    assert image.values[liver].mean() == pytest.approx(60, abs=5)
    assert image.values[lung].mean() == pytest.approx(-780, abs=5)


@pytest.mark.parametrize(
    "direction",
    [
        [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
        [[-1, 0, 0], [0, -1, 0], [0, 0, 1]],
        [[-1, 0, 0], [0, 1, 0], [0, 0, -1]],
        [[0, 0, 1], [1, 0, 0], [0, 1, 0]],
        [[0.8, -0.6, 0], [0.6, 0.8, 0], [0, 0, 1]],
    ],
)
def test_any_orientation_comes_back(direction: list[list[float]], tmp_path: Path) -> None:
    values, grid = small(direction=direction)
    write_series(tmp_path, values, grid, FRAME, series=SERIES)
    image = hd.read_image_series(tmp_path)
    assert np.array_equal(image.values, values)
    assert np.allclose(image.grid.affine, grid.affine, atol=1e-6)


def test_no_image_is_no_image(demo_folder: Path) -> None:
    case = hd.read_case(demo_folder)
    assert case.image is None
    assert shown_image(case) == (None, None)
    html = hd.check(case, "liver-sbrt-5fx").to_html()
    assert " HU" not in html and "not shown" not in html
    with pytest.raises(hd.errors.ImageSeriesError, match="no CT or MR"):
        hd.read_image_series(demo_folder)
    assert hd.Case().image is None


def test_the_structures_say_which_series(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    shutil.rmtree(tmp_path / "ct")
    plain = hd.read_case(tmp_path)
    frame = plain.frame_of_reference
    assert frame is not None
    values, grid = small()
    for uid, shift in (("1.2.3.5", 0), ("1.2.3.6", 7), ("1.2.3.7", 9)):
        one = values + np.int16(shift)
        write_series(tmp_path / uid, one, grid, frame, series=uid, modality="MR" if shift == 9 else "CT")
    refer(tmp_path / "rtstruct.dcm", frame, ["1.2.3.6"])
    image = hd.read_case(tmp_path).image
    assert image is not None and np.array_equal(image.values, values + 7)
    # Nothing is said, two are said, another is said: a person chooses.
    series: list[str]
    for series, left, why in (
        ([], ["1.2.3.5", "1.2.3.6", "1.2.3.7"], "several"),
        (["1.2.3.5", "1.2.3.7"], ["1.2.3.5", "1.2.3.7"], "several"),
        (["1.2.3.99"], ["1.2.3.5", "1.2.3.6", "1.2.3.7"], "drawn on a series that is not there"),
    ):
        refer(tmp_path / "rtstruct.dcm", frame, series)
        case = hd.read_case(tmp_path)
        with pytest.raises(hd.errors.SeriesChoiceError, match=why) as caught:
            _ = case.image
        assert caught.value.series_uids == left
        assert "1.2.3" not in str(caught.value) and "CT of 8 slices" in str(caught.value)
        case.image = hd.read_image_series(tmp_path, series="1.2.3.5", frame_of_reference=frame)
        chosen, _ = shown_image(case)
        assert chosen is not None and np.array_equal(chosen.values, values)
    with pytest.raises(hd.errors.SeriesChoiceError, match="has the UID"):
        hd.read_image_series(tmp_path, series="1.2.3.99")


def test_another_frame_is_refused_and_the_report_says_so(demo_folder: Path, tmp_path: Path) -> None:
    shutil.copytree(demo_folder, tmp_path, dirs_exist_ok=True)
    written(tmp_path / "ct")
    case = hd.read_case(tmp_path)
    with pytest.raises(hd.errors.SeriesFrameOfReferenceError, match="another frame of reference") as caught:
        _ = case.image
    assert isinstance(caught.value, hd.errors.FrameOfReferenceError)
    html = hd.check(case, "liver-sbrt-5fx").to_html()
    assert "Images are there and not shown: the images there (CT of 8 slices) lie in another frame" in html
    chinese = hd.check(case, "liver-sbrt-5fx").to_html(lang="zh")
    assert '\u672a\u663e\u793a\uff1a <span lang="en">the images there' in chinese
    with pytest.raises(hd.errors.SeriesFrameOfReferenceError):
        case.image = hd.read_image_series(tmp_path)
    with pytest.raises(hd.errors.SeriesFrameOfReferenceError):
        hd.read_image_series(tmp_path, frame_of_reference="1.2")


def test_localizers_copies_and_other_files_are_passed_over(tmp_path: Path) -> None:
    written(tmp_path)
    scout = dcmread(tmp_path / "000.dcm")
    scout.ImageType, scout.SOPInstanceUID = ["ORIGINAL", "PRIMARY", "LOCALIZER"], "1.2.3.77"
    scout.save_as(tmp_path / "scout.dcm")
    shutil.copy(tmp_path / "001.dcm", tmp_path / "copy of 001.dcm")
    (tmp_path / "notes.txt").write_text("no DICOM", encoding="utf-8")
    image = hd.read_image_series(tmp_path)
    assert np.array_equal(image.values, small()[0])
    assert hd.read_image_series(sorted(tmp_path.iterdir())).sha256 == image.sha256


def test_files_without_meta_group_and_compressed_ones_are_read(tmp_path: Path) -> None:
    written(tmp_path)
    for number, path in enumerate(sorted(tmp_path.iterdir())):
        one = dcmread(path)
        if number % 3 == 2:
            compressed(path, JPEGLosslessSV1, lossless_jpeg)  # SimpleITK reads it
        elif number % 3 == 1:
            one.compress(RLELossless, generate_instance_uid=False)
            one.save_as(path)
        else:
            bare = Dataset()
            bare.update(one)
            bare.save_as(path, implicit_vr=True, little_endian=True)
    assert np.array_equal(hd.read_image_series(tmp_path).values, small()[0])


def test_without_simpleitk_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in written(tmp_path).iterdir():
        compressed(path, JPEGLosslessSV1, lossless_jpeg)
    monkeypatch.setitem(sys.modules, "SimpleITK", None)
    with pytest.raises(hd.errors.MissingExtraError, match=r"hepadose\[images\]"):
        hd.read_image_series(tmp_path)


# Refused


def missing_position(one: Dataset, k: int) -> None:
    if k == 3:
        del one.ImagePositionPatient


def tilted(one: Dataset, k: int) -> None:
    x, y, z = one.ImagePositionPatient
    one.ImagePositionPatient = [x, y + 0.4 * k, z]


def turned(one: Dataset, k: int) -> None:
    if k == 4:
        one.ImageOrientationPatient = [0, 1, 0, 1, 0, 0]


def repeated(one: Dataset, k: int) -> None:
    if k == 4:
        x, y, z = one.ImagePositionPatient
        one.ImagePositionPatient = [x, y, float(z) - 3]


def resized(one: Dataset, k: int) -> None:
    if k == 2:
        one.PixelSpacing = [1, 1]


def unscaled(one: Dataset, _: int) -> None:
    del one.RescaleIntercept


def other_unit(one: Dataset, _: int) -> None:
    one.RescaleType = "US"


def burned(one: Dataset, k: int) -> None:
    if k == 0:
        one.BurnedInAnnotation = "YES"


def coloured(one: Dataset, _: int) -> None:
    one.PhotometricInterpretation = "RGB"


def cut_off(one: Dataset, _: int) -> None:
    one.PixelData = one.PixelData[:10]


def multi_frame(one: Dataset, _: int) -> None:
    one.SOPClassUID = "1.2.840.10008.5.1.4.1.1.2.1"


@pytest.mark.parametrize(
    ("change", "reason", "says"),
    [
        (missing_position, "no_geometry", "lacks ImagePositionPatient"),
        (tilted, "gantry_tilt", "by up to 2.8 mm"),
        (turned, "mixed_orientation", "different orientations"),
        (repeated, "repeated_positions", "1 slices lie where another one does"),
        (resized, "mixed_sizes", "pixel spacing"),
        (unscaled, "units", "RescaleSlope or RescaleIntercept is absent"),
        (other_unit, "units", "RescaleType US"),
        (burned, "burned_in", "1 slices say that text"),
        (coloured, "pixels", "RGB, allowed is grey"),
        (cut_off, "pixels", "cannot be read"),
        (multi_frame, "multi_frame", "export the series as single slices"),
    ],
)
def test_what_makes_no_volume_is_said(change: Change, reason: str, says: str, tmp_path: Path) -> None:
    written(tmp_path, change)
    with pytest.raises(hd.errors.ImageSeriesError, match=says) as caught:
        hd.read_image_series(tmp_path)
    assert caught.value.reason == reason
    told = str(caught.value)
    assert PATIENT not in told and str(tmp_path) not in told and SERIES not in told


def test_missing_slices_are_counted(tmp_path: Path) -> None:
    written(tmp_path, leave_out=[3, 4])
    with pytest.raises(hd.errors.ImageSeriesError, match="about 2 slices are missing in 1 places") as caught:
        hd.read_image_series(tmp_path)
    assert caught.value.reason == "missing_slices"
    for path in sorted(tmp_path.iterdir())[1:]:
        path.unlink()
    with pytest.raises(hd.errors.ImageSeriesError, match="one slice"):
        hd.read_image_series(tmp_path)


def test_slices_of_two_thicknesses_are_a_volume(tmp_path: Path) -> None:
    heights = [0.0, 2, 4, 6, 9, 12, 14, 16]

    def moved(one: Dataset, k: int) -> None:
        x, y, _ = one.ImagePositionPatient
        one.ImagePositionPatient = [x, y, heights[k]]

    image = hd.read_image_series(written(tmp_path, moved))
    assert image.grid.frame_offsets_mm == pytest.approx(heights)
    assert np.array_equal(image.values, small()[0])


def test_slices_that_end_early_and_a_stated_tilt_are_doubts(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    every = sorted((tmp_path / "ct").iterdir(), key=lambda path: float(dcmread(path).ImagePositionPatient[2]))
    for path in every[:3]:
        path.unlink()
    for path in every[3:]:
        one = dcmread(path)
        one.GantryDetectorTilt = 5
        one.save_as(path)
    case = hd.read_case(tmp_path)
    image = case.image
    assert image is not None
    assert image.warnings[0] == "3 of 65 slices that the structures were drawn on are not there"
    assert image.warnings[1].startswith("the image states a gantry tilt of 5 degrees")
    html = hd.check(case, "liver-sbrt-5fx").to_html()
    assert all(text in html for text in image.warnings)


def test_without_a_frame_of_reference_nothing_is_taken(tmp_path: Path) -> None:
    with pytest.raises(hd.errors.ImageSeriesError, match="states no frame of reference"):
        FolderImage(written(tmp_path), None, None).get()


def test_without_pydicom_the_extra_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = hd.read_case(folder)
    monkeypatch.setitem(sys.modules, "pydicom", None)
    with pytest.raises(hd.errors.MissingExtraError, match=r"hepadose\[dicom\]"):
        _ = case.image
    assert "hepadose[dicom]" in hd.check(case, "liver-sbrt-5fx").to_html()


def test_a_folder_that_is_gone_is_said(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "here")
    case = hd.read_case(tmp_path / "here")
    shutil.rmtree(tmp_path / "here")
    with pytest.raises(hd.errors.ImageSeriesError, match="was it moved") as caught:
        _ = case.image
    assert str(tmp_path) not in str(caught.value)


# Handed on


def test_datasets_in_memory_keep_their_image(folder: Path, case: hd.Case) -> None:
    datasets = [dcmread(path) for path in [*folder.glob("*.dcm"), *(folder / "ct").iterdir()]]
    received = hd.case_from_datasets(datasets)
    assert received.image is not None and case.image is not None
    assert np.array_equal(received.image.values, case.image.values)


def test_cases_of_a_folder_and_pickled_ones_have_it(folder: Path) -> None:
    (found,) = hd.read_cases(folder)
    assert found.case.image is not None
    again = pickle.loads(pickle.dumps(found.case))  # noqa: S301 - our own
    assert again == found.case
    assert again.image is not None and np.array_equal(again.image.values, found.case.image.values)


def test_an_image_fits_its_grid() -> None:
    values, grid = small()
    with pytest.raises(ValueError, match="slice, row, column"):
        hd.ImageSeries(modality="CT", values=values[1:], grid=grid)


# Shown


def pictures(html: str) -> list[NDArray[np.float64]]:
    """Give the pixels of all pictures in a report, 0 to 1."""
    every = re.findall(r'href="data:image/png;base64,([^"]+)"', html)
    return [np.asarray(mpimg.imread(io.BytesIO(base64.b64decode(one)))) for one in every]


def test_the_report_shows_hounsfield_units_in_their_window(html: str, case: hd.Case) -> None:
    image = case.image
    assert image is not None and case.dose is not None
    assert "CT, slices: 65; window (level / width): 40 / 400 HU. It is shown and not calculated with." in html
    assert f"CT: <span class=hash>{image.sha256}</span>" in html
    shown = pictures(html)
    assert len(shown) == 6  # grey and dose in three planes
    for plane, pixels in zip(planes(case.dose), shown[::2], strict=True):
        rows, columns = pixels.shape[:2]
        assert (rows, columns) >= plane.dose_gy.shape and max(rows, columns) <= 384
        # Where this CT lies, half-way between its own voxels and the report's pixels: 40 HU is the middle of 1 to 255.
        expected = grey(image.in_plane(plane, case.dose), (40, 400))
        assert np.allclose(pixels[..., 0] * 255 if pixels.ndim == 3 else pixels * 255, expected, atol=0.51)
        lung = (expected == 1).mean()
        assert 0.02 < lung < 0.7
    other = hd.check(case, "liver-sbrt-5fx").to_html(window_hu=(-600, 1500))
    assert "-600 / 1500 HU" in other
    with pytest.raises(ValueError, match="width above 0"):
        hd.check(case, "liver-sbrt-5fx").to_html(window_hu=(40, 0))


def test_grey_is_the_window() -> None:
    values = np.array([[-1000.0, -160.0, 40.0, 240.0, 3000.0, np.nan]])
    assert grey(values, (40, 400)).tolist() == [[1, 1, 128, 255, 255, 0]]


def test_pictures_hold_nothing_but_pixels(html: str) -> None:
    assert PATIENT not in html and "4711-PATIENT" not in html and SERIES not in html
    for one in re.findall(r'href="data:image/png;base64,([^"]+)"', html):
        content, kinds, at = base64.b64decode(one), [], 8
        while at < len(content):
            size = int.from_bytes(content[at : at + 4], "big")
            kinds.append(content[at + 4 : at + 8])
            at += 12 + size
        assert kinds in ([b"IHDR", b"tRNS", b"IDAT", b"IEND"], [b"IHDR", b"IDAT", b"IEND"])


def test_grey_pictures_are_read_by_others() -> None:
    pixels = np.random.default_rng(1).integers(1, 256, (7, 11)).astype(np.uint8)
    read = np.asarray(mpimg.imread(io.BytesIO(png(pixels))))
    assert np.allclose((read[..., 0] if read.ndim == 3 else read) * 255, pixels, atol=0.51)


def test_an_mr_has_a_window_of_its_own(demo_folder: Path, tmp_path: Path) -> None:
    shutil.copytree(demo_folder, tmp_path, dirs_exist_ok=True)
    frame = hd.read_case(tmp_path).frame_of_reference
    assert frame is not None
    values = np.random.default_rng(2).integers(0, 1000, (30, 40, 50)).astype(np.int16)
    grid = hd.Grid(shape=values.shape, spacing_mm=(5, 5, 5), origin_mm=(-150, -100, -100))
    write_series(tmp_path / "mr", values, grid, frame, series=SERIES, modality="MR")
    assert {str(dcmread(path).SOPClassUID) for path in (tmp_path / "mr").iterdir()} == {MR_CLASS}
    case = hd.read_case(tmp_path)
    assert case.image is not None
    level, width = case.image.window()
    assert (level - width / 2, level + width / 2) == pytest.approx(
        tuple(np.percentile(case.image.values, (1, 99))), abs=25
    )
    html = hd.check(case, "liver-sbrt-5fx").to_html()
    assert "MR, slices: 30; window" in html and " HU." not in html


def test_the_report_stays_small_and_the_same(html: str, case: hd.Case) -> None:
    assert len(html) < 600_000
    again = hd.check(case, "liver-sbrt-5fx").to_html()
    assert re.sub(r"<time>.*?</time>", "", again) == re.sub(r"<time>.*?</time>", "", html)
