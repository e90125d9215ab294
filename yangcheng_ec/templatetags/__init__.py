"""Template tags of the design system; ``docs/ui.md`` is their cheat sheet."""
