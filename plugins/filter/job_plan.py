# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: job_plan
short_description: Plan which jobs are stopped
version_added: 1.0.0
author: "The dataops.huaweicloud project (!UNKNOWN)"
description:
  - Puts together what the C(_info) modules of this collection found for targets.
  - By ids, all jobs are of interest, and what could not be found or read is told. By filters, it is the active ones.
positional: tasks, host, one_of_many
options:
  _input:
    description: The targets, as P(dataops.huaweicloud.job_targets#filter) gives them.
    type: list
    elements: dict
    required: true
  tasks:
    description: What the tasks that loop over the targets have registered. A target without a result has nothing to do.
    type: list
    elements: dict
    required: true
  host:
    description: The host that is planned for.
    type: str
    required: true
  one_of_many:
    description: Whether there are other hosts, so that people are told which this is.
    type: bool
    default: false
notes:
  - It is a step of the roles of this collection, and may change in any version.
seealso:
  - plugin: dataops.huaweicloud.overdue_jobs
    plugin_type: filter
  - plugin: dataops.huaweicloud.plan_summary
    plugin_type: filter
  - plugin: dataops.huaweicloud.job_outcomes
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Find jobs
  dataops.huaweicloud.dli_job_info:
    kind: "{{ item.kind }}"
    queue: "{{ item.filters.queue }}"
  loop: "{{ meant.targets }}"
  failed_when: false
  register: found

- name: Put together what was found
  ansible.builtin.set_fact:
    plan: "{{ meant.targets | dataops.huaweicloud.job_plan([found], inventory_hostname) }}"
"""

RETURN = r"""
_value:
  description: What was found for each target.
  type: list
  elements: dict
  contains:
    host:
      description: The host that is planned for.
      returned: always
      type: str
      sample: localhost
    heading:
      description: For people, where jobs were looked for, and for which.
      returned: always
      type: str
      sample: dli sql, queue default
    target:
      description: The target, with the ids of the jobs that are to be stopped.
      returned: always
      type: dict
    error:
      description: Why nothing is known of its jobs. Null where something is.
      returned: always
      type: str
      sample: null
    found:
      description: How many jobs were found.
      returned: always
      type: int
      sample: 2
    jobs:
      description: Those that are of interest, as the modules give them, without details.
      returned: always
      type: list
      elements: dict
    missing:
      description: Those of the ids that the service does not know.
      returned: always
      type: list
      elements: str
      sample: []
    unread:
      description: Those of the ids that could not be read.
      returned: always
      type: list
      elements: str
      sample: []
    why_unread:
      description: The module's message, which says why.
      returned: always
      type: str
    untold:
      description: The ids of jobs without a start, which P(dataops.huaweicloud.overdue_jobs#filter) leaves alone.
      returned: always
      type: list
      elements: str
      sample: []
    odd:
      description: Jobs that filters have found and no document explains, by their status. They are left alone.
      returned: always
      type: list
      elements: dict
      sample: []
"""

from typing import Any, Callable

from ..plugin_utils import plans


def job_plan(targets: Any, tasks: Any, host: str, one_of_many: bool = False) -> list[plans.Planned]:
    """See the documentation above."""
    return plans.plan(targets, tasks, host, one_of_many)


class FilterModule:
    """The filter that is documented above."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """For Ansible: the filter by its name."""
        return {"job_plan": job_plan}
