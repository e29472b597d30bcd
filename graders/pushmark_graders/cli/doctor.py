"""`pushmark doctor`: how well this machine confines learner code, layer by layer, tried out."""

import platform

import click
import msgspec

from pushmark_graders.cli import options
from pushmark_graders.errors import COULD_NOT_GRADE, GRADED, ExitCode
from pushmark_graders.worker.policy import Policy, load
from pushmark_graders.worker.selftest import Verdict

_MARKS = {"holds": "[green]holds[/]", "missing": "[yellow]missing[/]", "leaky": "[red]does not hold[/]", "off": "off"}


@click.command("doctor")
@options.policy("strict", "What this machine shall satisfy.")
@click.option("--json", "as_json", is_flag=True, help="Print the verdicts as JSON.")
def command(policy: str, as_json: bool) -> ExitCode:
    """Start a worker that tries to get out of the sandbox, and say what became of it.

    Each layer holds, is missing (with the next step) or does not hold. Nothing is changed on this machine.

    Exit status: 0 the policy is satisfied, 2 there is no such policy, 3 a layer that it requires is missing
    or does not hold.

    \b
    Examples:
      pushmark doctor                     may this machine give grades that count?
      pushmark doctor --policy local      what is there on my laptop?
    """
    from msgspec.structs import replace  # noqa: PLC0415

    from pushmark_graders.worker import selftest  # noqa: PLC0415  (not for --help)

    asked = load(policy)
    verdicts = selftest.examine(replace(asked, required=()))
    if as_json:
        told = {"policy": asked.name, "satisfied": _satisfied(asked, verdicts), "layers": verdicts}
        click.echo(msgspec.json.format(msgspec.json.encode(told), indent=2).decode())
    else:
        _show(asked, verdicts)
    return GRADED if _satisfied(asked, verdicts) else COULD_NOT_GRADE


def _satisfied(policy: Policy, verdicts: list[Verdict]) -> bool:
    return not any(one.state == "leaky" or (one.state != "holds" and one.layer in policy.required) for one in verdicts)


def _show(policy: Policy, verdicts: list[Verdict]) -> None:
    from rich.console import Console  # noqa: PLC0415
    from rich.markup import escape  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    from pushmark_graders.worker.layers import ABOUT  # noqa: PLC0415

    console = Console(highlight=False)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("layer", "verdict", "required", ""):
        table.add_column(title)
    for one in verdicts:
        required = "yes" if one.layer in policy.required else ""
        table.add_row(one.layer, _MARKS[one.state], required, escape("\n".join(_told(one)) or ABOUT[one.layer]))
    console.print(table)
    tried = sum(one.probes for one in verdicts)
    console.print(f"\n{tried} probes on {platform.system()} {platform.release()}.")
    if _satisfied(policy, verdicts):
        console.print(f"This machine satisfies the policy [bold]{policy.name}[/].")
    else:
        console.print(f"This machine does [bold]not[/] satisfy the policy [bold]{policy.name}[/].")


def _told(verdict: Verdict) -> list[str]:
    if verdict.state == "leaky":
        return [f"a worker {about}" for about in verdict.got_through]
    if verdict.state == "missing":
        return [verdict.reason, f"Next: {verdict.next_step}"]
    return []
