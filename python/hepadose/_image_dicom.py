"""DICOM files to the one image series that belongs to a case: found by what they hold, checked, never guessed."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from hepadose._document import StrPath
from hepadose._image_files import MULTI_FRAME, SINGLE_FRAME, STRUCTURE_SET, files_of, header_of, sop_class
from hepadose._image_series import ImageSeries
from hepadose._image_stack import Slice, Stack
from hepadose.errors import ImageSeriesError, SeriesChoiceError, SeriesFrameOfReferenceError


def read_image_series(
    source: StrPath | Iterable[StrPath],
    *,
    series: str | None = None,
    frame_of_reference: str | None = None,
) -> ImageSeries:
    """Read one CT or MR series as a volume, to show a dose on.

    `Case.image` chooses the series of a case by itself; this is for choosing among several, or for images that lie
    elsewhere: ``case.image = hd.read_image_series(folder, series=uid)``.

    Parameters
    ----------
    source : path, or iterable of paths
        A folder, with those below it, or files; what is no CT or MR is passed over.
    series : str, optional
        SeriesInstanceUID, where there are several.
    frame_of_reference : str, optional
        Only series in this frame of reference.

    Returns
    -------
    ImageSeries

    Raises
    ------
    hepadose.errors.SeriesChoiceError
        Several series, or none that was asked for.
    hepadose.errors.SeriesFrameOfReferenceError
        None in the frame of reference.
    hepadose.errors.ImageSeriesError
        Slices that make no volume (missing, repeated, tilted, of mixed orientation or size), values without a unit,
        identifying text in the pixels, or no CT or MR at all.
    hepadose.errors.MissingExtraError
        pydicom (extra ``dicom``), or for compressed pixels SimpleITK (extra ``images``), is not installed.
    """
    paths = files_of(Path(source)) if isinstance(source, str | os.PathLike) else map(Path, source)
    found = _Found.of(paths)
    if found.is_empty:
        raise ImageSeriesError("no CT or MR slices are there", reason="nothing_found")
    return found.only(frame_of_reference, series=series).volume()


class FolderImage:
    """The image of a case in a folder, not read before it is asked for; then kept, or else why there is none.

    Parameters
    ----------
    folder : path
        The folder that the case was read from.
    frame_of_reference : str or None
        That of the case.
    structure_set_uid : str or None
        SOP instance UID of the case's structure set.
    """

    def __init__(self, folder: StrPath, frame_of_reference: str | None, structure_set_uid: str | None) -> None:
        self._folder = str(Path(folder).absolute())
        self._frame, self._structure_set = frame_of_reference, structure_set_uid
        self._result: ImageSeries | Exception | None = None
        self._is_known = False

    def get(self) -> ImageSeries | None:
        """Read it; None where the folder holds no CT or MR.

        Raises
        ------
        hepadose.errors.ImageSeriesError, hepadose.errors.MissingExtraError
            Images are there, and none of them can be shown.
        """
        if not self._is_known:
            try:
                self._result = self._read()
            except (ImageSeriesError, ImportError) as error:
                self._result = error.with_traceback(None)
            self._is_known = True
        if isinstance(self._result, Exception):
            raise self._result
        return self._result

    def _read(self) -> ImageSeries | None:
        found = _Found.of(files_of(Path(self._folder)))
        if found.is_empty:
            return None
        if self._frame is None:
            raise ImageSeriesError(
                "the case states no frame of reference, so no image is known to lie where its dose does; "
                "choose it yourself: case.image = hd.read_image_series(...)",
                reason="unknown_frame",
            )
        referred, slices = found.referred(self._structure_set)
        return found.only(self._frame, referred=referred).volume(slices)


@dataclass(frozen=True)
class _Found:
    """The image slices of some files, by series and frame of reference."""

    series: dict[tuple[str, str], list[Slice]]
    structure_sets: tuple[Path, ...]
    multi_frame: int

    @classmethod
    def of(cls, paths: Iterable[Path]) -> "_Found":
        classes = [(path, sop_class(path)) for path in paths]
        images = [(path, found) for path, found in classes if found in SINGLE_FRAME]
        several = sum(found in MULTI_FRAME for _, found in classes)
        sets = tuple(path for path, found in classes if found == STRUCTURE_SET)
        every: dict[tuple[str, str], dict[str, Slice]] = {}
        for path, found in images:
            header = header_of(path)
            one = Slice(path, header, SINGLE_FRAME[found])
            if not one.is_localizer:
                key = str(header.get("SeriesInstanceUID", "")), str(header.get("FrameOfReferenceUID", ""))
                # The same object may lie in the folder twice.
                every.setdefault(key, {}).setdefault(str(header.get("SOPInstanceUID", path)), one)
        return cls({key: list(slices.values()) for key, slices in sorted(every.items())}, sets, several)

    @property
    def is_empty(self) -> bool:
        return not self.series and not self.multi_frame

    def referred(self, structure_set: str | None) -> tuple[frozenset[str], frozenset[str]]:
        """Give the series and the slices that the structure set was drawn on; nothing where it does not say."""
        from pydicom import dcmread  # noqa: PLC0415 - an extra, there since headers were read

        series, slices = set(), set()
        for path in self.structure_sets if structure_set else ():
            dataset = dcmread(path, specific_tags=["SOPInstanceUID", "ReferencedFrameOfReferenceSequence"])
            if str(dataset.get("SOPInstanceUID")) != structure_set:
                continue
            for frame in dataset.get("ReferencedFrameOfReferenceSequence") or ():
                for study in frame.get("RTReferencedStudySequence") or ():
                    for one in study.get("RTReferencedSeriesSequence") or ():
                        series.add(str(one.get("SeriesInstanceUID")))
                        for image in one.get("ContourImageSequence") or ():
                            slices.add(str(image.get("ReferencedSOPInstanceUID")))
        return frozenset(series), frozenset(slices)

    def only(self, frame: str | None, *, referred: frozenset[str] = frozenset(), series: str | None = None) -> "Stack":
        """Give the one series that is meant."""
        if not self.series:
            raise ImageSeriesError(
                f"{self.multi_frame} multi-frame objects (Enhanced CT or MR) are there, which are not read; export the "
                "series as single slices",
                reason="multi_frame",
            )
        inside = [key for key in self.series if frame is None or key[1] == frame]
        if not inside:
            raise SeriesFrameOfReferenceError(
                f"the images there ({self._said(list(self.series))}) lie in another frame of reference than the dose; "
                "export the planning images, or register them first",
                reason="another_frame",
            )
        chosen = [key for key in inside if key[0] == series] if series is not None else inside
        if not chosen:
            self._raise_choice("none of the series there has the UID that was asked for", inside)
        if series is None and referred:
            chosen = [key for key in inside if key[0] in referred]
            if not chosen:
                self._raise_choice("the structures were drawn on a series that is not there", inside)
        if len(chosen) > 1:
            self._raise_choice("several series could be meant", chosen)
        return Stack(self.series[chosen[0]])

    def _raise_choice(self, why: str, keys: Sequence[tuple[str, str]]) -> None:
        raise SeriesChoiceError(
            f"{why}; there are: {self._said(keys)}; choose one of error.series_uids: "
            "case.image = hd.read_image_series(folder, series=...)",
            reason="choice",
            series_uids=[uid for uid, _ in keys],
        )

    def _said(self, keys: Sequence[tuple[str, str]]) -> str:
        """Name series without their UIDs."""
        return ", ".join(f"{self.series[key][0].modality} of {len(self.series[key])} slices" for key in keys)
