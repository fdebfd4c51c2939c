# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the sessions of noxfile.py, two at a time, and count what passed: this is `make test`.

python tests/tools/run_all.py [SESSION ...]    A name stands for those it begins, too: sanity is sanity-2.18 and so on.

It brings its own tools, in .cache/tools. The log of each session is in tests/output/log, and is printed when it fails.
"""

from __future__ import annotations

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
# A collection in one of these would be tested instead of the checkout.
SHADOWS = [
    Path(folder, "ansible_collections", "dataops").expanduser()
    for folder in ("~/.ansible/collections", "/usr/share/ansible/collections")
]
# What antsibull-nox adds beside the tests: a session that only calls others, and one for the matrix of a CI service.
NO_TESTS = ("lint", "matrix-generator")


class Case(NamedTuple):
    """One test, or a session that does not count its tests."""

    name: str
    result: str  # passed, failed or skipped
    reason: str = ""


def search_path() -> str:
    """PATH with every Python in it for real.

    The shims of pyenv are there for each Python that is installed, but exit with 127 for those that are not selected.
    """
    folders = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv", "versions").glob("3.*")
    releases = {tuple(map(int, folder.name.split("."))): folder for folder in folders if RELEASE.fullmatch(folder.name)}
    path = [f"{folder}/bin" for release, folder in sorted(releases.items(), reverse=True) if release >= (3, 9)]
    path += [entry for entry in os.environ["PATH"].split(os.pathsep) if Path(entry).name != "shims"]
    return os.pathsep.join(path)


def newest_python(path: str) -> str:
    """The newest Python that can make virtual environments; ansible-core needs 3.11."""
    for minor in (15, 14, 13, 12, 11):
        command = shutil.which(f"python3.{minor}", path=path)
        probe = (command or "false", "-c", "import ensurepip, ssl, venv")
        if command and subprocess.run(probe, capture_output=True, check=False).returncode == 0:
            return command
    return sys.executable


def install_tools(path: str) -> None:
    """Create the virtual environment of nox, unless it is there, up to date, and has not been moved."""
    stamp = TOOLS / "installed.txt"
    content = f"{TOOLS}\n{REQUIREMENTS.read_text(encoding='utf-8')}"
    if stamp.exists() and stamp.read_text(encoding="utf-8") == content:
        return
    subprocess.run([newest_python(path), "-m", "venv", "--clear", str(TOOLS)], check=True)
    pip = (str(TOOLS / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "install", "-qq")
    subprocess.run([*pip, "-r", str(REQUIREMENTS)], check=True)
    stamp.write_text(content, encoding="utf-8")


def nox(*arguments: str) -> tuple[str, ...]:
    return (str(TOOLS / "bin" / "python"), "-m", "nox", "--no-error-on-missing-interpreters", *arguments)


def sessions(env: dict[str, str], wanted: list[str]) -> list[str]:
    """The names of the sessions that are wanted; all of them when none is named."""
    listed = subprocess.run(nox("--list", "--json"), env=env, check=True, stdout=subprocess.PIPE).stdout
    names = [entry["session"] for entry in json.loads(listed) if entry["session"] not in NO_TESTS]
    return [name for name in names if not wanted or any(name == one or name.startswith(f"{one}-") for one in wanted)]


def junit_cases(session: str) -> Iterator[Case]:
    """The tests that a session has counted itself."""
    for file in sorted((OUTPUT / "junit" / session).glob("*.xml")):
        for case in ElementTree.parse(file).iter("testcase"):
            name = f"{session}: {case.get('classname')} {case.get('name')}"
            skipped = case.find("skipped")
            if case.find("failure") is not None or case.find("error") is not None:
                yield Case(name, "failed")
            elif skipped is None:
                yield Case(name, "passed")
            elif skipped.text != "No tests applicable.":  # ansible-test's tests of PowerShell, where there is none
                yield Case(name, "skipped", skipped.get("message") or skipped.text or "no reason given")


def run(session: str, env: dict[str, str]) -> list[Case]:
    """Run one session; print how it went, and its log when it failed."""
    start = time.monotonic()
    log, report = OUTPUT / "log" / f"{session}.txt", OUTPUT / "log" / f"{session}.json"
    with log.open("wb") as stream:
        command = nox("--session", session, "--report", str(report))
        subprocess.run(command, env=env, stdin=subprocess.DEVNULL, stdout=stream, stderr=subprocess.STDOUT, check=False)
    outcome = json.loads(report.read_text(encoding="utf-8"))["sessions"][0] if report.exists() else {"result": "failed"}
    cases = list(junit_cases(session))
    if outcome["result"] == "skipped":
        cases.append(Case(session, "skipped", outcome["reason"]))
    elif outcome["result"] != "success":
        # Also when each of its tests passed: then something else failed, such as the coverage.
        if not any(case.result == "failed" for case in cases):
            cases.append(Case(session, "failed"))
    elif not cases:
        cases.append(Case(session, "passed"))
    failed = any(case.result == "failed" for case in cases)
    word = "FAILED" if failed else "skipped" if outcome["result"] == "skipped" else "ok"
    print(f"{session:22} {word:8} {time.monotonic() - start:4.0f} s  {counts(cases)}", flush=True)
    if failed:
        print(f"---- {session}: its log\n{log.read_text(errors='replace')}\n---- {session}: end of its log", flush=True)
    return cases


def counts(cases: list[Case]) -> str:
    number = Counter(case.result for case in cases)
    line = f"{number['passed']} passed, {number['failed']} failed"
    return line + (f", {number['skipped']} skipped" if number["skipped"] else "")


def run_all(names: list[str], env: dict[str, str]) -> list[Case]:
    """Run the sessions in two lanes. Sanity runs share a cache without a lock, so one lane takes them one by one."""
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
                    done[name] = run(name, env)

    # As daemons, so that an interrupt ends them.
    lanes = [threading.Thread(target=lane, args=queues, daemon=True) for queues in ((sanity, others), (others,))]
    for thread in lanes:
        thread.start()
    for thread in lanes:
        thread.join()
    return [case for name in names for case in done.get(name, [Case(name, "failed", "its lane broke, see above")])]


def main() -> int:
    os.chdir(ROOT)
    shutil.rmtree(OUTPUT, ignore_errors=True)
    (OUTPUT / "log").mkdir(parents=True)
    start = time.monotonic()
    cases = [
        Case(str(shadow), "failed", "this installed collection would be tested instead of the checkout: move it away")
        for shadow in SHADOWS
        if os.path.lexists(shadow)
    ]
    if not cases:
        path = search_path()
        # CI makes the formatters check instead of mend.
        env = {**os.environ, "PATH": f"{TOOLS}/bin{os.pathsep}{path}", "CI": "true", "NO_COLOR": "1"}
        try:
            install_tools(path)
            names = sessions(env, sys.argv[1:])
        except subprocess.CalledProcessError as error:
            cases = [Case("the tools", "failed", str(error))]
        else:
            cases = run_all(names, env) if names else [Case(str(sys.argv[1:]), "failed", "there is no such session")]
    for case in cases:
        if case.result != "passed":
            print(f"{case.result}: {case.name}" + (f" ({case.reason})" if case.reason else ""))
    print(f"{time.monotonic() - start:.0f} s")
    print(counts(cases), flush=True)
    return any(case.result == "failed" for case in cases)


if __name__ == "__main__":
    sys.exit(main())
