"""Whether there are addresses left for Numba: asked before it is imported.

It loads SciPy's BLAS, which asks the system for memory without end where the limit of the process (``ulimit -v``)
leaves too little, and heeds no signal meanwhile. That must be known before the first kernel is imported, by whatever
part of textrep; and kernels import nothing of what lies above them. So it stands here, though it is none.
"""

from __future__ import annotations

import mmap
import os
import sys
from pathlib import Path

__all__ = ["check_addresses"]

_NUMBA = 256 << 20  # bytes: it takes 190 MiB, and LLVM aborts the process with too few
_BLAS = 128 << 20  # bytes for SciPy with its BLAS: 80 MiB, and what it asks for meanwhile
_A_THREAD = 32 << 20  # bytes for each further thread of the BLAS


def check_addresses() -> None:
    """Raise MemoryError if the limit of the process leaves less than Numba and what it loads will take."""
    try:
        import resource

        used = int(Path("/proc/self/statm").read_text("ascii").split()[0]) * mmap.PAGESIZE
    except (ImportError, OSError):  # neither on Windows; the second on Linux alone
        return
    most, _ = resource.getrlimit(resource.RLIMIT_AS)
    if most == resource.RLIM_INFINITY or "numba" in sys.modules:
        return
    needed, fewer = _NUMBA, ""
    if "scipy.linalg" not in sys.modules:
        n_threads = _n_threads()
        needed += _BLAS + (n_threads - 1) * _A_THREAD
        fewer = "; OPENBLAS_NUM_THREADS=1 needs less" if n_threads > 1 else ""
    if most - used < needed:
        raise MemoryError(
            f"compiled kernels need {needed >> 20:,} MiB of addresses, and ulimit -v leaves {(most - used) >> 20:,} MiB"
            f"{fewer}"
        )


def _n_threads() -> int:
    """Return how many threads the BLAS will begin with."""
    processors = len(os.sched_getaffinity(0))
    for name in ("OPENBLAS_NUM_THREADS", "GOTO_NUM_THREADS", "OMP_NUM_THREADS"):
        if (value := os.environ.get(name, "")).isdecimal() and int(value):
            return min(int(value), processors)
    return processors
