"""Measurements of textrep beside its peers, run by hand: ``python -m tests.benchmarks.NAME`` from the checkout."""
