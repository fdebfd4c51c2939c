# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Define the test sessions: `nox -l` lists them, tests/tools/run_all.py runs them.

antsibull-nox.toml configures the linters among them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.etree import ElementTree

import antsibull_nox
import nox

# The supported versions of ansible-core, newest first, each with the Pythons that it runs on, preferred one first.
CORES = {
    "2.22": ("3.13", "3.14", "3.15"),
    "2.21": ("3.13", "3.14", "3.12"),
    "2.20": ("3.12", "3.13", "3.14"),
    "2.19": ("3.11", "3.12", "3.13"),
    "2.18": ("3.11", "3.12", "3.13"),
}
# Pre-releases among them. pip and uv install a pre-release only if the requirement names one.
PRE_RELEASES = {"2.22": "2.22.0rc1"}
# Sanity tests that cannot run, with the reason.
SANITY_SKIPPED = {
    "2.22": {"pylint": "in 2.22.0rc1, its requirements point to an archive outside the package index"},
}
# Tag of the sessions that only `make release-check` runs.
RELEASE_ONLY = "release-check"
# The oldest Python for modules, and the oldest for ansible-core. The session `unit` runs on the newest.
UNIT_PYTHONS = ("3.9", "3.11")
COVERAGE_AT_LEAST = 80
# Top-level entries that the built collection may contain, and those that it must contain.
SHIPPED = {"CHANGELOG.md", "CHANGELOG.rst", "COPYING", "LICENSES", "README.md", "REUSE.toml", "changelogs", "docs"}
NEEDED = {"FILES.json", "MANIFEST.json", "extensions", "meta", "playbooks", "plugins", "requirements.txt", "roles"}
JUNIT = Path("tests/output/junit").absolute()
# For sessions with many processes: compile the packages at installation. Otherwise, if PYTHONDONTWRITEBYTECODE is set,
# each process compiles them again.
COMPILE = {"UV_COMPILE_BYTECODE": "1"}

nox.options.default_venv_backend = "uv|virtualenv"
nox.options.download_python = "never"

# Sessions of antsibull-nox call ansible-galaxy, which is installed beside nox.
os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
antsibull_nox.load_antsibull_nox_toml()


def installed(*pythons: str) -> list[str]:
    """Return the Pythons among these that are installed."""
    return [python for python in pythons if shutil.which(f"python{python}")]


FINAL = [core for core in CORES if core not in PRE_RELEASES]
# The newest final version that can run here: all integration tests run on it, on the others only those marked `smoke`.
NEWEST = next((core for core in FINAL if installed(*CORES[core])), FINAL[0])
OLDEST = FINAL[-1]


def ansible_core(core: str) -> str:
    """Return the requirement for a version of ansible-core, such as 2.21."""
    return f"ansible-core~={PRE_RELEASES.get(core, f'{core}.0')}"


def preferred(*pythons: str) -> str:
    """Return the first of these Pythons that is installed, or else the first, which nox then reports as missing."""
    return [*installed(*pythons), *pythons][0]


def install_ansible(session: nox.Session, requirement: str = "ansible-core") -> None:
    """Install the packages for tests that run real Ansible against the simulator."""
    session.install(
        *(requirement, "-r", "requirements.txt"),
        *("-r", "tests/requirements/simulator.txt", "-r", "tests/requirements/integration.txt"),
        env=COMPILE,
    )


def pytest(session: nox.Session, *arguments: str, **environment: str) -> None:
    """Run pytest in the root of the project, so that `tests.simulator` can be imported."""
    options = ("-ra", "--strict-markers", "-p", "no:cacheprovider", f"--junitxml={JUNIT / session.name / 'pytest.xml'}")
    session.run("python", "-m", "pytest", *options, *arguments, *session.posargs, env=environment)


@contextmanager
def staged() -> Iterator[Path]:
    """Copy the project to a path that ansible-test accepts.

    The copy is outside the checkout, because ansible-test tests nothing in a folder that git ignores.
    """
    names = subprocess.check_output(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], text=True)
    with tempfile.TemporaryDirectory() as tree:
        copy = Path(tree, "ansible_collections", "dataops", "huaweicloud")
        for name in filter(os.path.isfile, names.split("\0")):
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(name, copy / name)
        yield copy


def add_sanity(core: str) -> None:
    """Add the session that runs ansible-test sanity on this version of ansible-core."""
    skipped = SANITY_SKIPPED.get(core, {})
    tags = [] if core in (NEWEST, OLDEST) else [RELEASE_ONLY]

    @nox.session(name=f"sanity-{core}", python=preferred(*CORES[core]), tags=tags)
    def sanity(session: nox.Session) -> None:
        """Run ansible-test sanity."""
        session.install(ansible_core(core), "pip", env=COMPILE)
        session.run("python", "tests/tools/seed_pip.py")
        skips = [argument for test in skipped for argument in ("--skip-test", test)]
        with staged() as copy:
            results = copy / "tests/output/junit"
            try:
                with session.chdir(copy):
                    session.run("ansible-test", "sanity", "--local", "--color", "no", "--junit", *skips)
            finally:
                if results.exists():
                    shutil.copytree(results, JUNIT / session.name)
            if not results.exists():
                session.error("ansible-test ran no tests")
        report_skipped(session.name, skipped)


