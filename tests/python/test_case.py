"""Cases: a folder by what its files hold, several plans, frames of reference, names."""

import pickle
import shutil
from pathlib import Path

import pydicom
import pytest
from pydicom.uid import generate_uid

import hepadose as hd
from shapes import box, ramp_dose


def test_files_are_found_by_what_they_hold(demo_folder: Path, tmp_path: Path) -> None:
    for number, name in enumerate(("rtdose.dcm", "rtstruct.dcm", "rtplan.dcm")):
        (tmp_path / str(number)).mkdir()
        shutil.copy(demo_folder / name, tmp_path / str(number) / f"{number}.bin")
    (tmp_path / "note.txt").write_text("no DICOM")
    case = hd.read_case(tmp_path)
    assert case == hd.read_case(str(demo_folder))
    assert case.dose is not None
    assert case.dose.fractions == case.fractions == 5
    assert case.plan is not None
    assert case.plan.label == "Liver SBRT"
    assert case.warnings == ()
    assert sorted(role for role, _ in case.inputs) == ["rtdose", "rtplan", "rtstruct"]
    assert all(len(digest) == 64 for _, digest in case.inputs)
    assert set(case.prescriptions_gy.values()) == {50.0}
    assert {case.structures.by_number[number].interpreted_type for number in case.prescriptions_gy} == {"PTV"}


def test_a_case_says_nothing_of_the_patient(demo_folder: Path) -> None:
    case = hd.read_case(demo_folder)
    patient = pydicom.dcmread(demo_folder / "rtdose.dcm")
    shown = repr(case) + repr(case.dose) + repr(case.plan) + repr(case.structures) + repr(case.structures["Liver"])
    for private in (str(patient.PatientName), patient.PatientID, patient.StudyInstanceUID, str(demo_folder)):
        assert private not in shown
    assert repr(case) == "<Case: physical dose, 20 structures, a plan, 0 warnings>"


def test_dvhs_of_a_case(demo_folder: Path) -> None:
    case = hd.read_case(demo_folder)
    dvhs = case.dvhs()
    assert list(dvhs) == list(case.structures)
    assert dvhs["PTV_1"].prescription_gy == 50.0
    assert dvhs["PTV_1"]["V95%[%]"] > 90
    assert dvhs["Liver"].metric("V95%").code == "no_prescription"
    assert dvhs["Isocenter"].volume_cc == 0
    assert case.dose is not None
    eqd2 = case.dvhs(case.dose.eqd2(alpha_beta_gy=2.5), end_caps="none")
    assert eqd2["Liver"].kind.quantity == "eqd2"
    assert eqd2["PTV_1"].prescription_gy is None
    assert eqd2["Liver"].settings["end_caps"] == "none"
    with pytest.raises(ValueError, match="the case has no dose"):
        hd.Case().dvhs()


def test_several_plans_are_listed_and_never_mixed(demo_folder: Path, tmp_path: Path) -> None:
    shutil.copytree(demo_folder, tmp_path / "one")
    plan = pydicom.dcmread(demo_folder / "rtplan.dcm")
    plan.SOPInstanceUID = plan.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    plan.RTPlanLabel = "Boost"
    plan.save_as(tmp_path / "boost.dcm")
    with pytest.raises(hd.errors.PlanChoiceError, match="the folder holds 2 plans, allowed is one") as caught:
        hd.read_case(tmp_path)
    assert sorted(str(label) for label in caught.value.plans) == ["Boost", "Liver SBRT"]
    case = hd.read_case(tmp_path, plan="Liver SBRT")
    assert case.dose is not None
    assert hd.read_case(tmp_path, plan=plan.SOPInstanceUID).dose is None
    with pytest.raises(hd.errors.PlanChoiceError, match="plan= names 0 of the plans"):
        hd.read_case(tmp_path, plan="Third")
    found = hd.read_cases(tmp_path)
    assert sorted(str(one.plan_label) for one in found) == ["Boost", "Liver SBRT"]
    assert [one.case.plan.label for one in found if one.case.plan] == [one.plan_label for one in found]


def test_structures_of_another_frame_of_reference(demo_folder: Path, tmp_path: Path) -> None:
    shutil.copytree(demo_folder, tmp_path / "case")
    structures = pydicom.dcmread(demo_folder / "rtstruct.dcm")
    other = generate_uid()
    structures.FrameOfReferenceUID = other
    structures.ReferencedFrameOfReferenceSequence[0].FrameOfReferenceUID = other
    for roi in structures.StructureSetROISequence:
        roi.ReferencedFrameOfReferenceUID = other
    structures.save_as(tmp_path / "case" / "rtstruct.dcm")
    with pytest.raises(hd.errors.DicomFrameOfReferenceError, match="frame of reference") as caught:
        hd.read_case(tmp_path / "case")
    assert isinstance(caught.value, hd.errors.FrameOfReferenceError)
    (found,) = hd.read_cases(tmp_path / "case")
    assert isinstance(found.error, hd.errors.DicomFrameOfReferenceError)
    with pytest.raises(hd.errors.DicomFrameOfReferenceError):
        _ = found.case


def test_a_repeated_name_raises_and_the_number_always_works(demo_folder: Path, tmp_path: Path) -> None:
    shutil.copytree(demo_folder, tmp_path / "case")
    structures = pydicom.dcmread(demo_folder / "rtstruct.dcm")
    for roi in structures.StructureSetROISequence[2:4]:
        roi.ROIName = "GTV"
    structures.save_as(tmp_path / "case" / "rtstruct.dcm")
    found = hd.read_case(tmp_path / "case").structures
    with pytest.raises(
        hd.errors.UnknownNameError, match=r"2 are named 'GTV'; use by_number, their numbers are \(3, 4\)"
    ):
        found["GTV"]
    assert found.by_number[3] != found.by_number[4]
    assert "GTV" in found
    assert len(found.all) == len(list(found.values())) == len(found) + 1
    with pytest.raises(KeyError):
        found["Spleen"]


def test_folders_without_a_case(tmp_path: Path) -> None:
    with pytest.raises(hd.errors.NothingFoundError, match="no RTDOSE, RTSTRUCT or RTPLAN was found"):
        hd.read_case(tmp_path)
    with pytest.raises(hd.errors.DicomFileError, match="cannot read the folder") as caught:
        hd.read_case(tmp_path / "nowhere")
    assert isinstance(caught.value, OSError)
    assert str(tmp_path) not in str(caught.value)


def test_a_case_of_your_own() -> None:
    structures = [box("Liver", (0, 0, 0), (20, 20, 20), number=1)]
    case = hd.Case(dose=ramp_dose(), structures=structures, plan=hd.Plan(label="Mine"), warnings=["look"])
    assert case.structures["Liver"].number == 1
    assert case.fractions == 5
    assert pickle.loads(pickle.dumps(case)) == case  # noqa: S301
    assert hd.Case(structures={"L": structures[0]}).structures.all == tuple(structures)
    assert case != hd.Case()
