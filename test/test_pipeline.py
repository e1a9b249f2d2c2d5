"""The straight line from a frame to its depth, and every frame that it refuses."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from untrained import SETTINGS, untrained_card

from bridgenet_ros.engine.engine import TorchEngine
from bridgenet_ros.engine.program import DepthProgram
from bridgenet_ros.engine_build import BuiltEngine
from bridgenet_ros.errors import FrameError
from bridgenet_ros.frame import DepthArray, DepthResult, FloatArray, RgbdFrame
from bridgenet_ros.network.bridgenet import BridgeNet
from bridgenet_ros.network.topology import PRESETS
from bridgenet_ros.pipeline import Pipeline

NAN, INF = float("nan"), float("inf")

CARD = untrained_card(4, 8)


def pipeline_of(network: BridgeNet, **changes: Any) -> Pipeline:
    engine = TorchEngine(DepthProgram(network, CARD.value_range_m), torch.device("cpu"))
    return Pipeline(BuiltEngine(engine=engine, card=CARD), replace(SETTINGS, **changes))


@pytest.fixture(scope="module")
def bicubic() -> Pipeline:
    """Untrained: D_SR is the bicubic upsampling."""
    return pipeline_of(BridgeNet(PRESETS["tiny"]).eval())


@pytest.fixture(scope="module")
def trained() -> Pipeline:
    """Both outputs depend on everything that goes in."""
    torch.manual_seed(5)
    network = BridgeNet(PRESETS["tiny"]).eval()
    with torch.no_grad():
        network.get_parameter("dsr.out.weight").normal_(std=0.01)
        network.get_parameter("mde.score.1.weight").normal_(std=0.0005)
    return pipeline_of(network)


def frame_of(
    depth: DepthArray, color: tuple[int, int] = (24, 32), *, seed: int = 0, **changes: Any
) -> RgbdFrame:
    rng = np.random.default_rng(seed)
    frame = RgbdFrame(
        rgb=rng.integers(0, 256, (*color, 3), dtype=np.uint8),
        depth=depth,
        stamp_ns=1_234_567_891,
        depth_stamp_ns=1_230_000_000,
        frame_id="color_optical",
        depth_frame_id="color_optical",
    )
    return replace(frame, **changes)


def wall(size: tuple[int, int], depth_m: float = 2.0) -> FloatArray:
    return np.full(size, depth_m, np.float32)


def same(first: DepthResult, second: DepthResult) -> bool:
    """Both maps equal to the bit, NaN included."""
    assert first.mde_m is not None
    assert second.mde_m is not None
    return (first.sr_m.tobytes(), first.mde_m.tobytes()) == (
        second.sr_m.tobytes(),
        second.mde_m.tobytes(),
    )


# Results


def test_the_result_is_labelled_as_its_colour_image(
    trained: Pipeline, tiny_frame: RgbdFrame
) -> None:
    result = trained.process(replace(tiny_frame, stamp_ns=5, depth_stamp_ns=4))
    assert (result.stamp_ns, result.frame_id) == (5, "camera_color_optical_frame")
    assert result.sr_m.shape == (24, 32)
    assert result.sr_m.dtype == np.float32
    assert result.mde_m is None
    assert set(result.timings_ms) == {"prepare", "register", "engine", "guard"}
    assert all(ms >= 0 for ms in result.timings_ms.values())


def test_untrained_weights_give_the_bicubic_upsampling(
    bicubic: Pipeline, rng: np.random.Generator
) -> None:
    depth = rng.integers(1000, 5000, (6, 8)).astype(np.uint16)
    result = bicubic.process(frame_of(depth, (24, 32)))
    metres = Image.fromarray(depth.astype(np.float32) / 1000, mode="F")
    expected = np.asarray(metres.resize((32, 24), Image.Resampling.BICUBIC))
    assert np.abs(result.sr_m - expected).max() < 1e-5


@pytest.mark.parametrize(
    ("color", "depth"),
    [
        ((24, 32), (6, 8)),  # 4
        ((48, 64), (6, 8)),  # 8
        ((24, 32), (24, 32)),  # 1
        ((31, 45), (7, 13)),  # neither whole nor equal, odd sizes
        ((30, 40), (30, 20)),  # one side alone
        ((17, 33), (16, 32)),  # hardly any
        ((25, 33), (1, 1)),
        ((9, 40), (1, 5)),
        ((5, 3), (2, 3)),  # smaller than the network's multiple
        ((1, 1), (1, 1)),
    ],
)
def test_any_depth_size_gives_colour_s_size(
    trained: Pipeline, color: tuple[int, int], depth: tuple[int, int]
) -> None:
    result = trained.process(frame_of(wall(depth), color), estimate=True)
    assert result.mde_m is not None
    assert result.sr_m.shape == result.mde_m.shape == color
    assert np.isfinite(result.sr_m).all()


def test_uint16_and_float32_of_the_same_depth_agree(trained: Pipeline) -> None:
    units = np.arange(1000, 1048, dtype=np.uint16).reshape(6, 8)
    units[2, 3] = 0
    in_metres = (units / 1000).astype(np.float32)
    in_metres[2, 3] = NAN
    first = trained.process(frame_of(units), estimate=True)
    assert same(first, trained.process(frame_of(in_metres), estimate=True))


def test_the_scale_of_integers_is_a_setting() -> None:
    pipeline = pipeline_of(BridgeNet(PRESETS["tiny"]).eval(), depth_scale_m=0.0001)
    result = pipeline.process(frame_of(np.full((6, 8), 15000, np.uint16)))
    assert result.sr_m == pytest.approx(1.5, abs=1e-5)


def test_settings_may_change_between_frames(bicubic: Pipeline) -> None:
    depth = wall((2, 2), 5.0)
    depth[0, 0] = 2.0
    near = replace(SETTINGS, max_depth_m=3.0)
    bicubic.settings = near
    assert np.isnan(bicubic.process(frame_of(depth, (4, 4))).sr_m).sum() == 12
    bicubic.settings = replace(near, fill_holes=True)
    assert bicubic.process(frame_of(depth, (4, 4))).sr_m == pytest.approx(2.0, abs=1e-6)
    bicubic.settings = SETTINGS
    assert np.isfinite(bicubic.process(frame_of(depth, (4, 4))).sr_m).all()


def test_views_of_read_only_messages_are_taken(trained: Pipeline) -> None:
    frame = frame_of(wall((6, 8)))
    plain = trained.process(frame, estimate=True)
    # A row longer than its pixels, as a message with padding has.
    rgb = np.zeros((24, 40, 3), np.uint8)
    rgb[:, :32] = frame.rgb
    rgb.flags.writeable = False
    assert same(plain, trained.process(replace(frame, rgb=rgb[:, :32]), estimate=True))


def test_frames_overlap_and_come_back_in_order(trained: Pipeline) -> None:
    frames = [frame_of(wall((6, 8), i), stamp_ns=i) for i in (1, 2, 3)]
    pending = [trained.submit(frame) for frame in frames]
    results = [trained.collect(p) for p in pending]
    assert [r.stamp_ns for r in results] == [1, 2, 3]
    assert all(
        np.array_equal(r.sr_m, trained.process(f).sr_m)
        for r, f in zip(results, frames, strict=True)
    )


def test_what_follows_the_network_may_run_beside_the_next_frame(trained: Pipeline) -> None:
    frames = [frame_of(wall((6, 8), i), stamp_ns=i) for i in range(1, 9)]
    expected = [trained.process(frame, estimate=True) for frame in frames]
    with ThreadPoolExecutor(1) as behind:
        running = [behind.submit(trained.infer(frame, estimate=True)) for frame in frames]
    assert all(same(e, r.result()) for e, r in zip(expected, running, strict=True))
    assert [r.result().stamp_ns for r in running] == list(range(1, 9))


# Invalid pixels


HoledTwice = tuple[FloatArray, FloatArray, npt.NDArray[np.bool_]]


@st.composite
def holed_depth(draw: st.DrawFn) -> HoledTwice:
    """One depth image twice, with different garbage in the same holes, and the holes."""
    height, width = draw(st.integers(1, 7)), draw(st.integers(1, 9))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    depth = rng.uniform(3, 5, (height, width)).astype(np.float32)
    holes = rng.random((height, width)) < draw(st.sampled_from([0.1, 0.5, 0.9]))
    holes[rng.integers(height), rng.integers(width)] = False
    garbage = np.array([0.0, -0.0, NAN, INF, -INF, 60.0, 10.001, -1.0, 0.05], np.float32)
    first, second = depth.copy(), depth.copy()
    first[holes] = rng.choice(garbage, int(holes.sum()))
    second[holes] = rng.choice(garbage, int(holes.sum()))
    return first, second, holes


@settings(max_examples=40)
@given(holed_depth(), st.booleans())
def test_what_stands_in_an_invalid_pixel_changes_no_bit(
    trained: Pipeline,
    depths: HoledTwice,
    fill: bool,
) -> None:
    trained.settings = replace(SETTINGS, fill_holes=fill)
    first, second = (trained.process(frame_of(d, (13, 21)), estimate=True) for d in depths[:2])
    trained.settings = SETTINGS
    assert same(first, second)


@settings(max_examples=40)
@given(holed_depth())
def test_holes_stay_where_they_were(bicubic: Pipeline, depths: HoledTwice) -> None:
    depth, _, holes = depths
    result = bicubic.process(frame_of(depth, (4 * depth.shape[0], 4 * depth.shape[1])))
    assert np.array_equal(np.isnan(result.sr_m), holes.repeat(4, 0).repeat(4, 1))


@settings(max_examples=40)
@given(holed_depth())
def test_a_wall_with_holes_stays_a_wall(bicubic: Pipeline, depths: HoledTwice) -> None:
    holes = depths[2]
    depth = wall(holes.shape, 4.25)
    depth[holes] = NAN
    bicubic.settings = replace(SETTINGS, fill_holes=True)
    result = bicubic.process(frame_of(depth, (15, 22)))
    bicubic.settings = SETTINGS
    assert result.sr_m == pytest.approx(4.25, abs=1e-5)


def test_a_far_pixel_leaves_the_rest_of_the_frame_alone(
    bicubic: Pipeline, rng: np.random.Generator
) -> None:
    """Values are normalised by the card's range, never by what the frame holds."""
    depth = rng.uniform(1, 2, (12, 16)).astype(np.float32)
    with_outlier = depth.copy()
    with_outlier[0, 0] = 9.9
    plain = bicubic.process(frame_of(depth, (48, 64))).sr_m
    changed = plain != bicubic.process(frame_of(with_outlier, (48, 64))).sr_m
    assert changed[:10, :10].any()  # what the cubic kernel of that pixel reaches
    assert not changed[10:].any()
    assert not changed[:, 10:].any()