def report_skipped(session: str, reasons: dict[str, str]) -> None:
    """Write tests that this session leaves out, with the reasons, into a JUnit file, so that they are counted."""
    suite = ElementTree.Element("testsuite")
    for test, reason in reasons.items():
        case = ElementTree.SubElement(suite, "testcase", classname="sanity", name=test)
        ElementTree.SubElement(case, "skipped", message=reason)
    ElementTree.ElementTree(suite).write(JUNIT / session / "skipped.xml")


def add_integration(core: str) -> None:
    """Add the session that runs integration tests on this version of ansible-core."""
    tags = [] if core in (NEWEST, OLDEST, *PRE_RELEASES) else [RELEASE_ONLY]

    @nox.session(name=f"integration-{core}", python=preferred(*CORES[core]), tags=tags)
    def integration(session: nox.Session) -> None:
        """Run playbooks and ad-hoc commands against the simulator."""
        install_ansible(session, ansible_core(core))
        pytest(session, "tests/integration", "-m", "not operations" if core == NEWEST else "smoke")


@nox.session(python=preferred("3.13", "3.12", "3.11"))
def hostile(session: nox.Session) -> None:
    """Run modules against servers that answer wrongly, also with the oldest requests and urllib3."""
    install_ansible(session)
    folder = session.cache_dir.absolute() / "hostile"
    if not folder.exists():
        session.install("uv")
        oldest = ("requests==2.25.0", "urllib3==1.26.20")
        session.run_install("uv", "pip", "install", "-q", "--target", str(folder), *oldest)
    pytest(session, "tests/hostile", HOSTILE_LIBRARIES=str(folder))


def awx_collections(session: nox.Session) -> str:
    """Return a folder with the collection awx.awx, which the package ``ansible`` contains up to version 12."""
    folder = session.cache_dir.absolute() / "awx"
    if not folder.exists():
        session.install("pip")
        with tempfile.TemporaryDirectory() as target:
            session.run_install("python", "-m", "pip", "download", "-q", "--no-deps", "-d", target, "ansible==12.3.0")
            (wheel,) = Path(target).glob("*.whl")
            with zipfile.ZipFile(wheel) as archive:
                members = [name for name in archive.namelist() if name.startswith("ansible_collections/awx/awx/")]
                archive.extractall(folder, members)
    return str(folder)


# run_all.py runs the sessions in this order, two at a time, so the longest ones come first.
@nox.session(python=preferred("3.12", "3.13", "3.11"))
def operations(session: nox.Session) -> None:
    """Run the roles, the playbooks, the inventory plugin and the AWX configuration as operators run them."""
    install_ansible(session)
    pytest(session, "tests/integration", "-m", "operations", AWX_COLLECTIONS=awx_collections(session))


for each in sorted(CORES, key=lambda core: core != NEWEST):
    add_sanity(each)
    add_integration(each)


def keystone_python(session: nox.Session) -> str:
    """Return the Python of a virtual environment with Keystone.

    The environment is kept for later runs, because the installation takes long.
    """
    requirements = Path("tests/requirements/keystone.txt")
    folder = session.cache_dir.absolute() / "keystone"
    python, stamp = folder / "bin" / "python", folder / "installed.txt"
    content = f"{folder}\n{session.python}\n{requirements.read_text(encoding='utf-8')}"
    if not (python.exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == content):
        session.install("uv")
        session.run_install("uv", "venv", "--clear", "--python", f"{session.bin}/python", str(folder))
        # Compile now. Otherwise, if PYTHONDONTWRITEBYTECODE is set, each start compiles the packages again.
        install = ("uv", "pip", "install", "--compile-bytecode", "--python", str(python))
        session.run_install(*install, "-r", str(requirements))
        stamp.write_text(content, encoding="utf-8")
    return str(python)


@nox.session(python=preferred("3.13", "3.12", "3.11"))
def keystone(session: nox.Session) -> None:
    """Run the modules against a real Keystone. The services of the simulator accept its tokens."""
    install_ansible(session)
    pytest(session, "tests/keystone", KEYSTONE_PYTHON=keystone_python(session))


