# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: do not import this file from other code.
"""All services. A module imports its own service only, which saves time."""

from __future__ import annotations

from collections.abc import Mapping

from .cdm import CDM
from .dli import DLI
from .ges import GES
from .mrs import MRS
from .service import Service

SERVICES: Mapping[str, Service] = {service.name: service for service in (MRS, CDM, DLI, GES)}
