# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One Ansible task: options in, result out. The only room that sees both Ansible's module and the library."""

from __future__ import annotations

from typing import Callable

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from .arguments import Options
from .client import REQUESTS_IMPORT_ERROR, Budget
from .connection import Connection
from .errors import Error, InvalidInput
from .job import Service
from .stopping import Stopper, report

# For each number its least and its greatest value.
_LIMITS = {"wait_timeout": (1, None), "request_timeout": (1, None), "retries": (0, None), "concurrency": (1, 64)}


def stop_jobs(module: AnsibleModule, service_for: Callable[[Options], Service]) -> None:
    """Stop the jobs that a module's options name, and exit.

    :param service_for: makes the service from the options; raises L{InvalidInput}.
    """
    if REQUESTS_IMPORT_ERROR:
        module.fail_json(msg=missing_required_lib("requests"), exception=REQUESTS_IMPORT_ERROR)
    options: Options = module.params
    try:
        service = service_for(options)
        ids = _checked_ids(options, service)
        budget = Budget(options["wait_timeout"])
        if ids:
            service.connect(Connection(options, budget, module.no_log_values))
        how = {name: options[name] for name in ("wait", "wait_sleep", "concurrency", "retries")}
        runs = Stopper(service, budget, **how).stop(ids, module.check_mode)
    except Error as error:
        module.fail_json(msg=str(error))
    result, failed = report(runs, module.check_mode, options["wait"], options["missing"] == "fail")
    if not module._diff:
        del result["diff"]
    if failed:
        module.fail_json(**result)
    module.exit_json(**result)


def _checked_ids(options: Options, service: Service) -> list[str]:
    """The jobs to stop; raises L{InvalidInput} for what cannot be used, before anything is sent."""
    for name, (least, most) in {**_LIMITS, "wait_sleep": (0.01, None)}.items():
        if not least <= options[name] <= (most or options[name]):
            bounds = f"from {least} to {most}" if most else f"at least {least}"
            raise InvalidInput(f"{name} must be {bounds}, not {options[name]}")
    for id in options[service.ids_option]:
        service.check_id(id)
    return options[service.ids_option]
