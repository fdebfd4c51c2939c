# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logins, tokens and the catalog, as a real Keystone has them; its log and the journal of the simulator count."""

from __future__ import annotations

import re

import openstack
import pytest
import yaml
from keystoneauth1 import exceptions
from keystoneauth1.identity.v3 import Password
from keystoneauth1.session import Session

from tests.integration.kinds import KINDS
from tests.keystone.running import DOMAIN, PROJECT, REGION

MRS, MRS_V2, CDM, SQL, SPARK, FLINK, GES = KINDS
LOGIN, LOGIN_REFUSED = "POST /v3/auth/tokens 201", "POST /v3/auth/tokens 401"
LOOKED_UP, LOOK_UP_REFUSED = "GET /v3/auth/tokens 200", "GET /v3/auth/tokens 401"
VALID, INVALID = "GET /v3/auth/tokens 200", "GET /v3/auth/tokens 404"


def sent(simulator):
    """The requests to the services: meaning and status."""
    return [(request["meaning"], request["status"]) for request in simulator.journal()]


def stopped(kind):
    """The requests that stop one job, when nothing goes wrong."""
    return [kind.read, kind.stop, kind.read]


def meanings(simulator):
    return [request["meaning"] for request in simulator.journal()]


def outcome(result):
    assert "jobs" in result, result["msg"]
    return result["jobs"][0]["outcome"]


# Logging in with a password


@pytest.mark.parametrize("by", ["project_name", "project_id"])
def test_one_login_serves_the_whole_task(keystone, simulator, run, password, by):
    id = simulator.seed("dli_sql")[0]["id"]
    project = {"project_name": {}, "project_id": {"project_name": None, "project_id": keystone.project_id}}[by]
    assert outcome(run(SQL, id, **{**password, **project})) == "stopped"
    assert simulator.truth("dli_sql", id)["stopped_by_us"]
    assert keystone.asked() == [LOGIN]
    assert meanings(simulator) == stopped(SQL)
    # each of them was asked about at Keystone, by the services
    assert keystone.asked("internal") == [VALID] * 3


def test_many_jobs_are_one_login_too(keystone, simulator, ad_hoc, password):
    ids = [job["id"] for job in simulator.seed("dli_sql", count=3)]
    ran = ad_hoc("dli_job", {"job_ids": ids, **password}, variables={})
    assert ran.outcomes == dict.fromkeys(ids, "stopped"), ran.output
    assert keystone.asked() == [LOGIN]


def test_each_task_of_a_play_logs_in_once_and_the_second_run_changes_nothing(keystone, simulator, play, password):
    id = simulator.seed("mrs")[0]["id"]
    task = {"dataops.huaweicloud.mrs_job_execution": {"id": id}}
    defaults = {"group/dataops.huaweicloud.all": password}
    played = play([task, task], variables={}, module_defaults=defaults)
    assert played.status == "successful", played.stdout
    assert [result["changed"] for result in played.results] == [True, False]
    assert keystone.asked() == [LOGIN, LOGIN]
    assert meanings(simulator) == [*stopped(MRS), MRS.read]


def test_the_variables_of_openstack_log_in(keystone, simulator, ad_hoc, password):
    id = simulator.seed("mrs")[0]["id"]
    variables = {
        "OS_AUTH_URL": keystone.url,
        "OS_USERNAME": password["username"],
        "OS_PASSWORD": password["password"],
        "OS_USER_DOMAIN_NAME": DOMAIN,
        "OS_PROJECT_DOMAIN_NAME": DOMAIN,
        "OS_PROJECT_NAME": PROJECT,
        "OS_REGION_NAME": REGION,
    }
    ran = ad_hoc("mrs_job_execution", f"id={id}", variables=variables)
    assert ran.outcomes == {id: "stopped"}, ran.output
    assert keystone.asked() == [LOGIN]


def test_a_user_and_a_domain_can_be_given_by_their_ids(keystone, simulator, run, password):
    id = simulator.seed("mrs")[0]["id"]
    by_id = {"username": None, "user_id": keystone.user.id, "domain_name": None, "domain_id": keystone.domain_id}
    assert outcome(run(MRS, id, **{**password, **by_id})) == "stopped"
    assert keystone.asked() == [LOGIN]


