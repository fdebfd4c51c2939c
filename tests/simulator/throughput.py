# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure how many status calls per second the simulator serves: ``python -m tests.simulator.throughput``.

The simulator and this client are one process each, so two cores are enough. The output has one line for each status
call.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import time
from typing import Any
from urllib.parse import urlsplit

from .running import Simulator


def status_urls(ready: dict[str, Any]) -> dict[str, str]:
    """Return the URL of each service's status call for the examples of the READY line, by operation."""
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


async def count_responses(deadline: float, host: str, port: int, request: bytes) -> int:
    """Repeat a request over one connection until the deadline and return the number of responses.

    :param deadline: Time of ``time.perf_counter()``.
    """
    reader, writer = await asyncio.open_connection(host, port)
    responses = 0
    while time.perf_counter() < deadline:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit("Unexpected response: " + head.decode())
        length = head.lower().split(b"content-length:", 1)[1].split(b"\r\n", 1)[0]
        await reader.readexactly(int(length))
        responses += 1
    writer.close()
    return responses


async def requests_per_second(url: str, token: str, seconds: float, connections: int) -> float:
    """Return the number of responses per second over several connections."""
    parts = urlsplit(url)
    head = f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nX-Auth-Token: {token}\r\n\r\n"
    began = time.perf_counter()
    readers = [
        count_responses(began + seconds, parts.hostname or "", parts.port or 80, head.encode())
        for number in range(connections)
    ]
    responses = sum(await asyncio.gather(*readers))
    return responses / (time.perf_counter() - began)


async def measure(ready: dict[str, Any], seconds: float, connections: int) -> None:
    """Measure all status calls and print the results."""
    for operation, url in status_urls(ready).items():
        rate = await requests_per_second(url, ready["token"], seconds, connections)
        print(f"{operation:24} {rate:8.0f} requests/s", flush=True)


def main() -> None:
    """Start a simulator and measure it."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulator.throughput", description=__doc__)
    parser.add_argument(
        "--seconds", type=float, default=3.0, help="duration of the measurement of each status call (default: 3)"
    )
    parser.add_argument("--connections", type=int, default=16, help="number of parallel connections (default: 16)")
    chosen = parser.parse_args()
    run: Any = asyncio.run
    if importlib.util.find_spec("uvloop"):
        import uvloop

        run = uvloop.run
    with Simulator.start() as simulator:
        run(measure(simulator.ready, chosen.seconds, chosen.connections))


if __name__ == "__main__":
    main()
