# From a bare Debian 12 with root and Node.js: `make image` bakes the template web, `make test` tests everything.

.DEFAULT_GOAL := help
.PHONY: help setup setup-vm setup-test engine engine-stop engine-env build image test test-unit test-docker test-qemu test-ec2 check \
	bench clean
.NOTPARALLEL:

help: ## this list
	@sed -n 's/^\([a-z0-9-]*\):[^#]*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22

setup: ## install what is missing: Debian packages (as root) and npm packages
	@scripts/setup

setup-vm: ## the same, with what disks and virtual machines take
	@scripts/setup vm

setup-test:
	@scripts/setup test

engine: ## find a container engine, or start a private one
	@scripts/engine start

engine-stop: ## stop the private engine
	@scripts/engine stop

engine-env: ## print the line for: eval "$(make -s engine-env)"
	@scripts/engine env

build: ## compile, so that npx bake and npx launch work here
	@scripts/build

image: setup engine build ## bake the template web
	@node_modules/.bin/bake image web

test: setup-test engine build ## everything: types, lint, import rules, all kinds of tests
	@node_modules/.bin/tsc --noEmit
	@node_modules/.bin/biome check --error-on-warnings
	@exec env REQUIRE=docker,qemu,validators scripts/tests unit docker qemu ec2

test-unit: setup ## the tests that need no engine
	@exec scripts/tests unit

test-docker: setup engine build ## the tests on a container engine
	@exec env REQUIRE=docker scripts/tests docker

test-qemu: setup-test engine build ## the tests on virtual machines
	@exec env REQUIRE=docker,qemu scripts/tests qemu

test-ec2: setup-test engine build ## the tests of EC2, against an emulator of its API
	@exec env REQUIRE=docker scripts/tests ec2

check: setup ## types, lint, import rules, unit tests
	@node_modules/.bin/tsc --noEmit
	@node_modules/.bin/biome check --error-on-warnings
	@exec scripts/tests unit

bench: setup-test engine build ## measure our own overhead
	@for file in bench/*.bench.ts; do node --import tsx "$$file" || exit 1; done

clean: ## remove what was built; the engine and the images stay
	rm -rf dist dist.new node_modules/.installed-lock test/validators/node_modules test/goss/.built test/moto/.venv
