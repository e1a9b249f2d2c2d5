"""RVL, the run-length code for depth images: pixels to bytes and back, whole arrays at a time.

A. D. Wilson, "Fast Lossless Depth Image Compression", ISS 2017, as image_transport's
compressedDepth stores it. The image is a flat row of pixels, coded as runs: the number of zero
pixels, the number of non-zero pixels, then for each of the latter its difference from the
non-zero pixel before (the first from 0), folded to 0, -1, 1, -2, ... -> 0, 1, 2, 3, ...
Every number is a chain of nibbles: three bits each, the lowest first, with bit 3 set where another
nibble follows. Eight nibbles fill a little-endian 32-bit word, from its highest down; the last
word is filled up with zeros.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bridgenet_ros.errors import FrameError

WORD_BYTES, NIBBLES = 4, 8
"""Of a word."""
MOST_NIBBLES = 9
"""Of one number: 27 bits, more than any run or difference needs and less than 32."""

_Tokens = npt.NDArray[np.int32]


def compress_rvl(pixels: npt.NDArray[np.uint16]) -> bytes:
    """The code of the pixels.

    Args:
        pixels: uint16 of any shape, at least one, taken row by row.
    """
    return _pack(_tokens_of(np.ravel(pixels)))


def decompress_rvl(stream: npt.NDArray[np.uint8], count: int) -> npt.NDArray[np.uint16]:
    """Exactly ``count`` pixels, flat; memory is of the order of ``count``, whatever the stream.

    Differences add up modulo 65536, as in the reference decoder.

    Args:
        stream: the code, uint8.
        count: pixels of the image, at least 1.

    Raises:
        FrameError: ``size``, the stream is no whole number of words, is longer than any code of
            so many pixels, or goes on behind the last one; ``truncated``, it ends before;
            ``undecodable``, a number or a run in it is impossible.
    """
    # At worst every pixel is a run of its own: three numbers, of one, one and six nibbles.
    most = WORD_BYTES * (count + 2)
    if stream.size % WORD_BYTES or stream.size > most:
        raise FrameError(
            "size",
            f"RVL data has {stream.size} bytes; expected a multiple of {WORD_BYTES}, "
            f"and at most {most} for {count} pixels",
        )
    tokens, follows = _unpack(stream, 3 * (count + 2))
    heads, used = _walk(tokens, count)
    if tokens.size - used >= np.count_nonzero(~follows[-NIBBLES:]):
        raise FrameError("size", f"RVL data has {stream.size} bytes, more than its image takes")
    is_pixel = np.ones(used, bool)
    is_pixel[heads] = is_pixel[heads + 1] = False
    folded = np.compress(is_pixel, tokens[:used])  # a quarter of the time of an index
    differences = (folded >> 1).astype(np.uint16) ^ -(folded & 1).astype(np.uint16)
    runs = np.stack((tokens[heads], tokens[heads + 1]), axis=1).ravel()
    pixels = np.zeros(count, np.uint16)
    pixels[np.repeat(np.arange(runs.size) % 2 == 1, runs)] = np.cumsum(differences, dtype=np.uint16)
    return pixels


def _tokens_of(pixels: npt.NDArray[np.uint16]) -> _Tokens:
    """Run lengths and folded differences in the order of the code."""
    valid = pixels != 0
    changes = np.flatnonzero(valid[1:] != valid[:-1]) + 1
    # A code begins with the number of zeros and ends with one of non-zeros, be they none.
    first, last = [0] * (1 + bool(valid[0])), [pixels.size] * (2 - bool(valid[-1]))
    runs = np.diff(np.concatenate((first, changes, last))).reshape(-1, 2)
    values: _Tokens = np.compress(valid, pixels).astype(np.int32)
    differences: _Tokens = np.diff(values, prepend=np.int32(0))
    tokens = np.empty(differences.size + runs.size, np.int32)
    heads = 2 * np.arange(len(runs)) + np.cumsum(runs[:, 1]) - runs[:, 1]
    is_pixel = np.ones(tokens.size, bool)
    is_pixel[heads] = is_pixel[heads + 1] = False
    tokens[heads], tokens[heads + 1] = runs[:, 0], runs[:, 1]
    tokens[is_pixel] = (differences << 1) ^ (differences >> 31)
    return tokens


def _pack(tokens: _Tokens) -> bytes:
    lengths = np.ones(tokens.size, np.uint8)
    limit, largest = 8, tokens.max()
    while limit <= largest:
        lengths += tokens >= limit
        limit <<= 3
    ends = np.cumsum(lengths, dtype=np.intp) - 1
    follows = np.ones(int(ends[-1]) + 1, bool)
    follows[ends] = False
    digits = tokens.take(np.cumsum(~follows, dtype=np.intp) - ~follows)
    digits >>= 3 * _places(follows)
    nibbles = np.zeros(-(-digits.size // NIBBLES) * NIBBLES, np.uint8)
    nibbles[: digits.size] = (digits.astype(np.uint8) & 7) | (follows.view(np.uint8) << 3)
    big_endian = (nibbles[0::2] << 4) | nibbles[1::2]
    return big_endian.view(">u4").astype("<u4").tobytes()


def _unpack(stream: npt.NDArray[np.uint8], most: int) -> tuple[_Tokens, npt.NDArray[np.bool_]]:
    """The numbers, ``most`` of them or fewer, and for each nibble whether another follows."""
    big_endian = np.frombuffer(stream, "<u4").astype(">u4").view(np.uint8)
    nibbles = np.empty(2 * big_endian.size, np.uint8)
    nibbles[0::2], nibbles[1::2] = big_endian >> 4, big_endian & 15
    follows = nibbles > 7
    if (found := np.count_nonzero(~follows)) > most:
        raise FrameError("size", f"RVL data has {found} numbers; expected at most {most}")
    # A number is the sum over its chain, the difference of two running sums; they may wrap.
    sums = np.left_shift(nibbles & 7, 3 * _places(follows), dtype=np.int32)
    np.cumsum(sums, out=sums)
    return np.diff(np.compress(~follows, sums), prepend=np.int32(0)), follows


def _places(follows: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint8]:
    """How many nibbles of the same number stand before each."""
    places = np.zeros(follows.size, np.uint8)
    chain, before = follows[:-1], 1
    while chain.any():
        if before == MOST_NIBBLES:
            raise FrameError("undecodable", f"RVL data has a number of over {MOST_NIBBLES} nibbles")
        places[before:] += chain
        chain = chain[:-1] & follows[before:-1]
        before += 1
    return places


def _walk(tokens: _Tokens, count: int) -> tuple[npt.NDArray[np.intp], int]:
    """Where each run's two numbers stand, and how many numbers the image takes."""
    numbers = tokens.data  # its items are Python integers, and quick to get
    heads: list[int] = []
    place, left = 0, count
    while left:
        if place + 2 > len(numbers):
            raise FrameError("truncated", f"RVL data ends {left} pixels before the last")
        run = numbers[place] + numbers[place + 1]
        if not 0 < run <= left:
            raise FrameError(
                "undecodable", f"RVL data has a run of {run} pixels where {left} are left"
            )
        heads.append(place)
        place += 2 + numbers[place + 1]
        left -= run
    if place > len(numbers):
        raise FrameError("truncated", "RVL data ends within its last run")
    return np.array(heads, np.intp), place
