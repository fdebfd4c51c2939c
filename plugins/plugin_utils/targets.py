# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: do not import this file from other code.
"""The targets of the roles: where which jobs are meant, checked before anything is sent."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Callable, NamedTuple, TypedDict

from .texts import plain

if TYPE_CHECKING:
    from ..module_utils._services.base import JobService

# Which options say where in its service the jobs are, and which say where the service is, and for which project.
_PLACES = {
    "mrs": ("cluster_id",),
    "cdm": ("cluster_id",),
    "dli": ("kind",),
    "ges": ("graph_name", "graph_address", "graph_network"),
}
_PLACE_OPTIONS = tuple(dict.fromkeys(option for options in _PLACES.values() for option in options))
_LOGIN = ("region", "project_id", "project_name", "cloud", "endpoint")
_NAMED = ("cluster_id", "graph_name", "kind", "region", "project_name", "project_id", "cloud")  # in a target's name
# By what overdue jobs are selected, and the fact of a job that each is compared with.
_EXACTLY = {"name": "name", "name_regex": "name", "owner": "owner", "queue": "queue"}

_AGE = re.compile("0*([1-9][0-9]{0,14})([smhd]?)")
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}


Given = Mapping[str, Any]  # a target as somebody wrote it; Ansible has checked its options


class Target(TypedDict):
    """Where which jobs are meant.

    `number` is its place among the targets. `heading` says to people what `service` and `place` are, and which jobs
    were asked for. `where` holds what it says itself of the login. `ids` is None where `filters` select the jobs.
    `max_age`, in seconds, and `exactly`, the options that each job has to fit, are those of overdue jobs.
    """

    number: int
    service: str
    place: str
    heading: str
    where: dict[str, str]
    cluster_id: str
    kind: str
    graph_name: str
    graph_address: str
    graph_network: str
    ids: list[str] | None
    filters: dict[str, Any]
    max_age: int
    exactly: dict[str, str]


class Checked(NamedTuple):
    """What is wrong with targets, in sentences, and what they are if nothing is."""

    problems: list[str]
    targets: list[Target]


def kinds() -> dict[str, type[JobService]]:
    """Return the kinds of jobs by their names in messages."""
    # only now: it takes a while, and Ansible loads all filters where one is used
    from ..module_utils._services import cdm, dli, ges, mrs

    return {
        "mrs": mrs.ClusterJobExecution,
        "cdm": cdm.MigrationJob,
        "dli sql": dli.SqlJob,
        "dli spark": dli.SparkJob,
        "dli flink": dli.FlinkJob,
        "ges": ges.GraphJob,
    }


def check_targets(given: Any) -> Checked:
    """Check the targets of the role stop_jobs."""
    problems = list(_problems("stop_jobs_targets", given, _selection_problems))
    targets = (
        [] if problems else [_target(number, each, each.get("filters") or {}) for number, each in enumerate(given)]
    )
    return Checked(problems, targets)


def check_overdue_targets(given: Any, max_age: str) -> Checked:
    """Check the targets of the role stop_overdue_jobs.

    :param max_age: how long a job may run, in seconds or with a unit, such as `2h`.
    """
    problems = list(_problems("stop_overdue_jobs_targets", given, _overdue_problems))
    age = max_age.strip()
    understood = _AGE.fullmatch(age)
    if not understood:
        form = "a number of seconds, or such as 90s, 45m, 2h or 1d"
        problems.insert(0, f"stop_overdue_jobs_max_age must be {form}, not '{max_age}'.")
    if problems or not understood:
        return Checked(problems, [])
    seconds = int(understood[1]) * _UNITS[understood[2]]
    return Checked([], [_overdue_target(number, each, age, seconds) for number, each in enumerate(given)])


def _target(number: int, given: Given, asked: Given) -> Target:
    """Return a target in one spelling.

    :param asked: for people, which jobs were asked for.
    """
    service = given["service"]
    kind = given.get("kind") or "sql" if service == "dli" else ""
    named = {**given, "kind": kind}
    place = " ".join(str(named[option]) for option in _NAMED if named.get(option))
    ids = _ids(given)
    where = {option: given[option] for option in _LOGIN if given.get(option)}
    if "project_name" in where:
        where.setdefault("project_id", "")  # an id that the play or the environment has would go before the name
    words = [f"{service} {place}", *(f"{name} {value}" for name, value in asked.items() if ids is None)]
    return {
        "number": number,
        "service": service,
        "place": place,
        "heading": ", ".join(plain(word) for word in words),
        "where": where,
        "cluster_id": given.get("cluster_id") or "",
        "kind": kind,
        "graph_name": given.get("graph_name") or "",
        "graph_address": given.get("graph_address") or "",
        "graph_network": given.get("graph_network") or "",
        "ids": ids,
        "filters": dict(given.get("filters") or {}),
        "max_age": 0,
        "exactly": {},
    }


def _overdue_target(number: int, given: Given, age: str, seconds: int) -> Target:
    """Return a target of overdue jobs, with the filters that the service supports everywhere."""
    exactly = {option: str(given[option]) for option in _EXACTLY if given.get(option)}
    known = kinds()[_kind(given)].listing
    found_by = (
        known.filters.keys() - [name for name, each in known.filters.items() if not each.everywhere] if known else ()
    )
    filters = {option: value for option, value in exactly.items() if option in found_by}
    target = _target(number, given, {"longer than": age, **exactly})
    return {**target, "filters": filters, "max_age": seconds, "exactly": exactly}


def _ids(given: Given) -> list[str] | None:
    """Return the ids, each once, or None. Like Ansible, accept a text instead of a list."""
    ids = given.get("ids")
    if ids is None or ids == "":
        return None
    if isinstance(ids, str):
        ids = ids.split(",")
    return list(dict.fromkeys(str(id).strip() for id in _flat(ids)))


def _flat(value: Any) -> Iterator[Any]:
    """Yield the items of nested lists."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        for each in value:
            yield from _flat(each)
    elif value is not None:
        yield value


