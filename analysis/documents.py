"""The JSON documents among results: `claims.json`, what is said of a figure, what a run records."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from analysis.differences import ResultsError


def read_json(path: Path) -> dict[str, Any]:
    """The JSON object in a file of results.

    Raises
    ------
    ResultsError
        There is something else in it.
    """
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ResultsError(f"{path}: not valid JSON: {error}") from error
    if not isinstance(table, dict):
        raise ResultsError(f"{path}: must be a JSON object, not a {type(table).__name__}")
    return table


def claims_by_id(table: Any) -> dict[str, Any]:
    """The claims of a `claims.json`, in its order.

    Raises
    ------
    ResultsError
        It does not hold a list of claims with ids.
    """
    try:
        return {claim["id"]: claim for claim in table["claims"]}
    except (KeyError, TypeError) as error:
        raise ResultsError(f"claims.json: not a list of claims with ids: {error!r}") from error