@pytest.mark.parametrize(
    "wrong",
    [
        {"password": "wrong-password"},
        {"username": "nobody"},
        {"domain_name": "elsewhere"},
        {"domain_name": "no-such-domain"},
        {"project_name": "closed"},
        {"project_name": "no-such-project"},
        {"project_name": None, "project_id": "CLOSED"},
        {"project_name": None, "project_id": "0" * 32},
    ],
    ids=lambda wrong: " ".join(f"{name}={value}" for name, value in wrong.items() if value),
)
def test_a_refused_login_says_what_to_check_and_asks_once(keystone, simulator, run, password, wrong):
    if wrong.get("project_id") == "CLOSED":
        wrong = {**wrong, "project_id": keystone.closed_project_id}
    result = run(MRS, "x", **{**password, **wrong})
    assert result["failed"] and "jobs" not in result
    assert "no login at 127.0.0.1" in result["msg"], result["msg"]
    assert re.search("check user.*, password.*, .*domain.* and .*project", result["msg"]), result["msg"]
    assert password["password"] not in str(result) and "wrong-password" not in str(result)
    assert keystone.asked() == [LOGIN_REFUSED]
    assert sent(simulator) == []


def test_a_refused_login_shows_no_secret_at_the_highest_verbosity(keystone, simulator, ad_hoc, password):
    ran = ad_hoc("mrs_job_execution", {"id": "x", **password, "project_name": "closed"}, "-vvv", variables={})
    assert ran.code != 0 and "no login at 127.0.0.1" in ran.result["msg"]
    assert password["password"] not in ran.output
    assert keystone.asked() == [LOGIN_REFUSED]


@pytest.mark.parametrize("passcode", ["right", "wrong", "none"])
def test_an_account_that_demands_a_passcode_is_given_one(keystone, simulator, run, password, passcode):
    id = simulator.seed("mrs")[0]["id"]
    user = keystone.new_user(f"careful-{passcode}")
    code = keystone.demand_passcode(user)
    given = {"right": code, "wrong": f"{(int(code) + 1) % 1_000_000:06}", "none": None}[passcode]
    result = run(MRS, id, **{**password, "username": user.name, "password": user.password, "passcode": given})
    if passcode == "right":
        assert outcome(result) == "stopped" and keystone.asked() == [LOGIN]
        assert code not in str(result)
    else:
        assert result["failed"] and "passcode" in result["msg"], result["msg"]
        assert keystone.asked() == [LOGIN_REFUSED]


# A token that the user has


@pytest.mark.parametrize("project", ["given", "looked up"])
def test_a_token_stops_a_job(keystone, simulator, run, project):
    id = simulator.seed("mrs")[0]["id"]
    token = keystone.token(keystone.user)
    where = {"project_id": keystone.project_id, "endpoint": simulator.ready["mrs"]}
    if project == "looked up":
        where = {"auth_url": keystone.url, "region": REGION}
    assert outcome(run(MRS, id, token=token, **where)) == "stopped"
    assert keystone.asked() == ([] if project == "given" else [LOOKED_UP])
    assert meanings(simulator) == stopped(MRS)


def test_a_token_is_asked_about_where_the_project_is_known_and_the_service_is_not(keystone, simulator, ad_hoc):
    id = simulator.seed("dli_sql")[0]["id"]
    token = keystone.token(keystone.user)
    login = {"token": token, "project_id": keystone.project_id, "auth_url": keystone.url, "region": REGION}
    ran = ad_hoc("dli_job", {"id": id, **login}, "-vvv", variables={})
    assert ran.outcomes == {id: "stopped"}, ran.output
    assert token not in ran.output
    assert keystone.asked() == [LOOKED_UP]


@pytest.mark.parametrize("kind", [MRS, MRS_V2, CDM, SQL, SPARK, FLINK, GES], ids=lambda kind: kind.service)
def test_a_revoked_token_is_refused_and_the_service_is_asked_once(keystone, simulator, run, kind):
    id = simulator.seed(kind.service)[0]["id"]
    token = keystone.token(keystone.user)
    keystone.revoke(token)
    keystone.forget()
    result = run(kind, id, token=token, project_id=keystone.project_id, endpoint=simulator.ready["mrs"])
    assert result["failed"] and not result["changed"]
    assert "the token is wrong, has expired, or is of another project: get a new one" in result["msg"]
    assert token not in str(result)
    assert meanings(simulator) == [kind.read]
    assert keystone.asked() == [] and keystone.asked("internal") == [INVALID]


def test_a_revoked_token_is_refused_by_keystone_where_it_is_asked_first(keystone, simulator, run):
    token = keystone.token(keystone.user)
    keystone.revoke(token)
    result = run(MRS, "x", token=token, auth_url=keystone.url, region=REGION)
    assert result["failed"] and "the token is wrong, has expired, or is of another project" in result["msg"]
    assert keystone.asked() == [LOOK_UP_REFUSED]
    assert sent(simulator) == []


