# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo: the collection is built and installed, and one real playbook stops a job in each service of the simulator.

C{python -m tests.demo} runs it.
"""

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

from tests.simulator.running import Simulator

ROOT = pathlib.Path(__file__).resolve().parents[1]
COLLECTIONS = pathlib.Path(sys.prefix) / "collections"
BIN = pathlib.Path(sys.prefix) / "bin"
# What is run, with which arguments, and how many changes its recap must show.
RUNS = (
    ("What would be stopped", ("--check", "--diff"), 4),
    ("Stop it", (), 4),
    ("Once more: nothing is left to do", (), 0),
)


def install_collection() -> None:
    """Build the collection as it would be published, and install it where only the demo looks."""
    galaxy = [str(BIN / "ansible-galaxy"), "collection"]
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([*galaxy, "build", "--output-path", folder, str(ROOT)], check=True, stdout=subprocess.DEVNULL)
        (archive,) = pathlib.Path(folder).glob("*.tar.gz")
        command = [*galaxy, "install", "--force", "--offline", "-p", str(COLLECTIONS), str(archive)]
        # told of no other folder, so that it does not warn of where it installs
        environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS)}
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)


def settings(ready: dict) -> dict[str, str]:
    """The environment variables with which modules reach the simulator and nothing else."""
    return {
        "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
        "HW_ENDPOINT": ready["mrs"],
        "HW_AUTH_TOKEN": ready["token"],
        "HW_PROJECT_ID": ready["project_id"],
        "no_proxy": "127.0.0.1",
    }


def clean_environment() -> dict[str, str]:
    """The environment without what would log somebody in to a real cloud, or change what Ansible prints."""
    own = ("HW_", "OS_", "HUAWEICLOUD_SDK_", "ANSIBLE_")
    quiet = {"ANSIBLE_LOCALHOST_WARNING": "false", "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false"}
    return {**{name: value for name, value in os.environ.items() if not name.startswith(own)}, **quiet}


def play(ready: dict, arguments: tuple[str, ...]) -> int:
    """Run the playbook, show what it prints, and return how many changes its recap counts (-1 where it failed)."""
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
    """Stop one job in each service of the simulator, after a dry run; twice."""
    install_collection()
    with Simulator.start() as simulator:
        for number, (title, arguments, expected) in enumerate(RUNS, 1):
            print(f"\n=== {number}. {title}: ansible-playbook playbooks/demo.yml {' '.join(arguments)}\n", flush=True)
            changed = play(simulator.ready, arguments)
            if changed != expected:
                print(f"The recap should show changed={expected} and failed=0.", file=sys.stderr)
                return 1
    print("The recaps showed 4 would-be changes, 4 changes and none, as they must. The simulator is stopped.")
    return 0


def serve() -> int:
    """Leave the simulator running until Ctrl-C, with what is needed to try it."""
    install_collection()
    with Simulator.start() as simulator:
        examples = simulator.ready["examples"]
        print("# The simulator is running; Ctrl-C stops it. In another shell:\n")
        for name, value in settings(simulator.ready).items():
            print(f"export {name}={shlex.quote(value)}")
        ansible = shlex.quote(str(BIN / "ansible"))
        print(f"\n{ansible} localhost -m dataops.huaweicloud.dli_job -a 'job_id={examples['dli_sql_job_id']}' --check")
        print(f"\n# More running jobs: {json.dumps(examples)}", flush=True)
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            signal.pause()
        except KeyboardInterrupt:
            print("\nThe simulator is stopped.")
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=demo.__doc__)
    parser.add_argument("--serve", action="store_true", help="leave the simulator running instead, for one's own tries")
    sys.exit(serve() if parser.parse_args().serve else demo())
