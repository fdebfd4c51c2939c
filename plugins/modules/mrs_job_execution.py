#!/usr/bin/python
# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: mrs_job_execution
short_description: Cancel job executions of MapReduce Service (MRS)
version_added: 0.1.0
description:
  - Cancels running job executions of MapReduce Service and waits until they have ended.
  - RV(ignore:changed) means that a job which was running is now stopped, because of this task, and that this was read back.
author: "The dataops.huaweicloud project (!UNKNOWN)"
extends_documentation_fragment:
  - dataops.huaweicloud.attributes
  - dataops.huaweicloud.connection
  - dataops.huaweicloud.stopping
options:
  job_execution_ids:
    description:
      - The job executions to cancel, by their ids.
      - A list, or one plain string. In a plain string, commas separate ids.
      - The list may be empty, then there is nothing to do.
    type: list
    elements: str
    required: true
    aliases: [job_execution_id, id]
  cluster_id:
    description:
      - The cluster that the job executions run in.
      - When it is given, they are read and killed through API v2, otherwise through API v1.1, which follows OpenStack Sahara.
      - Clusters with Kerberos, and some newer ones, have no jobs in API v1.1. Give their O(cluster_id).
    type: str
  state:
    description:
      - What the jobs shall be. The service has no other state that could be asked for.
    type: str
    choices: [cancelled]
    default: cancelled
notes:
  - MRS cannot stop Spark SQL jobs. How it refuses is not documented.
  - A job that somebody else is already cancelling counts as active. The task cancels it as well and waits for its end.
seealso:
  - module: dataops.huaweicloud.cdm_job
  - module: dataops.huaweicloud.dli_job
  - module: dataops.huaweicloud.ges_job
"""

EXAMPLES = r"""
- name: Cancel a job execution, with token and project from the environment (HW_AUTH_TOKEN, HW_PROJECT_ID)
  dataops.huaweicloud.mrs_job_execution:
    job_execution_id: 2de74673-1a78-48af-a95b-e1fec4a4ae9c
    region: eu-de
    cloud_domain: otc.t-systems.com

- name: Kill two jobs of a cluster through API v2, and wait ten minutes at the most
  dataops.huaweicloud.mrs_job_execution:
    cluster_id: ef7b54f2-3d92-49b2-a6d7-94607e1ea7df
    job_execution_ids:
      - 431b135e-c090-489f-b1db-0abe3822b855
      - 981374c1-85da-44ee-be32-edfb4fba776c
    region: cn-north-4
    wait_timeout: 600

- name: Cancel what may be gone already, and do not wait
  dataops.huaweicloud.mrs_job_execution:
    job_execution_ids: "{{ runaway_jobs }}"
    region: eu-de
    cloud_domain: otc.t-systems.com
    missing: ignore
    wait: false
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
      description: The id of the job execution.
      type: str
      returned: always
      sample: 2de74673-1a78-48af-a95b-e1fec4a4ae9c
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
      sample: Running
    status:
      description: The status at the last reading, in the service's own word. Null where it is unknown.
      type: str
      returned: always
      sample: Terminated
    details:
      description: The service's record of the job at the last reading, its keys in snake_case, what looks like a secret masked.
      type: dict
      returned: always
      sample: {"id": "2de74673-1a78-48af-a95b-e1fec4a4ae9c", "job_name": "hive_script", "job_state": -1, "job_final_status": 3}
    error:
      description: Why it failed.
      type: dict
      returned: when RV(jobs[].outcome) is V(failed)
      contains:
        code:
          description: The service's code. Null where it gave none.
          type: str
          returned: always
          sample: "0175"
        message:
          description: What went wrong, with the method, the host and the path of the request.
          type: str
          returned: always
          sample: "Failed to terminate the job. (POST mrs.eu-de.otc.t-systems.com/v2/37caa80116e1403a/clusters/ef7b54f2/job-executions/431b135e/kill)"
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
      sample: {"2de74673-1a78-48af-a95b-e1fec4a4ae9c": Running}
    after:
      description: Each job's RV(jobs[].status); in check mode the word C(stopped) for a job that would be stopped.
      type: dict
      returned: always
      sample: {"2de74673-1a78-48af-a95b-e1fec4a4ae9c": Terminated}
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._arguments import stop_arguments
from ..module_utils._services.mrs import MRS
from ..module_utils._task import run_stop_module


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec=stop_arguments(MRS), supports_check_mode=True)
    run_stop_module(module, MRS)


if __name__ == "__main__":
    main()
