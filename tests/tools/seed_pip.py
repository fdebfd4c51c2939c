# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Give ansible-test the script with which it installs pip in its virtual environments.

By default, ansible-test downloads the script from a host of the Ansible project, so all sanity tests fail if only a
package index is reachable. Run this script with the Python in which ansible-core is installed.
"""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

CACHE = Path.home() / ".ansible/test/cache"
SCRIPT = """\
import runpy, sys
sys.path.insert(0, {wheel!r})
sys.argv[1:] = ["install"] + [a for a in sys.argv[1:] if a not in ("--no-setuptools", "--no-wheel")]
runpy.run_module("pip", run_name="__main__", alter_sys=True)
"""


def main() -> None:
    """Write one script for each version of pip that ansible-test installs."""
    spec = find_spec("ansible_test")
    assert spec, "ansible-core is not installed in this environment"
    source = Path(str(spec.origin)).with_name("_internal") / "python_requirements.py"
    # The versions of pip that this ansible-test installs.
    for version in re.findall(r"pip='([\d.]+)'", source.read_text(encoding="utf-8")):
        script = CACHE / f"get_pip_{version.replace('.', '_')}.py"
        if not script.exists():
            CACHE.mkdir(parents=True, exist_ok=True)
            download = ("pip", "download", "-qq", "--no-deps", "--dest", str(CACHE), f"pip=={version}")
            subprocess.run([sys.executable, "-m", *download], check=True)
            script.write_text(SCRIPT.format(wheel=str(CACHE / f"pip-{version}-py3-none-any.whl")), encoding="utf-8")


if __name__ == "__main__":
    main()
