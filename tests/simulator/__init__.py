# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A local stand-in for MRS, CDM, DLI, GES and IAM that follows the services' documents, not our client.

Start it from the project's root with ``python -m tests.simulator --port P --ges-port Q`` (0 = a free port), or from
Python with ``running.Simulator.start()``. Its first line, ``READY {...}``, tells addresses, a login and running jobs.

The rooms, from the outside in:

* ``__main__``    the process: two ports, one event loop, READY, signals
* ``control``     the control API under ``/_control``: seed jobs, switches, faults, throttles, clock, journal, truth
* ``calls``       one call on its way: raw-path routing, journal, latency, faults; ``journal`` keeps what came by
* ``gateway``     the API gateway: tokens, access keys (``signatures``), throttling, projects
* ``identity``    another identity service, whose tokens are taken as well
* ``iam mrs cdm dli ges``  one service each: status words, records, refusals, calls, a table of operations
* ``lives``       how any job lives, by the clock; ``kinds`` ties it to a service
* ``world``       all state; ``seeds`` fills it with the documents' records; ``switches``: what the documents leave open
* ``running``     start and steer it from tests (standard library only); ``load`` measures it

"Contract" in the docstrings is the description of the services' HTTP calls that this project works by; the numbers in
brackets, [D-7] or [NF-4], are its registers of what documents disagree about and of what was found nowhere.
"""
