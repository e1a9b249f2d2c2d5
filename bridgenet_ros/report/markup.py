"""HTML as a tree: whatever a text holds, the library that writes the tree escapes it.

Python's ``xml.etree`` writes HTML too: void elements without an end, ``style`` as it is.
"""

from __future__ import annotations

import re
from typing import TypeAlias
from xml.etree.ElementTree import Element, tostring

Child: TypeAlias = Element | str

_UNSHOWABLE = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_REPLACEMENT = "\ufffd"
_NOTHING_FROM_OUTSIDE = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
"""A Content-Security-Policy (W3C): the page loads and runs nothing."""


def element(tag: str, *children: Child, **attributes: str | float) -> Element:
    """An element with its children.

    Args:
        tag: name, as HTML or SVG spells it.
        children: texts and elements in order.
        attributes: ``class_`` is ``class``, and every other ``_`` a ``-``. Numbers are rounded to
            two decimals.
    """
    made = Element(tag, {_attribute(name): _plain(value) for name, value in attributes.items()})
    last: Element | None = None
    for child in children:
        if isinstance(child, Element):
            made.append(child)
            last = child
        elif last is None:
            made.text = (made.text or "") + showable(child)
        else:
            last.tail = (last.tail or "") + showable(child)
    return made


def document(title: str, style: str, body: Element, *, metas: dict[str, str]) -> str:
    """A whole page, UTF-8, for any width of screen.

    Args:
        title: of the window.
        style: CSS; must not hold ``</``.
        body: the ``body`` element.
        metas: content by name of further ``meta`` elements, which come first.
    """
    head = element("head", element("meta", charset="utf-8"))
    for name, content in metas.items():
        head.append(element("meta", name=name, content=content))
    head.extend(
        [
            element("meta", name="viewport", content="width=device-width, initial-scale=1"),
            element("meta", http_equiv="Content-Security-Policy", content=_NOTHING_FROM_OUTSIDE),
            element("meta", name="color-scheme", content="light dark"),
            element("title", title),
            element("style", style),
        ]
    )
    page = element("html", head, body, lang="en")
    return f"<!DOCTYPE html>\n{tostring(page, encoding='unicode', method='html')}\n"


def showable(text: str) -> str:
    """``text`` with a replacement character for each that no page may hold."""
    return _UNSHOWABLE.sub(_REPLACEMENT, text)


def _attribute(name: str) -> str:
    return name.removesuffix("_").replace("_", "-")


def _plain(value: str | float) -> str:
    return showable(value) if isinstance(value, str) else f"{round(value, 2):g}"
