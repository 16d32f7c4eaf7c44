"""The codec: golden lines, round trips of anything, and refusals that are always ProtocolError."""

import math
from pathlib import Path
from typing import get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runners import protocol
from runners.protocol import Options, ProtocolError, Segment, decode_reply, decode_request, encode

GOLDEN = Path(__file__).parents[1] / "golden"
DECODE = {"requests": decode_request, "replies": decode_reply}
OTHER = {"requests": decode_reply, "replies": decode_request}

text = st.text(st.characters(codec="utf-8"))  # controls and astral planes, no lone surrogates
any_text = st.text(st.characters())  # lone surrogates too
integer = st.integers(-(2**100), 2**100)
real = st.floats(allow_nan=False, allow_infinity=False)
scalar = st.none() | st.booleans() | integer | real | text
settings = st.dictionaries(text, scalar, max_size=4)
terms = st.just(msgspec.UNSET) | st.lists(text, max_size=3)
options = st.builds(
    Options, language=st.none() | text, threads=integer, extra=settings, terms=terms
)
segment = st.builds(Segment, start=st.none() | real, end=st.none() | real, text=text)
server = st.just(msgspec.UNSET) | st.builds(protocol.Server, url=text, key=st.none() | text)
request = st.one_of(
    st.builds(protocol.Load, id=integer, model=text, options=options, server=server),
    st.builds(protocol.Describe, id=integer, options=options),
    st.builds(protocol.Transcribe, id=integer, audio=text, samples=integer),
    st.builds(protocol.Listen, id=integer, audio=text, samples=integer),
    st.builds(protocol.Feed, id=integer, samples=integer),
    st.builds(protocol.Finish, id=integer, samples=integer),
    st.builds(protocol.Shutdown),
)
kind = st.sampled_from(get_args(protocol.Failed.__annotations__["kind"]))
reply = st.one_of(
    st.builds(
        protocol.Ready, integer, text, text, st.none() | text, real, integer, live=st.none() | text
    ),
    st.builds(protocol.Described, integer, settings),
    st.builds(protocol.Loaded, integer, real, settings),
    st.builds(
        protocol.Transcript,
        integer,
        text,
        st.none() | text,
        st.lists(segment, max_size=3),
        real,
        words=st.none() | st.lists(segment, max_size=3),
    ),
    st.builds(protocol.Listening, integer, settings),
    st.builds(protocol.Partial, integer, text, text, integer),
    st.builds(protocol.Failed, integer, kind, text, text),
    st.builds(protocol.Progress, integer, text, st.none() | real),
    st.builds(protocol.Bye, st.none() | integer),
)


def golden(name: str) -> list[bytes]:
    """Return the lines of a golden file; a text may hold U+2028, which ends no line here."""
    return (GOLDEN / f"{name}.jsonl").read_bytes().removesuffix(b"\n").split(b"\n")


@pytest.mark.parametrize("direction", DECODE)
def test_golden_lines_survive_byte_for_byte(direction: str) -> None:
    """Every golden line decodes, and encodes back to the same bytes."""
    for line in golden(direction):
        assert encode(DECODE[direction](line)) == line + b"\n"


@pytest.mark.parametrize(
    ("direction", "union"), [("requests", protocol.Request), ("replies", protocol.Reply)]
)
def test_golden_lines_cover_every_message(direction: str, union: object) -> None:
    """No message is without a golden line."""
    assert {type(DECODE[direction](line)) for line in golden(direction)} == set(get_args(union))


@pytest.mark.parametrize("direction", DECODE)
def test_requests_are_no_replies(direction: str) -> None:
    """A line sent the wrong way is refused."""
    for line in golden(direction):
        with pytest.raises(ProtocolError):
            OTHER[direction](line)


@pytest.mark.parametrize("line", golden("accepted"))
def test_other_spellings_are_accepted(line: bytes) -> None:
    """Order, spaces, escapes and absent defaults mean the same, and survive a round trip."""
    decode = decode_request if b'"load"' in line else decode_reply
    message = decode(line)
    assert decode(encode(message)) == message


