"""The journal's chain: whatever is written goes on from its head, and whatever is changed breaks it."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tills import chain
from tills.chain import Head, Link

# A slow machine is no failure.
LIGHTLY = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
TEXT = st.text('aB1é"\\\n あ𠮷\u2028', max_size=6)
VALUE = st.recursive(
    TEXT | st.integers() | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
PAYLOADS = st.lists(st.dictionaries(TEXT, VALUE, max_size=3), min_size=1, max_size=6)


def written(payloads: list[dict[str, Any]]) -> tuple[list[Link], Head]:
    head, links = Head(), []
    for payload in payloads:
        link, head = chain.append(
            head, device="t1", kind="sale", occurred_at="2026-11-27T15:00:00+09:00", payload=payload
        )
        links.append(link)
    return links, head


@LIGHTLY
@given(PAYLOADS)
def test_what_was_written_goes_on_to_its_head(payloads: list[dict[str, Any]]) -> None:
    links, head = written(payloads)

    assert chain.verify(Head(), links) == (head, None)


@LIGHTLY
@given(PAYLOADS, st.data())
def test_whatever_is_changed_is_found_at_its_place(
    payloads: list[dict[str, Any]], data: st.DataObject
) -> None:
    links, _ = written(payloads)
    place = data.draw(st.integers(0, len(links) - 1))
    what = data.draw(st.sampled_from(["kind", "occurred_at", "payload", "device"]))
    value: Any = {**links[place].payload, "\ue000": 1} if what == "payload" else "other"
    links[place] = replace(links[place], **{what: value})

    _, broken = chain.verify(Head(), links)

    assert broken is not None
    assert (broken.rule, broken.sequence) == ("hash", place + 1)


@LIGHTLY
@given(PAYLOADS, st.data())
def test_whoever_hashes_a_change_anew_breaks_what_follows(
    payloads: list[dict[str, Any]], data: st.DataObject
) -> None:
    links, head = written([*payloads, {}])
    place = data.draw(st.integers(0, len(links) - 2))
    forged = replace(links[place], kind="void")
    links[place] = replace(forged, hash=chain.hash_of(forged))

    reached, broken = chain.verify(Head(), links)

    assert broken is not None
    assert (broken.rule, broken.sequence) == ("previous", place + 2)
    assert reached != head


@LIGHTLY
@given(PAYLOADS, st.data())
def test_what_is_left_out_is_a_gap(payloads: list[dict[str, Any]], data: st.DataObject) -> None:
    links, _ = written([*payloads, {}])
    place = data.draw(st.integers(0, len(links) - 2))
    del links[place]

    _, broken = chain.verify(Head(), links)

    assert broken is not None
    assert (broken.rule, broken.expected_sequence) == ("gap", place + 1)


def test_the_form_is_canonical() -> None:
    assert chain.canonical({"b": 1, "a": ["あ", None]}) == '{"a":["あ",null],"b":1}'.encode()
    with pytest.raises(TypeError):
        chain.canonical({"a": object()})
