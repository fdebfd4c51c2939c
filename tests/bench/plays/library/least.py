# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The least that a module built on requests takes: it imports the library, and returns what another has found out."""

from __future__ import annotations

import json

import requests
from ansible.module_utils.basic import AnsibleModule


def main() -> None:
    spec = {"job_ids": {"type": "list", "elements": "str"}, "result": {"type": "path"}}
    module = AnsibleModule(argument_spec=spec, supports_check_mode=True)
    if not requests.Session().adapters:
        module.fail_json(msg="requests is not what it was")
    with open(module.params["result"], encoding="utf-8") as file:
        module.exit_json(**json.load(file))


if __name__ == "__main__":
    main()
