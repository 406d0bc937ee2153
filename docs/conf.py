"""Settings of the documentation site: `sphinx-build -W docs build/site`."""

import sys
from importlib.metadata import version as installed_version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "docs")]

from site_pages import API, write_pages

write_pages()

project = "twin"
author = "The urban-twin developers"
copyright = author  # noqa: A001 - Sphinx's name
version = release = installed_version("urban-twin")

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.doctest",
    "sphinx.ext.mathjax",
    "numpydoc",
    "myst_nb",
]
exclude_patterns = ["*.py", "_templates", "_static", "**.ipynb_checkpoints"]
templates_path = ["_templates"]
nitpicky = True
# types in signatures, many of them others' or inner
nitpick_ignore_regex = [("py:class", ".*"), ("py:obj", r"typing\.Annotated.*")]
suppress_warnings = ["mystnb.unknown_mime_type"]  # bokeh gives each figure as JavaScript too

autosummary_generate = [str(page) for page in API.glob("*.rst")]
autosummary_ignore_module_all = False
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
python_maximum_signature_line_length = 88
numpydoc_show_class_members = False
numpydoc_xref_param_type = False

source_suffix = {".rst": "restructuredtext", ".md": "myst-nb", ".ipynb": "myst-nb"}
myst_enable_extensions = ["deflist", "dollarmath"]
myst_heading_anchors = 3
nb_custom_formats = {".py": ["jupytext.reads", {"fmt": "py:percent"}]}
nb_execution_mode = "cache"  # a tutorial is run again when it changed
nb_execution_cache_path = str(ROOT / "build" / "notebooks")
nb_execution_timeout = 900
nb_execution_raise_on_error = True
nb_merge_streams = True
nb_output_stderr = "remove"  # warnings of notebook tools

html_static_path = ["_static"]
html_css_files = ["site.css"]
html_theme = "pydata_sphinx_theme"
html_title = "twin"
html_copy_source = False
html_show_sourcelink = False
html_theme_options = {
    "show_prev_next": False,
    "navigation_with_keys": False,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
}
