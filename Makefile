.PHONY: run test

run: ## start the robot with the shipped flows
	cargo run --release -- serve

test: ## install what the tests need, then run every test
	./setup
	cargo test --workspace --locked
	cargo run --locked -- test tests/talks
