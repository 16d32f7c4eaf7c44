"""What every stored record shares."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

Scalar = str | int | float | bool | None
Status = Literal["measured", "failed", "skipped"]


class Record(BaseModel):
    """Whatever is stored: immutable, and an unknown field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Notice(Record):
    """A warning as a value: what kind, and what it means for the reader."""

    kind: str
    message: str
