# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the simulator holds at start: the records of the documents as the contract quotes them, and running examples."""

from __future__ import annotations

from typing import Any

from .lives import Job, Life
from .times import epoch
from .world import AccessKey, Cluster, Graph, Project, User, World

Record = dict[str, Any]

# The documents' project ids. They are names of one project here, so that each document's request works as printed.
PROJECT = "37caa80116e1403ab603e5eeb48a2f74"
OTHER_NAMES = (
    "48cc2c48765f481480c7db940d6409d1",
    "5a3314075bfa49b9ae360f4ecd333695",
    "3f99e3319a8943ceb15c584f3325d064",
    "46abc9f8044f40428f83a06cba0d5ddb",
    "0391e4486e864c26be5654c522f440f2",
    "10001",
)
SECOND_PROJECT = "7f2d6c5b9e1a4d3c8b7a6f5e4d3c2b1a"
FOREIGN_PROJECT = "f0e1d2c3b4a5968778695a4b3c2d1e0f"
DOMAIN = "d78cbac186b744899480f25bd022f468"
MFA_USER = "9c1d5e7f3a2b4860b7d9e1f2a3c4b5d6"
FOREIGN_DOMAIN = "e31f5a7c9b0d4e2f8a6c1b3d5f7e9a0c"

MRS_CLUSTER = "ef7b54f2-3d92-49b2-a6d7-94607e1ea7df"
CDM_CLUSTER = "6ec9a0a4-76be-4262-8697-e7af1fac7920"
# All others run.
MRS_CLUSTER_STATES = {
    "33dff020-7f96-4270-9c3a-88b99627f6e2": "scaling-out",
    "2b460e01-3351-4170-b0a7-57b9dd5ffef3": "terminated",
}
# By name; "test" is as the API reference has it, with a type that its own table lacks.
DLI_QUEUES: dict[str, Record] = {
    "default": {"queue_type": "all", "owner": "system", "resource_mode": 0},
    "queue1": {"queue_type": "sql", "owner": "testuser", "resource_mode": 1},
    "test": {"queue_type": "spark", "owner": "testuser", "resource_mode": 1},
}
GRAPH_NAME = "moviejx"
GRAPH_ID = "4448c9fb-0b16-4a78-8d89-2a137c53454a"

EXAMPLES: dict[str, Any] = {
    "mrs_job_execution_id": "2de74673-1a78-48af-a95b-e1fec4a4ae9c",
    "mrs_cluster_id": MRS_CLUSTER,
    "mrs_v2_job_id": "44b37a20-ffe8-42b1-b42b-78a5978d7e40",
    "cdm_cluster_id": CDM_CLUSTER,
    "cdm_job_name": "mrshive2dws_api_autotest_98516",
    "dli_sql_job_id": "85798b38-ae44-48eb-bb90-7cf0dcdafe7b",
    "dli_spark_job_id": "7b1a6e4c-0b0f-4a9e-9d7e-5f2c8d3a1e60",
    "dli_flink_job_id": 128,
    "ges_graph_name": GRAPH_NAME,
    "ges_graph_id": GRAPH_ID,
    "ges_job_id": "b4f2e9d0c1a84e6f9a7d3c5b2e1f0a96",
}


def plant(world: World) -> None:
    """Fill an empty world."""
    people(world)
    places(world)
    mrs_jobs(world)
    cdm_jobs(world)
    dli_jobs(world)
    ges_jobs(world)
    world.examples = {
        **EXAMPLES,
        "project_id": PROJECT,
        "places": {
            "mrs": MRS_CLUSTER,
            "mrs_v2": MRS_CLUSTER,
            "mrs_sql": MRS_CLUSTER,
            "cdm": CDM_CLUSTER,
            "ges": GRAPH_NAME,
            "ges_management": GRAPH_NAME,
        },
        "about": {
            "project_id": PROJECT,
            "project_name": "eu-de",
            "second_project_id": SECOND_PROJECT,
            "foreign_project_id": FOREIGN_PROJECT,
            "username": "IAMUser",
            "mfa_username": "MFAUser",
            "mfa_user_id": MFA_USER,
            "domain_name": "IAMDomain",
            "region": "eu-de",
        },
    }


