# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Authentication, tokens and the catalog of a real Keystone.

The tests count the requests in the log of Keystone and in the journal of the simulator.
"""

from __future__ import annotations

import re

import openstack
import pytest
import yaml
from keystoneauth1 import exceptions
from keystoneauth1.identity.v3 import Password
from keystoneauth1.session import Session

from tests.integration.job_kinds import KINDS, request_meanings
from tests.keystone.launcher import DOMAIN, PROJECT, REGION

MRS, MRS_V2, CDM, SQL, SPARK, FLINK, GES = KINDS
LOGIN, LOGIN_REFUSED = "POST /v3/auth/tokens 201", "POST /v3/auth/tokens 401"
LOOKED_UP, LOOK_UP_REFUSED = "GET /v3/auth/tokens 200", "GET /v3/auth/tokens 401"
VALID, INVALID = "GET /v3/auth/tokens 200", "GET /v3/auth/tokens 404"


def service_requests(simulator):
    """Return the requests to the services: meaning and status."""
    return [(request["meaning"], request["status"]) for request in simulator.journal()]


def stopped(kind):
    """Return the requests that stop one job without failures."""
    return [kind.read, kind.stop, kind.read]


def outcome(result):
    """Return the outcome of the only job."""
    assert "jobs" in result, result["msg"]
    return result["jobs"][0]["outcome"]


# Passwords


@pytest.mark.parametrize("by", ["project_name", "project_id"])
def test_login_happens_once_per_task(keystone, simulator, run_stop_module, password, by):
    id = simulator.seed("dli_sql")[0]["id"]
    project = {"project_name": {}, "project_id": {"project_name": None, "project_id": keystone.project_id}}[by]
    assert outcome(run_stop_module(SQL, id, **{**password, **project}, default_login=False)) == "stopped"
    assert simulator.truth("dli_sql", id)["stopped_by_us"]
    assert keystone.requests() == [LOGIN]
    assert request_meanings(simulator) == stopped(SQL)
    # the services validate the token of each request at Keystone
    assert keystone.requests("internal") == [VALID] * 3


def test_many_jobs_need_one_login(keystone, simulator, run_ad_hoc, password):
    ids = [job["id"] for job in simulator.seed("dli_sql", count=3)]
    completed = run_ad_hoc("dli_job", {"job_ids": ids, **password}, variables={})
    assert completed.outcomes == dict.fromkeys(ids, "stopped"), completed.output
    assert keystone.requests() == [LOGIN]


def test_each_playbook_task_logs_in_once(keystone, simulator, run_playbook, password):
    id = simulator.seed("mrs")[0]["id"]
    task = {"dataops.huaweicloud.mrs_job_execution": {"id": id}}
    defaults = {"group/dataops.huaweicloud.all": password}
    playbook_run = run_playbook([task, task], variables={}, module_defaults=defaults)
    assert playbook_run.status == "successful", playbook_run.stdout
    assert [result["changed"] for result in playbook_run.results] == [True, False]
    assert keystone.requests() == [LOGIN, LOGIN]
    assert request_meanings(simulator) == [*stopped(MRS), MRS.read]


def test_openstack_variables_log_in(keystone, simulator, run_ad_hoc, password):
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
    completed = run_ad_hoc("mrs_job_execution", f"id={id}", variables=variables)
    assert completed.outcomes == {id: "stopped"}, completed.output
    assert keystone.requests() == [LOGIN]


def test_user_and_domain_ids_log_in(keystone, simulator, run_stop_module, password):
    id = simulator.seed("mrs")[0]["id"]
    by_id = {"username": None, "user_id": keystone.user.id, "domain_name": None, "domain_id": keystone.domain_id}
    assert outcome(run_stop_module(MRS, id, **{**password, **by_id}, default_login=False)) == "stopped"
    assert keystone.requests() == [LOGIN]


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
def test_refused_login_is_not_repeated(keystone, simulator, run_stop_module, password, wrong):
    if wrong.get("project_id") == "CLOSED":
        wrong = {**wrong, "project_id": keystone.closed_project_id}
    result = run_stop_module(MRS, "x", **{**password, **wrong}, default_login=False)
    assert result["failed"] and "jobs" not in result
    assert "Login at 127.0.0.1" in result["msg"], result["msg"]
    assert re.search("Check user.*, password.*, .*domain.* and .*project", result["msg"]), result["msg"]
    assert password["password"] not in str(result) and "wrong-password" not in str(result)
    assert keystone.requests() == [LOGIN_REFUSED]
    assert service_requests(simulator) == []


def test_refused_login_shows_no_secret(keystone, simulator, run_ad_hoc, password):
    completed = run_ad_hoc("mrs_job_execution", {"id": "x", **password, "project_name": "closed"}, "-vvv", variables={})
    assert completed.exit_code != 0 and "Login at 127.0.0.1" in completed.result["msg"]
    assert password["password"] not in completed.output
    assert keystone.requests() == [LOGIN_REFUSED]


@pytest.mark.parametrize("passcode", ["right", "wrong", "none"])
def test_passcode_is_sent_if_given(keystone, simulator, run_stop_module, password, passcode):
    id = simulator.seed("mrs")[0]["id"]
    user = keystone.new_user(f"careful-{passcode}")
    code = keystone.require_passcode(user)
    given = {"right": code, "wrong": f"{(int(code) + 1) % 1_000_000:06}", "none": None}[passcode]
    result = run_stop_module(
        MRS,
        id,
        **{**password, "username": user.name, "password": user.password, "passcode": given},
        default_login=False,
    )
    if passcode == "right":
        assert outcome(result) == "stopped" and keystone.requests() == [LOGIN]
        assert code not in str(result)
    else:
        assert result["failed"] and "passcode" in result["msg"], result["msg"]
        assert keystone.requests() == [LOGIN_REFUSED]


# Existing tokens


@pytest.mark.parametrize("project", ["given", "looked up"])
def test_token_stops_a_job(keystone, simulator, run_stop_module, project):
    id = simulator.seed("mrs")[0]["id"]
    token = keystone.token(keystone.user)
    where = {"project_id": keystone.project_id, "endpoint": simulator.ready["mrs"]}
    if project == "looked up":
        where = {"auth_url": keystone.url, "region": REGION}
    assert outcome(run_stop_module(MRS, id, token=token, **where, default_login=False)) == "stopped"
    assert keystone.requests() == ([] if project == "given" else [LOOKED_UP])
    assert request_meanings(simulator) == stopped(MRS)


def test_missing_endpoint_reads_catalog(keystone, simulator, run_ad_hoc):
    id = simulator.seed("dli_sql")[0]["id"]
    token = keystone.token(keystone.user)
    login = {"token": token, "project_id": keystone.project_id, "auth_url": keystone.url, "region": REGION}
    completed = run_ad_hoc("dli_job", {"id": id, **login}, "-vvv", variables={})
    assert completed.outcomes == {id: "stopped"}, completed.output
    assert token not in completed.output
    assert keystone.requests() == [LOOKED_UP]


@pytest.mark.parametrize("kind", [MRS, MRS_V2, CDM, SQL, SPARK, FLINK, GES], ids=str)
def test_revoked_token_is_sent_once(keystone, simulator, run_stop_module, kind):
    id = simulator.seed(kind.service)[0]["id"]
    token = keystone.token(keystone.user)
    keystone.revoke(token)
    keystone.clear_log()
    result = run_stop_module(
        kind, id, token=token, project_id=keystone.project_id, endpoint=simulator.ready["mrs"], default_login=False
    )
    assert result["failed"] and not result["changed"]
    assert "The token is invalid, has expired or belongs to another project. Get a new token." in result["msg"]
    assert token not in str(result)
    assert request_meanings(simulator) == [kind.read]
    assert keystone.requests() == [] and keystone.requests("internal") == [INVALID]


def test_keystone_refuses_revoked_token(keystone, simulator, run_stop_module):
    token = keystone.token(keystone.user)
    keystone.revoke(token)
    result = run_stop_module(MRS, "x", token=token, auth_url=keystone.url, region=REGION, default_login=False)
    assert result["failed"] and "The token is invalid, has expired or belongs to another project" in result["msg"]
    assert keystone.requests() == [LOOK_UP_REFUSED]
    assert service_requests(simulator) == []


def test_token_of_other_project_is_refused(keystone, simulator, run_stop_module):
    token = keystone.token(keystone.user)
    login = {"token": token, "auth_url": keystone.url, "region": REGION}
    result = run_stop_module(MRS, "x", project_id=keystone.closed_project_id, **login, default_login=False)
    assert result["failed"] and keystone.project_id in result["msg"], result["msg"]
    assert service_requests(simulator) == []


# Tokens that expire while the module waits


class SlowJob:
    """A job that takes a while to stop, and a function that is called during the wait.

    :ivar tokens: the token of each request.
    """

    def __init__(self, simulator, before_each_request, during_wait):
        self.id = simulator.seed("mrs", stop_takes=60)[0]["id"]
        self.tokens: list[str] = []
        # the second reading is the first after the stop; at the third the job has ended
        simulator.fault(meaning=MRS.read, kind="advance_after", seconds=60, after=1)

        def observe(request):
            self.tokens.append(request.headers["X-Auth-Token"])
            if len(self.tokens) == 4:
                during_wait(self.tokens[0])

        before_each_request(observe)


def test_revoked_token_is_renewed_once(keystone, simulator, run_stop_module, password, before_each_request):
    job = SlowJob(simulator, before_each_request, keystone.revoke)
    result = run_stop_module(MRS, job.id, **password, default_login=False)
    assert outcome(result) == "stopped" and not result["failed"]
    assert service_requests(simulator) == [
        (MRS.read, 200),
        (MRS.stop, 200),
        (MRS.read, 200),
        (MRS.read, 401),
        (MRS.read, 200),
    ]
    assert keystone.requests() == [LOGIN, LOGIN]
    assert job.tokens[:4] == job.tokens[:1] * 4 and job.tokens[4] != job.tokens[0]
    assert not [token for token in job.tokens if token in str(result)]


def test_removed_role_keeps_partial_result(keystone, simulator, run_stop_module, password, before_each_request):
    user = keystone.new_user("temporary")
    job = SlowJob(simulator, before_each_request, lambda token: keystone.remove_role(user))
    result = run_stop_module(
        MRS, job.id, **{**password, "username": user.name, "password": user.password}, default_login=False
    )
    assert result["failed"] and result["changed"]
    assert outcome(result) == "stop_requested"
    assert "The stop was accepted but not confirmed" in result["msg"]
    assert keystone.requests() == [LOGIN, LOGIN_REFUSED]
    assert [status for _meaning, status in service_requests(simulator)] == [200, 200, 200, 401]


def test_given_token_cannot_be_renewed(keystone, simulator, run_stop_module, before_each_request):
    job = SlowJob(simulator, before_each_request, keystone.revoke)
    token = keystone.token(keystone.user)
    result = run_stop_module(
        MRS, job.id, token=token, project_id=keystone.project_id, endpoint=simulator.ready["mrs"], default_login=False
    )
    assert result["failed"] and result["changed"]
    assert outcome(result) == "stop_requested"
    assert "has expired" in result["msg"] and token not in str(result)
    assert [status for _meaning, status in service_requests(simulator)] == [200, 200, 200, 401]
    assert keystone.requests() == []


# The catalog


@pytest.mark.parametrize(
    ("kind", "hidden"),
    [(MRS, ()), (MRS, ("mrs",)), (MRS, ("mrsv1",)), (MRS_V2, ())],
    ids=["mrs and mrsv1", "mrsv1 only", "mrs only", "API v2"],
)
def test_either_catalog_entry_finds_mrs(keystone, simulator, run_stop_module, password, kind, hidden):
    id = simulator.seed(kind.service)[0]["id"]
    with keystone.without(*hidden):
        keystone.clear_log()
        assert outcome(run_stop_module(kind, id, **password, default_login=False)) == "stopped"
    assert request_meanings(simulator) == stopped(kind)
    assert keystone.requests() == [LOGIN]


@pytest.mark.parametrize("kind", [SQL, SPARK, FLINK], ids=str)
def test_catalog_version_is_replaced(keystone, simulator, run_stop_module, password, kind):
    id = simulator.seed(kind.service)[0]["id"]
    assert run_stop_module(kind, id, **password, default_login=False)["jobs"][0]["changed"] or kind is SPARK
    assert simulator.truth(kind.service, id)["stopped_by_us"]
    project = f"/{keystone.project_id}/"
    assert {request["path"].split(project)[0] for request in simulator.journal()} == {
        "/v2.0" if kind is SPARK else "/v1.0"
    }


def test_endpoint_overrides_catalog(keystone, simulator, run_stop_module, password):
    result = run_stop_module(MRS, "x", **password, endpoint="http://127.0.0.1:9", retries=0, default_login=False)
    assert result["failed"] and "127.0.0.1:9" in result["msg"], result["msg"]
    assert service_requests(simulator) == []


def test_region_selects_catalog_entry(keystone, simulator, run_stop_module, password):
    result = run_stop_module(MRS, "x", **{**password, "region": "eu-nl"}, retries=0, default_login=False)
    assert result["failed"] and "127.0.0.1:9" in result["msg"], result["msg"]
    assert service_requests(simulator) == []


def test_two_regions_require_a_region(keystone, simulator, run_stop_module, password):
    result = run_stop_module(MRS, "x", **{**password, "region": None}, default_login=False)
    assert result["failed"] and "Set region" in result["msg"] and "eu-de" in result["msg"], result["msg"]
    assert service_requests(simulator) == []


def test_missing_service_uses_cloud_domain(keystone, simulator, run_stop_module, password):
    # the domain is not a valid host name, so that no request is sent
    result = run_stop_module(CDM, "x", **password, cloud_domain="not a domain", default_login=False)
    assert result["failed"] and "'cdm.eu-de.not a domain'" in result["msg"], result["msg"]
    assert service_requests(simulator) == []


# clouds.yaml


@pytest.fixture
def clouds(password, tmp_path):
    """Write a clouds.yaml with a single cloud and return its path."""
    auth = {name: password[name] for name in ("auth_url", "username", "password", "project_name")}
    auth.update(user_domain_name=DOMAIN, project_domain_name=DOMAIN)
    file = tmp_path / "clouds.yaml"
    file.write_text(yaml.safe_dump({"clouds": {"otc": {"auth": auth, "region_name": REGION}}}))
    return file


@pytest.mark.parametrize("named", [False, True], ids=["the file alone", "the file and the name"])
def test_clouds_yaml_logs_in(keystone, simulator, run_ad_hoc, password, clouds, named):
    id = simulator.seed("mrs")[0]["id"]
    options = {"id": id, **({"cloud": "otc"} if named else {})}
    completed = run_ad_hoc("mrs_job_execution", options, "-vvv", variables={"OS_CLIENT_CONFIG_FILE": str(clouds)})
    assert completed.outcomes == {id: "stopped"}, completed.output
    assert password["password"] not in completed.output
    assert keystone.requests() == [LOGIN]
    assert request_meanings(simulator) == stopped(MRS)


def test_unknown_cloud_is_named(keystone, simulator, run_stop_module, clouds, monkeypatch):
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(clouds))
    result = run_stop_module(MRS, "x", cloud="other", default_login=False)
    assert result["failed"] and "otc" in result["msg"], result["msg"]
    assert keystone.requests() == []


# Comparison with the OpenStack clients


def keystoneauth(keystone, **more):
    """Return a session of keystoneauth1 that is independent of the modules."""
    user = keystone.user
    who = {"username": user.name, "password": user.password, "user_domain_name": DOMAIN}
    project = {"project_name": PROJECT, "project_domain_name": DOMAIN}
    return Session(auth=Password(keystone.url, **{**who, **project, **more}))


@pytest.mark.parametrize(("kind", "entry"), [(MRS, "mrs"), (MRS, "mrsv1"), (SQL, "dli")])
def test_keystoneauth_finds_same_endpoint(keystone, simulator, run_stop_module, password, kind, entry):
    id = simulator.seed(kind.service)[0]["id"]
    session = keystoneauth(keystone)
    found = session.get_endpoint(service_type=entry, interface="public", region_name=REGION, skip_discovery=True)
    result = run_stop_module(kind, id, **password, default_login=False)
    assert outcome(result) == "stopped"
    project = keystone.project_id
    base = found if found.endswith(project) else f"{found}/{project}"
    read = simulator.ready["mrs"] + simulator.journal()[0]["path"]
    assert read.startswith(f"{base}/")
    # keystoneauth1 reads the same job with the same request
    answer = session.get(read.removeprefix(base), endpoint_override=base)
    assert answer.status_code == 200 and id in answer.text


def test_openstacksdk_reads_same_clouds_yaml(keystone, simulator, run_stop_module, clouds, monkeypatch):
    id = simulator.seed("mrs")[0]["id"]
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(clouds))
    connection = openstack.connect(load_envvars=True)
    assert connection.current_project_id == keystone.project_id
    assert outcome(run_stop_module(MRS, id, default_login=False)) == "stopped"
    where = {"service_type": "mrs", "interface": "public", "region_name": connection.config.region_name}
    assert connection.session.get_endpoint(**where, skip_discovery=True) == f"{simulator.ready['mrs']}/v1.1"
    assert keystone.requests().count(LOGIN) == 2


@pytest.mark.parametrize("wrong", [{"password": "wrong-password"}, {"project_name": "closed"}])
def test_keystoneauth_is_refused_too(keystone, wrong):
    session = keystoneauth(keystone, **wrong)
    with pytest.raises(exceptions.Unauthorized):
        session.get_token()
    assert keystone.requests()[-1] == LOGIN_REFUSED
