# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The data for AWX: loading it, and its jobs, run as AWX runs them."""

from __future__ import annotations

import copy
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess

import ansible_runner
import awx
import pytest
import yaml
from awx_plugins.credentials.plugins import openstack
from conftest import BIN
from job_kinds import KINDS, request_meanings
from packaging.specifiers import SpecifierSet
from servers import Authority

from tests.simulator.running import Simulator

pytestmark = pytest.mark.operations

DATA = awx.data()
TYPES, TEMPLATES, WORKFLOWS = (DATA[f"controller_{name}"] for name in ("credential_types", "templates", "workflows"))
PASSWORD, KEY = TYPES
MRS, MRS_V2, CDM, SQL, SPARK, FLINK, GES = KINDS
SURVEYS = [item for item in TEMPLATES + WORKFLOWS if "survey_spec" in item]
GUIDE = (awx.ROOT / "docs" / "awx.md").read_text()
SECRETS = ("password", "token", "secret_key", "temporary_secret_key", "security_token")
by_name = {"ids": lambda item: item["name"]}


def filled_in(type, ready, **more):
    """Return the fields of a credential in which everything is empty that is not required."""
    by_key = {"access_key": ready["access_key"], "secret_key": ready["secret_key"]}
    by_password = {name: ready[name] for name in ("username", "password", "domain_name")}
    empty = {field["id"]: "" for field in type["inputs"]["fields"] if field["type"] == "string"}
    where = {"region": ready["region"], "endpoint": ready["mrs"], "auth_url": ready["iam"]}
    return {**empty, **(by_password if type is PASSWORD else by_key), **where, **more}


# The rules of AWX for the data


@pytest.mark.parametrize("type", TYPES, **by_name)
def test_credential_type_sets_variables_of_modules(type, connection_options):
    awx.check_credential_type(type)
    fields = {field["id"]: field for field in type["inputs"]["fields"]}
    for variable, template in type["injectors"]["env"].items():
        spec, expected = connection_options.pop(variable), fields[re.search(r"\w+(?= }}| %})", template)[0]]
        # a field is secret if the option of the module is secret
        assert bool(expected.get("secret")) is bool(spec.get("no_log")), variable
        assert (expected["type"] == "boolean") is (spec.get("type") == "bool"), variable
    # AWX sets a boolean that is not given to False, so False must be the safe value
    booleans = {field["id"] for field in fields.values() if field["type"] == "boolean"}
    assert booleans == {"insecure", "allow_http"}


@pytest.fixture
def connection_options(run_module):
    """Return the argument specs of the connection options by their first environment variable."""
    from ansible_collections.dataops.huaweicloud.plugins.module_utils._options import CONNECTION_OPTIONS

    return {option.variables[0]: option.argument for option in CONNECTION_OPTIONS.values() if option.argument}


def broken(item, *path):
    """Return a copy of an item with one value replaced."""
    *parents, last, value = path
    changed = inner = copy.deepcopy(item)
    for key in parents:
        inner = inner[key]
    inner[last] = value
    return changed


@pytest.mark.parametrize(
    "change",
    [
        ("inputs", "fields", 0, "required", True),
        ("inputs", "fields", 0, "id", "tower"),
        ("inputs", "fields", 0, "type", "integer"),
        ("inputs", "fields", 0, "id", "region"),
        ("inputs", "fields", -1, "secret", True),
        ("inputs", "required", ["region", "nothing"]),
        ("injectors", "env", "ANSIBLE_CONFIG", "{{ region }}"),
        ("injectors", "env", "PATH", "{{ region }}"),
        ("injectors", "env", "HW_REGION_NAME", "{{ regoin }}"),
        ("injectors", "env", "HW_CACERT", "{{ tower.filename }}{{ tower.filename.other }}"),
        ("injectors", "file", "template", "{{ region }}"),
    ],
    ids=str,
)
def test_invalid_credential_type_is_found(change):
    with pytest.raises(awx.Refused):
        awx.check_credential_type(broken(PASSWORD, *change))


