"""Files and batches of the fake server: a batch is done as soon as it is asked about, with the faults of its requests."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from treadle.llm.fake.faults import GOOD

if TYPE_CHECKING:
    from treadle.llm.fake.server import FakeServer

_RECORD = re.compile(r"rec-(\d+)")
_PATH = re.compile(r"/v1/(files|batches)(?:/([\w-]+))?(?:/(content|cancel))?")
_CHAT = "/v1/chat/completions"


class Batches:
    """The files that were uploaded, and the batches made of them."""

    def __init__(self, server: FakeServer) -> None:
        """Take the server whose faults apply."""
        self._server = server
        self._files: dict[str, bytes] = {}
        self._batches: dict[str, dict[str, Any]] = {}

    def serve(self, method: str, path: str, head: bytes, body: bytes) -> tuple[int, bytes] | None:
        """Answer a request for files or batches; None for any other path."""
        found = _PATH.fullmatch(path)
        if found is None:
            return None
        kind, name, what = found.groups()
        if kind == "files" and method == "POST":
            return 200, self._upload(head, body)
        if kind == "files" and what == "content" and name in self._files:
            return 200, self._files[name]
        if kind == "batches" and not name:
            return 200, self._submit(json.loads(body)) if method == "POST" else self._listed()
        if kind == "batches" and name in self._batches:
            return 200, json.dumps(self._looked_at(name)).encode()
        return 404, b'{"error":{"message":"no such file or batch","code":"not_found"}}'

    def _upload(self, head: bytes, body: bytes) -> bytes:
        boundary = re.search(rb"boundary=\"?([^\s;\"]+)", head)
        content = body
        for part in body.split(b"--" + boundary[1]) if boundary else ():
            above, _, below = part.partition(b"\r\n\r\n")
            if b'name="file"' in above:
                content = below.removesuffix(b"\r\n")
        name = f"file-{len(self._files) + 1}"
        self._files[name] = content
        return json.dumps({"id": name, "object": "file", "bytes": len(content), "purpose": "batch"}).encode()

    def _submit(self, asked: dict[str, Any]) -> bytes:
        name = f"batch_{len(self._batches) + 1}"
        lines = self._files.get(asked.get("input_file_id", ""), b"").splitlines()
        self._batches[name] = {
            "id": name,
            "object": "batch",
            "endpoint": asked.get("endpoint", _CHAT),
            "input_file_id": asked.get("input_file_id"),
            "metadata": asked.get("metadata"),
            "status": "validating",
            "request_counts": {"total": len(lines), "completed": 0, "failed": 0},
            "output_file_id": None,
            "error_file_id": None,
        }
        return json.dumps(self._batches[name]).encode()

    def _listed(self) -> bytes:
        held = list(self._batches.values())
        return json.dumps({"object": "list", "data": held[::-1], "has_more": False}).encode()

    def _looked_at(self, name: str) -> dict[str, Any]:
        batch = self._batches[name]
        if batch["status"] == "validating":
            batch["status"] = "in_progress"
        elif batch["status"] == "in_progress":
            self._carry_out(batch)
        return batch

    def _carry_out(self, batch: dict[str, Any]) -> None:
        """Answer every line; a fault of the wire is an error line, `hang` is a line that was not done before the batch expired."""
        done, failed, expired = [], [], 0
        counts = self._server.counts
        for line in self._files[batch["input_file_id"]].splitlines():
            asked = json.loads(line)
            found = _RECORD.search(json.dumps(asked["body"]))
            record = int(found[1]) if found else -1
            fault = self._server.behaviour.fault(record, counts.attempts.get(record, 0))
            counts.attempts[record] = counts.attempts.get(record, 0) + 1
            counts.requests += 1
            if fault == "hang":
                expired += 1
                error = {
                    "code": "batch_expired",
                    "message": "This request could not be executed before the completion window",
                }
                failed.append({"custom_id": asked["custom_id"], "response": None, "error": error})
            elif fault in {"429", "500", "503", "drop", "midbody", "htmlerr"}:
                status = int(fault) if fault.isdecimal() else 500
                told = {"error": {"message": fault, "code": "server_error"}}
                failed.append(
                    {"custom_id": asked["custom_id"], "response": {"status_code": status, "body": told}, "error": None}
                )
            else:
                reply, tokens_in, tokens_out = self._server.completion(asked["body"], len(line), max(record, 0), fault)
                counts.answered(record, tokens_in, tokens_out, good=fault in GOOD)
                done.append(
                    {
                        "custom_id": asked["custom_id"],
                        "response": {"status_code": 200, "body": json.loads(reply)},
                        "error": None,
                    }
                )
        batch["status"] = "expired" if expired else "completed"
        batch["request_counts"] |= {"completed": len(done), "failed": len(failed)}
        for key, lines in (("output_file_id", done), ("error_file_id", failed)):
            if lines:
                name = f"file-{len(self._files) + 1}"
                self._files[name] = "\n".join(map(json.dumps, lines)).encode()
                batch[key] = name
