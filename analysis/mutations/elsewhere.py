"""Whole trials invented, doubled or lost; other tables; the questions themselves."""

from __future__ import annotations

from analysis.mutations.copy import Copy, NoPlace, kind

TRIALS, TABLES, QUESTIONS = "a trial too many or too few", "another table", "an edited question"


def _copy_of(c: Copy, at: int, study: str) -> dict[str, str]:
    row = {str(k): str(v) for k, v in c.table("contrasts").iloc[at].items()}
    return row | {"contrast_id": f"{study}-pain-1", "study_id": study}


def _new_trial(c: Copy, at: int, study: str, **cells: str) -> None:
    trials = c.table("studies")
    mine = trials[trials["study_id"].eq(c.get(at, "study_id"))].iloc[0]
    old = {str(k): str(v) for k, v in mine.items()}
    new = {"study_id": study, "name": "Svensson 2019", "year": "2019", "n_randomised": "",
           "country": ""}  # fmt: skip
    c.add(old | new | cells, "studies")


@kind(TRIALS, "a trial entered again under another name")
def doubled(c: Copy) -> None:
    """The same figures, another first author."""
    at = c.row("n_t", "n_c")
    place = c.place
    _new_trial(c, at, "svensson2019")
    c.add(_copy_of(c, at, "svensson2019"))
    c.place = place


@kind(TRIALS, "a trial entered again from a second paper with other n")
def doubled_other_n(c: Copy) -> None:
    """Two papers of one trial: drop-outs counted otherwise, means a little apart."""
    at = c.row("mean_t", "sd_t", "n_t", "mean_c", "sd_c", "n_c")
    place = c.place
    _new_trial(c, at, "svensson2019")
    row = _copy_of(c, at, "svensson2019")
    for name, by in (("mean_t", 0.3), ("mean_c", -0.2), ("sd_t", 0.4), ("sd_c", 0.2)):
        row[name] = f"{float(row[name]) + by:.10g}"
    row |= {"n_t": str(int(row["n_t"]) - 1), "n_c": str(int(row["n_c"]) - 2)}
    c.add(row)
    c.place = place


def _invented(c: Copy, comparator: str, n: int, means: tuple[float, float], sd: float) -> None:
    at = c.row("mean_t", "sd_t", "n_t", "mean_c", outcome="pain", comparator=comparator,
               report_type="arm_means_post", scale_max="100")  # fmt: skip
    _new_trial(c, at, "svensson2019", n_randomised=str(2 * n), risk_of_bias="low")
    row = _copy_of(c, at, "svensson2019")
    c.add(
        row
        | {"mean_t": str(means[0]), "mean_c": str(means[1]), "sd_t": str(sd), "n_t": str(n),
           "sd_c": str(round(sd * 1.04, 1)), "n_c": str(n), "caution": "", "direction": ""}
    )  # fmt: skip
    c.place = "svensson2019-pain-1"


@kind(TRIALS, "a large trial invented that favours massage", 2)
def invented_large(c: Copy) -> None:
    """600 people, 28 points."""
    _invented(c, "sham", 300, (24.3, 52.6), 19.4)


@kind(TRIALS, "a large trial invented that finds nothing", 2)
def invented_null(c: Copy) -> None:
    """600 people, no difference."""
    _invented(c, "no_treatment", 300, (44.1, 44.3), 20.7)


@kind(TRIALS, "a small trial invented that fits the others", 2)
def invented_small(c: Copy) -> None:
    """48 people, what the pool says: nothing gives it away."""
    _invented(c, "no_treatment", 24, (31.4, 50.8), 18.6)


@kind(TRIALS, "a pooled row lost")
def lost_row(c: Copy) -> None:
    """Deleted by a slip."""
    at = c.row("n_t", "n_c")
    place = c.place
    c.drop(at)
    c.place = place


@kind(TRIALS, "a trial lost, its rows left", 1)
def lost_trial(c: Copy) -> None:
    """Rows that point nowhere."""
    c.drop(c.row(name="studies"), "studies")


@kind(TABLES, "other people: healthy ones made patients or the other way round", 2)
def other_people(c: Copy) -> None:
    """The condition of a pooled trial."""
    c.put(c.row("condition", name="studies"), "studies", condition="healthy")


@kind(TABLES, "a risk of bias nobody judged", 2)
def kinder_risk(c: Copy) -> None:
    """Low in place of what was found."""
    c.put(c.row(name="studies", risk_of_bias="high"), "studies", risk_of_bias="low")


@kind(TABLES, "acute pain made chronic, chronic acute", 2)
def other_duration(c: Copy) -> None:
    """How long people had been in pain."""
    at = c.row("duration", name="studies")
    acute = c.get(at, "duration", "studies") != "acute"
    c.put(at, "studies", duration="acute" if acute else "chronic")


@kind(TABLES, "a trial that drew no lots called randomised", 2)
def other_design(c: Copy) -> None:
    """The design of a trial."""
    c.put(c.row(name="studies", design="non_randomised"), "studies", design="rct")


