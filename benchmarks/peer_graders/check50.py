"""check50: `check50 --dev CHECKS -o json`, the documented way to run checks of one's own without an account.

It grades one submission; so one runs for each, as many at a time as there are cores. Each has one worker process
(CHECK50_WORKERS=1), not one per core: every worker imports what the learner's module imports, so that with as many
submissions as cores at once this is the faster way. Checks import the module with `check50.py.import_`, and may take
longer than its minute, so that a busy machine fails nobody.
"""

import json
from pathlib import Path

from peer_graders import base, cohort

REQUIREMENTS = ("check50==3.5.0",)
HEAD = "import check50\nimport check50.py\nimport numpy as np"


class Check50:
    name = "check50"

    def prepare(self, folder: Path, wanted: cohort.Cohort) -> cohort.Command:
        self._python = cohort.environment(self.name, *REQUIREMENTS)
        self._each = wanted.points_each
        self._reports = folder / "reports"
        package = folder / "checks"
        base.lay({"__init__.py": checks(wanted), ".cs50.yaml": "check50: true\n"}, package)
        submissions = cohort.lay(wanted, folder / "submissions")
        argv = ["env", "-C", f"{submissions}/NAME", str(self._python), "-m", "check50", "--dev", str(package),
                "-o", "json", "--output-file", f"{self._reports}/NAME.json"]  # fmt: skip
        env = base.plain_variables(self._python, folder) | {"CHECK50_WORKERS": "1"}
        return cohort.Command(cohort.one_each(submissions, wanted.cores, argv), env, folder)

    def versions(self) -> dict[str, str]:
        return base.versions(self._python, "check50")

    def clear(self) -> None:
        cohort.empty(self._reports)

    def points(self, output: str) -> dict[str, float]:
        del output
        return {report.stem: self._each * passed(report.read_text()) for report in self._reports.iterdir()}


def passed(report: str) -> int:
    """How many checks passed, by check50's JSON."""
    try:
        return sum(result["passed"] is True for result in json.loads(report)["results"])
    except (ValueError, TypeError, KeyError):
        return 0


def checks(wanted: cohort.Cohort) -> str:
    intro = f'    """is right"""\n    learner = check50.py.import_("{cohort.MODULE}")\n'
    checks = [
        f"@check50.check(timeout={cohort.LONG_SECONDS})\ndef test_{number}():\n{intro}{body}"
        for number, body in enumerate(wanted.bodies)
    ]
    return "\n\n".join([HEAD, *checks])
