"""The command line: one file for each group of commands, put together in `app`."""

from mingjian.cli.app import main

__all__ = ["main"]
