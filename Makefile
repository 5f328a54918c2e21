# Two commands on a fresh machine: `make demo` and `make test`. Each makes .venv itself.
PYTHON ?= python3
BIN := .venv/bin
# What is compiled is kept, also where the environment says otherwise: the tests are many processes.
export PYTHONDONTWRITEBYTECODE :=

LOCK := $(BIN)/uv pip compile -q --generate-hashes --no-header --no-emit-index-url \
	--no-emit-find-links --universal --python-version 3.11

.PHONY: demo test both browser check format lock licences sbom leaks bench prove fuzz mutate clean

demo: .venv/ready  ## the bot at work between a sandbox Slack and a sandbox portal
	$(BIN)/attachbot demo

test: .venv/ready  ## every test
	$(BIN)/pytest -n auto

both: .venv/ready  ## every test, and each scenario over HTTP and in Socket Mode
	$(BIN)/pytest -n auto --both-modes

leaks: .venv/ready  ## every test in both modes, searched for secrets in all that leaves the bot
	$(BIN)/pytest -n auto --both-modes --planted

browser: .venv/ready  ## the connect page in headless Chromium; skipped where there is none
	$(BIN)/pytest -m browser

check: .venv/ready  ## everything that CI checks: style, types, layers, every test with coverage, the wheel
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/bandit -q -c pyproject.toml -r bot handlers storage
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -q -n auto
	$(BIN)/coverage combine -q
	$(BIN)/coverage report
	$(BIN)/python -m tests.wheel

format: .venv/ready
	$(BIN)/ruff check --fix-only
	$(BIN)/ruff format

lock: .venv/ready  ## write the lock files: exact versions with hashes, free of index addresses
	$(LOCK) pyproject.toml -o requirements.lock
	$(LOCK) --extra dev pyproject.toml -o requirements-dev.lock
	$(LOCK) --group fuzz -o requirements-fuzz.lock
	$(LOCK) --group mutation -c requirements-dev.lock -o requirements-mutation.lock

licences: .venv/ready  ## write docs/licences.md; fails at a licence that is not allowed
	$(BIN)/python -m tests.licences

sbom: .venv/ready  ## a CycloneDX bill of materials of what the product ships with
	$(BIN)/python -m tests.sbom dist/attachbot.cdx.json

bench: .venv/ready  ## side by side in one run; ratios count
	$(BIN)/python -m bench

prove: .venv/ready  ## thousands of lives, simulated and real: nothing lost, nothing done twice
	$(BIN)/python -m bench.prove

FUZZ_SECONDS ?= 60

fuzz: .venv/fuzz  ## inputs bred by what they reach: grammar, gate, vault, file names
	$(BIN)/python -m bench.fuzz --seconds $(FUZZ_SECONDS)

mutate: .mutation/venv/ready  ## small changes of what guards, each to be noticed; GROUP=vault: one group
	.mutation/venv/bin/python -m bench.mutation $(GROUP)

clean:
	rm -rf .venv .fuzz .mutation .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage* dist

# An environment from lock files: uv if it is there, else venv and pip; hashes pin every package.
define filled
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "attachbot needs Python 3.11 or newer")'
	@if command -v uv >/dev/null 2>&1; then \
		test -x $(1)/bin/python || uv venv -q --python $(PYTHON) $(1); \
		uv pip sync -q --require-hashes --python $(1)/bin/python $(2); \
		uv pip install -q --python $(1)/bin/python --no-deps --no-build-isolation -e .; \
	else \
		test -x $(1)/bin/python || $(PYTHON) -m venv $(1); \
		$(1)/bin/python -m pip install -q --disable-pip-version-check --require-hashes $(addprefix -r ,$(2)) && \
		$(1)/bin/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .; \
	fi
	@touch $@
endef

.venv/ready: pyproject.toml requirements-dev.lock
	$(call filled,.venv,requirements-dev.lock)

# Not among the others, since it has wheels for Linux only.
.venv/fuzz: .venv/ready requirements-fuzz.lock
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes --only-binary :all: \
		-r requirements-fuzz.lock
	@touch .venv/fuzz

.mutation/venv/ready: pyproject.toml requirements-dev.lock requirements-mutation.lock
	$(call filled,.mutation/venv,requirements-dev.lock requirements-mutation.lock)
