# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of AWX 24 for credential types, surveys and templates, after its source, and a stand-in for its API.

Credentials are injected by AWX's own code in the package awx_plugins.interfaces.
"""

from __future__ import annotations

import json
import pathlib
import re
import shutil
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import yaml
from ansible.parsing.dataloader import DataLoader
from awx_plugins.interfaces._temporary_private_api import Credential, ManagedCredentialType
from awx_plugins.interfaces._temporary_private_inject_api import ENV_BLOCKLIST, inject_credential
from jinja2 import StrictUndefined, UndefinedError
from jinja2.sandbox import ImmutableSandboxedEnvironment

ROOT = pathlib.Path(__file__).resolve().parents[2]
CONTROLLER = ROOT / "extensions" / "awx" / "controller"
Item = dict[str, Any]


class Refused(Exception):
    """AWX refuses this."""


def demand(true: object, message: str) -> None:
    """Raise :class:`Refused` unless a condition is true."""
    if not true:
        raise Refused(message)


def data(*names: str) -> dict[str, list[Item]]:
    """Return the variables in the files of the data, as Ansible reads them."""
    files = [CONTROLLER / f"{name}.yml" for name in names] or sorted(CONTROLLER.iterdir())
    read = [DataLoader().load_from_file(str(file)) for file in files]
    # without the marks that Ansible puts on its values
    return {name: json.loads(json.dumps(value)) for variables in read for name, value in variables.items()}


def named(items: list[Item], name: str) -> Item:
    """Return the only item with this name."""
    (found,) = [item for item in items if item["name"] == name]
    return found


def check_credential_type(item: Item) -> None:
    """Apply the rules of CredentialTypeInputField and CredentialTypeInjectorField in awx/main/fields.py."""
    inputs, injectors = item["inputs"], item["injectors"]
    text_only = {"choices", "multiline", "format", "secret"}
    known = {"type", "id", "label", "help_text", "ask_at_runtime", "default"} | text_only
    demand(inputs.keys() <= {"fields", "required"}, "inputs has other keys")
    ids = [field["id"] for field in inputs["fields"]]
    demand(len({*ids}) == len(ids), "field IDs must be unique")
    demand({*inputs["required"]} <= {*ids}, "a required field is not there")
    for field in inputs["fields"]:
        demand(field.keys() <= known and {"id", "label"} <= field.keys(), f"keys of {field}")
        demand(re.fullmatch("[a-zA-Z_]+[a-zA-Z0-9_]*", field["id"]) and field["id"] != "tower", f"id of {field}")
        demand(field["type"] in ("string", "boolean"), f"type of {field}")
        demand(field["type"] == "string" or not text_only & field.keys(), f"not for a boolean: {field}")
        demand(type(field.get("default", "")) in (str, bool), f"default of {field}")

    demand(injectors.keys() <= {"file", "env", "extra_vars"}, "injectors has other keys")
    files = {name.partition(".")[2] for name in injectors.get("file", {})}
    demand(all(name.startswith("template") for name in injectors.get("file", {})), "names of the files")
    demand("" not in files or len(files) == 1, "must use multi-file syntax when injecting multiple files")
    tower = {"filename": "EXAMPLE" if "" in files else dict.fromkeys(files, "EXAMPLE")}
    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined)
    for kind, templates in injectors.items():
        for name, template in templates.items():
            if kind == "env":
                demand(re.fullmatch("[a-zA-Z_]+[a-zA-Z0-9_]*", name), f"{name} is no variable")
                demand(not name.startswith("ANSIBLE_") and name not in ENV_BLOCKLIST, f"{name} is not allowed")
                demand(template.isascii(), f"{name} is not ASCII")
            try:
                environment.from_string(template).render({**dict.fromkeys(ids, "EXAMPLE"), "tower": tower})
            except UndefinedError as error:
                raise Refused(f"{name} uses an undefined field: {error}") from error


def check_inputs(type: Item, inputs: Item) -> None:
    """Apply the rules of CredentialInputField in awx/main/fields.py to the fields of a credential."""
    fields = {field["id"]: field for field in type["inputs"]["fields"]}
    demand(inputs.keys() <= fields.keys(), f"additional properties: {inputs.keys() - fields.keys()}")
    for name, value in inputs.items():
        expected = {"string": str, "boolean": bool}[fields[name]["type"]]
        demand(isinstance(value, expected), f"{name} is no {expected}")
        demand(value in fields[name].get("choices", [value]), f"{name} is none of its choices")


def inject(item: Item | ManagedCredentialType, inputs: Item, folder: pathlib.Path) -> tuple[Item, Item]:
    """Return the environment that a credential sets for a job, and the environment that AWX shows.

    :param item: an item of controller_credential_types, or a credential type of AWX itself.
    :param folder: the private data directory for files. AWX mounts it at /runner.
    """
    if isinstance(item, dict):
        check_inputs(item, inputs)
        item = ManagedCredentialType(
            namespace="", name=item["name"], kind="cloud", inputs=item["inputs"], injectors=item["injectors"]
        )
    (folder / "env").mkdir(parents=True, exist_ok=True)
    environment: Item = {}
    shown: Item = {}
    inject_credential(item, Credential(inputs), environment, shown, [], str(folder))
    return {name: value.replace("/runner/env/", f"{folder}/env/") for name, value in environment.items()}, shown


def check_survey(survey: Item) -> None:
    """Apply the rules of JobTemplateSurveySpec in awx/api/views."""
    types = {"text": str, "textarea": str, "password": str, "multiplechoice": str, "multiselect": str, "integer": int}
    demand(isinstance(survey.get("name"), str) and isinstance(survey.get("description"), str), "name, description")
    demand(survey.get("spec"), "'spec' doesn't contain any items")
    variables = [question["variable"] for question in survey["spec"]]
    demand(len({*variables}) == len(variables), "a variable is asked for twice")
    for question in survey["spec"]:
        demand({"type", "question_name", "variable", "required"} <= question.keys(), f"keys of {question}")
        demand(isinstance(question["question_name"], str) and isinstance(question["required"], bool), str(question))
        expected = types[question["type"]]
        default = question.get("default", "")
        demand(default == "" or isinstance(default, expected), f"default of {question}")
        demand(all(isinstance(question.get(key, 0), int) for key in ("min", "max")), f"limits of {question}")
        if question["type"].startswith("multi"):
            demand(all(isinstance(choice, str) for choice in question["choices"]), f"choices of {question}")
            demand({*default.splitlines()} <= {*question["choices"]}, f"default of {question}")


def launch(template: Item, answers: Item, workflow: Item | None = None) -> tuple[Item, Item]:
    """Return the extra variables of a job, and the variables that AWX ignores.

    SurveyJobTemplateMixin in awx/main/models/mixins.py. The API answers 201 if it ignores variables, and returns them
    in ``ignored_fields``.

    :param answers: the answers to the survey. The user interface sends "" for an empty text, null for an empty integer.
    :param workflow: the variables from the workflow: artifacts of earlier jobs, and the answers to the survey of the
        workflow. AWX passes them on even if the template does not ask for them.
    """
    questions = {q["variable"]: q for q in template.get("survey_spec", {"spec": []})["spec"]}
    ignored = {name: value for name, value in answers.items() if name not in questions}
    answers = {name: value for name, value in answers.items() if name in questions}
    for name, question in questions.items():
        given = {**(workflow or {}), **answers}
        demand(name in given or not question["required"], f"{name!r} value missing")
        if name in given:
            check_answer(question, given[name])
    defaults = {name: question["default"] for name, question in questions.items() if "default" in question}
    return {**template.get("extra_vars", {}), **defaults, **answers, **(workflow or {})}, ignored


def check_answer(question: Item, value: object) -> None:
    """Apply the rules for one answer."""
    name, kind = question["variable"], question["type"]
    if kind == "integer" and value is None and not question["required"]:
        return
    demand(isinstance(value, int if kind == "integer" else str), f"{name}: wrong type")
    size = value if isinstance(value, int) else len(str(value))
    demand(question.get("min", size) <= size <= question.get("max", size), f"{name}: too small or too large")
    demand(kind != "multiplechoice" or value in question["choices"], f"{name}: expected to be one of the choices")


def left_empty(template: Item, **answers: Any) -> Item:
    """Return the answers that the user interface sends: these, otherwise the defaults, otherwise "" or null."""
    empty = {"integer": None}
    return {
        q["variable"]: q.get("default", empty.get(q["type"], "")) for q in template["survey_spec"]["spec"]
    } | answers


def listed_playbooks(paths: list[str]) -> set[str]:
    """Return the files of a project that AWX lists as playbooks: ``could_be_playbook`` in awx/main/utils/ansible.py."""
    key = re.compile(r"\s*-?\s*(hosts|include|import_playbook):", re.ASCII)
    skipped = {"roles", "tasks", "group_vars", "host_vars"}
    found = set()
    for path in paths:
        folders = path.split("/")[:-1]
        if path.endswith((".yml", ".yaml")) and not any(each in skipped or each.startswith(".") for each in folders):
            lines = (ROOT / path).read_text(encoding="utf-8", errors="ignore").splitlines()
            if any(key.match(line) for line in lines) or (lines and lines[0].startswith("$ANSIBLE_VAULT;")):
                found.add(path)
    return found


class _UnsafeDumper(yaml.SafeDumper):
    """AWX marks the answers at a launch as unsafe, so that Ansible does not evaluate them as templates."""

    def represent_data(self, data: object) -> yaml.Node:
        return self.represent_scalar("!unsafe", data) if isinstance(data, str) else super().represent_data(data)


def prepare(folder: pathlib.Path, collections: pathlib.Path, extra_vars: Item, safe: Item, inventory: Item) -> Item:
    """Create the private data directory of a job as awx/main/tasks/jobs.py does, and return the added environment.

    :param collections: a folder with the collections of the execution environment.
    :param safe: the extra variables that may contain templates: those of the job template, unless others replace them.
        With ``ALLOW_JINJA_IN_EXTRA_VARS`` set to "never", there are none.
    :param inventory: the output of ``ansible-inventory --list``.
    """
    for name in ("env", "project", "inventory"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for name in ("playbooks", "extensions"):
        shutil.copytree(ROOT / name, folder / "project" / name)
    own = {name: value for name, value in safe.items() if extra_vars[name] == value}
    typed = {name: value for name, value in extra_vars.items() if name not in own}
    text = yaml.dump({**typed, "awx_job_id": 7}, Dumper=_UnsafeDumper) + (yaml.safe_dump(own) if own else "")
    (folder / "env" / "extravars").write_text(text)
    hosts = folder / "inventory" / "hosts"
    hosts.write_text(f"#!/usr/bin/env python3\nprint({json.dumps(inventory)!r})\n")
    hosts.chmod(0o700)
    return {
        "ANSIBLE_COLLECTIONS_PATH": f"/runner/requirements_collections:{collections}",
        "ANSIBLE_RETRY_FILES_ENABLED": "False",
        "JOB_ID": "7",
    }


def sliced(inventory: Item, number: int, count: int) -> Item:
    """Return one of several slices of an inventory: every count-th host by name (awx/main/models/inventory.py)."""
    hostvars = inventory["_meta"]["hostvars"]
    kept = sorted(hostvars)[number - 1 :: count]
    groups = {
        name: {**group, "hosts": [host for host in group.get("hosts", []) if host in kept]}
        for name, group in inventory.items()
        if name != "_meta"
    }
    return {
        **groups,
        "all": {**groups["all"], "hosts": kept},
        "_meta": {"hostvars": {name: hostvars[name] for name in kept}},
    }


_APPROVAL_FIELDS = {"name", "description", "timeout"}
_ROLES = ("admin_role", "execute_role", "read_role", "approval_role")


class Controller(ThreadingHTTPServer):
    """A stand-in for the part of AWX's API that loading needs. It refuses what AWX refuses.

    :ivar failing_updates: the number of project updates that fail from now on.
    :ivar updates: the number of project updates so far.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Call)
        self.items: dict[str, list[Item]] = {}
        self.surveys: dict[int, Item] = {}
        self.links: dict[str, list[int]] = {}
        self.refusals: list[str] = []
        self.failing_updates = self.updates = 0
        self.add("organizations", {"name": "Default"})

    @property
    def url(self) -> str:
        """The base URL."""
        return f"http://127.0.0.1:{self.server_port}"

    def __enter__(self) -> Controller:
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.shutdown()
        self.server_close()

    def add(self, endpoint: str, fields: Item) -> Item:
        """Create an item."""
        id = sum(map(len, self.items.values())) + 1
        url = f"/api/v2/{endpoint}/{id}/"
        related = {"survey_spec": f"{url}survey_spec/"} if endpoint.endswith("job_templates") else {}
        if endpoint == "projects":
            related["update"] = f"{url}update/"
        item = {**fields, "id": id, "url": url, "type": endpoint[:-1], "related": related, "summary_fields": {}}
        self.items.setdefault(endpoint, []).append(item)
        if endpoint.endswith("job_templates"):
            item["summary_fields"]["object_roles"] = {
                role: {"id": self.add("roles", {"name": f"{role} of {fields['name']}"})["id"]} for role in _ROLES
            }
        return item

    def find(self, endpoint: str, query: Item) -> list[Item]:
        """Return the items that have all of these fields."""
        kinds = ("job_templates", "workflow_approval_templates", "projects")
        endpoints = kinds if endpoint == "unified_job_templates" else (endpoint,)
        items = [item for each in endpoints for item in self.items.get(each, [])]
        return [item for item in items if all(str(item.get(key)) == value for key, value in query.items())]

    def resolve(self, endpoint: str, key: str) -> Item | None:
        """Return the item with an ID or a named URL, which is the name and the organization."""
        if "++" not in key:
            query = {"id": key}
        else:
            name, _separator, organization = unquote(key).partition("++")
            owners = self.find("organizations", {"name": organization})
            query = {"name": name, "organization": str(owners[0]["id"]) if owners else ""}
        found = self.find(endpoint, query)
        return found[0] if found else None

    def check(self, endpoint: str, fields: Item) -> None:
        """Raise :class:`Refused` for fields that AWX does not accept."""
        if endpoint == "credential_types":
            check_credential_type(fields)
        if endpoint == "job_templates":
            demand((ROOT / fields["playbook"]).is_file(), "Playbook not found for project.")
        if endpoint == "workflow_job_template_nodes" and "job_type" in fields:
            (template,) = self.find("job_templates", {"id": str(fields["unified_job_template"])})
            demand(template["ask_job_type_on_launch"], "Field is not configured to prompt on launch.")

    def update_project(self) -> Item:
        """Run a project update, and return it."""
        self.updates += 1
        status = "failed" if self.failing_updates else "successful"
        self.failing_updates = max(0, self.failing_updates - 1)
        finished = {"status": status, "failed": status == "failed", "finished": "2026-11-28T12:00:00Z"}
        return self.add("project_updates", {**finished, "scm_revision": ""})

    def answer(self, method: str, path: str, query: Item, fields: Item) -> tuple[int, Any]:
        """Answer a request with a status and JSON."""
        endpoint, id, sub = ([*path.removeprefix("/api/v2/").strip("/").split("/"), "", ""])[:3]
        if not id:
            if method == "POST":
                self.check(endpoint, fields)
                item = self.add(endpoint, fields | {"scm_revision": ""})
                # AWX starts an update of a new project
                started = {"current_update": {"id": self.update_project()["id"]}} if endpoint == "projects" else {}
                return 201, {**item, "summary_fields": {**item["summary_fields"], **started}}
            found = self.find(endpoint, query)
            return 200, {"count": len(found), "next": None, "results": found}
        item = self.resolve(endpoint, id)
        if item is None:
            return 404, {"detail": "Not found."}
        if sub == "survey_spec":
            if method == "POST":
                check_survey(fields)
                self.surveys[item["id"]] = fields
            return 200, self.surveys.get(item["id"], {})
        if sub == "create_approval_template":
            approval = self.add("workflow_approval_templates", _approval(fields))
            item.update(unified_job_template=approval["id"])
            item["related"]["unified_job_template"] = approval["url"]
            return 201, approval
        if sub == "update":
            return 202, self.update_project()
        if sub:
            links = self.links.setdefault(f"{item['url']}{sub}", [])
            if method == "POST":
                if fields.get("disassociate"):
                    links.remove(fields["id"])
                else:
                    links.append(fields["id"])
                return 204, None
            return 200, {"count": len(links), "next": None, "results": [{"id": link} for link in links]}
        if method == "PATCH":
            self.check(endpoint, item | fields)
            item.update(_approval(fields) if endpoint == "workflow_approval_templates" else fields)
        return 200, item


def _approval(fields: Item) -> Item:
    """Return the fields that AWX keeps of an approval step. It ignores others, and does not return them."""
    return {name: value for name, value in fields.items() if name in _APPROVAL_FIELDS}


class _Call(BaseHTTPRequestHandler):
    server: Controller

    def _answer(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fields = json.loads(body) if self.command != "GET" else {}
        try:
            demand(self.headers["Authorization"] == "Bearer token", "authentication")
            status, answer = self.server.answer(self.command, parts.path, dict(parse_qsl(parts.query)), fields)
        except Refused as refusal:
            self.server.refusals.append(str(refusal))
            status, answer = 400, {"error": str(refusal), "__all__": [str(refusal)]}
        content = b"" if answer is None else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PATCH = _answer

    def log_message(self, format: str, *args: Any) -> None:
        pass
