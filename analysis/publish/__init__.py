"""Figures, wording and pages. Knows nothing about how the numbers were computed."""
