# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role and the playbooks through ansible-runner: what they plan, refuse, send and report."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import re
import shlex
import sys
import time
from collections import Counter
from html.parser import HTMLParser

import ansible_runner
import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from auth_methods import PASSCODE
from conftest import BIN, ROOT
from job_kinds import KINDS

from tests.tools import role_readmes

pytestmark = pytest.mark.operations

MRS, MRS_V2, CDM, SQL, SPARK, FLINK, GES = KINDS
HOUR = 3600
STOP_JOBS, STOP_OVERDUE_JOBS = "dataops.huaweicloud.stop_jobs", "dataops.huaweicloud.stop_overdue_jobs"
MOST_TASKS = 6


class RoleRun:
    """What a role or a playbook did, from the event stream."""

    def __init__(self, run: ansible_runner.Runner) -> None:
        events = [*run.events]
        self.status = run.status
        self.stdout = run.stdout.read()
        self.recap = run.stats
        (self.stats,) = [e["event_data"]["artifact_data"] for e in events if e["event"] == "playbook_on_stats"] or [{}]
        self.artifacts = run.config.artifact_dir
        self.tasks = [e["event_data"]["task"] for e in events if e["event"] == "playbook_on_task_start"]
        self.results = [
            (each["event_data"]["task"], each["event_data"]["host"], each["event_data"]["res"])
            for each in events
            if each["event"] in ("runner_on_ok", "runner_on_failed")
        ]
        self.failures = {
            each["event_data"]["host"]: each["event_data"]["res"]
            for each in events
            if each["event"] == "runner_on_failed"
        }

    def messages(self, task: str) -> list[str]:
        """Return the messages of a task, one for each run of it."""
        messages = [result.get("msg", "") for name, _host, result in self.results if name == task]
        return ["\n".join(msg) if isinstance(msg, list) else msg for msg in messages]

    @property
    def shown(self) -> str:
        """Return the plan or the summary."""
        return "\n".join(self.messages("Show the result"))

    @property
    def failure(self) -> str:
        """Return the message of the last task."""
        return "\n".join(self.messages("Fail if a job was not stopped"))

    @property
    def calls(self) -> list[dict]:
        """Return the result of each call of the module."""
        return [result for name, _host, result in self.results if name == "Stop the jobs" and "plan" in result]

    @property
    def outcomes(self) -> dict[str, str]:
        """Return the outcome of each job, from the statistics."""
        return {job["id"]: job["outcome"] for job in self.stats["stop_jobs_jobs"]}


@pytest.fixture
def operate(environment, login, tmp_path, monkeypatch):
    """Run a playbook of the collection, or a role, on hosts with variables of their own."""

    def run(playbook=None, *flags, role=None, hosts=None, variables=None, play=None, plays=None, **extra_vars):
        monkeypatch.setattr(os, "environ", {**environment, **(login if variables is None else variables)})
        folder = tmp_path / f"run{len(list(tmp_path.iterdir()))}"
        (folder / "project").mkdir(parents=True)
        if hosts:
            python = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
            inventory = {"all": {"hosts": {name: {**python, **values} for name, values in hosts.items()}}}
            (folder / "inventory").mkdir()
            (folder / "inventory" / "hosts.yml").write_text(yaml.safe_dump(inventory))
        if role:
            head = {"name": "Test", "hosts": "all" if hosts else "localhost", "gather_facts": False, **(play or {})}
            plays = [{**head, "roles": [f"dataops.huaweicloud.{role}"]}]
        if plays:
            playbook = "plays.yml"
            (folder / "project" / playbook).write_text(yaml.safe_dump(plays))
        with contextlib.chdir(folder):
            return RoleRun(
                ansible_runner.run(
                    private_data_dir=str(folder),
                    playbook=playbook,
                    extravars=extra_vars,
                    quiet=True,
                    cmdline=" ".join(flags) or None,
                    envvars={"PATH": f"{BIN}{os.pathsep}{environment['PATH']}", "HW_MAX_RETRIES": "0"},
                )
            )

    return run


def seeded(simulator, kind, **spec):
    return [str(job["id"]) for job in simulator.seed(kind.service, **spec)]


def meanings(simulator, mutating=None):
    return Counter(request["meaning"] for request in simulator.journal(mutating))


def ago(seconds):
    """Return milliseconds since 1970, so many seconds ago."""
    return int((time.time() - seconds) * 1000)


# The documentation


def role_spec():
    path = ROOT / "roles" / "stop_jobs" / "meta" / "argument_specs.yml"
    return yaml.safe_load(path.read_text())["argument_specs"]["main"]["options"]


