# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTTP client that all services share: time-outs, retries, one new login, and errors in one form.

Any request is marked by what it means, not by its verb: the cancel call of MRS is a GET. A mutating request is sent
again only where it is certain that it had no effect.
"""

from __future__ import annotations

import random
import re
import ssl
import sys
import threading
import time
import traceback
from collections.abc import Sequence
from functools import cached_property
from typing import Any, Callable, NamedTuple
from urllib.parse import quote, urlsplit

from .errors import AnswerLost, ApiError, BudgetSpent, Error, InvalidInput, JobUnknown, LoginFailed, Unreachable
from .records import clean

try:
    import requests
    from urllib3.exceptions import HTTPError, InvalidHeader, MaxRetryError, NewConnectionError
    from urllib3.util.retry import Retry

    REQUESTS_IMPORT_ERROR = None
except ImportError:
    REQUESTS_IMPORT_ERROR = traceback.format_exc()

# The keys under which the services, their gateway, IAM and OpenStack Sahara report an error, best first.
_CODES = ("error_name", "error_code", "errorCode", "errCode", "code")
_TEXTS = ("error_msg", "errorMsg", "errorMessage", "externalMessage", "ternalMessage", "message", "error_message")
_REQUEST_IDS = ("X-Request-Id", "X-Apig-Request-Id", "X-Openstack-Request-Id")
# Codes that say "log in again" under another HTTP status than 401: MRS, DLI, GES.
_TOKEN_REFUSED = frozenset({"130000002", "DLI.0015", "GES.8007"})
# MRS says under 401 that a policy denies the call, too: the login is good.
_DENIED = "12000136"
_NONE = re.compile("(?!)")
# Seconds without complaint after which a service that was too busy counts as calm.
_CALM = 30


class Budget:
    """Seconds that a task may spend, its pauses and its retries included; all its threads share it.

    The clock and the sleep are parameters so that tests need not wait.
    """

    def __init__(
        self,
        seconds: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Any] | None = None,
    ) -> None:
        self.seconds, self.clock, self.sleep = seconds, clock, sleep
        self._slowed = self._opens = clock()
        self._end = self._opens + seconds
        self._strikes = 0
        self._lock = threading.Lock()
        self._over = threading.Event()
        self.why = "wait_timeout was used up"

    def left(self) -> float:
        """Seconds left, never negative."""
        return 0.0 if self._over.is_set() else max(0.0, self._end - self.clock())

    def end(self) -> None:
        """End it now, because the task is interrupted: nothing is sent any more, and who pauses wakes up."""
        self.why = "the task was interrupted"
        self._over.set()

    def pause(self, seconds: float) -> None:
        """Sleep for so many seconds; raises L{BudgetSpent} at once, without sleeping, where so many are not left."""
        if seconds <= self.left():
            (self.sleep or self._over.wait)(seconds)
            if not self._over.is_set():
                return
        raise BudgetSpent(self.why)

    def turn(self) -> float:
        """Wait until sending is allowed, and give the time; raises L{BudgetSpent} where that is too late."""
        while self._opens > self.clock():
            try:
                self.pause(self._opens - self.clock())
            except BudgetSpent:
                if self._over.is_set():
                    raise
                raise BudgetSpent("the service is too busy, for longer than wait_timeout leaves", None, 429) from None
        return self.clock()

    def resume(self) -> None:
        """Allow sending again: who is too busy for one kind of request may have time for another."""
        self._opens = self.clock()

    def slow_down(self, sent: float, retry_after: float | None) -> None:
        """Let nobody send for a while: as long as the service says, else ever longer, scattered so that tasks spread.

        :param sent: when the request was sent that the service was too busy for. Those of one burst count once.
        """
        with self._lock:
            if sent < self._slowed:
                return
            self._strikes = min(self._strikes + 1, 5) if sent - self._opens < _CALM else 1
            delay = 2**self._strikes * random.uniform(0.75, 1.25) if retry_after is None else retry_after
            self._slowed = self.clock()
            self._opens = self._slowed + delay


class Wire(NamedTuple):
    """How the requests of one task travel.

    :param verify: True, False, or the path of a CA file.
    :param cert: path of the client certificate, or paths of certificate and key.
    :param timeout: seconds to connect, and to wait for an answer or for more of it.
    :param retries: how often one request is sent again at the most.
    :param secrets: takes what is fetched and must not be shown. (Ansible masks what was typed.)
    """

    session: requests.Session
    verify: bool | str
    cert: str | tuple[str, str] | None
    timeout: float
    retries: int
    budget: Budget
    secrets: set[str]

    def persist(self, attempt: Callable[[], Any], mutates: bool = False) -> Any:
        """Try until it works, as often and as long as that is allowed; raises the last L{Error}.

        A service that is too busy (429) did nothing: it slows the whole task, as long as there is time.
        """
        retry = Retry(total=self.retries, backoff_factor=0.25)
        failure: Error | None = None
        while True:
            try:
                sent = self.budget.turn()
                return attempt()
            except BudgetSpent as spent:
                raise failure or spent from None
            except Error as error:
                failure = error
            after = _retry_after(failure)
            if failure.http_status == 429 and self.retries and not isinstance(failure, LoginFailed):
                self.budget.slow_down(sent, after)
                continue
            if not _may_repeat(failure, mutates):
                raise failure
            try:
                retry = retry.increment()
                wait = retry.get_backoff_time() or retry.backoff_factor
                self.budget.pause(wait * random.uniform(0.75, 1.25) if after is None else after)
            except (MaxRetryError, BudgetSpent):
                raise failure from None

    def seconds(self) -> float:
        """The time-out of the next request; raises L{BudgetSpent} where there is no time left for it."""
        left = self.budget.left()
        if not left:
            raise BudgetSpent(f"{self.budget.why} before this could be sent")
        return min(self.timeout, left)


class Response(NamedTuple):
    """An answer that is not an error: its JSON body (None where it was empty), and what is needed to complain."""

    request: str
    status: int
    body: Any
    request_id: str | None

    def record(self, key: str | None = None) -> dict[str, Any]:
        """The object that the body is, or that it has under a key; raises L{ApiError} where there is none."""
        found = self.body.get(key) if key and isinstance(self.body, dict) else self.body
        if not isinstance(found, dict):
            raise self.error(f"the answer has no {key or 'JSON object'}")
        return found

    def error(self, text: str) -> ApiError:
        """The error that this answer turns out to be, although its HTTP status did not say so."""
        return ApiError(f"{clean(text)[:500]} ({self.request})", None, self.status, self.request_id)


def new_session(connections: int) -> requests.Session:
    """A session that keeps so many connections open. Retries are the client's: it knows what a request means."""
    session = requests.Session()
    for scheme in ("https://", "http://"):
        session.mount(scheme, requests.adapters.HTTPAdapter(pool_maxsize=connections, max_retries=0))
    session.auth = lambda request: request  # without any, requests reads .netrc
    # MRS wants the content type on every request
    headers = {"Content-Type": "application/json", "User-Agent": "dataops.huaweicloud", "X-Language": "en-us"}
    session.headers.update(headers)
    return session


