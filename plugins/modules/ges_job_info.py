#!/usr/bin/python
# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ges_job_info
short_description: Find jobs of Graph Engine Service (GES)
version_added: 1.0.0
description:
  - Finds the jobs of one graph of Graph Engine Service, by their ids, or all that the graph lists, which only newer engines do.
  - Nothing is changed. The jobs feed M(dataops.huaweicloud.ges_job).
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
    type: list
    elements: str
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
seealso:
  - module: dataops.huaweicloud.ges_job
"""

EXAMPLES = r"""
- name: Find the jobs of a graph
  dataops.huaweicloud.ges_job_info:
    graph_name: movies
  register: found

- name: Cancel those that run
  dataops.huaweicloud.ges_job:
    graph_name: movies
    job_ids: "{{ found.jobs | selectattr('active') | map(attribute='id') | list }}"
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
    - Their ids are what M(dataops.huaweicloud.ges_job) takes, with V({{ found.jobs | map(attribute='id'\) | list }}), and with
      V(selectattr('active'\)) before it for those that run.
  returned: always
  type: list
  elements: dict
  contains:
    id:
      description: The id of the job.
      returned: always
      type: str
      sample: b4f2e9d0c1a84e6f9a7d3c5b2e1f0a96
    status:
      description: Its status in the service's own word. Null if it has none.
      returned: always
      type: str
      sample: running
    active:
      description: Whether it will go on by itself, so that it can be stopped. Null where no document explains its status.
      returned: always
      type: bool
      sample: true
    name:
      description: Always null. The service does not tell.
      returned: always
      type: str
      sample: null
    owner:
      description: Always null. The service does not tell.
      returned: always
      type: str
      sample: null
    queue:
      description: Always null. The service does not tell.
      returned: always
      type: str
      sample: null
    started:
      description: Always null. The service does not tell.
      returned: always
      type: str
      sample: null
    details:
      description: The service's record, keys in snake_case, typos mended, what looks like a secret masked.
      returned: always
      type: dict
      sample: {job_id: b4f2e9d0c1a84e6f9a7d3c5b2e1f0a96, status: running}
missing:
  description: Those of the ids that the service does not know.
  returned: always
  type: list
  elements: str
  sample: []
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._arguments import info_arguments
from ..module_utils._services.ges import GES
from ..module_utils._task import run_info_module


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec=info_arguments(GES), supports_check_mode=True)
    run_info_module(module, GES)


if __name__ == "__main__":
    main()