@pytest.mark.parametrize("item", SURVEYS, **by_name)
def test_survey_follows_the_rules_of_awx(item):
    awx.check_survey(item["survey_spec"])
    for question in item["survey_spec"]["spec"]:
        # AWX refuses "" for a question that is not a text, so an optional one needs a default
        if not question["required"] and question["type"] not in ("text", "textarea"):
            awx.check_answer(question, question["default"])
        elif not question["required"]:
            assert question["default"] == ""
        # otherwise, AWX accepts "" as the answer to a required text
        elif question["type"] == "text":
            assert question["min"] == 1
            with pytest.raises(awx.Refused):
                awx.check_answer(question, "")


@pytest.mark.parametrize(
    "change",
    [
        ("spec", 0, "default", "all"),
        ("spec", 0, "required", "yes"),
        ("spec", 0, "variable", "jobs_kind"),
        ("spec", 14, "default", "100"),
        ("spec", 14, "min", "0"),
        ("spec", 16, "choices", [False, True]),
        ("spec", []),
        ("description", None),
    ],
    ids=str,
)
def test_invalid_survey_is_found(change):
    with pytest.raises(awx.Refused):
        awx.check_survey(broken(TEMPLATES[0]["survey_spec"], *change))


QUESTIONS = [question for item in SURVEYS for question in item["survey_spec"]["spec"]]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question["variable"])
def test_question_has_the_name_of_its_option(question):
    """Messages name options and variables. The user of a survey must recognize the question."""
    assert f"jobs_{question['question_name'].lower().replace(' ', '_')}" == question["variable"]


def test_guide_describes_each_question():
    rows = re.findall(r"^\| ([^|]+) \| `(jobs_\w+)` \|", GUIDE, re.MULTILINE)
    assert dict(rows) == {question["question_name"]: question["variable"] for question in QUESTIONS}


def test_surveys_ask_for_known_variables():
    known = {
        *("jobs_service", "jobs_kind", "jobs_cluster_id", "jobs_graph_name", "jobs_graph_address"),
        *("jobs_region", "jobs_project_id", "jobs_ids", "jobs_name", "jobs_status", "jobs_owner", "jobs_queue"),
        *("jobs_name_regex", "jobs_older_than", "jobs_max_jobs", "jobs_wait_timeout", "jobs_no_wait"),
        "jobs_ignore_missing",
    }
    assert {question["variable"] for question in awx.named(TEMPLATES, "Stop data jobs")["survey_spec"]["spec"]} == known
    assert {question["variable"] for question in QUESTIONS} == known
    # GES has no start times, so its jobs cannot be overdue
    for template in TEMPLATES:
        if "stop_overdue" in template["playbook"]:
            spec = template["survey_spec"]["spec"]
            assert "ges" not in spec[0].get("choices", []) and not [q for q in spec if "graph" in q["variable"]]
            assert template.get("extra_vars", {}).get("jobs_hosts") in (None, "all:!ges")


def test_unknown_variables_of_a_launch_are_ignored():
    template = awx.named(TEMPLATES, "Stop data jobs")
    answers = awx.left_empty(template, jobs_service="dli", jobs_max_jobs=None, job_ids="x", jobs_hosts="all")
    variables, ignored = awx.launch(template, answers)
    assert ignored == {"job_ids": "x", "jobs_hosts": "all"}
    assert not variables.keys() & ignored and variables["jobs_max_jobs"] is None
    assert variables["jobs_wait_timeout"] == 300 and variables["jobs_ids"] == ""


def test_data_contains_no_templates_for_awx():
    """With ``ALLOW_JINJA_IN_EXTRA_VARS`` set to "never", AWX does not evaluate the extra variables of a template."""
    for template in TEMPLATES:
        assert "{{" not in json.dumps(template.get("extra_vars", {}))


def test_inventory_source_has_an_execution_environment():
    """AWX does not use the default environment of the project for an inventory source."""
    environments = [item["name"] for item in DATA["controller_execution_environments"]]
    for source in DATA["controller_inventory_sources"]:
        assert source["execution_environment"] in environments


