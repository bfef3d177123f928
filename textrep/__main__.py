"""``python -m textrep``: the same as the command ``textrep``."""

from textrep_cli.main import main  # type: ignore[import-not-found, unused-ignore]

if __name__ == "__main__":
    main()
