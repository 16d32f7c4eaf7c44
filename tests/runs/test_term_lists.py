"""Lists of terms as people write them."""

from pathlib import Path

import pytest

from orchestrator.errors import ConfigError, UsageError
from orchestrator.runs.schema import Term
from orchestrator.runs.terms import merged, parsed, read


def test_a_list_has_a_term_a_line_with_variants(tmp_path: Path) -> None:
    """Spaces are single, blank lines and notes say nothing, a term named twice is one."""
    file = tmp_path / "terms.txt"
    file.write_text(
        "\ufeffKubernetes | k8s\n\n# people\n  Ada   Lovelace\nkubernetes|kube\n", encoding="utf-8"
    )
    assert read(file) == (
        Term(name="Kubernetes", variants=("k8s", "kubernetes", "kube")),
        Term(name="Ada Lovelace"),
    )
    assert [str(term) for term in read(file)][1] == "Ada Lovelace"
    assert parsed(map(str, read(file)), "again") == read(file)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a\nb |\n", "line 2: nothing stands beside a bar"),
        ("Ada | A\nAnna | a\n", "'a' counts as two terms, Ada and Anna"),
        ("# none\n", "has no term"),
    ],
)
def test_a_broken_list_is_told_with_its_line(tmp_path: Path, text: str, fault: str) -> None:
    """And what to write instead."""
    file = tmp_path / "terms.txt"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=fault) as told:
        read(file)
    assert told.value.fix


def test_a_file_that_is_none_is_told(tmp_path: Path) -> None:
    """A folder, nothing at all, another encoding."""
    with pytest.raises(UsageError, match="directory"):
        read(tmp_path)
    with pytest.raises(UsageError, match="No such file"):
        read(tmp_path / "absent")
    (tmp_path / "latin").write_bytes("Köln".encode("latin-1"))
    with pytest.raises(UsageError, match="not UTF-8"):
        read(tmp_path / "latin")


def test_lists_of_clips_are_one() -> None:
    """In the order in which terms come, each once."""
    one, other = parsed(["Ada", "Bob | B"], "1"), parsed(["bob | Bobby", "Cyd"], "2")
    assert [str(term) for term in merged((*one, *other), "both")] == [
        "Ada",
        "Bob | B | bob | Bobby",
        "Cyd",
    ]
