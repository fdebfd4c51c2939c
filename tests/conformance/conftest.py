# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures of the conformance tests: one simulator for each test module, reset before each test, and an HTTP client."""

from __future__ import annotations

import http.client
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1"

from tests.simulator.running import Simulator


@dataclass
class Answer:
    """A response. The names of ``headers`` are in lower case."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


class Cloud:
    """A plain HTTP client of the simulator. It sends each path unchanged, as curl does."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.ready = simulator.ready
        self.examples = simulator.ready["examples"]
        self.project = simulator.ready["project_id"]

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        token: str | None = "READY",
        headers: dict[str, str] | None = None,
        base: str = "mrs",
    ) -> Answer:
        """Send a request.

        :param token: Token to send; by default that of the READY line, and none if None.
        :param base: Key of the base URL in the READY line.
        """
        parts = urlsplit(self.ready[base])
        sent = {"Content-Type": "application/json", **(headers or {})}
        if token is not None:
            sent["X-Auth-Token"] = self.ready["token"] if token == "READY" else token
        data = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
        try:
            connection.request(method, path, data, sent)
            response = connection.getresponse()
            names = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, names, response.read().decode())
        finally:
            connection.close()

    def login(self, project: dict[str, Any] | None = None, password: str | None = None) -> Answer:
        user = {
            "name": self.ready["username"],
            "password": self.ready["password"] if password is None else password,
            "domain": {"name": self.ready["domain_name"]},
        }
        auth: dict[str, Any] = {"identity": {"methods": ["password"], "password": {"user": user}}}
        if project is not None:
            auth["scope"] = {"project": project}
        return self.send("POST", "/v3/auth/tokens", {"auth": auth}, token=None)

    # Paths of the calls that many tests use

    def execution(self, job_id: str | None = None, more: str = "", project: str | None = None) -> str:
        job_id = job_id or self.examples["mrs_job_execution_id"]
        return f"/v1.1/{project or self.project}/job-executions/{job_id}{more}"

    def job_exe(self, job_id: str | None = None) -> str:
        return f"/v1.1/{self.project}/job-exes/{job_id or self.examples['mrs_job_execution_id']}"

    def v2_job(self, job_id: str | None = None, more: str = "", cluster: str | None = None) -> str:
        cluster, job_id = cluster or self.examples["mrs_cluster_id"], job_id or self.examples["mrs_v2_job_id"]
        return f"/v2/{self.project}/clusters/{cluster}/job-executions/{job_id}{more}"

    def v2_jobs(self, query: str = "") -> str:
        return f"/v2/{self.project}/clusters/{self.examples['mrs_cluster_id']}/job-executions{query}"

    def cdm_job(self, name: str | None = None, more: str = "/status", cluster: str | None = None) -> str:
        cluster, name = cluster or self.examples["cdm_cluster_id"], name or self.examples["cdm_job_name"]
        return f"/v1.1/{self.project}/clusters/{cluster}/cdm/job/{name}{more}"

    def sql_job(self, job_id: str | None = None, more: str = "") -> str:
        return f"/v1.0/{self.project}/jobs/{job_id or self.examples['dli_sql_job_id']}{more}"

    def batch(self, batch_id: str | None = None, more: str = "") -> str:
        return f"/v2.0/{self.project}/batches/{batch_id or self.examples['dli_spark_job_id']}{more}"

    def flink(self, more: str) -> str:
        return f"/v1.0/{self.project}/streaming/jobs{more}"

    def ges_job(self, job_id: str | None = None, more: str = "", graph: str | None = None) -> str:
        graph, job_id = graph or self.examples["ges_graph_name"], job_id or self.examples["ges_job_id"]
        return f"/ges/v1.0/{self.project}/graphs/{graph}/jobs/{job_id}{more}"


@pytest.fixture(scope="module")
def process() -> Iterator[Simulator]:
    with Simulator.start() as simulator:
        yield simulator


@pytest.fixture
def simulator(process: Simulator) -> Simulator:
    process.reset()
    return process


@pytest.fixture
def cloud(simulator: Simulator) -> Cloud:
    return Cloud(simulator)


@pytest.fixture
def cloud_of() -> type[Cloud]:
    """Return the client class, for tests that start a simulator of their own."""
    return Cloud
