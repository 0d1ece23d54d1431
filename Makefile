# The commands of the project. `make demo` needs Rust, a C compiler and git; `make test` installs everything else that it needs.

.DEFAULT_GOAL := help
CARGO ?= cargo

.PHONY: help demo test lint bench install

help: ## lists these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## builds driftless and shows the whole loop, without any server
	@$(CARGO) build --quiet --locked --profile demo --bin driftless
	@"$${CARGO_TARGET_DIR:-target}/demo/driftless" demo

test: ## installs what the tests need and runs all of them
	@tests/run

lint: ## format and lints, as `make test` checks them
	$(CARGO) fmt --check
	$(CARGO) clippy --locked --all-targets -- -D warnings

bench: ## measures driftless and its peers in one run
	$(CARGO) bench --locked

install: ## installs the optimised binary
	$(CARGO) install --locked --path .
