"""A real browser for the tests: Debian's Chromium, driven by Playwright, with nothing to reach on any network."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Dialog, Page, sync_playwright

# Without these it asks its maker's servers at every start.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium() -> str:
    """Give the path of Chromium; where there is none the test skips, or fails if one is required."""
    found = shutil.which("chromium")
    if found is not None:
        return found
    reason = "Chromium is absent (tests/install_browser.sh installs it on Debian, as root)"
    if os.environ.get("HEPADOSE_REQUIRE_BROWSER") == "1":
        pytest.fail(f"{reason}, and HEPADOSE_REQUIRE_BROWSER=1 forbids to skip", pytrace=False)
    pytest.skip(reason)


@contextmanager
def browser() -> Iterator[Browser]:
    """Start Chromium, and end it."""
    path = chromium()
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            yield started
        finally:
            started.close()


class Watched:
    """A page with all that went wrong on it, and all that it asked for."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.messages: list[str] = []
        self.requests: list[str] = []
        page.on("console", lambda message: self.messages.append(message.text))
        page.on("pageerror", lambda error: self.messages.append(str(error)))
        page.on("dialog", self._refuse)
        page.on("request", lambda request: self.requests.append(request.url))

    def _refuse(self, dialog: Dialog) -> None:
        self.messages.append("a dialog opened")
        dialog.dismiss()

    def opens(self, file: Path) -> None:
        """Open a file as a double click does."""
        self.page.goto(file.as_uri())

    def is_quiet(self, file: Path) -> None:
        """Hold that nothing was said and nothing but the file itself (and what it holds) was asked for."""
        assert self.messages == []
        assert {url for url in self.requests if not url.startswith("data:")} == {file.as_uri()}
