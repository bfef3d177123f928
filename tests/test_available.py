"""What needs more memory than there is is refused before the system ends the process."""

import mmap
from pathlib import Path

import numpy as np
import pytest

import textrep
import textrep.available
from textrep.available import available_memory, check_memory

GIB = 1 << 30
MEMINFO = "MemTotal: 33554432 kB\nMemFree: 1048576 kB\nMemAvailable: 8388608 kB\nSwapFree: 1048576 kB\n"  # 8 and 1 GiB
STAT = f"anon {GIB}\nactive_file {GIB}\ninactive_file {GIB}\nslab_reclaimable {GIB}\n"
STAT_1 = f"active_file 7\ntotal_active_file {GIB}\ntotal_inactive_file {GIB}\n"
PAGES = f"{4 * GIB // mmap.PAGESIZE} 1 1 1 0 {GIB // mmap.PAGESIZE} 0\n"
SYSTEMS = {
    "unknown": ({}, None),
    "machine": ({"proc/meminfo": MEMINFO}, 9),
    "no swap": ({"proc/meminfo": "MemAvailable: 1048576 kB\n"}, 1),
    "not what it should be": (
        {"proc/meminfo": MEMINFO, "proc/self/cgroup": "\n0\n0:/job\n"},
        9,
    ),
    "nonsense": ({"proc/meminfo": "MemAvailable: much\n", "proc/self/cgroup": "0::/a\n"}, None),
    "version 2": (  # 4 - 3, 3 for what is given back, and swap
        {
            "proc/meminfo": MEMINFO,
            "proc/self/cgroup": "0::/job\n",
            "sys/fs/cgroup/job/memory.max": f"{4 * GIB}\n",
            "sys/fs/cgroup/job/memory.current": f"{3 * GIB}\n",
            "sys/fs/cgroup/job/memory.stat": STAT,
        },
        5,
    ),
    "no limit": (
        {
            "proc/meminfo": MEMINFO,
            "proc/self/cgroup": "0::/\n",
            "sys/fs/cgroup/memory.max": "max\n",
            "sys/fs/cgroup/memory.current": f"{3 * GIB}\n",
        },
        9,
    ),
    "the group above": (
        {
            "proc/self/cgroup": "0::/job/step\n",
            "sys/fs/cgroup/job/step/memory.max": "max\n",
            "sys/fs/cgroup/job/step/memory.current": "0\n",
            "sys/fs/cgroup/job/memory.max": f"{2 * GIB}\n",
            "sys/fs/cgroup/job/memory.current": "0\n",
        },
        2,
    ),
    "version 1, named as outside the container": (
        {
            "proc/self/cgroup": "9:cpu,cpuacct:/docker/1\n4:memory:/docker/1\n0::/\n",
            "sys/fs/cgroup/memory/memory.limit_in_bytes": f"{4 * GIB}\n",
            "sys/fs/cgroup/memory/memory.usage_in_bytes": f"{3 * GIB}\n",
            "sys/fs/cgroup/memory/memory.stat": STAT_1,
        },
        3,
    ),
    "used up": (
        {
            "proc/self/cgroup": "0::/\n",
            "sys/fs/cgroup/memory.max": "1024\n",
            "sys/fs/cgroup/memory.current": f"{GIB}\n",
        },
        0,
    ),
}


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_least_that_the_system_leaves(system, tmp_path, monkeypatch):
    files, gibibytes = SYSTEMS[system]
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(textrep.available, "_ROOT", tmp_path)
    assert available_memory() == (None if gibibytes is None else gibibytes * GIB)


def test_the_limits_of_the_process(tmp_path, monkeypatch):
    resource = pytest.importorskip("resource")
    limits = {resource.RLIMIT_AS: 10 * GIB, resource.RLIMIT_DATA: resource.RLIM_INFINITY}
    monkeypatch.setattr(resource, "getrlimit", lambda limit: (limits[limit], resource.RLIM_INFINITY))
    monkeypatch.setattr(textrep.available, "_ROOT", tmp_path)
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/statm").write_text(PAGES)
    assert available_memory() == 6 * GIB
    limits[resource.RLIMIT_DATA] = 3 * GIB
    assert available_memory() == 2 * GIB


