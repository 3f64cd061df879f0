"""Three axes in five bytes: how the wrist sensors of the muvr and lift systems send motion.

A sample is a little-endian number of 40 bits: x in bits 0 to 12, y in 13 to 25, z in 26 to 38, each in two's
complement, and one spare bit that some generations set where the sample is valid. The layout was checked against the
recordings of those systems; one of their own readers shifted the upper bits of y by 10 instead of 11.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from paceline.domain.errors import NotPlausible

SIZE = 5
"""Bytes of a sample."""

LOWEST, HIGHEST = -4096, 4095

Axes = npt.NDArray[np.int16]
Bits = npt.NDArray[np.bool_]

_BYTES = np.int64(1) << (8 * np.arange(SIZE, dtype=np.int64))


def unpacked(data: bytes) -> tuple[Axes, Bits]:
    """The samples of whole groups of five bytes.

    Args:
        data: their length is a multiple of five.

    Returns:
        (sample, axis), int16 in the sensor's unit (mg, or mrad/s for rotation); and the spare bits, (sample,).

    Raises:
        ValueError: half a sample.

    >>> unpacked(bytes.fromhex("78014ac073"))[0].tolist()
    [[376, 592, -784]]
    """
    if len(data) % SIZE:
        raise ValueError(f"{len(data)} bytes are no whole samples of {SIZE}.")
    numbers = np.frombuffer(data, np.uint8).reshape(-1, SIZE).astype(np.int64) @ _BYTES
    axes = np.stack([numbers, numbers >> 13, numbers >> 26], axis=1) & 0x1FFF
    return ((axes ^ 0x1000) - 0x1000).astype(np.int16), (numbers >> 39).astype(np.bool_)


def packed(axes: npt.ArrayLike, spare: npt.ArrayLike = False) -> bytes:
    """The bytes of samples.

    Args:
        axes: (sample, axis), whole numbers of 13 bits.
        spare: (sample,) or one for all, the bit above them.

    Raises:
        NotPlausible: numbers that 13 bits don't hold; nothing is clamped in silence.

    >>> packed([[-1, -1, 127]]).hex(), packed([[-1000, 1000, -456]], spare=True).hex()
    ('ffffffff01', '181c7de0f8')
    """
    given = np.asarray(axes)
    numbers = given.astype(np.int64).reshape(-1, 3)
    if numbers.size and not (
        np.all(given.reshape(-1, 3) == numbers) and LOWEST <= numbers.min() <= numbers.max() <= HIGHEST
    ):
        raise NotPlausible("every axis of a packed sample", expected=f"a whole number from {LOWEST} to {HIGHEST}")
    x, y, z = (numbers & 0x1FFF).T
    words = x | y << 13 | z << 26 | np.broadcast_to(np.asarray(spare, np.bool_), x.shape).astype(np.int64) << 39
    packed: bytes = (words[:, None] >> (8 * np.arange(SIZE)) & 0xFF).astype(np.uint8).tobytes()
    return packed
