# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action plugin of the modules that stop jobs: runs them as usual, and shows what they tell while they wait."""

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

from ..module_utils._jobs.progress import CHANNEL
from ..module_utils._signals import start_without_signals

_VARIABLE = "huaweicloud_progress"
_SILENCE = 10.0  # seconds until the first line
_MOST = 3600
_ITEM = 80  # characters of a loop's item
_END = b"\n"  # no line is empty
_LAST = 5.0  # seconds that a signal waits for a line


class ActionModule(NormalAction):
    """Runs a module of its own name."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """The module's result, whatever was shown before."""
        variables = task_vars or {}
        silence = self._silence(variables)
        environment = self._task.environment
        with contextlib.ExitStack() as listening:
            if silence and self._listens():
                head = self._head(variables)
                with contextlib.suppress(OSError):  # then nothing is shown
                    path = listening.enter_context(_heard(lambda line: _show(f"{head} => {line}")))
                    self._task.environment = [*(environment or []), {CHANNEL: f"{silence:g} {path}"}]
            try:
                result: dict[str, Any] = super().run(tmp, task_vars)
            finally:
                self._task.environment = environment
        return result

    def _silence(self, variables: dict[str, Any]) -> float:
        """Seconds of waiting until the first line; 0 where none is wanted."""
        value = self._templar.template(variables.get(_VARIABLE))
        if value in (None, ""):
            return _SILENCE
        try:
            seconds = float(value)
        except (TypeError, ValueError):
            seconds = -1
        if 0 <= seconds <= _MOST:
            return seconds
        # what only concerns the display must not keep jobs from being stopped
        Display().warning(
            f"{_VARIABLE} must be a number of seconds from 0 to {_MOST}, not {value}: it is taken for {_SILENCE:g}"
        )
        return _SILENCE

    def _listens(self) -> bool:
        """Whether the module runs on this machine, in the foreground, and may be spoken of."""
        task = self._task
        return bool(self._connection.transport == "local" and not task.no_log and not task.async_val)

    def _head(self, variables: dict[str, Any]) -> str:
        """With what each line begins: module, host and item, as in Ansible's own lines."""
        host = str(variables.get("inventory_hostname"))
        if self._task.delegate_to:
            host = f"{host} -> {self._task.delegate_to}"
        head = f"{self._task.action.rpartition('.')[2]}: [{host}]"
        return f"{head} => (item={self._item(variables)[:_ITEM]})" if self._task.loop is not None else head

    def _item(self, variables: dict[str, Any]) -> str:
        label = self._task.loop_control.label
        if label is None:
            return str(variables.get(variables.get("ansible_loop_var", "item")))
        try:
            return str(self._templar.template(label))
        except AnsibleError:  # a label may need the result
            return "…"


@contextlib.contextmanager
def _heard(show: Callable[[str], None]) -> Iterator[str]:
    """The path of a pipe that takes lines and has them shown; gone afterwards. Raises OSError where none can be had."""
    # Ansible removes its temporary folder, even where it ends its workers
    private: str = C.DEFAULT_LOCAL_TMP  # type: ignore[attr-defined]  # the constants are made at run time
    with tempfile.TemporaryDirectory(prefix="progress-", dir=private) as folder:
        path = os.path.join(folder, "pipe")
        os.mkfifo(path, 0o600)
        # for both, so that it opens at once and does not end before the end is written to it
        with open(path, "r+b", buffering=0) as pipe, _in_one_piece(show) as show_whole:

            def listen() -> None:
                for line in iter(pipe.readline, _END):
                    show_whole(line.decode(errors="replace"))

            listener = start_without_signals(listen)
            try:
                yield path
            finally:
                pipe.write(_END)
                listener.join()


@contextlib.contextmanager
def _in_one_piece(show: Callable[[str], None]) -> Iterator[Callable[[str], None]]:
    """What shows a line in the same way, while a signal that may end this process waits until it is shown.

    A worker that ends within a line leaves the queue to Ansible's main process locked, and that would wait forever.
    """
    ending = False
    showing = threading.Lock()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def show_whole(line: str) -> None:
        if not ending and showing.acquire(blocking=False):
            show(line)
            showing.release()

    def wait(number: int, frame: object) -> None:
        nonlocal ending
        ending = True
        showing.acquire(timeout=_LAST)
        signal.signal(number, before[signal.Signals(number)])
        os.kill(os.getpid(), number)

    for number in before:
        signal.signal(number, wait)
    try:
        yield show_whole
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _show(text: str) -> None:
    """Show a line where warnings are shown: the standard output may be read by a program, or be kept in a buffer."""
    if _read_by_somebody():
        Display().display("".join(each for each in text if each.isprintable()), stderr=True)


def _read_by_somebody() -> bool:
    """Whether the standard error of Ansible's main process is no pipe whose reader has gone (2>&1 | head).

    The main process would fail to write a worker's line there, take no more results, and never end.
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
