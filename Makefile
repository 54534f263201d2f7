# make run      everything, from a fresh clone: install, start, send sample documents in, serve
# make test     the tests          make check    lint, types, import rules, graph proof
# make install  .venv, the ERP sandbox's template and Chromium; the other targets do it when it is due
# make console  build the operator console; the other targets do it when its sources have changed
# make chaos    the long run of seeded kills      make evals    the guardrail replay, and document reading
# make bench    measure P2P-6 beside its peers    make lock     renew the lock files
# make live-model  ask a small model over the wire; builds its server first, which takes a quarter of an hour
# make clean    remove the environments and the data folder

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DEFAULT_GOAL := help
.PHONY: help install run test check check-types check-strictly check-console check-rules console chaos evals bench live-model lock clean

# Compiled modules are kept: a process that compiles all it imports starts in twice the time, and tests start hundreds.
unexport PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
DATA := $(or $(INTERLOCK_DATA_DIR),.interlock)
INSTALLED := .venv/installed.stamp
SANDBOX := $(DATA)/sandbox.stamp
CHROMIUM := .venv/chromium.stamp
CONSOLE := api/console/dist/.built-from
CONSOLE_SOURCES := $(shell find api/console -type f -not -path '*/node_modules/*' -not -path '*/dist/*' -not -name schema.ts)
NPM := $(BIN)/python api/console/builder.py --npm
PEERS := .venv-bench/installed.stamp
AGENTDOJO := .venv-guardrails/installed.stamp
LIVE_MODEL := .venv-live-model/installed.stamp
COMPILE := $(BIN)/pip-compile --quiet --allow-unsafe --generate-hashes --strip-extras \
	--no-emit-index-url --no-emit-trusted-host --no-emit-find-links

help:
	@sed -n 's/^# //p' Makefile

install: $(INSTALLED) $(SANDBOX) $(CHROMIUM) $(CONSOLE)

$(INSTALLED): requirements-dev.lock pyproject.toml .ci/find-python
	@python=$$(.ci/find-python)
	echo "Installing into .venv with $$python"
	"$$python" -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes -r requirements-dev.lock
	INTERLOCK_SKIP_CONSOLE=1 $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	touch $@

$(SANDBOX): $(INSTALLED) .ci/prepare_sandbox.py $(wildcard tools/erp/sandbox*.py tools/erp/seed/* tools/erp/tryton-requirements.txt)
	@$(BIN)/python .ci/prepare_sandbox.py $(DATA)
	touch $@

$(CHROMIUM): $(INSTALLED) .ci/find-chromium
	@chromium=$$(.ci/find-chromium $(BIN)/python)
	echo "Browser bots use $$chromium"
	touch $@

console: $(CONSOLE)

# Built once for each state of its sources. Where the npm registry cannot be reached, everything else works all the
# same: the server then shows a page that says so.
$(CONSOLE): $(INSTALLED) $(CONSOLE_SOURCES)
	@$(BIN)/python api/console/builder.py || echo "Going on without the console; \`make console\` tries again" >&2
	[ ! -f $@ ] || touch $@

run: $(INSTALLED) $(SANDBOX) $(CONSOLE)
	@exec $(BIN)/python -m api.demo $(if $(filter-out 0,$(ONCE)),--once)

test: install $(AGENTDOJO)
	@$(BIN)/pytest -n $(or $(WORKERS),2) --dist worksteal -m "not chaos and not live_model" $(ARGS)

# Two at a time: each of them keeps one core busy, and the longest two take the longest of all.
check: $(INSTALLED) $(CONSOLE)
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target check-types check-strictly check-console check-rules

check-types:
	@$(BIN)/mypy

check-strictly:
	@$(BIN)/pyright

check-console:
	@if [ -f $(CONSOLE) ]; then $(NPM) run --silent check && $(NPM) run --silent test; fi

check-rules:
	@$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/interlock process prove

chaos: install $(AGENTDOJO)
	@INTERLOCK_RULES_EVALUATIONS=200000 $(BIN)/pytest -n 0 tests/unit/test_policies_load.py $(ARGS)
	@$(BIN)/pytest -n 2 -m chaos $(ARGS)
	@INTERLOCK_TEST_EXECUTION=stretches $(BIN)/pytest -n 2 -m "not chaos" tests/chaos tests/integration $(ARGS)

evals: $(INSTALLED) $(AGENTDOJO)
	@$(BIN)/interlock evals run all --against baseline \
		--junit evals/results/all.xml --html evals/results/all.html $(ARGS)
	if test -n "$(INTERLOCK_EVAL_DATA)"; then
		$(BIN)/interlock evals run documents --data "$(INTERLOCK_EVAL_DATA)" \
			--junit evals/results/documents.xml --html evals/results/documents.html
	fi

bench: $(INSTALLED) $(PEERS)
	@missed=0
	$(BIN)/interlock bench tasks || missed=$$?
	$(BIN)/interlock bench p2p6 --peers $(ARGS)
	exit $$missed

# Where this fails the benchmark runs all the same, and names the peers as missing.
$(PEERS): requirements-bench.lock .ci/find-python
	@python=$$(.ci/find-python)
	echo "Installing the peers' libraries into .venv-bench with $$python"
	if "$$python" -m venv --clear .venv-bench && .venv-bench/bin/python -m pip install --quiet \
		--disable-pip-version-check --no-compile --require-hashes -r requirements-bench.lock; then
		touch $@
	else
		echo "The peers' libraries could not be installed" >&2
	fi

# AgentDojo pulls the clients of many model providers, so it has an environment of its own.
$(AGENTDOJO): requirements-guardrails.lock .ci/find-python
	@python=$$(.ci/find-python)
	echo "Installing AgentDojo into .venv-guardrails with $$python"
	"$$python" -m venv --clear .venv-guardrails
	.venv-guardrails/bin/python -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes \
		-r requirements-guardrails.lock
	touch $@

live-model: $(INSTALLED) $(LIVE_MODEL)
	@$(BIN)/python .ci/live_model.py .venv-live-model $(ARGS)

# The server is built from its sources: a C++ compiler is needed, and about a quarter of an hour.
$(LIVE_MODEL): requirements-live-model.lock .ci/find-python
	@python=$$(.ci/find-python)
	echo "Building a model server into .venv-live-model with $$python; this takes about a quarter of an hour"
	"$$python" -m venv --clear .venv-live-model
	.venv-live-model/bin/python -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes \
		-r requirements-live-model.lock
	touch $@

lock: $(INSTALLED)
	@unset PIP_FIND_LINKS
	$(COMPILE) --output-file requirements.lock pyproject.toml
	$(COMPILE) --extra dev --constraint requirements.lock --output-file requirements-dev.lock pyproject.toml
	$(COMPILE) --output-file requirements-bench.lock evals/bench/peers/requirements.in
	$(COMPILE) --output-file requirements-guardrails.lock evals/guardrails/requirements.in
	$(COMPILE) --output-file requirements-live-model.lock .ci/live-model-requirements.in

clean:
	rm -rf api/console/dist api/console/node_modules .venv .venv-bench .venv-guardrails .venv-live-model $(DATA) .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
