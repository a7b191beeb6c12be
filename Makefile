# The commands of this project. `make` alone lists them.

# The first Python that is new enough, by whatever name it goes here.
PYTHON = $(shell for python in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	command -v $$python >/dev/null 2>&1 \
	&& $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 \
	&& echo $$python && break; done)
RUN = .venv/bin/python -m
COMPILE = $(RUN) uv pip compile --quiet --universal --generate-hashes --no-annotate --no-header \
	--python-version 3.11

export ONCE
# Processes start often here, and in a third less time from compiled modules.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo stop reset test test-peers check openapi bench bench-scale lock python venv venv-dev browser

help: ## List the commands
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | while IFS="$$(printf '\t')" read -r name text; do \
	printf '  make %-12s %s\n' "$$name" "$$text"; done

demo: venv ## Start everything, act out one day, stay up until Ctrl-C (ONCE=1: stop after the day)
	@$(RUN) omni.embedded demo

stop: ## Stop what runs in this checkout
	@test ! -x .venv/bin/python || $(RUN) omni.embedded stop

reset: ## Stop it and throw its data away
	@test ! -x .venv/bin/python || $(RUN) omni.embedded reset

test: venv-dev browser ## Run all tests (ARGS='tests/orders -k cancel': some of them)
	@$(RUN) omni.embedded build
	@$(RUN) pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

test-peers: venv-dev ## Test the connectors against real Medusa and Vendure servers, installed by npm
	@$(RUN) tests.peers.install
	@OMNI_TEST_PEERS=1 $(RUN) pytest -n 0 --timeout 900 tests/peers $(ARGS)

check openapi: export SECRET_KEY = check
check openapi: export DATABASE_URL = postgresql://127.0.0.1:1/none
check openapi: export REDIS_URL = redis://127.0.0.1:1/0
check: venv-dev ## Lint, type-check, and check the contracts between the parts
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) mypy .
	.venv/bin/lint-imports
	$(RUN) deptry .
	.venv/bin/python -W ignore manage.py makemigrations --check --dry-run
	.venv/bin/python manage.py spectacular --validate --fail-on-warn --file /dev/null
	$(RUN) omni.embedded check-web

openapi: venv-dev ## Describe the API anew, for the web app's client
	.venv/bin/python manage.py spectacular --lang en --format openapi-json \
	--file storefront/web/packages/api/openapi.json

bench: venv-dev ## Measure (about twelve minutes)
	@$(RUN) bench $(ARGS)

bench-scale: venv-dev ## Measure what needs millions of rows
	@$(RUN) bench --scale $(ARGS)

lock: venv-dev ## Pin the dependencies anew, within the ranges of pyproject.toml
	@$(COMPILE) pyproject.toml --extra import -o requirements/base.txt
	@$(COMPILE) pyproject.toml --extra import --group dev -c requirements/base.txt -o requirements/dev.txt
	@$(COMPILE) --group node -c requirements/dev.txt -o requirements/node.txt
	@$(COMPILE) --group install -c requirements/dev.txt -o requirements/uv.txt

python:
	@test -n "$(PYTHON)" || { \
	echo "This needs Python 3.11 or newer, and none is on the PATH. What to do: install python3 and python3-venv." >&2; \
	exit 1; }

venv: python
	@$(PYTHON) omni/embedded/venv.py base

venv-dev: python
	@$(PYTHON) omni/embedded/venv.py dev

# The tests of the storefront drive Debian's Chromium.
browser:
	@if command -v chromium >/dev/null 2>&1; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
	  echo "  install chromium and fonts-noto-cjk" && mkdir -p var/log \
	  && { apt-get update && DEBIAN_FRONTEND=noninteractive \
	       apt-get install -y --no-install-recommends chromium fonts-noto-cjk; } >var/log/apt.log 2>&1 \
	  || { tail -n 15 var/log/apt.log >&2; echo "Chromium could not be installed: the browser tests will fail." >&2; }; \
	else echo "Chromium is missing: the browser tests will fail. What to do: install chromium and fonts-noto-cjk." >&2; fi
