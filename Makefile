# AnyRoom. `make run` and `make test` need Python 3.11 or newer and make; they install the rest.

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python

.DEFAULT_GOAL := help
.PHONY: help run test soak bench lint format lock messages

help: ## what there is
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

$(VENV)/run.stamp: requirements/run.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "AnyRoom needs Python 3.11 or newer: make PYTHON=/path/to/python3.11 …")'
	@test -x $(PY) || { echo "Making the virtual environment in $(VENV) …"; $(PYTHON) -m venv $(VENV); }
	@echo "Installing what AnyRoom needs (once) …"
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt
	@touch $@

$(VENV)/dev.stamp: requirements/dev.txt $(VENV)/run.stamp
	@echo "Installing what the tests need (once) …"
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

run: $(VENV)/run.stamp ## the whole service on this machine (PORT, CARRIER_PORT, LIVE_PORT, ANYROOM_HOME)
	@$(PY) -m anyroom_site.run

test: $(VENV)/dev.stamp ## the tests, in under 10 minutes
	@$(PY) -m tests.suite

soak: $(VENV)/dev.stamp ## the long tests
	@$(PY) -m tests.suite --soak

bench: $(VENV)/dev.stamp ## webhooks against a bare view, on PostgreSQL (BENCH_DATABASE_URL)
	@$(PY) -m bench

lint: $(VENV)/dev.stamp ## style, types and templates
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/djangofmt --check --quiet templates billing/sandbox/templates
	@$(PY) -c "from pathlib import Path; from anyroom_site import keys; keys.make(Path('.mypy_cache/home'))"
	ANYROOM_HOME=.mypy_cache/home $(VENV)/bin/mypy

format: $(VENV)/dev.stamp ## make the style right
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .
	$(VENV)/bin/djangofmt --quiet templates billing/sandbox/templates

lock: ## renew requirements/*.txt from pyproject.toml (needs uv)
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet --output-file requirements/run.txt
	uv pip compile pyproject.toml --group dev --constraint requirements/run.txt --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet --output-file requirements/dev.txt

# What is spoken on the phone. A bare word in small letters is a prompt's name, not its text.
SPOKEN = find telephony -name '*.py' | LC_ALL=C sort | xgettext --files-from=- --language=Python --from-code=UTF-8 --keyword --keyword=N_ --keyword=say:2 --keyword=plural:2,3 --add-comments=TRANSLATORS --add-location=file --no-wrap --omit-header --output=- | msggrep --invert-match --msgid --regexp='^[a-z_]\+$$' --no-wrap -
SPOKEN_IN := ru es de fr

messages: $(VENV)/dev.stamp ## renew the catalogues of texts (needs gettext), and name what wants a translation
	@$(PY) -c "from pathlib import Path; from anyroom_site import keys; keys.make(Path('.mypy_cache/home'))"
	ANYROOM_HOME=.mypy_cache/home $(PY) manage.py makemessages --locale ru --no-obsolete --no-wrap --add-location file --ignore .venv --ignore var --ignore tests --ignore carrier --ignore bench --extension py,html,txt,svg
	$(SPOKEN) > $(VENV)/voice.pot
	set -e; for language in $(SPOKEN_IN); do \
	  catalogue=locale/$$language/LC_MESSAGES/voice.po; \
	  msgmerge --quiet --no-fuzzy-matching --no-wrap --add-location=file --output-file=$$catalogue.new $$catalogue $(VENV)/voice.pot; \
	  msgattrib --no-obsolete --no-wrap --output-file=$$catalogue $$catalogue.new; rm $$catalogue.new; done
	ANYROOM_HOME=.mypy_cache/home $(PY) manage.py compilemessages $(SPOKEN_IN:%=--locale %) --ignore .venv
	@for language in $(SPOKEN_IN); do for catalogue in locale/$$language/LC_MESSAGES/*.po; do \
	  echo "Untranslated in $$catalogue:"; msgattrib --untranslated --no-wrap $$catalogue | grep '^msgid.*".\+"$$' || true; done; done
