"""What arguments of Python are called on the command line: reasons and errors name the former."""

import re

_OPTIONS = {
    "prescription_gy=": "--prescription",
    "fractions=": "--fractions",
    "dose_scope=": "--dose-scope",
    "dose_type=": "--dose-type",
    "plan=": "--plan",
    "mapping= (--map-file)": "--map-file",
    "expected_survival_months=": "--survival-months",
    "ecog=": "--ecog",
    "metastases=": "--metastases",
    "child_pugh=": "--child-pugh",
    "bowel_threshold_mm=": "--bowel-threshold-mm",
    "say liver_status": "say --liver-status",
    "say child_pugh": "say --child-pugh",
    "say disease": "say --disease",
    "say sex": "say --sex",
}
_ANY = re.compile("|".join(rf"(?<![\w-]){re.escape(argument)}" for argument in _OPTIONS))


def as_options(text: str) -> str:
    """Name what to give by its option."""
    return _ANY.sub(lambda found: _OPTIONS[found.group()], text)
