"""What all formats share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from typing import Any

    import numpy as np
    from numpy.typing import NDArray

    from treadle.columns import Column
    from treadle.plan import Plan


class Writable(Protocol):
    """What the bytes of a part are written to."""

    def write(self, data: bytes | memoryview, /) -> int:
        """Write all bytes; return how many."""


class Body(ABC):
    """Writes the records of one part."""

    @abstractmethod
    def write(self, records: NDArray[np.uint64], columns: Mapping[str, Column], canonical: memoryview | None) -> None:
        """Write a batch; `canonical` holds its JSON lines where they are of these very columns."""

    def close(self) -> None:  # noqa: B027  # most bodies have nothing left to write
        """Finish the part."""


class Format(ABC):
    """One file format, whose parts are appended to the output as they finish unless it says otherwise."""

    name: str
    suffixes: tuple[str, ...]
    truth: str
    appendable: bool
    canonical: bool
    """Whether a part without a sidecar holds its whole content in the order it was made, so that one hash serves for both."""

    def shard_size(self, wanted: int, plan: Plan) -> int:
        """Return the number of records of a shard that suits the format."""
        return wanted

    @abstractmethod
    def body(self, file: Writable, plan: Plan, options: Options) -> Body:
        """Open a part."""

    def header(self, plan: Plan) -> bytes:
        """Return the bytes that begin an output, before its parts (appendable formats)."""
        return b""

    def assemble(
        self, parts: Sequence[Path], file: BinaryIO, plan: Plan, metadata: Mapping[str, Any]
    ) -> None:  # JSON values
        """Write an output from all its parts (formats that are not appendable)."""
        raise NotImplementedError(f"parts of {self.name} are appended")


@dataclass(frozen=True)
class Options:
    """How records are written, whatever the format."""

    truth: str = "inline"
    raw_csv: bool = False
    folder: bool = False
    neutralised: dict[str, int] = field(default_factory=dict, compare=False)


BLOCK = 1 << 20
"""Bytes copied at once."""