# Frames that are refused


def refused(pipeline: Pipeline, frame: RgbdFrame) -> tuple[str, str]:
    with pytest.raises(FrameError) as caught:
        pipeline.process(frame)
    return caught.value.reason, str(caught.value)


@pytest.mark.parametrize(
    ("depth", "color", "message"),
    [
        ((25, 8), (24, 32), "depth 8x25 is larger than colour 32x24; expected depth no larger"),
        ((6, 33), (24, 32), "depth 33x6 is larger than colour 32x24"),
        ((0, 8), (24, 32), "depth 8x0 is empty"),
        ((6, 8), (0, 32), "colour 32x0 or depth 8x6 is empty"),
        ((6, 8), (24, 0), "colour 0x24"),
    ],
)
def test_sizes_that_are_no_pair_are_named(
    bicubic: Pipeline, depth: tuple[int, int], color: tuple[int, int], message: str
) -> None:
    reason, text = refused(bicubic, frame_of(wall(depth), color))
    assert reason == "size"
    assert message in text


@pytest.mark.parametrize(
    ("rgb", "depth"),
    [((24, 32), (6, 8)), ((24, 32, 4), (6, 8)), ((24, 32, 3), (6, 8, 1)), ((24, 32, 3), (48,))],
)
def test_arrays_of_the_wrong_rank_are_named(
    bicubic: Pipeline, rgb: tuple[int, ...], depth: tuple[int, ...]
) -> None:
    frame = frame_of(np.ones(depth, np.float32), rgb=np.zeros(rgb, np.uint8))
    assert refused(bicubic, frame) == (
        "size",
        f"shapes {rgb} and {depth}; expected (H, W, 3) and (h, w)",
    )


