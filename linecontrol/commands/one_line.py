"""What is wrong with the words of a command, on one line: what was found, what is allowed."""

import sys
from collections.abc import Sequence
from functools import partial
from typing import Any

import typer
from typer.core import TyperGroup, TyperOption
from typing_extensions import override

from linecontrol.commands.client import WORK_FAILED, WRONG_INPUT
from linecontrol.model.faults import one_line


class OneLine(TyperGroup):
    """The commands, with one line for each thing wrong instead of a box with the usage."""

    @override
    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,  # as the library has it
    ) -> Any:
        """Run a command and end the process with its status."""
        words = list(sys.argv[1:] if args is None else args)
        run = partial(
            super().main, words, prog_name, complete_var, windows_expand_args=windows_expand_args
        )
        if not standalone_mode:
            return run(standalone_mode=False, **extra)
        try:
            status: object = run(standalone_mode=False, **extra)
        except typer.Abort:
            status = WORK_FAILED
        except typer.TyperException as error:
            if fault := _fault(error, words):
                sys.stderr.write(one_line(fault) + "\n")
            status = WRONG_INPUT
        sys.exit(status if isinstance(status, int) else 0)


def _fault(error: typer.TyperException, words: Sequence[str]) -> str:
    """The sentence; nothing where the help was printed instead."""
    if not isinstance(error, typer.BadParameter) or error.param is None:
        return f"{str(error).rstrip('.')}; see --help" if str(error) else ""
    name = error.param.opts[-1]
    if not error.message:
        return f"{name}: found nothing; allowed: a value, see --help"
    said = error.message.removeprefix("Input should be ").removeprefix("Value error, ")
    allowed = said.partition(", unable")[0]  # the library's own way of saying it twice
    if isinstance(error.param, TyperOption) and error.param.max is not None:
        allowed = f"{error.param.min} to {error.param.max}"
    return f"{name}: found {_found(name, words)}; allowed: {allowed}"


def _found(option: str, words: Sequence[str]) -> str:
    """What was written behind an option, as far as it can be told."""
    for place, word in enumerate(words):
        if word == option and place + 1 < len(words):
            return repr(words[place + 1])
        if word.startswith(f"{option}="):
            return repr(word.partition("=")[2])
    return "a value"
