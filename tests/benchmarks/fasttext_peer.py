"""Train fastText and save its model, as a process of its own that imports nothing else.

python fasttext_peer.py TOKENISED MODEL '{"dim": 100, ...}'
"""

from __future__ import annotations

import json
import sys

import fasttext


def main() -> None:
    """Train as the command line says."""
    tokenised, target, options = sys.argv[1:]
    fasttext.train_unsupervised(tokenised, **json.loads(options)).save_model(target)


if __name__ == "__main__":
    main()
