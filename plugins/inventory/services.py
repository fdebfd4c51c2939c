# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: services
short_description: The places where data jobs run, as hosts
version_added: 1.0.0
description:
  - Reads the clusters of MapReduce Service (MRS) and Cloud Data Migration (CDM), the queues of Data Lake Insight (DLI)
    and the graphs of Graph Engine Service (GES) in a project. Each is a host, with the variables that the modules of
    this collection need. Nothing is changed.
  - Tasks for these hosts run on the controller. With a host for each place, a play works on many at once (C(forks)), on
    some of them (C(--limit)), or on a share of them in each slice of a job of AWX.
  - The name of the file must end in C(huaweicloud.yml) or C(huaweicloud.yaml).
  - A host is named after its service and itself, V(mrs_etl), a queue also after a kind of jobs that it runs,
    V(dli_default_sql). A queue for general use is two hosts, one for its Spark jobs and one for its Flink jobs.
    Where places of a service have the same name, each has its id in the place of the name.
  - The groups are the services V(mrs), V(cdm), V(dli) and V(ges), the statuses, such as V(status_running), and the
    region, such as V(region_eu_de).
  - docs/inventory.md in the collection tells of all variables and statuses, and how to slice a job over a fleet.
author: "The dataops.huaweicloud project (!UNKNOWN)"
extends_documentation_fragment:
  - dataops.huaweicloud.connection
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
options:
  plugin:
    description:
      - The name of this plugin.
    type: str
    required: true
    choices: [dataops.huaweicloud.services]
  services:
    description:
      - Which services are asked. One that cannot be read is an error.
      - When this is left out, all are asked, and one that is not offered here, or not to this user, is only a warning.
        That is when nobody knows its host, or when it answers 403 or 404. Say which there are to be rid of it.
    type: list
    elements: str
    choices: [mrs, cdm, dli, ges]
    default: [mrs, cdm, dli, ges]
  host_prefix:
    description:
      - Stands before the name of each host, such as V(prod_), so that the hosts of two projects in one inventory
        differ. The second of two files is refused where it has a host of the same name.
    type: str
    default: ""
  wait_timeout:
    description:
      - Seconds that reading the services may take, retries included.
    type: int
    default: 300
notes:
  - Where the options and the notes speak of the task, it is this file here. A value in the file may be a template, such
    as a lookup, or encrypted with Ansible Vault.
  - A project is in one region. More regions or projects take a file each; all files of a folder make one inventory.
  - Ansible takes a file that cannot be read for a warning, and goes on without its hosts. With the environment variable
    E(ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED) set to V(true) it is an error.
  - The cache holds what the services told, without credentials.
seealso:
  - module: dataops.huaweicloud.mrs_job_execution
  - module: dataops.huaweicloud.cdm_job
  - module: dataops.huaweicloud.dli_job
  - module: dataops.huaweicloud.ges_job
"""

EXAMPLES = r"""
# Everything in the project that the environment logs in to, in a file huaweicloud.yml
plugin: dataops.huaweicloud.services
---
# Two services on Open Telekom Cloud, with the secret from a lookup, a cache, and groups of one's own
plugin: dataops.huaweicloud.services
services: [mrs, dli]
region: eu-de
cloud_domain: otc.t-systems.com
project_name: eu-de_prod
host_prefix: prod_
access_key: YOURACCESSKEY
secret_key: "{{ lookup('ansible.builtin.file', '/run/secrets/huaweicloud') }}"
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: /var/cache/ansible
groups:
  secured: huaweicloud_service == 'mrs' and huaweicloud_details.safe_mode == 1
keyed_groups:
  - key: huaweicloud_details.queue_type
    prefix: queue_type
