"""What has happened since the last result."""

from __future__ import annotations

from bridgenet_ros.output_record import OutputRecord, Refusal


def test_silence_runs_from_the_start_and_from_each_result() -> None:
    record = OutputRecord(10.0)
    assert record.silent_s(12.5) == 2.5
    record.output(12.0)
    assert record.silent_s(12.5) == 0.5


def test_refusals_are_counted_by_reason_until_a_result_comes() -> None:
    record = OutputRecord(0.0)
    record.refused("size", "first")
    record.refused("size", "second")
    record.refused("step", "other")
    assert record.refusals() == {"size": Refusal(2, "second"), "step": Refusal(1, "other")}
    record.output(1.0)
    assert record.refusals() == {}