def people(world: World) -> None:
    keys = world.keys
    user = User("7116d09f88fa41908676fdd4b039e95b", "IAMUser", keys.password, DOMAIN, "IAMDomain")
    guarded = User(MFA_USER, "MFAUser", keys.mfa_password, DOMAIN, "IAMDomain", keys.mfa_passcode)
    world.users += [user, guarded]
    projects = [Project(PROJECT, "eu-de", DOMAIN, PROJECT)]
    projects.append(Project(OTHER_NAMES[0], "eu-de_project", DOMAIN, PROJECT))
    projects += [Project(name, "eu-de_" + name[:6], DOMAIN, PROJECT) for name in OTHER_NAMES[1:]]
    projects.append(Project(SECOND_PROJECT, "eu-de_second", DOMAIN, SECOND_PROJECT))
    projects.append(Project(FOREIGN_PROJECT, "eu-de_foreign", FOREIGN_DOMAIN, FOREIGN_PROJECT))
    world.projects = {project.id: project for project in projects}
    world.issue_token(user, PROJECT, ["password"], keys.token)
    permanent = AccessKey(keys.access_key, keys.secret_key, user)
    temporary = AccessKey(keys.temporary_access_key, keys.temporary_secret_key, user, keys.security_token)
    world.access_keys = {key.access: key for key in (permanent, temporary)}


def places(world: World) -> None:
    mrs_clusters = [MRS_CLUSTER, "33dff020-7f96-4270-9c3a-88b99627f6e2", "8b1d55f6-150e-45e2-8347-b2ca608d366b"]
    mrs_clusters.append("2b460e01-3351-4170-b0a7-57b9dd5ffef3")
    world.mrs_clusters = {name: Cluster(name, "mrs_" + name[:4], PROJECT) for name in mrs_clusters}
    world.cdm_clusters = {CDM_CLUSTER: Cluster(CDM_CLUSTER, "cdm_1", PROJECT)}
    world.graphs = {GRAPH_ID: Graph(GRAPH_ID, GRAPH_NAME, PROJECT)}
    world.dli_queues = set(DLI_QUEUES)


def seed(
    world: World,
    service: str,
    job_id: str,
    state: str,
    created_at: float,
    place: str = "",
    quotes: dict[str, dict[str, Any]] | None = None,
    project_id: str = PROJECT,
    ended_at: float | None = None,
    record: dict[str, Any] | None = None,
) -> None:
    """One job that never changes by itself; `created_at` and `ended_at` are those of the documents."""
    life = Life(state, created_at, ended_at=ended_at)
    world.add_job(Job(service, job_id, project_id, place, life, record or {}, quotes=quotes or {}))


