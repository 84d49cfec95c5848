"""Entry point of ``mdps``: finds the commands, maps outcomes to exit statuses. Decides nothing.

A command is a module ``cmd_NAME.py`` in this folder with ``add_parser(subparsers)``, or with
``add_acts(subparsers, act)`` where it has acts; the parser sets ``run``, a function from the parsed
arguments to an exit status. Statuses are part of the contract: 0 done or accepted, 1 refused by a
rule, 2 wrong usage or a file that cannot be opened, 3 the environment failed.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Sequence

from .. import cli
from ..errors import DocumentError, EnvironmentFault, IllegalTransition, MdpsError, UsageFault
from .find_modules import find_modules
from .output import complain, print_error

DONE, REFUSED, USAGE, ENVIRONMENT = 0, 1, 2, 3


def build_parser(only: str | None = None, act: str | None = None) -> argparse.ArgumentParser:
    """The whole command tree; commands of work not yet done are absent.

    ``only``: a command that is wanted alone, ``act``: an act of it (:mod:`.find_modules`).
    """
    parser = argparse.ArgumentParser(
        prog="mdps", description="Controller of a Medical Device Production System."
    )
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for module in find_modules(cli, "cmd_", only):
        if hasattr(module, "add_acts"):
            module.add_acts(subparsers, act)
        else:
            module.add_parser(subparsers)
    return parser


def _load_alone(*words: str) -> argparse.ArgumentParser:
    """:func:`build_parser` in a process that is there for this command: a third sooner."""
    # NumPy's linear algebra starts a thread for each further core as it loads, and nothing here
    # has work for them: starting and ending them takes a third of the time that NumPy takes.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # What is loaded stays: the collector looks through it neither meanwhile nor at the end.
    gc.disable()
    parser = build_parser(*words)
    gc.freeze()
    gc.enable()
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; every expected fault becomes a sentence and a status, never a traceback.

    Without ``argv`` this is the whole of a process, made ready to be quick.
    """
    given = sys.argv[1:] if argv is None else list(argv)
    parser = (_load_alone if argv is None else build_parser)(*given[:2])
    arguments = parser.parse_args(given)
    as_json = bool(getattr(arguments, "json", False))
    try:
        status = int(arguments.run(arguments))
        # Here, not at exit: a result that nobody could read must still change the status.
        sys.stdout.flush()
        return status
    except UsageFault as fault:
        print_error("usage", fault, as_json)
        return USAGE
    except (DocumentError, IllegalTransition) as fault:
        print_error("document", fault, as_json)
        return REFUSED
    except EnvironmentFault as fault:
        print_error("environment", fault, as_json)
        return ENVIRONMENT
    except MdpsError as fault:
        print_error("refused", fault, as_json)
        return REFUSED
    except KeyboardInterrupt:
        complain("stopped by the keyboard")
        return ENVIRONMENT
    except BrokenPipeError:
        # Whoever read the result has stopped: that is never "accepted". The rest goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ENVIRONMENT


if __name__ == "__main__":
    sys.exit(main())
