"""Plant every error of analysis/mutations and write what the nets caught to data/derived.

    python scripts/plant_errors.py

A minute on one core. Run it when a kind of error, a check or the data changed, then
write_how_we_could_be_wrong.py (``make mutations`` does both).
"""

from __future__ import annotations

from analysis import paths
from analysis.mutations import table

if __name__ == "__main__":
    for made in table.write(paths.data_dir() / "derived"):
        print(made)