"""

import re
from collections import Counter
from typing import Any, Callable

from ansible.errors import AnsibleParserError
from ansible.module_utils.basic import missing_required_lib
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.parameters import remove_values
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable

from ..module_utils.arguments import Options, connection
from ..module_utils.client import REQUESTS_IMPORT_ERROR, Budget
from ..module_utils.errors import Error
from ..module_utils.places import Place, read_places

# Whether a text may be a template.
_trusted: Callable[[str], str] = str
_untrusted: Callable[[str], str] = str
try:
    from ansible.template import trust_as_template

    _trusted = trust_as_template
except ImportError:  # ansible-core 2.18, where all may be that are not wrapped
    from ansible.utils.unsafe_proxy import wrap_var

    _untrusted = wrap_var

# What can be no template, in no notation: a text may begin with "#jinja2:" and say what its delimiters are.
_PLAIN = re.compile(r"[\w .,:;=/@+-]*")


def _data(value: Any) -> Any:
    """What a service told. Nothing of it is a template; what cannot be one is spared the marks in Ansible's output."""
    if isinstance(value, dict):
        return {key: _data(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_data(item) for item in value]
    if isinstance(value, str):
        return _trusted(value) if _PLAIN.fullmatch(value) else _untrusted(value)
    return value


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    """See the documentation above."""

    NAME = "dataops.huaweicloud.services"

    def verify_file(self, path: str) -> bool:
        """Whether a file is meant for this plugin, by its name."""
        return bool(super().verify_file(path)) and path.endswith(("huaweicloud.yml", "huaweicloud.yaml"))

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        """Add the hosts, out of the cache where that is wanted and has them; raises L{AnsibleParserError}."""
        super().parse(inventory, loader, path, cache)
        config = self._read_config_data(path)
        options, secrets = self._checked(config)
        # who asks for what: another project, or another user, has another entry. Of the key only a hash is kept
        key = self.get_cache_key(f"{path} {options} {self.get_option('services')}")
        places: list[Place] | None = self._cache.get(key) if self.get_option("cache") and cache else None
        if places is None:
            places = self._read(options, secrets, optional="services" not in config)
            if self.get_option("cache"):
                self._cache[key] = places
        self._populate(inventory, places)

    def _checked(self, config: dict[str, Any]) -> tuple[Options, set[str]]:
        """The connection's options, out of the file and the environment as in a module, and the secrets in them."""
        unknown = sorted(set(config) - set(self.option_definitions))
        if unknown:
            raise AnsibleParserError(f"there is no option {', '.join(unknown)}")
        spec = connection()
        given = {name: self.templar.template(config[name]) for name in spec if config.get(name) is not None}
        # what a vault held is a type of its own in ansible-core 2.18
        given = {name: value if isinstance(value, (str, int)) else str(value) for name, value in given.items()}
        checked = ArgumentSpecValidator(spec).validate(given)
        options: Options = checked.validated_parameters
        secrets = {str(options[name]) for name in spec if spec[name].get("no_log") and options.get(name)}
        errors = list(checked.error_messages)
        for name, least in (("wait_timeout", 1), ("request_timeout", 1), ("retries", 0)):
            value = options[name] if name in spec else self.get_option(name)
            if not errors and value < least:
                errors.append(f"{name} must be at least {least}, not {value}")
        if not self.get_option("services"):
            errors.append("services is empty: name some, or leave it out for all")
        if errors:
            raise AnsibleParserError(remove_values("; ".join(errors), secrets))
        return options, secrets

    def _read(self, options: Options, secrets: set[str], optional: bool) -> list[Place]:
        """What the services tell, with a warning for each that is not offered; raises L{AnsibleParserError}."""
        if REQUESTS_IMPORT_ERROR:
            raise AnsibleParserError(missing_required_lib("requests"))
        budget = Budget(self.get_option("wait_timeout"))
        options = {**options, "concurrency": 1}
        try:
            places, absent = read_places(options, self.get_option("services"), optional, budget, secrets)
        except Error as error:
            # what the libraries raised before it might hold more than it
            raise AnsibleParserError(remove_values(str(error), secrets)) from None
        for service, refusal in absent.items():
            text = f"{service} is not offered here, or not to this user; set services to those that are: {refusal}"
            self.display.warning(remove_values(text, secrets))
        return places

    def _populate(self, inventory: Any, places: list[Place]) -> None:
        """Add places as hosts, with their variables and groups."""
        strict = self.get_option("strict")
        for host, place in self._named(inventory, places).items():
            variables = {
                **{f"huaweicloud_{name}": _data(value) for name, value in place.items()},
                "ansible_connection": _trusted("local"),
                # a template: in AWX the job may run elsewhere than what reads the inventory
                "ansible_python_interpreter": _trusted("{{ ansible_playbook_python }}"),
            }
            inventory.add_host(host)
            for name, value in variables.items():
                inventory.set_variable(host, name, value)
            for prefix, name in (("", "service"), ("status_", "status"), ("region_", "region")):
                if place[name]:
                    group = inventory.add_group(self._sanitize_group_name(f"{prefix}{place[name]}"))
                    inventory.add_child(group, host)
            known = inventory.get_host(host).get_vars()
            self._set_composite_vars(self.get_option("compose"), known, host, strict=strict)
            self._add_host_to_composed_groups(self.get_option("groups"), {}, host, strict=strict)
            self._add_host_to_keyed_groups(self.get_option("keyed_groups"), {}, host, strict=strict)

    def _named(self, inventory: Any, places: list[Place]) -> dict[str, Place]:
        """The places by the names of their hosts; raises L{AnsibleParserError} where another source has one of them."""
        prefix = self.get_option("host_prefix")

        def name(place: Place, own: str) -> str:
            words = (place["service"], own, place["target"].get("kind"))
            return prefix + re.sub("[^A-Za-z0-9_.-]", "_", "_".join(filter(None, words)))

        times = Counter(name(place, place["name"]) for place in places)
        named = {}
        for place in places:
            host = name(place, place["name"])
            if times[host] > 1:
                host = name(place, place["id"])
            other = inventory.get_host(host)
            project = other.vars.get("huaweicloud_project_id") if other else None
            if project not in (None, place["project_id"]):
                raise AnsibleParserError(f"{host} is a host of project {project} already: set host_prefix in one file")
            named[host] = place
        return named
