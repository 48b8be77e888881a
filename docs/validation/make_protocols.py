"""Write docs/validation/protocols.md: every built-in goal with its source, locator and evidence."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hepadose as hd

TARGET = Path(__file__).with_name("protocols.md")
HEAD = """# Built-in protocols

Written by `make validate` (docs/validation/make_protocols.py) from the library itself. Evidence: `primary` means that
the source was read; `transcriptions_2plus` and `transcription_1` that two or one transcription was; `recalled` goals
count on request only. `limits` are those that the goal is judged by; `printed` is what that source prints, where it can
be said as a metric: a rule of the project's own need not be that of a source that it cites beside.
"""
COLUMNS = ("structure", "metric", "limits", "for", "source", "locator", "printed", "evidence")


def table() -> str:
    """Give the whole page."""
    parts = [HEAD]
    for protocol in hd.protocols():
        content = protocol.to_dict()
        parts.append(f"\n## {content['id']}\n\n{content['title']}\n")
        parts.append(f"\n| {' | '.join(COLUMNS)} |\n{'|---' * len(COLUMNS)}|\n")
        parts.extend(_rows(content))
        parts.extend(
            f"\nRisk point, never a goal: {point['structure']} {point['metric']} {point['value']:g}: {point['risk']}"
            f" ({point['source'][0]['key']}, {point['source'][0]['locator']}).\n"
            for point in content["risk_points"]
        )
    return "".join(parts)


def as_printed(source: dict[str, Any]) -> str:
    """Give the limit as a source prints it."""
    printed = source["printed"]
    return "-" if printed is None else f"{printed['metric']} {printed['comparator']} {printed['limit']:g}"


def _rows(content: dict[str, Any]) -> Iterator[str]:
    for goal in content["goals"]:
        limits = ", ".join(f"{one['name']} {one['comparator']} {one['limit']:g}" for one in goal["level"])
        meant = ", ".join(
            f"{name} {' or '.join(value) if isinstance(value, list) else value}"
            for name, value in goal["applies_to"].items()
            if value is not None
        )
        for source in goal["source"]:
            seen = (source["key"], source["locator"], as_printed(source), source["evidence"])
            cells = (goal["structure"], goal["metric"], limits, meant, *seen)
            yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


if __name__ == "__main__":
    TARGET.write_text(table(), encoding="utf-8")