def mrs_jobs(world: World) -> None:
    """Section 1.9."""
    sahara: Record = {
        "job_id": "",
        "end_time": None,
        "oozie_job_id": None,
        "return_code": None,
        "input_id": None,
        "output_id": None,
        "is_protected": False,
        "is_public": None,
        "engine_job_id": None,
        "job_configs": None,
        "data_source_urls": None,
        "info": None,
    }
    running: Record = {
        **sahara,
        "created_at": "2017-05-25T07:28:12",
        "updated_at": "2017-05-25T07:28:13",
        "id": EXAMPLES["mrs_job_execution_id"],
        "tenant_id": PROJECT,
        "start_time": "2017-05-25T07:28:12",
        "cluster_id": MRS_CLUSTER,
    }
    seed(world, "mrs", running["id"], "running", epoch(running["created_at"]), MRS_CLUSTER, {"job_execution": running})
    ended: Record = {
        **sahara,
        "created_at": "2017-06-22T06:24:57",
        "updated_at": "2017-06-22T06:24:59",
        "id": "84900772-8807-4ddc-9484-f719fa43711f",
        "tenant_id": "5a3314075bfa49b9ae360f4ecd333695",
        "start_time": "2017-06-22T06:24:49",
        "end_time": "2017-06-22T06:25:02",
        "cluster_id": "33dff020-7f96-4270-9c3a-88b99627f6e2",
    }
    seed(
        world,
        "mrs",
        ended["id"],
        "finished",
        epoch(ended["created_at"]),
        ended["cluster_id"],
        {"job_execution": ended},
        ended["tenant_id"],
        epoch(ended["end_time"]),
    )
    workflow = "0000000-161209184814131-oozie-hado-W"
    early: Record = {
        "job_configs": {
            "configs": {"mapred.reduce.tasks": "1", "mapred.map.tasks": "1"},
            "args": ["arg1", "arg2"],
            "params": {"param2": "value2", "param1": "value1"},
        },
        "info": {
            "status": "SUSPENDED",
            "toString": f"Workflow id[{workflow}] status[SUSPENDED]",
            "run": 0,
            "appName": "job-wf",
            "actions": [],
            "user": "hadoop",
            "startTime": "Fri, 09 Dec 2016 18:55:54 GMT",
            "endTime": None,
            "id": workflow,
        },
        "job_id": "15429516-aff2-44ef-b9de-14a4fc1cff63",
        "engine_job_id": workflow,
        "oozie_job_id": workflow,
        "tenant_id": "46abc9f8044f40428f83a06cba0d5ddb",
        "start_time": "2016-12-09T18:55:44",
        "end_time": None,
        "return_code": None,
        "is_protected": False,
        "is_public": False,
        "cluster_id": "2b460e01-3351-4170-b0a7-57b9dd5ffef3",
        "id": "f31b9bc7-0918-4924-b7d4-59c1b1d72933",
    }
    seed(
        world,
        "mrs",
        early["id"],
        "running",
        epoch(early["start_time"]),
        early["cluster_id"],
        {"job_execution": early},
        early["tenant_id"],
    )
    exe_id, exe_project = "632863d5-15d4-4691-9dc1-1a72340cb097", "3f99e3319a8943ceb15c584f3325d064"
    exe: Record = {
        "id": exe_id,
        "create_at": 1484240559176,
        "update_at": 1484240559176,
        "tenant_id": exe_project,
        "job_id": exe_id,
        "job_name": "hive_script",
        "start_time": 1484240559176,
        "end_time": None,
        "cluster_id": "8b1d55f6-150e-45e2-8347-b2ca608d366b",
        "group_id": exe_id,
        "jar_path": "s3a://jp-test1/program/Hivescript.sql",
        "input": "s3a://jp-test1/input/",
        "output": "s3a://jp-test1/output/",
        "job_log": "s3a://jp-test1/joblogs/",
        "job_type": 3,
        "file_action": "",
        "arguments": "wordcount",
        "hql": None,
        "job_state": 3,
        "job_final_status": 1,
        "hive_script_path": "s3a://jp-test1/program/Hivescript.sql",
        "create_by": exe_project,
        "finished_step": 0,
        "job_main_id": "",
        "job_step_id": "",
        "postpone_at": 1484240558705,
        "step_name": "",
        "step_num": 0,
        "task_num": 0,
        "update_by": exe_project,
        "spend_time": None,
        "step_seq": 222,
        "progress": "first progress",
    }
    seed(world, "mrs", exe_id, "finished", 1484240559.176, exe["cluster_id"], {"job_exe": exe}, exe_project)
    v2_jobs(world)