def test_image_has_a_supported_ansible():
    image = yaml.safe_load((awx.ROOT / "extensions" / "awx" / "execution-environment.yml").read_text())
    runtime = yaml.safe_load((awx.ROOT / "meta" / "runtime.yml").read_text())
    core = image["dependencies"]["ansible_core"]["package_pip"]
    version = re.fullmatch(r"ansible-core~=(\d+\.\d+\.\d+)", core)[1]
    assert SpecifierSet(runtime["requires_ansible"]).contains(version)
    python = image["dependencies"]["python_interpreter"]
    assert python["python_path"] == f"/usr/bin/{python['package_system']}" and python["package_system"] >= "python3.12"
    assert "awx-ee" not in image["images"]["base_image"]["name"]


def test_awx_lists_only_playbooks_for_users():
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    files = subprocess.check_output(command, cwd=awx.ROOT, text=True).splitlines()
    listed = awx.listed_playbooks([name for name in files if (awx.ROOT / name).is_file()])
    assert {name for name in listed if not name.startswith("playbooks/")} == {"extensions/awx/stop_planned_jobs.yml"}
    assert {template["playbook"] for template in TEMPLATES} <= listed


# Authentication with the variables that AWX sets


def variables_of(type, inputs, folder):
    """Return the environment that AWX sets for a credential. AWX must not show its secrets."""
    injected, shown = awx.inject(type, inputs, folder)
    assert not [name for name in SECRETS if inputs.get(name) and inputs[name] in json.dumps(shown)]
    return injected


@pytest.mark.parametrize("leaves", ["empty", "out"])
@pytest.mark.parametrize("type", TYPES, **by_name)
def test_empty_fields_count_as_not_set(simulator, run_stop_module, monkeypatch, tmp_path, type, leaves):
    inputs = filled_in(type, simulator.ready)
    if leaves == "out":
        inputs = {name: value for name, value in inputs.items() if value}
    injected = variables_of(type, inputs, tmp_path)
    assert injected.keys() == type["injectors"]["env"].keys()
    assert (injected["HW_INSECURE"], injected["HW_ALLOW_HTTP"], injected["HW_CACERT"]) == ("False", "False", "")
    for name, value in injected.items():
        monkeypatch.setenv(name, value)
    result, meanings = run_stop_module(SQL, default_login=False), request_meanings(simulator)
    assert result["jobs"][0]["outcome"] == "stopped", result["msg"]
    assert ("iam.token.create" in meanings) is (type is PASSWORD)


def test_temporary_access_key_and_project_id_work(simulator, run_stop_module, monkeypatch, tmp_path):
    ready = simulator.ready
    temporary = {name: ready[f"temporary_{name}"] for name in ("access_key", "secret_key")}
    inputs = filled_in(KEY, ready, **temporary, security_token=ready["security_token"], project_id=ready["project_id"])
    for name, value in variables_of(KEY, inputs, tmp_path).items():
        monkeypatch.setenv(name, value)
    result, meanings = run_stop_module(SQL, default_login=False), request_meanings(simulator)
    assert result["jobs"][0]["outcome"] == "stopped", result["msg"]
    assert "iam.project.list" not in meanings


def test_certificates_of_the_credential_are_used(run_module, monkeypatch, tmp_path):
    authority = Authority(tmp_path)
    certificate, key, _both = authority.issue("127.0.0.1")
    authorities = (tmp_path / "ca.pem").read_text()
    with Simulator.start("--tls", "all", "--certfile", certificate, "--keyfile", key) as simulator:
        id = simulator.seed("dli_sql")[0]["id"]
        for more, outcome in (
            ({}, "certificate verify failed"),
            ({"ca_cert": authorities}, "1 stopped"),
            ({"insecure": True}, "1 already_ended"),
        ):
            inputs = filled_in(PASSWORD, simulator.ready, **more)
            for name, value in variables_of(PASSWORD, inputs, tmp_path).items():
                monkeypatch.setenv(name, value)
            result = run_module("dli_job", job_ids=[id], wait_sleep=0.02, retries=0)
            assert outcome in result["msg"]


def test_openstack_credential_of_awx_works(simulator, run_stop_module, monkeypatch, tmp_path):
    ready = simulator.ready
    inputs = {
        **{"host": ready["iam"], "username": ready["username"], "password": ready["password"]},
        **{"domain": ready["domain_name"], "project": ready["project_name"], "region": ready["region"]},
    }
    for name, value in variables_of(openstack, inputs, tmp_path).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("HW_ENDPOINT", ready["mrs"])
    result, meanings = run_stop_module(SQL, default_login=False), request_meanings(simulator)
    assert result["jobs"][0]["outcome"] == "stopped", result["msg"]
    assert meanings[0] == "iam.token.create"


