"""Where rays appear, against plain projection, and which part of an image can be seen."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from exact_depth import turned
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgenet_ros.registration.parallax import NEAREST_M, parallax_of, part_in_view
from bridgenet_ros.rigid_transform import IDENTITY, RigidTransform

STRAIGHT = (0.0, 0.0, 0.0, 1.0)


def rays(rows: int, columns: int, focal: float) -> tuple[torch.Tensor, torch.Tensor]:
    v, u = torch.meshgrid(
        torch.arange(rows, dtype=torch.float64) - (rows - 1) / 2,
        torch.arange(columns, dtype=torch.float64) - (columns - 1) / 2,
        indexing="ij",
    )
    return u / focal, v / focal


def test_a_ray_by_hand() -> None:
    """Straight ahead, the depth camera 0.2 m to the right and 0.5 m before colour."""
    ray = (torch.tensor([0.1], dtype=torch.float64), torch.tensor([0.0], dtype=torch.float64))
    to_color = RigidTransform(translation=(0.2, 0.0, 0.5), rotation=STRAIGHT)
    found = parallax_of(ray, to_color)
    assert found.along.tolist() == [1.0]
    assert found.ahead == 0.5
    assert found.infinity.flatten().tolist() == [0.1, 0.0]
    # At 1.5 m: x = 0.15 + 0.2 m at 2 m, which is 0.175.
    assert float(found.infinity[0] + found.shift[0] / 2.0) == pytest.approx(0.175)


def test_rays_across_colour_s_axis_are_left_out() -> None:
    ray = (
        torch.tensor([0.0, 1.0], dtype=torch.float64),
        torch.tensor([0.0, 0.0], dtype=torch.float64),
    )
    found = parallax_of(ray, turned((0.0, 90.0, 0.0), (0.0, 0.0, 0.0)))
    assert found.infinity.isnan().tolist() == [[True, False], [True, False]]


def test_the_part_in_view_by_hand() -> None:
    """Focal length 10; colour shows columns -2 to 2 and rows -1 to 1 of 21 x 11."""
    to_color = RigidTransform(translation=(0.02, 0.0, 0.0), rotation=STRAIGHT)
    part = part_in_view(parallax_of(rays(11, 21, 10.0), to_color), rays(3, 5, 10.0))
    # 0.02 / 0.05 m is 4 columns to the right at most; one more on either side.
    assert part == (slice(3, 8), slice(10 - 2 - 4 - 1, 10 + 2 + 2))


def test_nothing_in_view_is_one_pixel() -> None:
    behind = turned((0.0, 180.0, 0.0), (0.0, 0.0, 0.0))
    parallax = parallax_of(rays(11, 21, 10.0), behind)
    assert part_in_view(parallax, rays(3, 5, 10.0)) == (slice(0, 1), slice(0, 1))
    nothing = (
        torch.full((3, 5), torch.nan, dtype=torch.float64),
        torch.full((3, 5), torch.nan, dtype=torch.float64),
    )
    ahead = parallax_of(rays(11, 21, 10.0), IDENTITY)
    assert part_in_view(ahead, nothing) == (slice(0, 1), slice(0, 1))


angle = st.floats(-180, 180)
metres = st.floats(-2, 2)


@settings(max_examples=60, deadline=None)
@given(st.tuples(angle, angle, angle), st.tuples(metres, metres, metres), st.integers(0, 2**32 - 1))
def test_no_measurement_in_view_lies_outside_the_part(
    degrees: tuple[float, float, float], translation: tuple[float, float, float], seed: int
) -> None:
    to_color = turned(degrees, translation)
    x, y = rays(24, 32, 16.0)
    parallax = parallax_of((x, y), to_color)
    seen = rays(15, 20, 14.0)
    part = part_in_view(parallax, seen)
    z = np.exp(np.random.default_rng(seed).uniform(np.log(NEAREST_M), np.log(20.0), x.shape))
    points = np.stack([x.numpy(), y.numpy(), np.ones_like(z)]) * z
    points = np.tensordot(to_color.matrix, points, axes=1)
    points += np.array(to_color.translation).reshape(3, 1, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        there = points[:2] / points[2]
    visible = (points[2] > 1e-3) & ~parallax.infinity[0].isnan().numpy()
    for axis, edge in zip(there, seen, strict=True):
        visible &= (axis >= float(edge.min())) & (axis <= float(edge.max()))
    visible[part] = False
    assert not visible.any()
    # Both ways of projecting agree.
    near = 1 / points[2][part]
    other = (
        parallax.infinity[(slice(None), *part)].numpy()
        + parallax.shift[(slice(None), *part)].numpy() * near
    )
    known = ~np.isnan(other) & (np.abs(points[2][part]) > 1e-3)
    np.testing.assert_allclose(
        other[known], there[(slice(None), *part)][known], rtol=1e-6, atol=1e-6
    )
