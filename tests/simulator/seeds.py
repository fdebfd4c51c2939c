# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The initial contents of the simulator.

The files in ``seed_data`` hold the records that the documents print (docs/api, sections 1.9, 2.7, 3.6 and 4.7), the
locations of these jobs, and the ids of the running jobs that the READY line lists. A job in these files has:

* ``service``, ``id``, ``project_id``, and ``location`` if the service has clusters or graphs
* ``state``, and ``created_at`` and ``ended_at`` in seconds since the epoch
* ``documented``: whole records as the documents print them, by shape
* ``record``: single fields that replace the simulator's own
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .lifecycle import Job, Lifecycle
from .store import AccessKey, Cluster, Graph, Project, Store, User

SEED_DATA = Path(__file__).with_name("seed_data")
JOB_FILES = ("mrs_jobs", "cdm_jobs", "dli_jobs", "ges_jobs")

# The project ids of the documents are aliases of one project, so that each documented request works as printed.
PROJECT = "37caa80116e1403ab603e5eeb48a2f74"
PROJECT_ALIASES = {
    "48cc2c48765f481480c7db940d6409d1": "eu-de_project",
    "5a3314075bfa49b9ae360f4ecd333695": "eu-de_5a3314",
    "3f99e3319a8943ceb15c584f3325d064": "eu-de_3f99e3",
    "46abc9f8044f40428f83a06cba0d5ddb": "eu-de_46abc9",
    "0391e4486e864c26be5654c522f440f2": "eu-de_0391e4",
    "10001": "eu-de_10001",
}
SECOND_PROJECT = "7f2d6c5b9e1a4d3c8b7a6f5e4d3c2b1a"
FOREIGN_PROJECT = "f0e1d2c3b4a5968778695a4b3c2d1e0f"
DOMAIN = "d78cbac186b744899480f25bd022f468"
FOREIGN_DOMAIN = "e31f5a7c9b0d4e2f8a6c1b3d5f7e9a0c"
USER = "7116d09f88fa41908676fdd4b039e95b"
MFA_USER = "9c1d5e7f3a2b4860b7d9e1f2a3c4b5d6"


def load(name: str) -> Any:
    """Return the contents of a file in ``seed_data``."""
    return json.loads((SEED_DATA / f"{name}.json").read_text(encoding="utf-8"))


EXAMPLES: dict[str, Any] = load("running_examples")
# The default location of a job, by service.
DEFAULT_LOCATIONS = {
    "mrs": EXAMPLES["mrs_cluster_id"],
    "mrs_v2": EXAMPLES["mrs_cluster_id"],
    "mrs_sql": EXAMPLES["mrs_cluster_id"],
    "cdm": EXAMPLES["cdm_cluster_id"],
    "ges": EXAMPLES["ges_graph_name"],
    "ges_management": EXAMPLES["ges_graph_name"],
}
# The accounts that the READY line lists.
ACCOUNTS = {
    "project_id": PROJECT,
    "project_name": "eu-de",
    "second_project_id": SECOND_PROJECT,
    "foreign_project_id": FOREIGN_PROJECT,
    "username": "IAMUser",
    "mfa_username": "MFAUser",
    "mfa_user_id": MFA_USER,
    "domain_name": "IAMDomain",
    "region": "eu-de",
}
DLI_QUEUES: dict[str, dict[str, Any]] = load("locations")["dli_queues"]
MRS_CLUSTER_STATES = {cluster["id"]: cluster["state"] for cluster in load("locations")["mrs_clusters"]}


def fill(store: Store) -> None:
    """Fill an empty store with the accounts, locations and jobs of the documents."""
    add_accounts(store)
    add_locations(store)
    for name in JOB_FILES:
        for job in load(name)["jobs"]:
            store.add_job(new_job(**job))


def add_accounts(store: Store) -> None:
    """Add the projects, two users, a token and two access keys."""
    keys = store.credentials
    user = User(USER, "IAMUser", keys.password, DOMAIN, "IAMDomain")
    mfa_user = User(MFA_USER, "MFAUser", keys.mfa_password, DOMAIN, "IAMDomain", keys.mfa_passcode)
    store.users += [user, mfa_user]
    projects = [
        Project(PROJECT, "eu-de", DOMAIN, PROJECT),
        *(Project(id, name, DOMAIN, PROJECT) for id, name in PROJECT_ALIASES.items()),
        Project(SECOND_PROJECT, "eu-de_second", DOMAIN, SECOND_PROJECT),
        Project(FOREIGN_PROJECT, "eu-de_foreign", FOREIGN_DOMAIN, FOREIGN_PROJECT),
    ]
    store.projects = {project.id: project for project in projects}
    store.issue_token(user, PROJECT, ["password"], keys.token)
    permanent = AccessKey(keys.access_key, keys.secret_key, user)
    temporary = AccessKey(keys.temporary_access_key, keys.temporary_secret_key, user, keys.security_token)
    store.access_keys = {key.access: key for key in (permanent, temporary)}


def add_locations(store: Store) -> None:
    """Add the clusters, queues and graphs, all in the first project."""
    locations = load("locations")
    for name, clusters in (("mrs_clusters", store.mrs_clusters), ("cdm_clusters", store.cdm_clusters)):
        clusters.update(
            {cluster["id"]: Cluster(cluster["id"], cluster["name"], PROJECT) for cluster in locations[name]}
        )
    store.graphs = {graph["id"]: Graph(graph["id"], graph["name"], PROJECT) for graph in locations["graphs"]}
    store.dli_queues = set(locations["dli_queues"])


def new_job(
    service: str,
    id: str,
    project_id: str,
    state: str,
    created_at: float,
    location: str = "",
    ended_at: float | None = None,
    record: dict[str, Any] | None = None,
    documented: dict[str, dict[str, Any]] | None = None,
) -> Job:
    """Return a job from its seed data. It keeps its state until a client changes it."""
    lifecycle = Lifecycle(state, created_at, ended_at=ended_at)
    return Job(service, id, project_id, location, lifecycle, record or {}, documented=documented or {})
