# make reproduce · test · test-slow · real · bench · report · paper · readme · segmenter · check-data · check-privacy · mirror · lint
# Set-up is plain venv and pip, in .venv; every target sets up what it needs.

PYTHON ?= python3
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
export DVC_NO_ANALYTICS := 1

.PHONY: help setup reproduce report paper readme test test-slow real bench segmenter check-data check-privacy mirror lint

help:
	@echo "make reproduce   set up, run the whole pipeline on the default corpus, say where the results are"
	@echo "make test        set up, run the fast tests; make test-slow runs the long ones"
	@echo "make real        the same pipeline on recorded clips (CLIPS=FOLDER SPACING=MM ADD=OPTIONS; default TRACTABLE_REAL)"
	@echo "make bench       benchmarks against peers, into reports/benchmarks"
	@echo "make report      bring the page reports/index.html up to date, with every stage before it"
	@echo "make paper       bring the paper reports/paper/tractable.pdf up to date, with every stage before it"
	@echo "make readme      the tables of scores in README, made anew of what was computed"
	@echo "make check-privacy   look whether faces, voices and names are where they belong: git, remotes, data/raw"
	@echo "make segmenter   retrain the released tissue network by its long recipe (a GPU, where there is one, gives other weights)"
	@echo "make check-data  read every byte of the data here against its digest (REMOTE=NAME: on that remote)"
	@echo "make mirror      a folder that any web host serves as the read-only remote (FOLDER=...)"
	@echo "make lint        format, lint, types"

setup: .venv/ready .venv/ready-dev

.venv/ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Tractable needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version 2>&1)." ; \
	  echo "Install a newer one and name it: make $(or $(MAKECMDGOALS),setup) PYTHON=python3.11"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.venv/ready-dev: .venv/ready requirements-dev.lock
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.lock
	@touch $@

reproduce: .venv/ready
	dvc repro
	@echo
	@echo "Results: reports/index.html (open it in a browser), from which models, data and the paper"
	@echo "are linked; reports/scores.csv and reports/figures/; by speaker data/audit/*/*.html."
	@echo "Without a remote there is nothing to push: what DVC says of it above is for those who share."

report: .venv/ready
	dvc repro report

paper: .venv/ready
	dvc repro paper

readme: .venv/ready
	python -m tractable.report README.md

test: setup
	pytest -m "not slow" -n auto --maxprocesses 8 --dist loadfile

test-slow: setup
	pytest -m slow -n 3 --dist loadfile --no-loadscope-reorder # one often waits for servers

real: .venv/ready
	python -m tractable.laboratory $(CLIPS) $(if $(SPACING),--pixel-spacing $(SPACING)) $(if $(ADD),--add='$(ADD)')

bench: setup
	python -m benchmarks.tube --threads 1 --out reports/benchmarks/tube_one_thread.csv
	python -m benchmarks.tube --out reports/benchmarks/tube.csv
	python -m benchmarks.contours --out reports/benchmarks/contours.csv
	python -m benchmarks.lessons --out reports/benchmarks/lessons.csv
	python -m benchmarks.planted --out reports/benchmarks/planted.csv
	python -m benchmarks.scores --out reports/benchmarks/scores.csv
	python -m benchmarks.memory --out reports/benchmarks/memory.csv
	python -m benchmarks.scaling --out reports/benchmarks/scaling.csv
	python -m benchmarks.alignment --out reports/benchmarks/alignment.csv
	python -m benchmarks.prompts --out reports/benchmarks/prompts.csv
	python -m benchmarks.noise --speakers 4 --out reports/benchmarks/noise.csv
	python -m benchmarks.lag --out reports/benchmarks/lag.csv $(if $(VIDEO),--video $(VIDEO))
	python -m benchmarks.sharing --out reports/benchmarks/sharing.csv
	python -m benchmarks.movement --out reports/benchmarks/movement.csv
	python -m benchmarks.movement_recovery --out reports/benchmarks/movement_recovery.csv
	python -m benchmarks.movement_recovery --noise 0.5 --correlation 0.7 --gestures 90 300 --out reports/benchmarks/movement_recovery_correlated.csv
	python -m benchmarks.movement_blackboxes --out reports/benchmarks/movement_blackboxes.csv
	python -m benchmarks.onsets --out reports/benchmarks/onsets.csv
	python -m benchmarks.contributions --out reports/benchmarks/contributions.csv
	python -m benchmarks.start --out reports/benchmarks/start.csv
	python -m benchmarks.reading --out reports/benchmarks/reading.csv
	python -m benchmarks.training_data --out reports/benchmarks/training_data.csv
	python -m benchmarks.unchanged --speakers 8 75 300 --out reports/benchmarks/unchanged.csv
	python -m benchmarks.pipeline --out reports/benchmarks/pipeline.csv

check-privacy: .venv/ready
	python -m tractable.privacy

segmenter: .venv/ready
	dvc unfreeze stages/segmenter/dvc.yaml:segmenter
	dvc repro stages/segmenter/dvc.yaml
	dvc freeze stages/segmenter/dvc.yaml:segmenter

check-data: .venv/ready
	python -m tractable.check $(if $(REMOTE),--remote $(REMOTE))

mirror: .venv/ready
	python -m tractable.mirror $(or $(FOLDER),$(error make mirror FOLDER=where the web host looks))

lint: setup
	ruff format --check . && ruff check . && mypy
