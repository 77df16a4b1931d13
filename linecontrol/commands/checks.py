"""`linecontrol flow check`, `recipe check`, `recipe diff`, `journal verify`: files, no daemon."""

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from linecontrol.commands.client import WORK_FAILED, wrong_input
from linecontrol.journal.chain import faults
from linecontrol.journal.store import FILE_NAME, StoreUnusable, open_existing
from linecontrol.model.check import check_flows, check_recipes, diff_recipes
from linecontrol.model.faults import FaultsFound

flow = typer.Typer(help="Flows: the routes of products.", no_args_is_help=True)
recipe = typer.Typer(help="Recipes: set-points of one visit of one tool.", no_args_is_help=True)
journal = typer.Typer(help="The journal of a line.", no_args_is_help=True)


@flow.command("check")
def check_flow_files(files: list[Path]) -> None:
    """Check flows against their recipes and the claims they say they practise."""
    found = check_flows(files)
    if found:
        wrong_input(found)
    typer.echo(f"{len(files)} flow{'s' * (len(files) != 1)} checked: in order")


@recipe.command("check")
def check_recipe_files(files: list[Path]) -> None:
    """Check recipes against the hard limits of their tools and the claims."""
    found = check_recipes(files)
    if found:
        wrong_input(found)
    count = sum(sum(1 for _ in file.rglob("*.toml")) if file.is_dir() else 1 for file in files)
    typer.echo(f"{count} recipe{'s' * (count != 1)} checked: in order")


@recipe.command("diff")
def diff_recipe_files(a: Path, b: Path) -> None:
    """Show what differs between two recipes, set-point by set-point."""
    try:
        differences = diff_recipes(a, b)
    except FaultsFound as error:
        wrong_input(error.faults)
    typer.echo("\n".join(item.text for item in differences) or "no difference")


@journal.command("verify")
def verify(
    data: Annotated[Path, typer.Option(help="Data directory of the daemon.")] = Path("data"),
) -> None:
    """Look for records that were changed, removed or moved."""
    try:
        with closing(open_existing(data)) as store:
            found = faults(store.read())
            count = sum(1 for _ in store.read())
    except StoreUnusable as error:
        wrong_input([f"--data {error}"])
    if found:
        typer.echo("\n".join(f"{data / FILE_NAME}: {words}" for words in found), err=True)
        raise typer.Exit(WORK_FAILED)
    typer.echo(f"{count} records, every one as it was written")
