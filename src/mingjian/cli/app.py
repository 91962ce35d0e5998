"""All commands. A group lives in its own file and is a typer application that is added here."""

import os
import sys
from typing import Annotated

import typer

from mingjian import __version__
from mingjian.cli import alerts, audit, backup, camera, check, config, law, migrate, onvif, openapi, serve, volume
from mingjian.cli.options import AsJson
from mingjian.cli.output import LANGUAGES, choose_language, print_json, print_problem, print_text
from mingjian.kernel.errors import MingjianError
from mingjian.workers.exits import exit_code

app = typer.Typer(
    name="mingjian",
    help="明鉴：守法的公共安全视频平台 / public-safety video that answers to the law",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(config.app, name="config")
app.add_typer(alerts.app, name="alerts")
app.add_typer(audit.app, name="audit")
app.add_typer(camera.app, name="camera")
app.add_typer(law.app, name="law")
app.add_typer(onvif.app, name="onvif")
app.add_typer(volume.app, name="volume")
app.command("serve")(serve.serve)
app.command("check")(check.check)
app.command("backup")(backup.backup)
app.command("restore")(backup.restore)
app.command("migrate")(migrate.migrate)
app.command("openapi")(openapi.openapi)


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
