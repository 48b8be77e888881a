"""A case whose names try to do harm."""

import numpy as np

import hepadose as hd

NAMES = (
    "<script>alert(1)</script>",
    "</script><script>alert(2)</script>",
    '"><img src=x onerror=alert(3)>',
    "' onmouseover='alert(4)",
    "\u202egnp.exe\u202c",  # turns the direction of writing
    "\x1b[31mred\x00\r\nline",
    "A" * 65536,
    "&lt;b&gt;&amp;",
    "]]><svg/onload=alert(5)>",
    "\u809d\u810f",
)


def case() -> hd.Case:
    """Make a small liver case: each structure a box, each name hostile but for Liver and GTV."""
    grid = hd.Grid(shape=(20, 30, 30), spacing_mm=(5.0, 5.0, 5.0), origin_mm=(-72.5, -72.5, -47.5))
    k, j, i = np.indices(grid.shape)
    dose = 50.0 * np.exp(-((k - 9.5) ** 2 + (j - 14.5) ** 2 + (i - 14.5) ** 2) / 60)
    names = ("Liver", "GTV", *NAMES)
    structures = [
        box(name, 60 - 5 * number, number=number, kind="GTV" if name == "GTV" else "ORGAN")
        for number, name in enumerate(names, start=1)
    ]
    return hd.Case(dose=hd.DoseGrid(dose, grid, fractions=5), structures=structures, warnings=NAMES[:3])


def box(name: str, half_mm: float, *, number: int, kind: str) -> hd.Structure:
    """Make a cube around the origin."""
    half = max(half_mm, 5.0)
    ring = [(-half, -half), (half, -half), (half, half), (-half, half)]
    planes = np.arange(-half * 0.6, half * 0.6 + 0.1, 5.0)
    contours = [[(x, y, float(z)) for x, y in ring] for z in planes]
    return hd.Structure.from_contours(name, contours, number=number, interpreted_type=kind, colour=(255, 255, 0))


def lesions() -> hd.Case:
    """Make a case without dose whose gross tumour volumes have the hostile names."""
    return hd.Case(structures=[box(f"GTV {name}", 10, number=n, kind="GTV") for n, name in enumerate(NAMES, start=1)])
