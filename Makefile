# `make demo` shows the detector at work, `make test` checks everything. Both set up what is missing.

SHELL := /bin/bash
PREFIX ?= /usr/local
BIN := .build/release
SWIFT_BUILD := swift build -c release
SWIFT_TEST = PATH="$(CURDIR)/$(VENV)/bin:$$PATH" swift test -c release --skip-build
VENV := .venv

.PHONY: help demo test lint build install uninstall setup setup-python setup-browser setup-readers clean

help:
	@echo "make demo       play a synthetic recording into the detector and print its events"
	@echo "make test       build, lint and run every test"
	@echo "make install    install binaries, model and configuration under PREFIX ($(PREFIX))"
	@echo "make uninstall  remove them again"
	@echo "make build      build the release binaries only"
	@echo "make lint       check the format of the sources"

demo: build
	@Simulator/demo.sh

test: setup-python setup-browser setup-readers lint
	$(SWIFT_BUILD) --build-tests
	$(SWIFT_TEST)
	$(VENV)/bin/python -m pytest -q Training Benchmarks Tests/Browser Tests/Documents Tests/Readers

lint:
	@git ls-files -z --cached --others --exclude-standard '*.swift' | xargs -0 swift format lint --strict --parallel

build: setup
	$(SWIFT_BUILD)

setup:
	@.ci/setup

setup-python: setup
	@.ci/setup-python $(VENV)

setup-browser: setup
	@.ci/setup-browser

setup-readers: setup-python
	@.ci/setup-readers $(VENV)

install: build
	install -d "$(DESTDIR)$(PREFIX)/bin" "$(DESTDIR)$(PREFIX)/share/sparkwatch"
	install -m 755 $(BIN)/sparkwatch $(BIN)/sparksim "$(DESTDIR)$(PREFIX)/bin/"
	install -m 644 Config/* "$(DESTDIR)$(PREFIX)/share/sparkwatch/"
	install -d "$(DESTDIR)$(PREFIX)/share/sparkwatch/page"
	install -m 644 Sources/Dashboard/Page/* "$(DESTDIR)$(PREFIX)/share/sparkwatch/page/"

uninstall:
	rm -f "$(DESTDIR)$(PREFIX)/bin/sparkwatch" "$(DESTDIR)$(PREFIX)/bin/sparksim"
	rm -rf "$(DESTDIR)$(PREFIX)/share/sparkwatch"

clean:
	rm -rf .build $(VENV)
