"""The bounded cache."""

from __future__ import annotations

from bridgenet_ros.engine.lru import Lru


def test_what_was_used_longest_ago_makes_room() -> None:
    cache: Lru[str, int] = Lru(2)
    cache.put("a", 1)
    cache.put("b", 2)
    assert cache.get("a") == 1  # now b is the older one
    cache.put("c", 3)
    assert list(cache) == ["a", "c"]
    assert cache.get("b") is None


def test_a_value_is_replaced_without_pushing_another_out() -> None:
    cache: Lru[str, int] = Lru(2)
    for key, value in (("a", 1), ("b", 2), ("a", 3)):
        cache.put(key, value)
    assert list(cache) == ["b", "a"]
    assert cache.get("a") == 3
