"""Does massage therapy help people with chronic pain? Published data in, honest verdicts out."""

__version__ = "0.1.0"
