# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory plugin with real commands: hosts, groups, cache, refusals, and plays on its hosts."""

from __future__ import annotations

import json
import pathlib
import re
import subprocess
import sys

import pytest
import yaml
from job_kinds import request_meanings
from result_checks import stop_events

pytestmark = pytest.mark.operations

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(sys.prefix) / "bin"
GUIDE = (ROOT / "docs" / "inventory.md").read_text()
BLOCKS = re.findall(r"^```yaml\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE)
(PLAYS,) = (block for block in BLOCKS if "hosts:" in block)
SOURCE = (ROOT / "plugins" / "inventory" / "services.py").read_text()
EXAMPLES = re.search(r'^EXAMPLES = r"""\n(.*?)^"""', SOURCE, re.DOTALL | re.MULTILINE)[1].split("---\n")
PLUGIN = "dataops.huaweicloud.services"
LISTS = ["mrs.cluster.list", "cdm.cluster.list", "dli.queue.list", "ges.graph.list"]
CLUSTER = "ef7b54f2-3d92-49b2-a6d7-94607e1ea7df"
OTHER_CLUSTER = "8b1d55f6-150e-45e2-8347-b2ca608d366b"
QUEUES = ["default_sql", "default_spark", "default_flink", "queue1_sql", "test_sql", "test_spark", "test_flink"]
HOSTS = {
    *("mrs_mrs_ef7b", "mrs_mrs_33df", "mrs_mrs_8b1d", "cdm_cdm_1", "ges_moviejx"),
    *(f"dli_{name}" for name in QUEUES),
}


def unmarked(value: dict) -> object:
    """Remove the marks that Ansible puts on values that are not templates."""
    return value["__ansible_unsafe"] if set(value) == {"__ansible_unsafe"} else value


class InventoryResult:
    """The result of a command that reads an inventory.

    :ivar unfolded: the output with all whitespace normalized, because Ansible wraps warnings.
    """

    def __init__(self, process: subprocess.CompletedProcess[str]) -> None:
        self.exit_code = process.returncode
        self.text = process.stdout
        self.output = process.stdout + process.stderr
        self.unfolded = " ".join(self.output.split())
        self.data = json.loads(process.stdout, object_hook=unmarked) if process.stdout.startswith("{") else {}
        self.hosts = self.data.get("_meta", {}).get("hostvars", {})

    def group(self, name):
        """Return the hosts of a group."""
        return set(self.data.get(name, {}).get("hosts", []))


@pytest.fixture
def run_command(environment, login, tmp_path):
    """Run a command of Ansible in the folder of the inventories. A file that cannot be parsed is an error."""
    strict = {"ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true"}

    def run(*words, variables=None):
        env = {**environment, **strict, **(login if variables is None else variables)}
        line = [str(BIN / words[0]), *words[1:]]
        return InventoryResult(subprocess.run(line, env=env, cwd=tmp_path, capture_output=True, text=True, check=False))

    return run


@pytest.fixture
def write_inventory(tmp_path):
    """Write an inventory file and return its name."""

    def file(name="huaweicloud.yml", **options):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(yaml.safe_dump({"plugin": PLUGIN, **options}))
        return name

    return file


@pytest.fixture
def list_inventory(run_command, write_inventory):
    """Run ansible-inventory with a file of these options."""

    def inventory(*flags, variables=None, **options):
        return run_command("ansible-inventory", "-i", write_inventory(**options), "--list", *flags, variables=variables)

    return inventory


@pytest.mark.smoke
def test_hosts_carry_module_options(simulator, list_inventory, login):
    project = login["HW_PROJECT_ID"]
    inventory = list_inventory(variables={**login, "HW_REGION_NAME": "eu-de"})
    assert inventory.exit_code == 0, inventory.output
    assert set(inventory.hosts) == HOSTS
    assert request_meanings(simulator) == LISTS
    where = {"region": "eu-de", "project_id": project}
    targets = {
        "mrs_mrs_ef7b": {"service": "mrs", "cluster_id": CLUSTER, **where},
        "cdm_cdm_1": {"service": "cdm", "cluster_id": "6ec9a0a4-76be-4262-8697-e7af1fac7920", **where},
        "dli_queue1_sql": {"service": "dli", "kind": "sql", "filters": {"queue": "queue1"}, **where},
        "ges_moviejx": {"service": "ges", "graph_name": "moviejx", **where},
    }
    assert {host: inventory.hosts[host]["huaweicloud_target"] for host in targets} == targets
    details = inventory.hosts["mrs_mrs_ef7b"].pop("huaweicloud_details")
    assert details["cluster_version"] == "MRS 3.1.0-LTS.1"
    assert inventory.hosts["mrs_mrs_ef7b"] == {
        "huaweicloud_service": "mrs",
        "huaweicloud_id": CLUSTER,
        "huaweicloud_name": "mrs_ef7b",
        "huaweicloud_status": "running",
        "huaweicloud_region": "eu-de",
        "huaweicloud_project_id": project,
        "huaweicloud_target": targets["mrs_mrs_ef7b"],
        "ansible_connection": "local",
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
    }
    assert "__ansible_unsafe" not in inventory.text
    assert inventory.group("region_eu_de") == HOSTS
    assert inventory.group("cdm") == inventory.group("status_normal") == {"cdm_cdm_1"}
    assert inventory.group("status_running") == {"ges_moviejx", "mrs_mrs_8b1d", "mrs_mrs_ef7b"}
    assert inventory.group("dli") == {f"dli_{name}" for name in QUEUES}


def test_guide_shows_command_output(simulator, run_command, write_inventory, login):
    write_inventory()
    line, shown = re.search(r"^```console\n\$ (.*?)\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE).groups()
    inventory = run_command(*line.split(), variables={**login, "HW_REGION_NAME": "eu-de"})
    assert inventory.text.strip() == shown.strip()


def test_documented_files_work(simulator, run_command, login, tmp_path):
    ready = simulator.ready
    (tmp_path / "secret").write_text(ready["secret_key"])
    shown = {
        "YOURACCESSKEY": ready["access_key"],
        "/run/secrets/huaweicloud": str(tmp_path / "secret"),
        "/var/cache/ansible": str(tmp_path / "cache"),
        "eu-de_prod": "eu-de",
        "eu-nl_prod": "eu-de_second",
    }
    key = {"HW_ENDPOINT": ready["mrs"], "HW_AUTH_URL": ready["iam"], "HW_ACCESS_KEY": ready["access_key"]}
    key |= {"HW_SECRET_KEY": ready["secret_key"]}
    files = [text for text in [*BLOCKS, *EXAMPLES] if "plugin:" in text]
    found = []
    for text in files:
        for word, here in shown.items():
            text = text.replace(word, here)
        (tmp_path / "huaweicloud.yml").write_text(text)
        project = {} if "project_name" in text else {"HW_PROJECT_ID": login["HW_PROJECT_ID"]}
        inventory = run_command("ansible-inventory", "-i", "huaweicloud.yml", "--list", variables={**key, **project})
        assert inventory.exit_code == 0 and "WARNING" not in inventory.output, (text, inventory.output)
        found.append(sorted(inventory.hosts))
    all_hosts, few = sorted(HOSTS), sorted(f"prod_{host}" for host in HOSTS if host.startswith(("mrs", "dli")))
    nl = [f"nl_dli_default_{kind}" for kind in ("flink", "spark", "sql")]
    assert found == [all_hosts, nl, all_hosts, all_hosts, few]
    assert inventory.group("queue_type_sql") == {"prod_dli_queue1_sql"}


TEMPLATE = "{{ lookup('ansible.builtin.pipe', 'touch trapped') }}"
# The same with other delimiters, which the first line sets.
HIDDEN_TEMPLATE = "#jinja2: variable_start_string:'[%', variable_end_string:'%]'\n" + TEMPLATE.replace(
    "{{", "[%"
).replace("}}", "%]")


@pytest.fixture
def unusual_services(simulator):
    """Let the lists return unusual names and statuses, templates, and records without names."""

    def answer(service, **body):
        simulator.fault(meaning=f"{service}.list", kind="body", body=body, times=None)

    answer(
        "cdm.cluster",
        clusters=[
            {"id": "1", "name": "etl", "status": "910"},
            {"id": "2", "name": "etl", "status": "200"},
            {"id": "3", "name": "a b/c:d", "status": 999},
            {"id": "4", "name": TEMPLATE, "instances": [{"name": TEMPLATE}]},
            {"id": "5", "name": "5", "description": HIDDEN_TEMPLATE},
            {"name": "nobody"},
        ],
    )
    answer("ges.graph", graphs=[{"id": "1", "name": "gone", "status": "400"}, {"id": "2", "status": "203"}])
    answer("dli.queue", queues=[{"queue_name": "q", "queue_type": "general", "is_restarting": "true"}])


@pytest.mark.smoke
@pytest.mark.usefixtures("unusual_services")
def test_host_names_are_unique_and_safe(list_inventory):
    inventory = list_inventory(services=["cdm", "dli", "ges"])
    assert inventory.exit_code == 0, inventory.output
    statuses = {host: facts["huaweicloud_status"] for host, facts in inventory.hosts.items()}
    assert statuses == {
        "cdm_etl_1": "stopping",
        "cdm_etl_2": "normal",
        "cdm_a_b_c_d": "999",
        "cdm_5": None,
        "cdm_" + re.sub("[^A-Za-z0-9_.-]", "_", TEMPLATE): None,
        "dli_q_spark": "restarting",
        "dli_q_flink": "restarting",
        "ges_2": "rolling_back",
    }
    assert inventory.group("status_rolling_back") == {"ges_2"}


@pytest.mark.smoke
@pytest.mark.usefixtures("unusual_services")
def test_templates_are_not_evaluated(list_inventory, run_command, tmp_path):
    compose = {"seen": "huaweicloud_details.instances[0].name | default('none')"}
    inventory = list_inventory(services=["cdm", "dli", "ges"], compose=compose)
    assert inventory.exit_code == 0, inventory.output
    assert TEMPLATE in [facts["seen"] for facts in inventory.hosts.values()]
    host = next(host for host in inventory.hosts if "lookup" in host)
    assert inventory.hosts[host]["huaweicloud_name"] == TEMPLATE
    assert inventory.hosts["cdm_5"]["huaweicloud_details"]["description"] == HIDDEN_TEMPLATE
    # debug evaluates templates, unless the values are marked as unsafe
    shown = run_command(
        "ansible", "all", "-i", "huaweicloud.yml", "-m", "ansible.builtin.debug", "-a", "var=huaweicloud_details"
    )
    assert "touch trapped" in shown.output
    assert not (tmp_path / "trapped").exists()


@pytest.mark.parametrize("totals", ["told", "absent"])
def test_inventory_reads_all_pages(simulator, list_inventory, totals):
    for number in range(20):
        simulator.seed("mrs_v2", cluster_id=f"{number:08}-cluster")
    simulator.switches(list_page_most=7, list_totals=totals, mrs_numbers="string")
    inventory = list_inventory(services=["mrs"])
    assert len(inventory.group("mrs")) == 23
    # 24 clusters, one of them deleted; without a total, one more page shows the end
    assert len(simulator.journal()) == (4 if totals == "told" else 5)


def test_custom_groups_are_created(simulator, list_inventory):
    own = {
        "compose": {"location": "huaweicloud_service ~ '/' ~ huaweicloud_name"},
        "groups": {"secured": "huaweicloud_details.safe_mode == 0"},
        "keyed_groups": [{"key": "huaweicloud_details.queue_type", "prefix": "queue_type"}],
        "host_prefix": "prod_",
    }
    inventory = list_inventory(**own)
    assert set(inventory.hosts) == {f"prod_{host}" for host in HOSTS}
    assert inventory.hosts["prod_ges_moviejx"]["location"] == "ges/moviejx"
    assert inventory.group("secured") == {"prod_mrs_mrs_ef7b", "prod_mrs_mrs_33df", "prod_mrs_mrs_8b1d"}
    assert inventory.group("queue_type_sql") == {"prod_dli_queue1_sql"}
    inventory = list_inventory(**own, strict=True)
    assert inventory.exit_code != 0 and "Could not generate group for host prod_mrs_mrs_ef7b" in inventory.unfolded


@pytest.fixture
def cached(simulator, list_inventory, tmp_path):
    """Read an inventory with a cache, and return its hosts and the requests."""
    ready = simulator.ready

    def read(*flags, **variables):
        simulator.clear_journal()
        inventory = list_inventory(*flags, variables={**read.variables, **variables}, **read.options)
        assert inventory.exit_code == 0, inventory.output
        return inventory.hosts, request_meanings(simulator)

    read.variables = {
        "HW_ENDPOINT": ready["mrs"],
        "HW_AUTH_URL": ready["iam"],
        "HW_USER_NAME": ready["username"],
        "HW_USER_PASSWORD": ready["password"],
        "HW_DOMAIN_NAME": ready["domain_name"],
        "HW_PROJECT_NAME": ready["project_name"],
    }
    read.options = {
        "cache": True,
        "cache_plugin": "ansible.builtin.jsonfile",
        "cache_connection": str(tmp_path / "cache"),
        "services": ["mrs"],
    }
    return read


def test_cache_saves_requests_until_flushed(simulator, cached):
    first, requests = cached()
    assert requests == ["iam.token.create", "mrs.cluster.list"]
    simulator.seed("mrs_v2", cluster_id="newcomer")
    assert cached() == (first, [])
    flushed, requests = cached("--flush-cache")
    assert len(flushed) == len(first) + 1 and len(requests) == 2
    assert cached() == (flushed, [])


def test_each_login_has_its_own_cache(simulator, cached, list_inventory, tmp_path):
    first, _requests = cached()
    assert cached() == (first, [])
    others, requests = cached(HW_PROJECT_NAME="eu-de_second")
    assert others == {} and requests == ["iam.token.create", "mrs.cluster.list"]
    # a refused login reads nothing from the cache
    refused = {**cached.variables, "HW_USER_PASSWORD": "wrong"}
    assert list_inventory(variables=refused, **cached.options).exit_code != 0
    cached("--flush-cache")
    files = list((tmp_path / "cache").iterdir())
    assert len(files) == 2
    text = "".join(file.read_text() for file in files)
    assert CLUSTER in text and simulator.ready["password"] not in text and "MII" not in text


def test_refresh_in_play_bypasses_cache(simulator, cached, run_command, write_inventory, tmp_path):
    first, _requests = cached()
    create = {
        "url": simulator.ready["mrs"] + "/_control/jobs",
        "method": "POST",
        "body_format": "json",
        "body": {"service": "mrs_v2", "cluster_id": "latecomer"},
        "status_code": 201,
    }
    tasks = [
        {"name": "Create a cluster", "ansible.builtin.uri": create},
        {"name": "Refresh", "ansible.builtin.meta": "refresh_inventory"},
        {"name": "Show", "ansible.builtin.debug": {"msg": "there are {{ groups['mrs'] | length }}"}},
    ]
    play = {"name": "Refresh", "hosts": "localhost", "gather_facts": False, "tasks": tasks}
    (tmp_path / "play.yml").write_text(yaml.safe_dump([play]))
    simulator.clear_journal()
    source = write_inventory(**cached.options)
    playbook_run = run_command("ansible-playbook", "-i", source, "play.yml", variables=cached.variables)
    assert f"there are {len(first) + 1}" in playbook_run.output
    assert request_meanings(simulator) == ["iam.token.create", "mrs.cluster.list"]


NOT_OFFERED = {"error_msg": "The API does not exist or has not been published", "error_code": "APIGW.0101"}


def test_unavailable_service_is_a_warning(simulator, list_inventory):
    simulator.fault(meaning="ges.graph.list", kind="status", status=404, body=NOT_OFFERED, times=None)
    simulator.fault(meaning="cdm.cluster.list", kind="status", status=403, body=NOT_OFFERED, times=None)
    inventory = list_inventory()
    assert inventory.exit_code == 0 and set(inventory.hosts) == HOSTS - {"ges_moviejx", "cdm_cdm_1"}
    assert "[WARNING]: The service ges is not available to this user: " in inventory.unfolded
    assert "[HTTP 404, APIGW.0101]. Set services to the available ones." in inventory.unfolded
    assert "APIGW.0101" in inventory.unfolded
    inventory = list_inventory(services=["mrs", "ges"])
    assert inventory.exit_code != 0 and "APIGW.0101" in inventory.unfolded and "mrs_mrs_ef7b" not in inventory.output


@pytest.mark.parametrize("status", [400, 503])
def test_failing_service_is_an_error(simulator, list_inventory, status):
    simulator.fault(meaning="ges.graph.list", kind="status", status=status, body={"errorMessage": "odd"}, times=None)
    inventory = list_inventory(retries=0)
    assert (
        inventory.exit_code != 0 and f"HTTP {status}" in inventory.unfolded and "mrs_mrs_ef7b" not in inventory.output
    )


def test_invalid_sources_are_refused(simulator, list_inventory, run_command, write_inventory, login):
    refusals = [
        ({"servces": ["mrs"]}, "Unknown option: servces."),
        ({"services": ["mrs", "obs"]}, "obs"),
        ({"retries": "many"}, "retries"),
        ({"wait_timeout": 0}, "wait_timeout must be at least 1, not 0"),
        ({"services": []}, "services must not be empty. Omit it to read all services."),
        (
            {"endpoint": "http://user:hidden-secret@here"},
            "endpoint must be a URL such as https://host or https://host/path.",
        ),
        ({"password": "hidden-secret"}, "Incomplete credentials: password is set without username or user_id"),
    ]
    for options, expected in refusals:
        inventory = list_inventory(**options)
        assert inventory.exit_code != 0 and expected in inventory.unfolded, (options, inventory.output)
        assert "hidden-secret" not in inventory.output
    inventory = run_command("ansible-inventory", "-i", write_inventory(name="clusters.yml"), "--list")
    assert inventory.exit_code != 0 and "could not be verified by inventory plugin" in inventory.unfolded
    inventory = list_inventory(variables={"HW_ENDPOINT": login["HW_ENDPOINT"]})
    assert inventory.exit_code != 0 and "No credentials found" in inventory.unfolded
    assert simulator.journal() == []


def test_inventory_shows_no_secret(simulator, list_inventory, tmp_path):
    ready = simulator.ready
    (tmp_path / "secret").write_text(ready["password"])
    user = {
        "auth_url": ready["iam"],
        "username": ready["username"],
        "domain_name": ready["domain_name"],
        "project_name": ready["project_name"],
        "endpoint": ready["mrs"],
        "retries": 0,
    }
    lookup = "{{ lookup('ansible.builtin.file', 'secret') }}"
    good = list_inventory("-vvvv", variables={}, **user, password=lookup)
    assert good.exit_code == 0 and "mrs_mrs_ef7b" in good.text
    wrong = list_inventory("-vvvv", variables={}, **user, password="Wrong-but-secret-1")
    assert wrong.exit_code != 0 and "The username or password is wrong" in wrong.unfolded
    simulator.fault(meaning="mrs.cluster.list", kind="body", status=400, body={"error_msg": f"{ready['token']} is bad"})
    echoed = list_inventory(
        "-vvvv", variables={}, endpoint=ready["mrs"], token=ready["token"], project_id=ready["project_id"]
    )
    assert echoed.exit_code != 0 and "is bad" in echoed.unfolded
    for inventory in (good, wrong, echoed):
        for secret in (ready["password"], ready["token"], "Wrong-but-secret-1", "MII"):
            assert secret not in inventory.output


@pytest.mark.smoke
def test_vault_value_is_decrypted(simulator, run_command, tmp_path):
    ready = simulator.ready
    (tmp_path / "key").write_text("the-key-of-the-vault")
    words = ["ansible-vault", "encrypt_string", "--vault-password-file", "key", ready["token"], "--name", "token"]
    sealed = run_command(*words).text
    assert ready["token"] not in sealed
    lines = [f"plugin: {PLUGIN}", f"endpoint: {ready['mrs']}", f"project_id: {ready['project_id']}", sealed]
    (tmp_path / "huaweicloud.yml").write_text("\n".join(lines))
    words = ["ansible-inventory", "-i", "huaweicloud.yml", "--list", "--vault-password-file", "key"]
    inventory = run_command(*words, variables={})
    assert inventory.exit_code == 0, inventory.output
    assert set(inventory.hosts) == HOSTS


def test_two_projects_need_a_host_prefix(simulator, run_command, write_inventory, login):
    second = simulator.ready["second_project_id"]
    key = {"HW_ENDPOINT": login["HW_ENDPOINT"], "HW_ACCESS_KEY": simulator.ready["access_key"]}
    key["HW_SECRET_KEY"] = simulator.ready["secret_key"]
    write_inventory("fleet/a.huaweicloud.yml", services=["dli"], project_id=login["HW_PROJECT_ID"])
    write_inventory("fleet/b.huaweicloud.yml", services=["dli"], project_id=second)
    inventory = run_command("ansible-inventory", "-i", "fleet", "--list", variables=key)
    assert inventory.exit_code != 0
    clash = f"The host dli_default_sql already exists in the project {login['HW_PROJECT_ID']}. Set host_prefix in one"
    assert clash in inventory.unfolded
    write_inventory(
        "fleet/b.huaweicloud.yml", services=["dli"], project_id=second, host_prefix="second_", region="eu-nl"
    )
    inventory = run_command("ansible-inventory", "-i", "fleet", "--list", variables=key)
    assert inventory.exit_code == 0, inventory.output
    assert len(inventory.group("dli")) == len(QUEUES) + 3
    assert inventory.hosts["second_dli_default_sql"]["huaweicloud_target"]["project_id"] == second
    assert inventory.group("region_eu_nl") == {f"second_dli_default_{kind}" for kind in ("flink", "spark", "sql")}


def slices(hosts, count):
    """Return the limits that AWX gives to the jobs of a sliced job template."""
    return [",".join(sorted(hosts)[number::count]) for number in range(count)]


def stop_counts(simulator):
    """Return the number of stop requests of each job that received any."""
    times = {
        (service, id): stop_events(truth).count("stop asked")
        for service in ("mrs_v2", "cdm", "dli_sql", "dli_spark", "dli_flink")
        for id, truth in simulator.truths(service).items()
    }
    return {job: count for job, count in times.items() if count}


def seed_job(simulator, service, **spec):
    """Create a job and return its service and id."""
    return (service, str(simulator.seed(service, **spec)[0]["id"]))


def test_sliced_plays_stop_each_job_once(simulator, run_command, write_inventory, tmp_path):
    (tmp_path / "play.yml").write_text(PLAYS.replace("2h", "1d"))
    examples = simulator.ready["examples"]
    old = {"start_time": 1600000000000}
    elsewhere = seed_job(simulator, "dli_sql", record={"queue_name": "elsewhere", **old})
    young = seed_job(simulator, "dli_sql")
    jobs = {
        ("mrs_v2", examples["mrs_v2_job_id"]),
        ("dli_sql", examples["dli_sql_job_id"]),
        *(seed_job(simulator, "dli_sql", record={"queue_name": name, **old}) for name in ("queue1", "test")),
        seed_job(simulator, "dli_spark", record={"create_time": 1600000000000}),
        *(
            seed_job(simulator, "mrs_v2", cluster_id=id, record={"started_time": 1600000000000})
            for id in (CLUSTER, OTHER_CLUSTER)
        ),
    }
    for limit in slices(HOSTS, 3):
        playbook_run = run_command("ansible-playbook", "-i", write_inventory(), "play.yml", "--limit", limit)
        assert playbook_run.exit_code == 0, playbook_run.output
    counts = stop_counts(simulator)
    assert jobs <= set(counts) and young not in counts and set(counts.values()) == {1}
    assert all(simulator.truth(*job)["stopped_by_us"] for job in jobs)
    assert elsewhere not in counts


def test_target_of_each_host_selects_its_jobs(simulator, run_command, write_inventory):
    """Each host's target works in ``data_jobs`` with nothing but a selection added."""
    selections = {"ges": {"ids": []}, "cdm": {"filters": {"filter": "no such job"}}}
    for kind in ("sql", "spark", "flink"):
        for queue in ("default", "test"):
            simulator.seed(f"dli_{kind}", record={"queue_name": queue, "queue": queue})
    options = {
        "targets": [
            "{{ huaweicloud_target | combine(selections[huaweicloud_service] | default({'older_than': '1s'})) }}"
        ]
    }
    run = run_command(
        *("ansible", "all", "-i", write_inventory(), "-m", "dataops.huaweicloud.data_jobs", "-a", json.dumps(options)),
        *("-e", json.dumps({"selections": selections}), "--check", "-o"),
    )
    assert run.exit_code == 0, run.output
    results = {
        line.split(" | ")[0]: json.loads(line.partition(" => ")[2]) for line in run.text.splitlines() if " => " in line
    }
    assert set(results) == HOSTS
    for host in QUEUES:
        result = results[f"dli_{host}"]
        queue, _separator, kind = host.rpartition("_")
        assert {(job["kind"], job["queue"]) for job in result["jobs"]} <= {(kind, queue)}
        assert result["jobs"] or queue == "queue1"
