# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests that the registry of services is complete, and that the documentation agrees with it."""

from __future__ import annotations

import ast
import importlib
import pathlib
import re
from collections import Counter

import pytest
import yaml

from ansible_collections.dataops.huaweicloud.plugins.inventory import services as inventory
from ansible_collections.dataops.huaweicloud.plugins.module_utils import _connection, _services
from ansible_collections.dataops.huaweicloud.plugins.module_utils._arguments import (
    data_jobs_arguments,
    info_arguments,
    stop_arguments,
)
from ansible_collections.dataops.huaweicloud.plugins.module_utils._services.base import JobApi, Phase
from ansible_collections.dataops.huaweicloud.plugins.module_utils._services.registry import SERVICES

COLLECTION = "ansible_collections.dataops.huaweicloud"
ROOT = pathlib.Path(_connection.__file__).parents[2]
DOCS = ROOT / "docs"
STOP_MODULES = {"mrs": "mrs_job_execution", "cdm": "cdm_job", "dli": "dli_job", "ges": "ges_job"}
KINDS = [(service, kind) for service in SERVICES.values() for kind in service.kinds]
LISTED_KINDS = [(service, kind) for service, kind in KINDS if kind.listing]

each_service = pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES)
each_kind = pytest.mark.parametrize(("service", "kind"), KINDS, ids=[kind.__name__ for _service, kind in KINDS])
each_listed_kind = pytest.mark.parametrize(
    ("service", "kind"), LISTED_KINDS, ids=[kind.__name__ for _service, kind in LISTED_KINDS]
)


def option_values(service):
    """Return the options of several tasks, which select each kind of jobs of a service at least once."""
    values = {name: argument.get("default", "x") for name, argument in service.arguments.items()}
    optional = {name: argument for name, argument in service.arguments.items() if not argument.get("required")}
    others = [(name, value) for name, argument in optional.items() for value in argument.get("choices", [None])]
    return [values, *({**values, name: value} for name, value in others)]


@each_service
def test_service_has_its_own_name(service):
    assert SERVICES[service.name] is service
    assert service.kinds and service.id_options and service.state in ("cancelled", "stopped")
    assert {kind.name for kind in service.kinds} == {service.name} == {service.locations.service}


@each_service
def test_options_select_every_kind(service):
    selected = {service.select_kind(options) for options in option_values(service)}
    assert selected == set(service.kinds)


@each_service
def test_selected_kind_accepts_the_options(service):
    for options in option_values(service):
        kind = service.select_kind(options)
        assert kind(options).location == (options[kind.location_option] if kind.location_option else "")


@each_kind
def test_kind_has_required_attributes(service, kind):
    assert kind.ids_option == service.id_options[0]
    assert "{project}" in kind.root and not kind.root.startswith("/")
    assert ("{location}" in kind.root) is bool(kind.location_option)
    assert not kind.location_option or kind.location_option in service.arguments
    assert kind.id_key and isinstance(kind.not_found, re.Pattern)
    assert not kind.not_found.match("None None")
    assert set(kind.attribute_keys) <= {"name", "owner", "queue", "started"}
    assert all(kind.attribute_keys.values())


@each_kind
def test_kind_reads_and_stops_jobs(service, kind):
    for method in ("parse_job", "fetch_record", "stop"):
        assert getattr(kind, method) is not getattr(JobApi, method), method
    assert kind.batch_size >= 1
    assert (kind.stop_batch is not JobApi.stop_batch) is (kind.batch_size > 1)


@each_kind
def test_missing_job_is_never_claimed(service, kind):
    assert kind.phase_if_missing in (Phase.ENDED, Phase.STOPPED_OR_FAILED)


@each_listed_kind
def test_listing_describes_its_requests(service, kind):
    listing = kind.listing
    assert listing.items and listing.id and listing.size and listing.size[1] >= 1
    parameters = [
        listing.size[0],
        listing.start[0],
        *listing.params,
        *(each.parameter for each in listing.filters.values()),
    ]
    assert all(parameters) and len(parameters) == len(set(parameters))
    assert {each.match for each in listing.filters.values()} <= {"equal", "contains", "least", "most"}


@each_listed_kind
def test_ignored_filters_can_be_noticed(service, kind):
    """Check that records confirm each filter that one of the clouds does not document."""
    assert [name for name, each in kind.listing.filters.items() if not (each.everywhere or each.keys)] == []


@each_service
def test_each_location_has_a_target(service):
    locations = service.locations
    assert "{project}" in locations.root and locations.listing.items and locations.listing.id
    assert locations.name_key and locations.status_key
    if locations.targets:
        targets = locations.targets({locations.listing.id: "q"})
        assert [target["kind"] for target in targets] == service.arguments["kind"]["choices"]
        assert {target["filters"]["queue"] for target in targets} == {"q"}
    else:
        assert locations.option in service.arguments
    assert not locations.statuses or locations.deleted_status in ("", *locations.statuses.values())


