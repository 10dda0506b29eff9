"""The examples in the docstrings of the statistics are run, so that what they teach is true."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import analysis.stats

MODULES = [
    module.name for module in pkgutil.iter_modules(analysis.stats.__path__, "analysis.stats.")
]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_in_the_docstrings_come_out_as_shown(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_every_public_function_of_effects_and_pooling_has_an_example():
    for name in ("effects", "pooling", "sensitivity"):
        module = importlib.import_module(f"analysis.stats.{name}")
        functions = [getattr(module, n) for n in getattr(module, "__all__", ["pool"])]
        lacking = [
            f.__name__ for f in functions if not isinstance(f, type) and ">>>" not in f.__doc__
        ]
        assert lacking == []
