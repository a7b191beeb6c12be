"""Benchmarks: one file a question, answered by ratios measured in one run (`docs/benchmarks.md`)."""
