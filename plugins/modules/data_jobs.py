#!/usr/bin/python
# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: data_jobs
short_description: Stop jobs of all services in one task
version_added: 2.0.0
description:
  - Selects jobs of MapReduce Service (MRS), Cloud Data Migration (CDM), Data Lake Insight (DLI) and Graph Engine Service (GES),
    shows a plan, and stops the active jobs.
  - If more jobs are selected than O(max_jobs) allows, no stop request is sent and the task fails with the plan.
  - A task reports RV(ignore:changed) only if it stopped a running job and confirmed that the job has stopped.
author: "The dataops.huaweicloud project (!UNKNOWN)"
extends_documentation_fragment:
  - dataops.huaweicloud.attributes
  - dataops.huaweicloud.connection
  - dataops.huaweicloud.stopping
options:
  targets:
    description:
      - The locations of the jobs, and the jobs to select there. Targets are read and stopped in parallel.
      - A target selects jobs either by O(targets[].ids), or by one or more of O(targets[].filters), O(targets[].older_than) and
        O(targets[].name_regex). A job must meet all conditions of its target.
      - A suboption that is null or an empty text counts as not set.
      - If several targets select the same job, the result contains it once.
    type: list
    elements: dict
    required: true
    suboptions:
      service:
        description: The service of the jobs.
        type: str
        required: true
        choices: [mrs, cdm, dli, ges]
      cluster_id:
        description:
          - ID of the cluster. Required for CDM.
          - For MRS, jobs are selected through API v2 if it is set. Without it, only O(targets[].ids) is supported.
        type: str
      kind:
        description: Kind of the DLI jobs, V(sql), V(spark) or V(flink). Defaults to V(sql).
        type: str
      graph_name:
        description: Name of the graph. Required for GES.
        type: str
      graph_address:
        description:
          - Scheme and host of the service plane of the graph. By default, the module looks it up by O(targets[].graph_name).
        type: str
      graph_network:
        description: The address of the graph to use when it is looked up, V(private) or V(public). Defaults to V(private).
        type: str
      ids:
        description:
          - IDs of the jobs; for CDM, their names. The list may be empty.
          - A text with commas or line ends between the IDs is accepted, too.
        type: list
        elements: str
      filters:
        description:
          - Filters of the list call, with the names of the options of the C(_info) module of the service.
          - Values must be text or numbers. The module checks that the returned jobs match.
        type: dict
      older_than:
        description:
          - Minimum age of a job in seconds, or with a unit, such as V(90s), V(45m), V(2h) or V(1d).
          - A job whose start time is unknown is skipped and listed in RV(targets[].skipped_unknown_start). GES has no start times.
        type: str
      name_regex:
        description:
          - Python regular expression that must match the whole name of a job, case-sensitive.
          - SQL jobs of DLI and jobs of GES have no names.
        type: str
      region:
        description: Region of this target, instead of O(region).
        type: str
      project_id:
        description: ID of the project of this target, instead of O(project_id).
        type: str
      project_name:
        description: Name of the project of this target, instead of O(project_name) and O(project_id).
        type: str
      cloud:
        description: Name of the cloud in C(clouds.yaml) for this target, instead of O(cloud).
        type: str
      endpoint:
        description: Base URL of the service for this target, instead of O(endpoint).
        type: str
  select:
    description:
      - Conditions that the jobs of all targets must meet, in addition to those of their target.
      - A condition that a target sets, too, is refused.
    type: dict
    suboptions:
      filters:
        description: See O(targets[].filters).
        type: dict
      older_than:
        description: See O(targets[].older_than).
        type: str
      name_regex:
        description: See O(targets[].name_regex).
        type: str
  max_jobs:
    description:
      - Maximum number of jobs to stop. A job that could not be read counts.
      - If more jobs are selected, nothing is stopped and the task fails, in check mode too. With V(0), the task fails if any job
        is active.
    type: int
    default: 100
  details:
    description:
      - Whether to return the record of each job. Records contain statements and arguments, which may contain secrets that no
        pattern finds.
    type: bool
    default: false
  state:
    description:
      - Desired state of the jobs. Only V(stopped) is supported.
    type: str
    choices: [stopped]
    default: stopped
