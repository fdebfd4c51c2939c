# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The data for AWX: that AWX takes it, and what its jobs do, run as AWX runs them."""

from __future__ import annotations

import copy
import json
import os
import pathlib
import re
import shlex
import subprocess

import ansible_runner
import awx
import pytest
from awx_plugins.credentials.plugins import openstack
from conftest import BIN
from job_kinds import KINDS, request_meanings
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
    """Return the inputs of a credential of this type, empty unless they are required."""
    by_key = {"access_key": ready["access_key"], "secret_key": ready["secret_key"]}
    by_password = {name: ready[name] for name in ("username", "password", "domain_name")}
    empty = {field["id"]: "" for field in type["inputs"]["fields"] if field["type"] == "string"}
    where = {"region": ready["region"], "endpoint": ready["mrs"], "auth_url": ready["iam"]}
    return {**empty, **(by_password if type is PASSWORD else by_key), **where, **more}


# What AWX demands of the data


@pytest.mark.parametrize("type", TYPES, **by_name)
def test_a_credential_type_keeps_the_rules_of_awx_and_injects_what_the_modules_read(type, connection_options):
    awx.check_credential_type(type)
    fields = {field["id"]: field for field in type["inputs"]["fields"]}
    for variable, template in type["injectors"]["env"].items():
        spec, expected = connection_options.pop(variable), fields[re.search(r"\w+(?= }}| %})", template)[0]]
        # what is secret in a module is secret in AWX, and the other way round
        assert bool(expected.get("secret")) is bool(spec.get("no_log")), variable
        assert (expected["type"] == "boolean") is (spec.get("type") == "bool"), variable
    # AWX injects a boolean that is left out as False: that must be the safe choice
    booleans = {field["id"] for field in fields.values() if field["type"] == "boolean"}
    assert booleans == {"insecure", "allow_http"}


@pytest.fixture
def connection_options(run_module):
    """Return the argument specs of the connection options by the first variable of each."""
    from ansible_collections.dataops.huaweicloud.plugins.module_utils._options import DEFINITIONS

    return {option.variables[0]: option.argument for option in DEFINITIONS.values() if option.argument}


def broken(item, *path):
    """Return a copy of an item with another value in one place."""
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
def test_what_awx_would_refuse_in_a_credential_type_is_found(change):
    with pytest.raises(awx.Refused):
        awx.check_credential_type(broken(PASSWORD, *change))


@pytest.mark.parametrize("item", SURVEYS, **by_name)
def test_a_survey_keeps_the_rules_of_awx(item):
    awx.check_survey(item["survey_spec"])
    for question in item["survey_spec"]["spec"]:
        # what is neither text nor required has a default: AWX takes no "" for it
        if not question["required"] and question["type"] not in ("text", "textarea"):
            awx.check_answer(question, question["default"])
        elif not question["required"]:
            assert question["default"] == ""


@pytest.mark.parametrize(
    "change",
    [
        ("spec", 0, "default", "all"),
        ("spec", 0, "required", "yes"),
        ("spec", 0, "variable", "jobs_kind"),
        ("spec", 12, "default", "100"),
        ("spec", 12, "min", "0"),
        ("spec", 14, "choices", [False, True]),
        ("spec", []),
        ("description", None),
    ],
    ids=str,
)
def test_what_awx_would_refuse_in_a_survey_is_found(change):
    with pytest.raises(awx.Refused):
        awx.check_survey(broken(TEMPLATES[0]["survey_spec"], *change))


def test_the_surveys_ask_for_what_the_playbooks_read_and_the_guide_tells_of_each_question():
    questions = {q["variable"]: q["question_name"] for item in SURVEYS for q in item["survey_spec"]["spec"]}
    assert dict(re.findall(r"^\| ([^|]+) \| `(jobs_\w+)` \|", GUIDE, re.MULTILINE)) == {
        name: variable for variable, name in questions.items()
    }
    shared = (awx.ROOT / "playbooks" / "vars" / "jobs.yml").read_text()
    for template in TEMPLATES:
        playbook = (awx.ROOT / template["playbook"]).read_text()
        read = {*re.findall(r"\b(jobs_\w+) \| default", playbook + shared)}
        asked = {question["variable"] for question in template.get("survey_spec", {"spec": []})["spec"]}
        assert asked <= read
        if "extra_vars" not in template:
            assert read - asked == {"jobs_hosts", "jobs_report_markdown", "jobs_report_html"}


