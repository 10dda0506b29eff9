"""How often the report's intervals hold the truth, at length: prints the table of the docs.

    python scripts/simulate_coverage.py [RUNS]

Takes some minutes with the default of 1,000 runs per row. The tests run a short version.
"""

from __future__ import annotations

import sys
from collections import Counter

import numpy as np

from analysis.clients import natural_history, outcomes, simulate, yardstick
from analysis.stats.change import mean_change, trend
from analysis.stats.regression_to_mean import TwoTimes, visits_when_it_hurts

USUAL = natural_history.course("pain", "usual_care")
PAIN = outcomes.OUTCOMES[0]


def trends(people: int, slope_sd: float, runs: int, generator: np.random.Generator) -> str:
    """Share of intervals of the trend that hold the true slope; people stop coming at random."""
    held, models = 0, Counter[str]()
    at = np.linspace(0, 1, 5)
    for _ in range(runs):
        level, slope = generator.normal(5, 1.3, people), generator.normal(-1, slope_sd, people)
        score = level[:, None] + slope[:, None] * at + generator.normal(0, 1, (people, 5))
        score[np.arange(5) >= generator.integers(3, 6, people)[:, None]] = np.nan
        found = trend(np.repeat(np.arange(people), 5), np.tile(at, people), score.ravel())
        held += found.ci_low <= -1 <= found.ci_high
        models[found.model] += 1
    used = ", ".join(f"{name} {n / runs:.0%}" for name, n in models.most_common())
    return f"| trend | {people} | slopes differ by {slope_sd} | {held / runs:.3f} | {used} |"


def lefts(people: int, at_least: float, runs: int, generator: np.random.Generator) -> str:
    """Share of intervals of the paired change, and of what is left, that hold the truth."""
    first, last = simulate.two_times(USUAL, 1_000_000, generator, at_least=at_least)
    truth, held, left = float((last - first).mean()), 0, 0
    for _ in range(runs):
        first, last = simulate.two_times(USUAL, people, generator, at_least=at_least)
        change = mean_change(first, last)
        held += change.ci_low <= truth <= change.ci_high
        s, e = simulate.two_times(USUAL, USUAL.n, generator)
        spread = s.std(ddof=1), e.std(ddof=1)
        trial = TwoTimes(USUAL.n, s.mean(), spread[0], e.mean(), spread[1], np.corrcoef(s, e)[0, 1])
        beside = yardstick.by_points("usual_care", trial, first, last, 0.95, PAIN)
        left += beside.left_low <= 0 <= beside.left_high
    who = "everybody" if at_least < 0 else f"pain of {at_least:g} or more"
    return (
        f"| paired change | {people} | {who} | {held / runs:.3f} | |\n"
        f"| what is left | {people} | {who} | {left / runs:.3f} | a new trial each time |"
    )


def credited(people: int, cut: float, runs: int, generator: np.random.Generator) -> str:
    """Share of logs of untreated people that beat usual care, and every benchmark."""
    alone = every = 0
    for _ in range(runs):
        scores = visits_when_it_hurts(
            USUAL, people=people, visits=6, cut=cut, noise_sd=1.0, generator=generator,
            drift=USUAL.mean_change,
        )  # fmt: skip
        found = yardstick.benchmarks(PAIN, scores[:, 0], scores[:, -1], (1.0, 4 * people))
        alone += found[0].left_high < 0
        every += yardstick.beyond_all(found)
    return f"| {people} | {cut:g} | {alone / runs:.3f} | {every / runs:.3f} |"


def main() -> None:
    """Print both tables."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    generator = np.random.default_rng(natural_history.SEED)
    print("| interval | clients | of whom | covers | note |\n|---|---|---|---|---|")
    for people, at_least in ((8, -9.0), (30, -9.0), (30, 4.0), (100, 4.0)):
        print(lefts(people, at_least, 4 * runs, generator), flush=True)
    for people, slope_sd in ((8, 0.6), (16, 0.0), (16, 0.8), (40, 0.8)):
        print(trends(people, slope_sd, runs, generator), flush=True)
    print("\n| clients | comes above usual by | beats usual care | beats all |\n|---|---|---|---|")
    for people, cut in ((20, 0.0), (60, 0.0), (60, 1.0), (200, 1.0), (60, 1.5)):
        print(credited(people, cut, runs, generator), flush=True)


if __name__ == "__main__":
    main()
