# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Import times of a module, for each authentication method."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from statistics import median

from tests.demo import COLLECTIONS

from .benchmark import BenchmarkError

PLUGINS = "ansible_collections.dataops.huaweicloud.plugins"
# For each authentication method: the files in module_utils that it imports, and the library that these import.
AUTH_METHODS = {
    "token": ((), "requests"),
    "password": (("auth_password",), "keystoneauth1"),
    "access key": (("auth_key",), "huaweicloudsdkcore"),
    "clouds.yaml": (("clouds", "auth_password"), "openstack"),
    "vendor's chain": (("auth_vendor",), "huaweicloudsdkcore"),
}


def measure_imports(rounds: int) -> dict[str, float]:
    """Return the milliseconds of ``import requests`` and of each authentication method.

    :param rounds: Number of measurements; the result is the median.
    """
    statements = {"import requests": ("import requests", "requests")}
    for method, (utils, library) in AUTH_METHODS.items():
        names = [f"{PLUGINS}.modules.dli_job", *(f"{PLUGINS}.module_utils.{name}" for name in utils)]
        statements[method] = (f"import {', '.join(names)}", library)
    for statement, library in statements.values():  # the first run writes the compiled files
        _import_time(statement, library)
    times = [{method: _import_time(*line) for method, line in statements.items()} for _round in range(rounds)]
    return {method: median(times_of_round[method] for times_of_round in times) for method in statements}


def _import_time(statement: str, library: str) -> float:
    """Return the milliseconds of an import statement, without the modules that Python imports at its start."""
    environment = {**os.environ, "PYTHONPATH": str(COLLECTIONS)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, "-X", "importtime", "-c", statement]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    found = re.findall(r"^import time: +(\d+) \| +\d+ \| +(\S+)$", done.stderr, re.MULTILINE)
    names = [name for own, name in found]
    if done.returncode or library not in names:
        raise BenchmarkError(f"{statement}: {library} was not imported\n{done.stderr[-2000:]}")
    return sum(int(own) for own, name in found[names.index("site") + 1 :]) / 1000
