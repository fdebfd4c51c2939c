# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: job_targets
short_description: Check where which jobs are meant
version_added: 1.0.0
author: "The dataops.huaweicloud project (!UNKNOWN)"
description:
  - Checks the targets of the roles of this collection, and brings them into one spelling. Nothing is sent.
  - They are those of the role P(dataops.huaweicloud.stop_jobs#role), and with O(max_age) those of the role
    P(dataops.huaweicloud.stop_overdue_jobs#role). Their types are those of the argument specs, which Ansible checks.
positional: max_age
options:
  _input:
    description: The targets, as they are given to the role.
    type: list
    elements: dict
    required: true
  max_age:
    description: How long a job may run, in seconds, or such as V(90s), V(45m), V(2h) or V(1d).
    type: str
notes:
  - It is a step of the roles of this collection, and may change in any version.
seealso:
  - plugin: dataops.huaweicloud.job_plan
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Check which jobs are meant
  ansible.builtin.fail:
    msg: "{{ meant.problems | join(' ') }}"
  when: meant.problems | length > 0
  vars:
    meant: "{{ stop_jobs_targets | dataops.huaweicloud.job_targets }}"
    stop_jobs_targets:
      - service: dli
        filters:
          queue: default
"""

RETURN = r"""
_value:
  description: What is wrong with the targets, and what they are.
  type: dict
  contains:
    problems:
      description: What is wrong with the targets, in sentences. Empty if nothing is.
      returned: always
      type: list
      elements: str
      sample: ["stop_jobs_targets[0] (cdm): cluster_id is missing."]
    targets:
      description:
        - The targets, in the same order. Empty if something is wrong.
        - They have the options of the modules, empty where they are not given, C(number), C(place) and C(heading) for
          people, and C(where) with what they say of the login.
      returned: always
      type: list
      elements: dict
      sample: [{number: 0, service: dli, heading: "dli sql, queue default", kind: sql, filters: {queue: default}}]
"""

from typing import Any, Callable

from ..plugin_utils import targets as room


def job_targets(targets: Any, max_age: str | None = None) -> dict[str, Any]:
    """See the documentation above."""
    checked = room.check_targets(targets) if max_age is None else room.check_overdue_targets(targets, max_age)
    return checked._asdict()


class FilterModule:
    """The filter that is documented above."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """For Ansible: the filter by its name."""
        return {"job_targets": job_targets}
