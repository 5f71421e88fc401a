"""The wire: one POST to an OpenAI-compatible endpoint, and what came of it. Nothing is sent twice from here.

No redirect is followed, so that none carries a key; an answer is read up to a limit; whatever a server says is shown without keys.
"""

from __future__ import annotations

import json
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from treadle.errors import MissingExtraError, RunError, UsageError
from treadle.llm.channels import MOST_BYTES, TooLongError, read_whole
from treadle.llm.dialect import Dialect
from treadle.llm.posting import Poster

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType
    from typing import Self

    import aiohttp

    from treadle.llm.asking import Request
    from treadle.llm.channels import Answer
    from treadle.llm.keys import Secret

_SHOWN = 300
_MOST_TOKENS = 10**9
"""Tokens of an answer that are believed, at most: what a server says is no reason for a number that no journal can hold."""
_CONNECT = 15.0
"""Seconds within which a connection is made."""
_JSON = {"Content-Type": "application/json"}
_OK, _UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND, _TOO_MANY = 200, 401, 403, 404, 429


class Reply(NamedTuple):
    """An answer: what was said, why it ended, and the tokens that are billed."""

    content: str
    finish: str
    tokens_in: int
    tokens_out: int
    headers: Mapping[str, str]


class NoReplyError(Exception):
    """A request got no answer, and may be sent again.

    `kind` is `limited`, `failed` (the server said so), `lost` (the connection ended, so that it may have been billed) or `refused`
    (no connection was made); `wait` is what Retry-After says, in seconds.
    """

    def __init__(self, kind: str, told: str, wait: float = 0.0, headers: Mapping[str, str] | None = None) -> None:
        """Take what happened, in words."""
        super().__init__(told)
        self.kind, self.wait, self.headers = kind, wait, headers or {}


class Unsupported(Exception):  # noqa: N818  # not a failure: the request is asked for in another form
    """The endpoint refuses a part of a request that can be left out or named otherwise."""


def need_aiohttp() -> Any:  # noqa: ANN401  # a module, whose types are checked where it is imported
    """Return aiohttp; raises `MissingExtraError` where it is not installed."""
    try:
        import aiohttp  # noqa: PLC0415  # of the extra `models`
    except ImportError as error:
        raise MissingExtraError("a model as writer", "models") from error
    return aiohttp


