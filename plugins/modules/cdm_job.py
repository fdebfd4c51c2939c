#!/usr/bin/python
# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cdm_job
short_description: Stop jobs of Cloud Data Migration (CDM)
version_added: 0.1.0
description:
  - Stops running migration jobs of one Cloud Data Migration cluster and waits until they have ended.
  - RV(ignore:changed) means that a job which was running is now stopped, because of this task, and that this was read back.
author: "The dataops.huaweicloud project (!UNKNOWN)"
extends_documentation_fragment:
  - dataops.huaweicloud.attributes
  - dataops.huaweicloud.connection
  - dataops.huaweicloud.stopping
options:
  job_names:
    description:
      - The jobs to stop, by their names.
      - A list, or one plain string. In a plain string, commas separate names.
      - The list may be empty, then there is nothing to do.
    type: list
    elements: str
    required: true
    aliases: [job_name, name]
  cluster_id:
    description:
      - The CDM cluster that the jobs belong to, by its id.
    type: str
    required: true
  state:
    description:
      - What the jobs shall be. The service has no other state that could be asked for.
    type: str
    choices: [stopped]
    default: stopped
seealso:
  - module: dataops.huaweicloud.mrs_job_execution
  - module: dataops.huaweicloud.dli_job
  - module: dataops.huaweicloud.ges_job
"""

EXAMPLES = r"""
- name: Stop a migration that writes bad data
  dataops.huaweicloud.cdm_job:
    cluster_id: 6ec9a0a4-76be-4262-8697-e7af1fac7920
    job_name: jdbc2hive
    region: eu-de
    cloud_domain: otc.t-systems.com

- name: Stop several jobs before maintenance, logging in with user name and password
  dataops.huaweicloud.cdm_job:
    cluster_id: 6ec9a0a4-76be-4262-8697-e7af1fac7920
    job_names: [jdbc2hive, mysql2dws]
    region: eu-de
    cloud_domain: otc.t-systems.com
    username: operator
    password: "{{ vault_password }}"
    domain_name: OTC-EU-DE-00000000001000000000
    project_name: eu-de_data
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
      description: The name of the job.
      type: str
      returned: always
      sample: jdbc2hive
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
      sample: STOPPED
    details:
      description: The service's record of the job at the last reading, its keys in snake_case, what looks like a secret masked.
      type: dict
      returned: always
      sample: {"job_name": "jdbc2hive", "creation_user": "cdm", "creation_date": "1536905778725", "progress": 1, "status": "STOPPED"}
    error:
      description: Why it failed.
      type: dict
      returned: when RV(jobs[].outcome) is V(failed)
      contains:
        code:
          description: The service's code. Null where it gave none.
          type: str
          returned: always
          sample: Cdm.0032
        message:
          description: What went wrong, with the method, the host and the path of the request.
          type: str
          returned: always
          sample: "No permission. (PUT cdm.eu-de.otc.t-systems.com/v1.1/37caa80116e1403a/clusters/6ec9a0a4/cdm/job/jdbc2hive/stop)"
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
      sample: {"jdbc2hive": RUNNING}
    after:
      description: Each job's RV(jobs[].status); in check mode the word C(stopped) for a job that would be stopped.
      type: dict
      returned: always
      sample: {"jdbc2hive": STOPPED}
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._arguments import stop_arguments
from ..module_utils._services.cdm import CDM
from ..module_utils._task import run_stop_module


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec=stop_arguments(CDM), supports_check_mode=True)
    run_stop_module(module, CDM)


if __name__ == "__main__":
    main()
