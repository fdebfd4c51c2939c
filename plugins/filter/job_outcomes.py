# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: job_outcomes
short_description: What became of planned jobs
version_added: 1.0.0
author: "The dataops.huaweicloud project (!UNKNOWN)"
description:
  - Puts together a plan and what the modules of this collection that stop jobs did for it.
  - Of a target that failed as a whole, each job that was to be stopped has failed.
positional: tasks, missing, wait
options:
  _input:
    description: The plan, as P(dataops.huaweicloud.job_plan#filter) gives it.
    type: list
    elements: dict
    required: true
  tasks:
    description:
      - What the tasks that loop over the plan's targets have registered. A target without a result had nothing to do.
    type: list
    elements: dict
    required: true
  missing:
    description: Whether a job that the service does not know counts as a failure.
    type: str
    choices: [fail, ignore]
    default: fail
  wait:
    description: Whether a job that was asked to stop, and was not seen to, counts as a failure.
    type: bool
    default: true
notes:
  - It is a step of the roles of this collection, and may change in any version.
seealso:
  - plugin: dataops.huaweicloud.job_plan
    plugin_type: filter
  - plugin: dataops.huaweicloud.outcome_summary
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Cancel jobs
  dataops.huaweicloud.dli_job:
    kind: "{{ item.kind }}"
    job_ids: "{{ item.ids }}"
  loop: "{{ plan | map(attribute='target') }}"
  failed_when: false
  register: stopped

- name: Put together what became of the jobs
  ansible.builtin.set_fact:
    outcomes: "{{ plan | dataops.huaweicloud.job_outcomes([stopped]) }}"
"""

RETURN = r"""
_value:
  description: What became of the jobs of each target.
  type: list
  elements: dict
  contains:
    host:
      description: The host that was planned for.
      returned: always
      type: str
      sample: localhost
    heading:
      description: For people, where jobs were looked for, and for which.
      returned: always
      type: str
      sample: dli sql, queue default
    service:
      description: The service of the jobs.
      returned: always
      type: str
      sample: dli
    place:
      description: The place of the jobs.
      returned: always
      type: str
      sample: sql
    error:
      description: Why the target failed as a whole. Null if it did not.
      returned: always
      type: str
      sample: null
    notes:
      description: What people should know of the target besides its jobs.
      returned: always
      type: list
      elements: str
      sample: []
    jobs:
      description:
        - The jobs, with C(outcome), C(previous_status) and C(status) as the modules give them, and what the plan knew.
        - C(planned) is whether a job was active in the plan, C(failed) whether it is a failure, C(why) the reason.
      returned: always
      type: list
      elements: dict
"""

from typing import Any, Callable

from ..plugin_utils import outcomes


def job_outcomes(plan: Any, tasks: Any, missing: str = "fail", wait: bool = True) -> list[outcomes.Outcome]:
    """See the documentation above."""
    return outcomes.outcomes(plan, tasks, missing, wait)


class FilterModule:
    """The filter that is documented above."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """For Ansible: the filter by its name."""
        return {"job_outcomes": job_outcomes}
