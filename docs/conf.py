"""How the documentation is built: make docs."""

import shutil
from importlib.metadata import version as _version
from pathlib import Path

HERE = Path(__file__).parent
# Notebooks live in examples/, where the tests run them; Sphinx reads only what lies below this folder.
NOTEBOOKS = HERE / "_notebooks"
shutil.rmtree(NOTEBOOKS, ignore_errors=True)
NOTEBOOKS.mkdir()
for notebook in sorted((HERE.parent / "examples").glob("*.ipynb")):
    shutil.copy(notebook, NOTEBOOKS)

project = "hepadose"
author = "The hepadose developers"
version = release = _version("hepadose")
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"hepadose {release}"
html_show_copyright = False
html_show_sphinx = False
nb_execution_mode = "off"  # the tests run the notebooks; what is committed is shown
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
napoleon_google_docstring = False
napoleon_use_rtype = False
suppress_warnings = ["config.cache"]
