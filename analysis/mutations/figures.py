"""Wrong figures: what slips when a number is copied from a paper."""

from __future__ import annotations

import math

from analysis.mutations.copy import Copy, NoPlace, kind

ARMS = ("mean_t", "sd_t", "n_t", "mean_c", "sd_c", "n_c")
INTERVAL = ("md", "ci_low", "ci_high")
FIGURES = "a wrong figure"


def _decimals(text: str) -> int:
    return len(text.partition(".")[2])


@kind(FIGURES, "the two arms swapped")
def swapped_arms(c: Copy) -> None:
    """Massage's figures in the comparison's columns and the other way round."""
    at = c.row(*ARMS)
    c.put(at, **{a: c.get(at, b) for a, b in zip(ARMS, ARMS[3:] + ARMS[:3], strict=True)})


@kind(FIGURES, "sign of a difference turned")
def turned_difference(c: Copy) -> None:
    """Comparison minus massage entered as massage minus comparison."""
    at = c.row(*INTERVAL)
    md, low, high = (c.number(at, x) for x in INTERVAL)
    c.put(at, md=-md, ci_low=-high, ci_high=-low)


@kind(FIGURES, "sign of the estimate lost")
def lost_sign(c: Copy) -> None:
    """The minus of the estimate only."""
    at = c.row(*INTERVAL)
    c.put(at, md=-c.number(at, "md"))


@kind(FIGURES, "standard errors entered as SDs")
def se_as_sd(c: Copy) -> None:
    """Both spreads divided by the root of n."""
    at = c.row(*ARMS)
    for end in "tc":
        n = c.number(at, f"n_{end}")
        c.put(at, **{f"sd_{end}": round(c.number(at, f"sd_{end}") / math.sqrt(n), 2)})


@kind(FIGURES, "a standard error in one arm")
def se_in_one_arm(c: Copy) -> None:
    """One spread divided by the root of n."""
    at = c.row(*ARMS)
    c.put(at, sd_t=round(c.number(at, "sd_t") / math.sqrt(c.number(at, "n_t")), 2))


@kind(FIGURES, "SDs multiplied as if they were standard errors")
def sd_times_root(c: Copy) -> None:
    """A conversion where none was needed."""
    at = c.row(*ARMS)
    for end in "tc":
        n = c.number(at, f"n_{end}")
        c.put(at, **{f"sd_{end}": round(c.number(at, f"sd_{end}") * math.sqrt(n), 2)})


@kind(FIGURES, "decimal point of a mean slipped")
def slipped_mean(c: Copy) -> None:
    """Ten times or a tenth of one mean."""
    at = c.row(*ARMS)
    c.put(at, mean_t=c.number(at, "mean_t") * float(c.rng.choice([10, 0.1])))


@kind(FIGURES, "decimal point of an SD slipped")
def slipped_sd(c: Copy) -> None:
    """Ten times or a tenth of one SD."""
    at = c.row(*ARMS)
    c.put(at, sd_c=c.number(at, "sd_c") * float(c.rng.choice([10, 0.1])))


@kind(FIGURES, "two digits of a mean exchanged")
def exchanged_digits(c: Copy) -> None:
    """48.7 becomes 84.7 or 47.8."""
    at = c.row(*ARMS)
    text = c.get(at, "mean_t")
    places = [
        i for i in range(len(text) - 1)
        if text[i].isdigit() and text[i + 1].isdigit() and text[i] != text[i + 1]
    ]  # fmt: skip
    if not places:
        raise NoPlace(text)
    i = int(c.rng.choice(places))
    c.put(at, mean_t=text[:i] + text[i + 1] + text[i] + text[i + 2 :])


@kind(FIGURES, "last digit of a mean wrong")
def last_digit(c: Copy) -> None:
    """Off by one to three in the last place: too small to matter, often."""
    at = c.row(*ARMS)
    text = c.get(at, "mean_t")
    d = _decimals(text)
    c.put(at, mean_t=round(float(text) + int(c.rng.integers(1, 4)) * 10.0**-d, d))


@kind(FIGURES, "first digit of a mean wrong")
def first_digit(c: Copy) -> None:
    """A large error that stays on the scale."""
    at = c.row(*ARMS)
    mean = c.number(at, "mean_t")
    size = 10.0 ** math.floor(math.log10(abs(mean))) if mean else 1.0
    c.put(at, mean_t=round(mean - size if abs(mean) >= 2 * size else mean + size, 3))


@kind(FIGURES, "a digit too many in n")
def n_times_ten(c: Copy) -> None:
    """20 people become 200."""
    at = c.row("n_t", "n_c")
    c.put(at, n_t=int(c.number(at, "n_t")) * 10)


@kind(FIGURES, "n off by a few")
def n_off(c: Copy) -> None:
    """Those randomised in place of those analysed."""
    at = c.row(*ARMS)
    c.put(at, n_t=int(c.number(at, "n_t")) + 3, n_c=int(c.number(at, "n_c")) + 2)


