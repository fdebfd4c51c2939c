# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory plugin under the real commands: hosts, groups, cache, refusals, and plays over the fleet."""

from __future__ import annotations

import json
import pathlib
import re
import subprocess
import sys

import pytest
import yaml
from promise import stops

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
QUEUES = ["default_sql", "default_spark", "default_flink", "queue1_sql", "test_sql", "test_spark", "test_flink"]
HOSTS = {
    *("mrs_mrs_ef7b", "mrs_mrs_33df", "mrs_mrs_8b1d", "cdm_cdm_1", "ges_moviejx"),
    *(f"dli_{name}" for name in QUEUES),
}


def unmarked(value: dict) -> object:
    """What Ansible has marked as no template."""
    return value["__ansible_unsafe"] if set(value) == {"__ansible_unsafe"} else value


class Read:
    """What a command made of an inventory."""

    def __init__(self, process: subprocess.CompletedProcess[str]) -> None:
        self.code = process.returncode
        self.text = process.stdout
        self.output = process.stdout + process.stderr
        # warnings are folded
        self.said = " ".join(self.output.split())
        # Ansible marks what must not be taken for a template, and reads its marks
        self.data = json.loads(process.stdout, object_hook=unmarked) if process.stdout.startswith("{") else {}
        self.hosts = self.data.get("_meta", {}).get("hostvars", {})

    def group(self, name):
        return set(self.data.get(name, {}).get("hosts", []))


@pytest.fixture
def command(environment, login, tmp_path):
    """Run a command of Ansible where inventories are; a file that cannot be read is an error."""
    strict = {"ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true"}

    def run(*words, variables=None):
        env = {**environment, **strict, **(login if variables is None else variables)}
        line = [str(BIN / words[0]), *words[1:]]
        return Read(subprocess.run(line, env=env, cwd=tmp_path, capture_output=True, text=True, check=False))

    return run


@pytest.fixture
def write(tmp_path):
    """Write an inventory's file, and give its name."""

    def file(name="huaweicloud.yml", **options):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(yaml.safe_dump({"plugin": PLUGIN, **options}))
        return name

    return file


@pytest.fixture
def listed(command, write):
    """Read an inventory of these options."""

    def read(*flags, variables=None, **options):
        return command("ansible-inventory", "-i", write(**options), "--list", *flags, variables=variables)

    return read


def asked(simulator):
    return [request["meaning"] for request in simulator.journal()]


