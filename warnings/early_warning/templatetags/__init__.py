"""Template tags of the warnings."""
