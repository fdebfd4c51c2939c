# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation matches the code: options, variables, action group, playbooks, authentication."""

from __future__ import annotations

import ast
import os
import pathlib
import re
import subprocess
import sys

import pytest
import yaml

from ansible_collections.dataops.huaweicloud.plugins.module_utils import _arguments, _options

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("*.py"))
README = (ROOT / "README.md").read_text()
LOGGING_IN = (ROOT / "docs" / "logging_in.md").read_text()


def blocks(language, text=README):
    """Return the code blocks of a language in a page."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def documentation(path, name="DOCUMENTATION"):
    """Return a parsed documentation block of a plugin."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Assign) and node.targets[0].id == name:
            return yaml.safe_load(node.value.value)
    raise AssertionError(f"{path} has no {name}")


def test_readme_follows_certified_template():
    template = ["Description", "Requirements", "Installation", "Use Cases", "Testing", "Support"]
    template += ["Release Notes and Roadmap", "Related Information", "License"]
    assert re.findall(r"^## (.*)", README, re.MULTILINE) == template
    sections = dict(re.findall(r"^## ([^\n]*)\n(.*?)(?=^## |\Z)", README, re.DOTALL | re.MULTILINE))
    assert "Ansible forum" in sections["Support"] and "Code of Conduct" in sections["Support"]
    roadmap = sections["Release Notes and Roadmap"]
    assert "Semantic Versioning" in roadmap and "`plugins/module_utils`" in roadmap


def test_action_group_lists_every_module():
    runtime = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text())
    assert sorted(runtime["action_groups"]["all"]) == MODULES


def test_variables_match_documentation():
    fragment = documentation(ROOT / "plugins" / "doc_fragments" / "connection.py")["options"]
    documented = {name: tuple(re.findall(r"E\((\w+)\)", str(facts["description"]))) for name, facts in fragment.items()}
    read = {name: option.variables for name, option in _options.CONNECTION_OPTIONS.items() if option.argument}
    assert documented == read


def test_options_match_documentation():
    for name, spec in (
        ("connection", _options.connection_arguments()),
        ("stopping", _arguments.STOP_ARGUMENTS),
        ("finding", _arguments.INFO_ARGUMENTS),
    ):
        documented = documentation(ROOT / "plugins" / "doc_fragments" / f"{name}.py")["options"]
        assert set(documented) == set(spec)
        for option, facts in spec.items():
            assert documented[option]["type"] == facts["type"], option
            assert documented[option].get("default") == facts.get("default"), option
            assert documented[option].get("choices") == facts.get("choices"), option


@pytest.mark.parametrize("module", MODULES)
def test_examples_run_in_check_mode(simulator, run_playbook, module):
    tasks = documentation(ROOT / "plugins" / "modules" / f"{module}.py", "EXAMPLES")
    ready = simulator.ready
    variables = {"runaway_jobs": [], "vault_password": ready["password"]}
    for task in tasks:
        (name,) = (key for key in task if key.startswith("dataops.huaweicloud."))
        options = task[name]
        options["endpoint"] = ready["mrs"]
        for target in options.get("targets", ()) if isinstance(options.get("targets"), list) else ():
            if "cluster_id" in target:
                target["cluster_id"] = ready["examples"][f"{target['service']}_cluster_id"]
        if not name.endswith("_info"):
            options["missing"] = "ignore"
        if "cluster_id" in options:
            options["cluster_id"] = ready["examples"]["cdm_cluster_id" if "cdm" in name else "mrs_cluster_id"]
        for name, here in (("domain_name", "domain_name"), ("username", "username"), ("project_name", "project_name")):
            if name in options:
                options[name] = ready[here]
                options["auth_url"] = ready["iam"]
        if "graph_name" in options:
            options["graph_name"] = ready["examples"]["ges_graph_name"]
        if "graph_name" in options:
            options["graph_address"] = ready["ges_service"]
        if "username" in options:
            task["environment"] = {"HW_AUTH_TOKEN": "", "HW_PROJECT_ID": ""}
    playbook_run = run_playbook(tasks, "--check", vars={"ansible_python_interpreter": sys.executable, **variables})
    assert playbook_run.status == "successful", playbook_run.stdout


# Where the files belong that docs/logging_in.md shows, by heading.
FILES = {"clouds.yaml": ".config/openstack/clouds.yaml", "The vendor's profile": ".huaweicloud/credentials"}
SECTIONS = dict(re.findall(r"^## ([^\n]*)\n(.*?)(?=^## |\Z)", LOGGING_IN, re.DOTALL | re.MULTILINE))
WITH_COMMANDS = [(title, number) for title, text in SECTIONS.items() for number in range(len(blocks("shell", text)))]


