# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One Ansible task: options in, result out. The only room that sees both Ansible's module and the library."""

from __future__ import annotations

import contextlib
import select
import signal
import threading
from collections.abc import Iterator
from typing import Callable

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible.module_utils.common.parameters import remove_values

from .arguments import Options
from .client import REQUESTS_IMPORT_ERROR, Budget
from .connection import Connection
from .errors import Error, InvalidInput
from .finding import find
from .job import Service
from .reading import Reader
from .stopping import Run, Stopper, report

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
# For each number its least and its greatest value.
_LIMITS: dict[str, tuple[float, float | None]] = {
    "wait_timeout": (1, None),
    "request_timeout": (1, None),
    "retries": (0, None),
    "concurrency": (1, 64),
    "wait_sleep": (0.01, None),
    "limit": (1, None),
}


def stop_jobs(module: AnsibleModule, service_for: Callable[[Options], Service]) -> None:
    """Stop the jobs that a module's options name, and exit.

    :param service_for: makes the service from the options; raises L{InvalidInput}.
    """
    options: Options = module.params
    with _errors_as_results(module):
        reader, ids = _begin(module, service_for)
        how = {name: options[name] for name in ("wait", "wait_sleep", "retries")}
        # one expression: thousands of records need not stay in memory while Ansible copies the result
        result, failed = report(
            Stopper(reader, **how, telling=_telling(module, reader)).stop(ids, module.check_mode),
            module.check_mode,
            options["wait"],
            options["missing"] == "fail",
        )
    if not module._diff:
        del result["diff"]
    if failed:
        module.fail_json(**result)
    module.exit_json(**result)


def find_jobs(module: AnsibleModule, service_for: Callable[[Options], Service], filters: tuple[str, ...]) -> None:
    """Read the jobs that a module's options name or select, and exit.

    :param service_for: makes the service from the options; raises L{InvalidInput}.
    :param filters: the options that select jobs.
    """
    options: Options = module.params
    given = {name: options[name] for name in filters if options[name] is not None}
    with _errors_as_results(module):
        reader, ids = _begin(module, service_for)
        result, failed = find(reader, ids, given, options["limit"])
    if failed:
        module.fail_json(**result)
    module.exit_json(changed=False, **result)


@contextlib.contextmanager
def _errors_as_results(module: AnsibleModule) -> Iterator[None]:
    """Let a task end with what is known when it fails, not with a traceback."""
    if REQUESTS_IMPORT_ERROR:
        module.fail_json(msg=missing_required_lib("requests"), exception=REQUESTS_IMPORT_ERROR)
    try:
        yield
    except Error as error:
        module.fail_json(msg=str(error))


def _end_early(budget: Budget) -> None:
    """Let signals end the budget, and that nobody reads the result any more: Ansible's time-out ends no module."""

    def interrupted(*_signal: object) -> None:
        # one is enough, and another might tear the result while it is printed
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        # in a thread of its own: the main one may hold the lock that this takes
        threading.Thread(target=budget.end).start()

    for number in _SIGNALS:
        signal.signal(number, interrupted)
    poll = select.poll()
    poll.register(1, 0)  # nothing but errors: a pipe that nobody reads any more

    def watch() -> None:
        if any(events & (select.POLLERR | select.POLLHUP) for _fd, events in poll.poll()):
            budget.end()

    threading.Thread(target=watch, daemon=True).start()


def _telling(module: AnsibleModule, reader: Reader) -> Callable[[list[Run]], contextlib.AbstractContextManager[None]]:
    """What tells people of runs while they wait for them."""

    def telling(runs: list[Run]) -> contextlib.AbstractContextManager[None]:
        from .progress import told  # only now: who has nothing to wait for need not load it

        return told(runs, reader.service, reader.budget, lambda line: remove_values(line, module.no_log_values))

    return telling


def _begin(module: AnsibleModule, service_for: Callable[[Options], Service]) -> tuple[Reader, list[str]]:
    """What reads the jobs, and the ids that the options name, checked; connected unless there is nothing to do."""
    options: Options = module.params
    for name, (least, most) in _LIMITS.items():
        value = options.get(name)
        if value is not None and not least <= value <= (most or value):
            bounds = f"from {least} to {most}" if most else f"at least {least}"
            raise InvalidInput(f"{name} must be {bounds}, not {value}")
    service = service_for(options)
    ids = options[service.ids_option]
    for id in ids or []:
        service.check_id(id)
    budget = Budget(options["wait_timeout"])
    _end_early(budget)
    if ids != []:
        service.connect(Connection(options, budget, module.no_log_values))
    return Reader(service, budget, options["concurrency"]), ids
