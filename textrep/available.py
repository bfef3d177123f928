"""How much memory there is; what needs more is refused.

Linux gives out more memory than there is, and kills the process when it is used; so large needs are compared with what
is available first.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterator
from pathlib import Path

__all__ = ["available_memory", "check_memory"]

_SWITCH = "TEXTREP_MEMORY_CHECK"
_LITTLE = 1 << 26  # bytes that are not worth a look at what is available
_ROOT = Path("/")
# Of a control group: where it is, the files of its limit and use, and what it uses and gives back when it has to.
_VERSION_1 = ("memory", "memory.limit_in_bytes", "memory.usage_in_bytes", ("total_active_file", "total_inactive_file"))
_VERSION_2 = ("", "memory.max", "memory.current", ("active_file", "inactive_file", "slab_reclaimable"))


def check_memory(n_bytes: int, what: str) -> None:
    """Raise MemoryError if more is needed than is available; `what` needs it, a plural.

    Nothing is refused where the system does not tell, as on macOS and Windows, and with ``TEXTREP_MEMORY_CHECK=0`` in
    the environment: a system may tell of too little, as with ZFS, whose cache counts as used, and in virtual machines
    that are given more when they need it.
    """
    if n_bytes < _LITTLE or os.environ.get(_SWITCH) == "0":
        return
    available = available_memory()
    if available is not None and n_bytes > available:
        raise MemoryError(
            f"{what} need {n_bytes / 1e9:,.1f} GB, and {available / 1e9:,.1f} GB are available; "
            f"{_SWITCH}=0 has it tried all the same"
        )


def available_memory() -> int | None:
    """Return how many more bytes this process can have, swap included, at most; None if the system does not tell.

    That is the least that the machine, the control groups (of containers and job schedulers) and the limits of the
    process (``ulimit``) leave. Copies of files in memory count as available.
    """
    machine = _numbers(_ROOT / "proc/meminfo")
    swap = 1024 * machine.get("SwapFree:", 0)
    found = [left + swap for left in _left_by_groups()]
    if "MemAvailable:" in machine:
        found.append(1024 * machine["MemAvailable:"] + swap)
    found += _left_by_limits()
    return max(0, min(found)) if found else None


def _left_by_groups() -> Iterator[int]:
    """Yield what each control group that this process is in leaves, swap not included."""
    for line in _text(_ROOT / "proc/self/cgroup").splitlines():
        _, _, named = line.partition(":")
        controllers, colon, path = named.partition(":")
        if not colon or (controllers and "memory" not in controllers.split(",")):
            continue
        folder, limit_name, use_name, given_back = _VERSION_1 if controllers else _VERSION_2
        mounted = _ROOT / "sys/fs/cgroup" / folder
        own = mounted / path.lstrip("/")  # in a container it may be named as outside, and be the mounted folder itself
        for group in (own, *own.parents):
            limit, use = _text(group / limit_name).strip(), _text(group / use_name).strip()
            if limit.isdecimal() and use.isdecimal():  # "max" is no limit
                statistics = _numbers(group / "memory.stat")
                yield int(limit) - int(use) + sum(statistics.get(name, 0) for name in given_back)
            if group == mounted:
                break


def _left_by_limits() -> Iterator[int]:
    """Yield what each limit of the process leaves."""
    sizes = _text(_ROOT / "proc/self/statm").split()  # pages
    if len(sizes) < 6:
        return
    import resource  # there is none on Windows

    for limit, pages in ((resource.RLIMIT_AS, sizes[0]), (resource.RLIMIT_DATA, sizes[5])):
        most = resource.getrlimit(limit)[0]
        if most != resource.RLIM_INFINITY:
            yield most - int(pages) * mmap.PAGESIZE


def _text(path: Path) -> str:
    try:
        return path.read_text("ascii")
    except (OSError, ValueError):
        return ""


def _numbers(path: Path) -> dict[str, int]:
    """Return the numbers of a file of names and numbers: ``{"MemAvailable:": 16384}``."""
    fields = (line.split() for line in _text(path).splitlines())
    return {field[0]: int(field[1]) for field in fields if len(field) > 1 and field[1].isdecimal()}
