"""All commands. Each lives in its own file, as a function or, for a group, as a typer application `app`."""

import os
import sys
from importlib import import_module
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

from mingjian import __version__
from mingjian.cli.options import AsJson
from mingjian.cli.output import LANGUAGES, choose_language, print_json, print_problem, print_text
from mingjian.kernel.errors import MingjianError
from mingjian.workers.exits import exit_code

MODULES: Final = {
    "serve": "serve",
    "init": "init",
    "recover": "recover",
    "config": "config",
    "alerts": "alerts",
    "audit": "audit",
    "camera": "camera",
    "law": "law",
    "registry": "registry",
    "onvif": "onvif",
    "volume": "volume",
    "check": "check",
    "doctor": "doctor",
    "backup": "backup",
    "restore": "backup",
    "migrate": "migrate",
    "openapi": "openapi",
}
"""The file of each command. It is read when its command is called: all of them together take a second, at the start of
every process."""


class Commands(TyperGroup):
    """What is here, and what is in MODULES."""

    def list_commands(self, ctx: Any) -> list[str]:
        return [*MODULES, *(name for name in super().list_commands(ctx) if name not in MODULES)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        wanted = [cmd_name] if cmd_name in MODULES or cmd_name in self.commands else MODULES
        for name in wanted:  # all, when it is none of them: the nearest is named
            if name not in self.commands:
                self.commands[name] = _loaded(name)
        return super().get_command(ctx, cmd_name)


def _loaded(name: str) -> Any:
    module = import_module(f"mingjian.cli.{MODULES[name]}")
    if hasattr(module, "app"):
        command: Any = typer.main.get_group(module.app)
    else:
        alone = typer.Typer(add_completion=False)
        alone.command(name)(getattr(module, name))
        command = typer.main.get_command(alone)
    command.name = name
    return command


app = typer.Typer(
    name="mingjian",
    help="明鉴：守法的公共安全视频平台 / public-safety video that answers to the law",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    cls=Commands,
)


@app.callback()
def root(
    language: Annotated[str | None, typer.Option("--language", help="zh | en", envvar="MINGJIAN_LANGUAGE")] = None,
) -> None:
    if language not in (None, *LANGUAGES):
        raise typer.BadParameter("zh | en", param_hint="--language")
    choose_language(language, os.environ)


@app.command()
def version(*, as_json: AsJson = False) -> None:
    """版本 / the version."""
    if as_json:
        print_json({"version": __version__})
    else:
        print_text(__version__)


def main() -> None:
    """The entry point of `mingjian`: a declared problem ends in its exit code, never in a traceback."""
    choose_language(None, os.environ)
    try:
        app()
    except MingjianError as error:
        print_problem(error)
        sys.exit(exit_code(error))
