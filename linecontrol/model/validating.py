"""From raw TOML to a model, with the library's complaints turned into faults."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Final, TypeVar, cast, get_args

from annotated_types import Ge, Le
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from linecontrol.model.faults import Fault, FaultsFound, Source
from linecontrol.model.toml_lines import Path

ModelT = TypeVar("ModelT", bound=BaseModel)
_BOUNDS: Final = ("greater_than_equal", "less_than_equal", "finite_number")
_LONGEST: Final = 80  # characters of what was found that are shown
_KINDS: Final[Mapping[str, str]] = {
    "float_type": "a number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing_size": "a whole number",
    "bool_type": "true or false",
    "string_type": "text in quotes",
    "string_too_short": "text that is not empty",
    "dict_type": "a table",
    "mapping_type": "a table",
    "model_type": "a table",
    "is_instance_of": "a list",
    "sequence_str": "a list",
    "too_short": "at least one",
}
_PATTERNS: Final[Mapping[str, str]] = {
    "!": "printable characters without spaces",
    "@": "NAME@REVISION, such as snag_100um@1",
    "$": "a small letter, then at most 39 small letters, digits and _",
}


def validated(
    model: type[ModelT], raw: Mapping[str, object], source: Source, also: Sequence[str] = ()
) -> ModelT:
    """The model that `raw` describes; raises FaultsFound with one fault per complaint.

    `also` names keys that the file may have besides those of the model.
    """
    try:
        return model.model_validate(dict(raw))
    except ValidationError as error:
        raise FaultsFound(_faults(error, raw, _Expected(model, tuple(also)), source)) from error


def nearest(word: str, known: Sequence[str]) -> str:
    """What may be written instead of `word`, the most alike first."""
    alike = get_close_matches(word, known, n=1, cutoff=0.5)
    rest = f"one of {', '.join(known)}" if known else "nothing: there is none"
    return f"{alike[0]} (nearest), or {rest}" if alike else rest


@dataclass(frozen=True, slots=True)
class _Expected:
    model: type[BaseModel]
    also: tuple[str, ...]

    def keys(self, path: Path) -> list[str]:
        """The keys that there are beside the last one of `path`."""
        owner = _owner(self.model, path)
        known = [] if owner is None else [i.alias or n for n, i in owner.model_fields.items()]
        return [*self.also, *known] if len(path) == 1 else known


def _faults(
    error: ValidationError, raw: Mapping[str, object], expected: _Expected, source: Source
) -> list[Fault]:
    """One fault for each place: where several kinds are allowed, each complains by itself."""
    found: dict[Path, Fault] = {}
    for detail in error.errors():
        path = _place(detail, raw)
        fault = _fault(detail, path, expected, source)
        if (first := found.get(path)) is not None:
            fault = replace(first, allowed=f"{first.allowed} or {fault.allowed}")
        found[path] = fault
    return list(found.values())


def _place(detail: ErrorDetails, raw: object) -> Path:
    """Where in the file it is; the library goes on with the name of the kind that it tried."""
    path: Path = ()
    for part in detail["loc"]:
        if isinstance(raw, Mapping) and part in raw:
            raw = cast("Mapping[str | int, object]", raw)[part]
        elif isinstance(part, int) and isinstance(raw, list | tuple):
            raw = cast("Sequence[object]", raw)[part]
        elif detail["type"] != "missing":
            break
        path = (*path, part)
    return path


def _fault(detail: ErrorDetails, path: Path, expected: _Expected, source: Source) -> Fault:
    kind = detail["type"]
    key = str(path[-1]) if path else ""
    if kind == "missing":
        return source.fault(path, "nothing", "a value: the key is required")
    if kind == "extra_forbidden":
        return source.fault(path, f"unknown key {key!r}", nearest(key, expected.keys(path)))
    found = _shown(detail["input"])
    if kind in _BOUNDS and (bounds := _bounds(expected.model, path)):
        return source.fault(path, found, bounds)
    return source.fault(path, found, _allowed(detail, expected.model, path))


def _allowed(detail: ErrorDetails, model: type[BaseModel], path: Path) -> str:
    """What may stand there, in the words of whoever writes the file."""
    kind = detail["type"]
    if kind == "string_pattern_mismatch":
        pattern = str(detail.get("ctx", {}).get("pattern", ""))
        return next(words for mark, words in _PATTERNS.items() if mark in pattern)
    words = _KINDS.get(kind)
    if words is None:
        return detail["msg"].removeprefix("Input should be ")
    bounds = _bounds(model, path)
    return f"{words} from {bounds}" if bounds and kind.startswith(("float", "int")) else words


def _shown(value: object) -> str:
    text = repr(value) if isinstance(value, str) else str(value)
    if isinstance(value, bool):
        return text.lower()
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


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


def _bounds(model: type[BaseModel], path: Path) -> str:
    owner = _owner(model, path)
    info = None if owner is None else owner.model_fields.get(str(path[-1]))
    limits = [] if info is None else info.metadata
    low = next((limit.ge for limit in limits if isinstance(limit, Ge)), None)
    high = next((limit.le for limit in limits if isinstance(limit, Le)), None)
    return f"{low} to {high}" if low is not None and high is not None else ""
