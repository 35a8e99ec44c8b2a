# Thin on purpose: every step lives in scripts/, so that CI, the image and you run the same ones.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup run test check bench fuzz drills fmt docs lock wheel install clean
MAKEFLAGS += --no-print-directory

help: ## show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 10

setup: ## make .venv, install the locked dependencies, build the player
	@scripts/setup.sh

run: setup ## set up, then run the whole road once and stay up (Ctrl-C ends it)
	@exec .venv/bin/segue demo

test: ## set up, check, then run every test
	@scripts/test.sh

check: setup ## format, lint, types, layers, front-end types, generated docs
	@scripts/check.sh

bench: setup ## measure: make bench NAME=transcode
	@scripts/bench.sh $(NAME)

fuzz: setup ## break the readers: make fuzz CASES=100000 SEED=7, or REPLAY=build/fuzz
	@CASES="$(CASES)" SEED="$(SEED)" OUT="$(OUT)" REPLAY="$(REPLAY)" scripts/fuzz.sh

drills: setup ## kill, cut and fill up while deliveries arrive: make drills UPLOADS=200 DRILLS=1
	@UPLOADS="$(UPLOADS)" DRILLS="$(DRILLS)" SEED="$(SEED)" scripts/drills.sh

fmt: setup ## format the code and mend what the linter can mend
	@scripts/fmt.sh

docs: setup ## write docs/reference again from the code
	@.venv/bin/python scripts/generate_docs.py

lock: setup ## pin the dependencies anew (requirements.lock, player/package-lock.json)
	@scripts/lock.sh

wheel: setup ## build dist/segue-*.whl
	@scripts/wheel.sh

install: setup ## install for production: make install PREFIX=/opt/segue
	@scripts/install.sh $(PREFIX)

clean: ## remove what set-up and tests made (not your data)
	@scripts/clean.sh
