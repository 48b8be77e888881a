"""Read a structure set and a dose, calculate every DVH with hepadose, print figures and times as JSON."""

import json
import sys
import time

start = time.perf_counter()

import hepadose as hd  # noqa: E402 - the clock runs

structures_path, dose_path = sys.argv[1:3]
structures, dose = hd.read_rtstruct(structures_path), hd.read_rtdose(dose_path)
figures = {}
for number, dvh in hd.dvhs(dose, structures).by_number.items():
    if dvh.covered_cc > 0:
        part = dvh.covered
        names = ("Mean[Gy]", "D2%[Gy]", "D95%[Gy]")
        figures[number] = [dvh.volume_cc, *(part.metric(name).value for name in names)]
print(
    json.dumps({"seconds": time.perf_counter() - start, "versions": {"hepadose": hd.__version__}, "figures": figures})
)