def status_calls():
    """Yield the status words of each call of ``status_phases`` in the source, by phase."""
    for path in sorted(pathlib.Path(_services.__file__).parent.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "status_phases":
                words = {each.arg: ast.literal_eval(each.value).split() for each in node.keywords}
                yield pytest.param(words, id=f"{path.stem}-{words['active'][0]}")


@pytest.mark.parametrize("phases", list(status_calls()))
def test_each_status_is_in_one_phase(phases):
    counts = Counter(word for words in phases.values() for word in words)
    assert {word for word, count in counts.items() if count > 1} == set()
    assert all(word == word.lower() for word in counts)
    assert "unknown" not in counts
    assert set(phases) <= {phase.value for phase in Phase} - {"unknown"}
    # every kind has jobs that run, that were stopped, and that ended by themselves
    assert {"active", "ended"} <= set(phases) and {"stopped", "stopped_or_failed"} & set(phases)


def documentation(module):
    """Return the documented options of a module: its own and those of its fragments."""
    text = importlib.import_module(f"{COLLECTION}.plugins.modules.{module}").DOCUMENTATION
    documented = yaml.safe_load(text)
    options = {}
    for name in documented["extends_documentation_fragment"]:
        fragment, _dot, part = name.replace("dataops.huaweicloud.", "").partition(".")
        source = importlib.import_module(f"{COLLECTION}.plugins.doc_fragments.{fragment}").ModuleDocFragment
        options.update(yaml.safe_load(getattr(source, part.upper() or "DOCUMENTATION")).get("options") or {})
    return {**options, **documented["options"]}


MODULES = [
    pytest.param(f"{name}{suffix}", arguments(SERVICES[service]), id=f"{name}{suffix}")
    for service, name in STOP_MODULES.items()
    for suffix, arguments in (("", stop_arguments), ("_info", info_arguments))
]
MODULES.append(pytest.param("data_jobs", data_jobs_arguments(SERVICES), id="data_jobs"))
each_module = pytest.mark.parametrize(("module", "arguments"), MODULES)
FACTS = ("type", "elements", "required", "aliases", "choices", "default")


def facts(option):
    """Return what the documentation of an option and its argument spec have in common."""
    return {name: option[name] for name in FACTS if option.get(name) not in (None, False, [])}


def test_each_service_has_its_modules():
    assert set(STOP_MODULES) == set(SERVICES)
    modules = {path.stem for path in (ROOT / "plugins" / "modules").glob("*.py")} - {"__init__"}
    of_services = {module for name in STOP_MODULES.values() for module in (name, f"{name}_info")}
    assert modules == {*of_services, "data_jobs"}


@each_module
def test_every_option_is_documented(module, arguments):
    assert sorted(documentation(module)) == sorted(arguments)


@each_module
def test_documented_options_agree_with_arguments(module, arguments):
    options = documentation(module)
    documented = {name: facts(option) for name, option in options.items()}
    assert documented == {name: facts(argument) for name, argument in arguments.items()}


def test_documented_suboptions_agree_with_arguments():
    documented = documentation("data_jobs")["targets"]["suboptions"]
    arguments = data_jobs_arguments(SERVICES)["targets"]["options"]
    assert {name: facts(option) for name, option in documented.items()} == {
        name: facts(argument) for name, argument in arguments.items()
    }


@each_service
def test_documented_choices_of_targets_agree(service):
    """Check the choices that are documented as text, because an empty text is accepted too."""
    documented = documentation("data_jobs")["targets"]["suboptions"]
    for name, argument in service.arguments.items():
        text = str(documented[name]["description"])
        assert set(argument.get("choices", ())) <= set(re.findall(r"V\((\w+)\)", text))
        assert f"Defaults to V({argument['default']})" in text if "default" in argument else True


@each_service
def test_documented_ids_agree_with_registry(service):
    module = STOP_MODULES[service.name]
    name, *aliases = service.id_options
    for documented, required in ((documentation(module), True), (documentation(f"{module}_info"), False)):
        assert documented[name]["aliases"] == aliases
        assert documented[name].get("required", False) is required
        assert (documented[name]["type"], documented[name]["elements"]) == ("list", "str")


@each_service
def test_documented_filters_agree_with_registry(service):
    module = STOP_MODULES[service.name]
    common = {"limit", service.id_options[0], *service.arguments}
    others = {*documentation(module), *common} - {"state", "wait", "wait_sleep", "missing"}
    assert set(documentation(f"{module}_info")) - others == set(service.filters)


@each_service
def test_documented_state_agrees_with_registry(service):
    state = documentation(STOP_MODULES[service.name])["state"]
    assert (state["choices"], state["default"]) == ([service.state], service.state)


def test_inventory_lists_every_service():
    option = yaml.safe_load(inventory.DOCUMENTATION)["options"]["services"]
    assert option["choices"] == option["default"] == list(SERVICES)


def table_rows(pattern):
    """Return the cells of all table rows in the guides whose first cell matches."""
    rows = []
    for path in sorted(DOCS.glob("*.md")):
        cells = [line.strip("|").split("|") for line in path.read_text(encoding="utf-8").splitlines() if "|" in line]
        rows += [[cell.strip() for cell in row] for row in cells if re.fullmatch(pattern, row[0].strip())]
    return rows


def kind_title(service, kind):
    values = service.arguments.get("kind", {}).get("choices", ())
    names = [value for value in values if service.select_kind({"kind": value}) is kind]
    return " ".join([service.name, *names])


@each_listed_kind
def test_guide_names_filters_of_kind(service, kind):
    rows = table_rows(f"`{kind_title(service, kind)}`")
    if not rows:
        pytest.skip("No table in the guides has this kind.")
    for _title, cell, *_more in rows:
        assert re.findall(r"`(\w+)`", cell) == list(kind.listing.filters)


@each_service
def test_guide_names_statuses_of_locations(service):
    statuses = service.locations.statuses
    codes = {code: word for code, word in statuses.items() if code.isdigit()}
    cells = [row[1] for row in table_rows(service.name.upper()) if re.search(r"\d{3} `\w+`", row[1])]
    if not codes or not cells:
        pytest.skip("No table in the guides has codes of this service.")
    for cell in cells:
        documented = dict(re.findall(r"\b(\d{3}),? `(\w+)`", cell))
        assert documented == codes
