"""The draft check: which sentences of a blog post go further than the evidence.

`check_text` is pure; `reading` reads files; `page` draws the annotated page. The word lists are
data (`words.toml`, `topics.toml`, `spelling.toml`), and what goes too far follows from the verdicts
in `claims.json`. Rules and measured quality: docs/draft-check.md.
"""