# Loading


class Load:
    """A run of the playbook that loads the data.

    :ivar changed: the number of objects that the modules report as changed.
    """

    def __init__(self, process):
        self.exit_code, self.output = process.returncode, process.stdout + process.stderr
        self.changed = len(re.findall(r"^changed: ", process.stdout, re.MULTILINE))


@pytest.fixture
def controller():
    with awx.Controller() as controller:
        yield controller


@pytest.fixture
def load(controller, environment, tmp_path):
    """Load the data into the stand-in with the modules of awx.awx, by the command in the guide."""
    collections = os.environ.get("AWX_COLLECTIONS")
    if not collections:
        pytest.skip("AWX_COLLECTIONS names no folder with the collection awx.awx")
    (tmp_path / "extensions").symlink_to(awx.ROOT / "extensions")
    (command,) = re.findall(r"ansible-playbook extensions/awx/load.yml.*", GUIDE)

    def run(collections=collections, **settings):
        (tmp_path / "awx.yml").write_text(json.dumps({f"huaweicloud_awx_{key}": settings[key] for key in settings}))
        own = {
            "CONTROLLER_HOST": controller.url,
            "CONTROLLER_OAUTH_TOKEN": "token",
            "ANSIBLE_COLLECTIONS_PATH": f"{collections}:{environment['ANSIBLE_COLLECTIONS_PATH']}",
        }
        words = [BIN / "ansible-playbook", *shlex.split(command)[1:]]
        options = {"cwd": tmp_path, "capture_output": True, "text": True, "timeout": 240}
        return Load(subprocess.run(words, env={**environment, **own}, check=False, **options))

    return run


# For each load: awx.awx reports a change of each workflow with an approval, but changes nothing.
FALSE_CHANGES = len(WORKFLOWS)
OBJECTS = sum(len(value) for name, value in DATA.items() if isinstance(value, list) and name.startswith("controller_"))
OBJECTS -= len(DATA["controller_roles"])


def organization_of(controller, name):
    return controller.find("organizations", {"name": name})[0]["id"]


def test_data_is_loaded_by_the_modules_of_awx(controller, load):
    credential = controller.add("credentials", {"name": "Production"})
    first = load()
    assert (first.exit_code, first.changed, controller.refusals) == (0, OBJECTS, []), first.output
    before = copy.deepcopy(controller.items)
    second = load()
    assert (second.exit_code, second.changed, controller.refusals) == (0, FALSE_CHANGES, []), second.output
    del controller.items["project_updates"], before["project_updates"]
    assert controller.items == before
    # the credential is set in the templates and in the inventory source
    third = load(credential="Production")
    assert (third.exit_code, third.changed) == (0, len(TEMPLATES) + 1 + FALSE_CHANGES), third.output

    loaded = controller.items
    for type in TYPES:
        assert awx.named(loaded["credential_types"], type["name"]).items() >= type.items()
    assert {
        item["name"]: controller.surveys[item["id"]]
        for endpoint in ("job_templates", "workflow_job_templates")
        for item in loaded[endpoint]
        if item["id"] in controller.surveys
    } == {item["name"]: item["survey_spec"] for item in SURVEYS}
    (environment,) = loaded["execution_environments"]
    (source,) = loaded["inventory_sources"]
    assert (source["execution_environment"], source["credential"]) == (environment["id"], credential["id"])
    for template in TEMPLATES:
        found = awx.named(loaded["job_templates"], template["name"])
        assert controller.links[f"{found['url']}credentials"] == [credential["id"]]
        assert json.loads(found.get("extra_vars", "{}")) == template.get("extra_vars", {})
        assert "job_slice_count" not in found
        for key in ("ask_job_type_on_launch", "ask_limit_on_launch", "ask_job_slice_count_on_launch"):
            assert found.get(key) == template.get(key)
    check_workflows(controller)


