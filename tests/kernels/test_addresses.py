"""Few addresses (``ulimit -v``) are said to be few; without that the import of Numba would never end, or abort."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from textrep.kernels.addresses import check_addresses

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="nobody knows elsewhere how many addresses are taken")

IMPORT = """
import resource, numpy
taken = 4096 * int(open("/proc/self/statm").read().split()[0])
resource.setrlimit(resource.RLIMIT_AS, (taken + {more}, resource.RLIM_INFINITY))
import textrep.kernels.jit
"""


@pytest.mark.parametrize("mib", [150, 300])
def test_with_few_addresses_numba_is_not_imported(mib: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORT.format(more=mib << 20)],
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith("MemoryError: compiled kernels need 384 MiB of addresses, and ulimit -v leaves ")


@pytest.mark.parametrize(("threads", "needed"), [("1", 384), ("4", 480), ("0", None), ("", None)])
def test_each_thread_of_the_blas_needs_some(monkeypatch: pytest.MonkeyPatch, threads: str, needed: int | None) -> None:
    import resource

    monkeypatch.setenv("OPENBLAS_NUM_THREADS", threads)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr("os.cpu_count", lambda: 3)
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1, 1))
    fewer = "$" if threads == "1" else "; OPENBLAS_NUM_THREADS=1 needs less$"
    with pytest.raises(MemoryError, match=f"need {needed or 448} MiB .* leaves -?[0-9,]+ MiB{fewer}"):
        check_addresses()
    monkeypatch.setattr(resource, "getrlimit", lambda _: (resource.RLIM_INFINITY, 1))
    check_addresses()