@pytest.mark.parametrize("line", golden("refused"))
def test_what_is_no_message_is_refused(line: bytes) -> None:
    """Unknown fields, types and tags, missing fields, NaN, halves and doubles are errors."""
    for decode in DECODE.values():
        with pytest.raises(ProtocolError) as caught:
            decode(line)
        assert caught.value.kind == "broken-line"
        assert repr(line)[:20] in str(caught.value)


def test_absent_options_mean_the_defaults() -> None:
    """A request without options loads with those of `Options()`."""
    message = decode_request(b'{"type":"load","id":1,"model":"/m"}')
    assert message == protocol.Load(1, "/m", Options())


@given(request)
def test_every_request_round_trips(message: protocol.Request) -> None:
    """What is encoded decodes to an equal message, in one line."""
    line = encode(message)
    assert line.count(b"\n") == 1
    assert decode_request(line) == message


@given(reply)
def test_every_reply_round_trips(message: protocol.Reply) -> None:
    """What is encoded decodes to an equal message, in one line."""
    line = encode(message)
    assert line.count(b"\n") == 1
    assert decode_reply(line) == message


@given(any_text)
def test_lone_surrogates_are_replaced(broken: str) -> None:
    """Text without UTF-8 goes through with one `?` for each lone surrogate, in keys as well."""
    whole = broken.encode("utf-8", "replace").decode()
    message = protocol.Loaded(1, 1.0, {f"key {broken}": broken})
    assert decode_reply(encode(message)) == protocol.Loaded(1, 1.0, {f"key {whole}": whole})


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_numbers_json_lacks_become_null(value: float) -> None:
    """NaN and infinity are null on the wire: fine where a number may be missing, else refused."""
    sent = protocol.Transcript(1, "", None, [Segment(value, value, "")], 1.0, value)
    received = decode_reply(encode(sent))
    assert received == protocol.Transcript(1, "", None, [Segment(None, None, "")], 1.0, None)
    with pytest.raises(ProtocolError):
        decode_reply(encode(protocol.Loaded(1, value, {})))


@given(st.binary())
def test_any_bytes_are_a_message_or_a_protocol_error(line: bytes) -> None:
    """Nothing but ProtocolError leaves the decoder, whatever arrives."""
    for decode in DECODE.values():
        with pytest.raises(ProtocolError):
            decode(line)


@given(st.sampled_from(golden("replies")), st.data())
def test_a_damaged_line_is_a_message_or_a_protocol_error(line: bytes, data: st.DataObject) -> None:
    """A flipped, cut or doubled byte never raises anything else."""
    at = data.draw(st.integers(0, len(line) - 1))
    damaged = line[:at] + data.draw(st.binary(max_size=3)) + line[at + 1 :]
    try:
        message = decode_reply(damaged)
    except ProtocolError:
        return
    assert isinstance(message, get_args(protocol.Reply))


def test_nesting_and_digits_without_end_are_refused() -> None:
    """What exhausts the stack or the integer parser is a broken line, no crash."""
    for line in (b'{"a":' + b"[" * 10**6, b'{"type":"bye","peak_bytes":' + b"9" * 5000 + b"}"):
        with pytest.raises(ProtocolError):
            decode_reply(line)


def test_the_cap_holds_both_ways() -> None:
    """A line of exactly 16 MiB with its end passes; one byte more is refused by either side."""
    empty = len(encode(protocol.Progress(1, "")))
    fits = protocol.Progress(1, "x" * (protocol.MAX_LINE_BYTES - empty))
    line = encode(fits)
    assert len(line) == protocol.MAX_LINE_BYTES
    assert decode_reply(line) == fits
    with pytest.raises(ProtocolError) as caught:
        encode(protocol.Progress(1, fits.message + "x"))
    assert caught.value.kind == "over-long-line"
    with pytest.raises(ProtocolError) as caught:
        decode_reply(line[:-2] + b"xx}")
    assert caught.value.kind == "over-long-line"