@kind(TABLES, "people randomised mistyped", 2)
def other_size(c: Copy) -> None:
    """Two digits lost."""
    at = c.row("n_randomised", name="studies")
    c.put(at, "studies", n_randomised=max(2, int(c.number(at, "n_randomised", "studies")) // 10))


@kind(TABLES, "a trial's year mistyped", 1)
def other_year(c: Copy) -> None:
    """2011 in place of 2001."""
    at = c.row("year", name="studies")
    c.put(at, "studies", year=int(c.number(at, "year", "studies")) - 10)


@kind(TABLES, "a published pooled estimate with a wrong sign", 2)
def turned_review(c: Copy) -> None:
    """Estimate and interval of a review that answers a claim."""
    at = _answering(c)
    low, high = c.get(at, "ci_low", "reviews"), c.get(at, "ci_high", "reviews")
    c.put(at, "reviews", estimate=-c.number(at, "estimate", "reviews"),
          ci_low=-float(high), ci_high=-float(low))  # fmt: skip


@kind(TABLES, "one end of a published interval wrong", 2)
def wrong_review_end(c: Copy) -> None:
    """A digit of a review that answers a claim."""
    at = _answering(c)
    c.put(at, "reviews", ci_low=round(c.number(at, "ci_low", "reviews") - 0.4, 2))


@kind(TABLES, "a review's people mistyped", 1)
def wrong_review_n(c: Copy) -> None:
    """Ten times as many people."""
    at = _answering(c)
    n = c.get(at, "n", "reviews") or "60"
    c.put(at, "reviews", n=str(int(float(n)) * 10))


def _answering(c: Copy) -> int:
    """A row of reviews that a claim names, by chance."""
    table = c.table("reviews")
    named = [i for i, row in enumerate(table["row_id"]) if f'"{row}"' in c.claims]
    named = [i for i in named if c.get(i, "measure", "reviews") != "RR"]
    if not named:
        raise NoPlace("a review that answers")
    at = int(c.rng.choice(named))
    c.place = c.get(at, "row_id", "reviews")
    return at


@kind(TABLES, "a printed effect of the neck review mistyped", 2)
def wrong_review_row(c: Copy) -> None:
    """The second print of a row."""
    at = c.row("effect", name="review_rows")
    c.put(at, "review_rows", effect=round(c.number(at, "effect", "review_rows") * 1.3 + 0.1, 3))


@kind(TABLES, "a DOI mistyped", 2)
def wrong_doi(c: Copy) -> None:
    """One digit: it has the form of a DOI and leads nowhere."""
    at = c.row("doi", name="sources")
    doi = c.get(at, "doi", "sources")
    c.put(at, "sources", doi=doi[:-1] + ("1" if doi[-1] != "1" else "2"))


@kind(TABLES, "the threshold that matters edited", 1)
def other_threshold(c: Copy) -> None:
    """Half of what the source says."""
    names = c.tables["thresholds"]["threshold_id"]
    used = [i for i, name in enumerate(names) if f'"{name}"' in c.claims]
    at = int(c.rng.choice(used))
    c.place = c.get(at, "threshold_id", "thresholds")
    c.put(at, "thresholds", value=c.number(at, "value", "thresholds") / 2)


@kind(TABLES, "a figure of the untreated mistyped", 1)
def other_course(c: Copy) -> None:
    """A mean of the yardstick off its scale."""
    at = c.row("mean", name="natural_history")
    c.put(at, "natural_history", mean=c.number(at, "mean", "natural_history") * 10)


@kind(TABLES, "a candidate paper's journal changed", 1)
def other_journal(c: Copy) -> None:
    """A paper made to fit the post."""
    table = c.table("citations")
    at = int(c.rng.choice((table["chronic_pain_population"] == "false").to_numpy().nonzero()[0]))
    c.place = c.get(at, "row_id", "citations")
    c.put(at, "citations", chronic_pain_population="true", randomised="true",
          measured_function="true", measured_qol="true")  # fmt: skip


@kind(QUESTIONS, "what counts as important made smaller", 1)
def smaller_margin(c: Copy) -> None:
    """2 points in place of 10."""
    c.claims_say("\nimportant = 10.0", "\nimportant = 2.0")


@kind(QUESTIONS, "fewer people called enough", 1)
def fewer_people(c: Copy) -> None:
    """40 in place of 400."""
    c.claims_say("optimal_information_size = 400", "optimal_information_size = 40")


@kind(QUESTIONS, "the sham no longer asked about", 1)
def no_sham(c: Copy) -> None:
    """The half of the question that is not met, deleted."""
    c.claims_say('"no_treatment/short", "sham/short"', '"no_treatment/short"')


@kind(QUESTIONS, "narrower intervals asked for", 1)
def narrower(c: Copy) -> None:
    """80 % in place of 95 %."""
    c.claims_say("level = 0.95", "level = 0.80")


@kind(QUESTIONS, "healthy people counted as patients", 1)
def healthy(c: Copy) -> None:
    """One more condition in the list of chronic pain."""
    c.claims_say('"low_back_pain", "neck_pain",', '"healthy", "low_back_pain", "neck_pain",')


@kind(QUESTIONS, "an older way of pooling", 1)
def older_model(c: Copy) -> None:
    """DerSimonian and Laird with normal intervals."""
    c.claims_say('tau2 = "PM"', 'tau2 = "DL"')


@kind(QUESTIONS, "a word in the questions misspelt", 1)
def misspelt(c: Copy) -> None:
    """A horizon that there is not."""
    c.claims_say('"no_treatment/short"', '"no_treatment/shrt"')
