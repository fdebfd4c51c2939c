#!/usr/bin/python
# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: dli_job_info
short_description: Find jobs of Data Lake Insight (DLI)
version_added: 1.0.0
description:
  - Finds SQL, Spark and Flink jobs of Data Lake Insight, by their ids or by what the service can select.
  - What it can select by differs between the kinds. An option that a kind lacks is an error.
  - Nothing is changed. The jobs feed M(dataops.huaweicloud.dli_job).
author: "The dataops.huaweicloud project (!UNKNOWN)"
extends_documentation_fragment:
  - dataops.huaweicloud.attributes.info
  - dataops.huaweicloud.attributes
  - dataops.huaweicloud.connection
  - dataops.huaweicloud.finding
options:
  job_ids:
    description:
      - The jobs to read, by their ids. A list, or one plain string. In a plain string, commas separate them.
      - Excludes the options that select jobs.
    type: list
    elements: str
    aliases: [job_id, id]
  kind:
    description:
      - The kind of the jobs.
    type: str
    choices: [sql, spark, flink]
    default: sql
  name:
    description:
      - The name of a Spark or Flink job, for Flink a part of it.
    type: str
  status:
    description:
      - A status of this kind, such as V(RUNNING), V(running) or V(job_running).
    type: str
  job_type:
    description:
      - The type of an SQL job, such as V(QUERY), or of a Flink job, such as V(flink_jar_job).
    type: str
  queue:
    description:
      - The queue.
    type: str
  owner:
    description:
      - The user who submitted the job.
    type: str
  sql_pattern:
    description:
      - A part of the statement of an SQL job, in any case.
    type: str
  started_after:
    description:
      - Milliseconds since 1970, the earliest start of an SQL job.
    type: int
  started_before:
    description:
      - Milliseconds since 1970, the latest start of an SQL job.
    type: int
seealso:
  - module: dataops.huaweicloud.dli_job
"""

EXAMPLES = r"""
- name: Find the queries that run on a queue
  dataops.huaweicloud.dli_job_info:
    queue: default
    status: RUNNING
    limit: 1000
  register: found

- name: Cancel them
  dataops.huaweicloud.dli_job:
    job_ids: "{{ found.jobs | map(attribute='id') | list }}"

- name: Find Flink jobs
  dataops.huaweicloud.dli_job_info:
    kind: flink
    owner: admin
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
    - Their ids are what M(dataops.huaweicloud.dli_job) takes, with V({{ found.jobs | map(attribute='id'\) | list }}), and with
      V(selectattr('active'\)) before it for those that run.
  returned: always
  type: list
  elements: dict
  contains:
    id:
      description: The id of the job. That of a Flink job is a number, as a string.
      returned: always
      type: str
      sample: 85798b38-ae44-48eb-bb90-7cf0dcdafe7b
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
      description: Its name. Null for SQL jobs, which have none.
      returned: always
      type: str
      sample: null
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
      sample: {job_id: 85798b38-ae44-48eb-bb90-7cf0dcdafe7b, queue_name: default, status: RUNNING}
missing:
  description: Those of the ids that the service does not know.
  returned: always
  type: list
  elements: str
  sample: []
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._arguments import info_arguments
from ..module_utils._services.dli import DLI
from ..module_utils._task import run_info_module


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec=info_arguments(DLI), supports_check_mode=True)
    run_info_module(module, DLI)


if __name__ == "__main__":
    main()
