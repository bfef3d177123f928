"""Hot loops, compiled by Numba: arrays in, arrays out.

Modules here import nothing of textrep outside this folder, validate nothing, and are called by code that has already
normalised dtype, order and range (a negative index wraps silently in every Numba mode).
"""

from textrep.kernels.addresses import check_addresses

check_addresses()  # before any module imports Numba
