"""Channels: whatever form an answer comes in, and in whatever pieces, it is read as it was sent."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import itertools
import socket

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopback import SERVED
from treadle.llm.channels import MOST_BYTES, Answer, TooLongError
from treadle.llm.posting import Poster

BODY = b'{"a": "caf\xc3\xa9"}'


def posted(*replies, pause=0.0, timeout=5.0, count=1, close=False):
    """Post to a server that sends these pieces to each request; return what came, and the connections that were made."""
    came, connections = [], []

    async def serve(reader, writer):
        connections.append(writer)
        with contextlib.suppress(ConnectionError):
            while await reader.read(1 << 16):
                for piece in replies:
                    writer.write(piece)
                    await asyncio.sleep(pause)
                if close:
                    break
        writer.close()

    async def work():
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        SERVED.add(port)
        limits = aiohttp.ClientTimeout(total=timeout)
        async with aiohttp.ClientSession() as session:
            poster = Poster(session, f"http://127.0.0.1:{port}/v1", {"User-Agent": "test"}, limits)
            for _ in range(count):
                one = asyncio.get_running_loop().create_future()
                poster.post(b"{}", one.set_result)
                came.append(await one)
            poster.close()
        server.close()
        for each in connections:
            each.close()
        await asyncio.gather(*(each.wait_closed() for each in connections), return_exceptions=True)
        await asyncio.sleep(0.01)

    asyncio.run(work())
    return came, len(connections)


def plain(body=BODY, more=b"", status=b"200 OK"):
    return b"HTTP/1.1 %b\r\nContent-Type: application/json\r\n%bContent-Length: %d\r\n\r\n%b" % (
        status,
        more,
        len(body),
        body,
    )


ZIPPED = gzip.compress(BODY)
FORMS = {
    "plain": plain(),
    "chunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY),
    "zipped": plain(ZIPPED, b"Content-Encoding: gzip\r\n"),
    "after 100 Continue": b"HTTP/1.1 100 Continue\r\n\r\n" + plain(),
    "length twice": plain(more=b"Content-Length: %d\r\n" % len(BODY)),
}


@pytest.mark.parametrize("form", [name for name in FORMS if name != "length twice"])
def test_every_form_of_an_answer_is_read_and_its_connection_kept(form):
    came, connections = posted(FORMS[form], count=3)
    assert [each.body for each in came] == [BODY] * 3
    assert connections == 1


@given(st.sampled_from(["plain", "chunked", "zipped", "after 100 Continue"]), st.data())
def test_an_answer_may_come_in_any_pieces(form, data):
    whole = FORMS[form]
    cuts = sorted({0, len(whole), *data.draw(st.lists(st.integers(1, len(whole) - 1), max_size=3))})
    came, _ = posted(*(whole[begin:end] for begin, end in itertools.pairwise(cuts)), pause=0.002)
    assert came[0].body == BODY


def test_an_answer_without_a_length_ends_with_its_connection():
    came, connections = posted(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nall of it", count=2, close=True)
    assert [each.body for each in came] == [b"all of it"] * 2
    assert connections == 2


def test_a_connection_that_is_to_be_closed_is_not_used_again():
    came, connections = posted(plain(more=b"Connection: close\r\n"), count=2)
    assert [each.body for each in came] == [BODY] * 2
    assert connections == 2


def test_status_and_headers_are_told():
    ((answer,), _) = posted(plain(b"", b"Retry-After:  2 \r\n", b"429 Too Many Requests"))
    assert isinstance(answer, Answer)
    assert answer.status == 429
    assert answer.headers["retry-after"] == "2"


@pytest.mark.parametrize(
    "reply",
    [b"", plain()[:30], plain()[:-3], FORMS["chunked"][:-9], b"SSH-2.0-nobody\r\n\r\n", FORMS["length twice"][:-1]],
    ids=["nothing", "half a head", "half a body", "half a chunk", "no HTTP", "a length twice"],
)
def test_what_is_no_whole_answer_is_an_error(reply):
    ((error,), _) = posted(reply, close=True)
    assert isinstance(error, aiohttp.ClientError | aiohttp.http.HttpProcessingError | OSError), error


def test_a_silent_server_is_waited_for_until_the_deadline():
    ((error,), _) = posted(plain()[:-1], timeout=0.1)
    assert isinstance(error, TimeoutError)


def test_an_answer_that_is_too_long_is_not_read():
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\nx" % (MOST_BYTES + 1)
    ((error,), _) = posted(head)
    assert isinstance(error, TooLongError)


def test_nobody_there_is_an_error():
    came = []

    async def work():
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        SERVED.add(port)
        async with aiohttp.ClientSession() as session:
            poster = Poster(session, f"http://127.0.0.1:{port}/v1", {}, aiohttp.ClientTimeout(total=5))
            one = asyncio.get_running_loop().create_future()
            poster.post(b"{}", one.set_result)
            came.append(await one)
            poster.close()

    asyncio.run(work())
    assert isinstance(came[0], aiohttp.ClientConnectorError)
