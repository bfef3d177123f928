"""Commands that get two signals, one soon after the other: they end as they would end by one of the two."""

from __future__ import annotations

import random
import signal
from itertools import product

import pytest
from commands import COMMANDS, Place, moments
from processes import Forks
from test_kills import check, clean

PAIRS = [*product((signal.SIGINT, signal.SIGTERM), repeat=2)]
GAPS = (0, 0.005, 0.05, 0.3)  # seconds


@pytest.mark.slow
@pytest.mark.parametrize(("first", "second"), PAIRS)
@pytest.mark.parametrize("name", ["embed", "index", "classify", "tag"])
def test_two_signals(name: str, first: signal.Signals, second: signal.Signals, forks: Forks, place: Place) -> None:
    command, random_state = COMMANDS[name], random.Random(f"{name} {first} {second}")
    args = command.on(place.data, place.target)
    for _ in range(2):  # kernels may be compiled at first
        place.put_old(command)
        seconds = forks.start(args, place.work, place.variables).end().seconds
    for gap, moment in product(GAPS, moments(seconds, 2, random_state)):
        clean(place)
        old = place.put_old(command)
        running = forks.start(args, place.work, place.variables, at_once=False)
        running.kill_after(moment, first)
        running.kill_after(moment + gap, second)
        end = running.end()
        assert end.code in (0, 128 + first, 128 + second), end
        try:
            check(command, place, old, end, signal.Signals(end.code - 128) if end.code else first)
        except Exception as error:
            raise AssertionError(f"{gap} s between, after {moment:.3f} of {seconds:.3f} s: {end}") from error
