#!/usr/bin/python
# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: mrs_job_execution_info
short_description: Find job executions of MapReduce Service (MRS)
version_added: 1.0.0
description:
  - Finds job executions of MapReduce Service, by their ids or by what API v2 can select in one cluster.
  - Without O(cluster_id) jobs are read through API v1.1, one by one, which needs their ids.
  - Nothing is changed. The jobs feed M(dataops.huaweicloud.mrs_job_execution).
author: "The dataops.huaweicloud project (!UNKNOWN)"
extends_documentation_fragment:
  - dataops.huaweicloud.attributes.info
  - dataops.huaweicloud.attributes
  - dataops.huaweicloud.connection
  - dataops.huaweicloud.finding
options:
  job_execution_ids:
    description:
      - The jobs to read, by their ids. A list, or one plain string. In a plain string, commas separate them.
      - Excludes the options that select jobs.
    type: list
    elements: str
    aliases: [job_execution_id, id]
  cluster_id:
    description:
      - The cluster of the jobs. When given, API v2 is used.
    type: str
  name:
    description:
      - The exact name of the job.
    type: str
  status:
    description:
      - A status, such as V(RUNNING).
    type: str
  result:
    description:
      - A result, such as V(UNDEFINED) for jobs that have not ended.
    type: str
  job_type:
    description:
      - A type, such as V(SparkSubmit).
    type: str
  owner:
    description:
      - The user who submitted the job.
    type: str
  queue:
    description:
      - The queue.
    type: str
  submitted_after:
    description:
      - Milliseconds since 1970, the earliest time of submission.
    type: int
  submitted_before:
    description:
      - Milliseconds since 1970, the latest time of submission.
    type: int
seealso:
  - module: dataops.huaweicloud.mrs_job_execution
"""

EXAMPLES = r"""
- name: Find what runs in a cluster
  dataops.huaweicloud.mrs_job_execution_info:
    cluster_id: ef7b54f2-3d92-49b2-a6d7-94607e1ea7df
    status: RUNNING
  register: found

- name: Kill it
  dataops.huaweicloud.mrs_job_execution:
    cluster_id: ef7b54f2-3d92-49b2-a6d7-94607e1ea7df
    job_execution_ids: "{{ found.jobs | map(attribute='id') | list }}"
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
    - Their ids are what M(dataops.huaweicloud.mrs_job_execution) takes, with V({{ found.jobs | map(attribute='id'\) | list }}), and with
      V(selectattr('active'\)) before it for those that run.
  returned: always
  type: list
  elements: dict
  contains:
    id:
      description: The id of the job execution.
      returned: always
      type: str
      sample: 44b37a20-ffe8-42b1-b42b-78a5978d7e40
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
      description: Its name. Null where the service's record has none.
      returned: always
      type: str
      sample: nightly_load
    owner:
      description: The user who submitted it. Null where the record does not tell.
      returned: always
      type: str
      sample: etl
    queue:
      description: The queue that it runs on. Null where the record does not tell.
      returned: always
      type: str
      sample: default
    started:
      description: When it was started, in UTC. Null for one that has not begun, and where the record does not tell.
      returned: always
      type: str
      sample: '2026-03-01T02:00:04Z'
    details:
      description: The service's record, keys in snake_case, typos mended, what looks like a secret masked.
      returned: always
      type: dict
      sample: {job_id: 44b37a20-ffe8-42b1-b42b-78a5978d7e40, job_state: RUNNING, job_result: UNDEFINED}
missing:
  description: Those of the ids that the service does not know.
  returned: always
  type: list
  elements: str
  sample: []
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._arguments import info_arguments
from ..module_utils._services.mrs import MRS
from ..module_utils._task import run_info_module


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec=info_arguments(MRS), supports_check_mode=True)
    run_info_module(module, MRS)


if __name__ == "__main__":
    main()
