"""What the tests of all vectorizers share: each kind in turn, and labelled texts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from vectorizer_kinds import KINDS, Kind


@pytest.fixture(params=KINDS)
def kind(request) -> Kind:
    return KINDS[request.param]


@pytest.fixture
def make(kind: Kind) -> Callable[..., Any]:
    """Return what makes a vectorizer."""
    return kind.make


@pytest.fixture(scope="module")
def labelled():
    """Return texts that a classifier can tell apart, and their labels."""
    random = np.random.default_rng(0)
    labels = random.integers(0, 2, 120)
    texts = [" ".join(f"{'ab'[label]}{i}" for i in random.integers(0, 15, 10)) for label in labels]
    return texts, labels


@pytest.fixture(scope="module")
def texts(labelled):
    return labelled[0]
