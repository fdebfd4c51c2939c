# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: outcome_summary
short_description: Show and count what became of jobs
version_added: 1.0.0
author: "The dataops.huaweicloud project (!UNKNOWN)"
description:
  - Says what became of jobs, for people, for AWX and for reports.
options:
  _input:
    description:
      - What became of the jobs, as P(dataops.huaweicloud.job_outcomes#filter) gives it. Several hosts may be joined.
    type: list
    elements: dict
    required: true
notes:
  - It is a step of the roles of this collection, and may change in any version.
seealso:
  - plugin: dataops.huaweicloud.job_outcomes
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Show what became of the jobs
  ansible.builtin.debug:
    msg: "{{ (outcomes | dataops.huaweicloud.outcome_summary).text }}"
"""

RETURN = r"""
_value:
  description: What is said of the jobs.
  type: dict
  contains:
    text:
      description: The jobs and their outcomes, line by line.
      returned: always
      type: list
      elements: str
      sample: ["    OUTCOME  JOB  NAME  BEFORE  AFTER  WHY", "dli sql, queue default"]
    failure:
      description: Which jobs and targets failed, and why. Empty if none did.
      returned: always
      type: str
      sample: ""
    stats:
      description: What the role P(dataops.huaweicloud.stop_jobs#role) tells AWX and later plays.
      returned: always
      type: dict
      sample: {stop_jobs_planned: 0, stop_jobs_stopped: 0, stop_jobs_jobs: []}
    counts:
      description: How many jobs have each of the outcomes that there are.
      returned: always
      type: dict
      sample: {stopped: 1}
    sections:
      description: What became of the jobs of each target, as it was given, each text on one line.
      returned: always
      type: list
      elements: dict
"""

from typing import Any, Callable

from ..plugin_utils import outcomes as room


def outcome_summary(outcomes: Any) -> room.OutcomeSummary:
    """See the documentation above."""
    return room.summarize(outcomes)


class FilterModule:
    """The filter that is documented above."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """For Ansible: the filter by its name."""
        return {"outcome_summary": outcome_summary}
