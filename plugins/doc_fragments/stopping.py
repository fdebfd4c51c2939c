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
      - Time budget for the whole task in seconds, the login and retries included.
      - If an accepted stop is not confirmed by then, the task fails, and the job is reported as V(stop_requested).
    type: int
    default: 300
  wait_sleep:
    description:
      - The first pause between two readings in seconds, at least 0.01. The first reading follows the stop at once.
      - The pause grows to at most five times that, and varies a little at random.
    type: float
    default: 2
  missing:
    description:
      - What to do about a job that the service does not know. V(fail) fails the task, V(ignore) accepts it.
    type: str
    choices: [fail, ignore]
    default: fail
  concurrency:
    description:
      - How many requests may be in flight at once, from 1 to 64.
    type: int
    default: 8
"""