class Auth:
    """Proves requests; requests calls it with each.

    :ivar project_id: the project that the proof is for.
    :ivar catalog: what the identity service told of where the services are, as Keystone v3 has it.
    :ivar auth_url: the base URL of IAM, where the login has found it.
    :ivar generation: counts the logins.
    :ivar advice: what to do where the proof is refused.
    """

    project_id = ""
    catalog: Sequence[Any] = ()
    auth_url: str | None = None
    generation = 0
    advice: str

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the proof to a request."""
        raise NotImplementedError

    def renew(self, seen: int) -> bool:
        """Log in again unless that was done since generation C{seen}. False: this way of proof cannot."""
        return False


class Client:
    """Talks to one service at one base URL.

    :param base_url: scheme, host and perhaps a path, without a slash at the end.
    :param unknown_job: matches "code message" of the errors by which this service says that it does not know a job.
    :ivar denied: why there is no login any more, after which nothing is sent: keys get locked by too many refusals.
    :ivar proven: the login (see L{Auth.generation}) that the service has accepted last.
    """

    def __init__(self, wire: Wire, base_url: str, auth: Auth, unknown_job: re.Pattern[str] = _NONE) -> None:
        self.wire, self.base_url, self.auth, self.unknown_job = wire, base_url, auth, unknown_job
        self.denied: LoginFailed | None = None
        self.proven = 0
        self._first = threading.Lock()
        self._tried = False

    def send(self, method: str, *path: str, mutates: bool = False, **how: Any) -> Response:
        """Send one request and return its answer.

        :param path: the segments of the path, not yet percent-encoded.
        :param mutates: whether the request means to change something.
        :param how: C{params} for the query, C{json} for the body.
        :raises AnswerLost: sent, and no usable answer came; a reading request was sent again before.
        :raises ApiError: the service refused; L{JobUnknown} where it said that it does not know the job.
        :raises LoginFailed: the credentials were refused, also after a new login. From then on nothing is sent.
        :raises Unreachable: no connection. :raises BudgetSpent: no time is left. Nothing was sent in both cases.
        """
        url = "/".join((self.base_url, *(quote(segment, safe="") for segment in path)))
        request = f"{method} {urlsplit(url).netloc}{urlsplit(url).path}"
        return self.wire.persist(lambda: self._attempt(method, url, request, mutates, how), mutates)

    def _attempt(self, method: str, url: str, request: str, mutates: bool, how: dict[str, Any]) -> Response:
        """Send a request once, or twice where the first was refused and a new login may help."""
        with self._first:
            if not self._tried:  # one request tries the login, the others wait for what becomes of it
                return self._send(method, url, request, mutates, how)
        return self._send(method, url, request, mutates, how)

    def _send(self, method: str, url: str, request: str, mutates: bool, how: dict[str, Any]) -> Response:
        if self.denied:
            raise self.denied
        generation = self.auth.generation
        raw = self._exchange(method, url, request, how)
        try:
            response = read(raw, request, mutates, self.unknown_job, self.auth.advice)
        except LoginFailed as refusal:
            self._log_in_again(refusal, generation)
            return self._send(method, url, request, mutates, how)
        finally:
            self._tried = True
        self.proven = max(self.proven, generation)
        return response

    def _log_in_again(self, error: LoginFailed, generation: int) -> None:
        """Log in anew, unless the service has never accepted what came of the last new login."""
        try:
            if generation <= self.proven and self.auth.renew(generation):
                return
        except Error as refusal:
            error = LoginFailed(refusal.message, refusal.code, refusal.http_status)
        self.denied = error
        raise error

    @cached_property
    def _settings(self) -> Any:
        """The proxy and the certificates for this service: they depend on its host only, and cost time to find out."""
        return self.wire.session.merge_environment_settings(
            self.base_url, {}, stream=False, verify=self.wire.verify, cert=self.wire.cert
        )

    def _exchange(self, method: str, url: str, request: str, how: dict[str, Any]) -> requests.Response:
        """One request on the wire; what the library raises becomes this collection's errors."""
        try:
            prepared = self.wire.session.prepare_request(requests.Request(method, url, auth=self.auth, **how))
            return self.wire.session.send(
                prepared,
                timeout=self.wire.seconds(),
                allow_redirects=False,  # requests would send X-Auth-Token to the new host
                **self._settings,
            )
        except (OSError, ValueError, HTTPError) as error:
            # OSError: all of requests' own, and files that cannot be read
            raise trouble(error, request) from error


