# Two commands do everything: `make run` starts Skybridge with sample forests, `make test` runs every test.

LISTEN ?= 127.0.0.1:3000
DATA ?= data
FOR ?= linux
DENY_VERSION := 0.20.2
say = @printf '\033[1m==> %s\033[0m\n' "$(1)"

.DEFAULT_GOAL := help
.PHONY: help run build release agent test check lint unit deny e2e bench fuzz screens lighthouse clean

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 18

run: build ## build and start the portal with three sample forests
	@exec target/debug/skybridge serve --lab --listen $(LISTEN) --data $(DATA)

build: ## build the portal's browser part and the server
	$(call say,Building Skybridge (the first build takes several minutes))
	@xtask/wasm-target.sh
	@cargo xtask build

release: ## the same, optimised
	$(call say,Building Skybridge for use)
	@xtask/wasm-target.sh
	@cargo xtask build --release

agent: ## the agent for other machines: FOR=linux (any, static) or FOR=windows
	$(call say,Building the agent for $(FOR))
	@cargo xtask agent --target $(FOR)

test: check lint unit deny e2e ## run every test; installs what the tests need
	$(call say,Everything passed)

check: ## formatting
	$(call say,Formatting)
	@rustup component list --installed 2>/dev/null | grep -q rustfmt || rustup component add rustfmt clippy
	@cargo fmt --all --check

lint: ## clippy for the server and for the browser part
	$(call say,Clippy)
	@xtask/wasm-target.sh
	@cargo clippy --locked --workspace --all-targets -- -D warnings
	@cargo clippy --locked -p app -p editor --lib --no-default-features --features app/hydrate --target wasm32-unknown-unknown -- -D warnings

unit: ## unit and integration tests of every crate
	$(call say,Unit and integration tests)
	@{ command -v ldapsearch && command -v slapd && command -v tinyproxy; } >/dev/null || e2e/services/install.sh
	@cargo test --locked --workspace

deny: ## licences, banned crates, sources and, where their database can be reached, advisories
	$(call say,Licences, bans and sources of the dependencies)
	@cargo deny --version 2>/dev/null | grep -q '$(DENY_VERSION)' || { echo "Installing cargo-deny $(DENY_VERSION), once"; \
	  cargo install --quiet --locked --debug --no-default-features cargo-deny --version $(DENY_VERSION); }
	@cargo deny --all-features --locked check licenses bans sources
	@if timeout 60 cargo deny --all-features --locked fetch db >/dev/null 2>&1; then cargo deny --all-features --locked check advisories; \
	  else echo "The advisory database cannot be reached from here; advisories were not checked."; fi

e2e: build ## real directories, SCIM servers and a browser against the built binary
	$(call say,End to end)
	@e2e/run.sh

bench: ## measure; no part of the tests
	$(call say,Benchmarks)
	@cargo xtask build --release
	@benches/run.sh

fuzz: ## fuzz the parsers for a minute each; no part of the tests
	$(call say,Fuzzing)
	@fuzz/run.sh 60

screens: build ## pictures of every page into docs/screens
	@e2e/services/install.sh
	@SCREENS=$(CURDIR)/docs/screens PYTHONPATH=e2e python3 -m harness.screens target/debug/skybridge

lighthouse: ## measure every page with Lighthouse; no part of the tests
	$(call say,Lighthouse)
	@cargo xtask build --release
	@e2e/services/install.sh
	@cd e2e/lighthouse && npm ci --silent --no-audit --no-fund
	@PYTHONPATH=e2e python3 -m harness.lighthouse target/release/skybridge

clean: ## remove what was built
	@cargo clean
