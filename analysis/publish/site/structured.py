"""What machines read in each page: schema.org's ClaimReview and Dataset, as JSON-LD.

Nothing is invented for the form's sake: an address stands in it only where the site's own address
is known.
"""

from __future__ import annotations

import json
from typing import Any

from analysis.evidence.sentences import VERDICT_WORDS
from analysis.publish.site.content import Content, citation_file

#: ``reviewRating``: how far the evidence carries the claim as it is worded. Documented for readers
#: on the page of methods for reviewers; *not testable* has no place on a scale and gets no number.
RATING = {
    "supported": 5,
    "supported_uncertain": 4,
    "no_clear_effect": 3,
    "not_supported": 2,
    "contradicted": 1,
}
MOST = 5
LICENCE = "https://creativecommons.org/licenses/by/4.0/"
_TECHNIQUE = "Random-effects meta-analysis of published trials; certainty by written GRADE rules"


def as_script(objects: list[dict[str, Any]]) -> str:
    """JSON for a ``script`` element: no text in it can end the element or open another."""
    text = json.dumps(objects, ensure_ascii=False, indent=1, sort_keys=True)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def organisation() -> dict[str, Any]:
    """Who speaks, as ``CITATION.cff`` names them."""
    authors = citation_file().get("authors") or [{}]
    return {"@type": "Organization", "name": authors[0].get("name", "The contributors")}


def dataset(content: Content, base_url: str) -> dict[str, Any]:
    """The tables and results as one data set."""
    cff = citation_file()
    found = {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "name": cff.get("title", "Massage evidence"),
        "description": " ".join(str(cff.get("abstract", "")).split()),
        "version": content.version,
        "license": LICENCE,
        "creator": organisation(),
        "isAccessibleForFree": True,
        "keywords": list(cff.get("keywords", [])),
        "variableMeasured": [claim.noun for claim in content.claims.values()],
        "measurementTechnique": _TECHNIQUE,
        "distribution": [
            {
                "@type": "DataDownload",
                "name": "claims.json",
                "encodingFormat": "application/json",
                "contentUrl": f"{base_url}data/claims.json",
            }
        ],
    }
    return found | ({"url": base_url} if base_url else {})


def claim_review(claim_id: str, content: Content, base_url: str) -> dict[str, Any]:
    """The verdict on one claim."""
    record = content.records[claim_id]
    rating: dict[str, Any] = {
        "@type": "Rating",
        "alternateName": VERDICT_WORDS[record["verdict"]],
        "ratingExplanation": content.wording(claim_id).fair,
    }
    if record["verdict"] in RATING:
        value = RATING[record["verdict"]]
        rating |= {"ratingValue": value, "bestRating": MOST, "worstRating": 1}
    review = {
        "@context": "https://schema.org",
        "@type": "ClaimReview",
        "claimReviewed": record["claim"],
        "reviewRating": rating,
        "reviewBody": record["sentence"],
        "itemReviewed": {
            "@type": "Claim",
            "text": record["claim"],
            "appearance": {"@type": "CreativeWork", "genre": "blog post of a massage therapist"},
        },
        "author": organisation(),
        "publisher": organisation(),
        "license": LICENCE,
        "version": content.version,
    }
    return review | ({"url": f"{base_url}claims/{claim_id}.html"} if base_url else {})
