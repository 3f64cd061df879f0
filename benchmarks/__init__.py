"""Benchmarks: each asks one question, beside a peer, and answers in one JSON line."""
