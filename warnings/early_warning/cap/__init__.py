"""Warnings in the world's words: CAP 1.2 documents and the Atom feed that lists them (ADR 0027)."""
