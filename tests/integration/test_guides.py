# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The README and the guides: write their files and run their commands in order, as a reader would."""

from __future__ import annotations

import os
import re
import subprocess

import pytest
from conftest import BIN, ROOT

pytestmark = pytest.mark.operations

# For each page, a part of the output of each command, in their order.
PAGES = {
    "../README.md": [
        "Found 1 job, 1 active.",
        *['"outcome": "stopped"'] * 5,
        "Dry run: ",
        "dli sql, queue default, older than 2h",
    ],
    "index.md": ['"outcome": "stopped"'],
    "first_steps.md": ["Found 1 job, 1 active.", '"outcome": "would_stop"', *['"outcome": "stopped"'] * 5],
    "many_jobs.md": ["would_stop", "changed=1 ", "changed=1 ", "5f2a9c70-3f0e-4a53-9f6b-2d7c41e8b9a6"],
    "maintenance.md": ["Dry run: ", "changed=1 ", "Show the result"],
    "rehearsal.md": [
        *('"id"', '"stubborn"', "would_stop", '{"requests":[]}', "{}", "stubborn: Job stubborn cannot"),
        *('"running"', '"dli.sql.cancel"'),
    ],
    "inventory.md": ["Dry run: "],
    "progress.md": ["changed=1 "],
    "roles.md": ["Dry run: ", *["changed=1 "] * 3],
    "simulator.md": ['"dli_sql"', '"about"'],
}
# test_documentation.py and test_awx.py run the commands of these pages.
ELSEWHERE = ("logging_in.md", "awx.md")
FAILING_COMMAND = ("rehearsal.md", "ansible-playbook -i hosts.yml queue.yml")


def files(text):
    """Return the content of the files that a page shows, by their names."""
    return dict(re.findall(r"^[^\n]*[Ii]n `(\w+\.yml)`:\n\n```yaml\n(.*?)^```", text, re.DOTALL | re.MULTILINE))


def commands(text):
    """Return the commands that a page shows."""
    blocks = re.findall(r"^ *```shell\n(.*?)^ *```", text, re.DOTALL | re.MULTILINE)
    lines = [line.strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if re.match("(ansible|ansible-playbook|curl) ", line)]


def test_every_page_and_make_target_exists():
    pages = {"../README.md", *(path.name for path in (ROOT / "docs").glob("*.md"))}
    texts = {page: (ROOT / "docs" / page).read_text() for page in pages}
    assert {page for page in pages if commands(texts[page])} == {*PAGES, *ELSEWHERE}
    goals = re.search(r"^\.PHONY: (.*)", (ROOT / "Makefile").read_text(), re.MULTILINE)[1].split()
    asked = re.findall(r"(?:^|`)make ([a-z-]+)", "\n".join(texts.values()), re.MULTILINE)
    assert asked and {*asked} <= {*goals}


@pytest.mark.parametrize("page", PAGES)
def test_guide_commands_work(simulator, environment, login, tmp_path, page):
    text = (ROOT / "docs" / page).read_text()
    for other in PAGES:
        for name, content in files((ROOT / "docs" / other).read_text()).items():
            (tmp_path / name).write_text(content)
    shown = commands(text)
    assert len(shown) == len(PAGES[page])
    path = f"{BIN}{os.pathsep}{environment['PATH']}"
    for command, part in zip(shown, PAGES[page]):
        sent = simulator.journal(mutating=True)
        ran = subprocess.run(
            ["bash", "-euc", command],
            env={**environment, **login, "PATH": path},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (ran.returncode == 0) is ((page, command) != FAILING_COMMAND), f"{command}\n{ran.stdout}{ran.stderr}"
        assert part in ran.stdout + ran.stderr, f"{command}\n{ran.stdout}{ran.stderr}"
        if "--check" in command:
            assert simulator.journal(mutating=True) == sent
