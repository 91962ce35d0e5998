"""`Idempotency-Key`: a request that is to happen once may be sent again, and gets the same answer.

A POST with this header is written down before its route runs, under the caller and the key, with a digest of the
request; its answer is written down before it is sent. The same key with the same request replays the answer for a day,
with another request it is refused. A refused request had no effect: its key is free again. So is that of a request
for a file: it is made again, and written into the log again.

What is kept is sealed with the vault's key, since an answer may hold a link that somebody becomes an administrator by.
"""

import json
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mingjian.api.errors import KEY_ANSWERED, KEY_OTHER_REQUEST, KEY_UNFINISHED, KEY_UNREADABLE
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import new_id
from mingjian.registry.vault import Sealed, Secret, Vault
from mingjian.storage import idempotency as store
from mingjian.storage.engine import Database

HEADER: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotency-Replayed"
LEAST: Final = 8
MOST: Final = 200
_HOLDER: Final = "mingjian.idempotency"
ANSWER_LIMIT: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered; `status` 0: it was too long to keep."""

    status: int
    media_type: str
    body: str


class Replayed(Exception):  # noqa: N818 - what the answer is
    """The request was answered before."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


async def replay(_request: Request, error: Exception) -> Response:
    """The handler of `Replayed`."""
    assert isinstance(error, Replayed)
    answer = error.answer
    return Response(answer.body, answer.status, {REPLAYED: "true"}, answer.media_type or None)


@dataclass(slots=True)
class _Claim:
    """A key that this request has taken."""

    database: Database
    vault: Vault
    row_id: UUID
    digest: str

    def finish(self, answer: Answer, now_us: int) -> None:
        kept = {"digest": self.digest, "status": answer.status, "type": answer.media_type, "body": answer.body}
        with self.database.write() as tx:
            store.finish(tx, self.row_id, _sealed(self.vault, self.row_id, kept), now_us)

    def forget(self) -> None:
        with self.database.write() as tx:
            store.forget(tx, self.row_id)


@dataclass(slots=True)
class _Holder:
    """Joins the middleware, which sees the answer, with the door, which knows the caller."""

    claim: _Claim | None = None
    sent: list[Message] = field(default_factory=list)


def _sealed(vault: Vault, row_id: UUID, value: dict[str, Any]) -> bytes:
    return vault.seal(Secret("request", json.dumps(value)), row_id)


def _opened(vault: Vault, request: store.Request) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(vault.open(Sealed(request.content), request.id).password)
    return found


async def claim(
    connection: HTTPConnection, database: Database, vault: Vault, owner: UUID, operation: str, now_us: int
) -> None:
    """Take the key of a POST that has one. Called once the caller is known and may make the request.

    Raises Replayed when it was answered before, and MingjianError KEY_UNREADABLE, KEY_OTHER_REQUEST, KEY_UNFINISHED or
    KEY_ANSWERED.
    """
    holder = connection.scope.get(_HOLDER)
    if holder is None or not isinstance(connection, Request):
        return
    key = connection.headers[HEADER]
    if not LEAST <= len(key) <= MOST or not all("!" <= char <= "~" for char in key):
        raise MingjianError(KEY_UNREADABLE, least=LEAST, most=MOST)
    digest = _digest(connection, await connection.body())
    holder.claim = await run_in_threadpool(_claim, database, vault, owner, operation, key, digest, now_us)


def _digest(request: Request, body: bytes) -> str:
    told = sha256()
    for part in (request.url.path, request.url.query, request.headers.get("content-type", "")):
        told.update(part.encode() + b"\0")
    told.update(body)
    return told.hexdigest()


def _claim(database: Database, vault: Vault, owner: UUID, operation: str, key: str, digest: str, now_us: int) -> _Claim:
    row_id, key_digest = new_id(now_us), sha256(key.encode()).digest()
    content = _sealed(vault, row_id, {"digest": digest})
    with database.write() as tx:
        if store.begin(tx, store.Request(row_id, owner, key_digest, operation, content, now_us)):
            return _Claim(database, vault, row_id, digest)
        known = store.find(tx, owner, key_digest)
    if known is None:  # it ended between the two looks
        raise MingjianError(KEY_UNFINISHED)
    kept = _opened(vault, known)
    if known.operation != operation or kept["digest"] != digest:
        raise MingjianError(KEY_OTHER_REQUEST)
    if known.finished_us is None:
        raise MingjianError(KEY_UNFINISHED)
    if not kept["status"]:
        raise MingjianError(KEY_ANSWERED)
    raise Replayed(Answer(kept["status"], kept["type"], kept["body"]))


class Idempotency:
    """ASGI: keeps the answer of a POST with a key, before it is sent."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        keyed = scope["type"] == "http" and scope["method"] == "POST" and HEADER in Headers(scope=scope)
        if not keyed:
            await self._app(scope, receive, send)
            return
        holder = scope[_HOLDER] = _Holder()

        async def keep(message: Message) -> None:
            if holder.claim is not None and _begins_file(message):
                await run_in_threadpool(holder.claim.forget)
                holder.claim = None
            if holder.claim is None:
                await send(message)
            else:
                holder.sent.append(message)

        try:
            await self._app(scope, receive, keep)
        except BaseException:
            if holder.claim is not None:
                await run_in_threadpool(holder.claim.forget)
            raise
        if holder.claim is not None:
            now_us = scope["app"].state.context.clock.now_us()
            await run_in_threadpool(_end, holder.claim, holder.sent, now_us)
            for message in holder.sent:
                await send(message)


def _begins_file(message: Message) -> bool:
    return message["type"] == "http.response.start" and "content-disposition" in Headers(raw=message["headers"])


def _end(claim: _Claim, sent: list[Message], now_us: int) -> None:
    head = next((one for one in sent if one["type"] == "http.response.start"), None)
    if head is None or not 200 <= head["status"] < 300:
        claim.forget()
        return
    body = b"".join(one.get("body", b"") for one in sent if one["type"] == "http.response.body")
    media_type = Headers(raw=head["headers"]).get("content-type", "")
    if len(body) > ANSWER_LIMIT:
        claim.finish(Answer(0, "", ""), now_us)
    else:
        claim.finish(Answer(head["status"], media_type, body.decode()), now_us)
