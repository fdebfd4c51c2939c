# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The options of every module that finds jobs."""

    DOCUMENTATION = r"""
options:
  limit:
    description:
      - So many jobs at the most. All of them when left out, however many pages of the service's list that takes.
    type: int
  wait_timeout:
    description:
      - Time budget for the whole task in seconds, the login and retries included.
    type: int
    default: 300
  concurrency:
    description:
      - How many requests may be in flight at once, from 1 to 64.
    type: int
    default: 8
"""
