# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long Python takes to import a module, for each way to log in."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from statistics import median

from tests.demo import COLLECTIONS

from .running import Broken

PLUGINS = "ansible_collections.dataops.huaweicloud.plugins"
# For each way to log in what it imports besides the module, and the library that must come with it.
WAYS = {
    "token": ((), "requests"),
    "password": (("auth_password",), "keystoneauth1"),
    "access key": (("auth_key",), "huaweicloudsdkcore"),
    "clouds.yaml": (("clouds", "auth_password"), "openstack"),
    "vendor's chain": (("auth_vendor",), "huaweicloudsdkcore"),
}


def import_times(rounds: int) -> dict[str, float]:
    """Milliseconds for `import requests` and for each way, in turns, the median of so many rounds."""
    lines = {"import requests": ("import requests", "requests")}
    for way, (rooms, library) in WAYS.items():
        names = [f"{PLUGINS}.modules.dli_job", *(f"{PLUGINS}.module_utils.{room}" for room in rooms)]
        lines[way] = (f"import {', '.join(names)}", library)
    for line, library in lines.values():  # once before, for the compiled files
        _import_time(line, library)
    taken = [{way: _import_time(*line) for way, line in lines.items()} for turn in range(rounds)]
    return {way: median(each[way] for each in taken) for way in lines}


def _import_time(line: str, library: str) -> float:
    """Milliseconds that a line of imports takes, without what Python imports to start."""
    environment = {**os.environ, "PYTHONPATH": str(COLLECTIONS)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, "-X", "importtime", "-c", line]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    found = re.findall(r"^import time: +(\d+) \| +\d+ \| +(\S+)$", done.stderr, re.MULTILINE)
    names = [name for own, name in found]
    if done.returncode or library not in names:
        raise Broken(f"{line}: {library} was not imported\n{done.stderr[-2000:]}")
    return sum(int(own) for own, name in found[names.index("site") + 1 :]) / 1000
