# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: services
short_description: Clusters, queues and graphs that run data jobs
version_added: 1.0.0
description:
  - Creates a host for each cluster of MapReduce Service (MRS) and Cloud Data Migration (CDM), each queue of Data Lake
    Insight (DLI) and each graph of Graph Engine Service (GES) in a project. The plugin only reads.
  - Tasks for these hosts run on the controller. A play can work on several locations in parallel (C(forks)) or on a
    part of them (C(--limit)).
  - Each host has the variable C(huaweicloud_target), a target for the module M(dataops.huaweicloud.data_jobs) that
    selects the location. Add conditions that select jobs.
  - The name of the file must end in C(huaweicloud.yml) or C(huaweicloud.yaml).
  - A host is named after its service and its location, such as V(mrs_etl). The name of a queue ends with a kind of
    jobs that the queue runs, such as V(dli_default_sql). A queue for general use has two hosts, one for its Spark
    jobs and one for its Flink jobs.
  - If several locations have the same host name, the plugin appends the ID of the location, such as
    V(cdm_etl_6ec9a0a4), to all of them. If the ID does not distinguish them, it appends a checksum of the ID. Two
    locations never have the same host name.
  - The plugin creates groups for the services V(mrs), V(cdm), V(dli) and V(ges), for the statuses, such as
    V(status_running), and for the region, such as V(region_eu_de).
  - docs/inventory.md in the collection describes all variables and statuses.
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
      - The services to read. If one of them cannot be read, the plugin fails.
      - By default, the plugin reads all services. A service that is not available in the region or to the user then
        causes only a warning. This is the case if the host of the service does not exist, or if the service returns
        HTTP 401, 403 or 404. To avoid the warning, set this option to the available services.
    type: list
    elements: str
    choices: [mrs, cdm, dli, ges]
    default: [mrs, cdm, dli, ges]
  host_prefix:
    description:
      - Text before each host name, such as V(prod_). Set it if one inventory contains several projects. If two files
        create the same host for different locations, the plugin refuses the second file.
    type: str
    default: ""
  wait_timeout:
    description:
      - Maximum number of seconds for reading all services, retries included.
    type: int
    default: 300
notes:
  - In the descriptions of the connection options, "task" means the inventory file. A value in the file can be a
    template, such as a lookup, or a value encrypted with Ansible Vault.
  - A project belongs to one region. Create a file for each further region or project, and put all files into one
    folder.
  - If Ansible cannot read an inventory file, it shows a warning and continues without the hosts of the file. To make
    this an error, set the environment variable E(ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED) to V(true).
  - The cache contains the records of the services, without credentials.
seealso:
  - module: dataops.huaweicloud.data_jobs
  - module: dataops.huaweicloud.mrs_job_execution
  - module: dataops.huaweicloud.cdm_job
  - module: dataops.huaweicloud.dli_job
  - module: dataops.huaweicloud.ges_job
"""

EXAMPLES = r"""
# A file huaweicloud.yml for all services of a project, with the credentials from the environment
plugin: dataops.huaweicloud.services
---
# Two services of Open Telekom Cloud, with a secret from a lookup, a cache, and additional groups
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

import functools
import os
import re
import socket
import threading
from typing import Any, Callable

from ansible.errors import AnsibleParserError
from ansible.module_utils.basic import missing_required_lib
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable

from ..module_utils._connection import Connection, Login
from ..module_utils._errors import AuthenticationFailed, ConnectionFailed, Error
from ..module_utils._http.deadline import Deadline
from ..module_utils._http.session import REQUESTS_IMPORT_ERROR
from ..module_utils._jobs.reader import call_service
from ..module_utils._options import ConnectionOptions, connection_arguments, resolve_options
from ..module_utils._redaction import Secrets
from ..module_utils._services.locations import Location, assign_hosts, find_locations
from ..module_utils._services.registry import SERVICES
from ..module_utils._workers import WorkerPool

# Mark text as a template, or as text that must not become a template.
_trusted: Callable[[str], str] = str
_untrusted: Callable[[str], str] = str
try:
    from ansible.template import trust_as_template

    _trusted = trust_as_template
except ImportError:  # in ansible-core 2.18 all text that is not wrapped may be a template
    from ansible.utils.unsafe_proxy import wrap_var

    _untrusted = wrap_var

# Text that cannot be a template in any notation: a text may begin with "#jinja2:" and define its delimiters.
_PLAIN = re.compile(r"[\w .,:;=/@+-]*")


