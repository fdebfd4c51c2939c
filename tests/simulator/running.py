# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Start the simulator in a process of its own and steer it. Needs nothing but the standard library."""

from __future__ import annotations

import json
import select
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

ROOT = Path(__file__).resolve().parents[2]
START_TIMEOUT = 30.0  # seconds
STOP_TIMEOUT = 10.0  # seconds


class SimulatorError(Exception):
    """The simulator did not start, or refused a control call."""


class Simulator:
    """A running simulator. `ready` is what its READY line told.

    Use it as a context manager: ``with Simulator.start() as simulator: ...``.
    """

    def __init__(
        self, process: subprocess.Popen[str], ready: dict[str, Any], errors: IO[str], client_cert: str | None = None
    ) -> None:
        self.process = process
        self.ready = ready
        self._errors = errors
        self._control = ready["mrs"] + "/_control"
        # Neither proxies nor certificates matter between the two of us.
        context = None
        if self._control.startswith("https"):
            import ssl

            context = ssl._create_unverified_context()
            if client_cert:
                context.load_cert_chain(client_cert)
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
        )

    @classmethod
    def start(cls, *extra_args: str, python: str = sys.executable, client_cert: str | None = None) -> Simulator:
        """Spawn ``python -m tests.simulator`` on free ports and wait until it serves.

        `client_cert` is a PEM file with certificate and key, for the control calls where --client-ca wants one.
        """
        errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 - it lives as long as the process
        process = subprocess.Popen(
            [python, "-m", "tests.simulator", *extra_args],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        line = cls._first_line(process)
        if not line.startswith("READY "):
            process.kill()
            process.wait()
            errors.seek(0)
            raise SimulatorError(f"the simulator did not start: {line}{errors.read()}")
        return cls(process, json.loads(line[len("READY ") :]), errors, client_cert)

    @staticmethod
    def _first_line(process: subprocess.Popen[str]) -> str:
        assert process.stdout is not None
        deadline = time.monotonic() + START_TIMEOUT
        while time.monotonic() < deadline:
            readable, writable, broken = select.select([process.stdout], [], [], 0.1)
            if readable:
                return process.stdout.readline()
            if process.poll() is not None:
                return ""
        return f"no READY line within {START_TIMEOUT:g} seconds\n"

    def stop(self) -> int:
        """End it with SIGTERM and return its exit code."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()
        return self.process.returncode

    def errors(self) -> str:
        """What the process has written to its standard error."""
        self._errors.seek(0)
        return self._errors.read()

    def __enter__(self) -> Simulator:
        return self

    def __exit__(self, *details: object) -> None:
        self.stop()

    # The control API

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """One control call; its answer, or SimulatorError with the simulator's own text."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self._control + path, data, {"Content-Type": "application/json"}, method=method
        )
        try:
            with self._opener.open(request, timeout=30) as response:
                return json.loads(response.read())
        except urllib.error.HTTPError as error:
            with error:
                raise SimulatorError(f"{error.code} {path}: {error.read().decode()}") from error

    def seed(self, service: str, **spec: Any) -> list[dict[str, Any]]:
        """Jobs: see ``JOB_CHECKS`` in control.py for the keys."""
        return self.control("POST", "/jobs", {"service": service, **spec})["jobs"]

    def switches(self, **values: Any) -> dict[str, Any]:
        """Set switches; returns all of them with value, choices and what they are about."""
        return self.control("PUT", "/switches", values)

    def journal(self, mutating: bool | None = None) -> list[dict[str, Any]]:
        query = "" if mutating is None else "?mutating=" + ("true" if mutating else "false")
        return self.control("GET", "/journal" + query)["requests"]

    def clear_journal(self) -> None:
        self.control("DELETE", "/journal")

    def fault(self, **spec: Any) -> None:
        self.control("POST", "/faults", spec)

    def clear_faults(self) -> None:
        self.control("DELETE", "/faults")

    def throttle(self, **spec: Any) -> None:
        self.control("PUT", "/throttle", spec)

    def expire_tokens(self) -> None:
        self.control("POST", "/tokens/expire")

    def revoke_tokens(self) -> None:
        self.control("POST", "/tokens/revoke")

    def advance(self, seconds: float) -> None:
        self.control("POST", "/clock", {"advance": seconds})

    def latency(self, seconds: float) -> None:
        self.control("PUT", "/latency", {"seconds": seconds})

    def truth(self, service: str, job_id: str | int) -> dict[str, Any]:
        return self.control("GET", "/jobs/{}/{}".format(service, quote(str(job_id), safe="")))

    def truths(self, service: str) -> dict[str, dict[str, Any]]:
        """What really became of all jobs of a service, by id."""
        return self.control("GET", f"/jobs/{service}")

    def reset(self) -> None:
        self.control("POST", "/reset")
