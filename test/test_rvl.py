"""RVL against code written nibble by nibble, against a plain decoder, and against damage."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bridgenet_ros.errors import FrameError
from bridgenet_ros.rvl import compress_rvl, decompress_rvl


def words(*nibbles: int) -> bytes:
    """Nibbles as the code stores them: eight to a word, highest first, words little-endian."""
    filled = [*nibbles, *[0] * (-len(nibbles) % 8)]
    return b"".join(
        int("".join(f"{n:x}" for n in filled[k : k + 8]), 16).to_bytes(4, "little")
        for k in range(0, len(filled), 8)
    )


GOLDEN = [
    # One pixel of 1: no zeros, one other, 1 - 0 folded to 2.
    ([1], bytes([0x00, 0x00, 0x20, 0x01])),
    # Two zeros, three others: 5 - 0 -> 10 = 2 + 8 * 1, 5 - 5 -> 0, 4 - 5 -> 1; then one zero.
    ([0, 0, 5, 5, 4, 0], words(2, 3, 0xA, 1, 0, 1, 1, 0)),
    # 1000 -> 2000 = 0o3720: nibbles 0, 2, 7, 3, the first three with the mark.
    ([1000], words(0, 1, 0x8, 0xA, 0xF, 3)),
    # Down from 65535: 131070 = 0o377776, then -65534 folded to 131067 = 0o377773.
    ([65535, 1], words(0, 2, 0xE, 0xF, 0xF, 0xF, 0xF, 3, 0xB, 0xF, 0xF, 0xF, 0xF, 3)),
    # The difference goes over the hole: 7 -> 14 = 0o16, then 9 - 7 -> 4.
    ([7, 0, 0, 9], words(0, 1, 0xE, 1, 2, 1, 4)),
    # Nothing but ten zeros: 0o12, and no others.
    ([0] * 10, words(0xA, 1, 0)),
]


@pytest.mark.parametrize(("pixels", "code"), GOLDEN)
def test_code_written_by_hand(pixels: list[int], code: bytes) -> None:
    assert compress_rvl(np.array(pixels, np.uint16)) == code
    decoded = decompress_rvl(np.frombuffer(code, np.uint8), len(pixels))
    assert decoded.tolist() == pixels
    assert decoded.dtype == np.uint16


def depth_image(seed: int, shape: tuple[int, int]) -> npt.NDArray[np.uint16]:
    """A slope with noise, holes and jumps."""
    rng = np.random.default_rng(seed)
    slope = np.linspace(500, 9000, shape[1])[None] + rng.normal(0, 3, shape)
    slope[rng.random(shape) < 0.1] = 0
    slope[shape[0] // 2 :, : shape[1] // 3] = 65535
    return slope.astype(np.uint16)


def decode_plainly(code: bytes, count: int) -> list[int]:
    """One nibble after the other, as the paper has it."""
    nibbles = (
        word >> shift & 15
        for word in np.frombuffer(code, "<u4").tolist()
        for shift in range(28, -4, -4)
    )

    def number() -> int:
        value = place = 0
        while True:
            nibble = next(nibbles)
            value |= (nibble & 7) << place
            place += 3
            if nibble < 8:
                return value

    pixels: list[int] = []
    previous = 0
    while len(pixels) < count:
        pixels += [0] * number()
        for _ in range(number()):
            folded = number()
            previous += (folded >> 1) ^ -(folded & 1)
            pixels.append(previous)
    return pixels


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (37, 53), (120, 160)])
def test_a_plain_decoder_reads_our_code(shape: tuple[int, int]) -> None:
    image = depth_image(3, shape)
    assert decode_plainly(compress_rvl(image), image.size) == image.ravel().tolist()


@given(
    image=arrays(
        np.uint16,
        st.tuples(st.integers(1, 12), st.integers(1, 12)),
        elements=st.one_of(st.just(0), st.just(65535), st.integers(0, 65535)),
        fill=st.just(0),
    )
)
def test_every_image_survives(image: npt.NDArray[np.uint16]) -> None:
    code = compress_rvl(image)
    assert len(code) % 4 == 0
    decoded = decompress_rvl(np.frombuffer(code, np.uint8), image.size)
    np.testing.assert_array_equal(decoded.reshape(image.shape), image)


def test_strided_pixels_are_coded_in_their_order() -> None:
    image = depth_image(5, (6, 8))
    assert compress_rvl(image[:, ::2]) == compress_rvl(image[:, ::2].copy())


@pytest.mark.parametrize(
    ("code", "count", "reason"),
    [
        (b"", 1, "truncated"),
        (words(0, 1)[:3], 1, "size"),
        (words(0, 1, 2), 2, "undecodable"),  # what fills the word is no run
        (words(0, 2, 2, 2, 3, 4, 4, 4), 9, "truncated"),  # behind a run
        (words(0, 7, 2, 2, 2, 2, 2, 2), 7, "truncated"),  # within the last run
        (words(0, 3, 2, 2, 2), 2, "undecodable"),  # a run too long
        (words(0, 0, 0, 1, 2), 1, "undecodable"),  # a run of nothing
        (words(*[8] * 9, 1), 200_000, "undecodable"),  # a number of ten nibbles
        (words(*[8] * 8), 9, "truncated"),  # a number without end
        (words(*[8] * 16), 9, "undecodable"),
        (words(0, 1, 2) + words(0), 1, "size"),  # a word too many
        (words(*[0] * 160), 3, "size"),  # longer than any three pixels
        (words(*[0] * 72), 8, "size"),  # more numbers than eight pixels have
    ],
)
def test_an_impossible_code_is_named(code: bytes, count: int, reason: str) -> None:
    with pytest.raises(FrameError) as caught:
        decompress_rvl(np.frombuffer(code, np.uint8), count)
    assert caught.value.reason == reason


def test_the_longest_code_of_an_image_is_read() -> None:
    lonely = np.zeros(64, np.uint16)
    lonely[1::2] = 65535  # every run one zero, one other; differences as long as they get
    lonely[3::4] = 1
    high = np.where(np.arange(64) % 2, 65535, 1).astype(np.uint16)
    for image in (lonely, high):
        code = np.frombuffer(compress_rvl(image), np.uint8)
        np.testing.assert_array_equal(decompress_rvl(code, image.size), image)