def test_defaults_match_the_argument_specs():
    defaults = yaml.safe_load((ROOT / "roles" / "stop_jobs" / "defaults" / "main.yml").read_text())
    assert defaults == {name: option.get("default") for name, option in role_spec().items()}


def test_readme_tables_match_the_argument_specs():
    path = ROOT / "roles" / "stop_jobs"
    assert (path / "README.md").read_text() == role_readmes.readme(path), "run tests/tools/role_readmes.py"


def test_readme_example_is_valid():
    (example,) = re.findall(r"^```yaml\n(.*?)^```", (ROOT / "roles/stop_jobs/README.md").read_text(), re.M | re.S)
    ((play,),) = [yaml.safe_load(example)]
    ((used,),) = [play["roles"]]
    assert used["role"] == "dataops.huaweicloud.stop_jobs"
    assert ArgumentSpecValidator(role_spec()).validate(used["vars"]).error_messages == []


def test_guide_names_every_variable():
    guide = (ROOT / "docs" / "roles.md").read_text()
    known = yaml.safe_load((ROOT / "playbooks" / "vars" / "jobs.yml").read_text())["__jobs_known"]
    assert set(known) == set(re.findall(r"`(jobs_\w+)`", guide))


# One run on all services


def four(simulator, count, **spec):
    """Return running jobs of four services by kind, and targets that select them, two of them by filters."""
    ready = simulator.ready
    facts = {"owner": "etl", "queue_name": "alone", "start_time": ago(HOUR)}
    ids = {
        MRS_V2: seeded(simulator, MRS_V2, count=count, cluster_id="alone", record={"job_name": "nightly"}, **spec),
        CDM: seeded(simulator, CDM, count=count, cluster_id="alone", **spec),
        SQL: seeded(simulator, SQL, count=count, record=facts, **spec),
        GES: seeded(simulator, GES, count=count, graph_name="alone", **spec),
    }
    targets = [
        {"service": "mrs", "cluster_id": "alone", "filters": {"status": "RUNNING"}},
        {"service": "cdm", "cluster_id": "alone", "ids": ids[CDM]},
        {"service": "dli", "filters": {"queue": "alone"}},
        {"service": "ges", "graph_name": "alone", "graph_address": ready["ges_service"], "ids": ids[GES]},
    ]
    return ids, targets


