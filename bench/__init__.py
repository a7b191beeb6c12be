"""Benchmarks: one file a question, each answered by a ratio measured in one run. `docs/benchmarks.md` explains them."""
