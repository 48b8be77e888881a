"""Lines of equal value in a plane, and curves with fewer points: for drawing."""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Line: TypeAlias = NDArray[np.float64]
"""Points (u, v) of a line, of shape (N, 2)."""
# Corners of a cell as (row, column), in order around it; edge n joins corner n and the next.
_CORNERS = ((0, 0), (0, 1), (1, 1), (1, 0))


def isolines(u: NDArray[np.float64], v: NDArray[np.float64], values: NDArray[np.float64], level: float) -> list[Line]:
    """Give the lines on which bilinear cells take a value: marching squares, straight within each cell.

    Parameters
    ----------
    u, v : arrays
        Coordinates of columns and rows, each running one way.
    values : array of shape ``(v.size, u.size)``
        The values; cells with a value that is not finite hold no line.
    level : float
        The value.

    Returns
    -------
    list of arrays of shape (N, 2)
        Points (u, v); a line that closes ends where it began.
    """
    if u.size < 2 or v.size < 2:  # noqa: PLR2004 - a cell has two rows and two columns
        return []
    rows, columns = v.size - 1, u.size - 1
    corner = [values[r : r + rows, c : c + columns] for r, c in _CORNERS]
    finite = np.isfinite(corner[0] + corner[1] + corner[2] + corner[3])
    above = [(one >= level) & finite for one in corner]
    cut = [(above[n] != above[(n + 1) % 4]) & finite for n in range(4)]
    count = sum(one.astype(np.int8) for one in cut)
    row, column = np.nonzero(np.asarray(count))
    if not row.size:
        return []
    points = np.stack([_crossing(n, row, column, u, v, corner, level) for n in range(4)], axis=1)
    is_cut = np.stack([one[row, column] for one in cut], axis=1)
    whole = is_cut.all(axis=1)
    middle = sum(one[row, column] for one in corner) / 4 >= level
    joined = middle == above[0][row, column]
    segments = [_pairs(points[~whole], is_cut[~whole])]
    # A saddle: its middle says which corners hang together.
    for chosen, pairs in ((whole & joined, ((0, 1), (2, 3))), (whole & ~joined, ((3, 0), (1, 2)))):
        segments += [points[chosen][:, list(pair)] for pair in pairs]
    return _chained(np.concatenate(segments))


def _crossing(  # noqa: PLR0913, PLR0917 - one cell's parts
    edge: int,
    row: NDArray[np.intp],
    column: NDArray[np.intp],
    u: NDArray[np.float64],
    v: NDArray[np.float64],
    corner: Sequence[NDArray[np.float64]],
    level: float,
) -> NDArray[np.float64]:
    """Give the point at which an edge of each cell takes the value; anything where it does not."""
    (r0, c0), (r1, c1) = _CORNERS[edge], _CORNERS[(edge + 1) % 4]
    first, second = corner[edge][row, column], corner[(edge + 1) % 4][row, column]
    step = second - first
    share = np.divide(level - first, step, out=np.zeros_like(step), where=step != 0)
    along_u = u[column + c0] + share * (u[column + c1] - u[column + c0])
    along_v = v[row + r0] + share * (v[row + r1] - v[row + r0])
    return np.stack([along_u, along_v], axis=-1)


def _pairs(points: NDArray[np.float64], is_cut: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Join the two crossings of each cell that has two."""
    return points[is_cut].reshape(-1, 2, 2)


def _chained(segments: NDArray[np.float64]) -> list[Line]:
    """Put segments that share an end into lines."""
    keys = np.round(segments, 6) + 0.0  # no negative zero
    ends = [[tuple(end) for end in segment] for segment in keys.tolist()]
    ends = [pair for pair in ends if pair[0] != pair[1]]
    at: dict[tuple[float, ...], list[int]] = {}
    for index, pair in enumerate(ends):
        for end in pair:
            at.setdefault(end, []).append(index)
    used = [False] * len(ends)

    def follow(line: list[tuple[float, ...]]) -> None:
        while True:
            onward = next((index for index in at[line[-1]] if not used[index]), None)
            if onward is None:
                return
            used[onward] = True
            first, second = ends[onward]
            line.append(second if first == line[-1] else first)

    lines = []
    for index, pair in enumerate(ends):
        if not used[index]:
            used[index] = True
            line = list(pair)
            follow(line)
            line.reverse()
            follow(line)
            lines.append(np.array(line))
    return lines


def thinned(x: NDArray[np.float64], y: NDArray[np.float64], tolerance: float) -> NDArray[np.intp]:
    """Give the points that a curve needs to stay within a tolerance of all others (Douglas and Peucker 1973).

    Both axes are measured in their own ranges, so `tolerance` is a share of the drawing.
    """
    if x.size < 3:  # noqa: PLR2004 - the two ends are always needed
        return np.arange(x.size)
    across = (x - x.min()) / (np.ptp(x) or 1.0)
    up = (y - y.min()) / (np.ptp(y) or 1.0)
    keep = np.zeros(x.size, dtype=bool)
    keep[[0, -1]] = True
    todo = [(0, x.size - 1)]
    while todo:
        low, high = todo.pop()
        if high - low < 2:  # noqa: PLR2004 - nothing in between
            continue
        du, dv = across[high] - across[low], up[high] - up[low]
        inside = slice(low + 1, high)
        pu, pv = across[inside] - across[low], up[inside] - up[low]
        length = float(np.hypot(du, dv))
        off = np.abs(du * pv - dv * pu) / length if length > 0 else np.hypot(pu, pv)
        worst = int(np.argmax(off))
        if off[worst] > tolerance:
            split = low + 1 + worst
            keep[split] = True
            todo += [(low, split), (split, high)]
    return np.flatnonzero(keep)
