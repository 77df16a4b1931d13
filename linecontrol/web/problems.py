"""Every refusal as an RFC 9457 problem: what was asked changed nothing, and why."""

from typing import Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from linecontrol.engine.errors import Conflict, EngineError, NotFound, Unacceptable
from linecontrol.journal.journal import JournalStopped
from linecontrol.web.views import Problem

_STATUS: Final[dict[type[EngineError], int]] = {NotFound: 404, Conflict: 409, Unacceptable: 422}
PROBLEMS: Final[dict[int | str, dict[str, object]]] = {
    status: {"model": Problem} for status in (404, 409, 422, 503)
}


def install(app: FastAPI) -> None:
    """Let every error that a wish can meet be answered as a problem."""
    app.add_exception_handler(EngineError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(JournalStopped, _stopped)


async def _refused(_request: Request, error: Exception) -> JSONResponse:
    status = next((code for cls, code in _STATUS.items() if isinstance(error, cls)), 409)
    return _problem(status, type(error).__name__, str(error))


async def _invalid(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - as installed
    words = "; ".join(
        f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}"
        for fault in error.errors()
    )
    return _problem(422, "Unacceptable", words)


async def _stopped(_request: Request, error: Exception) -> JSONResponse:
    return _problem(503, "JournalStopped", str(error))


def _problem(status: int, title: str, detail: str) -> JSONResponse:
    body = Problem(type=f"about:{title}", title=title, status=status, detail=detail)
    return JSONResponse(
        body.model_dump(), status_code=status, media_type="application/problem+json"
    )
