# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure how many status reads a second the simulator serves: ``python -m tests.simulator.load``.

The simulator and this client are one process each, so two cores are enough. It prints a line per status read.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import time
from typing import Any
from urllib.parse import urlsplit

from .running import Simulator


def status_reads(ready: dict[str, Any]) -> dict[str, str]:
    """URL of each service's status read, by its meaning, for the examples of READY."""
    examples, project = ready["examples"], ready["project_id"]
    v2 = f"/v2/{project}/clusters/{examples['mrs_cluster_id']}/job-executions/{examples['mrs_v2_job_id']}"
    cdm = f"/v1.1/{project}/clusters/{examples['cdm_cluster_id']}/cdm/job/{examples['cdm_job_name']}/status"
    graph = f"/ges/v1.0/{project}/graphs/{examples['ges_graph_name']}"
    return {
        "mrs.job_execution.show": f"{ready['mrs']}/v1.1/{project}/job-executions/{examples['mrs_job_execution_id']}",
        "mrs.job_exe.show": f"{ready['mrs']}/v1.1/{project}/job-exes/{examples['mrs_job_execution_id']}",
        "mrs.v2.job.show": ready["mrs"] + v2,
        "cdm.job.status": ready["cdm"] + cdm,
        "dli.sql.status": f"{ready['dli']}/v1.0/{project}/jobs/{examples['dli_sql_job_id']}/status",
        "dli.spark.state": f"{ready['dli']}/v2.0/{project}/batches/{examples['dli_spark_job_id']}/state",
        "dli.flink.show": f"{ready['dli']}/v1.0/{project}/streaming/jobs/{examples['dli_flink_job_id']}",
        "ges.job.status": f"{ready['ges_service']}{graph}/jobs/{examples['ges_job_id']}/status",
    }


async def read_until(deadline: float, host: str, port: int, request: bytes) -> int:
    """Send the request again and again over one connection; the number of answers 200."""
    reader, writer = await asyncio.open_connection(host, port)
    answers = 0
    while time.perf_counter() < deadline:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit("unexpected answer: " + head.decode())
        length = head.lower().split(b"content-length:", 1)[1].split(b"\r\n", 1)[0]
        await reader.readexactly(int(length))
        answers += 1
    writer.close()
    return answers


async def requests_per_second(url: str, token: str, seconds: float, connections: int) -> float:
    parts = urlsplit(url)
    head = f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nX-Auth-Token: {token}\r\n\r\n"
    began = time.perf_counter()
    readers = [
        read_until(began + seconds, parts.hostname or "", parts.port or 80, head.encode())
        for number in range(connections)
    ]
    answers = sum(await asyncio.gather(*readers))
    return answers / (time.perf_counter() - began)


async def measure(ready: dict[str, Any], seconds: float, connections: int) -> None:
    for meaning, url in status_reads(ready).items():
        rate = await requests_per_second(url, ready["token"], seconds, connections)
        print(f"{meaning:24} {rate:8.0f} requests/s", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.simulator.load", description=__doc__)
    parser.add_argument("--seconds", type=float, default=3.0, help="for each status read")
    parser.add_argument("--connections", type=int, default=16)
    chosen = parser.parse_args()
    run: Any = asyncio.run
    if importlib.util.find_spec("uvloop"):
        import uvloop

        run = uvloop.run
    with Simulator.start() as simulator:
        run(measure(simulator.ready, chosen.seconds, chosen.connections))


if __name__ == "__main__":
    main()
