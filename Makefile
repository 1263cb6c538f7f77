# Two commands do everything: `make demo` runs the main job, `make test` passes the tests.
# Both install what they need, on a fresh Debian machine as root; `make help` lists the rest.

SHELL := /bin/bash
CARGO ?= cargo
export CARGO_TERM_COLOR ?= auto

# With the features that the whole workspace gives its dependencies, so that `make test` need not build them once more.
BUILD := $(CARGO) build --workspace --bin demo --bin patchbay-cluster --bin patchbay-git-server
TARGET := $(or $(CARGO_TARGET_DIR),target)/debug

.DEFAULT_GOAL := help
.PHONY: help demo down test lint unit image codegen oracle bench deps test-deps

help: ## Show this list.
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: deps ## Get a cluster, install Patchbay, and tell its story, step by step.
	@$(BUILD)
	@$(TARGET)/demo

down: ## Remove everything that the demo made.
	@$(BUILD)
	@$(TARGET)/demo down

test: test-deps ## Pass all tests: format, lints, unit, real API server, real node.
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- -D warnings
	$(CARGO) test --workspace --no-fail-fast

lint: ## Format and lints only.
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- -D warnings

unit: ## Only the tests that need neither root nor a cluster.
	$(CARGO) test --workspace --lib

image: ## Build the image with all three programs as a tar, without a registry or Docker.
	$(CARGO) xtask image

codegen: ## Write the generated files: CRDs and references.
	$(CARGO) xtask codegen

oracle: test-deps ## Ask Go what the engines' test cases mean, and keep its answers.
	$(CARGO) run -p patchbay-oracle -- goldens
	$(CARGO) run -p patchbay-cel-oracle -- goldens

bench: deps ## Measure what the budgets speak of.
	@$(CARGO) run --release -p patchbay-bench
	@$(BUILD)
	@$(TARGET)/demo bench

# What the system must have before cargo runs: a C compiler for the TLS library, Git, Go (to build Kubernetes where
# it cannot be had otherwise).
deps:
	@tests/deps

# And what the tests read files with.
test-deps:
	@tests/deps tests
