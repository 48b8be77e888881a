"""The Python code of the README runs as it stands, on the case that it names."""

import re
import subprocess
import sys
from pathlib import Path


def test_python_in_ten_lines(root: Path, tmp_path: Path) -> None:
    readme = (root / "README.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", readme, flags=re.DOTALL)
    hepadose = Path(sys.executable).parent / "hepadose"
    subprocess.run([hepadose, "demo", "--out", "demo-case"], cwd=tmp_path, check=True, capture_output=True)
    command = [sys.executable, "-I", "-W", "error", "-c", code]
    done = subprocess.run(command, cwd=tmp_path, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert len([line for line in code.splitlines() if line]) <= 10
    assert done.stdout.splitlines()[-1] == "31.25"
