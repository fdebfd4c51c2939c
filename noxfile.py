# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The test sessions: `nox -l` lists them, `make test` runs them all. antsibull-nox.toml has the linters among them."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import antsibull_nox
import nox

# Each ansible-core, and the Pythons it can run on, the preferred one first. The newest is first: it takes longest.
CORES = {
    "2.21": ("3.13", "3.14", "3.12"),
    "2.20": ("3.12", "3.13", "3.14"),
    "2.19": ("3.11", "3.12", "3.13"),
    "2.18": ("3.11", "3.12", "3.13"),
}
# The oldest Python for modules and the oldest for ansible-core; the session `unit` itself takes the newest there is.
UNIT_PYTHONS = ("3.9", "3.11")
COVERAGE_AT_LEAST = 80
# All that may stand at the top of the built collection, and all that must.
SHIPPED = {"CHANGELOG.md", "CHANGELOG.rst", "COPYING", "LICENSES", "README.md", "REUSE.toml", "changelogs", "docs"}
NEEDED = {"FILES.json", "MANIFEST.json", "extensions", "meta", "playbooks", "plugins", "requirements.txt", "roles"}
JUNIT = Path("tests/output/junit").absolute()

# Else each process of Ansible compiles anew where Python may not write what it has compiled.
os.environ.setdefault("UV_COMPILE_BYTECODE", "1")
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.download_python = "never"

antsibull_nox.load_antsibull_nox_toml()


def installed(*pythons: str) -> list[str]:
    """Those of these Pythons that are there."""
    return [python for python in pythons if shutil.which(f"python{python}")]


# On these the integration tests run in full, on the others only those marked `smoke`: the newest that can run here.
INTEGRATION_IN_FULL = [core for core in CORES if installed(*CORES[core])][:1]


def preferred(*pythons: str) -> str:
    """The first of these Pythons that is there; else the first, which nox then reports as missing."""
    return [*installed(*pythons), *pythons][0]


def pytest(session: nox.Session, *arguments: str, **environment: str) -> None:
    """Run pytest from the project's root, so that `tests.simulator` can be imported."""
    options = ("-ra", "--strict-markers", "-p", "no:cacheprovider", f"--junitxml={JUNIT / session.name / 'pytest.xml'}")
    session.run("python", "-m", "pytest", *options, *arguments, *session.posargs, env=environment)


@contextmanager
def staged() -> Iterator[Path]:
    """A copy of the project where ansible-test wants it. Outside the checkout: in an ignored one it tests nothing."""
    names = subprocess.check_output(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], text=True)
    with tempfile.TemporaryDirectory() as tree:
        copy = Path(tree, "ansible_collections", "dataops", "huaweicloud")
        for name in filter(os.path.isfile, names.split("\0")):
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(name, copy / name)
        yield copy


def add_sanity(core: str) -> None:
    @nox.session(name=f"sanity-{core}", python=preferred(*CORES[core]))
    def sanity(session: nox.Session) -> None:
        """Run ansible-test sanity."""
        session.install(f"ansible-core~={core}.0", "pip")
        session.run("python", "tests/tools/seed_pip.py")
        with staged() as copy:
            results = copy / "tests/output/junit"
            try:
                with session.chdir(copy):
                    session.run("ansible-test", "sanity", "--local", "--color", "no", "--junit")
            finally:
                if results.exists():
                    shutil.copytree(results, JUNIT / session.name)
            if not results.exists():
                session.error("ansible-test has tested nothing")


def add_integration(core: str) -> None:
    @nox.session(name=f"integration-{core}", python=preferred(*CORES[core]))
    def integration(session: nox.Session) -> None:
        """Run playbooks and ad-hoc commands against the simulator."""
        session.install(
            *(f"ansible-core~={core}.0", "-r", "requirements.txt"),
            *("-r", "tests/requirements/simulator.txt", "-r", "tests/requirements/integration.txt"),
        )
        pytest(session, "tests/integration", "-m", "not operations" if core in INTEGRATION_IN_FULL else "smoke")


def awx_collections(session: nox.Session) -> str:
    """A folder with the collection awx.awx, which the package `ansible` brought up to its version 12."""
    folder = session.cache_dir.absolute() / "awx"
    if not folder.exists():
        session.install("pip")
        with tempfile.TemporaryDirectory() as place:
            session.run_install("python", "-m", "pip", "download", "-q", "--no-deps", "-d", place, "ansible==12.3.0")
            (wheel,) = Path(place).glob("*.whl")
            with zipfile.ZipFile(wheel) as archive:
                members = [name for name in archive.namelist() if name.startswith("ansible_collections/awx/awx/")]
                archive.extractall(folder, members)
    return str(folder)


# Sessions are run in this order, two at a time: what takes longest comes first.
@nox.session(python=preferred("3.12", "3.13", "3.11"))
def operations(session: nox.Session) -> None:
    """Run what operators run, as they run it: roles, playbooks, the inventory plugin, what AWX is given."""
    session.install(
        *("ansible-core", "-r", "requirements.txt"),
        *("-r", "tests/requirements/simulator.txt", "-r", "tests/requirements/integration.txt"),
    )
    pytest(session, "tests/integration", "-m", "operations", AWX_COLLECTIONS=awx_collections(session))


for each in CORES:
    add_sanity(each)
    add_integration(each)


def keystone_python(session: nox.Session) -> str:
    """The Python of a virtual environment with Keystone, which outlives the session: it takes long to install."""
    requirements = Path("tests/requirements/keystone.txt")
    folder = session.cache_dir.absolute() / "keystone"
    python, stamp = folder / "bin" / "python", folder / "installed.txt"
    content = f"{folder}\n{session.python}\n{requirements.read_text(encoding='utf-8')}"
    if not (python.exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == content):
        session.install("uv")
        session.run_install("uv", "venv", "--clear", "--python", f"{session.bin}/python", str(folder))
        # Compiled here: where PYTHONDONTWRITEBYTECODE is set, each start would compile it.
        install = ("uv", "pip", "install", "--compile-bytecode", "--python", str(python))
        session.run_install(*install, "-r", str(requirements))
        stamp.write_text(content, encoding="utf-8")
    return str(python)


