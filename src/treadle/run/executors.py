"""Executors: what carries out shards. Threads and spawned processes are ours; any `concurrent.futures.Executor` will do."""

from __future__ import annotations

import gc
import multiprocessing
import os
import pickle
import threading
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from treadle.errors import RunError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Submit = Callable[..., Future[Any]]  # a future of whatever the function returns

EXECUTORS = ("threads", "processes")


def check_executor(kind: str | Executor) -> None:
    """Raise `UsageError` for what is neither the name of an executor nor one."""
    if not isinstance(kind, Executor) and kind not in EXECUTORS:
        raise UsageError(f"executor={kind!r}: expected one of {', '.join(EXECUTORS)}, or a concurrent.futures.Executor")


@contextmanager
def open_executor(kind: str | Executor, workers: int) -> Iterator[Submit]:
    """Open an executor and yield its `submit`; one that was given is used and left open."""
    if isinstance(kind, Executor):
        yield kind.submit
    elif workers == 1:
        yield _at_once
    elif kind == "threads":
        with ThreadPoolExecutor(workers, thread_name_prefix="treadle") as pool:
            yield pool.submit
    else:
        with _processes(workers) as pool:
            yield pool.submit


def _at_once(function: Callable[..., Any], *arguments: object) -> Future[Any]:  # as in Submit
    """Carry out a call here and now."""
    future: Future[Any] = Future()
    future.set_result(function(*arguments))
    return future


@contextmanager
def _processes(workers: int) -> Iterator[ProcessPoolExecutor]:
    """Open a pool of spawned processes, in which libraries use one thread each."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_begin) as pool:
        try:
            yield pool
        except (pickle.PicklingError, AttributeError, TypeError) as error:
            raise UsageError(
                f"executor='processes': the recipe cannot be sent to another process ({error}); put its functions at the top of "
                "a module, name the recipe by its file, or use executor='threads'"
            ) from error
        except BrokenExecutor as error:
            raise RunError(
                "a worker process died (out of memory, or killed): the same command goes on with fewer --workers"
            ) from error


def _begin() -> None:
    """Begin a worker process: one that outlived a killed run would hold its memory for ever and write into the next run's parts."""
    keep_memory()
    gc.freeze()  # and with it every plan that this process compiles
    threading.Thread(target=_leave_with_parent, daemon=True).start()


def _leave_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def keep_memory() -> None:
    """Keep freed memory for the next batch instead of giving it back and faulting it in again: up to a fifth of a run's time.

    Arrow takes its memory from glibc then, and glibc keeps what is freed, in one arena that all threads share (mallopt(3)): one for
    each thread would be given back whenever a batch is done, and each time all threads wait for the page tables. Elsewhere than on
    glibc nothing is done.
    """
    if os.name != "posix":
        return
    import ctypes  # noqa: PLC0415  # only for this one call

    import pyarrow as pa  # noqa: PLC0415  # runs import it, the command line's help does not

    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return
    trim_threshold, mmap_threshold, arena_max = -1, -3, -8
    mallopt(trim_threshold, 1 << 28)
    mallopt(mmap_threshold, 1 << 28)
    mallopt(arena_max, 1)
    pa.set_memory_pool(pa.system_memory_pool())
