"""Wrong words: a figure read right and filed wrong."""

from __future__ import annotations

from analysis.mutations.copy import Copy, NoPlace, kind

CODES = "a wrong code"


@kind(CODES, "which way the scale counts turned")
def turned_scale(c: Copy) -> None:
    """lower_is_better the wrong way round."""
    at = c.row("lower_is_better")
    c.put(at, lower_is_better={"true": "false", "false": "true"}[c.get(at, "lower_is_better")])


@kind(CODES, "another comparator")
def other_comparator(c: Copy) -> None:
    """No treatment filed as sham, the others as no treatment."""
    at = c.row("comparator", "n_t")
    c.put(at, comparator="sham" if c.get(at, "comparator") == "no_treatment" else "no_treatment")


@kind(CODES, "another time window")
def other_window(c: Copy) -> None:
    """A long-term result filed as short, or short as long."""
    at = c.row("horizon_reported")
    weeks = c.get(at, "timepoint_weeks")
    late = weeks and float(weeks) > 12
    words = "short-term" if late else "long-term"
    c.put(at, timepoint_weeks=6 if late else 40)
    if not weeks:  # the source's word decides where there are no weeks
        c.put(at, timepoint_weeks="", horizon_reported=words)


@kind(CODES, "weeks after the end taken for weeks after the start")
def weeks_from_end(c: Copy) -> None:
    """A course of eight weeks forgotten."""
    at = c.row("timepoint_weeks", "n_t")
    c.put(at, timepoint_weeks=max(0.0, c.number(at, "timepoint_weeks") - 8))


@kind(CODES, "another kind of massage")
def other_modality(c: Copy) -> None:
    """Massage proper filed as reflexology."""
    at = c.row("n_t")
    c.put(at, modality="reflexology")


@kind(CODES, "another outcome")
def other_outcome(c: Copy) -> None:
    """Function filed as pain, pain as function."""
    at = c.row("n_t", "outcome")
    c.put(at, outcome="function" if c.get(at, "outcome") == "pain" else "pain")


@kind(CODES, "the wrong trial")
def other_trial(c: Copy) -> None:
    """The row hung under another trial."""
    at = c.row("n_t")
    others = c.tables["studies"]["study_id"]
    c.put(at, study_id=str(c.rng.choice(others[others.ne(c.get(at, "study_id"))])))


@kind(CODES, "upper end of the scale a tenth")
def scale_too_short(c: Copy) -> None:
    """0-100 entered as 0-10."""
    at = c.row("scale_max", "n_t")
    c.put(at, scale_max=c.number(at, "scale_max") / 10)


@kind(CODES, "upper end of the scale ten times")
def scale_too_long(c: Copy) -> None:
    """0-10 entered as 0-100."""
    at = c.row("scale_max", "n_t")
    c.put(at, scale_max=c.number(at, "scale_max") * 10)


@kind(CODES, "the claimed direction turned")
def other_direction(c: Copy) -> None:
    """The words of the paper misread."""
    at = c.row("direction", "n_t")
    turned = {"favours_massage": "favours_comparator"}
    c.put(at, direction=turned.get(c.get(at, "direction"), "favours_massage"))


@kind(CODES, "a caution forgotten", 2)
def no_caution(c: Copy) -> None:
    """A row that should stay out of pools loses its warning."""
    for code in ("sign_unclear", "se_as_sd", "median", "percent_in_means", "within_arm"):
        table = c.table("contrasts")
        has = table["caution"].str.contains(code) & table["n_t"].ne("")
        if has.any() and c.rng.random() < 0.5:
            at = int(c.rng.choice(has.to_numpy().nonzero()[0]))
            c.place = c.get(at, "contrast_id")
            c.put(at, caution="")
            return
    raise NoPlace("caution")


@kind(CODES, "a caution invented", 2)
def new_caution(c: Copy) -> None:
    """An unwelcome row silenced."""
    at = c.row("n_t", caution="")
    c.put(at, caution="sign_unclear")


@kind(CODES, "a word that is none", 1)
def no_word(c: Copy) -> None:
    """A typing error in a code."""
    at = c.row("n_t")
    c.put(at, comparator="shamm")


@kind(CODES, "blanks round a word", 1)
def blanks(c: Copy) -> None:
    """Invisible, and another word for a machine."""
    at = c.row("n_t")
    c.put(at, comparator=c.get(at, "comparator") + " ")


@kind(CODES, "the place in the paper wrong", 1)
def wrong_place(c: Copy) -> None:
    """Table 3 in place of table 2: no figure changes."""
    at = c.row("n_t")
    c.put(at, place="Table 9")


@kind(CODES, "the wrong paper as source", 1)
def wrong_source(c: Copy) -> None:
    """A real paper, but not the one that was read."""
    at = c.row("n_t")
    others = c.tables["sources"]["source_id"]
    c.put(at, source_id=str(c.rng.choice(others[others.ne(c.get(at, "source_id"))])))