def read(
    raw: requests.Response, request: str, mutates: bool = False, unknown_job: re.Pattern[str] = _NONE, advice: str = ""
) -> Response:
    """An answer, or the error that it is. Services say yes with an empty body or in JSON, and nothing else."""
    status, odd, body = raw.status_code, "", None
    try:
        body = raw.json(object_hook=_shared) if raw.content.strip() else None
    except (ValueError, RecursionError):
        odd = f"the answer is not JSON ({raw.headers.get('Content-Type', 'of no type').partition(';')[0]})"
    request_id = next((raw.headers[name] for name in _REQUEST_IDS if raw.headers.get(name)), None)
    if status < 300 and not odd:
        return Response(request, status, body, request_id)
    code, said, told_id = _parse_error(body)
    text = said and clean(said)
    kind: type[Error] = ApiError
    if status < 300:
        kind, text = AnswerLost if mutates else ApiError, f"{odd}: is the endpoint right?"
    elif status < 400:
        host = re.sub(r"^(\w+:(?=//))?(//)?([^/?#]*@)?|[/?#].*", "", raw.headers.get("Location", "elsewhere"))
        text = f"the answer is a redirection to {host}, which is never followed: is the endpoint right?"
    elif unknown_job.match(f"{code} {said}"):
        kind = JobUnknown
    elif (status == 401 and code != _DENIED) or code in _TOKEN_REFUSED:
        kind, text = LoginFailed, f"{(text or raw.reason or 'refused').rstrip('.')}: {advice}"
    elif mutates and (status > 500 or (status == 500 and (code or "APIG").startswith("APIG"))):
        kind = AnswerLost  # in the words of a gateway: the service may have heard
    text = text or "; ".join(filter(None, (raw.reason or "no reason given", odd)))
    raise kind(f"{text} ({request})", code, status, request_id or told_id, raw.headers.get("Retry-After"))


