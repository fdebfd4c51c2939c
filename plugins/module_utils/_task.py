# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: do not import this file from other code.
"""The entry points of the modules. Only this file knows the Ansible module object."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ._arguments import validate_ranges
from ._connection import Connection
from ._errors import Error
from ._http.deadline import Deadline
from ._http.session import REQUESTS_IMPORT_ERROR
from ._jobs.reader import JobReader
from ._jobs.results import MESSAGE_LENGTH, ResultBuilder
from ._jobs.stop import JobStopper, StopAttempt
from ._options import ConnectionOptions, resolve_options
from ._redaction import Secrets
from ._services.base import JobService
from ._services.service import Service
from ._signals import cancel_when_interrupted
from ._workers import WorkerPool


class _Task:
    """One task: its options, its deadline, and the reader of its jobs."""

    def __init__(self, module: AnsibleModule, service: Service, secrets: Secrets) -> None:
        self.options: Mapping[str, Any] = module.params
        self.secrets = secrets
        self.connection_options: ConnectionOptions = resolve_options(self.options, os.environ, self.secrets)
        validate_ranges(self.options)
        self.service: JobService = service.select_kind(self.options)(self.options)
        self.ids: list[str] | None = self.options[self.service.ids_option]
        for id in self.ids or ():
            self.service.validate_id(id)
        self.deadline = Deadline(self.options["wait_timeout"])
        self.reader = JobReader(self.service, WorkerPool(self.deadline, self.options["concurrency"]))
        self.results = ResultBuilder(self.service, self.secrets)
        cancel_when_interrupted(self.deadline)
        if self.ids != []:
            self.reader.workers.call(self._connect)

    def _connect(self) -> None:
        concurrency = self.options["concurrency"]
        self.service.connect(Connection(self.connection_options, self.deadline, {}, self.secrets, concurrency))


def run_stop_module(module: AnsibleModule, service: Service) -> None:
    """Stop the jobs that the options of a module name, and exit."""
    with _errors_as_results(module) as secrets:
        task = _Task(module, service, secrets)
        options = task.options

        def progress(attempts: list[StopAttempt]) -> contextlib.AbstractContextManager[None]:
            from ._jobs.progress import report_progress  # needed only by tasks that wait

            return report_progress(attempts, task.service, task.deadline, task.secrets)

        stopper = JobStopper(
            task.reader,
            wait=options["wait"],
            wait_sleep=options["wait_sleep"],
            retries=task.connection_options["retries"],
            progress=progress,
        )
        # one expression, so that thousands of records do not stay in memory while Ansible copies the result
        result, failed = task.results.stop_result(
            stopper.stop(task.ids or [], module.check_mode),
            module.check_mode,
            options["wait"],
            options["missing"] == "fail",
        )
    if not module._diff:
        del result["diff"]
    if failed:
        module.fail_json(**result)
    module.exit_json(**result)


def run_info_module(module: AnsibleModule, service: Service) -> None:
    """Read the jobs that the options of a module name or select, and exit."""
    from ._jobs.find import find_jobs

    filters = {name: module.params[name] for name in service.filters if module.params[name] is not None}
    with _errors_as_results(module) as secrets:
        task = _Task(module, service, secrets)
        result, failed = find_jobs(task.reader, task.results, task.ids, filters, task.options["limit"])
    if failed:
        module.fail_json(**result)
    module.exit_json(changed=False, **result)


@contextlib.contextmanager
def _errors_as_results(module: AnsibleModule) -> Iterator[Secrets]:
    """Turn an error into a failed result, without a traceback; yield what receives the secrets of the task."""
    secrets = Secrets(module.no_log_values.add)
    if REQUESTS_IMPORT_ERROR:
        module.fail_json(msg=missing_required_lib("requests"), exception=REQUESTS_IMPORT_ERROR)
    try:
        yield secrets
    except Error as error:
        module.fail_json(msg=secrets.describe(str(error), MESSAGE_LENGTH))
