# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a module as its Python interpreter does, and record the resources that it used.

Ansible uses this script as the interpreter. It appends a line to the file in ``BENCH_USAGE``: processor seconds, and
peak memory in KiB.
"""

from __future__ import annotations

import os
import sys

BYTES_PER_KIB = 1024
# ru_maxrss is in bytes on macOS, and in KiB on other systems.
DIVISOR = BYTES_PER_KIB if sys.platform == "darwin" else 1

if __name__ == "__main__":
    child = os.posix_spawn(sys.executable, [sys.executable, *sys.argv[1:]], os.environ)
    status, usage = os.wait4(child, 0)[1:]
    with open(os.environ["BENCH_USAGE"], "a", encoding="ascii") as file:
        file.write(f"{usage.ru_utime + usage.ru_stime} {usage.ru_maxrss // DIVISOR}\n")
    sys.exit(os.waitstatus_to_exitcode(status))
