# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the unit tests share: the collection's import path, an injected clock, a way to run a module in this process."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import json
import os
import pathlib
import sys
import types

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
COLLECTION = "ansible_collections.dataops.huaweicloud"


def _make_importable() -> None:
    """Let Python find the collection from a plain checkout; ansible-test has its own way."""
    if COLLECTION in sys.modules:
        return
    with contextlib.suppress(ModuleNotFoundError):
        if importlib.util.find_spec(COLLECTION):
            return
    parent = None
    for name, path in (("ansible_collections", []), ("ansible_collections.dataops", []), (COLLECTION, [str(ROOT)])):
        module = sys.modules[name] = types.ModuleType(name)
        module.__path__ = path
        if parent:
            setattr(parent, name.rpartition(".")[2], module)
        parent = module


_make_importable()


class Clock:
    """A clock that only moves when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.sleeps: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.now += seconds


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture(autouse=True)
def no_cloud_in_environment(monkeypatch, tmp_path):
    """Keep the credentials of the user and of the machine that run the tests away from the tests."""
    for variable in os.environ:
        if variable.startswith(("HW_", "OS_", "HUAWEICLOUD_")):
            monkeypatch.delenv(variable)
    monkeypatch.setenv("HOME", str(tmp_path))
    # a cloud machine's metadata service is asked over plain http: a proxy that is not there keeps it away
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")


class ModuleEnd(Exception):
    """A module has exited with a result."""


@pytest.fixture
def run_module(monkeypatch):
    """Run a module's main() in this process and return its result, with ``failed`` in it."""

    def run(name: str, /, check_mode: bool = False, diff: bool = False, **options):
        from ansible.module_utils import basic

        def exit_json(self, **result):
            raise ModuleEnd({"failed": False, **result})

        def fail_json(self, msg, **result):
            raise ModuleEnd({"failed": True, "msg": msg, **result})

        monkeypatch.setattr(basic.AnsibleModule, "exit_json", exit_json)
        monkeypatch.setattr(basic.AnsibleModule, "fail_json", fail_json)
        # who is interrupted here is pytest
        task = importlib.import_module(f"{COLLECTION}.plugins.module_utils._task")
        monkeypatch.setattr(task, "cancel_when_interrupted", lambda deadline: None)
        arguments = {**options, "_ansible_check_mode": check_mode, "_ansible_diff": diff}
        module = importlib.import_module(f"{COLLECTION}.plugins.modules.{name}")
        with _module_arguments(basic, monkeypatch, arguments), pytest.raises(ModuleEnd) as end:
            module.main()
        return end.value.args[0]

    return run


def _module_arguments(basic, monkeypatch, arguments):
    try:
        from ansible.module_utils.testing import patch_module_args  # ansible-core 2.19 and newer
    except ImportError:
        encoded = json.dumps({"ANSIBLE_MODULE_ARGS": arguments}).encode()
        monkeypatch.setattr(basic, "_ANSIBLE_ARGS", encoded)
        return contextlib.nullcontext()
    return patch_module_args(arguments)
