"""The command line: parse, call, print. One file a command."""

from tallyproof.cli.app import main

__all__ = ["main"]
