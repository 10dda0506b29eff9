"""What nearly every notebook does, done once and thrown away, before kernels are copied.

Libraries put off much of their work to the first time that they are used: fonts are looked for,
checks of tables are compiled, templates are parsed. Copies of a process that did it once need not.
Nothing that a notebook could see comes of it: no file, no setting, no number.
"""

from __future__ import annotations

import io


def rehearse() -> None:
    """Read and check the tables, draw a figure in both formats, and lay out a table."""
    import pandas as pd

    from analysis.evidence import tables
    from analysis.publish import figures, style

    tables.load_all()
    pd.DataFrame({"number": [0.5], "word": ["word"]}).style.format(precision=2).to_html()
    with style.house():
        canvas = figures.blank(2.0, "Title", "0", ["Source"])
        axes = canvas.subplots()
        axes.errorbar([0.0, 1.0], [0.0, 1.0], xerr=0.5, fmt="o", label="label")
        axes.fill_between([0.0, 1.0], [0.0, 1.0])
        style.name_ends(axes, "unit")
        axes.legend()
        for kind in ("svg", "png"):
            canvas.savefig(io.BytesIO(), format=kind)