ANYWAY = "TEXTREP_MEMORY_CHECK=0 has it tried all the same"


@pytest.fixture(autouse=True)
def nothing_is_set(monkeypatch):
    monkeypatch.delenv("TEXTREP_MEMORY_CHECK", raising=False)


def test_no_more_is_refused_than_is_missing(monkeypatch):
    monkeypatch.setattr(textrep.available, "available_memory", lambda: 5_000_000_000)
    check_memory(5_000_000_000, "vectors")
    with pytest.raises(MemoryError, match=rf"^vectors need 6\.2 GB, and 5\.0 GB are available; {ANYWAY}$"):
        check_memory(6_200_000_000, "vectors")
    monkeypatch.setattr(textrep.available, "available_memory", lambda: 0)
    check_memory(1 << 20, "little is not looked at: vectors")
    monkeypatch.setattr(textrep.available, "available_memory", lambda: None)
    check_memory(1 << 60, "nothing is known: vectors")


def test_nothing_is_refused_if_the_user_says_so(monkeypatch):
    """What the system tells may be too little: memory that ZFS gives back is not told as available."""
    monkeypatch.setattr(textrep.available, "available_memory", lambda: 0)
    monkeypatch.setenv("TEXTREP_MEMORY_CHECK", "0")
    check_memory(1 << 60, "vectors")
    monkeypatch.setenv("TEXTREP_MEMORY_CHECK", "1")
    with pytest.raises(MemoryError, match=ANYWAY):
        check_memory(1 << 60, "vectors")


@pytest.mark.skipif(not Path("/proc/meminfo").exists(), reason="not Linux")
def test_what_this_system_has():
    found = available_memory()
    assert found is not None
    assert 1 << 20 < found < 1 << 50


TEXTS = ["the cat sat on the mat"] * 5


@pytest.mark.parametrize(
    ("method", "what", "lower"),
    [
        ("word2vec", "for each of 5 words, need 2.0 GB", "vector_size or max_vocabulary"),
        (
            "fasttext",
            r"for each of \d+ words and their subwords, need \d+\.\d GB",
            "vector_size, max_vocabulary or buckets=9",
        ),
        ("glove", "and the sums of their squares for each of 5 words, need 6.0 GB", "vector_size or max_vocabulary"),
    ],
)
@pytest.mark.parametrize(("n_jobs", "fewer"), [(1, ""), (5000, ", and so do fewer threads than n_jobs=5000")])
def test_training_that_does_not_fit_is_refused(monkeypatch, method, what, lower, n_jobs, fewer):
    """It would be killed while it fills the matrices, without a word."""
    monkeypatch.setattr(textrep.available, "available_memory", lambda: 1 << 30)
    parameters = {"buckets": 9} if method == "fasttext" else {}
    message = f"^the two matrices of training, 50,000,000 numbers {what}, and 1.1 GB are"
    with pytest.raises(MemoryError, match=message) as raised:
        textrep.embed(TEXTS, method, min_count=1, vector_size=50_000_000, n_jobs=n_jobs, **parameters)
    assert raised.value.__notes__ == [f"a lower {lower}, or a higher min_count, needs less{fewer}"]


def test_a_copy_that_does_not_fit_is_refused(monkeypatch):
    vectors = np.broadcast_to(np.float32(1), (1000, 1_000_000))  # which takes four bytes
    monkeypatch.setattr(textrep.available, "available_memory", lambda: 1 << 30)
    with pytest.raises(MemoryError, match=r"^copies of 1,000 vectors of 1,000,000 numbers need 4\.0 GB, and 1\.1 GB"):
        textrep.EmbeddingStore.from_vectors(map(str, range(1000)), vectors)
