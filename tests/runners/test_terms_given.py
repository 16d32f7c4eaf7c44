"""Terms as a text that an engine is given: as many as have room, and what is refused."""

import msgspec
import pytest

from runners.settings import PROMPT_TOKENS, Unsupported, with_terms


def tokens(text: str) -> int:
    """Count a token a character."""
    return len(text)


def test_as_many_terms_are_given_as_have_room() -> None:
    """The first ones, in their order; what has no room is counted."""
    settings, report = with_terms({"beams": 5}, "hotwords", ["Ada", "Bob"], tokens)
    assert settings == {"beams": 5, "hotwords": "Ada, Bob"}
    assert report == {"terms_as": "hotwords", "terms_given": 2, "terms_left_out": 0}
    many = [f"name {number:03}" for number in range(100)]  # ten characters with comma and space
    settings, report = with_terms({}, "hotwords", many, tokens)
    assert len(settings["hotwords"]) <= PROMPT_TOKENS < len(settings["hotwords"]) + 10
    assert (report["terms_given"], report["terms_left_out"]) == (22, 78)
    assert settings["hotwords"].startswith("name 000, name 001")


@pytest.mark.parametrize("none", [msgspec.UNSET, []])
def test_without_terms_nothing_changes(none: list[str] | msgspec.UnsetType) -> None:
    """Then the text is the user's own."""
    assert with_terms({"prompt": "mine"}, "prompt", none, tokens) == ({"prompt": "mine"}, {})


@pytest.mark.parametrize(
    ("settings", "terms", "why"),
    [
        ({"prompt": "mine"}, ["Ada"], "set already"),
        ({}, ["x" * (PROMPT_TOKENS + 1)], "has more than 223 tokens"),
    ],
)
def test_what_cannot_be_given_is_refused(
    settings: dict[str, str], terms: list[str], why: str
) -> None:
    """A text that is there already, and a term without room."""
    with pytest.raises(Unsupported, match=why):
        with_terms(settings, "prompt", terms, tokens)
