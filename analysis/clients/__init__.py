"""Clients' own records: a private log, made anonymous, read with care, and never published."""
