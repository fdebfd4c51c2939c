# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our modules between a real Keystone and the simulator, whose services ask that Keystone about every token."""

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
    ad_hoc,
    collections,
    environment,
    login,
    no_cloud_in_environment,
    play,
    run_module,
    simulator,
    stop,
)
from tests.keystone.running import DOMAIN, PROJECT, REGION, Keystone
from tests.simulator.running import Simulator
from tests.simulator.seeds import PROJECT as PROJECT_ID

__all__ = [
    "ad_hoc",
    "collections",
    "environment",
    "login",
    "no_cloud_in_environment",
    "play",
    "run_module",
    "simulator",
    "stop",
]


@pytest.fixture(scope="session")
def keystone_process():
    python = os.environ.get("KEYSTONE_PYTHON")
    if not python:
        pytest.exit("KEYSTONE_PYTHON must name the interpreter that has Keystone: run `nox -s keystone`", 4)
    with Keystone.start(python, PROJECT_ID) as keystone:
        yield keystone


@pytest.fixture(scope="session")
def simulator_process(keystone_process, tmp_path_factory):
    """The services, which Keystone has in its catalog, and which ask it about tokens."""
    keystone, services = keystone_process, keystone_process.service_user
    settings = {"url": keystone.internal_url, "username": services.name, "password": services.password}
    file = tmp_path_factory.mktemp("services") / "identity.json"
    file.write_text(json.dumps({**settings, "domain_name": DOMAIN, "project_name": "service"}), encoding="utf-8")
    file.chmod(0o600)
    with Simulator.start("--identity", str(file)) as simulator:
        base, nobody = simulator.ready["mrs"], "http://127.0.0.1:9"
        keystone.new_service("mrs", f"{base}/v1.1", internal=f"{nobody}/v1.1", admin=f"{nobody}/v1.1")
        keystone.new_service("mrsv1", f"{base}/v1.1/$(project_id)s")
        keystone.new_service("dli", f"{base}/v1.0/$(project_id)s")
        # Elsewhere nobody listens.
        keystone.new_service("mrs", f"{nobody}/v1.1", region="eu-nl")
        keystone.new_service("dli", f"{nobody}/v1.0/$(project_id)s", region="eu-nl")
        yield simulator


@pytest.fixture
def keystone(keystone_process, simulator):
    """Keystone, with nothing in its log yet."""
    keystone_process.forget()
    yield keystone_process
    assert not keystone_process.errors()


@pytest.fixture
def password(keystone):
    """The options that log in with a password, and find the service in the catalog."""
    user = keystone.user
    who = {"username": user.name, "password": user.password, "domain_name": DOMAIN}
    return {**who, "auth_url": keystone.url, "project_name": PROJECT, "region": REGION}


@pytest.fixture
def run(stop):
    """Stop jobs of a kind in this process, by these options and no others."""

    def stop_with(kind, id, **options):
        return stop(kind, id, **{"endpoint": None, "token": None, "project_id": None, **options})

    return stop_with


@pytest.fixture
def before_each_call(monkeypatch):
    """Have something done before each request of the module to a service is sent, with the request."""

    def install(action):
        send = requests.Session.send

        def observed(self, request, **how):
            if "/auth/tokens" not in request.url:
                action(request)
            return send(self, request, **how)

        monkeypatch.setattr(requests.Session, "send", observed)

    return install
