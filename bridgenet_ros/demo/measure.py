"""Carries out the measurements that `bridgenet benchmark` names, each on the rendered room."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

from bridgenet_ros.config import NodeConfig, value_of, with_values
from bridgenet_ros.demo.benchmark import NodeBench, NodeOptions, camera_of, rendered_cases
from bridgenet_ros.engine_build import BuiltEngine, build_engine, choose_device
from bridgenet_ros.errors import ConfigError
from bridgenet_ros.evaluation.baselines import baselines
from bridgenet_ros.evaluation.benchmark import (
    EAGER,
    Case,
    Effort,
    build_eager,
    time_method,
    time_network,
    time_pipeline,
)
from bridgenet_ros.evaluation.ledger import NETWORK, NODE, Row
from bridgenet_ros.network.weights import load_weights
from bridgenet_ros.pipeline import build_pipeline
from bridgenet_ros.preset_choice import weights_path
from bridgenet_ros.setting import parse_assignments

METHODS = {"guided_filter": "guided filter", "joint_bilateral": "joint bilateral"}
"""What may stand for a preset, by its name in `evaluation.baselines`."""
SCALE = 8
"""Of the rendered depth, for which the methods are tuned."""
ROW_LIMIT_S = 3.0
"""Where a row has enough frames for its median long before it has all the rounds."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One row to measure, in the words of the command line."""

    what: str
    preset: str
    backend: str
    precision: str
    size: str
    device: str
    threads: int
    estimate: bool
    repeats: int
    seconds: float
    rate: float
    params: tuple[str, ...] = ()
    """More parameters of the node, ``NAME:=VALUE``."""

    @property
    def is_method(self) -> bool:
        """Whether the preset is the name of a classical method."""
        return self.preset in METHODS

    @property
    def command(self) -> str:
        """What measures this row alone."""
        given = ["--what", self.what, "--preset", self.preset, "--size", self.size]
        defaults = ("backend", "device", "precision", "threads")
        for name in () if self.is_method else defaults:
            value = getattr(self, name)
            given += [] if value in ("auto", 0) else [f"--{name}", f"{value}"]
        given += ["--estimate"] if self.estimate else []
        if self.what == NODE:
            given += ["--seconds", f"{self.seconds:g}", "--rate", f"{self.rate:g}"]
        else:
            given += ["--repeats", f"{self.repeats}"]
        for text in self.params:
            given += ["-p", text]
        return shlex.join(["bridgenet", "benchmark", *given])

    @property
    def settings(self) -> dict[str, object]:
        """The node's parameters that make it so.

        Raises:
            ConfigError: one of ``params`` is not of its form.
        """
        return {
            "model.preset": self.preset,
            "model.backend": self.backend,
            "model.device": self.device,
            "model.precision": self.precision,
            "model.threads": self.threads,
            **parse_assignments(self.params),
        }


def measured(plans: Sequence[Plan], say: Say) -> Iterator[Row]:
    """Measure one after the other.

    Args:
        plans: what to measure.
        say: told what is being measured.

    Raises:
        ConfigError: a plan cannot be measured; nothing is measured then that comes after it.
        EngineError: a network failed.
        ChildError: a process of a node's measurement failed.
    """
    for plan in plans:
        _check(plan)
    with ExitStack() as stack:
        cases: dict[str, list[Case]] = {}
        benches: dict[str, NodeBench] = {}
        for number, plan in enumerate(plans, 1):
            say(f"{number}/{len(plans)}: {plan.command}")
            if plan.what == NODE:
                if plan.size not in benches:
                    benches[plan.size] = stack.enter_context(NodeBench(camera_of(plan.size)))
                row = _node(plan, benches[plan.size])
            else:
                if plan.size not in cases:
                    cases[plan.size] = rendered_cases(camera_of(plan.size))
                row = _frames(plan, cases[plan.size])
            yield replace(row, command=plan.command, settings=" ".join(plan.params))


def _check(plan: Plan) -> None:
    """Refuse what cannot be measured before anything is."""
    camera_of(plan.size)
    only = plan.preset if plan.is_method else plan.backend
    if (plan.is_method or plan.backend == EAGER) and plan.what != NETWORK:
        raise ConfigError(f"{only} has no {plan.what}; expected --what {NETWORK}")
    if plan.is_method and plan.estimate:
        raise ConfigError(f"{only} estimates no depth; expected no --estimate")
    if not plan.is_method and plan.backend != EAGER:
        with_values(NodeConfig(), plan.settings)


def _frames(plan: Plan, cases: Sequence[Case]) -> Row:
    effort = Effort(
        repeats=plan.repeats,
        limit_s=ROW_LIMIT_S,
        estimate=plan.estimate,
        threads=plan.threads,
    )
    if plan.is_method:
        method = baselines(SCALE, disparity=False)[METHODS[plan.preset]]
        return time_method(plan.preset, method, cases, effort)
    if plan.what == NETWORK:
        built = _engine(plan)
        try:
            return time_network(built, cases, effort)
        finally:
            built.engine.close()
    pipeline = build_pipeline(with_values(NodeConfig(), plan.settings))
    try:
        return time_pipeline(pipeline, cases, effort)
    finally:
        pipeline.close()


def _engine(plan: Plan) -> BuiltEngine:
    if plan.backend != EAGER:
        return build_engine(with_values(NodeConfig(), plan.settings).model)
    model = with_values(NodeConfig(), {**plan.settings, "model.backend": "auto"}).model
    network, card = load_weights(weights_path(model))
    return build_eager(network, card, choose_device(model.device), plan.threads)


def _node(plan: Plan, bench: NodeBench) -> Row:
    config = with_values(NodeConfig(), plan.settings)
    # Of the setting's own type, on which ROS insists. The guard as a node has it by default: the
    # demo leaves flying pixels in.
    parameters = {name: value_of(config, name) for name in ("edge.enable", *plan.settings)}
    options = NodeOptions(
        preset=plan.preset,
        parameters=parameters,
        seconds=plan.seconds,
        rate_hz=plan.rate,
        estimate=plan.estimate,
        threads=plan.threads,
    )
    return bench.measure(options, lambda _stage, _share: None)
