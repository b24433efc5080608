# Everything that one does with this project. `make` alone lists it.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules --no-print-directory

CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/slipway
TARGET := $(or $(CARGO_TARGET_DIR),$(CURDIR)/target)
REPORTS := $(TARGET)/reports
DENY_VERSION := 0.20.2
DENY := $(CACHE)/tools/cargo-deny-$(DENY_VERSION)/bin/cargo-deny
# The vendor's own CLI with the Node that it needs, as tests/conformance names them.
VENDOR_CLI := $(CACHE)/tools/vendor-cli
VENDOR_CLI_FILES := $(addprefix tests/conformance/,package.json package-lock.json .npmrc)
VENDOR_CLI_INSTALLED := $(VENDOR_CLI)/node_modules/.package-lock.json

# All packages with all features, the same everywhere, so that nothing is compiled twice.
ALL := --locked --workspace --all-features
# The two programs, as they are shipped.
PROGRAMS := --locked --release --package slipway-cli --package slipway-window
# The same for development, with a test beside them, so that this and `make test` share all that they compile.
DEVELOPED := $(ALL) --bin slipway --bin slipway-window --test window

# The simulation alone, optimised; its own profile, so that nothing else is compiled twice for it.
SIMULATION := cargo test --profile fast --locked --package slipway-engine --all-features --test simulation
SEEDS := 5000

