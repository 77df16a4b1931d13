"""Every refusal as an RFC 9457 problem: what was asked changed nothing, and why."""

from collections.abc import Mapping
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from linecontrol.engine.errors import Conflict, EngineError, NotFound, Unacceptable
from linecontrol.journal.journal import JournalStopped
from linecontrol.web.views import Problem

LONGEST: Final = 80  # characters of what was found that are shown
_STATUS: Final[dict[type[EngineError], int]] = {NotFound: 404, Conflict: 409, Unacceptable: 422}
PROBLEMS: Final[dict[int | str, dict[str, object]]] = {
    status: {"model": Problem} for status in (404, 409, 422, 503)
}


def install(app: FastAPI) -> None:
    """Let every error that a wish can meet be answered as a problem."""
    app.add_exception_handler(EngineError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(JournalStopped, _stopped)
    app.add_exception_handler(400, _unreadable)
    app.add_exception_handler(404, _nothing_there)
    app.add_exception_handler(405, _nothing_there)
    app.add_exception_handler(500, _broken)


async def _refused(_request: Request, error: Exception) -> JSONResponse:
    status = next((code for cls, code in _STATUS.items() if isinstance(error, cls)), 409)
    return _problem(status, type(error).__name__, str(error))


async def _invalid(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - as installed
    words = "; ".join(_words(fault) for fault in error.errors())
    return _problem(422, "Unacceptable", words)


def _words(fault: Mapping[str, Any]) -> str:
    place = ".".join(str(part) for part in fault["loc"][1:]) or str(fault["loc"][0])
    kind, allowed = fault["type"], str(fault["msg"]).removeprefix("Input should be ")
    if kind == "missing":
        return f"{place}: found nothing; allowed: a value"
    if kind == "json_invalid":
        return f"body: found no JSON: {fault['ctx']['error']}; allowed: a JSON object"
    if kind == "extra_forbidden":
        return f"{place}: found an unknown key; allowed: what /openapi.json lists"
    return f"{place}: found {str(fault['input'])[:LONGEST]!r}; allowed: {allowed}"


async def _stopped(_request: Request, error: Exception) -> JSONResponse:
    return _problem(503, "JournalStopped", str(error))


async def _unreadable(_request: Request, _error: Exception) -> JSONResponse:
    return _problem(422, "Unacceptable", "body: found what is no text; allowed: a JSON object")


async def _nothing_there(request: Request, _error: Exception) -> JSONResponse:
    said = f"{request.method} {request.url.path}: found nothing there; allowed: see /openapi.json"
    return _problem(404, "NotFound", said)


async def _broken(request: Request, error: Exception) -> JSONResponse:
    said = f"{request.method} {request.url.path}: the daemon has a fault: {type(error).__name__}"
    return _problem(500, "Broken", f"{said}; its log says more")


def _problem(status: int, title: str, detail: str) -> JSONResponse:
    body = Problem(type=f"about:{title}", title=title, status=status, detail=detail)
    return JSONResponse(
        body.model_dump(), status_code=status, media_type="application/problem+json"
    )
