"""`pushmark`: what learners, graders and lab authors type.

Exit status: 0 graded (or, for `check`, all passed), 1 public checks failed, 2 wrong usage or a faulty
lab, 3 we could not grade, 4 the course's budget holds no attempt now.
"""

import gc
import importlib
import os
import signal
import sys
from typing import NoReturn

import click

from pushmark_graders import __version__
from pushmark_graders.cli.console import fail
from pushmark_graders.errors import PushmarkError, broken

COMMANDS = {
    "check": ("pushmark_graders.cli.check", "Run the public checks in a learner's repository."),
    "watch": ("pushmark_graders.cli.watch", "Run the public checks whenever a file is saved."),
    "grade": ("pushmark_graders.cli.grade", "Grade a submission against a lab, hidden checks included."),
    "regrade": ("pushmark_graders.cli.regrade", "Grade a whole cohort, on all cores, and only what has changed."),
    "report": ("pushmark_graders.cli.report", "Show a report file again: terminal, Markdown, HTML or JSON."),
    "warm": ("pushmark_graders.cli.warm", "Keep libraries loaded, so that other commands start at once."),
    "doctor": ("pushmark_graders.cli.doctor", "Say how well this machine can confine learner code."),
    "lab": ("pushmark_graders.cli.lab", "Write, prove and publish labs."),
}


class _Commands(click.Group):
    """Imports a command's module only when it is used: `--help` and `check` stay fast."""

    def list_commands(self, _context: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        if sys.platform == "win32":
            raise PushmarkError(
                "Pushmark runs on Linux and macOS", "on Windows, install it in WSL 2, and run it there: wsl --install"
            )
        command = importlib.import_module(COMMANDS[name][0]).command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, _context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, about) for name, (_, about) in COMMANDS.items()])


@click.command(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit status: 0 graded or all passed, 1 public checks failed, 2 usage or lab error, 3 could not grade, "
    "4 no attempt left.",
)
@click.version_option(__version__, prog_name="pushmark")
def cli() -> None:
    """Push a commit, get it marked the way an ML team would.

    \b
    Learners:     pushmark check            (in your repository; seconds)
                  pushmark watch            (the same at every save; milliseconds)
    Instructors:  pushmark grade LAB REPO   (everything, hidden checks included)
                  pushmark regrade LAB ...  (a whole cohort, on all cores)
    Lab authors:  pushmark lab new NAME     (a working lab to start from)
    Operators:    pushmark doctor           (is this machine fit to grade?)
    """


def main() -> NoReturn:
    """Run the command line; errors a person can mend end with one message and their exit status."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that workers and their folders go with us
    try:
        status = cli(standalone_mode=False)
    except PushmarkError as error:
        sys.exit(fail(error))
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:
        if os.environ.get("PUSHMARK_DEBUG"):
            raise
        sys.exit(fail(broken(error)))
    gc.freeze()  # nothing that goes with the process needs to be looked through for garbage
    sys.exit(status if isinstance(status, int) else 0)
