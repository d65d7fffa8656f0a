"""Named random streams: what one part draws never changes what another part draws.

Removing an injection therefore leaves every other draw as it was (common random numbers).
"""

import hashlib

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


def _key(seed: int, name: str) -> int:
    return int.from_bytes(hashlib.blake2b(f"{seed}/{name}".encode(), digest_size=16).digest())


def stream(seed: int, name: str) -> np.random.Generator:
    """A generator of its own for `name`: for draws whose number never depends on the run."""
    return np.random.Generator(np.random.Philox(key=_key(seed, name)))


def _mix(x: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    # splitmix64's finaliser: one 64-bit word in, one evenly spread word out
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def uniform(seed: int, name: str, *keys: Ints | int) -> Floats:
    """Uniform draws in (0, 1) that depend on nothing but seed, name and keys.

    For things the run itself creates (a purchase order of an item on a day): the same item and
    day draw the same number whatever else happened.
    """
    start = np.uint64(_key(seed, name) & (2**64 - 1))
    arrays = np.broadcast_arrays(*(np.asarray(key) for key in keys))
    x = np.full(arrays[0].shape, start, dtype=np.uint64)
    for array in arrays:
        x = _mix(x + np.uint64(0x9E3779B97F4A7C15) + array.astype(np.uint64))
    return ((x >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53