def _shared(record: dict[str, Any]) -> dict[str, Any]:
    """A record with its texts shared: owners, queues and statuses are the same in thousands of records."""
    return {key: sys.intern(value) if isinstance(value, str) else value for key, value in record.items()}


def _cause(error: BaseException) -> BaseException:
    """What the libraries' exceptions wrap."""
    inner = (item for item in (getattr(error, "reason", None), *error.args) if isinstance(item, BaseException))
    return next(map(_cause, inner), error)


def trouble(error: BaseException, request: str) -> Error:
    """What a failed exchange means: whether the request can have reached the service counts most."""
    cause, known = _cause(error), requests.exceptions
    # without the addresses of the library's objects, and the lines of its source
    text = re.sub(r"^.*?(<[^>]*>|Connection\([^)]*\)): | \(_ssl\.c:\d+\)", "", str(cause)) or type(cause).__name__
    if isinstance(error, known.SSLError):
        hint = "is client_cert right?" if " alert " in text else "is it a TLS port, is ca_cert right?"
        # one that breaks off may have done so when the request was sent
        kind = AnswerLost if isinstance(cause, (ssl.SSLEOFError, ssl.SSLZeroReturnError)) else Error
        return kind(f"no secure connection: {text}; {hint} ({request})")
    if isinstance(error, known.ConnectTimeout) or isinstance(cause, NewConnectionError):
        what = "no connection to the proxy" if isinstance(error, known.ProxyError) else "no connection"
        return Unreachable(f"{what}: {text} ({request})")
    if text.startswith("Tunnel connection failed"):
        return Error(f"the proxy refuses: {text} ({request})")
    unsent = isinstance(error, ValueError) and not isinstance(error, known.InvalidHeader)
    if isinstance(error, (known.RequestException, HTTPError)) and not unsent:
        return AnswerLost(f"no answer: {text} ({request})")
    # an address may hold a password, also that of a proxy: it is not shown
    text = "the address, or that of the proxy, is none" if unsent else text
    return InvalidInput(f"the request cannot be sent: {text} ({request})")


def _may_repeat(failure: Error, mutates: bool) -> bool:
    """Whether a request may be sent again: a mutating one only if it certainly had no effect."""
    if isinstance(failure, Unreachable):
        return True
    lost = isinstance(failure, AnswerLost) or (failure.http_status or 0) >= 500
    return lost and not mutates and not isinstance(failure, (JobUnknown, LoginFailed))


def _retry_after(failure: Error) -> float | None:
    """Seconds after which the service wants to be asked again, if it says so. Its clock may be behind ours."""
    try:
        return Retry().parse_retry_after(failure.retry_after or "") or None
    except (InvalidHeader, ValueError):
        return None


def _parse_error(body: Any) -> tuple[str | None, str | None, str | None]:
    """Code, text and request id of an error, out of any of the services' envelopes."""
    if isinstance(body, dict) and isinstance(body.get("error"), dict):
        body = body["error"]
    if not isinstance(body, dict):
        return None, None, None
    code = next((str(body[key]) for key in _CODES if body.get(key) is not None), None)
    text = next((str(body[key])[:500] for key in _TEXTS if body.get(key)), None)
    return code, text, body.get("request_id")