@nox.session(python=preferred("3.13", "3.12", "3.11"))
def keystone(session: nox.Session) -> None:
    """Run the modules against a real Keystone, whose tokens the simulator's services take."""
    session.install(
        *("ansible-core", "-r", "requirements.txt"),
        *("-r", "tests/requirements/simulator.txt", "-r", "tests/requirements/integration.txt"),
    )
    pytest(session, "tests/keystone", KEYSTONE_PYTHON=keystone_python(session))


@nox.session
def unit(session: nox.Session) -> None:
    """Run the unit tests, and measure what they cover."""
    session.install("ansible-core", "-r", "tests/unit/requirements.txt", "pytest-cov")
    coverage = ("--cov=plugins", "--cov-branch", "--cov-report=term-missing:skip-covered")
    gate = f"--cov-fail-under={COVERAGE_AT_LEAST}"
    pytest(session, "tests/unit", *coverage, gate, COVERAGE_FILE=f"{session.create_tmp()}/coverage")


def add_unit(python: str) -> None:
    @nox.session(name=f"unit-{python}", python=python)
    def unit_on(session: nox.Session) -> None:
        """Run the unit tests on an older Python, with the ansible-core that pip chooses for it.

        On the oldest, the libraries are the oldest that requirements.txt allows, too.
        """
        packages = ["ansible-core", "-r", "tests/unit/requirements.txt"]
        if python == UNIT_PYTHONS[0]:
            bounds = Path("requirements.txt").read_text(encoding="utf-8")
            oldest = Path(session.create_tmp(), "oldest.txt")
            oldest.write_text(bounds.replace(">=", "=="), encoding="utf-8")
            packages += ["-c", str(oldest), "setuptools"]  # which openstacksdk was not yet without
        session.install(*packages)
        pytest(session, "tests/unit")


for each in UNIT_PYTHONS:
    add_unit(each)


@nox.session
def conformance(session: nox.Session) -> None:
    """Drive the simulator with the vendor's own SDKs."""
    session.install("-r", "tests/requirements/simulator.txt", "-r", "tests/requirements/conformance.txt")
    pytest(session, "tests/conformance")


@nox.session(python=preferred("3.12", "3.13"))
def docsite(session: nox.Session) -> None:
    """Build the documentation site in build/docs: the guides, and the reference that antsibull-docs makes."""
    session.install("ansible-core", "-r", "tests/requirements/docsite.txt")
    shutil.rmtree("build/docs", ignore_errors=True)
    site = str(Path("build/docs").absolute())
    with staged() as copy:
        reference = copy / "docs/reference"
        reference.mkdir(mode=0o755)
        collection = {"ANSIBLE_COLLECTIONS_PATH": str(copy.parents[2])}
        how = ("collection", "--use-current", "--squash-hierarchy", "--fail-on-error", "--dest-dir", str(reference))
        session.run("antsibull-docs", *how, "dataops.huaweicloud", env=collection)
        session.run("sphinx-build", "-W", "--keep-going", "-q", "-b", "html", str(copy / "docs"), site)
    print(f"The site is in {site}")


@nox.session
def package(session: nox.Session) -> None:
    """Build the collection, look into it, import it as Galaxy does, and let ansible-builder prepare images with it."""
    # antsibull-nox's build-import-check does the half of this, and lets the importer's warnings and errors pass.
    tools = ("galaxy-importer==0.4.44", "ansible-builder==3.2.0", "antsibull-changelog==0.36.0")
    session.install("ansible-core", *tools)
    complaints = session.run("antsibull-changelog", "lint", silent=True)  # which it tells with an exit code of 0
    if complaints:
        session.error(complaints)
    with tempfile.TemporaryDirectory() as folder:
        session.run("ansible-galaxy", "collection", "build", "--output-path", folder)
        (tarball,) = Path(folder).glob("*.tar.gz")
        with tarfile.open(tarball) as archive:
            tops = {name.split("/")[0] for name in archive.getnames()}
        if tops - SHIPPED - NEEDED or NEEDED - tops:
            session.error(f"not to be in the collection: {tops - SHIPPED - NEEDED}, missing in it: {NEEDED - tops}")

        settings = Path(folder, "galaxy-importer.cfg")
        settings.write_text("[galaxy-importer]\nCHECK_REQUIRED_TAGS = True\n", encoding="utf-8")
        with session.chdir(folder):
            command = ("python", "-m", "galaxy_importer.main", tarball.name)
            log = session.run(*command, env={"GALAXY_IMPORTER_CONFIG": str(settings)}, silent=True) or ""
        print(log)
        if any(line.startswith(("WARNING", "ERROR")) for line in log.splitlines()):
            session.error("galaxy-importer has something to say, see above")

        session.run("ansible-galaxy", "collection", "install", "--offline", str(tarball), "-p", f"{folder}/tree")
        requirements = session.run("ansible-builder", "introspect", f"{folder}/tree", silent=True) or ""
        print(requirements)
        if "requests" not in requirements:
            session.error("ansible-builder does not find the requirements")
        image = "extensions/awx/execution-environment.yml"
        session.run("ansible-builder", "create", "-f", image, "-c", f"{folder}/context")
        if "huaweicloud" not in Path(folder, "context/_build/requirements.yml").read_text(encoding="utf-8"):
            session.error(f"the image of {image} would not have the collection")
