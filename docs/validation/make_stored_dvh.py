"""Write stored_dvh.md: our DVHs against those that a planning system stored beside its plan."""

from __future__ import annotations

from pathlib import Path

import hepadose as hd

HERE = Path(__file__).resolve().parent
CASE = HERE.parents[1] / ".." / "shared" / "data" / "breast-imrt"
# That system labels minimum, mean and maximum as GY and gives per cent of this prescription.
PRESCRIPTION_GY = 14.0

HEAD = """# DVHs stored by a planning system

Written by `make validate` (make_stored_dvh.py); do not edit. Data: the breast plan of the dicompyler-core test data,
14 Gy in 7 fractions, 2.5 x 2.5 x 3 mm dose grid. That system ends structures at their end planes (`end_caps="none"`);
half a slice more at each end is our default. Its BODY leaves its dose grid, and its first row is not its volume.
Differences of the volumes and of the mean dose are ours against theirs, in per cent.

| structure | stored cc | no caps | half slice | stored mean Gy | mean, no caps | mean, half slice |
|---|---:|---:|---:|---:|---:|---:|
"""


def percent(ours: float, theirs: float) -> str:
    """Give the difference in per cent of the stored value."""
    return f"{100 * (ours / theirs - 1):+.2f}"


def main() -> None:
    """Compare all structures that have a stored DVH."""
    if not CASE.exists():
        print("skipped: ../shared/data/breast-imrt is absent")
        return
    case = hd.read_case(CASE)
    stored = {dvh.roi_number: dvh for dvh in hd.stored_dvhs(CASE / "rtdose.dcm")}
    rows = []
    for structure in case.structures.all:
        theirs = stored.get(structure.number)
        if theirs is None or theirs.mean is None:
            continue
        volume, mean = theirs.volume[0], theirs.mean * PRESCRIPTION_GY / 100
        ours = [hd.dvh(case.dose, structure, end_caps=caps) for caps in ("none", "half_slice")]
        volumes = [percent(dvh.volume_cc, volume) for dvh in ours]
        means = [percent(dvh.covered.mean_gy, mean) for dvh in ours]
        rows.append(f"| {structure.name} | {volume:.2f} | {' | '.join(volumes)} | {mean:.3f} | {' | '.join(means)} |")
    (HERE / "stored_dvh.md").write_text(HEAD + "\n".join(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