def test_a_token_of_another_project_is_refused_before_a_service_is_asked(keystone, simulator, run):
    token = keystone.token(keystone.user)
    login = {"token": token, "auth_url": keystone.url, "region": REGION}
    result = run(MRS, "x", project_id=keystone.closed_project_id, **login)
    assert result["failed"] and keystone.project_id in result["msg"], result["msg"]
    assert sent(simulator) == []


# A token that ends while the module waits


class Waiting:
    """A job that goes on for a while after it was stopped, and something that happens between two looks at it."""

    def __init__(self, simulator, before_each_call, happens):
        self.id = simulator.seed("mrs", stop_takes=60)[0]["id"]
        self.tokens: list[str] = []
        # the second look is the first after the stop: by the third the job has ended
        simulator.fault(meaning=MRS.read, kind="advance_after", seconds=60, after=1)

        def look(request):
            self.tokens.append(request.headers["X-Auth-Token"])
            if len(self.tokens) == 4:
                happens(self.tokens[0])

        before_each_call(look)


def test_a_token_that_is_revoked_during_the_wait_is_replaced_by_one_new_login(
    keystone, simulator, run, password, before_each_call
):
    job = Waiting(simulator, before_each_call, keystone.revoke)
    result = run(MRS, job.id, **password)
    assert outcome(result) == "stopped" and not result["failed"]
    assert sent(simulator) == [(MRS.read, 200), (MRS.stop, 200), (MRS.read, 200), (MRS.read, 401), (MRS.read, 200)]
    assert keystone.asked() == [LOGIN, LOGIN]
    assert job.tokens[:4] == job.tokens[:1] * 4 and job.tokens[4] != job.tokens[0]
    assert not [token for token in job.tokens if token in str(result)]


def test_a_role_that_is_taken_away_during_the_wait_leaves_an_honest_result(
    keystone, simulator, run, password, before_each_call
):
    user = keystone.new_user("temporary")
    job = Waiting(simulator, before_each_call, lambda token: keystone.take_role(user))
    result = run(MRS, job.id, **{**password, "username": user.name, "password": user.password})
    assert result["failed"] and result["changed"]
    assert outcome(result) == "stop_requested"
    assert "the stop was accepted and is not confirmed" in result["msg"]
    assert keystone.asked() == [LOGIN, LOGIN_REFUSED]
    assert [status for _meaning, status in sent(simulator)] == [200, 200, 200, 401]


def test_a_given_token_that_is_revoked_during_the_wait_cannot_be_replaced(keystone, simulator, run, before_each_call):
    job = Waiting(simulator, before_each_call, keystone.revoke)
    token = keystone.token(keystone.user)
    result = run(MRS, job.id, token=token, project_id=keystone.project_id, endpoint=simulator.ready["mrs"])
    assert result["failed"] and result["changed"]
    assert outcome(result) == "stop_requested"
    assert "has expired" in result["msg"] and token not in str(result)
    assert [status for _meaning, status in sent(simulator)] == [200, 200, 200, 401]
    assert keystone.asked() == []


# The catalog


@pytest.mark.parametrize(
    ("kind", "hidden"),
    [(MRS, ()), (MRS, ("mrs",)), (MRS, ("mrsv1",)), (MRS_V2, ())],
    ids=["mrs and mrsv1", "mrsv1 only", "mrs only", "API v2"],
)
def test_mrs_is_found_in_either_entry_of_the_catalog(keystone, simulator, run, password, kind, hidden):
    id = simulator.seed(kind.service)[0]["id"]
    with keystone.without(*hidden):
        keystone.forget()
        assert outcome(run(kind, id, **password)) == "stopped"
    assert meanings(simulator) == stopped(kind)
    assert keystone.asked() == [LOGIN]


@pytest.mark.parametrize("kind", [SQL, SPARK, FLINK], ids=lambda kind: kind.service)
def test_the_version_in_the_catalog_does_not_bind_the_module(keystone, simulator, run, password, kind):
    id = simulator.seed(kind.service)[0]["id"]
    assert run(kind, id, **password)["jobs"][0]["changed"] or kind is SPARK
    assert simulator.truth(kind.service, id)["stopped_by_us"]
    project = f"/{keystone.project_id}/"
    assert {request["path"].split(project)[0] for request in simulator.journal()} == {
        "/v2.0" if kind is SPARK else "/v1.0"
    }


def test_an_endpoint_goes_before_the_catalog(keystone, simulator, run, password):
    result = run(MRS, "x", **password, endpoint="http://127.0.0.1:9", retries=0)
    assert result["failed"] and "127.0.0.1:9" in result["msg"], result["msg"]
    assert sent(simulator) == []