class Wire:
    """Connections to one endpoint, kept open between requests."""

    def __init__(
        self, endpoint: str, key: Secret, *, concurrency: int, timeout: float, temperature: float | None
    ) -> None:
        """Take the endpoint and key; connections are opened when they are needed. Raises `MissingExtraError` without aiohttp."""
        self._aiohttp = need_aiohttp()
        self.endpoint, self.key, self.dialect = endpoint, key, Dialect()
        if (urlsplit(endpoint).hostname or "").endswith("openai.com"):
            self.dialect.room, self.dialect.lengths = "max_completion_tokens", False
        self.temperature, self._timeout, self._concurrency = temperature, timeout, concurrency
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Open the session."""
        aiohttp = self._aiohttp
        headers = {"User-Agent": "treadle"}
        if self.key:
            headers["Authorization"] = f"Bearer {self.key.reveal()}"
        timeout = aiohttp.ClientTimeout(total=self._timeout, connect=min(self._timeout, _CONNECT))
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, ttl_dns_cache=300),
            timeout=timeout,
            headers=headers,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
        )
        self._chat = Poster(self._session, self.endpoint + "/chat/completions", headers, timeout)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close all connections."""
        if self._session is not None:
            self._chat.close()
            await self._session.close()

    def form(self) -> aiohttp.FormData:
        """Return a form to be filled, for files."""
        form: aiohttp.FormData = self._aiohttp.FormData()
        return form

    def ask(self, request: Request, told: Callable[[Reply | Exception], None]) -> None:
        """Send a request once; `told` hears its answer, or why there is none.

        That is `NoReplyError` where it may be sent again, `Unsupported` where another form of it may do, and `RunError` or
        `UsageError` where no request of this run can succeed.
        """
        known = len(self.dialect.tried)
        self._chat.post(
            self.dialect.body(request, self.temperature), lambda came: told(self._read(came, request.model, known))
        )

    def _read(self, came: Answer | Exception, model: str, known: int) -> Reply | Exception:
        """Return what came of a request that was sent when so much was known of the endpoint's dialect."""
        if isinstance(came, Exception):
            return self._meant(came)
        status, headers, data = came
        if status == _OK:
            try:
                return self.reply_of(headers, data)
            except NoReplyError as error:
                return error
        if status in {400, 422} and len(self.dialect.tried) > known:
            return Unsupported("another request has learned meanwhile how to ask")
        return self.refusal(status, headers, data, model)

    async def exchange(
        self,
        method: str,
        path: str,
        body: Any = None,  # noqa: ANN401  # what aiohttp takes
        most: int = MOST_BYTES,
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Make one exchange beside the chat; return its status, headers and body, of `most` bytes at most."""
        assert self._session is not None  # noqa: S101  # it is opened by the `async with` around every use
        headers = _JSON if isinstance(body, bytes) else None
        try:
            async with self._session.request(
                method, self.endpoint + path, data=body, headers=headers, allow_redirects=False
            ) as answer:
                return answer.status, answer.headers, await read_whole(answer.content, answer.headers, most)
        except Exception as error:
            raise self._meant(error) from error

    def _meant(self, error: Exception) -> Exception:  # noqa: PLR0911  # one return a case
        """Return what an error of a connection means for a run; one that is of no connection is returned as it is."""
        aiohttp = self._aiohttp
        if isinstance(error, aiohttp.ClientConnectorCertificateError):
            return RunError(
                f"{self.endpoint}: its certificate is not trusted ({error.certificate_error}): nothing was sent; "
                "the environment variable SSL_CERT_FILE names the certificates of an authority of your own"
            )
        if isinstance(error, aiohttp.ClientConnectorError):
            if isinstance(error, aiohttp.ClientSSLError):
                return RunError(f"{self.endpoint}: no TLS connection ({error.os_error}): is it an http address?")
            reason = error.os_error.strerror or str(error.os_error)
            if self.endpoint.startswith("https:") and not reason:
                reason = "no TLS connection: is it an http address?"
            return NoReplyError("refused", f"cannot connect to {self.endpoint} ({reason})")
        if isinstance(error, aiohttp.ConnectionTimeoutError):
            return NoReplyError("refused", f"cannot connect to {self.endpoint} within {_CONNECT:g} seconds")
        if isinstance(error, TooLongError):
            return NoReplyError("lost", str(error))
        if isinstance(error, TimeoutError):
            return NoReplyError("lost", f"no answer within {self._timeout:g} seconds")
        if isinstance(error, aiohttp.http.HttpProcessingError):
            return NoReplyError("lost", f"an answer that is no HTTP ({type(error).__name__})")
        if isinstance(error, aiohttp.ClientError | OSError | ValueError):
            return NoReplyError("lost", f"the connection ended ({type(error).__name__})")
        return error

    @staticmethod
    def reply_of(headers: Mapping[str, str], data: bytes) -> Reply:
        """Return the answer in a reply; raises `NoReplyError` where it is no chat completion."""
        try:
            held = json.loads(data)
            choice = held["choices"][0]
            message = choice["message"]
            content = message.get("content") or message.get("refusal") or ""
            usage = held.get("usage") or {}
            counts = [usage.get(name, 0) for name in ("prompt_tokens", "completion_tokens")]
            tokens_in, tokens_out = (min(max(0, int(count or 0)), _MOST_TOKENS) for count in counts)
            return Reply(_plain(str(content)), str(choice.get("finish_reason") or ""), tokens_in, tokens_out, headers)
        except (ValueError, LookupError, TypeError, AttributeError, OverflowError) as error:
            kind = headers.get("content-type", "unknown").partition(";")[0]
            raise NoReplyError(
                "strange", f"an answer that is no chat completion ({kind}, {len(data):,} bytes)"
            ) from error

    def refusal(  # noqa: PLR0911  # one return a case
        self, status: int, headers: Mapping[str, str], data: bytes, model: str
    ) -> Exception:
        """Return the error for a status that is no answer."""
        told, code = self._told(data)
        where = f"{self.endpoint} (model {model})" if model else self.endpoint
        if status == _TOO_MANY and code == "insufficient_quota":
            return RunError(
                f"{where}: the quota is used up ({told}): what was answered is in the journal, and the same command goes on "
                "once there is credit"
            )
        if status in {_TOO_MANY, 408, 409, 425} or status >= 500:
            kind = "limited" if status == _TOO_MANY else "failed"
            return NoReplyError(kind, f"status {status} ({told})", retry_after(headers), headers)
        if status in {_UNAUTHORIZED, _FORBIDDEN}:
            origin = self.key.origin if self.key else "none was sent: set OPENAI_API_KEY, or --api-key-file"
            return UsageError(f"{where}: status {status}: the key is not accepted ({told}); it is from {origin}")
        if 300 <= status < 400:
            return RunError(
                f"{where}: it answers with a redirect, which is not followed since it would carry the key: correct --base-url"
            )
        if status in {400, 422} and self.dialect.learn(told):
            return Unsupported(told)
        if status == _NOT_FOUND:
            return UsageError(
                f"{where}: status 404 ({told}): check the model's name and --base-url, which mostly ends in /v1"
            )
        return UsageError(f"{where}: status {status}: the request is refused ({told})")

    def _told(self, data: bytes) -> tuple[str, str]:
        """Return what a server says of an error, without keys, and its code."""
        text = data[:4096].decode("utf-8", "replace")
        code = ""
        try:
            error = json.loads(data)["error"]
            text = str(error.get("message") or error) if isinstance(error, dict) else str(error)
            code = str(error.get("code") or "") if isinstance(error, dict) else ""
        except (ValueError, LookupError, TypeError):
            pass
        shown = " ".join(self.key.blot(text).split())
        return "".join(each for each in shown if each.isprintable())[:_SHOWN] or "no reason given", code


def _plain(text: str) -> str:
    """Return text without halves of surrogate pairs, which no file can hold."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def retry_after(headers: Mapping[str, str]) -> float:
    """Return the seconds that Retry-After asks for, in either of its forms (RFC 9110, 10.2.3); 0 where it says nothing."""
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        given = headers.get(name, "")
        try:
            return max(0.0, float(given) / unit)
        except ValueError:
            pass
    try:
        until = parsedate_to_datetime(headers.get("retry-after", ""))
        now = parsedate_to_datetime(headers.get("date", ""))
        return max(0.0, (until - now).total_seconds())
    except (ValueError, TypeError):
        return 0.0
