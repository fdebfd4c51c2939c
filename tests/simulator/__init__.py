# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A local simulator of MRS, CDM, DLI, GES and IAM.

It follows the documents of the services, not the client code of the collection.

Start it from the project's root with ``python -m tests.simulator --port P --ges-port Q`` (0: a free port), or in Python
with ``running.Simulator.start()``. Its first line, ``READY {...}``, lists base URLs, credentials and running jobs.

Modules, from the outside in:

* ``__main__``: the process with its two ports, the event loop, the READY line, and signals
* ``control``, ``job_specs``, ``validation``: the control API under ``/_control``
* ``routing``: operations, routing on the raw path, and the steps of a call; ``journal`` records the requests
* ``gateway``: the API gateway: tokens, access keys (``signatures``), rate limits, projects
* ``external_identity``: an external identity service whose tokens are also accepted
* ``iam``, ``mrs``, ``cdm``, ``dli``, ``ges``: one service each, with its statuses, records, errors and operations
* ``lifecycle``: the states of a job over time; ``job_kinds`` describes the kinds of jobs of the services
* ``store``: all contents and settings; ``seeds`` fills it with the records of the documents
* ``switches``: the points that the documents leave open
* ``running``: starts and controls the simulator from tests; ``throughput`` measures it

Citations such as "docs/api, section 1.6" refer to the description of the services' HTTP APIs in ``docs/api``. Its
registers list the points on which documents disagree, such as [D-7], and those that no document answers, such as
[NF-4].
"""