def test_the_region_chooses_in_the_catalog(keystone, simulator, run, password):
    result = run(MRS, "x", **{**password, "region": "eu-nl"}, retries=0)
    assert result["failed"] and "127.0.0.1:9" in result["msg"], result["msg"]
    assert sent(simulator) == []


def test_a_service_in_two_regions_needs_the_region(keystone, simulator, run, password):
    result = run(MRS, "x", **{**password, "region": None})
    assert result["failed"] and "set region" in result["msg"] and "eu-de" in result["msg"], result["msg"]
    assert sent(simulator) == []


def test_a_service_that_is_not_in_the_catalog_is_told_from_region_and_cloud_domain(keystone, simulator, run, password):
    # of the only cloud domain that can be asked here, one that is no host's name: nothing is sent
    result = run(CDM, "x", **password, cloud_domain="not a domain")
    assert result["failed"] and "'cdm.eu-de.not a domain'" in result["msg"], result["msg"]
    assert sent(simulator) == []


# clouds.yaml


@pytest.fixture
def clouds(password, tmp_path):
    """A clouds.yaml with a single cloud."""
    auth = {name: password[name] for name in ("auth_url", "username", "password", "project_name")}
    auth.update(user_domain_name=DOMAIN, project_domain_name=DOMAIN)
    file = tmp_path / "clouds.yaml"
    file.write_text(yaml.safe_dump({"clouds": {"otc": {"auth": auth, "region_name": REGION}}}))
    return file


@pytest.mark.parametrize("named", [False, True], ids=["the file alone", "the file and the name"])
def test_a_clouds_yaml_logs_in(keystone, simulator, ad_hoc, password, clouds, named):
    id = simulator.seed("mrs")[0]["id"]
    options = {"id": id, **({"cloud": "otc"} if named else {})}
    ran = ad_hoc("mrs_job_execution", options, "-vvv", variables={"OS_CLIENT_CONFIG_FILE": str(clouds)})
    assert ran.outcomes == {id: "stopped"}, ran.output
    assert password["password"] not in ran.output
    assert keystone.asked() == [LOGIN]
    assert meanings(simulator) == stopped(MRS)


def test_a_cloud_that_is_not_in_the_file_is_named(keystone, simulator, run, clouds, monkeypatch):
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(clouds))
    result = run(MRS, "x", cloud="other")
    assert result["failed"] and "otc" in result["msg"], result["msg"]
    assert keystone.asked() == []


# A second opinion: the clients of OpenStack


def keystoneauth(keystone, **more):
    """A session of keystoneauth1, which our module has no part in."""
    user = keystone.user
    who = {"username": user.name, "password": user.password, "user_domain_name": DOMAIN}
    project = {"project_name": PROJECT, "project_domain_name": DOMAIN}
    return Session(auth=Password(keystone.url, **{**who, **project, **more}))


@pytest.mark.parametrize(("kind", "entry"), [(MRS, "mrs"), (MRS, "mrsv1"), (SQL, "dli")])
def test_keystoneauth_finds_in_the_catalog_what_the_module_used(keystone, simulator, run, password, kind, entry):
    id = simulator.seed(kind.service)[0]["id"]
    session = keystoneauth(keystone)
    found = session.get_endpoint(service_type=entry, interface="public", region_name=REGION, skip_discovery=True)
    result = run(kind, id, **password)
    assert outcome(result) == "stopped"
    project = keystone.project_id
    base = found if found.endswith(project) else f"{found}/{project}"
    read = simulator.ready["mrs"] + simulator.journal()[0]["path"]
    assert read.startswith(f"{base}/")
    # the same request, from there, is answered with the same job
    answer = session.get(read.removeprefix(base), endpoint_override=base)
    assert answer.status_code == 200 and id in answer.text


def test_openstacksdk_reads_the_same_clouds_yaml_to_the_same_end(keystone, simulator, run, clouds, monkeypatch):
    id = simulator.seed("mrs")[0]["id"]
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(clouds))
    connection = openstack.connect(load_envvars=True)
    assert connection.current_project_id == keystone.project_id
    assert outcome(run(MRS, id)) == "stopped"
    where = {"service_type": "mrs", "interface": "public", "region_name": connection.config.region_name}
    assert connection.session.get_endpoint(**where, skip_discovery=True) == f"{simulator.ready['mrs']}/v1.1"
    assert keystone.asked().count(LOGIN) == 2


@pytest.mark.parametrize("wrong", [{"password": "wrong-password"}, {"project_name": "closed"}])
def test_keystoneauth_is_refused_what_the_module_is_refused(keystone, wrong):
    session = keystoneauth(keystone, **wrong)
    with pytest.raises(exceptions.Unauthorized):
        session.get_token()
    assert keystone.asked()[-1] == LOGIN_REFUSED
