# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: plan_summary
short_description: Show which jobs would be stopped, and refuse too many
version_added: 1.0.0
author: "The dataops.huaweicloud project (!UNKNOWN)"
description:
  - Says for people what a plan is, and why it is refused where it holds too many jobs.
  - An id that could not be read counts, because it may be that of an active job.
positional: limit, dry_run
options:
  _input:
    description: The plan, as P(dataops.huaweicloud.job_plan#filter) gives it. Several hosts may be joined.
    type: list
    elements: dict
    required: true
  limit:
    description: The most jobs that the plan may hold.
    type: int
    required: true
  dry_run:
    description: Whether the text says that this is a dry run.
    type: bool
    default: false
notes:
  - It is a step of the roles of this collection, and may change in any version.
seealso:
  - plugin: dataops.huaweicloud.job_plan
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Show the plan
  ansible.builtin.debug:
    msg: "{{ (plan | dataops.huaweicloud.plan_summary(100, ansible_check_mode)).text }}"
"""

RETURN = r"""
_value:
  description: What is said of the plan.
  type: dict
  contains:
    text:
      description: The plan, line by line.
      returned: always
      type: list
      elements: str
      sample:
        - 0 jobs to stop, the limit is 100.
        - "      JOB  NAME  STATUS  OWNER  STARTED"
        - "dli sql, queue default: 0 jobs found"
    refusal:
      description: Why it is refused. Empty if it is not.
      returned: always
      type: str
      sample: ""
"""

from typing import Any, Callable

from ..plugin_utils import plans


def plan_summary(plan: Any, limit: int, dry_run: bool = False) -> plans.PlanSummary:
    """See the documentation above."""
    return plans.summarize(plan, limit, dry_run)


class FilterModule:
    """The filter that is documented above."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """For Ansible: the filter by its name."""
        return {"plan_summary": plan_summary}
