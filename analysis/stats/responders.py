"""How many people reach a threshold, from a difference of means.

Trials report averages; people ask for their chances. Both functions assume that outcomes are
normally distributed with the same spread in both arms and that treatment shifts everyone alike.
Neither assumption can be checked from means and SDs, so the shares are a translation of the mean
difference, not new evidence.
"""

from __future__ import annotations

from dataclasses import dataclass

from scipy import stats


@dataclass(frozen=True)
class ResponderShares:
    """Shares of people (0 to 1) who reach the threshold, and their difference with its interval.

    ``difference`` is treated minus comparison; above zero means that more treated people reach it.
    """

    control: float
    treated: float
    treated_low: float
    treated_high: float

    @property
    def difference(self) -> float:
        """Additional share of people who reach the threshold with treatment."""
        return self.treated - self.control

    @property
    def number_needed(self) -> float:
        """People to treat for one more to reach the threshold; negative when fewer do."""
        return 1.0 / self.difference if self.difference else float("inf")


def shares_beyond(
    difference: float, ci_low: float, ci_high: float, *, sd: float, margin: float
) -> ResponderShares:
    """Share of each arm that ends at least ``margin`` below the comparison arm's average.

    With a normal outcome of spread ``sd`` the comparison arm's share is Phi(-margin / sd), and the
    treated arm's is Phi((-margin - difference) / sd).

    Parameters
    ----------
    difference, ci_low, ci_high
        Mean difference (treated minus comparison; negative = fewer symptoms) and its interval.
    sd
        Standard deviation of the outcome within an arm, in the same unit.
    margin
        Smallest difference that matters, above zero.

    Raises
    ------
    ValueError
        When ``sd`` or ``margin`` is not above zero.

    Examples
    --------
    >>> round(shares_beyond(-10, -15, -5, sd=20, margin=10).treated, 2)
    0.5
    """
    if not sd > 0 or not margin > 0:
        raise ValueError(f"sd and margin must be above zero, not {sd} and {margin}")
    return from_control_rate(
        difference / sd, ci_low / sd, ci_high / sd, rate=float(stats.norm.cdf(-margin / sd))
    )


def from_control_rate(
    effect: float, ci_low: float, ci_high: float, *, rate: float
) -> ResponderShares:
    """Share of treated people who respond, from a standardised difference and the control rate.

    Phi(Phi^-1(rate) - effect), the normal-shift conversion of Furukawa (1999, Lancet 353:1680).
    ``effect`` is a standardised mean difference, negative when treatment is better; ``rate`` lies
    strictly between 0 and 1.
    """
    if not 0 < rate < 1:
        raise ValueError(f"rate must lie between 0 and 1, not {rate}")
    at = float(stats.norm.ppf(rate))
    best, worst = (float(stats.norm.cdf(at - edge)) for edge in (ci_low, ci_high))
    return ResponderShares(rate, float(stats.norm.cdf(at - effect)), worst, best)
