"""Every link in the Markdown files and notebooks: to a file that is there, to a heading that is there, or well formed.

Nothing is fetched. References between pages of the documentation are checked by Sphinx too (`make docs`).
"""

import json
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.anchors import anchors_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin

ROOT = Path(__file__).resolve().parents[2]
# What is built or installed within the tree.
NOT_OURS = {".venv", ".git", "_build", "_notebooks", "target", "dist", "node_modules", ".pytest_cache"}
HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}", re.IGNORECASE)


def files(pattern: str) -> list[Path]:
    """Give our own files of a kind."""
    return sorted(path for path in ROOT.rglob(pattern) if not NOT_OURS & set(path.relative_to(ROOT).parts))


PAGES = [*files("*.md"), *files("*.ipynb")]


def tokens(text: str) -> list[Token]:
    """Parse Markdown as the documentation does; headings get the anchors that a repository's web page gives them."""
    parser = MarkdownIt("commonmark").enable("table").use(dollarmath_plugin).use(anchors_plugin, max_level=6)
    parsed = parser.parse(text)
    return [inner for token in parsed for inner in (token, *(token.children or ()))]


def markdown(path: Path) -> str:
    """Give the text of a page, or of a notebook's text cells."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".ipynb":
        return text
    return "\n\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"] if cell["cell_type"] == "markdown")


def links(text: str) -> list[str]:
    """Give where the links and images of a page lead."""
    wanted = [token.attrGet("href" if token.type == "link_open" else "src") for token in tokens(text)]
    return [str(one) for one in wanted if one is not None]


def anchors(text: str) -> set[str]:
    """Give the anchors of the headings of a page."""
    return {str(token.attrGet("id")) for token in tokens(text) if token.type == "heading_open"}


def fault(link: str, page: Path) -> str | None:
    """Say what is wrong with a link of a page; None where nothing is."""
    parts = urlsplit(link)
    if parts.scheme in {"http", "https"}:
        plain = parts.scheme == "https" and parts.username is None and not re.search(r"[\s<>\"]", link)
        return None if plain and HOST.fullmatch(parts.hostname or "") else "is no well-formed https address"
    if parts.scheme or parts.netloc:
        return "is neither a path of this tree nor an https address"
    target = page if not parts.path else (page.parent / unquote(parts.path)).resolve()
    if not target.is_relative_to(ROOT):
        return "leads out of the tree"
    if not target.exists():
        return "leads to nothing"
    if parts.fragment and parts.fragment not in anchors(markdown(target)):
        return f"names a heading that {target.name} does not have"
    return None


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_of_a_page_lead_somewhere(page: Path) -> None:
    faults = {link: fault(link, page) for link in links(markdown(page))}
    assert {link: said for link, said in faults.items() if said is not None} == {}


def test_there_are_links() -> None:
    every = [link for page in PAGES for link in links(markdown(page))]
    assert sum(not urlsplit(link).scheme for link in every) > 40


def test_a_broken_link_is_found(tmp_path: Path) -> None:
    page = ROOT / "README.md"
    text = (
        "[a](docs/no.md) ![b](docs/no.png) [c](docs/guide.md#no-such-heading) [d](http://x) [e](https://a b) [f](../x)"
    )
    assert [fault(link, page) is None for link in links(text)] == [False] * 5  # [e] is no link at all
    assert fault("https://doi.org/10.1118/1.4892926", page) is None
    assert fault("docs/first-steps.md#check-the-plan", page) is None
    assert fault(str(tmp_path), page) == "leads out of the tree"
