# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A minimal module with requests: it imports the library and returns the result that another module has saved."""

from __future__ import annotations

import json

import requests
from ansible.module_utils.basic import AnsibleModule


def main() -> None:
    """Return the contents of the file ``result_file``."""
    spec = {"job_ids": {"type": "list", "elements": "str"}, "result_file": {"type": "path"}}
    module = AnsibleModule(argument_spec=spec, supports_check_mode=True)
    if not requests.Session().adapters:
        module.fail_json(msg="requests has no adapters")
    with open(module.params["result_file"], encoding="utf-8") as file:
        module.exit_json(**json.load(file))


if __name__ == "__main__":
    main()
