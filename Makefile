# `make` alone lists the targets.
.DEFAULT_GOAL := help
.PHONY: help setup run dev build test chaos lint sqlx temporal bench bench-growth lighthouse screenshots smooth clean

help: ## This list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' Makefile

setup: ## Install what building, running and testing need (each other target installs what it needs)
	@scripts/setup.sh test

run: ## Build and run the release program on http://127.0.0.1:3000
	@scripts/run.sh

dev: ## Build, run and reload on every change
	@scripts/dev.sh

build: ## Build dist/: the program and the page, a folder to copy anywhere
	@scripts/build.sh

test: ## Every test: unit, SQL, HTTP, browser, kill -9
	@scripts/test.sh

chaos: ## Every fault against the real program, as a table of what was seen, stored, lost, doubled
	@scripts/chaos.sh

lint: ## Formats and lints for the program and the page
	@scripts/setup.sh run && scripts/lint.sh

sqlx: ## Describe the SQL queries anew after a change
	@scripts/setup.sh run && scripts/sqlx.sh

temporal: ## A Temporal server on loopback, in the foreground (for TEMPORAL_ADDRESS)
	@scripts/temporal.sh

bench: ## Load on a release build with a faked provider; prints the figures
	@scripts/bench.sh

SIZE ?= tenth
bench-growth: ## The same calls with ever fuller tables, and their plans; SIZE=full for 10 million messages
	@scripts/bench-growth.sh $(SIZE)

screenshots: ## Pictures of every state of the page, in target/screenshots/index.html
	@scripts/journeys.sh gallery

smooth: ## Frames, long tasks and elements while an answer streams and a long conversation scrolls
	@scripts/journeys.sh smooth

lighthouse: ## Lighthouse scores of the release build, mobile
	@scripts/lighthouse.sh

clean: ## Remove what was built (not the data)
	rm -rf dist target