def _mark(value: Any) -> Any:
    """Return data of a service in which nothing is a template. Plain text gets no marks in the output of Ansible."""
    if isinstance(value, dict):
        return {key: _mark(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_mark(item) for item in value]
    if isinstance(value, str):
        return _trusted(value) if _PLAIN.fullmatch(value) else _untrusted(value)
    return value


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    """The inventory plugin; see the documentation above."""

    NAME = "dataops.huaweicloud.services"

    def verify_file(self, path: str) -> bool:
        """Return whether this plugin reads a file, by its name."""
        return bool(super().verify_file(path)) and path.endswith(("huaweicloud.yml", "huaweicloud.yaml"))

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        """Add the hosts, from the cache if it has them; raise :class:`AnsibleParserError`."""
        super().parse(inventory, loader, path, cache)
        config = self._read_config_data(path)
        options, secrets = self._resolve(config)
        # Another project or another user has another entry. The key is stored as a hash.
        values = {name: options[name] for name in sorted(options)}
        key = self.get_cache_key(f"{path} {values} {self.get_option('services')}")
        locations: list[Location] | None = self._cache.get(key) if self.get_option("cache") and cache else None
        if locations is None:
            locations = self._find(options, secrets, optional="services" not in config)
            if self.get_option("cache"):
                self._cache[key] = locations
        self._populate(inventory, locations)

    def _resolve(self, config: dict[str, Any]) -> tuple[ConnectionOptions, Secrets]:
        """Return the connection options of the file and the environment, and the secrets among them."""
        unknown = sorted(set(config) - set(self.option_definitions))
        if unknown:
            raise AnsibleParserError(f"Unknown option: {', '.join(unknown)}.")
        spec = connection_arguments()
        given = {name: self.templar.template(config[name]) for name in spec if config.get(name) is not None}
        # a decrypted value has a type of its own in ansible-core 2.18
        given = {name: value if isinstance(value, (str, int)) else str(value) for name, value in given.items()}
        secrets = Secrets()
        secrets.add(*(str(given[name]) for name in spec if spec[name].get("no_log") and given.get(name)))
        checked = ArgumentSpecValidator(spec).validate(given)
        errors = list(checked.error_messages)
        if not errors:
            try:
                options = resolve_options(checked.validated_parameters, os.environ, secrets)
            except Error as error:
                errors.append(str(error))
        if self.get_option("wait_timeout") < 1:
            errors.append(f"wait_timeout must be at least 1, not {self.get_option('wait_timeout')}.")
        if not self.get_option("services"):
            errors.append("services must not be empty. Omit it to read all services.")
        if errors:
            raise AnsibleParserError(secrets.redact(" ".join(errors)))
        return options, secrets

    def _find(self, options: ConnectionOptions, secrets: Secrets, optional: bool) -> list[Location]:
        """Return the locations, with a warning for each service that is not offered; raise AnsibleParserError."""
        if REQUESTS_IMPORT_ERROR:
            raise AnsibleParserError(missing_required_lib("requests"))
        deadline = Deadline(self.get_option("wait_timeout"))
        locations: list[Location] = []
        absent: dict[str, Error] = {}
        services = self.get_option("services")
        workers = WorkerPool(deadline, 1)
        try:
            connection = Connection(Login(options, deadline, {}, secrets, threading.BoundedSemaphore(1)))
            for service in services:
                try:
                    find = functools.partial(find_locations, SERVICES[service].locations, connection)
                    locations += workers.call(functools.partial(call_service, find))
                except Error as error:
                    absent[service] = error
                    if not optional or not _is_not_offered(error) or len(absent) == len(services):
                        raise
        except Error as error:
            # the exceptions of the libraries before it may contain more
            raise AnsibleParserError(secrets.mask(str(error))) from None
        for service, refusal in absent.items():
            text = f"The service {service} is not available to this user: {refusal}"
            self.display.warning(secrets.mask(f"{text} Set services to the available ones."))
        return locations

    def _populate(self, inventory: Any, locations: list[Location]) -> None:
        """Add locations as hosts, with their variables and groups."""
        strict = self.get_option("strict")
        for host, location in self._assign_hosts(inventory, locations).items():
            variables = {
                **{f"huaweicloud_{name}": _mark(value) for name, value in location.items()},
                "ansible_connection": _trusted("local"),
                # a template, because AWX may run the job elsewhere than the inventory update
                "ansible_python_interpreter": _trusted("{{ ansible_playbook_python }}"),
            }
            inventory.add_host(host)
            for name, value in variables.items():
                inventory.set_variable(host, name, value)
            for prefix, name in (("", "service"), ("status_", "status"), ("region_", "region")):
                if location[name]:
                    group = inventory.add_group(self._sanitize_group_name(f"{prefix}{location[name]}"))
                    inventory.add_child(group, host)
            known = inventory.get_host(host).get_vars()
            self._set_composite_vars(self.get_option("compose"), known, host, strict=strict)
            self._add_host_to_composed_groups(self.get_option("groups"), {}, host, strict=strict)
            self._add_host_to_keyed_groups(self.get_option("keyed_groups"), {}, host, strict=strict)

    def _assign_hosts(self, inventory: Any, locations: list[Location]) -> dict[str, Location]:
        """Return the locations by host name.

        :raises AnsibleParserError: another inventory source has another location with the same host name.
        """
        hosts = assign_hosts(locations, self.get_option("host_prefix"))
        for host, location in hosts.items():
            other = inventory.get_host(host)
            known = other.vars if other and "huaweicloud_project_id" in other.vars else None
            if known and any(known[f"huaweicloud_{key}"] != location[key] for key in ("project_id", "id", "target")):
                raise AnsibleParserError(
                    f"The host {host} already exists in the project {known['huaweicloud_project_id']}."
                    " Set host_prefix in one of the files."
                )
        return hosts


def _is_not_offered(error: Error) -> bool:
    """Return whether the service does not exist here, or not for this user. Connection problems do not show that."""
    if isinstance(error, ConnectionFailed):
        return f"[Errno {socket.EAI_NONAME}]" in error.message  # no name server knows its host
    return error.http_status in (401, 403, 404) and not isinstance(error, AuthenticationFailed)