# Logging in with what AWX injects


def variables_of(type, inputs, folder):
    """Return the environment that AWX creates from a credential. What it displays must contain no secret."""
    injected, shown = awx.inject(type, inputs, folder)
    assert not [name for name in SECRETS if inputs.get(name) and inputs[name] in json.dumps(shown)]
    return injected


@pytest.mark.parametrize("leaves", ["empty", "out"])
@pytest.mark.parametrize("type", TYPES, **by_name)
def test_what_is_left_empty_counts_for_nothing(simulator, run_stop_module, monkeypatch, tmp_path, type, leaves):
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


def test_a_temporary_access_key_and_a_project_by_its_id(simulator, run_stop_module, monkeypatch, tmp_path):
    ready = simulator.ready
    temporary = {name: ready[f"temporary_{name}"] for name in ("access_key", "secret_key")}
    inputs = filled_in(KEY, ready, **temporary, security_token=ready["security_token"], project_id=ready["project_id"])
    for name, value in variables_of(KEY, inputs, tmp_path).items():
        monkeypatch.setenv(name, value)
    result, meanings = run_stop_module(SQL, default_login=False), request_meanings(simulator)
    assert result["jobs"][0]["outcome"] == "stopped", result["msg"]
    assert "iam.project.list" not in meanings


def test_certificates_are_checked_with_those_in_the_credential_unless_it_says_not_to(run_module, monkeypatch, tmp_path):
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


def test_the_openstack_credential_that_awx_brings_logs_in_too(simulator, run_stop_module, monkeypatch, tmp_path):
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


def test_awx_takes_all_of_it_from_its_own_modules_as_the_guide_says(
    environment, tmp_path
):  # long: replaced with the roles by the next change
    collections = os.environ.get("AWX_COLLECTIONS")
    if not collections:
        pytest.skip("AWX_COLLECTIONS names no folder with the collection awx.awx")
    (tmp_path / "extensions").symlink_to(awx.ROOT / "extensions")
    (command,) = re.findall(r"ansible-playbook .*load.yml.*", GUIDE)
    settings = [line.strip() for line in re.findall(r"^ *huaweicloud_awx_\w+: .*", GUIDE, re.MULTILINE)]
    recaps = []
    with awx.Controller() as controller:
        credential = controller.add("credentials", {"name": settings[-1].partition(": ")[2]})
        own = {
            "CONTROLLER_HOST": controller.url,
            "CONTROLLER_OAUTH_TOKEN": "token",
            "ANSIBLE_COLLECTIONS_PATH": f"{collections}:{environment['ANSIBLE_COLLECTIONS_PATH']}",
        }
        for known in (settings[:-1], settings):
            (tmp_path / "awx.yml").write_text("\n".join(known))
            done = subprocess.run(
                [BIN / "ansible-playbook", *shlex.split(command)[1:]],
                cwd=tmp_path,
                env={**environment, **own},
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
            )
            assert (done.returncode, controller.refusals) == (0, []), done.stdout[-3000:] + done.stderr
            recaps.append(re.search(r"changed=(\d+)", done.stdout)[1])
    # the second time, the credential comes to the templates and to the source of the inventory
    assert recaps == ["8", "2"]

    loaded = controller.items
    for type in TYPES:
        assert awx.named(loaded["credential_types"], type["name"]).items() >= type.items()
    assert controller.surveys == {item["name"]: item["survey_spec"] for item in SURVEYS}
    for template in TEMPLATES:
        found = awx.named(loaded["job_templates"], template["name"])
        assert controller.links[f"{found['url']}credentials"] == [credential["id"]]
        assert json.loads(found.get("extra_vars", "{}")) == template.get("extra_vars", {})
        for key in ("ask_job_type_on_launch", "ask_limit_on_launch", "job_slice_count"):
            assert found.get(key) == template.get(key)
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


# Jobs


