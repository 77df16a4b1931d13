"""From raw TOML to a model, with the library's complaints turned into faults."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Final, TypeVar, get_args

from annotated_types import Ge, Le
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from linecontrol.model.faults import Fault, FaultsFound, Source
from linecontrol.model.toml_lines import Path

ModelT = TypeVar("ModelT", bound=BaseModel)
_BOUNDS: Final = ("greater_than_equal", "less_than_equal")


def validated(model: type[ModelT], raw: Mapping[str, object], source: Source) -> ModelT:
    """The model that `raw` describes; raises FaultsFound with one fault per complaint."""
    try:
        return model.model_validate(dict(raw))
    except ValidationError as error:
        raise FaultsFound([_fault(detail, model, source) for detail in error.errors()]) from error


def nearest(word: str, known: Sequence[str]) -> str:
    """What may be written instead of `word`, the most alike first."""
    alike = get_close_matches(word, known, n=1, cutoff=0.5)
    rest = f"one of {', '.join(known)}" if known else "nothing: there is none"
    return f"{alike[0]} (nearest), or {rest}" if alike else rest


def _fault(detail: ErrorDetails, model: type[BaseModel], source: Source) -> Fault:
    path: Path = tuple(detail["loc"])
    kind = detail["type"]
    key = str(path[-1]) if path else ""
    if kind == "missing":
        return source.fault(path, "nothing", "a value: the key is required")
    if kind == "extra_forbidden":
        return source.fault(path, f"unknown key {key!r}", nearest(key, _keys(model, path)))
    found = _shown(detail["input"])
    if kind in _BOUNDS and (bounds := _bounds(model, path)):
        return source.fault(path, found, bounds)
    return source.fault(path, found, detail["msg"].removeprefix("Input should be "))


def _shown(value: object) -> str:
    text = repr(value) if isinstance(value, str) else str(value)
    return text.lower() if isinstance(value, bool) else text


def _owner(model: type[BaseModel], path: Path) -> type[BaseModel] | None:
    """The model in which the last key of `path` is a field; None where it can't be told."""
    owner = model
    for part in path[:-1]:
        if isinstance(part, int):
            continue
        inner = _model_inside(owner, part)
        if inner is None:
            return None
        owner = inner
    return owner


def _model_inside(owner: type[BaseModel], key: str) -> type[BaseModel] | None:
    for name, info in owner.model_fields.items():
        if key in (name, info.alias):
            return _first_model(info.annotation)
    return None


def _first_model(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    parts = get_args(annotation)
    return next((found for part in parts if (found := _first_model(part))), None)


def _keys(model: type[BaseModel], path: Path) -> list[str]:
    owner = _owner(model, path)
    return [] if owner is None else [info.alias or n for n, info in owner.model_fields.items()]


def _bounds(model: type[BaseModel], path: Path) -> str:
    owner = _owner(model, path)
    info = None if owner is None else owner.model_fields.get(str(path[-1]))
    limits = [] if info is None else info.metadata
    low = next((limit.ge for limit in limits if isinstance(limit, Ge)), None)
    high = next((limit.le for limit in limits if isinstance(limit, Le)), None)
    return f"{low} to {high}" if low is not None and high is not None else ""