def check_workflows(controller):
    """Check the nodes of the workflows in the stand-in."""
    loaded = controller.items
    ids = {item["id"]: item for items in loaded.values() for item in items}
    for workflow in WORKFLOWS:
        id = awx.named(loaded["workflow_job_templates"], workflow["name"])["id"]
        nodes = [node for node in loaded["workflow_job_template_nodes"] if node["workflow_job_template"] == id]
        plan, approve, apply = nodes
        assert [node.get("job_type") for node in nodes] == ["check", None, None]
        assert ids[plan["unified_job_template"]]["name"] == workflow["name"].removesuffix(", after approval")
        assert ids[approve["unified_job_template"]]["type"] == "workflow_approval_template"
        assert ids[apply["unified_job_template"]]["name"] == "Stop planned data jobs"
        assert controller.links[f"{plan['url']}success_nodes"] == [approve["id"]]
        assert controller.links[f"{approve['url']}success_nodes"] == [apply["id"]]


def test_failed_project_update_is_repeated(controller, load):
    controller.failing_updates = 1
    first = load()
    assert first.exit_code != 0 and "Project update failed" in first.output
    second = load()
    assert (second.exit_code, controller.updates) == (0, 2), second.output


def test_reload_keeps_settings_of_users(controller, load):
    assert load().exit_code == 0
    own = {"job_slice_count": 3, "forks": 7, "verbosity": 1, "timeout": 600, "limit": "dli"}
    for template in controller.items["job_templates"]:
        template.update(own)
        controller.links[f"{template['url']}instance_groups"] = [99]
        controller.links[f"{template['url']}credentials"] = [98]
    updates = controller.updates
    again = load()
    assert (again.exit_code, again.changed) == (0, FALSE_CHANGES), again.output
    assert controller.updates == updates + 1  # the branch is fetched again
    for template in controller.items["job_templates"]:
        assert template.items() >= own.items()
        assert controller.links[f"{template['url']}instance_groups"] == [99]
        assert controller.links[f"{template['url']}credentials"] == [98]


def test_two_organizations_have_their_own_objects(controller, load):
    controller.add("organizations", {"name": "Second"})
    for organization in ("Default", "Second", "Default"):
        done = load(organization=organization)
        assert (done.exit_code, controller.refusals) == (0, []), done.output
    assert done.changed == FALSE_CHANGES
    assert len(controller.items["execution_environments"]) == 1
    for name in ("Default", "Second"):
        id = organization_of(controller, name)
        own = {"organization": str(id)}
        inventories = {item["id"] for item in controller.find("inventories", own)}
        (project,) = controller.find("projects", own)
        templates = controller.find("job_templates", own)
        assert len(inventories) == 2 and len(templates) == len(TEMPLATES)
        for template in templates:
            assert template["inventory"] in inventories and template["project"] == project["id"]
        sources = [item for item in controller.items["inventory_sources"] if item["inventory"] in inventories]
        assert [source["source_project"] for source in sources] == [project["id"]]
        assert [host["name"] for host in controller.items["hosts"] if host["inventory"] in inventories] == ["localhost"]
        used = {
            node["unified_job_template"]
            for workflow in controller.find("workflow_job_templates", own)
            for node in controller.items["workflow_job_template_nodes"]
            if node["workflow_job_template"] == workflow["id"] and node["identifier"] != "approve"
        }
        assert used <= {template["id"] for template in templates}


def test_approvers_can_read_the_plan(controller, load):
    teams = [
        controller.add("teams", {"name": name, "organization": organization_of(controller, "Default")})["id"]
        for name in ("Operators", "Night shift")
    ]
    done = load(approvers=["Operators", "Night shift"])
    assert done.exit_code == 0, done.output
    granted = {
        (item["name"], role): sorted(
            controller.links.get(f"/api/v2/roles/{item['summary_fields']['object_roles'][role]['id']}/teams", [])
        )
        for endpoint in ("job_templates", "workflow_job_templates")
        for item in controller.items[endpoint]
        for role in ("read_role", "approval_role")
    }
    for workflow in WORKFLOWS:
        assert granted[workflow["name"], "approval_role"] == teams
        for node in workflow["workflow_nodes"]:
            if node["identifier"] != "approve":
                assert granted[node["unified_job_template"]["name"], "read_role"] == teams
    assert load(approvers=["Operators", "Night shift"]).changed == FALSE_CHANGES


