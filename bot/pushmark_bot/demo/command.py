"""The command line of the demo: what the viewer sees in the terminal."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from pushmark_graders.errors import PushmarkError
from pushmark_graders.lab.spec import load_lab
from pushmark_graders.report import terminal
from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from pushmark_bot.demo.play import Push


@click.command("demo")
@click.argument("lab", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), default="demo", show_default=True, help="The folder to make.")
def command(lab: Path, out: Path) -> None:
    """Play a learner who pushes to LAB, and watch what the pull request says.

    Builds the lab's template repository, pushes each step of the lab's demo/demo.toml with git, trains
    and grades every push, and posts the report over HTTP to a local GitHub made for tests.

    \b
    Example:
      pushmark-bot demo labs/gatecast-2-features --out demo
    """
    try:
        from pushmark_bot.demo import page, play  # noqa: PLC0415  (a server that only publishes has no use for it)
    except ModuleNotFoundError as error:
        raise PushmarkError(
            f"the demo needs {error.name}", "install it with: pip install 'pushmark[ml,bot,testing]'"
        ) from None
    console = Console(file=sys.stdout)
    spec = load_lab(lab)
    shown = 0

    def show(push: "Push") -> None:
        nonlocal shown
        shown += 1
        console.rule(Text(f"Push {shown}: {push.step.message}"))
        console.print(Text(push.step.about, style="italic"))
        console.print()
        terminal.render(push.report, console)
        calls = f"{push.published.calls} requests"
        console.print(Text(f"Comment {push.published.comment} on the pull request ({calls}).", style="dim"))

    pushes = play.play(spec, out, show)
    index = out / "index.html"
    page.write(pushes, f"{spec.title}: four pushes, one comment" if len(pushes) == 4 else spec.title, index)
    console.rule("What each push earned")
    console.print(summary(pushes))
    click.echo(f"The comments as a page: {index.resolve()}")


def summary(pushes: "list[Push]") -> Table:
    """One row per push: score, time, and what was found."""
    table = Table("Push", "Score", "Found", "Time", box=None, pad_edge=False)
    for push in pushes:
        score = push.report.score
        checks = [check for task in push.report.tasks for check in task.checks]
        unmet = sum(check.state != "passed" for check in checks)
        found = [f"{unmet} of {len(checks)} checks did not pass"] if unmet else []
        table.add_row(
            Text(push.step.message),
            f"{score.points:g} of {score.max:g}",
            Text("\n".join([*found, *push.report.integrity.flags]) or "nothing to mend"),
            f"{push.seconds:.0f} s",
        )
    return table