def v2_jobs(world: World) -> None:
    pyspark: Record = {
        "job_id": "431b135e-c090-489f-b1db-0abe3822b855",
        "user": "xxxx",
        "job_name": "pyspark1",
        "job_result": "SUCCEEDED",
        "job_state": "FINISHED",
        "job_progress": 100,
        "job_type": "SparkSubmit",
        "started_time": 1564626578817,
        "submitted_time": 1564626561541,
        "finished_time": 1564626664930,
        "elapsed_time": 86113,
        "queue": "default",
        "arguments": "[--class, org.apache.spark.examples.SparkPi, --driver-memory, 512MB, --num-executors, 1, "
        "--executor-cores, 1, --master, yarn-cluster, "
        "obs://obs-test/jobs/spark/spark-examples_2.11-2.1.0.jar, 10000]",
        "launcher_id": "application_1564622673393_0006",
        "app_id": "application_1564622673393_0007",
        "properties": "{}",
    }
    seed(world, "mrs_v2", pyspark["job_id"], "finished", 1564626561.541, MRS_CLUSTER, {"v2": pyspark})
    accepted: Record = {
        "job_id": "981374c1-85da-44ee-be32-edfb4fba776c",
        "user": "xxxx",
        "job_name": "SparkSubmitTest",
        "job_result": "UNDEFINED",
        "job_state": "ACCEPTED",
        "job_progress": 0,
        "job_type": "SparkSubmit",
        "started_time": 0,
        "submitted_time": 1564714763119,
        "finished_time": 0,
        "elapsed_time": 0,
        "queue": "default",
        "arguments": "[--class, --driver-memory, --executor-cores, --master, yarn-cluster, "
        "obs://obs-test/hadoop-mapreduce-examples-3.1.1.jar, dddd]",
        "launcher_id": "application_1564622673393_0613",
        "properties": "{}",
    }
    seed(world, "mrs_v2", accepted["job_id"], "submitted", 1564714763.119, MRS_CLUSTER, {"v2": accepted})
    ended_but_failed: Record = {
        "app_id": "application_1627718181153_0003",
        "arguments": "[--class, com.huawei.bigdata.spark.examples.DriverBehavior, --master, yarn-cluster, "
        "obs://obs-demo-analysis-tf/program/driver_behavior.jar]",
        "job_id": "3c0cf394-5da2-46a7-92df-795d998edea7",
        "job_name": "terraform_test",
        "job_progress": 100,
        "job_result": "FAILED",
        "job_state": "FINISHED",
        "job_type": "SparkSubmit",
        "launcher_id": "application_1627718181153_0002",
        "started_time": 1627719118083,
        "submitted_time": 1627719066265,
        "user": "terraform",
    }
    job_id = ended_but_failed["job_id"]
    seed(world, "mrs_v2", job_id, "failed", 1627719066.265, MRS_CLUSTER, {"v2": ended_but_failed})
    seed(world, "mrs_v2", EXAMPLES["mrs_v2_job_id"], "running", 1627719066.0, MRS_CLUSTER)


def cdm_jobs(world: World) -> None:
    """Section 2.7."""
    booting: Record = {
        "job-name": "jdbc2hive",
        "creation-user": "cdm",
        "creation-date": "1536905778725",
        "progress": 1,
        "status": "BOOTING",
    }
    quotes = {"submission": booting, "start": booting}
    seed(world, "cdm", "jdbc2hive", "submitted", 1536905778.725, CDM_CLUSTER, quotes)
    stopped: Record = {
        "isIncrementing": False,
        "job-name": "mrshive2dws_api_autotest_98516",
        "submission-id": 1871,
        "isStopingIncrement": "",
        "last-update-date": 1643081225548,
        "is-execute-auto": False,
        "delete_rows": 0,
        "write_rows": 0,
        "last-udpate-user": "ei_dlf_l00341563",
        "isDeleteJob": False,
        "creation-user": "ei_dlf_l00341563",
        "progress": 0,
        "creation-date": 1643081225497,
        "update_rows": 0,
        "status": "STOPPED",
        "execute-date": 1643081225548,
    }
    # The document's record is that of the stop answer; until then the job runs.
    quotes = {"start": stopped, "submission": {**stopped, "status": "RUNNING"}}
    seed(world, "cdm", EXAMPLES["cdm_job_name"], "running", 1643081225.497, CDM_CLUSTER, quotes)
    pending: Record = {
        "isIncrementing": False,
        "job-name": "obs2obs-03",
        "submission-id": 13,
        "isStopingIncrement": "",
        "last-update-date": 1635909057030,
        "is-execute-auto": False,
        "delete_rows": 0,
        "write_rows": 0,
        "isDeleteJob": False,
        "creation-user": "mwx5316849",
        "progress": 0,
        "creation-date": 1635909057030,
        "update_rows": 0,
        "status": "PENDING",
        "execute-date": 1635909057030,
    }
    seed(world, "cdm", "obs2obs-03", "submitted", 1635909057.03, CDM_CLUSTER, {"submission": pending, "start": pending})
    counters = dict.fromkeys(
        ("BYTES_WRITTEN", "TOTAL_FILES", "BYTES_READ", "FILES_WRITTEN", "TOTAL_SIZE", "FILES_READ"), -1
    )
    succeeded: Record = {
        "progress": 0,
        "job-name": "mysql2dws",
        "status": "SUCCEEDED",
        "creation-date": 1536654788622,
        "creation-user": "cdm",
        "isStopingIncrement": "",
        "last-update-date": 1536654888622,
        "is-execute-auto": False,
        "last-update-user": "cdm",
        "isDeleteJob": False,
        "isIncrementing": False,
        "external-id": "job_local1127970451_0009",
        "counters": {
            "org.apache.sqoop.submission.counter.SqoopCounters": {**counters, "ROWS_WRITTEN": 80, "ROWS_READ": 80}
        },
    }
    quotes = {"submission": succeeded}
    seed(world, "cdm", "mysql2dws", "finished", 1536654788.622, CDM_CLUSTER, quotes, ended_at=1536654888.622)


