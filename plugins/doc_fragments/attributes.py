# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """What Ansible's own features are to these modules."""

    DOCUMENTATION = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/dataops.huaweicloud.all) in C(module_defaults) to set defaults for all modules of this collection.
    support: full
    membership:
      - dataops.huaweicloud.all
  check_mode:
    description: Can run in C(check_mode) and tell what it would change. Nothing that changes a job is sent then.
    support: full
  diff_mode:
    description: Returns what has changed, or would change, when in C(diff) mode.
    support: full
"""

    INFO = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode), where it does the same, since it changes nothing.
    support: full
  diff_mode:
    description: Returns what has changed, or would change, when in C(diff) mode.
    support: N/A
    details: Nothing is changed.
"""
