# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: do not import this file from other code.
"""The entry points of the modules. Only this file knows the Ansible module object."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator, Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ._arguments import validate_ranges
from ._connection import Connection, Login
from ._errors import Error
from ._http.deadline import Deadline
from ._http.session import REQUESTS_IMPORT_ERROR
from ._jobs.reader import JobReader
from ._jobs.results import MESSAGE_LENGTH, ResultBuilder
from ._jobs.stop import JobStopper, StopAttempt
from ._options import ConnectionOptions, resolve_options
from ._redaction import Secrets, printable
from ._services.base import JobApi
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
        self.service: JobApi = service.select_kind(self.options)(self.options)
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
        slots = threading.BoundedSemaphore(self.options["concurrency"])
        login = Login(self.connection_options, self.deadline, {}, self.secrets, slots)
        self.service.connect(Connection(login))


def run_stop_module(module: AnsibleModule, service: Service) -> None:
    """Stop the jobs that the options of a module name, and exit."""
    with _errors_as_results(module) as secrets:
        task = _Task(module, service, secrets)
        options = task.options

        def progress(attempts: list[StopAttempt]) -> contextlib.AbstractContextManager[None]:
            from ._jobs.progress import report_progress  # needed only by tasks that wait

            return report_progress([(task.service, attempt) for attempt in attempts], task.deadline, task.secrets)

        stopper = JobStopper(
            task.reader,
            wait=options["wait"],
            wait_sleep=options["wait_sleep"],
            retries=task.connection_options["retries"],
        )
        # one expression, so that thousands of records do not stay in memory while Ansible copies the result
        result, failed = task.results.stop_result(
            stopper.run(task.ids or [], module.check_mode, progress),
            module.check_mode,
            options["wait"],
            options["missing"] == "fail",
        )
    _exit(module, result, failed)


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


def run_data_jobs_module(module: AnsibleModule) -> None:
    """Plan the jobs of all targets, refuse or stop them, and exit."""
    from ._jobs.bulk import BulkSettings, BulkStopper
    from ._jobs.bulk_results import BulkResult
    from ._jobs.progress import announce, report_progress
    from ._jobs.targets import Target, with_conditions

    options: Mapping[str, Any] = module.params
    with _errors_as_results(module) as secrets:
        connection_options = resolve_options(options, os.environ, secrets)
        validate_ranges(options)
        select = options["select"] or {}
        targets = [Target(index, with_conditions(each, select)) for index, each in enumerate(options["targets"])]
        deadline = Deadline(options["wait_timeout"])
        cancel_when_interrupted(deadline)
        settings = BulkSettings(
            options["wait"], options["wait_sleep"], connection_options["retries"], options["concurrency"]
        )
        stopper = BulkStopper(targets, connection_options, deadline, secrets, settings)
        stopper.plan()
        builder = BulkResult(
            stopper.plans,
            secrets,
            dry_run=module.check_mode,
            max_jobs=options["max_jobs"],
            wait=options["wait"],
            fail_if_missing=options["missing"] == "fail",
            details=options["details"],
        )
        plan_lines, refused = builder.plan_lines(), builder.refused
        attempts = [(plan.target.service, job.attempt) for plan in stopper.plans for job in plan.active]
        if attempts and not refused and not module.check_mode:
            announce(builder.about_to_stop(), secrets)
            with report_progress(attempts, deadline, secrets):
                stopper.stop()
        result, failed = builder.build(plan_lines, refused)
    _exit(module, result, failed)


def _exit(module: AnsibleModule, result: dict[str, Any], failed: bool) -> None:
    if not module._diff:
        del result["diff"]
    if failed:
        module.fail_json(**result)
    module.exit_json(**result)


@contextlib.contextmanager
def _errors_as_results(module: AnsibleModule) -> Iterator[Secrets]:
    """Turn an error into a failed result, without a traceback; yield what receives the secrets of the task."""
    secrets = Secrets(module.no_log_values.add)
    if REQUESTS_IMPORT_ERROR:
        module.fail_json(msg=missing_required_lib("requests"), exception=REQUESTS_IMPORT_ERROR)
    try:
        yield secrets
    except Error as error:
        module.fail_json(msg=printable(secrets.mask(str(error)), MESSAGE_LENGTH))
