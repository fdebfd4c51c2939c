#!/usr/bin/python
# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cdm_job_info
short_description: Find jobs of Cloud Data Migration (CDM)
version_added: 1.0.0
description:
  - Finds the jobs of one cluster of Cloud Data Migration, by their names or through the service's list.
  - Nothing is changed. The jobs feed M(dataops.huaweicloud.cdm_job).
author: "The dataops.huaweicloud project (!UNKNOWN)"
extends_documentation_fragment:
  - dataops.huaweicloud.attributes.info
  - dataops.huaweicloud.attributes
  - dataops.huaweicloud.connection
  - dataops.huaweicloud.finding
options:
  job_names:
    description:
      - The jobs to read, by their names. A list, or one plain string. In a plain string, commas separate them.
      - Excludes the options that select jobs.
    type: list
    elements: str
    aliases: [job_name, name]
  cluster_id:
    description:
      - The CDM cluster of the jobs.
    type: str
    required: true
  filter:
    description:
      - A part of the name. The service does not say whether the case of letters counts.
    type: str
  job_type:
    description:
      - V(NORMAL_JOB), which the service takes when nothing is given, V(BATCH_JOB) or V(SCENARIO_JOB).
    type: str
seealso:
  - module: dataops.huaweicloud.cdm_job
"""

EXAMPLES = r"""
- name: Find the jobs of a migration
  dataops.huaweicloud.cdm_job_info:
    cluster_id: 6ec9a0a4-76be-4262-8697-e7af1fac7920
    filter: jdbc2hive
  register: found

- name: Stop those that run
  dataops.huaweicloud.cdm_job:
    cluster_id: 6ec9a0a4-76be-4262-8697-e7af1fac7920
    job_names: "{{ found.jobs | selectattr('active') | map(attribute='id') | list }}"
"""

RETURN = r"""
msg:
  description: A summary for people.
  returned: always
  type: str
  sample: Found 2 jobs, 1 active.
jobs:
  description:
    - The jobs. By ids, in the order asked for; by filters, in the order of the service.
    - Their ids are what M(dataops.huaweicloud.cdm_job) takes, with V({{ found.jobs | map(attribute='id'\) | list }}), and with
      V(selectattr('active'\)) before it for those that run.
  returned: always
  type: list
  elements: dict
  contains:
    id:
      description: The name of the job.
      returned: always
      type: str
      sample: jdbc2hive
    status:
      description: Its status in the service's own word. Null if it has none.
      returned: always
      type: str
      sample: RUNNING
    active:
      description: Whether it will go on by itself, so that it can be stopped. Null where no document explains its status.
      returned: always
      type: bool
      sample: true
    name:
      description: Its name, which is its id.
      returned: always
      type: str
      sample: mysql2dws
    owner:
      description: The user who submitted it. Null where the record does not tell.
      returned: always
      type: str
      sample: cdm
    queue:
      description: Always null. Migration jobs have no queue.
      returned: always
      type: str
      sample: null
    started:
      description: When it was started, in UTC. Null for one that has not begun, and where the record does not tell.
      returned: always
      type: str
      sample: '2026-03-01T02:00:04Z'
    details:
      description: The service's record, keys in snake_case, typos mended, what looks like a secret masked.
      returned: always
      type: dict
      sample: {name: jdbc2hive, status: RUNNING, creation_user: cdm}
missing:
  description: Those of the ids that the service does not know.
  returned: always
  type: list
  elements: str
  sample: []
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._arguments import info_arguments
from ..module_utils._services.cdm import CDM
from ..module_utils._task import run_info_module


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec=info_arguments(CDM), supports_check_mode=True)
    run_info_module(module, CDM)


if __name__ == "__main__":
    main()
