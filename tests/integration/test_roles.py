# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The roles and the playbooks through ansible-runner: what they plan, refuse, send and tell."""

from __future__ import annotations

import contextlib
import importlib
import inspect
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
from conftest import BIN, ROOT
from job_kinds import KINDS
from return_docs import assert_matches_documentation

from ansible_collections.dataops.huaweicloud.plugins.plugin_utils.targets import kinds
from tests.tools import role_readmes

pytestmark = pytest.mark.operations

MRS, MRS_V2, CDM, SQL, SPARK, FLINK, GES = KINDS
ROLES = ("stop_jobs", "stop_overdue_jobs")
HOUR = 3600


class Operated:
    """What a role or a playbook did, read back from the event stream."""

    def __init__(self, run: ansible_runner.Runner) -> None:
        events = [*run.events]
        self.status = run.status
        self.stdout = run.stdout.read()
        self.recap = run.stats
        (self.told,) = [e["event_data"]["artifact_data"] for e in events if e["event"] == "playbook_on_stats"] or [{}]
        self.artifacts = run.config.artifact_dir
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

    def message(self, task: str) -> str:
        """Return the message of a task as lines, empty if the task did not run."""
        messages = [result.get("msg", "") for name, _host, result in self.results if name == task]
        return "\n".join("\n".join(msg) if isinstance(msg, list) else msg for msg in messages)

    @property
    def plan(self) -> str:
        return self.message("Show the plan")

    @property
    def refusal(self) -> str:
        return self.message("Refuse a plan that is not to be carried out")

    @property
    def outcome(self) -> str:
        return self.message("Show what became of the jobs")

    @property
    def failure(self) -> str:
        return self.message("Fail where a job or a target did")

    @property
    def outcomes(self) -> dict[str, str]:
        """Each job's outcome, as AWX is told."""
        return {job["id"]: job["outcome"] for job in self.told["stop_jobs_jobs"]}


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
            return Operated(
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
    """Milliseconds since 1970, so many seconds ago."""
    return int((time.time() - seconds) * 1000)


# What is written about them


def spec_of(role):
    return yaml.safe_load((ROOT / "roles" / role / "meta" / "argument_specs.yml").read_text())["argument_specs"]["main"]


@pytest.mark.parametrize("role", ROLES)
def test_the_defaults_are_those_that_the_documentation_tells(role):
    defaults = yaml.safe_load((ROOT / "roles" / role / "defaults" / "main.yml").read_text())
    told = {name: option["default"] for name, option in spec_of(role)["options"].items() if "default" in option}
    assert defaults == told
    assert all(option.get("required") for name, option in spec_of(role)["options"].items() if name not in told)


@pytest.mark.parametrize("role", ROLES)
def test_the_tables_in_the_readme_are_those_of_the_argument_specs(role):
    path = ROOT / "roles" / role
    assert (path / "README.md").read_text() == role_readmes.readme(path), "run tests/tools/role_readmes.py"


@pytest.mark.parametrize("role", ROLES)
def test_the_example_in_the_readme_is_what_the_role_takes(role):
    (example,) = re.findall(r"^```yaml\n(.*?)^```", (ROOT / "roles" / role / "README.md").read_text(), re.M | re.S)
    ((play,),) = [yaml.safe_load(example)]
    ((used,),) = [play["roles"]]
    assert used["role"] == f"dataops.huaweicloud.{role}"
    assert ArgumentSpecValidator(spec_of(role)["options"]).validate(used["vars"]).error_messages == []


def test_the_guide_names_every_variable_of_the_playbooks():
    guide = (ROOT / "docs" / "roles.md").read_text()
    assert set(EMPTY) | {"jobs_service", "jobs_max_age", "jobs_name_regex"} == set(re.findall(r"`(jobs_\w+)`", guide))


@pytest.mark.parametrize("role", ROLES)
def test_a_target_names_its_place_in_the_same_way_in_both_roles(role):
    targets = spec_of(role)["options"][f"{role}_targets"]["options"]
    others = spec_of("stop_jobs")["options"]["stop_jobs_targets"]["options"]
    for name, option in others.items():
        if name not in ("service", "cluster_id", "ids", "filters"):
            assert targets[name] == option


def test_the_guide_names_what_each_service_selects_by():
    guide = (ROOT / "docs" / "many_jobs.md").read_text()
    told = {jobs: re.findall(r"`(\w+)`", text) for jobs, text in re.findall(r"^\| `([^`]+)` \| (.*) \|$", guide, re.M)}
    assert told == {name: [*kind.listing.filters] if kind.listing else [] for name, kind in kinds().items()}


def test_a_target_has_the_filters_of_all_modules():
    options = spec_of("stop_jobs")["options"]["stop_jobs_targets"]["options"]["filters"]["options"]
    assert set(options) == {name for kind in kinds().values() if kind.listing for name in kind.listing.filters}


FILTERS = {
    name: importlib.import_module(f"ansible_collections.dataops.huaweicloud.plugins.filter.{name}")
    for name in sorted(path.stem for path in (ROOT / "plugins" / "filter").glob("*.py"))
}


@pytest.mark.parametrize("name", FILTERS)
def test_a_filter_takes_what_its_documentation_says(name):
    told = yaml.safe_load(FILTERS[name].DOCUMENTATION)
    (taken,) = FILTERS[name].FilterModule().filters().items()
    _input, *parameters = inspect.signature(taken[1]).parameters.values()
    assert name == taken[0] == told["name"]
    assert [each.name for each in parameters] == [each for each in told.get("positional", "").split(", ") if each]
    assert set(told["options"]) == {"_input", *(each.name for each in parameters)}
    for each in parameters:
        option = told["options"][each.name]
        assert each.default == (each.empty if option.get("required") else option.get("default"))


def test_the_filters_give_what_their_documentation_says():
    given = {name: module.FilterModule().filters()[name] for name, module in FILTERS.items()}

    def check(name, *parameters):
        value = given[name](*parameters)
        assert_matches_documentation({"_value": value}, yaml.safe_load(FILTERS[name].RETURN), name)
        return value

    (target,) = check("job_targets", [{"service": "dli", "queue": "q"}], "1h")["targets"]
    facts = {"name": None, "owner": "o", "queue": "q", "started": "2001-09-09T01:46:40Z"}
    found = {"item": target, "msg": "m", "jobs": [{"id": "x", "status": "RUNNING", "active": True, **facts}]}
    plan = check("overdue_jobs", check("job_plan", [target], [{"results": [found]}], "here"))
    assert "1 job to stop" in check("plan_summary", plan, 100)["text"][0]
    job = {"id": "x", "outcome": "stopped", "previous_status": "RUNNING", "status": "CANCELLED"}
    outcomes = check("job_outcomes", plan, [{"results": [{"item": plan[0]["target"], "jobs": [job]}]}])
    assert check("outcome_summary", outcomes)["counts"] == {"stopped": 1}


# Nothing by omission: what is refused before anything is sent

MRS_TARGET = {"service": "mrs", "cluster_id": "c"}
REFUSED = {
    "neither": ({"service": "dli"}, "(dli): say which jobs, by ids or by at least one of filters"),
    "no-filters": ({"service": "dli", "filters": {}}, "say which jobs, by ids or by at least one of filters"),
    "nulls": ({"service": "dli", "filters": None, "ids": None}, "say which jobs"),
    "empty-ids": ({"service": "dli", "ids": ""}, "say which jobs"),
    "both": ({"service": "dli", "ids": ["x"], "filters": {"queue": "q"}}, "ids and filters exclude each other"),
    "empty-filter": ({**MRS_TARGET, "filters": {"queue": "", "status": "RUNNING"}}, "queue is empty: leave it out"),
    "lacks": (
        {"service": "cdm", "cluster_id": "c", "filters": {"owner": "x"}},
        "cdm cannot select jobs by owner; it can",
    ),
    "lacks-sql": (
        {"service": "dli", "filters": {"name": "x"}},
        "dli sql cannot select jobs by name; it can by status, ",
    ),
    "lacks-all": ({"service": "ges", "graph_name": "g", "filters": {"name": "x"}}, "ges cannot select jobs by name."),
    "no-cluster": ({"service": "cdm", "cluster_id": "", "ids": ["x"]}, "(cdm): cluster_id is missing"),
    "no-list": (
        {"service": "mrs", "filters": {"status": "RUNNING"}},
        "cluster_id is missing, without which MRS has no",
    ),
    "no-graph": ({"service": "ges", "ids": ["x"]}, "(ges): graph_name is missing"),
    "foreign-place": ({"service": "dli", "cluster_id": "c", "ids": ["x"]}, "cluster_id has no meaning for dli"),
    "foreign-kind": ({**MRS_TARGET, "kind": "spark", "ids": ["x"]}, "kind has no meaning for mrs"),
    "no-service": ({"ids": ["x"]}, "missing required arguments: service"),
    "other-service": ({"service": "obs", "ids": ["x"]}, "value of service must be one of: mrs, cdm, dli, ges"),
    "other-kind": ({"service": "dli", "kind": "hive", "ids": ["x"]}, "value of kind must be one of"),
    "credentials": ({"service": "dli", "ids": ["x"], "password": "VERYSECRET"}, "stop_jobs_targets.password"),
    "misspelt-filter": ({"service": "dli", "filters": {"que": "x"}}, "stop_jobs_targets.filters.que"),
    "no-number": ({"service": "dli", "filters": {"started_after": "noon"}}, "started_after"),
}
REPORTS = {"no-folder": "/nowhere/report.html", "a-folder": "/tmp"}


def test_what_says_too_little_or_too_much_is_refused_and_nothing_is_sent(simulator, operate):
    hosts = {name: {"stop_jobs_targets": [target]} for name, (target, _message) in REFUSED.items()}
    dli = [{"service": "dli", "ids": ["x"]}]
    hosts |= {name: {"stop_jobs_targets": dli, "stop_jobs_report_html": path} for name, path in REPORTS.items()}
    hosts |= {"no-targets": {}, "text": {"stop_jobs_targets": "service=dli ids=x"}}
    ran = operate(role="stop_jobs", hosts=hosts)
    expected = {name: message for name, (_target, message) in REFUSED.items()}
    for name, path in REPORTS.items():
        expected[name] = f"The report {path} must be a file, in a folder that is there. Nothing was sent."
    expected["no-targets"] = "missing required arguments: stop_jobs_targets"
    # which Ansible takes for a list of dictionaries
    expected["text"] = "stop_jobs_targets must be a list of dictionaries. Nothing was sent."
    assert set(ran.recap["failures"]) == set(expected)
    for name, message in expected.items():
        assert message in str(ran.failures[name]), (name, ran.failures[name])
    assert simulator.journal() == []


OVERDUE = {
    "both": ({"name": "x", "name_regex": "x"}, "1h", "name and name_regex exclude each other"),
    "regex": ({"name_regex": "(x"}, "1h", "must be a regular expression of Python, and this is none: (x."),
    "no-name": ({"service": "dli", "cluster_id": "", "name": "x"}, "1h", "records of dli sql do not tell what name is"),
    "no-queue": ({"service": "cdm", "queue": "x"}, "1h", "the records of cdm do not tell what queue is"),
    "no-cluster": ({"cluster_id": ""}, "1h", "stop_overdue_jobs_targets[0] (mrs): cluster_id is missing"),
    "ids": ({"ids": ["x"]}, "1h", "stop_overdue_jobs_targets.ids"),
    **{
        f"age-{n}": ({}, age, "must be a number of seconds, or such as 90s, 45m, 2h or 1d")
        for n, age in enumerate(["", "0", "0h", "-1h", "2 h", "1.5h", "2w", "1h30m", "h", "two", "2H"])
    },
}


def test_an_age_or_a_selection_that_cannot_be_understood_is_refused_and_nothing_is_sent(simulator, operate):
    hosts = {
        name: {"stop_overdue_jobs_max_age": age, "stop_overdue_jobs_targets": [{**MRS_TARGET, **target}]}
        for name, (target, age, _message) in OVERDUE.items()
    }
    ran = operate(role="stop_overdue_jobs", hosts=hosts)
    assert set(ran.recap["failures"]) == set(OVERDUE)
    for name, (_target, _age, message) in OVERDUE.items():
        assert message in str(ran.failures[name]), (name, ran.failures[name])
    assert simulator.journal() == []


# The whole way: plan, stop, tell


def four(simulator, count, **spec):
    """Create running jobs in otherwise empty places of four services; return them and their targets, two by filters."""
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
    """Stop two jobs in each of four services with the playbook, and write both reports."""
    ids, targets = four(simulator, 2)
    paths = {f"stop_jobs_report_{format}": str(tmp_path / f"report.{format}") for format in ("markdown", "html")}
    options = {"stop_jobs_targets": targets, "stop_jobs_wait_sleep": 0.05, **paths}

    def run(*flags):
        simulator.clear_journal()
        return operate("dataops.huaweicloud.stop_jobs", *flags, **options)

    run.ids = ids
    return run


def assert_no_secret(simulator, ran, *texts):
    """Check that neither the artifacts of a run nor the given texts hold the token or the password."""
    artifacts = "".join(file.read_text() for file in pathlib.Path(ran.artifacts).rglob("*.json"))
    secrets = [simulator.ready["token"], simulator.ready["password"]]
    assert not [secret for secret in secrets if secret in artifacts + "".join(texts)]


def test_dry_run_plans_every_service(simulator, stop_four):
    planned = stop_four("--check", "--diff")
    assert planned.status == "successful", planned.stdout
    assert simulator.journal(mutating=True) == []
    # one page for the plan, and one for the jobs that would be stopped
    assert meanings(simulator) == {kind.list: 2 for kind in stop_four.ids}
    assert planned.plan.startswith("Dry run. 8 jobs to stop, the limit is 100.\n")
    for line in (
        "mrs alone, status RUNNING: 2 jobs found",
        "cdm alone: 2 jobs found",
        "dli sql, queue alone: 2 jobs found",
        "ges alone: 2 jobs found",
    ):
        assert line in planned.plan.splitlines()
    for id in stop_four.ids[SQL]:
        (line,) = [line for line in planned.plan.splitlines() if id in line]
        assert re.fullmatch(rf"    stop  {id} +RUNNING +etl +20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", line)
    assert len({line.index("RUNNING") for line in planned.plan.splitlines() if "  RUNNING" in line}) == 1
    assert planned.told["stop_jobs_planned"] == planned.told["stop_jobs_would_stop"] == 8
    assert planned.recap["changed"] == {"localhost": 4}


def test_dry_run_report_is_marked(simulator, stop_four, tmp_path):
    planned = stop_four("--check", "--diff")
    reports = {format: (tmp_path / f"report.{format}").read_text() for format in ("markdown", "html")}
    assert reports["markdown"].startswith("# Data jobs that would be stopped\n")
    assert "| Dry run | yes, nothing was changed |" in reports["markdown"]
    # --diff does not show the report
    assert "Data jobs that would be stopped" not in planned.stdout
    assert_no_secret(simulator, planned, *reports.values())


def test_run_stops_every_service(simulator, stop_four):
    stopped = stop_four()
    assert stopped.status == "successful", stopped.stdout
    assert meanings(simulator, mutating=True) == {kind.stop: 2 for kind in stop_four.ids}
    assert meanings(simulator, mutating=False) == {kind.list: 3 for kind in stop_four.ids}
    assert stopped.recap["changed"] == {"localhost": 4}
    for kind, each in stop_four.ids.items():
        for id in each:
            assert simulator.truth(kind.service, id)["stopped_by_us"]
            assert re.search(rf"    stopped +{id} .*{kind.statuses[0]} +{kind.statuses[1]}", stopped.outcome)


def test_statistics_name_stopped_jobs(stop_four):
    stopped = stop_four()
    numbers = {name: value for name, value in stopped.told.items() if name != "stop_jobs_jobs" and value}
    assert numbers == {"stop_jobs_planned": 8, "stop_jobs_stopped": 8}
    for kind, (service, place) in {MRS_V2: ("mrs", "alone"), SQL: ("dli", "sql")}.items():
        for id in stop_four.ids[kind]:
            job = {"service": service, "place": place, "id": id, "outcome": "stopped", "status": kind.statuses[1]}
            assert job in stopped.told["stop_jobs_jobs"]


def test_reports_list_every_stopped_job(simulator, stop_four, tmp_path):
    stopped = stop_four()
    text, page = ((tmp_path / f"report.{format}").read_text() for format in ("markdown", "html"))
    assert text.startswith("# Stopped data jobs\n") and "| Dry run | no |" in text and "| stopped | 8 |" in text
    for kind, each in stop_four.ids.items():
        for id in each:
            (row,) = [row for row in rows(text) if id in row]
            name = {MRS_V2: "nightly", CDM: id}.get(kind, "")
            assert [row[0], row[1], row[2], *row[5:]] == ["stopped", id, name, *kind.statuses, ""]
            assert id in Table(page).cells
    assert "http" not in page.replace("HTTP", "")  # the page loads nothing from elsewhere
    assert "prefers-color-scheme: dark" in page
    assert_no_secret(simulator, stopped, text, page)


def test_second_run_stops_nothing(simulator, stop_four):
    stop_four()
    again = stop_four()
    assert (again.status, again.recap["changed"]) == ("successful", {})
    assert simulator.journal(mutating=True) == []
    # filters select no ended job, ids do
    assert again.outcomes == dict.fromkeys([*stop_four.ids[CDM], *stop_four.ids[GES]], "already_ended")


@pytest.mark.parametrize("flags", [(), ("--check",)], ids=["run", "check mode"])
def test_a_plan_above_the_limit_is_refused_as_a_whole(simulator, operate, flags):
    seeded(simulator, SQL, count=2, record={"queue_name": "alone"})
    ids = seeded(simulator, CDM, count=2, cluster_id="alone")
    targets = [
        {"service": "dli", "filters": {"queue": "alone", "status": "RUNNING"}},
        # what cannot be read may be active
        {"service": "cdm", "cluster_id": "alone", "ids": [*ids, "none"]},
        {"service": "dli", "kind": "spark", "endpoint": "http://127.0.0.1:1", "ids": ["x"]},
    ]
    ran = operate("dataops.huaweicloud.stop_jobs", *flags, stop_jobs_targets=targets, jobs_limit="4")
    assert ran.status == "failed"
    assert ran.refusal == (
        "5 jobs would be stopped, and the limit is 4. Nothing is stopped. dli sql, queue alone, status RUNNING: 2. "
        "cdm alone: 2. dli spark: 1. Select fewer, or raise the limit if the plan above is what you want."
    )
    plan = ran.plan.splitlines()
    assert plan[0].endswith("4 jobs to stop, 1 that could not be read, the limit is 4.")
    assert "    unknown  none" in plan and "    try      x" in plan
    assert simulator.journal(mutating=True) == []


def test_a_limit_of_none_refuses_one_and_a_plan_at_the_limit_is_none_too_many(simulator, operate):
    (id,) = seeded(simulator, SQL)
    target = [{"service": "dli", "ids": [id]}]
    assert operate(role="stop_jobs", stop_jobs_targets=target, stop_jobs_limit=0).refusal.startswith("1 job would be")
    assert operate("dataops.huaweicloud.stop_jobs", jobs_service="dli", jobs_ids=id, jobs_limit=0).refusal
    assert simulator.journal(mutating=True) == []
    assert operate(role="stop_jobs", stop_jobs_targets=target, stop_jobs_limit=1).outcomes == {id: "stopped"}


@pytest.mark.parametrize("role", ROLES)
def test_the_play_may_say_how_to_log_in_and_a_target_what_differs(simulator, operate, role):
    ready = simulator.ready
    (id,) = seeded(simulator, SPARK, record={"queue": "alone", "create_time": ago(2 * HOUR)})
    login = {"token": ready["token"], "project_id": ready["project_id"], "endpoint": "http://127.0.0.1:1"}
    play = {"module_defaults": {"group/dataops.huaweicloud.all": login}}
    which = {"queue": "alone"} if role == "stop_overdue_jobs" else {"filters": {"queue": "alone"}}
    target = {"service": "dli", "kind": "spark", "endpoint": ready["mrs"], "project_id": "", "region": "", **which}
    more = {f"{role}_targets": [target], "stop_overdue_jobs_max_age": "1h"}
    assert operate(role=role, play=play, variables={}, **more).outcomes == {id: "stopped"}


@pytest.mark.parametrize("known", ["all", "otc"])
def test_overdue_jobs_of_mrs_are_those_of_the_owner_whatever_the_list_can_select_by(simulator, operate, known):
    simulator.switches(mrs_v2_filters=known)
    old = {"started_time": ago(2 * HOUR)}
    mine, other = (seeded(simulator, MRS_V2, record={**old, "user": name})[0] for name in ("mine", "other"))
    target = {"service": "mrs", "cluster_id": simulator.ready["examples"]["mrs_cluster_id"], "owner": "mine"}
    ran = operate(role="stop_overdue_jobs", stop_overdue_jobs_targets=[target], stop_overdue_jobs_max_age="1h")
    assert ran.outcomes == {mine: "stopped"}, ran.stdout


def test_a_targets_project_by_name_goes_before_the_plays_by_id(simulator, operate):
    ready = simulator.ready
    (id,) = seeded(simulator, SQL)
    login = {"username": ready["username"], "password": ready["password"], "domain_name": ready["domain_name"]}
    elsewhere = {"project_id": "0" * 32, "auth_url": ready["iam"], "endpoint": ready["mrs"]}
    play = {"module_defaults": {"group/dataops.huaweicloud.all": {**login, **elsewhere}}}
    targets = [{"service": "dli", "project_name": ready["project_name"], "ids": [id]}]
    ran = operate(role="stop_jobs", play=play, variables={}, stop_jobs_targets=targets)
    assert ran.outcomes == {id: "stopped"}, ran.stdout


def test_every_fate_in_four_services_is_told_and_hides_no_other(
    simulator, operate, tmp_path
):  # long: replaced with the roles by the next change
    kinds = (MRS_V2, CDM, SQL, GES)
    fates = {
        "stopped": {},
        "already_ended": {"state": "finished"},
        "refused": {"refuses": True},
        "odd": {"status": "LIMBO"},
    }
    ids = {kind: {fate: seeded(simulator, kind, **spec)[0] for fate, spec in fates.items()} for kind in kinds}
    targets = []
    for kind in kinds:
        place = kind.options(simulator.ready)
        targets.append(
            {"service": kind.module.partition("_")[0], **place, "ids": [*ids[kind].values(), kind.unknown_id()]}
        )
    report = tmp_path / "report.md"
    more = {"stop_jobs_wait_sleep": 0.05, "stop_jobs_report_markdown": str(report)}
    ran = operate(role="stop_jobs", stop_jobs_targets=targets, **more)
    assert ran.status == "failed"
    assert ran.failure.startswith("12 of 20 jobs failed. mrs ")
    text = report.read_text()
    for kind in kinds:
        assert simulator.truth(kind.service, ids[kind]["stopped"])["stopped_by_us"]
        told = [job["outcome"] for job in ran.told["stop_jobs_jobs"] if job["service"] == kind.module.partition("_")[0]]
        assert told == ["stopped", "already_ended", "failed", "failed", "missing"]
        for fate, word in (("refused", "still"), ("odd", "LIMBO")):
            id = ids[kind][fate]
            assert id in ran.failure
            (row,) = [row for row in rows(text) if row[1:2] == [id]]
            assert row[0] == "failed" and word in row[-1], row
            assert row[-1] in ran.outcome
    assert ran.failure.count("The service does not know this job.") == 4
    numbers = {name: value for name, value in ran.told.items() if name != "stop_jobs_jobs" and value}
    assert numbers == {
        **{"stop_jobs_planned": 8, "stop_jobs_stopped": 4, "stop_jobs_already_ended": 4},
        **{"stop_jobs_failed": 8, "stop_jobs_missing_count": 4},
    }
    assert ran.recap["changed"] == {"localhost": 4}

    gone = [{"service": "dli", "ids": [SQL.unknown_id()]}]
    ignoring = operate(role="stop_jobs", stop_jobs_targets=gone, stop_jobs_missing="ignore")
    assert (ignoring.status, ignoring.outcomes) == ("successful", {SQL.unknown_id(): "missing"})


def test_a_target_that_fails_as_a_whole_is_told_and_the_others_are_stopped(simulator, operate, tmp_path):
    (one,), (other,) = seeded(simulator, SQL, record={"queue_name": "alone"}), seeded(simulator, CDM)
    targets = [
        {"service": "mrs", "cluster_id": "nowhere", "filters": {"status": "RUNNING"}},
        {"service": "dli", "filters": {"queue": "alone"}},
        {"service": "dli", "kind": "flink", "ids": ["none"]},
        {"service": "ges", "graph_name": "unheard-of", "ids": ["a", "b"]},
        {"service": "dli", "kind": "spark", "endpoint": "http://127.0.0.1:1", "filters": {"status": "running"}},
        {"service": "cdm", **CDM.options(simulator.ready), "ids": other},
    ]
    report = tmp_path / "report.md"
    ran = operate(role="stop_jobs", stop_jobs_targets=targets, stop_jobs_report_markdown=str(report))
    assert ran.status == "failed"
    assert ran.outcomes == {one: "stopped", other: "stopped", "none": "failed", "a": "failed", "b": "failed"}
    assert ran.told["stop_jobs_failed"] == 3
    reasons = (
        "The cluster does not exist.",
        "The ids of Flink jobs are numbers.",
        "has no graph unheard-of.",
        "No connection to the service",
    )
    assert ran.failure.startswith("3 of 5 jobs and 4 targets failed. mrs nowhere, status RUNNING: ")
    for reason in reasons:
        assert all(reason in text for text in (ran.plan, ran.outcome, ran.failure, report.read_text())), reason
    assert meanings(simulator, mutating=True) == {SQL.stop: 1, CDM.stop: 1}


def test_a_login_that_is_refused_and_a_python_that_is_none_end_red(simulator, operate, login):
    (id,) = seeded(simulator, SQL)
    more = {"jobs_service": "dli", "jobs_ids": id}
    ran = operate("dataops.huaweicloud.stop_jobs", variables={**login, "HW_AUTH_TOKEN": "VERYSECRET"}, **more)
    assert ran.status == "failed"
    assert "This target failed" in ran.plan or "try" in ran.plan
    assert "The token is invalid" in ran.failure and "VERYSECRET" not in ran.stdout
    ran = operate("dataops.huaweicloud.stop_jobs", ansible_python_interpreter="/nowhere/python", **more)
    assert (ran.status, ran.outcomes) == ("failed", {id: "failed"})
    assert "1 of 1 job and 1 target failed." in ran.failure
    assert simulator.journal(mutating=True) == []


def test_without_wait_what_was_accepted_is_told_and_a_wait_that_is_too_short_fails(simulator, operate):
    one, two = (seeded(simulator, SQL, stop_takes=3600)[0] for _number in range(2))
    ran = operate("dataops.huaweicloud.stop_jobs", jobs_service="dli", jobs_ids=one, jobs_no_wait="yes")
    assert (ran.status, ran.outcomes) == ("successful", {one: "stop_requested"})
    ran = operate("dataops.huaweicloud.stop_jobs", jobs_service="dli", jobs_ids=two, jobs_wait_timeout="1")
    assert (ran.status, ran.outcomes) == ("failed", {two: "stop_requested"})
    assert f"{two}: the stop was accepted and is not confirmed: look again in check mode, or wait longer" in ran.failure
    assert ran.told["stop_jobs_stop_requested"] == 1 and ran.recap["changed"] == {"localhost": 1}


def test_names_that_would_break_a_table_a_page_or_a_template_break_none(simulator, operate, tmp_path):
    names = {
        "pipes | and \\ and `ticks`": "pipes | and \\ and `ticks`",
        "<script>alert(1)</script> & <!--": "<script>alert(1)</script> & <!--",
        "two\nlines\u2028and\x1b[31mmore": "two lines and [31mmore",
        "{{ 777 * 7 }}{% raw %}": "{{ 777 * 7 }}{% raw %}",
        # it says itself what its delimiters are
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
    paths = {f"stop_jobs_report_{kind}": str(tmp_path / f"report.{kind}") for kind in ("markdown", "html")}
    ran = operate(role="stop_jobs", stop_jobs_targets=targets, stop_jobs_wait_sleep=0.05, **paths)
    assert ran.outcomes == {**dict.fromkeys(ids.values(), "stopped"), odd: "failed"}
    text, page = ((tmp_path / f"report.{kind}").read_text() for kind in ("markdown", "html"))
    assert all("Unknown status {{ 777 * 7 }}: " in told for told in (ran.outcome, ran.failure, page))
    table = Table(page)
    assert "script" not in table.elements and table.open == []
    for name, plain in names.items():
        (row,) = [row for row in rows(text) if row[1:2] == [ids[name]]]
        assert len(row) == 8
        assert row[2].replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") == plain
        assert "<" not in row[2]
        assert table.cells[table.cells.index(ids[name]) + 1] == plain
        assert len([line for line in ran.plan.splitlines() if ids[name] in line and plain in line]) == 1
    assert r"\[here\](http://x) \*b\* \_i\_ \~s\~" in text and r"pipes \| and \\ and \`ticks\`" in text
    assert "5439" not in ran.stdout + text + page and "\x1b[31m" not in ran.stdout + text + page


# Overdue jobs


def test_jobs_are_overdue_by_their_start_and_selected_exactly(
    simulator, operate, tmp_path
):  # long: replaced with the roles by the next change
    def job(name, hours=3, owner="etl", queue="night", **spec):
        facts = {"user": owner, "queue": queue, "started_time": ago(hours * HOUR) if hours else 0}
        return seeded(simulator, MRS_V2, cluster_id="alone", record={"job_name": name, **facts}, **spec)[0]

    load, longer, shouted = job("load"), job("load-all"), job("LOAD")
    others, day = job("load", owner="etl2"), job("load", queue="day")
    late, early = job("load", hours=2 + 0.02), job("load", hours=2 - 0.02)
    unknown, ended = job("load", hours=0), job("load", state="finished")
    anybody = {load, longer, shouted, others, day, late}
    cases = {
        "everybody": ({}, anybody),
        "empty": ({"name": "", "name_regex": "", "owner": "", "queue": "", "region": ""}, anybody),
        "name": ({"name": "load"}, anybody - {longer, shouted}),
        "regex": ({"name_regex": "load"}, anybody - {longer, shouted}),
        "part": ({"name_regex": "oa|lo.d"}, anybody - {longer, shouted}),
        "flags": ({"name_regex": "(?i)load.*"}, anybody),
        "owner": ({"owner": "etl"}, anybody - {others}),
        "queue": ({"queue": "night"}, anybody - {day}),
        "together": ({"name_regex": "load.*", "owner": "etl", "queue": "night"}, {load, longer, late}),
        "nobody": ({"owner": "et"}, set()),
    }
    hosts = {
        name: {"stop_overdue_jobs_targets": [{"service": "mrs", "cluster_id": "alone", **which}]}
        for name, (which, _ids) in cases.items()
    }
    more = {"stop_overdue_jobs_max_age": "2h", "stop_overdue_jobs_limit": 1000}
    ran = operate(None, "--check", role="stop_overdue_jobs", hosts=hosts, **more)
    # the same jobs for each of the hosts, which is fine to look at
    assert ran.refusal.startswith("6 jobs would be stopped by more than one host"), ran.stdout
    plan = ran.plan + "\n"
    sections = dict(re.findall(r"^(\w+): mrs .*\n((?:    .*\n)*)", plan, re.MULTILINE))
    for name, (_which, expected) in cases.items():
        assert set(re.findall(r"    stop +(\S+)", sections[name])) == expected, name
        told = {id for id in (early, ended) if id in sections[name]}
        assert not told
        left_alone = f"Left alone, because the service does not tell since when they run: {unknown}"
        assert (left_alone in sections[name]) is (name != "nobody")
    assert "together: mrs alone, longer than 2h, name_regex load.*, owner etl, queue night: " in plan
    assert simulator.journal(mutating=True) == []

    simulator.clear_journal()
    report = tmp_path / "report.md"
    typed = {"jobs_service": "mrs", "jobs_cluster_id": "alone", "jobs_max_age": "7200", "jobs_name": "load"}
    ran = operate("dataops.huaweicloud.stop_overdue_jobs", jobs_report_markdown=str(report), **typed)
    assert ran.outcomes == dict.fromkeys(anybody - {longer, shouted}, "stopped")
    assert meanings(simulator, mutating=True) == {MRS_V2.stop: 4}
    # one page to find them, one before they are stopped, one after
    assert meanings(simulator, mutating=False) == {MRS_V2.list: 3}
    assert f"does not tell since when they run: {unknown}" in report.read_text()
    for id in (longer, shouted, early, unknown):
        assert not simulator.truth("mrs_v2", id)["stopped_by_us"]


def test_every_service_tells_since_when_and_one_that_does_not_is_left_alone(simulator, operate):
    old, new = ago(2 * HOUR), ago(HOUR / 2)
    records = {
        CDM: lambda at: {"execute-date": at, "execute_start_date": at},
        SQL: lambda at: {"queue_name": "alone", "start_time": at},
        SPARK: lambda at: {"queue": "alone", "create_time": at},
        FLINK: lambda at: {"queue_name": "alone", "start_time": at},
    }
    places = {kind: {"cluster_id": "alone"} if kind is CDM else {} for kind in records}
    ids = {
        kind: [seeded(simulator, kind, record=record(at), **places[kind])[0] for at in (old, new)]
        for kind, record in records.items()
    }
    graph = seeded(simulator, GES, graph_name="alone", count=2)
    targets = [
        {"service": "cdm", "cluster_id": "alone"},
        *({"service": "dli", "kind": kind, "queue": "alone"} for kind in ("sql", "spark", "flink")),
        {"service": "ges", "graph_name": "alone", "graph_address": simulator.ready["ges_service"]},
    ]
    ran = operate(role="stop_overdue_jobs", stop_overdue_jobs_targets=targets, stop_overdue_jobs_max_age="60m")
    assert ran.status == "successful", ran.stdout
    assert ran.outcomes == {old_id: "stopped" for old_id, _new_id in ids.values()}
    assert f"since when they run: {graph[0]}, {graph[1]}" in ran.plan or f"{graph[1]}, {graph[0]}" in ran.plan


# The playbooks, with what AWX makes of a survey


EMPTY = dict.fromkeys(
    [
        *("jobs_hosts", "jobs_cluster_id", "jobs_kind", "jobs_graph_name", "jobs_graph_address", "jobs_ids"),
        *("jobs_status", "jobs_name", "jobs_owner", "jobs_queue", "jobs_region", "jobs_project_id", "jobs_limit"),
        *("jobs_wait_timeout", "jobs_ignore_missing", "jobs_no_wait", "jobs_report_markdown", "jobs_report_html"),
    ],
    "",
)


def test_fields_of_a_survey_that_are_left_empty_count_as_not_given(simulator, operate):
    ids = seeded(simulator, SQL, count=3, record={"queue_name": "alone", "start_time": ago(2 * HOUR)})
    given = {"jobs_service": "dli", "jobs_ids": f"{ids[0]} ,{ids[1]}\r\n\n{ids[1]},"}
    ran = operate("dataops.huaweicloud.stop_jobs", **{**EMPTY, **given})
    assert (ran.status, ran.outcomes) == ("successful", dict.fromkeys(ids[:2], "stopped"))
    assert "2 jobs to stop, the limit is 100" in ran.plan
    # a kind that a survey's default gives counts for DLI only
    given = {
        "jobs_service": "dli",
        "jobs_kind": "sql",
        "jobs_max_age": "1h",
        "jobs_queue": "alone",
        "jobs_name_regex": "",
    }
    ran = operate("dataops.huaweicloud.stop_overdue_jobs", **{**EMPTY, **given})
    assert (ran.status, ran.outcomes) == ("successful", {ids[2]: "stopped"})
    given = {"jobs_service": "mrs", "jobs_kind": "sql", "jobs_ids": MRS.unknown_id(), "jobs_ignore_missing": "yes"}
    ran = operate("dataops.huaweicloud.stop_jobs", **{**EMPTY, **given})
    assert (ran.status, ran.outcomes) == ("successful", {MRS.unknown_id(): "missing"})


def test_a_survey_that_selects_nothing_or_twice_is_refused_and_nothing_is_sent(simulator, operate):
    needed = (
        "Set jobs_ids, or jobs_status, or jobs_name, or jobs_owner, or jobs_queue: nothing is selected by omission."
    )
    place = "Set jobs_service to mrs, cdm, dli or ges, or jobs_hosts to hosts of an inventory."
    for playbook, given, message in (
        ("stop_jobs", {"jobs_service": "dli"}, f"{needed} Nothing was sent."),
        ("stop_jobs", {"jobs_service": "dli", "jobs_ids": " ,\n"}, "say which jobs"),
        ("stop_jobs", {"jobs_service": "dli", "jobs_ids": "x", "jobs_status": "RUNNING"}, "exclude each other"),
        ("stop_jobs", {"jobs_ids": "x"}, f"{place} Nothing was sent."),
        ("stop_jobs", {}, f"{place} {needed}"),
        ("stop_overdue_jobs", {"jobs_service": "dli"}, "Set jobs_max_age: nothing is selected by omission."),
        ("stop_jobs", {"jobs_service": "cdm", "jobs_cluster_id": "c", "jobs_name": "x"}, "Set jobs_ids: nothing is"),
        ("stop_overdue_jobs", {"jobs_service": "dli", "jobs_max_age": "2w"}, "stop_overdue_jobs_max_age must be"),
    ):
        ran = operate(f"dataops.huaweicloud.{playbook}", **{**EMPTY, **given})
        assert message in str(ran.failures["localhost"]), ran.stdout
    assert simulator.journal() == []


@pytest.mark.parametrize(
    ("playbook", "typed"),
    [("stop_jobs", "jobs_service=dli jobs_ids=a b"), ("stop_overdue_jobs", "jobs_service=dli jobs_max_age=2 b")],
)
def test_a_value_that_a_blank_has_cut_is_refused(simulator, operate, playbook, typed):
    ran = operate(f"dataops.huaweicloud.{playbook}", "-e", shlex.quote(typed))
    assert 'In -e, "b" stands behind a blank' in ran.failures["localhost"]["msg"], ran.stdout
    assert simulator.journal() == []


@pytest.mark.parametrize("playbook", ["stop_jobs", "stop_overdue_jobs"])
def test_a_playbook_that_runs_twice_stops_each_time_what_is_meant_then(simulator, operate, playbook):
    ids = [
        *seeded(simulator, SQL, record={"queue_name": "alone", "start_time": ago(2 * HOUR)}),
        *seeded(simulator, SPARK, record={"queue": "alone", "create_time": ago(2 * HOUR)}),
    ]
    which = {"jobs_service": "dli", "jobs_queue": "alone", **({"jobs_max_age": "1h"} if "overdue" in playbook else {})}
    imported = {"import_playbook": f"dataops.huaweicloud.{playbook}"}
    ran = operate(plays=[{**imported, "vars": {**which, "jobs_kind": kind}} for kind in ("sql", "spark")])
    for kind, id in zip((SQL, SPARK), ids):
        assert simulator.truth(kind.service, id)["stopped_by_us"], ran.stdout


@pytest.mark.parametrize("wrong", ["dli", "no-service"])
def test_what_an_earlier_play_planned_and_did_is_none_of_a_later_one(simulator, operate, tmp_path, wrong):
    report = tmp_path / "report.md"
    running = {name: [{"service": "dli", "ids": seeded(simulator, SQL, count=2)}] for name in ("first", "second")}
    hosts = {name: {"targets": targets} for name, targets in running.items()}
    later = {"stop_jobs_limit": 0, "stop_jobs_report_markdown": str(report)}
    plays = [
        {
            "name": "Test",
            "hosts": "all",
            "gather_facts": False,
            "roles": [{"role": "dataops.huaweicloud.stop_jobs", "stop_jobs_targets": targets, **more}],
        }
        for targets, more in (
            ("{{ targets }}", {}),
            ("{{ targets if inventory_hostname == 'first' else [{'service': wrong}] }}", later),
        )
    ]
    ran = operate(plays=plays, hosts=hosts, wrong=wrong)
    assert (ran.refusal, [*ran.failures]) == ("", ["second"]), ran.stdout
    text = report.read_text()
    assert "already_ended" in text and "| stopped |" not in text
    assert "second" in text


def test_a_limit_holds_also_where_errors_are_ignored(simulator, operate):
    targets = [{"service": "dli", "ids": seeded(simulator, SQL, count=3)}]
    play = {"ignore_errors": True}
    ran = operate(role="stop_jobs", play=play, stop_jobs_targets=targets, stop_jobs_limit=2)
    assert "3 jobs would be stopped, and the limit is 2." in ran.refusal
    assert simulator.journal(mutating=True) == [], ran.stdout


def test_a_variable_that_means_nothing_is_refused_because_it_would_have_selected_less(simulator, operate):
    overdue = {"jobs_service": "dli", "jobs_max_age": "1h"}
    many = ["jobs_status", "jobs_id", "jobs_ids", "jobs_users", "jobs_age", "jobs_clusters"]
    for playbook, given, unknown in (
        ("stop_jobs", {"jobs_service": "dli", "jobs_status": "RUNNING", "jobs_max_age": "2h"}, "jobs_max_age"),
        ("stop_jobs", {"jobs_service": "dli", "jobs_status": "RUNNING", "jobs_quue": "x"}, "jobs_quue"),
        ("stop_overdue_jobs", {**overdue, **dict.fromkeys(many, "x")}, ", ".join(sorted(many))),
        ("stop_jobs", {"stop_jobs_targets": [{"service": "dli", "ids": ["x"]}], "jobs_limt": 5}, "jobs_limt"),
    ):
        ran = operate(f"dataops.huaweicloud.{playbook}", **given)
        message = f"This playbook has no variable {unknown}; it has jobs_hosts, "
        assert message in ran.failures["localhost"]["msg"], ran.stdout
    assert simulator.journal() == []


def test_names_of_cdm_jobs_may_hold_blanks(simulator, operate):
    for name in ("nightly load", "other"):
        simulator.seed("cdm", id=name)
    where = {"jobs_service": "cdm", "jobs_cluster_id": simulator.ready["examples"]["cdm_cluster_id"]}
    ran = operate("dataops.huaweicloud.stop_jobs", jobs_ids="nightly load\n other,", **where)
    assert ran.outcomes == {"nightly load": "stopped", "other": "stopped"}


# A fleet: one host for each place, as the inventory plugin makes them


def fleet(simulator, **more):
    """Two clusters and a queue, with running jobs, and hosts for them."""
    ids = {name: seeded(simulator, MRS_V2, count=2, cluster_id=name) for name in ("one", "two")}
    ids["queue"] = seeded(simulator, SQL, count=2, record={"queue_name": "alone"})
    where = {"project_id": simulator.ready["project_id"]}
    hosts = {name: {"huaweicloud_target": {"service": "mrs", "cluster_id": name, **where}} for name in ("one", "two")}
    target = {"service": "dli", "kind": "sql", **where}
    return ids, {**hosts, "queue": {"huaweicloud_target": target, "huaweicloud_name": "alone"}}


def test_the_hosts_of_a_fleet_are_one_plan_one_report_and_numbers_that_add_up(simulator, operate, tmp_path):
    ids, hosts = fleet(simulator)
    hosts["broken"] = {"huaweicloud_target": {"service": "cdm", "project_id": "x"}, "huaweicloud_name": "broken"}
    report = tmp_path / "report.md"
    typed = {"jobs_hosts": "all", "jobs_status": "RUNNING", "jobs_report_markdown": str(report)}
    ran = operate("dataops.huaweicloud.stop_jobs", hosts=hosts, **typed)
    assert (set(ran.recap["failures"]), ran.recap["changed"]) == ({"broken"}, {"one": 1, "two": 1, "queue": 1})
    assert ran.outcomes == {id: "stopped" for each in ids.values() for id in each}
    assert ran.told["stop_jobs_stopped"] == ran.told["stop_jobs_planned"] == 6
    plan, text = ran.plan, report.read_text()
    project = simulator.ready["project_id"]
    assert plan.startswith("6 jobs to stop, the limit is 100.\n")
    for name in ("one", "two"):
        assert f"{name}: mrs {name} {project}, status RUNNING: 2 jobs found" in plan
    assert f"queue: dli sql {project}, status RUNNING, queue alone: 2 jobs found" in plan
    assert all(id in plan and id in text for id in ran.outcomes)
    assert "| stopped | 6 |" in text and "## broken\n\nNot worked through" in text
    assert all(simulator.truth("mrs_v2", id)["stopped_by_us"] for id in [*ids["one"], *ids["two"]])
    # nothing of another queue
    others = {id: truth for id, truth in simulator.truths("dli_sql").items() if id not in ids["queue"]}
    assert others and not any(truth["stopped_by_us"] for truth in others.values())


def test_the_limit_is_that_of_all_hosts_together(simulator, operate):
    _ids, hosts = fleet(simulator)
    typed = {"jobs_hosts": "all", "jobs_status": "RUNNING", "jobs_limit": 5}
    ran = operate("dataops.huaweicloud.stop_jobs", hosts=hosts, **typed)
    assert set(ran.recap["failures"]) >= {"one"} and ran.recap["changed"] == {}
    assert ran.refusal.startswith("6 jobs would be stopped")
    assert simulator.journal(mutating=True) == []


def test_what_the_hosts_say_is_not_said_again_and_a_fleet_is_not_stopped_by_omission(simulator, operate):
    _ids, hosts = fleet(simulator)
    ran = operate("dataops.huaweicloud.stop_jobs", hosts=hosts, jobs_hosts="all")
    assert all("nothing is selected by omission" in ran.failures[host]["msg"] for host in hosts), ran.stdout
    typed = {"jobs_hosts": "all", "jobs_service": "dli", "jobs_region": "eu-nl", "jobs_queue": "alone"}
    for playbook, more in (("stop_jobs", {"jobs_ids": "x"}), ("stop_overdue_jobs", {"jobs_max_age": "1h"})):
        ran = operate(f"dataops.huaweicloud.{playbook}", hosts=hosts, **typed, **more)
        ids = ", jobs_ids" if playbook == "stop_jobs" else ""
        twice = sorted(re.search("leave (.*?) empty", ran.failures["one"]["msg"])[1].split(", "))
        assert twice == sorted(f"jobs_region, jobs_service{ids}".split(", "))
        assert "jobs_queue" in re.search("leave (.*?) empty", ran.failures["queue"]["msg"])[1]
    # what only one of the hosts refuses is not half done by the others
    ran = operate("dataops.huaweicloud.stop_jobs", hosts=hosts, jobs_hosts="all", jobs_queue="alone")
    assert "leave jobs_queue empty" in ran.failures["queue"]["msg"]
    assert simulator.journal() == []


def test_a_job_that_several_hosts_would_stop_is_refused(simulator, operate):
    ids = seeded(simulator, SQL, count=2)
    target = [{"service": "dli", "ids": ids}]
    hosts = {name: {"stop_jobs_targets": target} for name in ("here", "there")}
    ran = operate("dataops.huaweicloud.stop_jobs", hosts=hosts, jobs_hosts="all")
    assert ran.refusal == (
        f"2 jobs would be stopped by more than one host, such as {ids[0]} by here and there. "
        "Nothing is stopped. Choose one host."
    )
    assert ran.recap["changed"] == {}
    assert simulator.journal(mutating=True) == []