def _kind(given: Given) -> str:
    """Return the name of the kind of a target's jobs."""
    service = str(given["service"])
    return f"dli {given.get('kind') or 'sql'}" if service == "dli" else service


def _problems(variable: str, given: Any, which: Callable[[Given], Iterator[str]]) -> Iterator[str]:
    """Yield the problems of targets.

    :param which: what is wrong with how a target says which jobs.
    """
    if not isinstance(given, Sequence) or not all(isinstance(target, Mapping) for target in given):
        yield f"{variable} must be a list of dictionaries."
        return
    for number, target in enumerate(given):
        for problem in (*which(target), *_place_problems(target)):
            yield f"{variable}[{number}] ({target['service']}): {problem}."


def _place_problems(given: Given) -> Iterator[str]:
    service = given["service"]
    for option in _PLACE_OPTIONS:
        if given.get(option) and option not in _PLACES[service]:
            yield f"{option} has no meaning for {service}"
    needed = kinds()[_kind(given)].location_option
    if needed and not given.get(needed):
        if service != "mrs":
            yield f"{needed} is missing"
        elif _ids(given) is None:
            yield f"{needed} is missing, without which MRS has no list of jobs"


def _selection_problems(given: Given) -> Iterator[str]:
    filters = given.get("filters")
    if _ids(given) is None and not filters:
        yield "say which jobs, by ids or by at least one of filters"
    if _ids(given) is not None and filters is not None:
        yield "ids and filters exclude each other"
    if not isinstance(filters or {}, Mapping):
        yield "filters must be a dictionary"
        return
    kind = _kind(given)
    listing = kinds()[kind].listing
    known = tuple(listing.filters) if listing else ()
    for name, value in (filters or {}).items():
        if name not in known:
            yield f"{kind} cannot select jobs by {name}" + (f"; it can by {', '.join(known)}" if known else "")
        elif value is None or value == "":
            yield f"{name} is empty: leave it out, or say what to select"


def _overdue_problems(given: Given) -> Iterator[str]:
    if given.get("name") and given.get("name_regex"):
        yield "name and name_regex exclude each other"
    kind = _kind(given)
    for option, fact in _EXACTLY.items():
        if given.get(option) and fact not in kinds()[kind].attribute_keys:
            compared = f"do not tell what {option} is compared with, so that no job could be selected by it"
            yield f"the records of {kind} {compared}"
    try:
        re.compile(str(given.get("name_regex") or ""))
    except (re.error, OverflowError, RecursionError):
        yield f"name_regex must be a regular expression of Python, and this is none: {given['name_regex']}"