def dli_jobs(world: World) -> None:
    """Section 3.6."""
    fields = ("id", "integer"), ("name", "string")
    detail = ",".join('{{"name":"{}","type":"{}","nullable":true,"metadata":{{}}}}'.format(*field) for field in fields)
    status: Record = {
        "is_success": True,
        "message": "",
        "job_id": "208b08d4-0dc2-4dd7-8879-ddd4c020d7aa",
        "job_type": "QUERY",
        "job_mode": "async",
        "queue_name": "default",
        "owner": "test",
        "start_time": 1509335108918,
        "duration": 2523,
        "status": "FINISHED",
        "input_size": 22,
        "result_count": 4,
        "database_name": "dbtest",
        "table_name": "tbtest",
        "detail": '{"type":"struct","fields":[' + detail + "]}",
        "statement": "select * from t1",
    }
    seed(
        world,
        "dli_sql",
        status["job_id"],
        "finished",
        1509335108.918,
        "",
        {"status": status},
        OTHER_NAMES[0],
        1509335111.441,
    )
    listed: Record = {
        "detail": '{"type":"struct","fields":[' + detail + "]}",
        "duration": 17731,
        "end_time": 1502349821460,
        "input_size": 0,
        "job_id": "37286cc7-0508-4ffd-b636-951c8a5c75de",
        "job_type": "QUERY",
        "message": "",
        "owner": "tenant1",
        "queue_name": "queue1",
        "result_count": 3,
        "start_time": 1502349803729,
        "statement": "select * from t_json_002",
        "status": "FINISHED",
        "with_column_header": False,
    }
    seed(
        world,
        "dli_sql",
        listed["job_id"],
        "finished",
        1502349803.729,
        "",
        {"list": listed},
        OTHER_NAMES[0],
        1502349821.46,
    )
    running_id = EXAMPLES["dli_sql_job_id"]
    progress: Record = {
        "is_success": True,
        "message": "",
        "job_id": running_id,
        "status": "RUNNING",
        "sub_job_id": 0,
        "progress": 0,
        "sub_jobs": [
            {
                "id": 0,
                "name": "runJob at FileFormatWriter.scala:266",
                "submission_time": "Mon Jul 27 17:24:03 CST 2020",
                "stage_ids": [0],
                "job_group": running_id,
                "status": "RUNNING",
                "num_tasks": 1,
                "num_active_tasks": 1,
                "num_completed_tasks": 0,
                "num_skipped_tasks": 0,
                "num_failed_tasks": 0,
                "num_killed_tasks": 0,
                "num_completed_indices": 0,
                "num_active_stages": 1,
                "num_completed_stages": 0,
                "num_skipped_stages": 0,
                "num_failed_stages": 0,
            }
        ],
    }
    seed(world, "dli_sql", running_id, "running", 1595841843.0, "", {"progress": progress}, OTHER_NAMES[0])
    ddl = {"job_type": "DDL", "statement": "describe t1"}
    seed(world, "dli_sql", "8ecb0777-9c70-4529-9935-29ea0946039c", "finished", 1509335100.0, record=ddl)

    dead: Record = {
        "id": "178fa687-2e8a-41ed-a439-b00de60bb176",
        "state": "dead",
        "appId": None,
        "log": ["stdout: ", "stderr: ", "YARN Diagnostics: "],
        "sc_type": "A",
        "cluster_name": "test",
        "create_time": 1531906043036,
    }
    seed(world, "dli_spark", dead["id"], "failed", 1531906043.036, "", {"batch": dead}, OTHER_NAMES[0])
    success: Record = {"id": "0a324461-d9d9-45da-a52a-3b3c7a3d809e", "state": "Success"}
    seed(world, "dli_spark", success["id"], "finished", 1531906040.0, "", {"state": success}, OTHER_NAMES[0])
    seed(world, "dli_spark", EXAMPLES["dli_spark_job_id"], "running", 1531906050.0, project_id=OTHER_NAMES[0])

    for number in ("128", "137"):
        seed(world, "dli_flink", number, "running", 1578892410.0, project_id=OTHER_NAMES[0])
    draft: Record = {
        "job_id": 146,
        "name": "aaaaa",
        "desc": "",
        "user_name": "",
        "job_type": "flink_sql_job",
        "status": "job_init",
        "status_desc": "",
        "create_time": 1578892414688,
        "duration": 0,
        "root_id": -1,
        "graph_editor_enabled": False,
        "has_savepoint": False,
    }
    seed(world, "dli_flink", "146", "new", 1578892414.688, "", {"flink": draft}, OTHER_NAMES[0])


