"""A real JupyterLab for the tests, with settings of its own and nothing to reach on any network."""

import importlib.util
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Page, expect


def jupyterlab() -> None:
    """Hold that JupyterLab is there; where it is not the test skips, or fails if a browser's tests are required."""
    if importlib.util.find_spec("jupyterlab") is not None:
        return
    reason = "JupyterLab is absent (the dependency group 'test' has it)"
    if os.environ.get("HEPADOSE_REQUIRE_BROWSER") == "1":
        pytest.fail(f"{reason}, and HEPADOSE_REQUIRE_BROWSER=1 forbids to skip", pytrace=False)
    pytest.skip(reason)


@contextmanager
def notebook_server(folder: Path) -> Iterator[str]:
    """Serve a folder with JupyterLab, with settings and history of its own; gives the address of its notebooks."""
    jupyterlab()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(16)
    own = folder / ".jupyter"
    places = (
        "JUPYTER_CONFIG_DIR",
        "JUPYTER_DATA_DIR",
        "JUPYTER_RUNTIME_DIR",
        "IPYTHONDIR",
        "JUPYTERLAB_WORKSPACES_DIR",
    )
    environment = os.environ | {name: str(own / name.lower()) for name in places}
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ServerApp.port_retries=0"),
        *(f"--ServerApp.root_dir={folder}", "--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}"),
        f"--IdentityProvider.token={token}",
        # Neither news nor new versions are looked for.
        *("--LabApp.news_url=None", "--LabApp.extension_manager=readonly"),
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]
    log = folder / "jupyter.log"
    with log.open("wb") as out:
        server = subprocess.Popen(command, cwd=folder, env=environment, stdout=out, stderr=subprocess.STDOUT)
        try:
            _wait_for(f"http://127.0.0.1:{port}/api/status?token={token}", server, log)
            yield f"http://127.0.0.1:{port}/lab/tree/{{}}?reset&token={token}"
        finally:
            server.terminate()
            try:
                server.wait(timeout=15)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _wait_for(address: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(300):
        if server.poll() is not None:
            break
        try:
            with urllib.request.urlopen(address, timeout=5):  # noqa: S310 - our own server
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail(
        f"JupyterLab did not start:\n{log.read_text(encoding='utf-8', errors='replace')[-3000:]}", pytrace=False
    )


def write_notebook(code: str, path: Path) -> None:
    """Write a notebook of one cell."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])  # type: ignore[no-untyped-call]
    # Without it JupyterLab asks which kernel is meant.
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, path)  # type: ignore[no-untyped-call]


def runs_the_cell(page: Page) -> None:
    """Run the only cell; what is asked before the kernel answers is lost, and asked again."""
    for _ in range(15):
        page.locator(".jp-CodeCell .cm-content").click()
        page.keyboard.press("Control+Enter")
        try:
            expect(page.locator(".jp-InputPrompt").first).not_to_have_text("[ ]:", timeout=2_000)
        except AssertionError:
            continue
        return
    pytest.fail("the kernel did not start", pytrace=False)