@pytest.mark.smoke
def test_every_place_is_a_host_with_what_the_modules_need_and_four_lists_are_read(simulator, listed, login):
    project = login["HW_PROJECT_ID"]
    read = listed(variables={**login, "HW_REGION_NAME": "eu-de"})
    assert read.code == 0, read.output
    assert set(read.hosts) == HOSTS
    assert asked(simulator) == LISTS
    where = {"region": "eu-de", "project_id": project}
    targets = {
        "mrs_mrs_ef7b": {"service": "mrs", "cluster_id": CLUSTER, **where},
        "cdm_cdm_1": {"service": "cdm", "cluster_id": "6ec9a0a4-76be-4262-8697-e7af1fac7920", **where},
        "dli_queue1_sql": {"service": "dli", "kind": "sql", **where},
        "ges_moviejx": {"service": "ges", "graph_name": "moviejx", **where},
    }
    assert {host: read.hosts[host]["huaweicloud_target"] for host in targets} == targets
    details = read.hosts["mrs_mrs_ef7b"].pop("huaweicloud_details")
    assert details["cluster_version"] == "MRS 3.1.0-LTS.1"
    assert read.hosts["mrs_mrs_ef7b"] == {
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
    assert "__ansible_unsafe" not in read.text
    assert read.group("region_eu_de") == HOSTS
    assert read.group("cdm") == read.group("status_normal") == {"cdm_cdm_1"}
    assert read.group("status_running") == {"ges_moviejx", "mrs_mrs_8b1d", "mrs_mrs_ef7b"}
    assert read.group("dli") == {f"dli_{name}" for name in QUEUES}


def test_the_guide_shows_what_the_command_shows(simulator, command, write, login):
    write()
    line, shown = re.search(r"^```console\n\$ (.*?)\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE).groups()
    read = command(*line.split(), variables={**login, "HW_REGION_NAME": "eu-de"})
    assert read.text.strip() == shown.strip()


def test_the_files_of_the_guide_and_of_the_documentation_work(simulator, command, login, tmp_path):
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
        read = command("ansible-inventory", "-i", "huaweicloud.yml", "--list", variables={**key, **project})
        assert read.code == 0 and "WARNING" not in read.output, (text, read.output)
        found.append(sorted(read.hosts))
    all_hosts, few = sorted(HOSTS), sorted(f"prod_{host}" for host in HOSTS if host.startswith(("mrs", "dli")))
    nl = [f"nl_dli_default_{kind}" for kind in ("flink", "spark", "sql")]
    assert found == [all_hosts, nl, all_hosts, all_hosts, few]
    assert read.group("queue_type_sql") == {"prod_dli_queue1_sql"}


@pytest.mark.smoke
def test_codes_are_words_deleted_places_are_none_and_names_are_unique_and_harmless(
    simulator, listed, command, tmp_path
):
    def tell(service, **body):
        simulator.fault(meaning=f"{service}.list", kind="body", body=body, times=None)

    trap = "{{ lookup('ansible.builtin.pipe', 'touch trapped') }}"
    sly = "#jinja2: variable_start_string:'[%', variable_end_string:'%]'\n" + trap.replace("{{", "[%").replace(
        "}}", "%]"
    )
    tell(
        "cdm.cluster",
        clusters=[
            {"id": "1", "name": "etl", "status": "910"},
            {"id": "2", "name": "etl", "status": "200"},
            {"id": "3", "name": "a b/c:d", "status": 999},
            {"id": "4", "name": trap, "instances": [{"name": trap}]},
            {"id": "5", "name": "5", "description": sly},
            {"name": "nobody"},
        ],
    )
    tell(
        "ges.graph",
        graphs=[{"id": "1", "name": "gone", "status": "400"}, {"id": "2", "status": "203"}],
    )
    tell("dli.queue", queues=[{"queue_name": "q", "queue_type": "general", "is_restarting": "true"}])
    compose = {"seen": "huaweicloud_details.instances[0].name | default('none')"}
    read = listed(services=["cdm", "dli", "ges"], compose=compose)
    assert read.code == 0, read.output
    statuses = {host: facts["huaweicloud_status"] for host, facts in read.hosts.items()}
    assert statuses == {
        "cdm_1": "stopping",
        "cdm_2": "normal",
        "cdm_a_b_c_d": "999",
        "cdm_5": None,
        "cdm_" + re.sub("[^A-Za-z0-9_.-]", "_", trap): None,
        "dli_q_spark": "restarting",
        "dli_q_flink": "restarting",
        "ges_2": "rolling_back",
    }
    assert read.group("status_rolling_back") == {"ges_2"}
    assert trap in [facts["seen"] for facts in read.hosts.values()]
    host = next(host for host in read.hosts if "lookup" in host)
    assert read.hosts[host]["huaweicloud_name"] == trap
    assert read.hosts["cdm_5"]["huaweicloud_details"]["description"] == sly
    # what a play shows it takes for a template, unless that is forbidden
    shown = command(
        "ansible", "all", "-i", "huaweicloud.yml", "-m", "ansible.builtin.debug", "-a", "var=huaweicloud_details"
    )
    assert "touch trapped" in shown.output
    assert not (tmp_path / "trapped").exists()


@pytest.mark.parametrize("totals", ["told", "absent"])
def test_all_pages_are_read(simulator, listed, totals):
    for number in range(20):
        simulator.seed("mrs_v2", cluster_id=f"{number:08}-cluster")
    simulator.switches(list_page_most=7, list_totals=totals, mrs_numbers="string")
    read = listed(services=["mrs"])
    assert len(read.group("mrs")) == 23
    # 24 clusters, one of which has been deleted; without a total one page more shows that it is the end
    assert len(simulator.journal()) == (4 if totals == "told" else 5)


def test_groups_of_ones_own(simulator, listed):
    own = {
        "compose": {"place": "huaweicloud_service ~ '/' ~ huaweicloud_name"},
        "groups": {"secured": "huaweicloud_details.safe_mode == 0"},
        "keyed_groups": [{"key": "huaweicloud_details.queue_type", "prefix": "queue_type"}],
        "host_prefix": "prod_",
    }
    read = listed(**own)
    assert set(read.hosts) == {f"prod_{host}" for host in HOSTS}
    assert read.hosts["prod_ges_moviejx"]["place"] == "ges/moviejx"
    assert read.group("secured") == {"prod_mrs_mrs_ef7b", "prod_mrs_mrs_33df", "prod_mrs_mrs_8b1d"}
    assert read.group("queue_type_sql") == {"prod_dli_queue1_sql"}
    read = listed(**own, strict=True)
    assert read.code != 0 and "Could not generate group for host prod_mrs_mrs_ef7b" in read.said


def test_the_cache_spares_requests_until_it_is_flushed_and_holds_no_secret(simulator, listed, command, write, tmp_path):
    ready = simulator.ready
    user = {
        "HW_ENDPOINT": ready["mrs"],
        "HW_AUTH_URL": ready["iam"],
        "HW_USER_NAME": ready["username"],
        "HW_USER_PASSWORD": ready["password"],
        "HW_DOMAIN_NAME": ready["domain_name"],
        "HW_PROJECT_NAME": ready["project_name"],
    }
    kept = {
        "cache": True,
        "cache_plugin": "ansible.builtin.jsonfile",
        "cache_connection": str(tmp_path / "cache"),
        "services": ["mrs"],
    }

    def read(*flags, **more):
        simulator.clear_journal()
        found = listed(*flags, variables={**user, **more}, **kept)
        assert found.code == 0, found.output
        return found.hosts, asked(simulator)

    first, requests = read()
    assert requests == ["iam.token.create", "mrs.cluster.list"]
    simulator.seed("mrs_v2", cluster_id="newcomer")
    assert read() == (first, [])
    # another project is another entry
    others, requests = read(HW_PROJECT_NAME="eu-de_second")
    assert others == {} and requests == ["iam.token.create", "mrs.cluster.list"]
    # and so is another login: who is refused gets nothing out of the cache
    assert listed(variables={**user, "HW_USER_PASSWORD": "wrong"}, **kept).code != 0
    flushed, requests = read("--flush-cache")
    assert len(flushed) == len(first) + 1 and len(requests) == 2
    assert read() == (flushed, [])
    files = list((tmp_path / "cache").iterdir())
    assert len(files) == 2
    text = "".join(file.read_text() for file in files)
    assert CLUSTER in text and ready["password"] not in text and "MII" not in text

    # a play that refreshes its inventory reads it anew
    play = [
        {
            "name": "Refresh",
            "hosts": "localhost",
            "gather_facts": False,
            "tasks": [
                {"name": "Make a cluster", "ansible.builtin.uri": {"url": ready["mrs"] + "/_control/jobs"}},
                {"name": "Refresh", "ansible.builtin.meta": "refresh_inventory"},
                {"name": "Show", "ansible.builtin.debug": {"msg": "there are {{ groups['mrs'] | length }}"}},
            ],
        }
    ]
    uri = play[0]["tasks"][0]["ansible.builtin.uri"]
    uri.update(method="POST", body_format="json", status_code=201)
    uri["body"] = {"service": "mrs_v2", "cluster_id": "latecomer"}
    (tmp_path / "play.yml").write_text(yaml.safe_dump(play))
    simulator.clear_journal()
    played = command("ansible-playbook", "-i", write(**kept), "play.yml", variables=user)
    assert f"there are {len(flushed) + 1}" in played.output
    assert asked(simulator) == ["iam.token.create", "mrs.cluster.list"]


NOT_OFFERED = {"error_msg": "The API does not exist or has not been published", "error_code": "APIGW.0101"}


def test_a_service_that_is_not_offered_is_a_warning_unless_it_was_named(simulator, listed):
    simulator.fault(meaning="ges.graph.list", kind="status", status=404, body=NOT_OFFERED, times=None)
    simulator.fault(meaning="cdm.cluster.list", kind="status", status=403, body=NOT_OFFERED, times=None)
    read = listed()
    assert read.code == 0 and set(read.hosts) == HOSTS - {"ges_moviejx", "cdm_cdm_1"}
    assert "[WARNING]: ges is not offered here, or not to this user; set services to those that are:" in read.said
    assert "APIGW.0101" in read.said
    read = listed(services=["mrs", "ges"])
    assert read.code != 0 and "APIGW.0101" in read.said and "mrs_mrs_ef7b" not in read.output


@pytest.mark.parametrize("status", [400, 503])
def test_any_other_trouble_with_one_service_is_an_error(simulator, listed, status):
    simulator.fault(meaning="ges.graph.list", kind="status", status=status, body={"errorMessage": "odd"}, times=None)
    read = listed(retries=0)
    assert read.code != 0 and f"HTTP {status}" in read.said and "mrs_mrs_ef7b" not in read.output


def test_what_cannot_be_used_is_refused_before_anything_is_sent(simulator, listed, command, write, login):
    refusals = [
        ({"servces": ["mrs"]}, "there is no option servces"),
        ({"services": ["mrs", "obs"]}, "obs"),
        ({"retries": "many"}, "retries"),
        ({"wait_timeout": 0}, "wait_timeout must be at least 1, not 0"),
        ({"services": []}, "services is empty: name some, or leave it out for all"),
        ({"endpoint": "http://user:hidden-secret@here"}, "endpoint must be a URL of scheme, host and perhaps path"),
        ({"password": "hidden-secret"}, "password is given without username or user_id"),
    ]
    for options, expected in refusals:
        read = listed(**options)
        assert read.code != 0 and expected in read.said, (options, read.output)
        assert "hidden-secret" not in read.output
    read = command("ansible-inventory", "-i", write(name="clusters.yml"), "--list")
    assert read.code != 0 and "could not be verified by inventory plugin" in read.said
    read = listed(variables={"HW_ENDPOINT": login["HW_ENDPOINT"]})
    assert read.code != 0 and "No way to log in is given" in read.said
    assert simulator.journal() == []


def test_no_secret_is_shown_whatever_happens(simulator, listed, tmp_path):
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
    good = listed("-vvvv", variables={}, **user, password=lookup)
    assert good.code == 0 and "mrs_mrs_ef7b" in good.text
    wrong = listed("-vvvv", variables={}, **user, password="Wrong-but-secret-1")
    assert wrong.code != 0 and "The username or password is wrong" in wrong.said
    simulator.fault(meaning="mrs.cluster.list", kind="body", status=400, body={"error_msg": f"{ready['token']} is bad"})
    echoed = listed("-vvvv", variables={}, endpoint=ready["mrs"], token=ready["token"], project_id=ready["project_id"])
    assert echoed.code != 0 and "is bad" in echoed.said
    for read in (good, wrong, echoed):
        for secret in (ready["password"], ready["token"], "Wrong-but-secret-1", "MII"):
            assert secret not in read.output


@pytest.mark.smoke
def test_a_value_may_be_in_a_vault(simulator, command, tmp_path):
    ready = simulator.ready
    (tmp_path / "key").write_text("the-key-of-the-vault")
    words = ["ansible-vault", "encrypt_string", "--vault-password-file", "key", ready["token"], "--name", "token"]
    sealed = command(*words).text
    assert ready["token"] not in sealed
    lines = [f"plugin: {PLUGIN}", f"endpoint: {ready['mrs']}", f"project_id: {ready['project_id']}", sealed]
    (tmp_path / "huaweicloud.yml").write_text("\n".join(lines))
    words = ["ansible-inventory", "-i", "huaweicloud.yml", "--list", "--vault-password-file", "key"]
    read = command(*words, variables={})
    assert read.code == 0, read.output
    assert set(read.hosts) == HOSTS


def test_two_projects_in_one_inventory_need_a_prefix(simulator, command, write, login):
    second = simulator.ready["second_project_id"]
    key = {"HW_ENDPOINT": login["HW_ENDPOINT"], "HW_ACCESS_KEY": simulator.ready["access_key"]}
    key["HW_SECRET_KEY"] = simulator.ready["secret_key"]
    write("fleet/a.huaweicloud.yml", services=["dli"], project_id=login["HW_PROJECT_ID"])
    write("fleet/b.huaweicloud.yml", services=["dli"], project_id=second)
    read = command("ansible-inventory", "-i", "fleet", "--list", variables=key)
    assert read.code != 0
    clash = f"dli_default_sql is a host of project {login['HW_PROJECT_ID']} already: set host_prefix in one file"
    assert clash in read.said
    write("fleet/b.huaweicloud.yml", services=["dli"], project_id=second, host_prefix="second_", region="eu-nl")
    read = command("ansible-inventory", "-i", "fleet", "--list", variables=key)
    assert read.code == 0, read.output
    assert len(read.group("dli")) == len(QUEUES) + 3
    assert read.hosts["second_dli_default_sql"]["huaweicloud_target"]["project_id"] == second
    assert read.group("region_eu_nl") == {f"second_dli_default_{kind}" for kind in ("flink", "spark", "sql")}


def slices(hosts, count):
    """The shares of a fleet that AWX gives to the jobs of a sliced template, each as a limit."""
    return [",".join(sorted(hosts)[number::count]) for number in range(count)]


def asked_to_stop(simulator):
    """How often each job was asked to stop, of all that there are."""
    times = {
        (service, id): stops(truth).count("stop asked")
        for service in ("mrs_v2", "cdm", "dli_sql", "dli_spark", "dli_flink")
        for id, truth in simulator.truths(service).items()
    }
    return {job: count for job, count in times.items() if count}


def seeded(simulator, service, **spec):
    return (service, str(simulator.seed(service, **spec)[0]["id"]))


def test_the_plays_of_the_guide_in_slices_stop_each_job_of_their_places_once(simulator, command, write, tmp_path):
    (tmp_path / "play.yml").write_text(PLAYS)
    examples = simulator.ready["examples"]
    seeded(simulator, "dli_sql", record={"queue_name": "elsewhere"})
    jobs = {
        ("mrs_v2", examples["mrs_v2_job_id"]),
        ("dli_sql", examples["dli_sql_job_id"]),
        *(seeded(simulator, "dli_sql", record={"queue_name": name}) for name in ("queue1", "test")),
        *(seeded(simulator, "mrs_v2", cluster_id=id) for id in (CLUSTER, "8b1d55f6-150e-45e2-8347-b2ca608d366b")),
    }
    for limit in slices(HOSTS, 3):
        played = command("ansible-playbook", "-i", write(), "play.yml", "--limit", limit)
        assert played.code == 0, played.output
    assert asked_to_stop(simulator) == dict.fromkeys(jobs, 1)
    assert all(simulator.truth(*job)["stopped_by_us"] for job in jobs)
