"""Pages as a browser's parser sees them, whatever their texts hold."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from pages import Reader

from bridgenet_ros.report.markup import document, element, showable

EVIL = "<script>alert(\"1\")</script> & 'x' </title></style>"


def test_texts_and_elements_keep_their_order() -> None:
    made = element("p", "a", "b", element("b", "c"), "d", element("i"), "e", class_="x", data_n=1.5)
    page = document("t", "", element("body", made), metas={})
    assert '<p class="x" data-n="1.5">ab<b>c</b>d<i></i>e</p>' in page


def test_a_page_is_ready_for_phones_and_loads_nothing() -> None:
    reader = Reader(document("t", "p { margin: 0 }", element("body"), metas={"mine": "1"}))
    contents = [value for tag, name, value in reader.attributes if name == "content"]
    assert contents[0] == "1"
    assert "width=device-width, initial-scale=1" in contents
    assert any((value or "").startswith("default-src 'none'") for value in contents)
    assert reader.text_of("style") == "p { margin: 0 }"


def test_no_text_gets_out_of_its_element() -> None:
    body = element("body", element("p", EVIL, title=EVIL))
    reader = Reader(document(EVIL, "", body, metas={"m": EVIL}))
    assert "script" not in reader.tags
    assert reader.text_of("p") == reader.text_of("title") == EVIL
    assert ("p", "title", EVIL) in reader.attributes
    assert ("meta", "content", EVIL) in reader.attributes


def test_what_no_page_may_hold_is_replaced() -> None:
    assert showable("a\0b\x1b\ud800c\n\u00e4") == "a\ufffdb\ufffd\ufffdc\n\u00e4"


@given(st.text(st.characters()))
def test_any_text_comes_back(text: str) -> None:
    page = document("", "", element("body", element("p", text, alt=text)), metas={})
    page.encode("utf-8")
    reader = Reader(page)
    # A parser of HTML reads every kind of line end as a line feed, or as it is.
    assert reader.text_of("p").replace("\r", "\n") == showable(text).replace("\r", "\n")
    assert reader.tags == ["html", "head", *["meta"] * 4, "title", "style", "body", "p"]
