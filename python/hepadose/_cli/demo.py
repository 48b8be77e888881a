"""The whole story on the embedded case: DICOM, DVH, EQD2, verdicts, yttrium-90."""

import tempfile
from dataclasses import asdict, dataclass
from functools import reduce
from operator import or_
from pathlib import Path

import hepadose as hd
from hepadose import _core
from hepadose._cli.documents import dose_dict, plan_dict
from hepadose._document import Document, document
from hepadose._dvh import rows

LIVER_ALPHA_BETA_GY = 2.5
TUMOUR_ALPHA_BETA_GY = 10.0
PROTOCOL = "liver-sbrt-5fx"
METRICS = ("D95%[Gy]", "D0.035cc[Gy]", "CV15Gy[cc]")


@dataclass(frozen=True)
class Story:
    """All that the demo shows."""

    files: list[str]
    case: hd.Case
    physical: hd.ByName[hd.Dvh]
    eqd2: list[hd.Dvh]
    report: hd.Report
    model: hd.y90.LocalDeposition
    lesions: tuple[hd.y90.LesionResponse, ...]
    lesion_names: list[str]

    def document(self) -> Document:
        """Give the story as JSON."""
        content = {
            "files": self.files,
            "dose": None if self.case.dose is None else dose_dict(self.case.dose),
            "plan": None if self.case.plan is None else plan_dict(self.case.plan),
            "physical": [rows(dvh, METRICS) for dvh in self.physical.all],
            "eqd2": [rows(dvh, ()) for dvh in self.eqd2],
            "check": self.report.to_dict(),
            "y90": {
                "model": self.model.provenance(),
                "lesions": [
                    {"name": name} | asdict(lesion)
                    for name, lesion in zip(self.lesion_names, self.lesions, strict=True)
                ],
            },
        }
        return document("hepadose/demo/1", content, inputs=self.case.inputs)


def run_demo(out: Path | None) -> Story:
    """Write the case, read it back from disk and calculate."""
    if out is not None:
        return _told(out)
    with tempfile.TemporaryDirectory(prefix="hepadose-demo-") as folder:
        return _told(Path(folder))


def _told(folder: Path) -> Story:
    files = _core.write_demo(folder)
    case = hd.read_case(folder)
    if case.dose is None:
        raise hd.errors.DemoError("the demo case came back without a dose")
    targets = [one for one in case.structures.all if one.interpreted_type in {"GTV", "PTV"}]
    gtvs = [one for one in targets if one.interpreted_type == "GTV"]
    liver = case.structures["Liver"]
    normal_liver = (liver - reduce(or_, gtvs)).renamed("Liver-GTV")
    of_liver = case.dose.eqd2(alpha_beta_gy=LIVER_ALPHA_BETA_GY)
    of_tumour = case.dose.eqd2(alpha_beta_gy=TUMOUR_ALPHA_BETA_GY)
    eqd2 = [*hd.dvhs(of_liver, [liver, normal_liver]).all, *hd.dvhs(of_tumour, targets).all]
    activity, (labels, grid, names) = _core.read_demo_activity(folder)
    density = hd.y90.constants()["liver_density_g_per_ml"].value
    model = hd.y90.LocalDeposition(density_g_per_ml=density, decay_correction_h=0.0)
    lesions = hd.y90.lesion_responses(
        hd.y90.lesion_doses(activity, labels, grid, model=model),
        device="glass",
        disease="colorectal-metastases",
        dosimetry="y90-pet",
    )
    return Story(
        files=files,
        case=case,
        physical=hd.dvhs(case.dose, [*case.structures.all, normal_liver], prescription_gy=case.prescriptions_gy),
        eqd2=eqd2,
        report=hd.check(case, PROTOCOL),
        model=model,
        lesions=lesions,
        lesion_names=names,
    )