def test_collection_of_the_automation_platform_can_be_used(controller, load, tmp_path):
    """ansible.controller has the same modules as awx.awx. Here, it is a copy under that name."""
    folder = tmp_path / "collections" / "ansible_collections" / "ansible"
    folder.mkdir(parents=True)
    shutil.copytree(
        pathlib.Path(os.environ["AWX_COLLECTIONS"], "ansible_collections", "awx", "awx"), folder / "controller"
    )
    done = load(collections=str(tmp_path / "collections"), collection="ansible.controller")
    assert (done.exit_code, done.changed) == (0, OBJECTS), done.output


# Jobs


class Job:
    """The data that AWX keeps of a job."""

    def __init__(self, run, shown):
        self.status = run.status
        events = list(run.events)
        self.changed = sum(run.stats["changed"].values())
        (self.stats,) = [e["event_data"]["artifact_data"] for e in events if e["event"] == "playbook_on_stats"]
        self.output = "\n".join(event["stdout"] for event in events)
        # the file `command` has the environment, of which AWX keeps what it may show
        files = [file for file in pathlib.Path(run.config.artifact_dir).rglob("*") if file.is_file()]
        self.kept = json.dumps(shown) + "".join(file.read_text() for file in files if file.name != "command")


@pytest.fixture(scope="session")
def installed(tmp_path_factory):
    """Build the collection and install it as in an execution environment."""
    folder = tmp_path_factory.mktemp("ee")
    galaxy = [str(BIN / "ansible-galaxy"), "collection"]
    subprocess.run([*galaxy, "build", "--output-path", str(folder)], cwd=awx.ROOT, check=True, capture_output=True)
    (tarball,) = folder.glob("*.tar.gz")
    subprocess.run([*galaxy, "install", "--offline", "-p", str(folder), str(tarball)], check=True, capture_output=True)
    return folder


LOCALHOST = {"all": {"hosts": ["localhost"]}, "_meta": {"hostvars": {"localhost": {}}}}


@pytest.fixture
def launch(simulator, environment, installed, monkeypatch, tmp_path):
    """Launch a job template with a credential and answers to its survey, and have ansible-runner run the job."""

    def run(name, answers, *, job_type="run", type=PASSWORD, inputs=None, workflow=None, inventory=None):
        template = awx.named(TEMPLATES, name)
        folder = tmp_path / f"job{len(list(tmp_path.iterdir()))}"
        extra_vars, _ignored = awx.launch(template, answers, workflow)
        # no templates in extra variables, as with ALLOW_JINJA_IN_EXTRA_VARS set to "never"
        variables = awx.prepare(folder, installed, extra_vars, {}, inventory or LOCALHOST)
        injected, shown = awx.inject(type, inputs or filled_in(type, simulator.ready), folder)
        monkeypatch.setattr(os, "environ", environment)
        simulator.clear_journal()
        done = ansible_runner.run(
            private_data_dir=str(folder),
            playbook=template["playbook"],
            envvars={**variables, **injected, "PATH": f"{BIN}{os.pathsep}{environment['PATH']}"},
            cmdline="--check -u root" if job_type == "check" else "-u root",
            quiet=True,
        )
        job = Job(done, shown)
        assert [secret for secret in SECRETS if simulator.ready[secret] in job.kept] == []
        return job

    return run


def answers(name, **filled_in):
    """Return the answers to a survey, with these filled in."""
    return awx.left_empty(awx.named(SURVEYS, name), **filled_in)


def stops(simulator):
    """Return the requests that stop jobs."""
    return [request["meaning"] for request in simulator.journal(mutating=True)]


def stopped(simulator):
    """Return the jobs that these requests stopped."""
    truths = {(kind.service, id): truth for kind in KINDS for id, truth in simulator.truths(kind.service).items()}
    return {job for job, truth in truths.items() if truth["stopped_by_us"]}


def where(kind, ready):
    """Return the answers that select the location of a kind of jobs."""
    options = {f"jobs_{name}": value for name, value in kind.options(ready).items()}
    return {"jobs_service": kind.module.partition("_")[0], **options}