@kind(FIGURES, "the figures of the next line")
def next_line(c: Copy) -> None:
    """The eye slips one line down in a table."""
    at = c.row(*ARMS)
    table = c.table("contrasts")
    whole = (table[list(ARMS)] != "").all(axis=1).to_numpy()
    after = [i for i in range(at + 1, len(table)) if whole[i]][:1]
    if not after:
        raise NoPlace("a next line")
    c.put(at, **{name: c.get(after[0], name) for name in ARMS})


@kind(FIGURES, "one arm's figures entered for both")
def same_arm(c: Copy) -> None:
    """Copy and paste, and forgotten to change it."""
    at = c.row(*ARMS)
    c.put(at, mean_t=c.get(at, "mean_c"), sd_t=c.get(at, "sd_c"))


@kind(FIGURES, "a mean in the column of the SD")
def mean_as_sd(c: Copy) -> None:
    """The wrong column."""
    at = c.row(*ARMS)
    c.put(at, sd_t=abs(c.number(at, "mean_t")) or 1)


@kind(FIGURES, "a percentage entered as a mean")
def percent_as_mean(c: Copy) -> None:
    """The share of people better off, in the means' columns."""
    at = c.row(*ARMS)
    c.put(at, mean_t=62, mean_c=41)


@kind(FIGURES, "a change entered as a score")
def change_as_score(c: Copy) -> None:
    """Changes from the start, filed as scores afterwards."""
    at = c.row(*ARMS, report_type="arm_means_post")
    t, comparison = (c.number(at, x) for x in ("mean_t", "mean_c"))
    c.put(at, mean_t=round(0.5 * t - comparison, 2), mean_c=round(-0.2 * comparison, 2))


@kind(FIGURES, "an interval of another level")
def other_level(c: Copy) -> None:
    """A 99 % or 90 % interval taken for one of 95 %."""
    at = c.row(*INTERVAL)
    md, low, high = (c.number(at, x) for x in INTERVAL)
    by = float(c.rng.choice([2.576, 1.645])) / 1.96
    d = max(_decimals(c.get(at, x)) for x in INTERVAL)
    c.put(at, ci_low=round(md - by * (md - low), d), ci_high=round(md + by * (high - md), d))


@kind(FIGURES, "one end of an interval wrong")
def wrong_end(c: Copy) -> None:
    """Off by a third of the interval's width."""
    at = c.row(*INTERVAL)
    low, high = (c.number(at, x) for x in INTERVAL[1:])
    d = max(_decimals(c.get(at, x)) for x in INTERVAL)
    c.put(at, ci_low=round(low - (high - low) / 3, d))


@kind(FIGURES, "decimal point of an interval's end slipped", 2)
def slipped_end(c: Copy) -> None:
    """Ten times one end."""
    at = c.row(*INTERVAL)
    c.put(at, ci_high=10 * c.number(at, "ci_high"))


@kind(FIGURES, "a p value with a slipped point")
def slipped_p(c: Copy) -> None:
    """0.03 becomes 0.3 or 0.003."""
    at = c.row("p_value", "md")
    p = c.number(at, "p_value")
    c.put(at, p_value=min(1.0, p * 10) if p < 0.05 else p / 10)


@kind(FIGURES, "events of the two arms swapped", 2)
def swapped_events(c: Copy) -> None:
    """Counts in each other's columns."""
    at = c.row("events_t", "events_c", "n_t", "n_c")
    c.put(at, events_t=c.get(at, "events_c"), events_c=c.get(at, "events_t"))


@kind(FIGURES, "people without the event counted as with it", 2)
def other_event(c: Copy) -> None:
    """The rest of both arms."""
    at = c.row("events_t", "events_c", "n_t", "n_c")
    for end in "tc":
        left = int(c.number(at, f"n_{end}")) - int(c.number(at, f"events_{end}"))
        c.put(at, **{f"events_{end}": left})


@kind(FIGURES, "a ratio turned upside down", 1)
def turned_ratio(c: Copy) -> None:
    """Comparison over massage."""
    at = c.row("ratio", "ratio_ci_low", "ratio_ci_high")
    r, low, high = (c.number(at, x) for x in ("ratio", "ratio_ci_low", "ratio_ci_high"))
    c.put(at, ratio=round(1 / r, 2), ratio_ci_low=round(1 / high, 2),
          ratio_ci_high=round(1 / low, 2))  # fmt: skip


@kind(FIGURES, "nothing entered as zero", 2)
def zero(c: Copy) -> None:
    """A missing SD as 0."""
    at = c.row(*ARMS)
    c.put(at, sd_t=0)


@kind(FIGURES, "a decimal comma", 1)
def comma(c: Copy) -> None:
    """3,5 in place of 3.5."""
    at = c.row(*ARMS)
    c.put(at, mean_t=c.get(at, "mean_t").replace(".", ",") + ",")
