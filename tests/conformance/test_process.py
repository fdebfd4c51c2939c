# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The process of the simulator: command line, READY line, TLS and signals."""

from __future__ import annotations

import datetime
import json
import signal
import socket
import ssl
import subprocess
import sys
import urllib.request
from typing import Any

import pytest
import trustme

from tests.simulator.running import ROOT, Simulator, SimulatorError


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_stops_the_process(number: int) -> None:
    with Simulator.start() as simulator:
        simulator.process.send_signal(number)
        assert simulator.process.wait(10) == 0
        assert simulator.errors() == ""


def test_chosen_ports_are_used() -> None:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        ports = one.getsockname()[1], other.getsockname()[1]
    with Simulator.start("--port", str(ports[0]), "--ges-port", str(ports[1])) as simulator:
        assert simulator.ready["mrs"] == f"http://127.0.0.1:{ports[0]}"
        assert simulator.ready["ges_service"] == f"http://127.0.0.1:{ports[1]}"
        with pytest.raises(SimulatorError, match="ddress already in use"):
            Simulator.start("--port", str(ports[0]))


def test_ready_line_is_the_first() -> None:
    command = [sys.executable, "-m", "tests.simulator", "--port", "0", "--ges-port", "0", "--latency", "0.001"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        process.terminate()
        assert line.startswith("READY {")
        ready = json.loads(line[len("READY ") :])
        assert process.stdout.read() == ""
    assert process.returncode == 0
    keys = ["iam", "mrs", "cdm", "dli", "ges", "ges_service", "project_id", "token", "username", "password"]
    assert set(keys + ["domain_name", "access_key", "secret_key", "examples"]) <= set(ready)


def test_missing_signer_fails_signed_requests_only(tmp_path: Any, monkeypatch: Any, cloud_of: Any) -> None:
    package = tmp_path / "huaweicloudsdkcore"
    package.mkdir()
    (package / "__init__.py").write_text("raise ImportError('not installed')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with Simulator.start() as simulator:
        cloud = cloud_of(simulator)
        assert cloud.send("GET", cloud.job_exe()).status == 200
        date = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        names = "SignedHeaders=host;x-sdk-date, Signature=00"
        authorization = f"SDK-HMAC-SHA256 Access={cloud.ready['access_key']}, {names}"
        sent = {"Authorization": authorization, "X-Sdk-Date": date}
        answer = cloud.send("GET", cloud.job_exe(), token=None, headers=sent)
        assert answer.status == 501
        assert "signed requests need the package huaweicloudsdkcore" in answer.json["error_msg"]


@pytest.mark.parametrize("tls", ["ges", "all"])
def test_tls_covers_one_or_both_ports(tmp_path: Any, tls: str) -> None:
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    certificate.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    certificate.cert_chain_pems[0].write_to_path(str(tmp_path / "cert.pem"))
    context = ssl.create_default_context()
    authority.configure_trust(context)
    files = ["--certfile", str(tmp_path / "cert.pem"), "--keyfile", str(tmp_path / "key.pem")]
    with Simulator.start("--tls", tls, *files) as simulator:
        ready = simulator.ready
        assert ready["mrs"].startswith("https:" if tls == "all" else "http:")
        assert ready["ges_service"].startswith("https:")
        path = f"/ges/v1.0/{ready['project_id']}/graphs/moviejx/jobs/{ready['examples']['ges_job_id']}/status"
        request = urllib.request.Request(ready["ges_service"] + path, headers={"X-Auth-Token": ready["token"]})
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
        )
        with opener.open(request, timeout=10) as response:
            assert json.loads(response.read()) == {"status": "running"}
        assert [row["plane"] for row in simulator.journal()] == ["ges_service"]


def test_invalid_arguments_print_usage() -> None:
    for extra in (["--tls", "all"], ["--latency", "-1"], ["--port", "x"]):
        with pytest.raises(SimulatorError, match="usage: python -m tests.simulator"):
            Simulator.start(*extra)
