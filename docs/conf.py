# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How Sphinx makes the documentation site: `make docs`. The reference comes from antsibull-docs."""

from __future__ import annotations

from pathlib import Path

import yaml

project = "dataops.huaweicloud"
copyright = "2026, the dataops.huaweicloud project"
release = yaml.safe_load(Path(__file__).parents[1].joinpath("galaxy.yml").read_text(encoding="utf-8"))["version"]
html_title = f"{project} {release}"

extensions = ["myst_parser", "sphinx_antsibull_ext", "sphinx_copybutton"]
html_theme = "sphinx_ansible_theme"
html_show_sourcelink = False
html_static_path = ["_static"]
html_css_files = ["tables.css"]
myst_heading_anchors = 3  # so that pages can link to each other's sections
highlight_language = "yaml+jinja"
nitpicky = True
# What is on Ansible's own site, which is not asked.
nitpick_ignore_regex = [("envvar", "ANSIBLE_.*")]
suppress_warnings = ["ref.ref"]
copybutton_prompt_text = "$ "
copybutton_only_copy_prompt_lines = True