def outcomes(job):
    return {entry["id"]: entry["outcome"] for entry in job.stats["stop_jobs_jobs"]}


@pytest.mark.parametrize("kind", [MRS_V2, CDM, FLINK, GES], ids=lambda kind: kind.service)
def test_job_reports_the_stopped_jobs_as_changed(simulator, launch, kind):
    running = [str(job["id"]) for job in simulator.seed(kind.service, count=2)]
    finished = str(simulator.seed(kind.service, state="finished")[0]["id"])
    typed = answers("Stop data jobs", **where(kind, simulator.ready), jobs_ids=",\n".join([*running, finished]))

    planned = launch("Stop data jobs", typed, job_type="check")
    assert (planned.status, planned.changed, stops(simulator)) == ("successful", 1, []), planned.output
    assert planned.stats["stop_jobs_counts"]["would_stop"] == 2
    assert [sorted(target["ids"]) for target in planned.stats["stop_jobs_planned"]] == [sorted(running)]

    # GES documents only tokens
    job = launch("Stop data jobs", typed, type=PASSWORD if kind is GES else KEY)
    assert (job.status, job.changed, {*stops(simulator)}) == ("successful", 1, {kind.stop}), job.output
    counts = job.stats["stop_jobs_counts"]
    assert (counts["stopped"], counts["already_ended"]) == (2, 1)
    assert outcomes(job) == {**dict.fromkeys(running, "stopped"), finished: "already_ended"}
    assert stopped(simulator) == {(kind.service, id) for id in running}


@pytest.mark.parametrize(
    ("name", "which"),
    [("Stop data jobs", {"jobs_status": "running"}), ("Stop overdue data jobs", {"jobs_older_than": "1s"})],
    ids=["by status", "by age"],
)
def test_workflow_stops_only_the_approved_jobs(simulator, launch, examples, name, which):
    old = {"create_time": 1600000000000}
    ending = simulator.seed("dli_spark", ends_after=600, record=old)[0]["id"]
    vanishing = simulator.seed("dli_spark", vanishes_after=600, record=old)[0]["id"]
    typed = answers(f"{name}, after approval", jobs_service="dli", jobs_kind="spark", **which)
    plan = launch(name, {}, workflow=typed, job_type="check")
    assert (plan.status, stops(simulator)) == ("successful", []), plan.output
    found = list(outcomes(plan))
    assert {examples["dli_spark_job_id"], ending, vanishing} <= {*found}

    later = simulator.seed("dli_spark")[0]["id"]
    simulator.advance(900)
    apply = launch("Stop planned data jobs", {}, workflow={**plan.stats, **typed})
    assert apply.status == "successful", apply.output
    fates = {ending: "already_ended", vanishing: "missing"}
    assert outcomes(apply) == {id: fates.get(id, "stopped") for id in found}
    assert later not in outcomes(apply)
    assert stopped(simulator) == {("dli_spark", id) for id in {*found} - {*fates}}
    # the artifacts of the plan are variables of this job
    assert apply.stats["stop_jobs_counts"]["stopped"] == len(stopped(simulator))


def test_planned_jobs_need_a_workflow(simulator, launch):
    job = launch("Stop planned data jobs", {})
    assert (job.status, job.changed, stops(simulator)) == ("failed", 0, [])
    assert "Launch the workflow" in " ".join(job.output.split()) and "Stop data jobs, after approval" in job.output


@pytest.mark.parametrize(
    ("given", "option"),
    [
        ({"jobs_service": "ges", "jobs_graph_name": "moviejx", "jobs_graph_address": "10.0.0.1"}, "graph_address"),
        ({"jobs_service": "cdm"}, "cluster_id"),
        ({"jobs_service": "ges"}, "graph_name"),
        ({"jobs_service": "dli", "jobs_kind": "batch"}, "kind"),
    ],
    ids=["address without scheme", "CDM without cluster", "GES without graph", "unknown kind"],
)
def test_message_names_the_question(simulator, launch, given, option):
    job = launch("Stop data jobs", answers("Stop data jobs", jobs_ids="some-id", **given))
    assert (job.status, job.changed, stops(simulator)) == ("failed", 0, [])
    question = next(each for each in QUESTIONS if each["variable"] == f"jobs_{option}")
    assert option in job.output and question["question_name"].lower().replace(" ", "_") == option


