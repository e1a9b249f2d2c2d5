"""Every method over a data set: rows of errors."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bridgenet_ros.data.dataset import Quantity, RgbdDataset
from bridgenet_ros.evaluation.baselines import Method, baselines
from bridgenet_ros.evaluation.mean_depth import MeanDepth
from bridgenet_ros.evaluation.metrics import (
    Errors,
    EstimateErrors,
    measure,
    measure_estimate,
)
from bridgenet_ros.evaluation.network import NetworkMethod
from bridgenet_ros.evaluation.protocol import Case, Protocol, make_case
from bridgenet_ros.network.bridgenet import BridgeNet

CM_PER_M = 100.0
MEAN = "mean depth map"


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One method on one data set under one protocol: means over the images."""

    dataset: str
    method: str
    """A baseline's name, or the `Subject`'s: its preset, or its file among all that ship."""
    scale: int
    downsample: str
    """`Protocol.name`."""
    n: int
    """Number of images."""
    unit: str
    """``cm`` for depth; ``grey`` or ``px`` for disparity."""
    rmse: float
    mad: float
    mae: float
    edge_rmse: float
    per_image: tuple[Mapping[str, Any], ...]
    """``name`` and the four errors of each image."""
    delta1: float | None = None
    """Of D_DE; for a network on depth only."""
    abs_rel: float | None = None

    def plain(self) -> dict[str, Any]:
        """As JSON takes it: what a row does not have is left out, an error of no pixel is None."""
        has = {k: _json_value(v) for k, v in asdict(self).items() if v is not None}
        images = [{k: _json_value(v) for k, v in image.items()} for image in self.per_image]
        return {**has, "per_image": images}


class Subject(NamedTuple):
    """A network under test."""

    name: str
    """What its rows are called."""
    network: BridgeNet
    device: str = "cpu"


Observer = Callable[[Case, Mapping[str, NDArray[np.float32]]], None]
"""Called for each image with the case and each method's result."""


def evaluate(
    dataset: RgbdDataset,
    protocol: Protocol,
    subjects: Sequence[Subject],
    *,
    mean: MeanDepth | None = None,
    observe: Observer | None = None,
    limit: int | None = None,
    classical: bool = True,
) -> list[Row]:
    """Rows of every baseline and of every subject, over the first ``limit`` images, 1 or more.

    With ``mean`` a data set of depth has one more row: what D_DE has to beat. ``classical=False``
    leaves the baselines out.

    Raises:
        DatasetError: as `RgbdDataset.load`.
        ConfigError: the baselines are not tuned for the scale.
    """
    disparity = dataset.quantity is Quantity.DISPARITY
    methods = dict(baselines(protocol.scale, disparity=disparity)) if classical else {}
    ours = {subject.name: _network_method(dataset, subject) for subject in subjects}
    methods |= ours
    if mean is not None and dataset.quantity is Quantity.DEPTH:
        methods[MEAN] = mean
    count = len(dataset) if limit is None else min(limit, len(dataset))
    images: dict[str, list[tuple[str, Errors]]] = {name: [] for name in methods}
    estimators = _estimators(dataset, ours, mean)
    estimates: dict[str, list[EstimateErrors]] = {name: [] for name in estimators}
    for i in range(count):
        case = make_case(dataset, i, protocol)
        results = {name: _rounded(dataset, m(case.rgb, case.low)) for name, m in methods.items()}
        for name, result in results.items():
            errors = _in_unit(dataset, measure(result, case.truth, case.counted, case.edges))
            images[name].append((case.name, errors))
        for name, estimate in estimators.items():
            estimated = estimate(case.rgb, case.low)
            estimates[name].append(measure_estimate(estimated, case.truth, case.counted))
        if observe is not None:
            observe(case, results)
    return [
        _row(dataset, protocol, name, found, estimates.get(name, []))
        for name, found in images.items()
    ]


def _network_method(dataset: RgbdDataset, subject: Subject) -> NetworkMethod:
    return NetworkMethod(
        network=subject.network, value_range=dataset.card.value_range, device=subject.device
    )


def _estimators(
    dataset: RgbdDataset, ours: Mapping[str, NetworkMethod], mean: MeanDepth | None
) -> Mapping[str, Method]:
    # D_DE is learnt in metres: on disparity its figures would mean nothing.
    if dataset.quantity is not Quantity.DEPTH:
        return {}
    estimators: dict[str, Method] = {
        name: method.estimate for name, method in ours.items() if method.network.mde is not None
    }
    if mean is not None:
        estimators[MEAN] = mean
    return estimators


def _rounded(dataset: RgbdDataset, result: NDArray[np.float32]) -> NDArray[np.float32]:
    """Grey levels are whole numbers, so that is what literature's MAD is measured on."""
    if dataset.card.unit != "grey":
        return result
    return np.clip(np.round(result), 0, dataset.card.value_range)


def reported_unit(dataset: RgbdDataset) -> tuple[str, float]:
    """The unit in which errors are reported, and how many of it the data set's own unit is."""
    return ("cm", CM_PER_M) if dataset.quantity is Quantity.DEPTH else (dataset.card.unit, 1.0)


def _in_unit(dataset: RgbdDataset, errors: Errors) -> Errors:
    factor = reported_unit(dataset)[1]
    return Errors(*(factor * e for e in errors))


def _row(
    dataset: RgbdDataset,
    protocol: Protocol,
    method: str,
    images: list[tuple[str, Errors]],
    estimates: list[EstimateErrors],
) -> Row:
    # An image without edges has no edge error; it must not make the mean one.
    means = Errors(*(_mean(column) for column in zip(*(e for _, e in images), strict=True)))
    return Row(
        dataset=dataset.name,
        method=method,
        scale=protocol.scale,
        downsample=protocol.name,
        n=len(images),
        unit=reported_unit(dataset)[0],
        **means._asdict(),
        per_image=tuple({"name": name, **errors._asdict()} for name, errors in images),
        delta1=float(np.mean([e.delta1 for e in estimates])) if estimates else None,
        abs_rel=float(np.mean([e.abs_rel for e in estimates])) if estimates else None,
    )


def _mean(values: Iterable[float]) -> float:
    known = [v for v in values if not np.isnan(v)]
    return float(np.mean(known)) if known else float("nan")


def _json_value(value: object) -> object:
    """The value; None for a number that JSON cannot write."""
    return None if isinstance(value, float) and not math.isfinite(value) else value
