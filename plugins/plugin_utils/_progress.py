# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: do not import this file from other code.
"""The action plugin of the modules that stop jobs: it runs the module and displays its progress lines."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import tempfile
import threading
from collections.abc import Iterator
from typing import Any, Callable

from ansible import constants as C
from ansible.errors import AnsibleError
from ansible.plugins.action.normal import ActionModule as NormalAction
from ansible.utils.display import Display

from ..module_utils._jobs.progress import PROGRESS_VARIABLE
from ..module_utils._signals import start_without_signals

_VARIABLE = "huaweicloud_progress"
_DEFAULT_INTERVAL = 10.0  # seconds until the first line
_MAX_INTERVAL = 3600
_ITEM_LENGTH = 80  # characters of a loop item
_END = b"\n"  # no progress line is empty
_MAX_DELAY = 5.0  # seconds that a signal waits for the display of a line


class ActionModule(NormalAction):
    """Runs the module of the same name."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the module and return its result."""
        variables = task_vars or {}
        interval = self._interval(variables)
        environment = self._task.environment
        with contextlib.ExitStack() as listening:
            if interval and self._can_display():
                prefix = self._prefix(variables)
                with contextlib.suppress(OSError):  # without a pipe nothing is displayed
                    path = listening.enter_context(_receive_lines(lambda line: _display(f"{prefix} => {line}")))
                    self._task.environment = [*(environment or []), {PROGRESS_VARIABLE: f"{interval:g} {path}"}]
            try:
                result: dict[str, Any] = super().run(tmp, task_vars)
            finally:
                self._task.environment = environment
        return result

    def _interval(self, variables: dict[str, Any]) -> float:
        """Return the seconds until the first line, 0 if no lines are wanted."""
        value = variables.get(_VARIABLE)
        try:
            value = self._templar.template(value)
            if value in (None, ""):
                return _DEFAULT_INTERVAL
            seconds = float(value)
        except (AnsibleError, TypeError, ValueError):  # AnsibleError: the variable refers to an undefined one
            seconds = -1
        if 0 <= seconds <= _MAX_INTERVAL:
            return seconds
        # a display option must not keep the task from stopping jobs
        Display().warning(
            f"{_VARIABLE} must be a number of seconds between 0 and {_MAX_INTERVAL}, not {value}. "
            f"Using {_DEFAULT_INTERVAL:g}."
        )
        return _DEFAULT_INTERVAL

    def _can_display(self) -> bool:
        """Return whether the module runs on this machine, in the foreground, and its output is not hidden."""
        task = self._task
        return bool(self._connection.transport == "local" and not task.no_log and not task.async_val)

    def _prefix(self, variables: dict[str, Any]) -> str:
        """Return the beginning of each line: module, host and item, as in Ansible's own lines."""
        host = str(variables.get("inventory_hostname"))
        if self._task.delegate_to:
            host = f"{host} -> {self._task.delegate_to}"
        prefix = f"{self._task.action.rpartition('.')[2]}: [{host}]"
        return f"{prefix} => (item={self._item(variables)[:_ITEM_LENGTH]})" if self._task.loop is not None else prefix

    def _item(self, variables: dict[str, Any]) -> str:
        label = self._task.loop_control.label
        if label is None:
            return str(variables.get(variables.get("ansible_loop_var", "item")))
        try:
            return str(self._templar.template(label))
        except AnsibleError:  # a label may need the result
            return "…"


@contextlib.contextmanager
def _receive_lines(display: Callable[[str], None]) -> Iterator[str]:
    """Yield the path of a pipe whose lines are displayed. Raise OSError if it cannot be created."""
    # Ansible removes its temporary folder, also when it ends its workers
    private: str = C.DEFAULT_LOCAL_TMP  # type: ignore[attr-defined]  # the constants are made at run time
    with tempfile.TemporaryDirectory(prefix="progress-", dir=private) as folder:
        path = os.path.join(folder, "pipe")
        os.mkfifo(path, 0o600)
        # open for reading and writing, so that opening does not block and only the end mark ends the lines
        with open(path, "r+b", buffering=0) as pipe, _without_interruption(display) as display_whole:

            def listen() -> None:
                for line in iter(pipe.readline, _END):
                    display_whole(line.decode(errors="replace"))

            listener = start_without_signals(listen)
            try:
                yield path
            finally:
                pipe.write(_END)
                listener.join()


@contextlib.contextmanager
def _without_interruption(display: Callable[[str], None]) -> Iterator[Callable[[str], None]]:
    """Yield a function that displays a line, and delay signals that may end this process until it has returned.

    A worker that ends within a line leaves the queue to Ansible's main process locked, and Ansible would wait forever.
    """
    ending = False
    displaying = threading.Lock()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def display_whole(line: str) -> None:
        if not ending and displaying.acquire(blocking=False):
            display(line)
            displaying.release()

    def wait(number: int, frame: object) -> None:
        nonlocal ending
        ending = True
        displaying.acquire(timeout=_MAX_DELAY)
        signal.signal(number, before[signal.Signals(number)])
        os.kill(os.getpid(), number)

    for number in before:
        signal.signal(number, wait)
    try:
        yield display_whole
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _display(text: str) -> None:
    """Display a line on the standard error: a program may read the standard output, or it may be buffered."""
    if _has_reader():
        Display().display("".join(each for each in text if each.isprintable()), stderr=True)


def _has_reader() -> bool:
    """Return False if the standard error of Ansible's main process is a pipe without a reader (``2>&1 | head``).

    The main process could not write the line of a worker there, would accept no more results, and would never end.
    """
    try:
        errors = os.open(f"/proc/{os.getppid()}/fd/2", os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
    except OSError:  # not Linux, or a socket
        return True
    try:
        poll = select.poll()
        poll.register(errors, 0)
        return not poll.poll(0)
    finally:
        os.close(errors)
