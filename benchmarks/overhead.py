"""What does it cost to grade safely? The same 20 checks, with bare pytest and with `pushmark grade`, cold and warm.

Bare pytest imports the learner's code into its own process, where it can rewrite its own score; plugin
autoload is off on both sides, so neither pays for plugins that are only installed. The learner's module
imports scikit-learn and torch, as a lab's would. The ratio can be under 1: at its end Python takes more
than a second to tear down what torch loaded (compare `python -c "import torch, ..."` with and without
`os._exit(0)`), and bare pytest waits for that, while a worker that has answered is killed. The lab names
torch._dynamo among the libraries to have imported, because the first torch optimiser imports it.

Three ways to grade: workers started anew (`--cold`), a fork server of the command's own, whose imports it pays for,
and one that `pushmark warm` keeps, as on a machine that grades all day or beside `pushmark watch`.

    python benchmarks/overhead.py [--runs 5] [--json] [--check]
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import measure

PUSHMARK = str(Path(sys.executable).with_name("pushmark"))
AIM_COLD, AIM_KEPT = 1.25, 0.15
CHECKS = 20
BARE, COLD, OWN, KEPT = "bare pytest", "pushmark grade --cold", "pushmark grade", "pushmark grade beside pushmark warm"

LEARNER = '''
"""A learner's module, as in a lab on models."""

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler


def scaled(rows):
    return StandardScaler().fit_transform(rows)


def fitted(rows, labels, at):
    return LogisticRegression(max_iter=200).fit(rows, labels).predict(at)


def trained(rows, steps):
    torch.manual_seed(0)
    layer = torch.nn.Linear(rows.shape[1], 1)
    optimiser = torch.optim.SGD(layer.parameters(), lr=0.01)
    data = torch.as_tensor(rows, dtype=torch.float32)
    for _ in range(steps):
        optimiser.zero_grad()
        loss = (layer(data) - data.sum(1, keepdim=True)).pow(2).mean()
        loss.backward()
        optimiser.step()
    return float(loss.detach())
'''

BODY = """    rows = np.random.default_rng({number}).normal(size=(200, 8))
    labels = (rows.sum(axis=1) > 0).astype(int)
    assert abs(float(learner.scaled(rows).mean())) < 1e-9
    assert float((np.asarray(learner.fitted(rows, labels, rows)) == labels).mean()) > 0.9
    assert learner.trained(rows, 10) < learner.trained(rows, 1)
"""

LAB = """
schema = 1
slug = "overhead"
title = "Overhead"
version = "1.0.0"
summary = "Twenty checks."
[[tasks]]
number = 1
title = "All"
[submission]
editable = ["learner.py"]
preload = ["numpy", "sklearn.linear_model", "sklearn.preprocessing", "torch", "torch._dynamo"]
"""


def bodies() -> list[str]:
    """The body of each check; it finds numpy as `np` and the learner's module as `learner`."""
    return [BODY.format(number=number) for number in range(CHECKS)]


def write(root: Path) -> tuple[Path, Path]:
    """The bare test folder and the lab, with the same check bodies."""
    bare, lab = root / "bare", root / "labs" / "overhead"
    for folder in (bare, lab / "starter", lab / "checks", lab / "solution"):
        folder.mkdir(parents=True)
    (bare / "learner.py").write_text(LEARNER)
    (lab / "starter" / "learner.py").write_text(LEARNER)
    (lab / "lab.toml").write_text(LAB)
    (lab / "README.md").write_text("# Overhead\n")
    plain = ["import learner", "import numpy as np"]
    safe = ["import numpy as np", "from pushmark_graders.checks import task"]
    for number, body in enumerate(bodies()):
        plain.append(f"def test_{number}():\n{body}")
        intro = f'    """Check {number}."""\n    learner = submission.module("learner")\n'
        safe.append(f"@task(1, points=5)\ndef test_{number}(submission):\n{intro}{body}")
    (bare / "test_all.py").write_text("\n".join(plain))
    (lab / "checks" / "test_all.py").write_text("\n\n".join(safe))
    return bare, lab


@contextmanager
def kept_warm(lab: Path, root: Path) -> Iterator[dict[str, str]]:
    """`pushmark warm` for the lab while the block runs; the environment in which commands find it."""
    runtime = root / "runtime"
    runtime.mkdir(mode=0o700)
    env = os.environ | {"XDG_RUNTIME_DIR": str(runtime)}
    with subprocess.Popen([PUSHMARK, "warm", str(lab)], env=env, stdout=subprocess.PIPE, text=True) as child:
        try:
            assert child.stdout is not None
            if "loaded" not in child.stdout.readline():
                sys.exit("pushmark warm did not start")
            yield env
        finally:
            child.terminate()


def all_passed(done: "subprocess.CompletedProcess[str]") -> None:
    if f"{CHECKS} passed" not in done.stdout:
        sys.exit(f"bare pytest did not pass:\n{done.stdout}{done.stderr}")


def full_marks(done: "subprocess.CompletedProcess[str]") -> None:
    if done.returncode != 0 or json.loads(done.stdout)["score"] != {"points": 100.0, "max": 100.0}:
        sys.exit(f"pushmark grade did not give full marks:\n{done.stdout}{done.stderr}")


def main() -> None:
    options = measure.arguments(__doc__ or "", runs=5)
    with tempfile.TemporaryDirectory(prefix="pushmark-bench-") as folder:
        root = Path(folder)
        bare, lab = write(root)
        env = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "OMP_NUM_THREADS": "1"}
        pytest = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_all.py"]
        grade = [PUSHMARK, "grade", str(lab), str(lab / "starter"), "--json", "--quiet"]
        alone = env | {"XDG_RUNTIME_DIR": str(root / "nobody")}
        with kept_warm(lab, root) as beside:
            sides = [
                measure.Side(BARE, pytest, env, bare, all_passed),
                measure.Side(COLD, [*grade, "--cold"], alone, root, full_marks),
                measure.Side(OWN, grade, alone, root, full_marks),
                measure.Side(KEPT, grade, beside, root, full_marks),
            ]
            seconds = measure.interleave(sides, options.runs)
    figures = [
        measure.Figure(f"{name} over {BARE}", measure.paired_ratio(seconds, name, BARE), aim)
        for name, aim in ((COLD, AIM_COLD), (OWN, AIM_COLD), (KEPT, AIM_KEPT))
    ]
    measure.finish(figures, seconds, options)


if __name__ == "__main__":
    main()
