# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

from ..plugin_utils._progress import ActionModule as ProgressAction

_IGNORING_RUN_ONCE = ("free", "host_pinned")  # strategies


class ActionModule(ProgressAction):
    """Runs the module. With ``run_once``, it does so on one host only, whatever the strategy of the play is."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the module and return its result."""
        first, *_others = (task_vars or {}).get("ansible_play_batch") or [None]
        if self._ignores_run_once() and first != (task_vars or {}).get("inventory_hostname"):
            return {"skipped": True, "skip_reason": f"The task runs once, on the host {first}"}
        return super().run(tmp, task_vars)

    def _ignores_run_once(self) -> bool:
        parent = self._task._parent
        while parent is not None and not hasattr(parent, "_play"):
            parent = parent._parent
        strategy = str(parent._play.strategy) if parent is not None else ""
        return bool(self._task.run_once) and strategy.rpartition(".")[2] in _IGNORING_RUN_ONCE
