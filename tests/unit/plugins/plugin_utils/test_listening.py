# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of how the action plugin receives progress lines, for cases that integration tests cannot provoke."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time

import pytest

from ansible_collections.dataops.huaweicloud.plugins.plugin_utils import _progress

PATIENCE = 10  # seconds to wait for a line


def worker(test):
    """Act as a worker of Ansible that displays a line until it handles a signal."""
    main = threading.main_thread().ident

    def show(line):
        test.send("begun")
        while sys._current_frames()[main].f_code.co_name != "wait":
            time.sleep(0.001)
        test.send(f"shown {line}")

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, frame: os._exit(number))
    with _progress._receive_lines(show) as path:
        with open(path, "w", encoding="utf-8") as pipe:
            pipe.write("one\ntwo\n")
        while True:
            signal.pause()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_signal_waits_until_line_is_shown(number):
    forked = multiprocessing.get_context("fork")
    here, there = forked.Pipe()
    process = forked.Process(target=worker, args=(there,))
    process.start()
    there.close()
    assert here.poll(PATIENCE)
    assert here.recv() == "begun"
    os.kill(process.pid, number)
    assert here.poll(PATIENCE)
    assert here.recv() == "shown one\n"
    process.join(PATIENCE)
    assert process.exitcode == number
    with pytest.raises(EOFError):
        here.recv()
