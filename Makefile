# The few commands that people use; each is one of npm's scripts, or a script of scripts/.
.PHONY: help setup start test check backup restore vps-deploy dev-setup

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 14

setup: ## bring everything that is needed: packages, ffmpeg, Redis, and the build
	node scripts/setup.mjs

start: ## the server at http://localhost:8000
	npm start

test: ## all tests, in a real browser too
	npm test

check: ## what CI demands of the source
	npm run check

backup: ## TO=folder
	npm run backup -- $(if $(TO),--to "$(TO)")

restore: ## FROM=folder
	npm run restore -- $(if $(FROM),--from "$(FROM)")

vps-deploy: ## HOST=user@server NAME=sound.example.org: install or update a server
	@node scripts/vps-deploy.mjs

dev-setup: setup ## the same as setup, and a hook that formats and lints what is committed
	git config core.hooksPath scripts/hooks

# What vps-deploy is told.
export HOST NAME EMAIL APIS WORKERS HEALTH_S WITHOUT_BACKUP
