"""The report of a run, ``OUT.report.html`` beside its output: one page that needs nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from xml.etree.ElementTree import Element

from bridgenet_ros.errors import BagError
from bridgenet_ros.offline.manifest import Manifest, StoredFile
from bridgenet_ros.offline.measuring import PROCESS_MS
from bridgenet_ros.offline.parts import write_whole
from bridgenet_ros.offline.report_charts import gap_charts, quality_charts, table, time_charts
from bridgenet_ros.offline.report_drops import drops
from bridgenet_ros.offline.report_views import views
from bridgenet_ros.offline.run_record import RunRecord
from bridgenet_ros.report import quantity
from bridgenet_ros.report.markup import document, element
from bridgenet_ros.report.series import spread
from bridgenet_ros.report.style import CSS

_MARK, _KEY = "bridgenet-report", "bridgenet-key"
_HEAD_BYTES = 512
_MOST_FILES = 8


def report_path(target: Path) -> Path:
    """Where the report of an output lies."""
    return target.with_name(f"{target.name}.report.html")


def is_report(path: Path, key: str = "") -> bool:
    """Whether a file is a report that this package wrote, of the run of this key if one is given.

    Raises:
        BagError: it cannot be read.
    """
    try:
        with path.open("rb") as stream:
            head = stream.read(_HEAD_BYTES)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise BagError(f"{path}: cannot be read: {error.strerror or error}") from error
    return f'name="{_MARK}"'.encode() in head and key.encode() in head


def check_report(target: Path) -> None:
    """Refuse to replace a file that is no report.

    Raises:
        BagError: there is one at `report_path`.
    """
    path = report_path(target)
    if path.exists() and not is_report(path):
        raise BagError(f"{path}: exists and is no report; only reports are replaced")


def write_report(target: Path, manifest: Manifest, record: RunRecord) -> None:
    """Write the report of an output.

    Raises:
        SpaceError: the disk is full.
        BagError: it cannot be written for another reason.
    """
    write_whole(report_path(target), make_report(target.name, manifest, record))


def drop_report(target: Path) -> None:
    """Remove the report of an output that is replaced, if there is one."""
    path = report_path(target)
    if is_report(path):
        path.unlink()


def make_report(name: str, manifest: Manifest, record: RunRecord) -> str:
    """The page.

    Args:
        name: of the output.
        manifest: of the run.
        record: what it measured.
    """
    sections = {
        "Before and after": views(record),
        "Quality over time": quality_charts(record),
        "Processing time": time_charts(record),
        "What was left out": drops(manifest.summary, record.last_error),
        "Synchronisation": gap_charts(record),
        "What was processed": _processed(name, manifest),
        "Settings": _settings(manifest),
    }
    warnings = [
        element("p", "Warning: ", text, class_="warning") for text in manifest.summary["warnings"]
    ]
    head = [
        element("p", "bridgenet process-bag", class_="quiet"),
        element("h1", name),
        element("p", _sentence(manifest, record)),
        *warnings,
        _facts(manifest, record),
    ]
    body = [
        element("section", element("h2", title), content) for title, content in sections.items()
    ]
    foot = element("p", f"bridgenet_ros {manifest.tool}, {manifest.written}", class_="quiet")
    return document(
        f"{name}: report",
        CSS,
        element("body", element("main", *head, *body, foot)),
        metas={_MARK: manifest.tool, _KEY: manifest.key},
    )


def _sentence(manifest: Manifest, record: RunRecord) -> str:
    summary, times = manifest.summary, record.pair_times_s()
    span = f" over {quantity.duration(float(times.max()))}" if len(times) > 1 else ""
    return (
        f"{_counted(summary['results'], 'result')} from "
        f"{_counted(summary['pairs'], 'pair')} of {manifest.source}{span}."
    )


def _facts(manifest: Manifest, record: RunRecord) -> Element:
    """The figures at a glance."""

    def median(name: str) -> float:
        return spread(record.quality(name)).median

    summary, time_ms = manifest.summary, spread(record.timing_ms(PROCESS_MS))
    lost = sum(summary["unpaired"].values()) + summary["unreadable"]
    bad = sum(summary["bad_frames"].values())
    flying = [quantity.percent(median(name)) for name in ("flying_before", "flying_after")]
    facts = {
        "Results": (quantity.count(summary["results"]), f"of {_counted(summary['pairs'], 'pair')}"),
        "Agrees with the sensor": (
            quantity.percent(median("consistency_share")),
            f"of its pixels; {quantity.metres(median('consistency_median_m'))} off in the median",
        ),
        "Holes": (
            quantity.percent(median("holes_out")),
            f"the sensor has {quantity.percent(median('holes_in'))}",
        ),
        "Flying pixels": (flying[1], f"before the guard {flying[0]}"),
        "Flicker": (quantity.metres(median("flicker_m")), "where the camera stands still"),
        "Time of a pair": (
            quantity.milliseconds(time_ms.median),
            f"95 % below {quantity.milliseconds(time_ms.high)}",
        ),
        "Left out": (
            quantity.count(lost + bad),
            f"{_counted(lost, 'image')}, {_counted(bad, 'pair')}",
        ),
    }
    entries = [
        element("div", element("dt", name), element("dd", value, element("small", note)))
        for name, (value, note) in facts.items()
    ]
    return element("dl", *entries, class_="facts")


def _processed(name: str, manifest: Manifest) -> Element:
    summary = manifest.summary
    weights = _inner(_inner(manifest.settings, "processor"), "weights")
    processor = _inner(manifest.settings, "processor")
    rows: dict[str, str | Element] = {
        "Input": _files(manifest.source, manifest.input),
        "Output": _files(name, manifest.output),
        "Colour": element("code", summary["color_topic"]),
        "Depth": element("code", summary["depth_topic"]),
        "Depth is": summary["registration"] or "not said",
        "Weights": _weights(weights),
        "Device": str(processor.get("device", "not said")),
        "Tool": f"bridgenet_ros {manifest.tool}",
        "Machine": manifest.machine,
        "Written": manifest.written,
        "Key of the run": element("code", manifest.key),
    }
    seconds = [(stage, quantity.duration(s)) for stage, s in manifest.timings_s.items()]
    topics = [(topic, quantity.count(number)) for topic, number in manifest.topics.items()]
    work = [
        element("h3", "The run"),
        table(("step", "time"), seconds),
        element("p", _work(manifest), class_="quiet"),
    ]
    messages = [element("h3", "The output"), table(("topic", "messages"), topics)]
    return element(
        "div",
        element("div", definitions(rows), class_="card"),
        element("p"),
        element(
            "div",
            element("div", *work, class_="card"),
            element("div", *messages, class_="card"),
            class_="grid-of",
        ),
    )


def _settings(manifest: Manifest) -> Element:
    rows = dict(_flat(manifest.settings))
    listed = definitions({name: element("code", value) for name, value in rows.items()})
    summary = element("summary", f"All {len(rows)} settings, by name")
    return element("details", summary, listed, class_="card")


def definitions(rows: Mapping[str, str | Element]) -> Element:
    """Names and their values, side by side where there is room."""
    pairs = [part for n, v in rows.items() for part in (element("dt", n), element("dd", v))]
    return element("dl", *pairs, class_="pairs")


def _work(manifest: Manifest) -> str:
    reused = manifest.summary["reused"]
    again = f"; {_counted(reused, 'segment')} of a run before used again" if reused else ""
    seconds = manifest.timings_s.get("process", 0.0)
    rate = f"; {quantity.decimal(manifest.summary['results'] / seconds, 2)} results a second"
    return f"{_counted(manifest.workers, 'worker')}{again or (rate if seconds else '')}"


def _files(name: str, files: Sequence[StoredFile]) -> Element:
    entries = [
        element(
            "li", f"{file.name}, {quantity.size(file.size)}, sha256 ", element("code", file.sha256)
        )
        for file in files[:_MOST_FILES]
    ]
    if len(files) > _MOST_FILES:
        total = quantity.size(sum(file.size for file in files))
        more = f"{_counted(len(files), 'file')} in all, {total}; the manifest lists them"
        entries.append(element("li", more))
    return element("div", name, element("ul", *entries))


def _weights(weights: Mapping[str, object]) -> str | Element:
    if not weights:
        return "not said"
    preset, sha256 = weights.get("preset"), str(weights.get("sha256"))
    untrained = weights.get("trained") is False
    note = ", not trained: what they give is bicubic upsampling" if untrained else ""
    return element("span", f"preset {preset}, sha256 ", element("code", sha256), note)


def _inner(values: Mapping[str, object], name: str) -> Mapping[str, object]:
    found = values.get(name)
    return found if isinstance(found, Mapping) else {}


def _flat(value: object, name: str = "") -> Iterator[tuple[str, str]]:
    """Nested plain values by their dotted names."""
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from _flat(inner, f"{name}.{key}" if name else str(key))
    elif value is None:
        yield name, "none"
    else:
        yield name, str(value) if not isinstance(value, list | Mapping) or value else "none"


def _counted(number: int, thing: str) -> str:
    return f"{quantity.count(number)} {thing}{'' if number == 1 else 's'}"
