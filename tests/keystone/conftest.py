# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures for the modules with a real Keystone, and with a simulator that validates every token there."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
import requests

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "integration")]

from tests.integration.conftest import (
    collections,
    environment,
    login,
    no_cloud_in_environment,
    run_ad_hoc,
    run_module,
    run_playbook,
    run_stop_module,
    simulator,
)
from tests.keystone.launcher import DOMAIN, PROJECT, REGION, Keystone
from tests.simulator.running import Simulator
from tests.simulator.seeds import PROJECT as PROJECT_ID

__all__ = [
    "collections",
    "environment",
    "login",
    "no_cloud_in_environment",
    "run_ad_hoc",
    "run_module",
    "run_playbook",
    "run_stop_module",
    "simulator",
]


@pytest.fixture(scope="session")
def keystone_process():
    """Start Keystone for the whole session."""
    python = os.environ.get("KEYSTONE_PYTHON")
    if not python:
        pytest.exit("KEYSTONE_PYTHON must name the interpreter that has Keystone: run `nox -s keystone`", 4)
    with Keystone.start(python, PROJECT_ID) as keystone:
        yield keystone


@pytest.fixture(scope="session")
def simulator_process(keystone_process, tmp_path_factory):
    """Start the simulator for the whole session, and add its services to the catalog of Keystone."""
    keystone, services = keystone_process, keystone_process.service_user
    settings = {"url": keystone.internal_url, "username": services.name, "password": services.password}
    file = tmp_path_factory.mktemp("services") / "identity.json"
    file.write_text(json.dumps({**settings, "domain_name": DOMAIN, "project_name": "service"}), encoding="utf-8")
    file.chmod(0o600)
    with Simulator.start("--identity", str(file)) as simulator:
        base, unused = simulator.ready["mrs"], "http://127.0.0.1:9"
        keystone.new_service("mrs", f"{base}/v1.1", internal=f"{unused}/v1.1", admin=f"{unused}/v1.1")
        keystone.new_service("mrsv1", f"{base}/v1.1/$(project_id)s")
        keystone.new_service("dli", f"{base}/v1.0/$(project_id)s")
        # No server listens on this port.
        keystone.new_service("mrs", f"{unused}/v1.1", region="eu-nl")
        keystone.new_service("dli", f"{unused}/v1.0/$(project_id)s", region="eu-nl")
        yield simulator


@pytest.fixture
def keystone(keystone_process, simulator):
    """Return Keystone with an empty log, and check that the test caused no errors in it."""
    keystone_process.clear_log()
    yield keystone_process
    assert not keystone_process.errors()


@pytest.fixture
def password(keystone):
    """Return options that authenticate with a password and find the service in the catalog."""
    user = keystone.user
    who = {"username": user.name, "password": user.password, "domain_name": DOMAIN}
    return {**who, "auth_url": keystone.url, "project_name": PROJECT, "region": REGION}


@pytest.fixture
def before_each_request(monkeypatch):
    """Install a function that is called with each request to a service before the module sends it."""

    def install(action):
        send = requests.Session.send

        def observed(self, request, **how):
            if "/auth/tokens" not in request.url:
                action(request)
            return send(self, request, **how)

        monkeypatch.setattr(requests.Session, "send", observed)

    return install