class Table(HTMLParser):
    """The cells of an HTML page, and which elements it has."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.cells: list[str] = []
        self.elements: set[str] = set()
        self.open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.add(tag)
        if tag not in ("meta",):
            self.open.append(tag)
        if tag == "td":
            self.cells.append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "td" in self.open:
            self.cells[-1] += data


def rows(markdown):
    """Return the cells of the tables in a Markdown text, without their escapes."""
    lines = [line for line in markdown.splitlines() if line.startswith("| ")]
    cells = [re.split(r"(?<!\\) ?\| ?", line)[1:-1] for line in lines]
    return [[re.sub(r"\\(.)", r"\1", cell) for cell in row] for row in cells]


@pytest.fixture
def stop_four(simulator, operate, tmp_path):
    """Stop two jobs in each of four services with the role, and write all reports."""
    ids, targets = four(simulator, 2)
    paths = {f"stop_jobs_report_{format}": str(tmp_path / f"report.{format}") for format in FORMATS}
    options = {"stop_jobs_targets": targets, "stop_jobs_wait_sleep": 0.05, **paths}

    def run(*flags, **more):
        simulator.clear_journal()
        return operate(None, *flags, role="stop_jobs", **{**options, **more})

    run.ids = ids
    return run


FORMATS = ("markdown", "html", "json")


def assert_no_secret(simulator, ran, *texts):
    """Check that neither the artifacts of a run nor the given texts hold the token or the password."""
    artifacts = "".join(file.read_text() for file in pathlib.Path(ran.artifacts).rglob("*.json"))
    secrets = [simulator.ready["token"], simulator.ready["password"]]
    assert not [secret for secret in secrets if secret in artifacts + "".join(texts)]


def test_dry_run_plans_every_service(simulator, stop_four):
    planned = stop_four("--check", "--diff")
    assert planned.status == "successful", planned.stdout
    assert simulator.journal(mutating=True) == []
    assert planned.shown.startswith("Dry run: 8 jobs to stop, max_jobs is 100.\n")
    assert "mrs alone, status RUNNING: 2 found, 2 selected" in planned.shown.splitlines()
    assert planned.stats["stop_jobs_counts"] == {"would_stop": 8}
    assert "<html" not in planned.stdout  # --diff does not show the reports


def test_run_stops_every_service_in_six_tasks(simulator, stop_four, tmp_path):
    stopped = stop_four()
    assert stopped.status == "successful", stopped.stdout
    assert meanings(simulator, mutating=True) == {kind.stop: 2 for kind in stop_four.ids}
    # one page of each kind for the plan, and one to confirm, or a record for each of the jobs
    assert sum(meanings(simulator, mutating=False).values()) <= 2 * 4 + 1
    assert stopped.recap["changed"] == {"localhost": 1}
    own = [task for task in stopped.tasks if not task.startswith("Validating arguments")]
    assert len(own) == MOST_TASKS == len(set(own)), own
    assert len(stopped.calls) == 1
    for kind, each in stop_four.ids.items():
        for id in each:
            assert simulator.truth(kind.service, id)["stopped_by_us"]
            assert re.search(rf"    stopped +{id} .*{kind.statuses[0]} +{kind.statuses[1]}", stopped.shown)
    assert_no_secret(simulator, stopped, *((tmp_path / f"report.{format}").read_text() for format in FORMATS))


def test_statistics_are_in_the_artifacts(stop_four):
    stopped = stop_four()
    assert set(stopped.stats) == {"stop_jobs_counts", "stop_jobs_jobs", "stop_jobs_planned"}
    assert stopped.stats["stop_jobs_counts"] == {"stopped": 8}
    assert [target["service"] for target in stopped.stats["stop_jobs_planned"]] == ["mrs", "cdm", "dli", "ges"]
    (call,) = stopped.calls
    assert stopped.stats["stop_jobs_jobs"] == call["jobs"]


def test_plan_can_be_fed_back(simulator, operate, stop_four):
    planned = stop_four("--check")
    later = seeded(simulator, SQL, record={"queue_name": "alone"})
    stopped = operate(STOP_JOBS, stop_jobs_targets=planned.stats["stop_jobs_planned"], jobs_status="RUNNING")
    assert set(stopped.outcomes) == {id for each in stop_four.ids.values() for id in each}, stopped.stdout
    assert not simulator.truth("dli_sql", later[0])["stopped_by_us"]


def test_second_run_stops_nothing(simulator, stop_four):
    stop_four()
    again = stop_four()
    assert (again.status, again.recap["changed"]) == ("successful", {})
    assert simulator.journal(mutating=True) == []


# Reports


def test_reports_list_every_stopped_job(stop_four, tmp_path):
    stop_four()
    text, page, data = ((tmp_path / f"report.{format}").read_text() for format in FORMATS)
    assert text.startswith("# Stopped data jobs\n") and "| Dry run | no |" in text and "| stopped | 8 |" in text
    for kind, each in stop_four.ids.items():
        for id in each:
            (row,) = [row for row in rows(text) if id in row]
            name = {MRS_V2: "nightly", CDM: id}.get(kind, "")
            assert [row[0], row[1], row[2], *row[5:]] == ["stopped", id, name, *kind.statuses, ""]
            assert id in Table(page).cells
    assert "http" not in page.replace("HTTP", "")  # the page loads nothing from elsewhere
    assert "prefers-color-scheme: dark" in page and "@media print" in page
    report = json.loads(data)
    assert [*report] == [
        *("changed", "counts", "created", "dry_run", "jobs", "msg", "planned", "refused", "targets", "title", "user")
    ]
    assert (report["changed"], report["dry_run"], report["refused"]) == (True, False, False)
    assert report["counts"] == {"stopped": 8} and len(report["jobs"]) == 8 and len(report["targets"]) == 4


@pytest.mark.parametrize(
    ("play", "flags", "dry_run"),
    [({"check_mode": False}, ("--check",), False), ({"check_mode": True}, (), True)],
    ids=["check_mode false with --check", "check_mode true"],
)
def test_module_decides_whether_it_is_a_dry_run(simulator, operate, stop_four, tmp_path, play, flags, dry_run):
    ran = stop_four(*flags, play=play)
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["dry_run"] is dry_run
    assert (
        f"| Dry run | {'yes, nothing was changed' if dry_run else 'no'} |" in (tmp_path / "report.markdown").read_text()
    )
    assert ran.shown.startswith("Dry run: ") is dry_run
    assert bool(simulator.journal(mutating=True)) is not dry_run


@pytest.mark.parametrize("path", ["/nowhere/report.html", "/tmp"], ids=["no folder", "a folder"])
def test_unwritable_report_is_found_before_a_stop(simulator, stop_four, path):
    ran = stop_four(stop_jobs_report_html=path)
    assert ran.status == "failed"
    assert simulator.journal() == []
    assert ran.tasks[-1] == "Create the report files"


def test_markup_of_services_breaks_no_report(simulator, operate, tmp_path):
    names = {
        "pipes | and \\ and `ticks`": "pipes | and \\ and `ticks`",
        "<script>alert(1)</script> & <!--": "<script>alert(1)</script> & <!--",
        "two\nlines\u2028and\x1b[31mmore": "two lines and [31mmore",
        "{{ 777 * 7 }}{% raw %}": "{{ 777 * 7 }}{% raw %}",
        # a template can set its own delimiters
        "#jinja2:variable_start_string:'<%'\n<% 777 * 7 }}": "#jinja2:variable_start_string:'<%' <% 777 * 7 }}",
        "[here](http://x) *b* _i_ ~s~": "[here](http://x) *b* _i_ ~s~",
        "\"'></td><td>": "\"'></td><td>",
    }
    ids = {name: seeded(simulator, MRS_V2, cluster_id="alone", record={"job_name": name})[0] for name in names}
    (odd,) = seeded(simulator, SQL, status="{{ 777 * 7 }}")
    targets = [
        {"service": "mrs", "cluster_id": "alone", "filters": {"status": "RUNNING"}},
        {"service": "dli", "ids": [odd]},
    ]
    paths = {f"stop_jobs_report_{kind}": str(tmp_path / f"report.{kind}") for kind in FORMATS}
    ran = operate(role="stop_jobs", stop_jobs_targets=targets, stop_jobs_wait_sleep=0.05, **paths)
    assert ran.outcomes == {**dict.fromkeys(ids.values(), "stopped"), odd: "failed"}
    text, page, data = ((tmp_path / f"report.{kind}").read_text() for kind in FORMATS)
    assert all("{{ 777 * 7 }}" in shown for shown in (ran.shown, ran.failure, page, data))
    table = Table(page)
    assert "script" not in table.elements and table.open == []
    for name, plain in names.items():
        (row,) = [row for row in rows(text) if row[1:2] == [ids[name]]]
        assert len(row) == 8
        assert row[2].replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") == plain
        assert "<" not in row[2]
        assert table.cells[table.cells.index(ids[name]) + 1] == plain
        assert len([line for line in ran.shown.splitlines() if ids[name] in line and plain in line]) == 1
    assert r"\[here\](http://x) \*b\* \_i\_ \~s\~" in text and r"pipes \| and \\ and \`ticks\`" in text
    assert "5439" not in ran.stdout + text + page and "\x1b[31m" not in ran.stdout + text + page


# Refusals and failures


@pytest.mark.parametrize("flags", [(), ("--check",)], ids=["run", "check mode"])
def test_too_many_jobs_are_refused_as_a_whole(simulator, operate, tmp_path, flags):
    seeded(simulator, SQL, count=2, record={"queue_name": "alone"})
    ids = seeded(simulator, CDM, count=2, cluster_id="alone")
    targets = [
        {"service": "dli", "filters": {"queue": "alone", "status": "RUNNING"}},
        {"service": "cdm", "cluster_id": "alone", "ids": ids},
    ]
    report = tmp_path / "report.json"
    more = {"jobs_max_jobs": "3", "jobs_report_json": str(report)}
    ran = operate(STOP_JOBS, *flags, stop_jobs_targets=targets, **more)
    assert ran.status == "failed"
    assert ran.failure == (
        "Refused: 4 jobs would be stopped, and max_jobs is 3. No stop request was sent. "
        "dli sql, queue alone, status RUNNING: 2. cdm alone: 2. Select fewer jobs, or increase max_jobs."
    )
    assert "4 jobs to stop, max_jobs is 3." in ran.shown.splitlines()[0]
    written = json.loads(report.read_text())
    assert written["refused"] and not written["changed"] and written["counts"] == {"would_stop": 4}
    assert simulator.journal(mutating=True) == []


def test_max_jobs_of_zero_refuses_one_job(simulator, operate):
    (id,) = seeded(simulator, SQL)
    target = [{"service": "dli", "ids": [id]}]
    ran = operate(role="stop_jobs", stop_jobs_targets=target, stop_jobs_max_jobs=0, play={"ignore_errors": True})
    assert ran.failure.startswith("Refused: 1 job would be")
    ran = operate(STOP_JOBS, jobs_service="dli", jobs_ids=id, jobs_max_jobs=0)
    assert ran.failure.startswith("Refused: 1 job would be")
    assert simulator.journal(mutating=True) == []
    assert operate(role="stop_jobs", stop_jobs_targets=target, stop_jobs_max_jobs=1).outcomes == {id: "stopped"}


def test_failures_hide_no_other_job(simulator, operate, tmp_path):
    kinds = (MRS_V2, CDM, SQL, GES)
    fates = {
        "stopped": {},
        "already_ended": {"state": "finished"},
        "refused": {"refuses": True},
        "unknown": {"status": "LIMBO"},
    }
    ids = {kind: {fate: seeded(simulator, kind, **spec)[0] for fate, spec in fates.items()} for kind in kinds}
    targets = [
        {
            "service": kind.module.partition("_")[0],
            **kind.options(simulator.ready),
            "ids": [*ids[kind].values(), kind.unknown_id()],
        }
        for kind in kinds
    ]
    paths = {f"stop_jobs_report_{kind}": str(tmp_path / f"report.{kind}") for kind in FORMATS}
    ran = operate(role="stop_jobs", stop_jobs_targets=targets, stop_jobs_wait_sleep=0.05, **paths)
    assert ran.status == "failed"
    assert ran.failure.startswith("Stopped 4 of 20 jobs: ")
    assert ran.tasks[-1] == "Fail if a job was not stopped"
    assert ran.recap["changed"] == {"localhost": 1}
    assert ran.stats["stop_jobs_counts"] == {"stopped": 4, "already_ended": 4, "failed": 8, "missing": 4}
    text, page = ((tmp_path / f"report.{kind}").read_text() for kind in ("markdown", "html"))
    outcomes = [row[0] for row in rows(text) if row[0] in ran.stats["stop_jobs_counts"] and len(row) == 8]
    assert outcomes == ["failed", "failed", "missing", "stopped", "already_ended"] * 4
    assert page.count("<li>") == 12  # the message explains five problems, the page all of them
    gone = [{"service": "dli", "ids": [SQL.unknown_id()]}]
    ignoring = operate(role="stop_jobs", stop_jobs_targets=gone, stop_jobs_missing="ignore")
    assert (ignoring.status, ignoring.outcomes) == ("successful", {SQL.unknown_id(): "missing"})


def test_failed_target_hides_no_other_target(simulator, operate, tmp_path):
    (one,), (other,) = seeded(simulator, SQL, record={"queue_name": "alone"}), seeded(simulator, CDM)
    targets = [
        {"service": "mrs", "cluster_id": "nowhere", "filters": {"status": "RUNNING"}},
        {"service": "dli", "filters": {"queue": "alone"}},
        {"service": "cdm", **CDM.options(simulator.ready), "ids": other},
    ]
    report = tmp_path / "report.html"
    ran = operate(role="stop_jobs", stop_jobs_targets=targets, stop_jobs_report_html=str(report))
    assert ran.status == "failed"
    assert ran.outcomes == {one: "stopped", other: "stopped"}
    for text in (ran.shown, ran.failure, report.read_text()):
        assert "mrs nowhere, status RUNNING" in text and "cluster does not exist" in text


def test_failed_login_and_missing_python_fail(simulator, operate, login, tmp_path):
    (id,) = seeded(simulator, SQL)
    more = {"jobs_service": "dli", "jobs_ids": id, "jobs_report_html": str(tmp_path / "report.html")}
    ran = operate(STOP_JOBS, variables={**login, "HW_AUTH_TOKEN": "VERYSECRET"}, **more)
    assert ran.status == "failed" and ran.failure and "VERYSECRET" not in ran.stdout
    ran = operate(STOP_JOBS, ansible_python_interpreter="/nowhere/python", **more)
    assert ran.status == "failed"
    assert simulator.journal(mutating=True) == []


def test_wait_options_reach_the_module(simulator, operate):
    one, two = (seeded(simulator, SQL, stop_takes=3600)[0] for _number in range(2))
    ran = operate(STOP_JOBS, jobs_service="dli", jobs_ids=one, jobs_no_wait="yes")
    assert (ran.status, ran.outcomes) == ("successful", {one: "stop_requested"})
    ran = operate(STOP_JOBS, jobs_service="dli", jobs_ids=two, jobs_wait_timeout="2")
    assert (ran.status, ran.outcomes) == ("failed", {two: "stop_requested"})
    assert two in ran.failure and ran.recap["changed"] == {"localhost": 1}


INVALID = {
    "no selection": ({"service": "dli"}, "targets[0] (dli): Select jobs: set ids, or at least one of filters"),
    "ids and filters": ({"service": "dli", "ids": ["x"], "filters": {"queue": "q"}}, "are mutually exclusive"),
    "no cluster": ({"service": "cdm", "cluster_id": "", "ids": ["x"]}, "targets[0] (cdm): Missing: cluster_id."),
    "foreign option": ({"service": "dli", "cluster_id": "c", "ids": ["x"]}, "The service has no cluster_id."),
    "no service": ({"ids": ["x"]}, "missing required arguments: service"),
    "credentials": ({"service": "dli", "ids": ["x"], "password": "VERYSECRET"}, "targets.password"),
    "no target": (None, "missing required arguments: service"),
}


def test_invalid_targets_are_refused_by_the_module(simulator, operate):
    for name, (target, message) in INVALID.items():
        variables = {"stop_jobs_targets": [target]} if target else {}
        ran = operate(role="stop_jobs", **variables)
        assert (ran.status, message in ran.failure) == ("failed", True), (name, ran.stdout)
    assert simulator.journal() == []


def test_play_defaults_and_target_options_set_the_login(simulator, operate):
    ready = simulator.ready
    (id,) = seeded(simulator, SPARK, record={"queue": "alone", "create_time": ago(2 * HOUR)})
    login = {"token": ready["token"], "project_id": ready["project_id"], "endpoint": "http://127.0.0.1:1"}
    play = {"module_defaults": {"group/dataops.huaweicloud.all": login}}
    target = {"service": "dli", "kind": "spark", "endpoint": ready["mrs"], "project_id": "", "older_than": "1h"}
    ran = operate(
        role="stop_jobs", play=play, variables={}, stop_jobs_targets=[{**target, "filters": {"queue": "alone"}}]
    )
    assert ran.outcomes == {id: "stopped"}, ran.stdout


def test_one_time_passcode_logs_in_once(simulator, operate, tmp_path):
    ready = simulator.ready
    _ids, targets = four(simulator, 1)
    login = PASSCODE.prepare(ready, tmp_path)
    simulator.clear_journal()
    ran = operate(role="stop_jobs", variables=login, stop_jobs_targets=targets, stop_jobs_wait_sleep=0.05)
    assert ran.status == "successful", ran.stdout
    assert sum(number for name, number in meanings(simulator).items() if name.startswith("iam.")) == 1


def test_undefined_progress_interval_is_a_warning(simulator, operate):
    for value in ("{{ nowhere }}", "{{ omit }}"):
        (id,) = seeded(simulator, SQL)
        ran = operate(STOP_JOBS, jobs_service="dli", jobs_ids=id, huaweicloud_progress=value)
        assert ran.outcomes == {id: "stopped"}, ran.stdout


# The playbooks, with the variables of a survey


KNOWN = yaml.safe_load((ROOT / "playbooks" / "vars" / "jobs.yml").read_text())["__jobs_known"]


@pytest.mark.parametrize("empty", ["", None], ids=["empty", "null"])
def test_empty_survey_answers_count_as_not_given(simulator, operate, empty):
    ids = seeded(simulator, SQL, count=3, record={"queue_name": "2024_01_05", "start_time": ago(2 * HOUR)})
    fields = dict.fromkeys(KNOWN, empty)
    ran = operate(STOP_JOBS, **{**fields, "jobs_service": "dli", "jobs_ids": f"{ids[0]} ,{ids[1]}\r\n\n{ids[1]},"})
    assert (ran.status, ran.outcomes) == ("successful", dict.fromkeys(ids[:2], "stopped")), ran.stdout
    assert (
        len([task for task in ran.tasks if task not in ("Check the variables", "Include the role stop_jobs")])
        <= MOST_TASKS
    )
    given = {"jobs_service": "dli", "jobs_kind": "sql", "jobs_older_than": "1h", "jobs_queue": "2024_01_05"}
    ran = operate(STOP_OVERDUE_JOBS, **{**fields, **given})
    assert (ran.status, ran.outcomes) == ("successful", {ids[2]: "stopped"}), ran.stdout


def test_text_reaches_the_service_unchanged_with_native_jinja(simulator, operate, environment, monkeypatch):
    monkeypatch.setitem(environment, "ANSIBLE_JINJA2_NATIVE", "true")
    ids = seeded(simulator, SPARK, count=2, record={"queue": "2024_01_05", "owner": "1e3"})
    seeded(simulator, SPARK, record={"queue": "20240105", "owner": "1e3"})
    given = {"jobs_service": "dli", "jobs_kind": "spark", "jobs_queue": "2024_01_05", "jobs_owner": "1e3"}
    assert operate(STOP_JOBS, **given).outcomes == dict.fromkeys(ids, "stopped")


REFUSED_VARIABLES = {
    "nothing": ("stop_jobs", {}, "Missing variables: jobs_service or jobs_hosts. No request was sent."),
    "no selection": ("stop_jobs", {"jobs_service": "dli"}, "targets[0] (dli): Select jobs: set ids, or at least one"),
    "no ids": ("stop_jobs", {"jobs_service": "dli", "jobs_ids": " ,\n"}, "ids contains no ID"),
    "both": ("stop_jobs", {"jobs_service": "dli", "jobs_ids": "x", "jobs_status": "RUNNING"}, "mutually exclusive"),
    "no age": ("stop_overdue_jobs", {"jobs_service": "dli", "jobs_queue": "q"}, "Missing variables: jobs_older_than."),
    "age": ("stop_overdue_jobs", {"jobs_service": "dli", "jobs_older_than": "2w"}, "older_than"),
    "filter": ("stop_jobs", {"jobs_service": "cdm", "jobs_cluster_id": "c", "jobs_owner": "x"}, "targets[0] (cdm): "),
    "unknown": ("stop_jobs", {"jobs_service": "dli", "jobs_quue": "x"}, "Unknown variables: jobs_quue. No request"),
    "old names": (
        "stop_overdue_jobs",
        {"jobs_service": "dli", "jobs_max_age": "2h", "jobs_limit": 5},
        "Unknown variables: jobs_limit, jobs_max_age. Missing variables: jobs_older_than. No request was sent.",
    ),
    "unknown with targets": (
        "stop_jobs",
        {"stop_jobs_targets": [{"service": "dli", "ids": ["x"]}], "jobs_limt": 5},
        "Unknown variables: jobs_limt.",
    ),
}


@pytest.mark.parametrize(("playbook", "given", "message"), REFUSED_VARIABLES.values(), ids=[*REFUSED_VARIABLES])
def test_variables_are_refused_before_a_request(simulator, operate, playbook, given, message):
    ran = operate(f"dataops.huaweicloud.{playbook}", **given)
    assert (ran.status, message in ran.failures["localhost"]["msg"]) == ("failed", True), ran.stdout
    assert simulator.journal() == []


def test_value_that_a_blank_has_cut_is_refused(simulator, operate):
    ran = operate(STOP_JOBS, "-e", shlex.quote("jobs_service=dli jobs_ids=a b"))
    assert "Words without a variable: b." in ran.failures["localhost"]["msg"], ran.stdout
    assert simulator.journal() == []


@pytest.mark.parametrize("playbook", [STOP_JOBS, STOP_OVERDUE_JOBS])
def test_imported_playbook_can_run_twice(simulator, operate, playbook):
    ids = [
        *seeded(simulator, SQL, record={"queue_name": "alone", "start_time": ago(2 * HOUR)}),
        *seeded(simulator, SPARK, record={"queue": "alone", "create_time": ago(2 * HOUR)}),
    ]
    which = {"jobs_service": "dli", "jobs_queue": "alone", "jobs_older_than": "1h"}
    ran = operate(
        plays=[{"import_playbook": playbook, "vars": {**which, "jobs_kind": kind}} for kind in ("sql", "spark")]
    )
    for kind, id in zip((SQL, SPARK), ids):
        assert simulator.truth(kind.service, id)["stopped_by_us"], ran.stdout


def test_names_of_cdm_jobs_may_hold_blanks(simulator, operate):
    for name in ("nightly load", "other"):
        simulator.seed("cdm", id=name)
    where = {"jobs_service": "cdm", "jobs_cluster_id": simulator.ready["examples"]["cdm_cluster_id"]}
    ran = operate(STOP_JOBS, jobs_ids="nightly load\n other,", **where)
    assert ran.outcomes == {"nightly load": "stopped", "other": "stopped"}


# A fleet: one host for each location, as the inventory plugin makes them


def fleet(simulator):
    """Return running jobs of two clusters and a queue, and the hosts of these locations."""
    ids = {name: seeded(simulator, MRS_V2, count=2, cluster_id=name) for name in ("one", "two")}
    ids["queue"] = seeded(simulator, SQL, count=2, record={"queue_name": "alone"})
    where = {"project_id": simulator.ready["project_id"]}
    hosts = {name: {"huaweicloud_target": {"service": "mrs", "cluster_id": name, **where}} for name in ("one", "two")}
    target = {"service": "dli", "kind": "sql", "filters": {"queue": "alone"}, **where}
    return ids, {**hosts, "queue": {"huaweicloud_target": target}}


def test_fleet_is_one_call_of_the_module(simulator, operate, tmp_path):
    ids, hosts = fleet(simulator)
    report = tmp_path / "report.json"
    ran = operate(STOP_JOBS, hosts=hosts, jobs_hosts="all", jobs_status="RUNNING", jobs_report_json=str(report))
    assert ran.status == "successful", ran.stdout
    assert ran.outcomes == {id: "stopped" for each in ids.values() for id in each}
    assert len(ran.calls) == 1 and len(json.loads(report.read_text())["targets"]) == 3
    own = [name for name, _host, _result in ran.results if not name.startswith("Include the role")]
    assert len(own) <= MOST_TASKS, own
    # no job of another queue
    others = {id: truth for id, truth in simulator.truths("dli_sql").items() if id not in ids["queue"]}
    assert others and not any(truth["stopped_by_us"] for truth in others.values())


def test_limit_restricts_a_fleet(simulator, operate):
    ids, hosts = fleet(simulator)
    ran = operate(STOP_JOBS, "--limit", "two,queue", hosts=hosts, jobs_hosts="all", jobs_status="RUNNING")
    assert ran.outcomes == dict.fromkeys([*ids["two"], *ids["queue"]], "stopped"), ran.stdout


def test_max_jobs_counts_all_hosts_together(simulator, operate):
    _ids, hosts = fleet(simulator)
    ran = operate(STOP_JOBS, hosts=hosts, jobs_hosts="all", jobs_status="RUNNING", jobs_max_jobs=5)
    assert ran.failure.startswith("Refused: 6 jobs would be stopped, and max_jobs is 5.")
    assert simulator.journal(mutating=True) == []


@pytest.mark.parametrize("strategy", ["free", "host_pinned"])
def test_other_strategies_call_the_module_once(simulator, operate, tmp_path, strategy):
    ids, hosts = fleet(simulator)
    report = tmp_path / "report.json"
    more = {"stop_jobs_select": {"filters": {"status": "RUNNING"}}, "stop_jobs_report_json": str(report)}
    ran = operate(role="stop_jobs", hosts=hosts, play={"strategy": strategy}, **more)
    assert ran.status == "successful", ran.stdout
    assert len(ran.calls) == 1
    assert ran.outcomes == {id: "stopped" for each in ids.values() for id in each}
    assert json.loads(report.read_text())["counts"] == {"stopped": 6}


def test_batch_of_serial_is_a_run_with_true_messages(simulator, operate):
    ids, hosts = fleet(simulator)
    seeded(simulator, MRS_V2, cluster_id="two")
    select = {"filters": {"status": "RUNNING"}}
    ran = operate(role="stop_jobs", hosts=hosts, play={"serial": 1}, stop_jobs_select=select, stop_jobs_max_jobs=2)
    refused = [call["refused"] for call in ran.calls]
    assert refused == [False, False, True] or refused == [False, True] or refused == [True], ran.stdout
    stopped = {id for each in ids.values() for id in each if truth_of(simulator, id)["stopped_by_us"]}
    assert len(stopped) == 2 * refused.count(False)
    assert ran.failure.startswith(
        "Refused: 3 jobs would be stopped, and max_jobs is 2. No stop request was sent. mrs two"
    )


def truth_of(simulator, id):
    return {**simulator.truths("mrs_v2"), **simulator.truths("dli_sql")}[id]


def test_variables_do_not_replace_what_hosts_determine(simulator, operate):
    _ids, hosts = fleet(simulator)
    ran = operate(STOP_JOBS, hosts=hosts, jobs_hosts="all", jobs_service="dli", jobs_region="x", jobs_ids="x")
    assert (
        "Variables that cannot be used with jobs_hosts: jobs_service, jobs_region, jobs_ids."
        in ran.failures["one"]["msg"]
    )
    ran = operate(STOP_JOBS, hosts=hosts, jobs_hosts="all", jobs_queue="other")
    assert "A target (dli) and select both set filters.queue. Set it only once." in ran.failure
    ran = operate(STOP_JOBS, hosts=hosts, jobs_hosts="all")
    assert "(mrs): Select jobs: set ids, or at least one of" in ran.failure
    assert simulator.journal() == []


def test_job_of_several_hosts_is_stopped_once(simulator, operate):
    ids = seeded(simulator, SQL, count=2)
    hosts = {name: {"huaweicloud_target": {"service": "dli", "ids": ids}} for name in ("here", "there")}
    ran = operate(role="stop_jobs", hosts=hosts)
    assert ran.outcomes == dict.fromkeys(ids, "stopped")
    assert meanings(simulator, mutating=True) == {SQL.stop: 2}
