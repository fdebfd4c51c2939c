# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stand in for the Python that runs a module: run it, and write down what it took.

Ansible takes it for the interpreter. It adds a line to the file BENCH_USAGE: processor seconds and peak memory in KiB.
"""

from __future__ import annotations

import os
import sys

UNIT = 1024 if sys.platform == "darwin" else 1  # of ru_maxrss, in KiB

if __name__ == "__main__":
    child = os.posix_spawn(sys.executable, [sys.executable, *sys.argv[1:]], os.environ)
    status, usage = os.wait4(child, 0)[1:]
    with open(os.environ["BENCH_USAGE"], "a", encoding="ascii") as file:
        file.write(f"{usage.ru_utime + usage.ru_stime} {usage.ru_maxrss // UNIT}\n")
    sys.exit(os.waitstatus_to_exitcode(status))
