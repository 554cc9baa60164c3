# Node 24 is a package of this project: whatever is run here finds it before that of the machine.
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

.DEFAULT_GOAL := help
.PHONY: help install demo test check bench clean

# npm writes this file last.
INSTALLED := node_modules/.package-lock.json

help: ## Show this
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(INSTALLED) ## Install the packages, unless they are up to date

# The machine's own Node may be older than what the packages ask for; it only has to run npm.
$(INSTALLED): package-lock.json
	@npm ci --loglevel=error
	@touch $@

demo: install ## Show it all; ONCE=1 ends by itself
	@ONCE=$(ONCE) node tools/demo.ts

test: install ## Test everything on real parts; SUITES="unit fleet" tests some
	@node tools/run-tests.ts $(SUITES)

check: install ## Format, lint, types, unused code, unit tests
	@npm run --silent check

bench: install ## Measure
	@node bench/main.ts

clean: ## Remove what was installed and built here; the cache in ~/.cache stays
	rm -rf node_modules dist coverage
