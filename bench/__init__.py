"""Benchmarks: each script drives Segue from outside, against a named reference."""
