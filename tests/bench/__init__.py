"""Benchmarks: never part of `make test`, because a timing is no claim about being right."""