@nox.session
def unit(session: nox.Session) -> None:
    """Run the unit tests and measure their coverage."""
    session.install("ansible-core", "-r", "tests/unit/requirements.txt", "pytest-cov")
    coverage = ("--cov=plugins", "--cov-branch", "--cov-report=term-missing:skip-covered")
    gate = f"--cov-fail-under={COVERAGE_AT_LEAST}"
    pytest(session, "tests/unit", *coverage, gate, COVERAGE_FILE=f"{session.create_tmp()}/coverage")


def add_unit(python: str) -> None:
    """Add the session that runs the unit tests on this Python."""

    @nox.session(name=f"unit-{python}", python=python)
    def unit_on(session: nox.Session) -> None:
        """Run the unit tests on an older Python, with the newest ansible-core for that Python.

        On the oldest Python, use the oldest libraries that requirements.txt allows.
        """
        packages = ["ansible-core", "-r", "tests/unit/requirements.txt"]
        if python == UNIT_PYTHONS[0]:
            bounds = Path("requirements.txt").read_text(encoding="utf-8")
            oldest = Path(session.create_tmp(), "oldest.txt")
            oldest.write_text(bounds.replace(">=", "=="), encoding="utf-8")
            packages += ["-c", str(oldest), "setuptools"]  # required by old versions of openstacksdk
        session.install(*packages)
        pytest(session, "tests/unit")


for each in UNIT_PYTHONS:
    add_unit(each)


@nox.session
def conformance(session: nox.Session) -> None:
    """Send requests to the simulator with the SDKs of the vendor."""
    session.install("-r", "tests/requirements/simulator.txt", "-r", "tests/requirements/conformance.txt")
    pytest(session, "tests/conformance")


@nox.session(python=preferred("3.12", "3.13"))
def docsite(session: nox.Session) -> None:
    """Build the documentation site in build/docs from the guides and the reference that antsibull-docs generates."""
    session.install("ansible-core", "-r", "tests/requirements/docsite.txt")
    shutil.rmtree("build/docs", ignore_errors=True)
    site = str(Path("build/docs").absolute())
    with staged() as copy:
        reference = copy / "docs/reference"
        reference.mkdir(mode=0o755)
        collection = {"ANSIBLE_COLLECTIONS_PATH": str(copy.parents[2])}
        options = ("--use-current", "--squash-hierarchy", "--fail-on-error", "--dest-dir", str(reference))
        session.run("antsibull-docs", "collection", *options, "dataops.huaweicloud", env=collection)
        session.run("sphinx-build", "-W", "--keep-going", "-q", "-b", "html", str(copy / "docs"), site)
    print(f"The site is in {site}")


@nox.session
def package(session: nox.Session) -> None:
    """Build the collection, check its content, import it as Galaxy does, and prepare an image with ansible-builder."""
    # build-import-check of antsibull-nox does not do all of this, and ignores warnings and errors of the importer.
    tools = ("galaxy-importer==0.4.44", "ansible-builder==3.2.0", "antsibull-changelog==0.36.0")
    session.install("ansible-core", *tools)
    findings = session.run("antsibull-changelog", "lint", silent=True)  # its exit code is 0 even if it reports findings
    if findings:
        session.error(findings)
    with tempfile.TemporaryDirectory() as folder:
        session.run("ansible-galaxy", "collection", "build", "--output-path", folder)
        (tarball,) = Path(folder).glob("*.tar.gz")
        with tarfile.open(tarball) as archive:
            tops = {name.split("/")[0] for name in archive.getnames()}
        if tops - SHIPPED - NEEDED or NEEDED - tops:
            session.error(f"Unexpected entries in the collection: {tops - SHIPPED - NEEDED}. Missing: {NEEDED - tops}.")

        settings = Path(folder, "galaxy-importer.cfg")
        settings.write_text("[galaxy-importer]\nCHECK_REQUIRED_TAGS = True\n", encoding="utf-8")
        with session.chdir(folder):
            command = ("python", "-m", "galaxy_importer.main", tarball.name)
            log = session.run(*command, env={"GALAXY_IMPORTER_CONFIG": str(settings)}, silent=True) or ""
        print(log)
        if any(line.startswith(("WARNING", "ERROR")) for line in log.splitlines()):
            session.error("galaxy-importer reported warnings or errors, see above")

        session.run("ansible-galaxy", "collection", "install", "--offline", str(tarball), "-p", f"{folder}/tree")
        requirements = session.run("ansible-builder", "introspect", f"{folder}/tree", silent=True) or ""
        print(requirements)
        if "requests" not in requirements:
            session.error("ansible-builder did not find the requirements")
        image = "extensions/awx/execution-environment.yml"
        session.run("ansible-builder", "create", "-f", image, "-c", f"{folder}/context")
        if "huaweicloud" not in Path(folder, "context/_build/requirements.yml").read_text(encoding="utf-8"):
            session.error(f"The image of {image} would lack the collection")
