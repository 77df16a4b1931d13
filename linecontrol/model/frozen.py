"""The base of every model, and the hash that names its content."""

import hashlib
import json
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Revision = Annotated[int, Field(ge=1, le=9999)]
Reference = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}@[1-9][0-9]{0,3}$")]

Url = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[!-~]*$")]


def whole(value: object) -> object:
    """`value`, unless it only equals a whole number: `true` and `1.0` are not `1` in a file."""
    if isinstance(value, bool | float):
        raise PydanticCustomError("int_type", "a whole number")
    return value


SchemaVersion = Annotated[Literal[1], BeforeValidator(whole)]


class Frozen(BaseModel):
    """Frozen, strict and closed: a typo is an error, and nothing is converted silently."""

    model_config = ConfigDict(
        frozen=True, strict=True, extra="forbid", validate_by_alias=True, validate_by_name=True
    )


def content_hash(model: BaseModel) -> str:
    """SHA-256 in hex over the canonical JSON of `model`: sorted keys, no spaces, no NaN."""
    text = json.dumps(
        model.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), allow_nan=False
    )
    return hashlib.sha256(text.encode()).hexdigest()