def test_empty_answers_count_as_not_set(simulator, launch):
    id = simulator.seed("dli_sql")[0]["id"]
    empty = {"jobs_max_jobs": None, "jobs_wait_timeout": None}
    job = launch("Stop data jobs", answers("Stop data jobs", jobs_service="dli", jobs_ids=id, **empty))
    assert (job.status, outcomes(job)) == ("successful", {id: "stopped"}), job.output


def test_refused_runs_fail_and_stop_nothing(simulator, launch):
    ids = [job["id"] for job in simulator.seed("dli_sql", count=3)]
    typed = answers("Stop data jobs", jobs_service="dli", jobs_ids=", ".join(ids))
    wrong = {**filled_in(PASSWORD, simulator.ready), "password": "Wrong-but-secret-1"}
    none = answers("Stop data jobs", jobs_service="dli")
    for message, given, more in (
        ("max_jobs", {**typed, "jobs_max_jobs": 2}, {}),
        ("max_jobs", {**typed, "jobs_max_jobs": 2}, {"job_type": "check"}),
        ("Select jobs", none, {}),
        ("username or password is wrong", typed, {"inputs": wrong}),
    ):
        job = launch("Stop data jobs", given, **more)
        assert (job.status, job.changed, stops(simulator)) == ("failed", 0, [])
        assert message in job.output, job.output
        assert "Wrong-but-secret" not in job.kept


def test_answers_are_not_evaluated_as_templates(simulator, launch):
    cluster = {"jobs_service": "mrs", "jobs_cluster_id": simulator.ready["examples"]["mrs_cluster_id"]}
    secret = "{{ lookup('env', 'HW_USER_PASSWORD') }}"
    for more in (
        {"jobs_ids": "{{123456789*1000001}}"},
        {"jobs_name": secret, "jobs_queue": "{{ 123456789 * 1000001 }}"},
    ):
        # `launch` searches for the password
        job = launch("Stop data jobs", answers("Stop data jobs", **cluster, **more), job_type="check")
        assert "123456912456789" not in job.kept
        assert stops(simulator) == []


@pytest.fixture
def fleet(simulator, environment, tmp_path):
    """Return the inventory of the inventory source, with the credential that AWX sets."""
    injected, _shown = awx.inject(PASSWORD, filled_in(PASSWORD, simulator.ready), tmp_path)
    source = str(awx.ROOT / awx.named(DATA["controller_inventory_sources"], "Huawei Cloud services")["source_path"])
    command = [str(BIN / "ansible-inventory"), "--list", "-i", source]
    variables = {**environment, **injected, "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true"}
    listed = subprocess.run(command, env=variables, capture_output=True, text=True, check=True).stdout
    return json.loads(listed)


def test_slices_stop_the_same_jobs_as_one_job(simulator, launch, fleet):
    name = "Stop overdue data jobs of all services"
    young = simulator.seed("dli_sql")[0]["id"]
    typed = answers(name, jobs_older_than="1d")
    whole = launch(name, typed, job_type="check", inventory=fleet)
    planned = {(job["service"], job["kind"], job["id"]) for job in whole.stats["stop_jobs_jobs"]}
    assert whole.status == "successful" and stops(simulator) == [], whole.output
    assert {service for service, _kind, _id in planned} == {"mrs", "cdm", "dli"}, whole.output

    hosts, seen = [], []
    for number in (1, 2):
        part = awx.sliced(fleet, number, 2)
        hosts += part["all"]["hosts"]
        job = launch(name, typed, inventory=part)
        assert job.status == "successful" and job.stats["stop_jobs_counts"]["stopped"] > 0, job.output
        seen += [tuple(each[key] for key in ("service", "kind", "id")) for each in job.stats["stop_jobs_jobs"]]
    assert sorted(hosts) == sorted(fleet["_meta"]["hostvars"])
    assert {*seen} == planned and len(seen) == len(planned) == len(stopped(simulator))
    assert ("dli_sql", young) not in stopped(simulator)
