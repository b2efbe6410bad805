# `make demo` shows the detector at work, `make test` checks everything. Both set up what is missing.

SHELL := /bin/bash
PREFIX ?= /usr/local
BIN := .build/release
SWIFT_BUILD := swift build -c release -debug-info-format none
VENV := .venv

.PHONY: help demo test sanitize fuzz test-deb lint build deb docs install uninstall setup setup-python setup-browser setup-readers \
	setup-deb clean

help:
	@echo "make demo       play a synthetic recording into the detector and print its events"
	@echo "make test       build, lint and run every test"
	@echo "make sanitize   run the kernels' pool of threads, and the tests of what reads untrusted bytes, under sanitizers"
	@echo "make fuzz       feed what reads untrusted bytes with inputs made up (FUZZ_SECONDS=600 each; TARGETS= names some)"
	@echo "make deb        make a Debian package that needs no Swift to run; its path is the last line"
	@echo "make test-deb   make it and try it in a fresh root of Debian 12 (as root; SUITES= names others)"
	@echo "make install    install binaries, model and configuration under PREFIX ($(PREFIX))"
	@echo "make uninstall  remove them again"
	@echo "make build      build the release binaries only"
	@echo "make docs       make the pages of the library's types and methods, in .build/documentation"
	@echo "make lint       check the format of the sources"

demo: build
	@Simulator/demo.sh

# A failure of one part does not hide the others.
test: setup-python setup-browser setup-readers
	@.ci/test $(VENV)

sanitize: setup-python
	@PATH="$(CURDIR)/$(VENV)/bin:$$PATH" .ci/sanitize

FUZZ_SECONDS ?= 600
fuzz: setup
	@.ci/fuzz $(FUZZ_SECONDS) $(TARGETS)

deb: setup setup-deb
	@Packaging/build-deb

SUITES ?= bookworm
test-deb: setup setup-deb
	@Packaging/test-deb $(SUITES)

lint:
	@git ls-files -z --cached --others --exclude-standard '*.swift' | xargs -0 swift format lint --strict --parallel

docs: setup
	$(SWIFT_BUILD) --target SparkwatchDetection
	@.ci/make-docs .build/documentation

# The programs alone: tests and what supports them are built by `make test`.
build: setup
	SPARKWATCH_PROGRAMS_ONLY=1 $(SWIFT_BUILD)

setup:
	@.ci/setup

setup-python: setup
	@.ci/setup-python $(VENV)

setup-browser: setup
	@.ci/setup-browser

setup-readers: setup-python
	@.ci/setup-readers $(VENV)

setup-deb:
	@.ci/setup-deb $(if $(filter test-deb,$(MAKECMDGOALS)),debootstrap)

install: build
	install -d "$(DESTDIR)$(PREFIX)/bin" "$(DESTDIR)$(PREFIX)/share/sparkwatch"
	install -m 755 $(BIN)/sparkwatch $(BIN)/sparksim "$(DESTDIR)$(PREFIX)/bin/"
	install -m 755 Simulator/demo.sh "$(DESTDIR)$(PREFIX)/bin/sparkwatch-demo"
	install -m 644 Config/* "$(DESTDIR)$(PREFIX)/share/sparkwatch/"
	install -d "$(DESTDIR)$(PREFIX)/share/sparkwatch/page"
	install -m 644 Sources/Dashboard/Page/* "$(DESTDIR)$(PREFIX)/share/sparkwatch/page/"
	install -d "$(DESTDIR)$(PREFIX)/share/sparkwatch/training/sparkwatch_training/learning"
	install -m 644 Training/start.py Training/pyproject.toml "$(DESTDIR)$(PREFIX)/share/sparkwatch/training/"
	install -m 644 Training/sparkwatch_training/*.py "$(DESTDIR)$(PREFIX)/share/sparkwatch/training/sparkwatch_training/"
	install -m 644 Training/sparkwatch_training/learning/*.py "$(DESTDIR)$(PREFIX)/share/sparkwatch/training/sparkwatch_training/learning/"

uninstall:
	rm -f $(addprefix "$(DESTDIR)$(PREFIX)"/bin/,sparkwatch sparksim sparkwatch-demo)
	rm -rf "$(DESTDIR)$(PREFIX)/share/sparkwatch"

clean:
	rm -rf .build $(VENV)
