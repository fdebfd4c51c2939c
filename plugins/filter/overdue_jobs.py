# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: overdue_jobs
short_description: Select jobs that have been running for too long
version_added: 1.0.0
author: "The dataops.huaweicloud project (!UNKNOWN)"
description:
  - Leaves in a plan the active jobs that were started longer ago than their target's age, and that fit all of its name,
    regular expression for the name, owner and queue.
  - A job whose start the service does not tell is never selected. It is named in C(untold).
options:
  _input:
    description: The plan, as P(dataops.huaweicloud.job_plan#filter) gives it. Its targets were checked with an age.
    type: list
    elements: dict
    required: true
notes:
  - It is a step of the roles of this collection, and may change in any version.
seealso:
  - plugin: dataops.huaweicloud.job_plan
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Select those that are overdue
  ansible.builtin.set_fact:
    plan: "{{ plan | dataops.huaweicloud.overdue_jobs }}"
"""

RETURN = r"""
_value:
  description: The plan in the same shape, with the overdue jobs only.
  type: list
  elements: dict
"""

import time
from typing import Any, Callable

from ..plugin_utils import plans


def overdue_jobs(plan: Any) -> list[plans.Planned]:
    """See the documentation above."""
    return plans.overdue(plan, time.time())


class FilterModule:
    """The filter that is documented above."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """For Ansible: the filter by its name."""
        return {"overdue_jobs": overdue_jobs}