@pytest.mark.parametrize(("title", "number"), WITH_COMMANDS)
def test_login_guide_commands_work(simulator, environment, metadata, title, number):
    ready = simulator.ready
    # the examples of the guide and their values in the simulator
    here = {
        "MIIF-your-token": ready["token"],
        "https://iam.eu-de.otc.t-systems.com/v3": ready["iam"],
        "your-mfa-password": ready["mfa_password"],
        "your-passcode": ready["mfa_passcode"],
        "your-password": ready["password"],
        "YOURACCESSKEY": ready["access_key"],
        "your-secret-key": ready["secret_key"],
        "YOURTEMPORARYKEY": ready["temporary_access_key"],
        "your-temporary-secret-key": ready["temporary_secret_key"],
        "your-security-token": ready["security_token"],
    }

    def translated(text):
        for shown, value in here.items():
            text = text.replace(shown, value)
        return text

    home = pathlib.Path(environment["HOME"])
    if title in FILES:
        (content,) = blocks("yaml", SECTIONS[title]) + blocks("ini", SECTIONS[title])
        (home / FILES[title]).parent.mkdir(parents=True)
        (home / FILES[title]).write_text(translated(content))
    command = translated(blocks("shell", SECTIONS[title])[number])
    # replace the hosts of a real cloud
    own = {"HW_ENDPOINT": ready["mrs"], "HW_AUTH_URL": "" if "OS_AUTH_URL" in command else ready["iam"]}
    path = f"{pathlib.Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    ran = subprocess.run(
        ["bash", "-euc", command],
        env={**environment, **metadata.variables, **own, "PATH": path},
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "localhost | CHANGED" in ran.stdout and '"outcome": "stopped"' in ran.stdout, ran.stdout + ran.stderr


def test_readme_inventory_finds_python(simulator, environment, login, tmp_path):
    (text,) = (block for block in blocks("yaml") if "ansible_connection" in block)
    (tmp_path / "hosts.yml").write_text(text)
    folder = pathlib.Path(sys.executable).parent
    id = simulator.ready["examples"]["dli_sql_job_id"]
    command = [folder / "ansible", "all", "-i", "hosts.yml", "-m", "dataops.huaweicloud.dli_job", "-a", f"job_id={id}"]
    variables = {**environment, **login}
    ran = subprocess.run(command, env=variables, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "localhost | CHANGED" in ran.stdout, ran.stdout + ran.stderr


def test_collection_installs_from_clone(environment, tmp_path):
    assert "ansible-galaxy collection install .\n" in README
    command = [pathlib.Path(sys.executable).parent / "ansible-galaxy", "collection", "install", ".", "-p", tmp_path]
    variables = {**environment, "ANSIBLE_COLLECTIONS_PATH": str(tmp_path)}
    ran = subprocess.run(command, env=variables, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert (
        tmp_path / "ansible_collections" / "dataops" / "huaweicloud" / "plugins" / "modules" / "ges_job.py"
    ).exists()


def test_readme_playbook_runs(simulator, run_playbook):
    (text,) = (block for block in blocks("yaml") if "tasks:" in block)
    (keys,) = yaml.safe_load(text)
    id = keys["tasks"][0]["dataops.huaweicloud.mrs_job_execution"]["job_execution_ids"][0]
    playbook_run = run_playbook(keys["tasks"], module_defaults=keys["module_defaults"])
    assert playbook_run.status == "successful", playbook_run.stdout
    assert playbook_run.results[1]["msg"][id] == "stopped"


def test_readme_stops_jobs_it_finds(simulator, run_playbook):
    (text,) = (block for block in blocks("yaml") if "dli_job_info" in block)
    ids = {job["id"] for job in simulator.seed("dli_sql", count=3)}
    playbook_run = run_playbook(yaml.safe_load(text))
    assert playbook_run.status == "successful", playbook_run.stdout
    stopped = {job["id"] for job in playbook_run.results[1]["jobs"] if job["outcome"] == "stopped"}
    assert ids <= stopped == {job["id"] for job in playbook_run.results[0]["jobs"]}


def test_demo_runs_in_fresh_copy(tmp_path):
    copy = tmp_path / "a fresh copy"
    home = tmp_path / "home"
    home.mkdir()
    listed = subprocess.run(
        ["git", "ls-files", "-z", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, check=True
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        target = copy / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((ROOT / name).read_bytes())
    kept = {
        name: value for name, value in os.environ.items() if name in ("PATH", "LANG", "PYENV_ROOT", "PYENV_VERSION")
    }
    kept |= {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_", "REQUESTS_"))}
    ran = subprocess.run(
        ["make", "demo"], cwd=copy, env={**kept, "HOME": str(home)}, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    recaps = re.findall(r"^localhost +: .*changed=(\d+)", ran.stdout, re.MULTILINE)
    assert recaps == ["4", "4", "0"]
    assert ran.stdout.count("-> Terminated") == 2