class Job:
    """What AWX keeps of a job that ansible-runner ran."""

    def __init__(self, run, shown):
        self.status = run.status
        events = list(run.events)
        self.changed = sum(run.stats["changed"].values())
        results = [event["event_data"]["res"] for event in events if event["event"] == "runner_item_on_ok"]
        self.changed_jobs = {job["id"] for result in results for job in result.get("jobs", []) if job.get("changed")}
        (self.stats,) = [e["event_data"]["artifact_data"] for e in events if e["event"] == "playbook_on_stats"]
        self.output = "\n".join(event["stdout"] for event in events)
        # the file `command` has the environment, of which AWX keeps what it may show
        files = [file for file in pathlib.Path(run.config.artifact_dir).rglob("*") if file.is_file()]
        self.kept = json.dumps(shown) + "".join(file.read_text() for file in files if file.name != "command")


@pytest.fixture(scope="session")
def installed(tmp_path_factory):
    """Build and install the collection as in an execution environment."""
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
        extra_vars = awx.launch(template, answers, workflow)
        variables = awx.prepare(folder, installed, extra_vars, template.get("extra_vars", {}), inventory or LOCALHOST)
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
    """Return the answers to a survey. The others keep their defaults."""
    return awx.left_empty(awx.named(SURVEYS, name), **filled_in)


def stops(simulator):
    """Return the meanings of the stop requests."""
    return [request["meaning"] for request in simulator.journal(mutating=True)]


def stopped(simulator):
    """Return the jobs that stop requests stopped, according to the simulator."""
    truths = {(kind.service, id): truth for kind in KINDS for id, truth in simulator.truths(kind.service).items()}
    return {job for job, truth in truths.items() if truth["stopped_by_us"]}


def where(kind, ready):
    """Return the survey answers that select the jobs of a kind."""
    options = {f"jobs_{name}": value for name, value in kind.options(ready).items()}
    return {"jobs_service": kind.module.partition("_")[0], **options}


@pytest.mark.parametrize("kind", [MRS_V2, CDM, FLINK, GES], ids=lambda kind: kind.service)
def test_what_runner_reports_as_changed_is_what_was_stopped(simulator, launch, kind):
    running = [str(job["id"]) for job in simulator.seed(kind.service, count=2)]
    finished = str(simulator.seed(kind.service, state="finished")[0]["id"])
    separator = ",\n" if kind.service == "cdm" else " "
    typed = answers("Stop data jobs", **where(kind, simulator.ready), jobs_ids=separator.join([*running, finished]))

    planned = launch("Stop data jobs", typed, job_type="check")
    assert (planned.status, planned.changed, stops(simulator)) == ("successful", 1, []), planned.output
    assert planned.stats["stop_jobs_would_stop"] == planned.stats["stop_jobs_planned"] == 2

    # the documents promise only tokens for the jobs of graphs
    job = launch("Stop data jobs", typed, type=PASSWORD if kind is GES else KEY)
    assert (job.status, job.changed, {*stops(simulator)}) == ("successful", 1, {kind.stop}), job.output
    assert (job.stats["stop_jobs_stopped"], job.stats["stop_jobs_already_ended"]) == (2, 1)
    told = {entry["id"]: entry["outcome"] for entry in job.stats["stop_jobs_jobs"]}
    assert told == {**dict.fromkeys(running, "stopped"), finished: "already_ended"}
    assert job.changed_jobs == {*running}
    assert stopped(simulator) == {(kind.service, id) for id in running}


@pytest.mark.parametrize(
    ("name", "which"),
    [("Stop data jobs", {"jobs_status": "running"}), ("Stop overdue data jobs", {"jobs_max_age": "1s"})],
    ids=["by status", "by age"],
)
def test_a_workflow_stops_what_was_approved_and_nothing_that_came_later(simulator, launch, examples, name, which):
    old = {"create_time": 1600000000000}
    ending = simulator.seed("dli_spark", ends_after=600, record=old)[0]["id"]
    vanishing = simulator.seed("dli_spark", vanishes_after=600, record=old)[0]["id"]
    typed = answers(f"{name}, after approval", jobs_service="dli", jobs_kind="spark", **which)
    plan = launch(name, {}, workflow=typed, job_type="check")
    assert (plan.status, stops(simulator)) == ("successful", []), plan.output
    found = [job["id"] for job in plan.stats["stop_jobs_jobs"]]
    assert {examples["dli_spark_job_id"], ending, vanishing} <= {*found}

    later = simulator.seed("dli_spark")[0]["id"]
    simulator.advance(900)
    apply = launch("Stop planned data jobs", {}, workflow={**plan.stats, **typed})
    assert apply.status == "successful", apply.output
    told = {job["id"]: job["outcome"] for job in apply.stats["stop_jobs_jobs"]}
    fates = {ending: "already_ended", vanishing: "missing"}
    assert told == {id: fates.get(id, "stopped") for id in found}
    assert later not in told and stopped(simulator) == {("dli_spark", id) for id in {*found} - {*fates}}
    # what the plan told is a variable of this job, and stands in the way of nothing
    assert apply.stats["stop_jobs_stopped"] == len(stopped(simulator))


