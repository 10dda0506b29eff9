"""The report of a verification as one page of HTML that needs nothing else."""

from __future__ import annotations

from jinja2 import Environment

from analysis.verify import Verification, flat

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ v.summary() }}</title>
<style>
body { font: 1rem/1.5 system-ui, sans-serif; color: #1b1b1b; background: #fff;
  max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; width: 100%; margin: 1rem 0 }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem;
  border-bottom: 1px solid #ccc }
caption { text-align: left; font-weight: bold; padding: .3rem 0 }
.different { font-weight: bold; color: #9b2d00 }
</style>
</head>
<body>
<main>
<h1>{{ v.summary() }}</h1>
<p>Every number of a fresh run was held against the committed one{% if v.strict %}, and nothing was
allowed to move{% else %}. Tolerances stand in <code>results/tolerances.toml</code>{% endif %}.</p>
{% if v.objections or found.differences %}
<h2>What is wrong</h2>
<ul>
{% for line in v.objections + found.lines() %}<li>{{ line }}</li>
{% endfor %}</ul>
{% endif %}
<h2>Result by result</h2>
<table>
<caption>Claims, figures and tables</caption>
<thead><tr><th scope="col">What</th><th scope="col">Status</th><th scope="col">Numbers</th>
<th scope="col">Not equal, within tolerance</th><th scope="col">Largest move</th>
<th scope="col">Pixels moved</th></tr></thead>
<tbody>
{% for i in found.items %}<tr><th scope="row">{{ i.kind }} {{ i.id }}</th>
<td class="{{ i.status }}">{{ words[i.status] }}</td><td>{{ i.numbers }}</td><td>{{ i.within }}</td>
<td>{% if i.largest %}{{ "%.1e" | format(i.largest) }} ({{ i.where }}){% else %}none{% endif %}</td>
<td>{% if i.kind != "figure" %}{% elif i.picture is none %}not compared{% else %}
{{- "%.2f" | format(100 * i.picture) }} %{% endif %}</td></tr>
{% endfor %}</tbody>
</table>
<h2>What ran</h2>
<table>
<caption>Environment when the results were committed, and here</caption>
<thead><tr><th scope="col">Part</th><th scope="col">Committed</th>
<th scope="col">Here</th></tr></thead>
<tbody>
{% for name, then, now in parts %}<tr><th scope="row">{{ name }}</th><td>{{ then }}</td>
<td>{{ now }}</td></tr>
{% endfor %}</tbody>
</table>
</main>
</body>
</html>
"""
WORDS = {"identical": "identical", "within": "within tolerance", "different": "different"}


def verify_page(verification: Verification) -> str:
    """The page's HTML."""
    then, now = flat(verification.committed), flat(verification.here)
    parts = [(key, then.get(key, "not recorded"), now.get(key, "none")) for key in {**now, **then}]
    template = Environment(autoescape=True, trim_blocks=True).from_string(_PAGE)
    return template.render(v=verification, found=verification.comparison, parts=parts, words=WORDS)