def test_types_that_are_no_image_are_named(bicubic: Pipeline) -> None:
    frame = frame_of(wall((6, 8)))
    assert refused(bicubic, replace(frame, rgb=frame.rgb.astype(np.float32))) == (
        "dtype",
        "colour has dtype float32; expected uint8",
    )
    double: Any = frame.depth.astype(np.float64)
    assert refused(bicubic, replace(frame, depth=double)) == (
        "dtype",
        "depth has dtype float64; expected uint16 or float32",
    )


@pytest.mark.parametrize(
    "depth",
    [
        np.zeros((6, 8), np.uint16),
        np.full((6, 8), 65535, np.uint16),
        np.full((6, 8), NAN, np.float32),
        np.full((6, 8), 0.05, np.float32),
    ],
)
def test_depth_without_one_valid_pixel_is_refused(bicubic: Pipeline, depth: DepthArray) -> None:
    reason, text = refused(bicubic, frame_of(depth))
    assert reason == "all_invalid"
    assert "no pixel between 0.1 and 10.0 m; check input.depth_scale" in text


def test_depth_of_another_frame_is_refused_unless_trusted(bicubic: Pipeline) -> None:
    frame = frame_of(wall((6, 8)), depth_frame_id="depth_optical")
    reason, text = refused(bicubic, frame)
    assert reason == "frame_id"
    assert "depth is in frame 'depth_optical', colour in 'color_optical'" in text
    assert "set register.mode to 'off'" in text

    bicubic.settings = replace(SETTINGS, same_frame=False)
    result = bicubic.process(frame)
    bicubic.settings = SETTINGS
    assert result.frame_id == "color_optical"


def test_a_refused_frame_leaves_the_next_one_alone(bicubic: Pipeline) -> None:
    for _ in range(5):  # more than the engine has slots
        refused(bicubic, frame_of(np.zeros((6, 8), np.uint16)))
        refused(bicubic, frame_of(wall((30, 8))))
    assert bicubic.process(frame_of(wall((6, 8)))).sr_m == pytest.approx(2.0, abs=1e-5)
