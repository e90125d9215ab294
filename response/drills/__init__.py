"""Drills: planned, approved, run in a marked twin of a case, evaluated against the clauses (P3)."""
