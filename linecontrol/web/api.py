"""The HTTP API of the daemon: everything the line knows, and what a person may ask of it."""

from linecontrol import __version__
from linecontrol.engine.engine import Engine
from linecontrol.web import line, lots, problems, tools, wafers
from linecontrol.web.access import Api, Pages
from linecontrol.web.events import Streams


def make_api(engine: Engine, pages: Pages) -> Api:
    """The application over one engine."""
    app = Api(
        title="linecontrol",
        version=__version__,
        description="Tool control of one wafer-bumping line.",
        responses=problems.PROBLEMS,
    )
    app.engine, app.pages, app.streams = engine, pages, Streams(engine.journal)
    for module in (line, lots, wafers, tools):
        app.include_router(module.router)
    problems.install(app)
    return app
