"""How fast it is, and next to what: ``make bench``. Never part of ``make test``."""
