"""Can these published figures be true? Checks of numbers against each other, numbers in and out.

Each check states its source and what it must not be used for. How often each raises a false alarm
is measured by ``scripts/measure_checks.py`` and stands in docs/consistency-checks.md.
"""
