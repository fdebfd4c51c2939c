#!/usr/bin/python
# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: dli_job
short_description: Cancel jobs of Data Lake Insight (DLI)
version_added: 0.1.0
description:
  - Cancels running SQL, Spark or Flink jobs of Data Lake Insight and waits until they have ended.
  - RV(ignore:changed) means that a job which was running is now stopped, because of this task, and that this was read back.
author: "The dataops.huaweicloud project (!UNKNOWN)"
extends_documentation_fragment:
  - dataops.huaweicloud.attributes
  - dataops.huaweicloud.connection
  - dataops.huaweicloud.stopping
options:
  job_ids:
    description:
      - The jobs to cancel, by their ids. The ids of Flink jobs are numbers.
      - A list, or one plain string. In a plain string, commas separate ids.
      - The list may be empty, then there is nothing to do.
    type: list
    elements: str
    required: true
    aliases: [job_id, id]
  kind:
    description:
      - What the jobs are. Each kind has an API, ids and statuses of its own.
      - V(flink) jobs are stopped without a savepoint.
    type: str
    choices: [sql, spark, flink]
    default: sql
  state:
    description:
      - What the jobs shall be. The service has no other state that could be asked for.
    type: str
    choices: [cancelled]
    default: cancelled
notes:
  - DLI has one status, V(dead), for Spark jobs that failed and for those that were cancelled. It counts as stopped only
    if this task's cancel request was accepted.
  - A Flink job that somebody else is already stopping counts as active. The task stops it as well and waits for its end.
seealso:
  - module: dataops.huaweicloud.mrs_job_execution
  - module: dataops.huaweicloud.cdm_job
  - module: dataops.huaweicloud.ges_job
"""

EXAMPLES = r"""
- name: Cancel a query that has run away
  dataops.huaweicloud.dli_job:
    job_id: 208b08d4-0dc2-4dd7-8879-ddd4c020d7aa
    region: eu-de
    cloud_domain: otc.t-systems.com

- name: Cancel a Spark job
  dataops.huaweicloud.dli_job:
    kind: spark
    job_id: 178fa687-2e8a-41ed-a439-b00de60bb176
    region: cn-north-4

- name: Stop two Flink jobs
  dataops.huaweicloud.dli_job:
    kind: flink
    job_ids: [128, 137]
    region: cn-north-4
"""

RETURN = r"""
msg:
  description: A summary for people, what was done and what failed and why.
  type: str
  returned: always
  sample: "Stopped 1 of 3 jobs: 1 stopped, 1 already_ended, 1 ended_first."
jobs:
  description: One entry for each job, in the order given. A job that was given twice has one entry.
  type: list
  elements: dict
  returned: when the options could be used and the login succeeded
  contains:
    id:
      description: The id of the job.
      type: str
      returned: always
      sample: 208b08d4-0dc2-4dd7-8879-ddd4c020d7aa
    outcome:
      description:
        - V(stopped) when it was active, the stop was sent, and a later reading shows it stopped.
        - V(stop_requested) when the stop was accepted and not confirmed, because of O(wait=false), or because the time ran out,
          in which case the task fails.
        - V(would_stop) when it is active, and this is check mode.
        - V(already_ended) when the first reading shows that it does not run. Nothing was sent.
        - V(ended_first) when it ended by itself before the stop took effect, whatever the service answered.
        - V(missing) when the service does not know it. The task fails unless O(missing=ignore).
        - V(failed) for anything else, see RV(jobs[].error).
      type: str
      returned: always
      sample: stopped
    changed:
      description: Whether this task stopped the job, asked for that, or would have.
      type: bool
      returned: always
      sample: true
    previous_status:
      description: The status at the first reading, in the service's own word. Null where there was none.
      type: str
      returned: always
      sample: RUNNING
    status:
      description: The status at the last reading, in the service's own word. Null where it is unknown.
      type: str
      returned: always
      sample: CANCELLED
    details:
      description: The service's record of the job at the last reading, its keys in snake_case, what looks like a secret masked.
      type: dict
      returned: always
      sample: {"job_id": "208b08d4-0dc2-4dd7-8879-ddd4c020d7aa", "job_type": "QUERY", "queue_name": "default", "status": "CANCELLED"}
    error:
      description: Why it failed.
      type: dict
      returned: when RV(jobs[].outcome) is V(failed)
      contains:
        code:
          description: The service's code. Null where it gave none.
          type: str
          returned: always
          sample: DLI.0007
        message:
          description: What went wrong, with the method, the host and the path of the request.
          type: str
          returned: always
          sample: "The operation is not supported. (DELETE dli.eu-de.otc.t-systems.com/v1.0/48cc2c48765f4814/jobs/208b08d4-0dc2-4dd7-8879-ddd4c020d7aa)"
        http_status:
          description: The HTTP status of the answer. Null where there was none.
          type: int
          returned: always
          sample: 400
        request_id:
          description: The service's id of the request, for its support. Null where it gave none.
          type: str
          returned: always
          sample: null
diff:
  description: The jobs' status before and after.
  type: dict
  returned: with C(--diff)
  contains:
    before:
      description: Each job's RV(jobs[].previous_status).
      type: dict
      returned: always
      sample: {"208b08d4-0dc2-4dd7-8879-ddd4c020d7aa": RUNNING}
    after:
      description: Each job's RV(jobs[].status); in check mode the word C(stopped) for a job that would be stopped.
      type: dict
      returned: always
      sample: {"208b08d4-0dc2-4dd7-8879-ddd4c020d7aa": CANCELLED}
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._arguments import stop_arguments
from ..module_utils._services.dli import DLI
from ..module_utils._task import run_stop_module


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec=stop_arguments(DLI), supports_check_mode=True)
    run_stop_module(module, DLI)


if __name__ == "__main__":
    main()
