"""`python -m analysis` is the `evidence` command."""

from analysis.cli import main

if __name__ == "__main__":
    main()
