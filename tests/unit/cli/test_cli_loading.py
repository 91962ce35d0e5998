"""Commands are loaded when they are called; nobody sees a difference."""

import pkgutil
import subprocess
import sys
from importlib import import_module

import pytest
from typer.testing import CliRunner

from mingjian import cli
from mingjian.cli.app import MODULES, app

NOT_COMMANDS = {"app"}


def test_every_group_of_commands_is_known() -> None:
    files = [one.name for one in pkgutil.iter_modules(cli.__path__) if one.name not in NOT_COMMANDS]
    groups = [name for name in files if hasattr(import_module(f"mingjian.cli.{name}"), "app")]
    assert groups
    assert set(groups) <= set(MODULES.values())


@pytest.mark.parametrize("name", [*MODULES, "version"])
def test_each_is_listed_and_helps(name: str) -> None:
    shown = CliRunner().invoke(app, [name, "--help"])
    assert shown.exit_code == 0, shown.output
    assert f"{name} " in shown.output
    assert "--install-completion" not in shown.output
    assert f" {name} " in CliRunner().invoke(app, ["--help"]).output


def test_a_slip_is_told_the_nearest() -> None:
    shown = CliRunner().invoke(app, ["serv"])
    assert shown.exit_code == 2
    assert "'serve'" in shown.output


def test_one_does_not_read_the_others() -> None:
    script = "import sys; from mingjian.cli.app import app; app(['version'], standalone_mode=False)"
    command = [sys.executable, "-c", f"{script}; print(*sys.modules)"]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert "mingjian.cli.app" in loaded
    assert not {f"mingjian.cli.{one}" for one in MODULES.values()} & set(loaded)
