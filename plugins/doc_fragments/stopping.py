# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The options of every module that stops jobs."""

    DOCUMENTATION = r"""
options:
  wait:
    description:
      - Whether to wait until each job has ended, and to read back that it has.
      - With V(false) the task ends when the service has accepted the stops, and nothing is read back.
    type: bool
    default: true
  wait_timeout:
    description:
      - Time budget for the whole task in seconds, retries included.
      - If a job has not ended by then, the task fails, and the job is reported as C(stop_requested).
    type: int
    default: 300
  wait_sleep:
    description:
      - Seconds, the first pause between two readings. The first reading follows the stop at once.
      - The pause grows to at most five times that, and is scattered a little.
    type: float
    default: 2
  missing:
    description:
      - What a job is that the service does not know, V(fail) to let the task fail, V(ignore) to go on.
    type: str
    choices: [fail, ignore]
    default: fail
  concurrency:
    description:
      - How many requests may be in flight at once, from 1 to 64.
    type: int
    default: 8
"""
