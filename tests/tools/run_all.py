# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the sessions of noxfile.py, two at a time, and count the tests.

python tests/tools/run_all.py                all sessions except those tagged ``release-check``: ``make test``
python tests/tools/run_all.py SESSION ...    these sessions; ``sanity`` selects ``sanity-2.18`` and so on
python tests/tools/run_all.py --check        the quick sessions, and the formatters fix files: ``make check``

The script installs nox into .cache/tools. It writes the log of each session to tests/output/log, and prints the log if
the session fails.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import queue
import re
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / ".cache" / "tools"
REQUIREMENTS = ROOT / "tests" / "requirements" / "tools.txt"
OUTPUT = ROOT / "tests" / "output"
RELEASE = re.compile(r"\d+\.\d+\.\d+")
# Ansible would test a collection in one of these folders instead of the checkout.
SHADOWS = [
    Path(folder, "ansible_collections", "dataops").expanduser()
    for folder in ("~/.ansible/collections", "/usr/share/ansible/collections")
]
# Sessions of antsibull-nox that run no tests: one calls other sessions, the other prints the matrix of a CI service.
NO_TESTS = ("lint", "matrix-generator")
# The tag of sessions that run only if their name is given.
RELEASE_ONLY = "release-check"
# The formatters fix files that the other sessions read, so they run first and alone.
CHECK = (["formatters"], ["codeqa", "typing", "unit"])


class Case(NamedTuple):
    """A test, or a session that does not count its tests."""

    name: str
    result: str  # passed, failed or skipped
    reason: str = ""


class Selection(NamedTuple):
    """The sessions to run, and the sessions that this run leaves out."""

    run: list[str]
    left_out: list[str]


def search_path() -> str:
    """Return PATH with the folder of each Python instead of the shims of pyenv.

    A shim exists for each installed Python, but exits with 127 if that Python is not selected.
    """
    folders = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv", "versions").glob("3.*")
    releases = {tuple(map(int, folder.name.split("."))): folder for folder in folders if RELEASE.fullmatch(folder.name)}
    path = [f"{folder}/bin" for release, folder in sorted(releases.items(), reverse=True) if release >= (3, 9)]
    path += [entry for entry in os.environ["PATH"].split(os.pathsep) if Path(entry).name != "shims"]
    return os.pathsep.join(path)


def newest_python(path: str) -> str:
    """Return the newest Python that can create virtual environments. ansible-core needs 3.11 or later."""
    for minor in (15, 14, 13, 12, 11):
        command = shutil.which(f"python3.{minor}", path=path)
        probe = (command or "false", "-c", "import ensurepip, ssl, venv")
        if command and subprocess.run(probe, capture_output=True, check=False).returncode == 0:
            return command
    return sys.executable