notes:
  - A target that cannot be read fails the task at the end. It does not keep the jobs of other targets from being stopped.
  - All targets share one deadline. Targets with the same O(targets[].region), O(targets[].project_id),
    O(targets[].project_name) and O(targets[].cloud) share one login.
seealso:
  - module: dataops.huaweicloud.mrs_job_execution
  - module: dataops.huaweicloud.cdm_job
  - module: dataops.huaweicloud.dli_job
  - module: dataops.huaweicloud.ges_job
"""

EXAMPLES = r"""
- name: Show what would be stopped before maintenance
  dataops.huaweicloud.data_jobs:
    max_jobs: 50
    region: eu-de
    cloud_domain: otc.t-systems.com
    targets:
      - {service: mrs, cluster_id: ef7b54f2-3d92-49b2-a6d7-94607e1ea7df, filters: {result: UNDEFINED}}
      - {service: dli, kind: flink, filters: {queue: default}}
  check_mode: true
  register: plan

- name: Stop exactly what the plan showed
  dataops.huaweicloud.data_jobs:
    targets: "{{ plan.planned }}"
    region: eu-de
    cloud_domain: otc.t-systems.com

- name: Stop Spark jobs that have been running for more than two hours
  dataops.huaweicloud.data_jobs:
    region: cn-north-4
    targets:
      - {service: dli, kind: spark, older_than: 2h, name_regex: "tmp_.*"}
"""

RETURN = r"""
msg:
  description: Summary of the task, and the reasons for failures.
  type: str
  returned: always
  sample: "Stopped 1 of 2 jobs: 1 stopped, 1 already_ended."
problems:
  description: Reasons for which the task failed. Empty if it succeeded.
  type: list
  elements: str
  returned: if the options are valid
  sample: []
dry_run:
  description: Whether the task ran in check mode.
  type: bool
  returned: if the options are valid
  sample: false
refused:
  description: Whether more jobs were selected than O(max_jobs) allows. No stop request was sent.
  type: bool
  returned: if the options are valid
  sample: false
jobs:
  description: One entry for each selected job.
  type: list
  elements: dict
  returned: if the options are valid
  contains:
    id:
      description: ID of the job; for CDM, its name.
      type: str
      returned: always
      sample: 208b08d4-0dc2-4dd7-8879-ddd4c020d7aa
    outcome:
      description:
        - V(stopped) if the job was active, the stop was sent, and a later reading shows that it has stopped.
        - V(stop_requested) if the stop was accepted but not confirmed, because of O(wait=false), or because O(wait_timeout)
          expired, in which case the task fails.
        - V(would_stop) if the job is active, in check mode or if the task was refused.
        - V(already_ended) if the first reading shows that the job has ended. Nothing was sent.
        - V(ended_first) if the job ended by itself before the stop took effect.
        - V(missing) if the service does not know the job. The task fails unless O(missing=ignore).
        - V(failed) for anything else, with RV(jobs[].error).
      type: str
      returned: always
      sample: stopped
    changed:
      description: Whether this task stopped the job, requested its stop, or would stop it.
      type: bool
      returned: always
      sample: true
    previous_status:
      description: Status at the first reading, in the word of the service. Null if there was none.
      type: str
      returned: always
      sample: RUNNING
    status:
      description: Status at the last reading, in the word of the service. Null if it is unknown.
      type: str
      returned: always
      sample: CANCELLED
    phase:
      description:
        - The last status in the words of this collection, V(active), V(stopped), V(stopped_or_failed), V(ended) or V(unknown).
          Null if the job is missing.
      type: str
      returned: always
      sample: stopped
    name:
      description: Name of the job. Null if the service has none.
      type: str
      returned: always
      sample: load_orders
    owner:
      description: User who started the job. Null if the service does not report it.
      type: str
      returned: always
      sample: etl
    queue:
      description: Queue of the job. Null if the service does not report it.
      type: str
      returned: always
      sample: default
    started:
      description: Start time in ISO 8601, UTC. Null if it is unknown.
      type: str
      returned: always
      sample: "2026-11-22T04:33:36Z"
    service:
      description: Service of the job.
      type: str
      returned: always
      sample: dli
    kind:
      description: Kind of the job. Null if the service has one kind only.
      type: str
      returned: always
      sample: sql
    location:
      description: ID of the cluster or name of the graph. Null for DLI.
      type: str
      returned: always
      sample: null
    target:
      description: Index of the first target that selects the job.
      type: int
      returned: always
      sample: 0
    details:
      description: Record of the job, with keys in snake_case, without values that look like secrets, at most 256 KiB.
      type: dict
      returned: if O(details=true)
      sample: {"job_id": "208b08d4-0dc2-4dd7-8879-ddd4c020d7aa", "status": "CANCELLED"}
    error:
      description: Reason of the failure.
      type: dict
      returned: if RV(jobs[].outcome) is V(failed)
      contains:
        code:
          description: Error code of the service. Null if there is none.
          type: str
          returned: always
          sample: DLI.0007
        message:
          description: What happened, with method, host and path of the request.
          type: str
          returned: always
          sample: "The operation is not supported."
        http_status:
          description: HTTP status of the response. Null if there was none.
          type: int
          returned: always
          sample: 400
        request_id:
          description: ID of the request at the service. Null if there is none.
          type: str
          returned: always
          sample: null
