"""Few addresses (``ulimit -v``) are said to be few; without that the import of Numba would never end, or abort."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from textrep.kernels.addresses import check_addresses

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="nobody knows elsewhere how many addresses are taken")

# Imports kernels where so many more addresses may be had than a module takes, and computes with one.
SCRIPT = """
import resource, sys, numpy, {loaded}
taken = 4096 * int(open("/proc/self/statm").read().split()[0])
resource.setrlimit(resource.RLIMIT_AS, (taken + {more}, resource.RLIM_INFINITY))
try:
    from textrep.kernels.hashing import hash_keys
except MemoryError as error:
    print("numba" in sys.modules, error)
else:
    hashes = numpy.zeros(2, numpy.uint64)
    hash_keys(numpy.zeros(8, numpy.uint8), numpy.array([0, 3, 5]), hashes)
    print(len({{*hashes.tolist(), 0}}), "hashes")
"""
FEW = "False compiled kernels need {} MiB of addresses, and ulimit -v leaves "


@pytest.mark.parametrize(
    ("mib", "loaded", "said"),
    [
        (150, "numpy", FEW.format(384)),
        (300, "numpy", FEW.format(384)),
        (400, "numpy", "3 hashes"),
        (150, "scipy.linalg", FEW.format(256)),
        (300, "scipy.linalg", "3 hashes"),
    ],
)
def test_numba_is_imported_where_it_finds_enough(mib: int, loaded: str, said: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(more=mib << 20, loaded=loaded)],
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(said)


@pytest.mark.parametrize(
    ("variables", "needed"),
    [
        ({}, 448),  # three processors
        ({"OPENBLAS_NUM_THREADS": "1"}, 384),
        ({"OPENBLAS_NUM_THREADS": "2", "OMP_NUM_THREADS": "1"}, 416),
        ({"OPENBLAS_NUM_THREADS": "0", "OMP_NUM_THREADS": "1"}, 384),
        ({"OPENBLAS_NUM_THREADS": "", "GOTO_NUM_THREADS": "2"}, 416),
        ({"OPENBLAS_NUM_THREADS": "500"}, 448),
    ],
)
def test_each_thread_of_the_blas_needs_some(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], needed: int
) -> None:
    import resource

    for name in ("OPENBLAS_NUM_THREADS", "GOTO_NUM_THREADS", "OMP_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 2, 5})
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1, 1))
    monkeypatch.setitem(sys.modules, "numba", sys)
    check_addresses()
    monkeypatch.delitem(sys.modules, "numba")
    monkeypatch.delitem(sys.modules, "scipy.linalg", raising=False)
    fewer = "$" if needed == 384 else "; OPENBLAS_NUM_THREADS=1 needs less$"
    with pytest.raises(MemoryError, match=f"need {needed} MiB .* leaves -?[0-9,]+ MiB{fewer}"):
        check_addresses()
    monkeypatch.setattr(resource, "getrlimit", lambda _: (resource.RLIM_INFINITY, 1))
    check_addresses()