def test_too_many_jobs_and_none_at_all_and_a_refused_login_end_red_and_stop_nothing(simulator, launch):
    ids = [job["id"] for job in simulator.seed("dli_sql", count=3)]
    typed = answers("Stop data jobs", jobs_service="dli", jobs_ids=" ".join(ids))
    wrong = {**filled_in(PASSWORD, simulator.ready), "password": "Wrong-but-secret-1"}
    none = answers("Stop data jobs", jobs_service="dli")
    for message, given, more in (
        ("3 jobs would be stopped, and the limit is 2.", {**typed, "jobs_limit": 2}, {}),
        ("3 jobs would be stopped, and the limit is 2.", {**typed, "jobs_limit": 2}, {"job_type": "check"}),
        ("Nothing was sent.", none, {}),
        ("Login at ", typed, {"inputs": wrong}),
    ):
        job = launch("Stop data jobs", given, **more)
        assert (job.status, job.changed, stops(simulator)) == ("failed", 0, [])
        assert message in job.output, job.output
        assert "Wrong-but-secret" not in job.kept


def test_what_somebody_types_is_no_template(simulator, launch):
    cluster = {"jobs_service": "mrs", "jobs_cluster_id": simulator.ready["examples"]["mrs_cluster_id"]}
    secret = "{{ lookup('env', 'HW_USER_PASSWORD') }}"
    for more in (
        {"jobs_ids": "{{123456789*1000001}}"},
        {"jobs_name": secret, "jobs_queue": "{{ 123456789 * 1000001 }}"},
    ):
        # `launch` looks for the password
        job = launch("Stop data jobs", answers("Stop data jobs", **cluster, **more), job_type="check")
        assert "123456912456789" not in job.kept
        assert stops(simulator) == []


@pytest.fixture
def fleet(simulator, environment, tmp_path):
    """Return the inventory that an update of AWX reads from the inventory source, with the credential."""
    injected, _shown = awx.inject(PASSWORD, filled_in(PASSWORD, simulator.ready), tmp_path)
    source = str(awx.ROOT / awx.named(DATA["controller_inventory_sources"], "Huawei Cloud services")["source_path"])
    command = [str(BIN / "ansible-inventory"), "--list", "-i", source]
    variables = {**environment, **injected, "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true"}
    listed = subprocess.run(command, env=variables, capture_output=True, text=True, check=True).stdout
    return json.loads(listed)


def test_the_slices_of_a_fleet_stop_together_what_the_whole_would(simulator, launch, fleet):
    name = "Stop overdue data jobs of all services"
    young = simulator.seed("dli_sql")[0]["id"]
    typed = answers(name, jobs_max_age="1d")
    whole = launch(name, typed, job_type="check", inventory=fleet)
    planned = {(job["service"], job["place"], job["id"]) for job in whole.stats["stop_jobs_jobs"]}
    assert whole.status == "successful" and stops(simulator) == [], whole.output
    assert {service for service, _place, _id in planned} == {"mrs", "cdm", "dli"}, whole.output

    hosts, told, count = [], [], 0
    for number in (1, 2):
        part = awx.sliced(fleet, number, 2)
        hosts += part["all"]["hosts"]
        job = launch(name, typed, inventory=part)
        assert job.status == "successful" and job.stats["stop_jobs_stopped"] > 0, job.output
        told += [tuple(each[key] for key in ("service", "place", "id")) for each in job.stats["stop_jobs_jobs"]]
        count += job.stats["stop_jobs_stopped"]
    assert sorted(hosts) == sorted(fleet["_meta"]["hostvars"])
    assert {*told} == planned and len(told) == len(planned) == count == len(stopped(simulator))
    assert ("dli_sql", young) not in stopped(simulator)
