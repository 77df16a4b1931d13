"""What every route needs: the engine, the pages, and the name of the person who asks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, FastAPI, Header, Request

from linecontrol.engine.engine import Engine
from linecontrol.web.events import Streams


@dataclass(frozen=True, slots=True)
class Pages:
    """What is composed for people: the report of a lot, the story of a wafer."""

    report: Callable[[str], str]
    story: Callable[[str], Sequence[str]]


class Api(FastAPI):
    """The application with what its routes work on."""

    engine: Engine
    pages: Pages
    streams: Streams


# Asynchronous although they wait for nothing: the framework runs the others in threads of its
# own, which a simulated clock cannot see.
async def _engine(request: Request) -> Engine:
    return cast("Api", request.app).engine


async def _streams(request: Request) -> Streams:
    return cast("Api", request.app).streams


async def _pages(request: Request) -> Pages:
    return cast("Api", request.app).pages


EngineIn = Annotated[Engine, Depends(_engine)]
StreamsIn = Annotated[Streams, Depends(_streams)]
PagesIn = Annotated[Pages, Depends(_pages)]
Person = Annotated[str, Header(alias="X-Person", max_length=80)]
