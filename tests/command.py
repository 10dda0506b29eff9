"""Running the command line inside a test, and a small claims.json to run it on."""

from __future__ import annotations

import signal
from typing import Any

from typer.testing import CliRunner

from analysis.cli import app

DOMAIN = {
    "name": "risk of bias",
    "steps": 2,
    "reason": "people knew their treatment [and] rated the outcome themselves",
    "inputs": {"low_risk_weight": 0.0},
}


def answer(comparator: str = "no_treatment", horizon: str = "short", **changes: Any) -> Any:
    """One answer of claims.json, with figures."""
    return {
        "comparator": comparator,
        "horizon": horizon,
        "verdict": "not_supported",
        "measure": "MD",
        "estimate": -24.23,
        "ci_low": -28.97,
        "ci_high": -19.5,
        "prediction_low": None,
        "prediction_high": None,
        "k": 12,
        "n": 1299,
        "certainty": "very_low",
        "sentence": "Compared with no treatment, people had less pain (−24.2 points).",
        "rows": ["neck-A2.1-bruck2021"],
        "detail": {
            "basis": "trials",
            "population": "direct",
            "important_difference": 10.0,
            "domains": [DOMAIN],
        },
    } | changes


def untested(comparator: str, horizon: str) -> Any:
    """One answer of claims.json for which there are no data."""
    nothing = dict.fromkeys(["estimate", "ci_low", "ci_high", "certainty"])
    detail = {"basis": "nothing", "population": "direct", "domains": []}
    return answer(
        comparator, horizon, verdict="not_testable", **nothing, k=0, n=0, rows=[], detail=detail
    )


CLAIMS: dict[str, Any] = {
    "data_version": "1",
    "claims": [
        {
            "id": "pain",
            "claim": "Massage significantly reduces pain in people with chronic pain.",
            "verdict": "supported_uncertain",
            "sentence": "Less pain (−24.2 points) than with no treatment, and [no] markup.",
            "rows": [],
            "answers": [
                answer(
                    horizon="immediate",
                    prediction_low=-40.0,
                    prediction_high=-8.0,
                    rows=["neck-A2.1-bruck2021", "neck-A2.1-kim2021"],
                ),
                answer(rows=["neck-A2.1-kim2021"]),
                answer(
                    "active",
                    verdict="supported_uncertain",
                    measure="RR",
                    estimate=0.37,
                    ci_low=0.0,
                    ci_high=7439812.59,
                    k=0,
                    n=None,
                    rows=["furlan2015-09"],
                    detail={
                        "basis": "review",
                        "population": "indirect",
                        "important_difference": 1.25,
                        "domains": [DOMAIN],
                    },
                ),
                untested("active", "long"),
            ],
        },
        {
            "id": "serotonin",
            "claim": "Massage makes the body release serotonin.",
            "verdict": "not_testable",
            "sentence": "No trial gives figures.",
            "rows": [],
            "answers": [untested("sham", horizon) for horizon in ("immediate", "short")],
        },
        {
            "id": "cited-study",
            "claim": "A study shows it.",
            "verdict": "not_supported",
            "sentence": "No paper meets all points.",
            "rows": ["cassileth2004"],
            "answers": [],
        },
    ],
}


def evidence(*arguments: object) -> tuple[int, str, str]:
    """Run the command; exit code, standard output, standard error."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def last_line(text: str) -> str:
    """What a person sees last."""
    return text.rstrip("\n").splitlines()[-1]


def interruptible() -> None:
    """Let a child feel Ctrl-C even where the tests themselves run in the background."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
