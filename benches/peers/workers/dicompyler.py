"""Read a structure set and a dose, calculate every DVH with dicompyler-core, print figures and times as JSON."""

import json
import sys
import time
import warnings

warnings.simplefilter("ignore")
start = time.perf_counter()

import dicompylercore  # noqa: E402 - the clock runs
import numpy as np  # noqa: E402 - the clock runs
import pydicom  # noqa: E402 - the clock runs
from dicompylercore import dicomparser, dvhcalc  # noqa: E402 - the clock runs

structures_path, dose_path = sys.argv[1:3]
structures, dose = pydicom.dcmread(structures_path), pydicom.dcmread(dose_path)
figures = {}
for number in dicomparser.DicomParser(structures).GetStructures():
    try:
        dvh = dvhcalc.get_dvh(structures, dose, number)
        if dvh.volume > 0:
            found = [dvh.volume, dvh.mean, dvh.statistic("D2").value, dvh.statistic("D95").value]
            figures[int(number)] = [float(value) for value in found]
    except Exception as error:  # noqa: BLE001 - a peer's failure is a finding, not an end
        figures[int(number)] = f"{type(error).__name__}: {error}"
versions = {"dicompyler-core": dicompylercore.__version__, "pydicom": pydicom.__version__, "numpy": np.__version__}
print(json.dumps({"seconds": time.perf_counter() - start, "versions": versions, "figures": figures}))
