# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The API gateway (docs/api, section 6.1)."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest


def test_missing_wrong_expired_tokens_get_401(cloud: Any, simulator: Any) -> None:
    missing = cloud.send("GET", cloud.job_exe(), token=None)
    assert (missing.status, missing.json["error_code"]) == (401, "APIGW.0301")
    assert missing.json["error_msg"] == "Incorrect IAM authentication information: x-auth-token not found"
    wrong = cloud.send("GET", cloud.job_exe(), token="MIIwrong")
    assert wrong.json["error_msg"] == "Incorrect IAM authentication information: decrypt token fail"
    simulator.expire_tokens()
    expired = cloud.send("GET", cloud.job_exe())
    assert (expired.status, expired.json["error_code"]) == (401, "APIGW.0307")
    assert expired.json["error_msg"] == "The token must be updated"
    fresh = cloud.login({"id": cloud.project}).headers["x-subject-token"]
    assert cloud.send("GET", cloud.job_exe(), token=fresh).status == 200
    simulator.revoke_tokens()
    assert cloud.send("GET", cloud.job_exe()).json["error_code"] == "APIGW.0301"


def test_token_expires_after_a_day(cloud: Any, simulator: Any) -> None:
    simulator.advance(24 * 3600 + 1)
    assert cloud.send("GET", cloud.job_exe()).json["error_code"] == "APIGW.0307"


def test_service_can_refuse_token_itself(cloud: Any, simulator: Any) -> None:
    for code, status in (("12000001", 401), ("130000002", 500)):
        simulator.switches(mrs_bad_token=code)
        answer = cloud.send("GET", cloud.job_exe(), token="bad")
        assert (answer.status, answer.json["error_code"]) == (status, code)
    for code, status in (("DLI.0013", 401), ("DLI.0014", 401), ("DLI.0015", 400)):
        simulator.switches(dli_bad_token=code)
        answer = cloud.send("GET", cloud.sql_job(more="/status"), token="bad")
        assert (answer.status, answer.json["error_code"]) == (status, code)


def test_wrong_project_is_refused(cloud: Any, simulator: Any) -> None:
    foreign = cloud.ready["foreign_project_id"]
    paths = {
        "12000107": cloud.job_exe(),
        "Cdm.0001": cloud.cdm_job(),
        "DLI.0016": cloud.sql_job(more="/status"),
    }
    for code, path in paths.items():
        answer = cloud.send("GET", path.replace(cloud.project, foreign))
        assert answer.status == 400
        assert code in answer.text
    simulator.switches(wrong_project="gateway")
    for path in paths.values():
        for project in (foreign, cloud.ready["second_project_id"], "unknown"):
            answer = cloud.send("GET", path.replace(cloud.project, project))
            assert (answer.status, answer.json["error_code"]) == (403, "APIGW.0302")


def test_throttled_call_gets_429(cloud: Any, simulator: Any) -> None:
    simulator.throttle(meaning="mrs.job_exe.show", limit=2, window=60)
    answers = [cloud.send("GET", cloud.job_exe()) for number in range(3)]
    assert [answer.status for answer in answers] == [200, 200, 429]
    wanted = "The throttling threshold has been reached: policy user over ratelimit,limit:2,time:1 minute"
    assert (answers[2].json["error_code"], answers[2].json["error_msg"]) == ("APIGW.0308", wanted)
    assert "retry-after" not in answers[2].headers
    simulator.switches(retry_after="on", gateway_prefix="APIG")
    answer = cloud.send("GET", cloud.job_exe())
    assert answer.json["error_code"] == "APIG.0308"
    assert 1 <= int(answer.headers["retry-after"]) <= 60
    simulator.advance(60)
    assert cloud.send("GET", cloud.job_exe()).status == 200
    simulator.throttle(meaning="mrs.job_exe.show", limit=None)
    assert [cloud.send("GET", cloud.job_exe()).status for number in range(4)] == [200] * 4


def test_throttled_login_gets_iam_error(cloud: Any, simulator: Any) -> None:
    simulator.throttle(meaning="iam.token.create", limit=1, window=10)
    assert cloud.login().status == 201
    answer = cloud.login()
    assert (answer.status, answer.json["error_code"]) == (429, "IAM.0012")


def test_unknown_path_or_method_gets_404(cloud: Any) -> None:
    for method, path in (("GET", "/nowhere"), ("POST", cloud.execution(more="/cancel")), ("GET", "/v1.1//x")):
        answer = cloud.send(method, path)
        assert (answer.status, answer.json["error_code"]) == (404, "APIGW.0101")
        assert len(answer.json["request_id"]) == 32
    assert cloud.send("HEAD", cloud.execution(more="/cancel")).status == 404
    assert cloud.simulator.truth("mrs", cloud.examples["mrs_job_execution_id"])["state"] == "running"
    assert {entry["meaning"] for entry in cloud.simulator.journal()} == {"unknown"}


@pytest.mark.parametrize(
    "name", ["a/b", "..", ".", "%", "%2F", "a b+c", "naïve 作业", "q?w#e;x=1", "../../stop", "a\\b", "new\nline"]
)
def test_any_name_is_one_path_segment(cloud: Any, simulator: Any, name: str) -> None:
    simulator.seed("cdm", id=name)
    encoded = "".join(f"%{byte:02x}" for byte in name.encode())
    assert cloud.send("GET", cloud.cdm_job(encoded)).json["submissions"][0]["job-name"] == name
    assert cloud.send("PUT", cloud.cdm_job(quote(name, safe=""), "/stop")).status == 200
    assert simulator.truth("cdm", name)["stopped_by_us"]
    assert simulator.journal(mutating=True)[-1]["path"].endswith(f"/{quote(name, safe='')}/stop")
