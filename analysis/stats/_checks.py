"""Checks on what comes in, shared by all of ``analysis.stats``. Every refusal names the spot."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray: TypeAlias = NDArray[np.float64]
BoolArray: TypeAlias = NDArray[np.bool_]
Floats: TypeAlias = float | FloatArray

MISSING = "is missing: drop the study or say why it is kept"


def as_floats(name: str, values: ArrayLike) -> FloatArray:
    """``values`` as floats; None and pandas' NA become NaN; text and infinities are refused."""
    to_numpy = getattr(values, "to_numpy", None)
    try:
        if to_numpy is not None:  # a pandas object: its own NA is not a float, so say what it means
            array = np.array(to_numpy(dtype=float, na_value=np.nan), dtype=float)
        else:
            array = np.array(values, dtype=float)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must hold numbers only: {error}") from None
    refuse(name, array, np.isinf(array), "must be finite (use NaN for a missing number)")
    return array


def together(**columns: ArrayLike) -> list[FloatArray]:
    """All columns as float arrays of one common shape, in the order given."""
    arrays = {name: as_floats(name, values) for name, values in columns.items()}
    try:
        return [np.array(a) for a in np.broadcast_arrays(*arrays.values())]
    except ValueError:
        shapes = ", ".join(f"{name} {array.shape}" for name, array in arrays.items())
        raise ValueError(f"the inputs must have one common length, got {shapes}") from None


def refuse(
    name: str,
    values: FloatArray,
    bad: BoolArray,
    rule: str,
    whose: Callable[[int], str] | None = None,
) -> None:
    """Raise ValueError for the first value where ``bad`` holds, with its position and the rule.

    ``whose`` says what a row belongs to.
    """
    if not bad.any():
        return
    where = np.unravel_index(int(np.argmax(bad)), bad.shape)
    spot = f"[{', '.join(str(int(i)) for i in where)}]" if where else ""
    others = int(bad.sum()) - 1
    more = f" ({others} more such)" if others else ""
    more += f"; in {whose(int(where[0]))}" if whose else ""
    raise ValueError(f"{name}{spot} = {values[where]:g} {rule}{more}; positions count from 0")


def finish(effect: FloatArray, variance: FloatArray) -> tuple[Floats, Floats]:
    """Floats for scalar input, arrays otherwise; a row with one unknown half is wholly unknown."""
    unknown = np.isnan(effect) | np.isnan(variance)
    effect, variance = np.where(unknown, np.nan, effect), np.where(unknown, np.nan, variance)
    if effect.ndim == 0:
        return float(effect), float(variance)
    return effect, variance


def check_level(level: float) -> None:
    """Refuse a confidence level outside (0, 1); 95 in place of 0.95 gets a hint."""
    if not 0 < level < 1:
        hint = f"; did you mean {level / 100:g}?" if 1 < level < 100 else ""
        raise ValueError(f"level = {level:g} must lie between 0 and 1{hint}")


def check_studies(
    effect: ArrayLike, variance: ArrayLike, whose: Callable[[int], str] | None = None
) -> tuple[FloatArray, FloatArray]:
    """Effects and variances fit for pooling: one row of numbers, complete, variance > 0."""
    y, v = together(effect=effect, variance=variance)
    y, v = np.atleast_1d(y), np.atleast_1d(v)
    if y.ndim != 1:
        raise ValueError(f"effect and variance must be one-dimensional, got shape {y.shape}")
    if not len(y):
        raise ValueError("there is no study to pool: effect is empty")
    for name, array in (("effect", y), ("variance", v)):
        refuse(name, array, np.isnan(array), MISSING, whose)
    refuse("variance", v, v <= 0, "must be greater than 0", whose)
    return y, v


def check_choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    """Refuse a name that is not one of ``choices``."""
    if value not in choices:
        raise ValueError(f"{name} = {value!r} must be one of {', '.join(map(repr, choices))}")


def is_positive(value: float) -> bool:
    """True for a number above zero; infinity counts, NaN does not."""
    return not math.isnan(value) and value > 0
