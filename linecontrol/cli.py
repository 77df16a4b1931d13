"""The command line: `linecontrol`."""

import typer

from linecontrol import __version__
from linecontrol.commands import checks, lots, tools
from linecontrol.commands.daemons import daemon
from linecontrol.commands.demo import demo
from linecontrol.commands.one_line import OneLine

app = typer.Typer(
    name="linecontrol",
    cls=OneLine,
    help="Tool control of a wafer-bumping line.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command()(demo)
app.command()(daemon)
app.add_typer(checks.flow, name="flow")
app.add_typer(checks.recipe, name="recipe")
app.add_typer(lots.app, name="lot")
app.add_typer(tools.tool, name="tool")
app.add_typer(tools.alarm, name="alarm")
app.command()(lots.report)
app.command()(lots.why)
app.add_typer(checks.journal, name="journal")


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(__version__)


def main() -> None:
    """Entry point of the console script."""
    app()