UI_SOURCES := $(shell find ui/src ui/index.html ui/*.config.* ui/tsconfig.json -type f 2>/dev/null)
NODE_MODULES := ui/node_modules/.package-lock.json
UI := ui/dist/index.html

# The bus and the display that the window's journeys run in; nothing of the person's own session is touched.
IN_DISPLAY := xvfb-run --auto-servernum --server-args='-screen 0 1920x1200x24'

say = @printf '\n\033[1m── %s\033[0m\n' '$(1)'
# Runs $(2), shows what it prints and keeps it as the report $(1).
report = @mkdir -p $(REPORTS) && $(2) 2>&1 | tee $(REPORTS)/$(1).log

.PHONY: help
help: ## Lists what can be made
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

.PHONY: run
run: setup-build $(UI) ## Builds Slipway with all that it needs, and opens its window
	$(call say,Slipway: build and open the window (the first build takes some minutes))
	@cargo build $(DEVELOPED)
	@exec $(TARGET)/debug/slipway-window

.PHONY: build
build: setup-build $(UI) ## Builds both programs: release/slipway and release/slipway-window in cargo's target folder
	$(call say,Slipway: release build)
	@cargo build $(PROGRAMS) --bins
	@echo "built $(TARGET)/release/slipway and $(TARGET)/release/slipway-window"

.PHONY: test
test: setup-test ## Runs the checks and every test, the real window included
	@rm -rf $(REPORTS)
	@$(MAKE) check
	@$(MAKE) test-rust
	@$(MAKE) test-simulation
	@$(MAKE) test-ui
	@$(MAKE) test-browser
	@$(MAKE) test-window
	$(call say,Results)
	@awk -f scripts/summary.awk $(REPORTS)/*.log
	@echo 'All checks and tests passed.'

.PHONY: check
check: setup-build $(UI) $(DENY) ## Runs the formatters, linters and dependency rules
	$(call say,Rust: format)
	@cargo fmt --all --check
	$(call say,Rust: clippy)
	@cargo clippy --quiet $(ALL) --all-targets -- -D warnings
	$(call say,Rust: dependencies (licences · duplicates · sources))
	@$(DENY) --locked --log-level error check --hide-inclusion-graph licenses bans sources
	$(call say,UI: types · lint · format)
	@cd ui && npm run --silent check && npm run --silent lint && npm run --silent format

.PHONY: test-rust
test-rust: setup-build $(UI) ## Runs the Rust tests that need no display
	$(call say,Rust: tests)
	$(call report,rust,cargo test $(ALL))
	@# The tests write the wire's types anew; a clean clone that changes by it holds stale ones.
	@[[ -z "$${CI:-}" ]] || git diff --exit-code --stat -- ui/src/generated

.PHONY: test-simulation
test-simulation: setup-build ## Tells 5,000 seeded stories of deployments that go wrong
	$(call say,Rust: the simulation)
	$(call report,simulation,SLIPWAY_SEEDS=$(SEEDS) $(SIMULATION) -- --nocapture)

.PHONY: simulate
simulate: setup-build ## Tells SEEDS=n such stories from FIRST=n on, or SEED=n with all that happens in it
	$(call say,The simulation of deployments)
	@$(if $(SEED),SLIPWAY_SEED=$(SEED),SLIPWAY_SEEDS=$(SEEDS) SLIPWAY_FIRST=$(FIRST)) \
		$(SIMULATION) -- --exact every_story_ends_explained --nocapture

.PHONY: test-ui
test-ui: setup-build $(NODE_MODULES) ## Runs the UI's component tests
	$(call say,UI: component tests)
	$(call report,ui,(cd ui && NO_COLOR=1 npm run --silent test))

.PHONY: test-browser
test-browser: setup-test $(UI) ## Runs the built UI in a browser
	$(call say,UI: the built page in Chromium)
	@# Builds the programs as the other tests have them, the web host among them.
	@cargo build --quiet $(DEVELOPED) --bin slipway-web
	$(call report,browser,(cd ui && NO_COLOR=1 npm run --silent test:browser))

.PHONY: test-window
test-window: setup-test $(UI) ## Runs the journeys through the real window
	$(call say,The real window: journeys)
	@cargo build --quiet $(DEVELOPED)
	$(call report,window,$(IN_DISPLAY) cargo test $(ALL) --test window)

.PHONY: conformance
conformance: setup-test $(UI) $(VENDOR_CLI_INSTALLED) ## Runs the vendor's own CLI against the simulated shops
	$(call say,Conformance: the vendor CLI against the simulated shops)
	@cargo build --quiet $(DEVELOPED)
	@$(VENDOR_CLI)/node_modules/.bin/node tests/conformance/main.mjs $(TARGET)/debug/slipway $(VENDOR_CLI)

.PHONY: bench
bench: setup-test $(UI) ## Measures Slipway against its peers
	$(call say,Benches)
	@cargo build $(PROGRAMS) --bins --bench peers
	@SLIPWAY_BENCH_VENDOR_CLI=$(VENDOR_CLI) $(IN_DISPLAY) \
		cargo bench --locked --package slipway-cli --package slipway-window --bench peers

# The fuzzer instruments code as only a nightly compiler can; RUSTC_BOOTSTRAP lets the pinned one do it.
FUZZ_SECONDS := 150
CARGO_FUZZ_VERSION := 0.13.2
CARGO_FUZZ := $(CACHE)/tools/cargo-fuzz-$(CARGO_FUZZ_VERSION)/bin/cargo-fuzz

.PHONY: fuzz
fuzz: $(CARGO_FUZZ) ## Feeds made-up documents to the reader, rewriting, diffs and merges
	$(call say,Fuzz: $(FUZZ_SECONDS) seconds a target)
	@for target in reader rewrite diff merge; do \
		mkdir -p fuzz/corpus/$$target; \
		RUSTC_BOOTSTRAP=1 $(CARGO_FUZZ) run --fuzz-dir fuzz --sanitizer none $$target \
			fuzz/corpus/$$target src-tauri/crates/diff/tests/hostile/corpus/$$target \
			-- -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=2048 -print_final_stats=1; \
	done

.PHONY: setup-build setup-test
setup-build setup-test: setup-%:
	@scripts/setup $*

$(NODE_MODULES): ui/package.json ui/package-lock.json ui/.npmrc
	$(call say,UI: npm packages)
	@cd ui && npm ci --no-audit --no-fund
	@touch $@

$(UI): $(NODE_MODULES) $(UI_SOURCES)
	$(call say,UI: build)
	@cd ui && npm run --silent build -- --logLevel warn
	@touch $@

# None of its packages' own scripts is run.
$(VENDOR_CLI_INSTALLED): $(VENDOR_CLI_FILES)
	$(call say,Tools: the vendor CLI)
	@mkdir -p $(VENDOR_CLI)
	@cp $(VENDOR_CLI_FILES) $(VENDOR_CLI)
	@cd $(VENDOR_CLI) && npm ci --ignore-scripts --loglevel=error
	@touch $@

# An unoptimised build is made in a minute and checks in three seconds.
$(DENY):
	$(call say,Tools: cargo-deny $(DENY_VERSION))
	@env -u CARGO_TARGET_DIR CARGO_PROFILE_DEV_DEBUG=false cargo install --quiet --debug --locked \
		--no-default-features --root $(CACHE)/tools/cargo-deny-$(DENY_VERSION) cargo-deny@$(DENY_VERSION)

$(CARGO_FUZZ):
	$(call say,Tools: cargo-fuzz $(CARGO_FUZZ_VERSION))
	@env -u CARGO_TARGET_DIR cargo install --quiet --debug --locked \
		--root $(CACHE)/tools/cargo-fuzz-$(CARGO_FUZZ_VERSION) cargo-fuzz@$(CARGO_FUZZ_VERSION)