def install_tools(path: str) -> None:
    """Create the virtual environment of nox, unless it exists, is up to date, and was not moved."""
    stamp = TOOLS / "installed.txt"
    content = f"{TOOLS}\n{REQUIREMENTS.read_text(encoding='utf-8')}"
    if stamp.exists() and stamp.read_text(encoding="utf-8") == content:
        return
    subprocess.run([newest_python(path), "-m", "venv", "--clear", str(TOOLS)], check=True)
    pip = (str(TOOLS / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "install", "-qq")
    subprocess.run([*pip, "-r", str(REQUIREMENTS)], check=True)
    stamp.write_text(content, encoding="utf-8")


def nox(*arguments: str) -> tuple[str, ...]:
    """Return the command that runs nox with these arguments."""
    return (str(TOOLS / "bin" / "python"), "-m", "nox", "--no-error-on-missing-interpreters", *arguments)


def select_sessions(env: dict[str, str], names: list[str]) -> Selection:
    """Select the sessions with these names. Without names, select all sessions that are not only for releases."""
    listed = subprocess.run(nox("--list", "--json"), env=env, check=True, stdout=subprocess.PIPE).stdout
    tags = {entry["session"]: entry["tags"] for entry in json.loads(listed) if entry["session"] not in NO_TESTS}
    if names:
        return Selection([each for each in tags if any(f"{each}-".startswith(f"{name}-") for name in names)], [])
    left_out = [each for each in tags if RELEASE_ONLY in tags[each]]
    return Selection([each for each in tags if each not in left_out], left_out)


def junit_cases(session: str) -> Iterator[Case]:
    """Yield the tests in the JUnit files of a session."""
    for file in sorted((OUTPUT / "junit" / session).glob("*.xml")):
        for case in ElementTree.parse(file).iter("testcase"):
            name = f"{session}: {case.get('classname')} {case.get('name')}"
            skipped = case.find("skipped")
            if case.find("failure") is not None or case.find("error") is not None:
                yield Case(name, "failed")
            elif skipped is None:
                yield Case(name, "passed")
            elif skipped.text != "No tests applicable.":  # the PowerShell tests of ansible-test
                yield Case(name, "skipped", skipped.get("message") or skipped.text or "no reason given")


def run_session(session: str, env: dict[str, str], *options: str) -> list[Case]:
    """Run one session, and print its result. If it fails, print its log, too."""
    start = time.monotonic()
    log, report = OUTPUT / "log" / f"{session}.txt", OUTPUT / "log" / f"{session}.json"
    with log.open("wb") as stream:
        command = nox(*options, "--session", session, "--report", str(report))
        subprocess.run(command, env=env, stdin=subprocess.DEVNULL, stdout=stream, stderr=subprocess.STDOUT, check=False)
    outcome = json.loads(report.read_text(encoding="utf-8"))["sessions"][0] if report.exists() else {"result": "failed"}
    cases = list(junit_cases(session))
    if outcome["result"] == "skipped":
        cases.append(Case(session, "skipped", outcome["reason"]))
    elif outcome["result"] != "success":
        # A session can fail although each of its tests passed, for example if the coverage is too low.
        if not any(case.result == "failed" for case in cases):
            cases.append(Case(session, "failed"))
    elif not cases:
        cases.append(Case(session, "passed"))
    failed = any(case.result == "failed" for case in cases)
    word = "FAILED" if failed else "skipped" if outcome["result"] == "skipped" else "ok"
    print(f"{session:22} {word:8} {time.monotonic() - start:4.0f} s  {counts(cases)}", flush=True)
    if failed:
        print(f"---- log of {session}\n{log.read_text(errors='replace')}\n---- end of the log of {session}", flush=True)
    return cases


def counts(cases: list[Case]) -> str:
    """Return the numbers of passed, failed and skipped tests as text."""
    number = Counter(case.result for case in cases)
    line = f"{number['passed']} passed, {number['failed']} failed"
    return line + (f", {number['skipped']} skipped" if number["skipped"] else "")


def run_in_lanes(names: list[str], env: dict[str, str], *options: str) -> list[Case]:
    """Run the sessions in two lanes.

    Sanity sessions share a cache without a lock. Therefore only the first lane runs them, one after the other.
    """
    sanity: queue.SimpleQueue[str] = queue.SimpleQueue()
    others: queue.SimpleQueue[str] = queue.SimpleQueue()
    for name in names:
        (sanity if name.startswith("sanity") else others).put(name)
    done: dict[str, list[Case]] = {}

    def lane(*queues: queue.SimpleQueue[str]) -> None:
        for waiting in queues:
            with contextlib.suppress(queue.Empty):
                while True:
                    name = waiting.get_nowait()
                    done[name] = run_session(name, env, *options)

    # Daemon threads end when the script is interrupted.
    lanes = [threading.Thread(target=lane, args=queues, daemon=True) for queues in ((sanity, others), (others,))]
    for thread in lanes:
        thread.start()
    for thread in lanes:
        thread.join()
    return [case for name in names for case in done.get(name, [Case(name, "failed", "its lane failed, see above")])]


def run_check(env: dict[str, str]) -> list[Case]:
    """Run the quick sessions in existing environments, without coverage, which doubles the time of the unit tests.

    Without the variable CI, the formatters fix files.
    """
    env = {name: value for name, value in env.items() if name != "CI"} | {"PYTEST_ADDOPTS": "--no-cov"}
    return [case for names in CHECK for case in run_in_lanes(names, env, "--reuse-existing-virtualenvs")]


def run_selected(names: list[str], env: dict[str, str]) -> list[Case]:
    """Run the sessions with these names, or all those of ``make test``."""
    selection = select_sessions(env, names)
    if not selection.run:
        return [Case(" ".join(names), "failed", "no such session")]
    cases = run_in_lanes(selection.run, {**env, "CI": "true"})
    return cases + [Case(name, "skipped", "only make release-check runs it") for name in selection.left_out]


def main() -> int:
    """Run the sessions, and print each test that did not pass, the time and the numbers."""
    parser = argparse.ArgumentParser(description="Run the sessions of noxfile.py and count the tests.")
    parser.add_argument("--check", action="store_true", help="run the quick sessions, and let the formatters fix files")
    parser.add_argument("session", nargs="*", help="session, or the start of its name; default: those of make test")
    options = parser.parse_args()
    os.chdir(ROOT)
    shutil.rmtree(OUTPUT, ignore_errors=True)
    (OUTPUT / "log").mkdir(parents=True)
    start = time.monotonic()
    cases = [
        Case(str(shadow), "failed", "Ansible would test this collection instead of the checkout. Move it away.")
        for shadow in SHADOWS
        if os.path.lexists(shadow)
    ]
    if not cases:
        path = search_path()
        env = {**os.environ, "PATH": f"{TOOLS}/bin{os.pathsep}{path}", "NO_COLOR": "1"}
        try:
            install_tools(path)
            cases = run_check(env) if options.check else run_selected(options.session, env)
        except subprocess.CalledProcessError as error:
            cases = [Case("tools", "failed", str(error))]
    for case in cases:
        if case.result != "passed":
            print(f"{case.result}: {case.name}" + (f" ({case.reason})" if case.reason else ""))
    print(f"{time.monotonic() - start:.0f} s")
    print(counts(cases), flush=True)
    return any(case.result == "failed" for case in cases)


if __name__ == "__main__":
    sys.exit(main())
