"""Errors, by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from bridgenet_ros.evaluation.metrics import depth_edges, measure, measure_estimate

TRUTH = np.array([[1.0, 2.0], [4.0, 5.0]], dtype=np.float32)


def test_errors_by_hand() -> None:
    predicted = TRUTH + np.array([[3, 0], [0, -4]], dtype=np.float32)
    everywhere = np.ones((2, 2), dtype=bool)
    edges = np.array([[True, True], [False, False]])
    errors = measure(predicted, TRUTH, everywhere, edges)
    assert errors.rmse == pytest.approx(math.sqrt(25 / 4))
    assert errors.mae == errors.mad == pytest.approx(7 / 4)
    assert errors.edge_rmse == pytest.approx(math.sqrt(9 / 2))


def test_pixels_that_do_not_count_are_not_read() -> None:
    predicted = np.array([[1, np.nan], [4, 7]], dtype=np.float32)
    counted = np.array([[True, False], [True, True]])
    errors = measure(predicted, TRUTH, counted, np.zeros((2, 2), dtype=bool))
    assert errors.mae == pytest.approx(2 / 3)
    assert math.isnan(errors.edge_rmse)


def test_estimate_by_hand() -> None:
    predicted = np.array([[1.2, 2.0], [4.0, 2.5]], dtype=np.float32)
    errors = measure_estimate(predicted, TRUTH, np.ones((2, 2), dtype=bool))
    assert errors.delta1 == pytest.approx(3 / 4)
    assert errors.abs_rel == pytest.approx((0.2 + 0.5) / 4)


def test_depth_edges_reach_three_pixels_and_are_relative() -> None:
    depth = np.full((1, 20), 10.0, dtype=np.float32)
    depth[:, 10:] = 10.6
    valid = np.ones(depth.shape, dtype=bool)
    edges = depth_edges(depth, valid, relative=True)
    assert edges[0].nonzero()[0].tolist() == list(range(6, 14))
    assert not depth_edges(depth * np.float32([1] * 10 + [0.98] * 10), valid, relative=True).any()


def test_disparity_edges_are_steps_of_more_than_four() -> None:
    disparity = np.array([[0, 4, 8, 13]], dtype=np.float32).repeat(2, axis=0)
    valid = np.ones(disparity.shape, dtype=bool)
    assert depth_edges(disparity, valid, relative=False).all()
    assert not depth_edges(disparity[:, :3], valid[:, :3], relative=False).any()


def test_a_hole_makes_no_edge() -> None:
    depth = np.array([[1, 0, 1]], dtype=np.float32)
    assert not depth_edges(depth, depth > 0, relative=True).any()
