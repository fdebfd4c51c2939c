# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Start the simulator as a separate process and control it. This module needs only the standard library."""

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
    """The simulator did not start, or it refused a control call."""


class Simulator:
    """A running simulator. ``ready`` has the contents of its READY line.

    Use it as a context manager: ``with Simulator.start() as simulator: ...``.
    """

    def __init__(
        self, process: subprocess.Popen[str], ready: dict[str, Any], errors: IO[str], client_cert: str | None = None
    ) -> None:
        self.process = process
        self.ready = ready
        self._errors = errors
        self._control = ready["mrs"] + "/_control"
        # Both processes run on this machine: no proxy is used, and the certificate is not verified.
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
        """Start ``python -m tests.simulator`` on free ports and wait until it is ready.

        :param extra_args: Command-line options of the simulator.
        :param client_cert: PEM file with a certificate and a key, for control calls if ``--client-ca`` is used.
        :raises SimulatorError: The simulator did not start.
        """
        errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 - open until the process ends
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
        """Stop the process with SIGTERM and return its exit code."""
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
        """Return the standard error of the process."""
        self._errors.seek(0)
        return self._errors.read()

    def __enter__(self) -> Simulator:
        return self

    def __exit__(self, *details: object) -> None:
        self.stop()

    # The control API

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Send a control call and return the decoded response.

        :param path: Path below ``/_control``.
        :raises SimulatorError: The call failed; the message has the simulator's response.
        """
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
        """Add jobs and return their service, id and status.

        :param spec: Keys of ``JOB_CHECKS`` in ``job_specs.py``.
        """
        return self.control("POST", "/jobs", {"service": service, **spec})["jobs"]

    def switches(self, **values: Any) -> dict[str, Any]:
        """Set switches and return all of them, each with its value, choices and description."""
        return self.control("PUT", "/switches", values)

    def journal(self, mutating: bool | None = None) -> list[dict[str, Any]]:
        """Return the requests of clients; only mutating or only other calls if ``mutating`` is set."""
        query = "" if mutating is None else "?mutating=" + ("true" if mutating else "false")
        return self.control("GET", "/journal" + query)["requests"]

    def clear_journal(self) -> None:
        """Clear the journal."""
        self.control("DELETE", "/journal")

    def fault(self, **spec: Any) -> None:
        """Inject a fault.

        :param spec: Keys of ``FAULT_CHECKS`` in ``control.py``.
        """
        self.control("POST", "/faults", spec)

    def clear_faults(self) -> None:
        """Remove all faults."""
        self.control("DELETE", "/faults")

    def throttle(self, **spec: Any) -> None:
        """Set or remove the rate limit of an operation: ``meaning``, ``limit`` and ``window`` in seconds."""
        self.control("PUT", "/throttle", spec)

    def expire_tokens(self) -> None:
        """Let all tokens expire."""
        self.control("POST", "/tokens/expire")

    def revoke_tokens(self) -> None:
        """Remove all tokens."""
        self.control("POST", "/tokens/revoke")

    def advance(self, seconds: float) -> None:
        """Move the simulator's clock forward."""
        self.control("POST", "/clock", {"advance": seconds})

    def latency(self, seconds: float) -> None:
        """Set the seconds that each service call takes."""
        self.control("PUT", "/latency", {"seconds": seconds})

    def truth(self, service: str, job_id: str | int) -> dict[str, Any]:
        """Return the actual state and history of a job, whatever the service shows."""
        return self.control("GET", "/jobs/{}/{}".format(service, quote(str(job_id), safe="")))

    def truths(self, service: str) -> dict[str, dict[str, Any]]:
        """Return the actual state and history of all jobs of a service, by id."""
        return self.control("GET", f"/jobs/{service}")

    def reset(self) -> None:
        """Restore the initial jobs and settings."""
        self.control("POST", "/reset")
