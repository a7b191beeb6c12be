"""The harness of the benchmarks: its arithmetic and its load generator."""
