# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build and install the collection, and stop a job in each service of the simulator: ``python -m tests.demo``."""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import re
import shlex
import signal
import subprocess
import sys
import tempfile
from typing import Any

from tests.simulator.running import Simulator

ROOT = pathlib.Path(__file__).resolve().parents[1]
COLLECTIONS = pathlib.Path(sys.prefix) / "collections"
BIN = pathlib.Path(sys.prefix) / "bin"
# For each run: title, arguments, and the number of changes that its recap must show.
RUNS = (
    ("Check mode: show what would be stopped", ("--check", "--diff"), 4),
    ("Stop the jobs", (), 4),
    ("Run again: all jobs have already ended", (), 0),
)


def install_collection() -> None:
    """Build the collection as for a release, and install it in a folder that only the demo uses."""
    galaxy = [str(BIN / "ansible-galaxy"), "collection"]
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([*galaxy, "build", "--output-path", folder, str(ROOT)], check=True, stdout=subprocess.DEVNULL)
        (archive,) = pathlib.Path(folder).glob("*.tar.gz")
        command = [*galaxy, "install", "--force", "--offline", "-p", str(COLLECTIONS), str(archive)]
        # Without other folders in the path, ansible-galaxy prints no warning about the target folder.
        environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS)}
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)


def settings(ready: dict[str, Any]) -> dict[str, str]:
    """Return the environment variables with which the modules use the simulator."""
    return {
        "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
        "HW_ENDPOINT": ready["mrs"],
        "HW_AUTH_TOKEN": ready["token"],
        "HW_PROJECT_ID": ready["project_id"],
        "no_proxy": "127.0.0.1",
    }


def clean_environment() -> dict[str, str]:
    """Return the environment without variables that contain credentials or change the output of Ansible."""
    own = ("HW_", "OS_", "HUAWEICLOUD_SDK_", "ANSIBLE_")
    quiet = {"ANSIBLE_LOCALHOST_WARNING": "false", "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false"}
    return {**{name: value for name, value in os.environ.items() if not name.startswith(own)}, **quiet}


def play(ready: dict[str, Any], arguments: tuple[str, ...]) -> int:
    """Run the playbook and print its output.

    :returns: The number of changes in the recap, or -1 if the run failed.
    """
    playbook = [str(BIN / "ansible-playbook"), "playbooks/demo.yml", "-e", json.dumps(ready["examples"]), *arguments]
    environment = {**clean_environment(), **settings(ready)}
    recap = ""
    with subprocess.Popen(playbook, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout or ():
            print(line, end="", flush=True)
            recap = line if line.strip() else recap
    changed = re.search(r"changed=(\d+).*failed=0", recap)
    return int(changed[1]) if changed and process.returncode == 0 else -1


def demo() -> int:
    """Stop one job in each service of the simulator: in check mode, then for real, then again."""
    install_collection()
    with Simulator.start() as simulator:
        for number, (title, arguments, expected) in enumerate(RUNS, 1):
            print(f"\n=== {number}. {title}: ansible-playbook playbooks/demo.yml {' '.join(arguments)}\n", flush=True)
            changed = play(simulator.ready, arguments)
            if changed != expected:
                print(f"Unexpected recap: it must show changed={expected} and failed=0.", file=sys.stderr)
                return 1
    print("The recaps show 4 changes in check mode, then 4 changes, then 0, as expected. The simulator is stopped.")
    return 0


def serve() -> int:
    """Start the simulator, print how to use it, and wait for Ctrl-C."""
    install_collection()
    with Simulator.start() as simulator:
        examples = simulator.ready["examples"]
        print("# The simulator is running. Press Ctrl-C to stop it. In another shell, run:\n")
        for name, value in settings(simulator.ready).items():
            print(f"export {name}={shlex.quote(value)}")
        ansible = shlex.quote(str(BIN / "ansible"))
        print(f"\n{ansible} localhost -m dataops.huaweicloud.dli_job -a 'job_id={examples['dli_sql_job_id']}' --check")
        print(f"\n# Running jobs: {json.dumps(examples)}", flush=True)
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            signal.pause()
        except KeyboardInterrupt:
            print("\nThe simulator is stopped.")
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=demo.__doc__)
    parser.add_argument(
        "--serve", action="store_true", help="start the simulator and leave it running, to try your own commands"
    )
    sys.exit(serve() if parser.parse_args().serve else demo())
