"""Whether there are addresses left for Numba: asked before it is imported.

It loads SciPy's BLAS, which asks the system for memory without end where the limit of the process (``ulimit -v``)
leaves too little, and heeds no signal meanwhile.
"""

from __future__ import annotations

import mmap
import os
from pathlib import Path

__all__ = ["check_addresses"]

_NEEDED = 384 << 20  # bytes: Numba takes 190 MiB, SciPy with its BLAS 80, and LLVM aborts the process with too few
_A_THREAD = 32 << 20  # bytes for each further thread of the BLAS


def check_addresses() -> None:
    """Raise MemoryError if the limit of the process leaves less than Numba takes."""
    try:
        import resource

        used = int(Path("/proc/self/statm").read_text("ascii").split()[0]) * mmap.PAGESIZE
    except (ImportError, OSError):  # neither on Windows; the second on Linux alone
        return
    most, _ = resource.getrlimit(resource.RLIMIT_AS)
    n_threads = _n_threads()
    needed = _NEEDED + (n_threads - 1) * _A_THREAD
    if most != resource.RLIM_INFINITY and most - used < needed:
        fewer = "; OPENBLAS_NUM_THREADS=1 needs less" if n_threads > 1 else ""
        raise MemoryError(
            f"compiled kernels need {needed >> 20:,} MiB of addresses, and ulimit -v leaves {(most - used) >> 20:,} MiB"
            f"{fewer}"
        )


def _n_threads() -> int:
    """Return how many threads the BLAS begins with."""
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
        if (value := os.environ.get(name, "")).isdecimal() and int(value):
            return int(value)
    return os.cpu_count() or 1
