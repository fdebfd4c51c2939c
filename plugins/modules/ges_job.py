#!/usr/bin/python
# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ges_job
short_description: Cancel jobs of Graph Engine Service (GES)
version_added: 0.1.0
description:
  - Cancels running jobs of one graph of Graph Engine Service, such as algorithms and filter queries, and waits until they have ended.
  - RV(ignore:changed) means that a job which was running is now stopped, because of this task, and that this was read back.
author: "The dataops.huaweicloud project (!UNKNOWN)"
extends_documentation_fragment:
  - dataops.huaweicloud.attributes
  - dataops.huaweicloud.connection
  - dataops.huaweicloud.stopping
options:
  job_ids:
    description:
      - The jobs to cancel, by their ids.
      - A list, or one plain string. In a plain string, commas separate ids.
      - The list may be empty, then there is nothing to do.
    type: list
    elements: str
    required: true
    aliases: [job_id, id]
  graph_name:
    description:
      - The graph that the jobs belong to, by its name.
    type: str
    required: true
  graph_address:
    description:
      - Scheme and host of the service plane of the graph, such as V(https://192.168.0.10).
      - When it is left out, it is looked up by O(graph_name) on the management plane, which O(endpoint) or O(region) names.
    type: str
  graph_network:
    description:
      - Which of the graph's addresses is taken when it is looked up, that in its virtual private cloud or the public one.
    type: str
    choices: [private, public]
    default: private
    version_added: 1.0.0
  state:
    description:
      - What the jobs shall be. The service has no other state that could be asked for.
    type: str
    choices: [cancelled]
    default: cancelled
notes:
  - GES has no status for cancelled jobs. A job counts as stopped if it was active, this task's cancel request was accepted,
    and it is then failed or gone.
  - Graph Engine Service is not offered on Open Telekom Cloud.
seealso:
  - module: dataops.huaweicloud.mrs_job_execution
  - module: dataops.huaweicloud.cdm_job
  - module: dataops.huaweicloud.dli_job
"""

EXAMPLES = r"""
- name: Cancel an algorithm that runs too long
  dataops.huaweicloud.ges_job:
    graph_name: movies
    graph_address: https://192.168.0.10
    job_id: 2c90803d94eea6f80194f31256260005

- name: The same, with the address looked up by the graph's name
  dataops.huaweicloud.ges_job:
    graph_name: movies
    job_id: 2c90803d94eea6f80194f31256260005
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
      sample: 2c90803d94eea6f80194f31256260005
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
      sample: running
    status:
      description: The status at the last reading, in the service's own word. Null where it is unknown.
      type: str
      returned: always
      sample: failed
    details:
      description: The service's record of the job at the last reading, its keys in snake_case, what looks like a secret masked.
      type: dict
      returned: always
      sample: {"status": "failed"}
    error:
      description: Why it failed.
      type: dict
      returned: when RV(jobs[].outcome) is V(failed)
      contains:
        code:
          description: The service's code. Null where it gave none.
          type: str
          returned: always
          sample: GES.8303
        message:
          description: What went wrong, with the method, the host and the path of the request.
          type: str
          returned: always
          sample: "Unsupported Operation (DELETE 192.168.0.10/ges/v1.0/37caa80116e1403a/graphs/movies/jobs/2c90803d94eea6f80194f31256260005)"
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
      sample: {"2c90803d94eea6f80194f31256260005": running}
    after:
      description: Each job's RV(jobs[].status); in check mode the word C(stopped) for a job that would be stopped.
      type: dict
      returned: always
      sample: {"2c90803d94eea6f80194f31256260005": failed}
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._arguments import stop_arguments
from ..module_utils._services.ges import GES
from ..module_utils._task import run_stop_module


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec=stop_arguments(GES), supports_check_mode=True)
    run_stop_module(module, GES)


if __name__ == "__main__":
    main()
