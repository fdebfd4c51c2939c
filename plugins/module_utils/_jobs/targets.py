# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: do not import this file from other code.
"""The targets of the module ``data_jobs``: their validation, and what they select."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from .._arguments import LOGIN_OPTIONS
from .._errors import InvalidOption
from .._redaction import printable
from .._services.base import JobApi
from .._services.registry import SERVICES
from .._services.service import Service
from .._times import parse_duration, parse_time
from .filters import filter_parameters

_SELECTION = ("ids", "filters", "older_than", "name_regex")
_TITLE_LENGTH = 200  # characters


class Target:
    """A location of jobs, and the selection of jobs there.

    :ivar index: the position in the list of targets.
    :ivar service: the jobs of the location.
    :ivar location: the options that select the location and the kind of jobs.
    :ivar login: the connection options of this target only.
    :ivar ids: the ids that the target names; None if it selects by other conditions.
    :ivar label: the target in messages about its options.
    :ivar title: the target in words.
    """

    def __init__(self, index: int, options: Mapping[str, Any]) -> None:
        """Validate the options of a target.

        :raises InvalidOption: they are unusable. The message names the target.
        """
        self.index = index
        self.label = f"targets[{index}] ({options['service']})"
        given = {name: value for name, value in options.items() if _is_given(value)}
        try:
            definition = SERVICES[options["service"]]
            self._require_known(given, definition)
            self.location = {name: given.get(name, spec.get("default")) for name, spec in definition.arguments.items()}
            missing = [
                name for name, spec in definition.arguments.items() if spec.get("required") and name not in given
            ]
            if missing:
                raise InvalidOption(f"Missing: {', '.join(missing)}.")
            self.login = {name: given[name] for name in LOGIN_OPTIONS if name in given}
            _require_choices(self.location, definition)
            self.service: JobApi = definition.select_kind(self.location)(self.location)
            self.service.ids_option = "ids"  # in messages
            self._parse_selection(given)
        except InvalidOption as error:
            raise InvalidOption(f"{self.label}: {error.message}") from error
        self.title = self._describe(given)

    def _require_known(self, given: Mapping[str, Any], definition: Service) -> None:
        known = {"service", *_SELECTION, *LOGIN_OPTIONS, *definition.arguments}
        unknown = [name for name in given if name not in known]
        if unknown:
            raise InvalidOption(f"The service has no {', '.join(unknown)}. Supported: {', '.join(sorted(known))}.")

    def _parse_selection(self, given: Mapping[str, Any]) -> None:
        """Take the selection from the options that are given."""
        self.ids = _parse_ids(given.get("ids"), self.service)
        conditions = [name for name in _SELECTION if name != "ids" and name in given]
        if self.ids is not None and conditions:
            raise InvalidOption(f"ids and {', '.join(conditions)} are mutually exclusive.")
        if self.ids is None and not conditions:
            raise InvalidOption("Select jobs: set ids, or at least one of filters, older_than and name_regex.")
        self.filters = _parse_filters(given.get("filters") or {})
        self._older_than = parse_duration("older_than", given["older_than"]) if "older_than" in given else None
        self._name_regex = _parse_regex(given["name_regex"]) if "name_regex" in given else None
        for option, attribute, noun in (("older_than", "started", "start time"), ("name_regex", "name", "name")):
            if option in given and attribute not in self.service.attribute_keys:
                raise InvalidOption(f"{option} cannot be used: the records of these jobs have no {noun}.")
        if self.ids is None:
            if not self.filters and "filters" in given and conditions == ["filters"]:
                raise InvalidOption("filters must not be empty.")
            self.parameters = filter_parameters(type(self.service), self.filters)

    def matches_name(self, name: str | None) -> bool:
        """Return whether a name matches ``name_regex``, which matches the whole name."""
        return self._name_regex is None or (name is not None and bool(self._name_regex.fullmatch(name)))

    def matches_age(self, started: str | None) -> bool | None:
        """Return whether a job has been running for longer than ``older_than``; None if its start is unknown.

        :param started: its start time in ISO 8601.
        """
        if self._older_than is None:
            return True
        moment = parse_time(started)
        return None if moment is None else (datetime.now(timezone.utc) - moment).total_seconds() > self._older_than

    def as_options(self, ids: list[str]) -> dict[str, Any]:
        """Return the options of a target that selects these jobs here."""
        location = {name: value for name, value in self.location.items() if value is not None}
        return {"service": self.service.name, **location, **self.login, "ids": ids}

    def _describe(self, given: Mapping[str, Any]) -> str:
        where = [self.service.name, self.service.kind, self.service.location, *self.login.values()]
        words = [" ".join(str(word) for word in where if word)]
        words += [f"{name} {value}" for name, value in self.filters.items()]
        words += [
            f"{word} {given[name]}"
            for name, word in (("older_than", "older than"), ("name_regex", "name"))
            if name in given
        ]
        return printable(", ".join(words), _TITLE_LENGTH)


def with_conditions(target: Mapping[str, Any], select: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of a target with more conditions. No condition replaces another one.

    :raises InvalidOption: both have the same condition.
    """
    combined = dict(target)
    for name, value in select.items():
        if name == "filters" and _is_given(value):
            own = {key: each for key, each in (target.get(name) or {}).items() if _is_set(each)}
            more = {key: each for key, each in value.items() if _is_set(each)}
            twice = [f"filters.{key}" for key in own.keys() & more.keys()]
            combined[name] = {**own, **more}
        elif _is_given(value):
            twice = [name] if _is_given(target.get(name)) else []
            combined[name] = value
        else:
            twice = []
        if twice:
            service = target["service"]
            raise InvalidOption(f"A target ({service}) and select both set {', '.join(twice)}. Set it only once.")
    return combined


def _is_set(value: Any) -> bool:
    return value is not None and value != ""


def _is_given(value: Any) -> bool:
    """Return whether a value counts as given. Surveys send null, empty text and false for what is not."""
    if value and isinstance(value, Mapping):
        return any(map(_is_set, value.values()))
    return _is_set(value) and value is not False and value != [""]


def _require_choices(location: Mapping[str, Any], definition: Service) -> None:
    """Raise :class:`InvalidOption` for a value that an option does not have. Ansible would refuse an empty text too."""
    for name, spec in definition.arguments.items():
        choices = spec.get("choices")
        if choices and location[name] not in choices:
            raise InvalidOption(f"{name} must be one of {', '.join(choices)}, not {location[name]}.")


def _parse_ids(ids: list[str] | None, service: JobApi) -> list[str] | None:
    if ids is None:
        return None
    parsed = [line.strip() for id in ids for line in id.splitlines() if line.strip()]
    if ids and not parsed:
        raise InvalidOption("ids contains no ID.")
    for id in parsed:
        service.validate_id(id)
    return list(dict.fromkeys(parsed))


def _parse_filters(filters: Mapping[str, Any]) -> dict[str, str]:
    parsed = {}
    for name, value in filters.items():
        if isinstance(value, bool):
            raise InvalidOption(
                f"The filter {name} must be text or a number, not a boolean. Put quotation marks around the value."
            )
        if isinstance(value, (list, dict)):
            raise InvalidOption(f"The filter {name} must be text or a number, not a list or a dictionary.")
        if value is not None and value != "":
            parsed[name] = str(value)
    return parsed


def _parse_regex(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise InvalidOption(f"name_regex is not a valid Python regular expression: {pattern} ({error}).") from error
