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
_KEYSTONE = ("keystoneauth1.identity.v3", "keystoneauth1.session")
_SIGNER = ("huaweicloudsdkcore.sdk_request", "huaweicloudsdkcore.signer.signer")
# For each authentication method: its file in module_utils/_auth, and what it imports when it is chosen.
AUTH_METHODS = {
    "token": (("method_token",), ()),
    "password": (("method_password",), _KEYSTONE),
    "access key": (("method_access_key",), _SIGNER),
    "clouds.yaml": (("clouds_yaml", "method_password"), ("openstack.config", *_KEYSTONE)),
    "vendor's chain": (("method_vendor_chain",), (*_SIGNER, "huaweicloudsdkcore.auth.provider")),
}


def measure_imports(rounds: int) -> dict[str, float]:
    """Return the milliseconds of ``import requests`` and of each authentication method.

    :param rounds: Number of measurements; the result is the median.
    """
    statements = {"import requests": ("import requests", "requests")}
    for method, (files, libraries) in AUTH_METHODS.items():
        names = [f"{PLUGINS}.modules.dli_job", *(f"{PLUGINS}.module_utils._auth.{name}" for name in files), *libraries]
        statements[method] = (f"import {', '.join(names)}", (*libraries, "requests")[0])
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