targets:
  description: One entry for each target, in the order of O(targets).
  type: list
  elements: dict
  returned: if the options are valid
  contains:
    title:
      description: The target in words.
      type: str
      returned: always
      sample: dli spark, older than 2h
    found:
      description: Number of jobs that the service returned.
      type: int
      returned: always
      sample: 12
    selected:
      description: Number of jobs that the target selects.
      type: int
      returned: always
      sample: 2
    error:
      description: Why the target could not be read. Null if it could.
      type: str
      returned: always
      sample: null
    skipped_unknown_status:
      description: IDs of jobs that were skipped because their status is not documented.
      type: list
      elements: str
      returned: always
      sample: []
    skipped_unknown_start:
      description: IDs of jobs that were skipped because their start time is unknown.
      type: list
      elements: str
      returned: always
      sample: []
counts:
  description: Number of jobs by outcome.
  type: dict
  returned: if the options are valid
  sample: {"stopped": 1, "already_ended": 1}
planned:
  description: Targets with the IDs of the jobs that were active or could not be read. Use them as O(targets) to stop exactly these.
  type: list
  elements: dict
  returned: if the options are valid
  sample: [{"service": "dli", "kind": "sql", "ids": ["208b08d4-0dc2-4dd7-8879-ddd4c020d7aa"]}]
plan:
  description: The plan as lines of aligned text.
  type: list
  elements: str
  returned: if the options are valid
  sample: ["1 job to stop, max_jobs is 100."]
summary:
  description: The outcomes as lines of aligned text.
  type: list
  elements: str
  returned: if the options are valid
  sample: ["    OUTCOME  JOB"]
diff:
  description: Status of the jobs before and after.
  type: dict
  returned: with C(--diff)
  contains:
    before:
      description: RV(jobs[].previous_status) of each job.
      type: dict
      returned: always
      sample: {"208b08d4-0dc2-4dd7-8879-ddd4c020d7aa": RUNNING}
    after:
      description: RV(jobs[].status) of each job; in check mode V(stopped) for a job that would be stopped.
      type: dict
      returned: always
      sample: {"208b08d4-0dc2-4dd7-8879-ddd4c020d7aa": CANCELLED}
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._arguments import data_jobs_arguments
from ..module_utils._services.registry import SERVICES
from ..module_utils._task import run_data_jobs_module


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec=data_jobs_arguments(SERVICES), supports_check_mode=True)
    run_data_jobs_module(module)


if __name__ == "__main__":
    main()
