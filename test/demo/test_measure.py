"""From what was asked for to rows."""

from __future__ import annotations

import shlex
from dataclasses import replace

import pytest

from bridgenet_ros.cli import build_parser
from bridgenet_ros.commands.benchmark import plans
from bridgenet_ros.demo.benchmark import NodeBench, NodeOptions
from bridgenet_ros.demo.measure import METHODS, SCALE, Plan, measured
from bridgenet_ros.errors import ConfigError
from bridgenet_ros.evaluation.baselines import baselines

PLAN = Plan(
    what="network",
    preset="tiny",
    backend="torch",
    precision="auto",
    size="64x48",
    device="cpu",
    threads=1,
    estimate=False,
    repeats=1,
    seconds=5.0,
    rate=30.0,
)
PLANS = [
    PLAN,
    replace(PLAN, what="pipeline", backend="auto", device="auto", threads=0),
    replace(PLAN, what="node", estimate=True, seconds=7.5),
    replace(PLAN, backend="eager", precision="float32", repeats=3),
    replace(PLAN, params=("schedule.budget_ms:=80", "fill.mode:=all")),
]
pytestmark = pytest.mark.usefixtures("torch_threads")


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: f"{plan.what}-{plan.backend}")
def test_command_of_a_row_measures_that_row(plan: Plan) -> None:
    arguments = shlex.split(plan.command)
    assert arguments[0] == "bridgenet"
    (again,) = plans(build_parser().parse_args(arguments[1:]))
    assert again.command == plan.command
    assert (again.what, again.settings, again.estimate) == (plan.what, plan.settings, plan.estimate)


def test_networks_pipelines_and_methods_become_rows() -> None:
    asked = [
        PLAN,
        replace(PLAN, backend="eager", estimate=True),
        replace(PLAN, what="pipeline", params=("fill.mode:=all",)),
        replace(PLAN, preset="guided_filter"),
    ]
    said: list[str] = []

    rows = list(measured(asked, said.append))

    assert [(r.what, r.preset, r.backend, r.estimate) for r in rows] == [
        ("network", "tiny", "torch", False),
        ("network", "tiny", "eager", True),
        ("pipeline", "tiny", "torch", False),
        ("network", "guided_filter", "classical", False),
    ]
    assert [r.command for r in rows] == [plan.command for plan in asked]
    assert [r.settings for r in rows] == ["", "", "fill.mode:=all", ""]
    assert said[0] == f"1/4: {PLAN.command}"
    assert all((r.width, r.height, r.frames_in) == (64, 48, 4) for r in rows)
    # Eager and fused are the same network.
    assert rows[0].rmse_cm == pytest.approx(rows[1].rmse_cm, rel=1e-3)


def test_node_has_the_settings_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[NodeOptions] = []

    class AskedError(Exception):
        pass

    def take(bench: NodeBench, options: NodeOptions, progress: object) -> None:
        asked.append(options)
        raise AskedError

    monkeypatch.setattr(NodeBench, "measure", take)

    for params in ((), ("edge.enable:=false", "schedule.budget_ms:=80")):
        with pytest.raises(AskedError):
            list(measured([replace(PLANS[2], params=params)], lambda _: None))

    assert (asked[0].seconds, asked[0].rate_hz, asked[0].estimate) == (7.5, 30.0, True)
    assert asked[0].parameters == {
        "model.preset": "tiny",
        "model.backend": "torch",
        "model.device": "cpu",
        "model.precision": "auto",
        "model.threads": 1,
        "edge.enable": True,
    }
    assert asked[1].parameters == {
        **asked[0].parameters,
        "edge.enable": False,
        "schedule.budget_ms": 80.0,
    }
    assert isinstance(asked[1].parameters["schedule.budget_ms"], float)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"what": "node", "backend": "eager"}, "eager has no node; expected --what network"),
        ({"what": "pipeline", "preset": "joint_bilateral"}, "joint_bilateral has no pipeline"),
        ({"preset": "joint_bilateral", "estimate": True}, "joint_bilateral estimates no depth"),
        ({"size": "65x48"}, "expected multiples of 8"),
        ({"params": ("sync.slop:=9",)}, "sync.slop is 9"),
        ({"params": ("sync.slop",)}, "expected NAME:=VALUE"),
    ],
)
def test_what_cannot_be_measured_is_refused_before_anything_is(
    changes: dict[str, object], reason: str
) -> None:
    said: list[str] = []
    with pytest.raises(ConfigError, match=reason):
        list(measured([PLAN, replace(PLAN, **changes)], said.append))  # type: ignore[arg-type]
    assert said == []


def test_methods_have_the_names_of_baselines() -> None:
    assert set(METHODS.values()) <= set(baselines(SCALE, disparity=False))
