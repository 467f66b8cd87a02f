# Every command a person or CI runs. `make help` lists them.

CARGO ?= cargo
.DEFAULT_GOAL := help

.PHONY: help
help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# OpenSSL is built from source and configured by perl. Debian's perl-base is not enough.
.PHONY: perl
perl:
	@test -n "$$OPENSSL_NO_VENDOR" || perl -MFindBin -MFile::Compare -MIPC::Cmd -e 1 2>/dev/null || \
	{ echo "building OpenSSL needs perl with its core modules: apt-get install perl (Fedora: dnf install perl-core)" >&2; exit 1; }

.PHONY: run
run: build ## Build in release mode and serve on http://localhost:5000, with a database in ./data
	./target/release/concierge serve

.PHONY: build
build: perl ## Build target/release/concierge
	$(CARGO) build --locked --release --package concierge-server

.PHONY: test
test: perl ## Run every test but the browser's
	$(CARGO) test --locked --workspace

.PHONY: browser-test
browser-test: ## Try cookies and CORS in a real Chromium (finds or installs it; needs Node 20)
	browser-tests/run

.PHONY: lint
lint: perl ## Check formatting, lints and the architecture
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --all-targets -- --deny warnings
	$(CARGO) test --locked --package concierge-architecture

.PHONY: deny
deny: ## Check licences, bans and sources of the dependencies (needs cargo-deny)
	@command -v cargo-deny >/dev/null || { echo "make deny needs cargo-deny: cargo install --locked cargo-deny" >&2; exit 1; }
	$(CARGO) deny check bans licenses sources

.PHONY: bench
bench: ## Measure against a bare actix-web program (finds or installs wrk)
	benches/run

.PHONY: clean
clean: ## Delete what was built, not what was stored
	$(CARGO) clean