def ges_jobs(world: World) -> None:
    """Section 4.7."""
    created = epoch("2018-11-27T21:39:00")
    running: Record = {"command": "execute_algorithm"}
    seed(world, "ges", EXAMPLES["ges_job_id"], "running", created, GRAPH_NAME, record=running)
    import_id = "62582163123991943683d0f9aa3-f701-48be-a662-360e6a0455da"
    imported: Record = {
        "jobId": import_id,
        "status": "complete",
        "request": {
            "command": "import_graph",
            "url": "/ges/v1.0/10001/graphs/moviejx/action?action_id=import-graph",
            "body": {
                "edgesetPath": "file:///ranking_edge-sp.csv",
                "vertexsetPath": "file:///vertex.csv",
                "schemaPath": "file:///schema.xml",
            },
        },
    }
    record: Record = {"command": "import_graph"}
    seed(world, "ges", import_id, "finished", created, GRAPH_NAME, {"list": imported}, "10001", record=record)
    sarah = {"id": "Sarah", "label": "user", "properties": {"Gender": ["F"], "Age": ["18-24"]}}
    queried: Record = {"command": "vertex_query", "vertices": [sarah]}
    seed(world, "ges", "e25b9a41c7f34d2c8a60d18f3b7e5c92", "finished", created, GRAPH_NAME, record=queried)

    def part(name: str) -> list[dict[str, Any]]:
        return [{"path": "ges-ui/auDatas/" + name, "log": None, "cause": None, "status": "success"}]

    management: list[Record] = [
        {
            "jobId": "ff80808167f09aaa0167f19b35ec0305",
            "status": "success",
            "jobType": "GraphManagement",
            "jobName": "ImportGraph",
            "relatedGraph": "GES_UI_AUTO",
            "beginTime": "2018-11-27T21:39:00",
            "endTime": "2018-11-27T21:39:56",
            "jobDetail": {
                "vertexsetPath": part("list_set_vertex.csv"),
                "edgesetPath": part("list_set_edge.csv"),
                "schemaPath": part("list_set_schema.xml"),
            },
            "jobProgress": 0,
        },
        {
            "jobId": "ff80808167bb90340167bc5d0b1d0358",
            "status": "success",
            "jobType": "GraphManagement",
            "jobName": "DeleteGraph",
            "relatedGraph": "test1218",
            "beginTime": "2018-12-17T13:31:14",
            "endTime": "2018-12-17T13:34:48",
            "jobProgress": 0,
        },
    ]
    for one in management:
        begin, end = epoch(one["beginTime"]), epoch(one["endTime"])
        quotes = {"management": one}
        seed(world, "ges_management", one["jobId"], "finished", begin, one["relatedGraph"], quotes, PROJECT, end)
