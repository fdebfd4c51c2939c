# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation against reality: options, variables, action group, the README's playbooks, ways to log in."""

from __future__ import annotations

import ast
import os
import pathlib
import re
import subprocess
import sys

import pytest
import yaml

from ansible_collections.dataops.huaweicloud.plugins.module_utils import _options

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("*.py"))
README = (ROOT / "README.md").read_text()
LOGGING_IN = (ROOT / "docs" / "logging_in.md").read_text()


def blocks(language, text=README):
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def documentation(path, name="DOCUMENTATION"):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Assign) and node.targets[0].id == name:
            return yaml.safe_load(node.value.value)
    raise AssertionError(f"{path} has no {name}")


def test_the_readme_follows_the_template_of_certified_collections_and_says_what_the_community_asks_for():
    template = ["Description", "Requirements", "Installation", "Use Cases", "Testing", "Support"]
    template += ["Release Notes and Roadmap", "Related Information", "License"]
    assert re.findall(r"^## (.*)", README, re.MULTILINE) == template
    sections = dict(re.findall(r"^## ([^\n]*)\n(.*?)(?=^## |\Z)", README, re.DOTALL | re.MULTILINE))
    assert "Ansible forum" in sections["Support"] and "Code of Conduct" in sections["Support"]
    roadmap = sections["Release Notes and Roadmap"]
    assert "Semantic Versioning" in roadmap and "`plugins/module_utils`" in roadmap


def test_the_action_group_holds_every_module():
    runtime = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text())
    assert sorted(runtime["action_groups"]["all"]) == MODULES


def test_the_documented_variables_are_those_that_are_read_in_the_same_order():
    fragment = documentation(ROOT / "plugins" / "doc_fragments" / "connection.py")["options"]
    documented = {name: tuple(re.findall(r"E\((\w+)\)", str(facts["description"]))) for name, facts in fragment.items()}
    read = {name: tuple(spec["fallback"][1]) for name, spec in arguments.connection().items()}
    assert documented == read


def test_every_option_of_a_module_comes_from_its_documentation_with_type_and_default():
    for name, spec in (
        ("connection", arguments.connection()),
        ("stopping", arguments.stopping("stopped")),
        ("finding", arguments.finding()),
    ):
        documented = documentation(ROOT / "plugins" / "doc_fragments" / f"{name}.py")["options"]
        spec.pop("state", None)
        assert set(documented) == set(spec)
        for option, facts in spec.items():
            assert documented[option]["type"] == facts["type"], option
            assert documented[option].get("default") == facts.get("default"), option
            assert documented[option].get("choices") == facts.get("choices"), option


@pytest.mark.parametrize("module", MODULES)
def test_every_example_is_valid_and_runs_in_check_mode(simulator, play, module):
    tasks = documentation(ROOT / "plugins" / "modules" / f"{module}.py", "EXAMPLES")
    ready = simulator.ready
    variables = {"runaway_jobs": [], "vault_password": ready["password"]}
    for task in tasks:
        (name,) = (key for key in task if key.startswith("dataops.huaweicloud."))
        options = task[name]
        options["endpoint"] = ready["mrs"]
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
    played = play(tasks, "--check", vars={"ansible_python_interpreter": sys.executable, **variables})
    assert played.status == "successful", played.stdout


# In the guide to logging in, for each heading: where the file goes whose content it shows.
FILES = {"clouds.yaml": ".config/openstack/clouds.yaml", "The vendor's profile": ".huaweicloud/credentials"}
SECTIONS = dict(re.findall(r"^## ([^\n]*)\n(.*?)(?=^## |\Z)", LOGGING_IN, re.DOTALL | re.MULTILINE))
WITH_COMMANDS = [(title, number) for title, text in SECTIONS.items() for number in range(len(blocks("shell", text)))]


@pytest.mark.parametrize(("title", "number"), WITH_COMMANDS)
def test_each_way_to_log_in_works_as_the_guide_shows_it(simulator, environment, metadata, title, number):
    ready = simulator.ready
    # what the guide shows, and what it is here
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
    # the guide's hosts are those of a cloud
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


def test_the_inventory_of_the_readme_finds_the_python_that_has_requests(simulator, environment, login, tmp_path):
    (text,) = (block for block in blocks("yaml") if "ansible_connection" in block)
    (tmp_path / "hosts.yml").write_text(text)
    folder = pathlib.Path(sys.executable).parent
    id = simulator.ready["examples"]["dli_sql_job_id"]
    command = [folder / "ansible", "all", "-i", "hosts.yml", "-m", "dataops.huaweicloud.dli_job", "-a", f"job_id={id}"]
    variables = {**environment, **login}
    ran = subprocess.run(command, env=variables, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "localhost | CHANGED" in ran.stdout, ran.stdout + ran.stderr


def test_the_collection_installs_from_a_clone_as_the_readme_says(environment, tmp_path):
    assert "ansible-galaxy collection install .\n" in README
    command = [pathlib.Path(sys.executable).parent / "ansible-galaxy", "collection", "install", ".", "-p", tmp_path]
    variables = {**environment, "ANSIBLE_COLLECTIONS_PATH": str(tmp_path)}
    ran = subprocess.run(command, env=variables, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert (
        tmp_path / "ansible_collections" / "dataops" / "huaweicloud" / "plugins" / "modules" / "ges_job.py"
    ).exists()


def test_the_playbook_of_the_readme_runs(simulator, play):
    (text,) = (block for block in blocks("yaml") if "tasks:" in block)
    (keys,) = yaml.safe_load(text)
    id = keys["tasks"][0]["dataops.huaweicloud.mrs_job_execution"]["job_execution_ids"][0]
    played = play(keys["tasks"], module_defaults=keys["module_defaults"])
    assert played.status == "successful", played.stdout
    assert played.results[1]["msg"][id] == "stopped"


def test_what_the_readme_finds_it_stops(simulator, play):
    (text,) = (block for block in blocks("yaml") if "dli_job_info" in block)
    ids = {job["id"] for job in simulator.seed("dli_sql", count=3)}
    played = play(yaml.safe_load(text))
    assert played.status == "successful", played.stdout
    stopped = {job["id"] for job in played.results[1]["jobs"] if job["outcome"] == "stopped"}
    assert ids <= stopped == {job["id"] for job in played.results[0]["jobs"]}


def test_the_demo_runs_in_a_fresh_copy_at_a_path_with_a_space_and_an_empty_home(tmp_path):
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
