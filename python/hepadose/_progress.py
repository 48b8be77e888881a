"""Progress bars: shown where somebody looks, for calls that take longer than a second."""

import os
import sys
import time
from html import escape
from typing import Any, Protocol

_AFTER_S = 1.0
_EVERY_S = 0.2
_WIDTH = 30
_wanted: bool | None = None


class _Display(Protocol):
    def show(self, done: int, total: int, seconds: float) -> None: ...
    def clear(self) -> None: ...


def set_progress(shown: bool | None) -> None:  # noqa: FBT001 - on, off, or as the place decides
    """Choose whether long calls show a progress bar.

    The counts are those of the calculation itself (structures, slabs, files); Ctrl-C stops it.

    Parameters
    ----------
    shown : bool or None
        True: always. False: never. None, as at the start: in notebooks and where standard error is a terminal.
        The environment variable ``HEPADOSE_PROGRESS=0`` or ``1`` chooses before the program does.

    Examples
    --------
    >>> import hepadose as hd
    >>> hd.set_progress(False)
    >>> hd.set_progress(None)
    """
    global _wanted  # noqa: PLW0603 - one choice for the process
    _wanted = None if shown is None else bool(shown)


def watch() -> "Watcher | None":
    """Give somebody to tell how far a call is, or None where nobody looks. Called by the extension module."""
    wanted = _wanted
    if wanted is None and (word := os.environ.get("HEPADOSE_PROGRESS", "")):
        wanted = word != "0"
    if wanted is False:
        return None
    display: _Display | None = _notebook()
    if display is None and (wanted or (sys.stderr is not None and sys.stderr.isatty())):
        display = _Terminal()
    return None if display is None else Watcher(display)


class Watcher:
    """Shows a call's counts after its first second, a few times a second."""

    def __init__(self, display: _Display) -> None:
        self._display = display
        self._began = time.monotonic()
        self._next = self._began + _AFTER_S
        self._shown = False

    def tell(self, done: int, total: int) -> None:
        """Take the counts of now."""
        now = time.monotonic()
        if total > 0 and now >= self._next:
            self._next = now + _EVERY_S
            self._shown = True
            self._display.show(min(done, total), total, now - self._began)

    def close(self) -> None:
        """Take the bar away."""
        if self._shown:
            self._display.clear()


class _Terminal:
    """One line of standard error, written over and over."""

    def show(self, done: int, total: int, seconds: float) -> None:
        full = _WIDTH * done // total
        bar = "#" * full + "." * (_WIDTH - full)
        sys.stderr.write(f"\r[{bar}] {done} of {total}, {seconds:.0f} s (Ctrl-C stops) ")
        sys.stderr.flush()

    def clear(self) -> None:
        sys.stderr.write("\r" + " " * 79 + "\r")
        sys.stderr.flush()


class _Notebook:
    """A display of the notebook that is updated in place."""

    def __init__(self, html: Any, display: Any) -> None:
        self._html, self._display = html, display
        self._handle: Any = None

    def show(self, done: int, total: int, seconds: float) -> None:
        text = escape(f"{done} of {total}, {seconds:.0f} s")
        content = self._html(f'<progress value="{done}" max="{total}" aria-label="{text}"></progress> {text}')
        if self._handle is None:
            self._handle = self._display(content, display_id=True)
        else:
            self._handle.update(content)

    def clear(self) -> None:
        if self._handle is not None:
            self._handle.update(self._html(""))


def _notebook() -> _Notebook | None:
    """Give a display where this process is the kernel of a notebook: only then is IPython loaded with a kernel."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    if shell is None or not hasattr(shell, "kernel"):
        return None
    from IPython.display import HTML, display  # noqa: PLC0415 - loaded already

    return _Notebook(HTML, display)
