"""Our workflows and actions as they stand: linters agree, and the rules that no linter knows hold."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.workflows.act import ROOT, copy_of_our_actions, uses

GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
ACTIONS = sorted((GITHUB / "actions").glob("*/action.yml"))
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")


def tool(name: str, *arguments: str | Path, cwd: Path = ROOT) -> str:
    """Run a linter of this environment; its findings when it has any."""
    command = [str(Path(sys.executable).with_name(name)), *map(str, arguments)]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def jobs(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((GITHUB / "workflows" / name).read_text())["jobs"]
    return found


def test_actionlint_agrees() -> None:
    assert tool("actionlint", "-shellcheck=", *WORKFLOWS) == ""


def test_zizmor_finds_nothing_that_is_not_explained() -> None:
    assert tool("zizmor", "--offline", "--no-progress", "-q", "--persona", "auditor", ".github") == ""


def test_workflows_and_actions_have_the_published_shape() -> None:
    assert tool("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *WORKFLOWS) == ""
    assert tool("check-jsonschema", "--builtin-schema", "vendor.github-actions", *ACTIONS) == ""
    assert tool("check-jsonschema", "--builtin-schema", "vendor.dependabot", GITHUB / "dependabot.yml") == ""


@pytest.mark.parametrize("name", [path.name for path in WORKFLOWS])
def test_act_accepts_the_workflow(name: str, tmp_path: Path) -> None:
    copy_of_our_actions(tmp_path)
    assert tool("act", "--validate", "--strict", "-W", f".github/workflows/{name}", cwd=tmp_path) == ""


def test_everything_from_elsewhere_is_pinned_to_a_commit() -> None:
    for name in uses(GITHUB):
        assert name.startswith("$/") or PINNED.fullmatch(name), name
        if name.startswith("$/"):
            folder = ROOT / name.removeprefix("$/")
            assert (folder / "action.yml").is_file(), name


def test_ci_proves_every_lab_beside_the_tests() -> None:
    labs = sorted(path.parent.name for path in (ROOT / "labs").glob("*/lab.toml"))
    assert jobs("ci.yml")["labs"]["strategy"]["matrix"]["lab"] == labs


def test_the_jobs_with_learner_code_may_read_and_nothing_else() -> None:
    for workflow, job in (("practice-grade.yml", "grade"), ("train.yml", "train")):
        assert jobs(workflow)[job]["permissions"] == {"contents": "read"}
        text = yaml.safe_dump(jobs(workflow)[job])
        assert "secrets." not in text
        assert "github.token" not in text
        [checkout] = [step for step in jobs(workflow)[job]["steps"] if "actions/checkout" in step.get("uses", "")]
        assert checkout["with"]["persist-credentials"] is False


def test_the_job_that_writes_sees_no_learner_code_and_gives_its_token_to_one_step() -> None:
    job = jobs("practice-grade.yml")["publish"]
    assert job["permissions"] == {"pull-requests": "write", "checks": "write"}
    assert not any("checkout" in step.get("uses", "") for step in job["steps"])
    holders = [step["name"] for step in job["steps"] if "github.token" in yaml.safe_dump(step)]
    assert holders == ["Write the comment"]


def test_no_script_has_an_expression_pasted_into_it() -> None:
    for path in [*WORKFLOWS, *ACTIONS]:
        for script in scripts(yaml.safe_load(path.read_text())):
            assert "${{" not in script, f"{path}: {script}"


def test_every_action_has_a_readme_that_names_its_inputs_and_outputs() -> None:
    for path in ACTIONS:
        readme = (path.parent / "README.md").read_text()
        action = yaml.safe_load(path.read_text())
        for name in [*action["inputs"], *action["outputs"]]:
            assert f"`{name}`" in readme, f"{path.parent.name}: {name}"


def test_no_workflow_is_triggered_by_events_that_lend_a_token_to_strangers() -> None:
    for path in WORKFLOWS:
        triggers = yaml.safe_load(path.read_text())[True]
        assert not {"pull_request_target", "workflow_run", "issue_comment"} & set(triggers), path


def scripts(value: Any) -> list[str]:
    """Every `run:` below a YAML value."""
    if isinstance(value, dict):
        own = [value["run"]] if isinstance(value.get("run"), str) else []
        return own + [script for item in value.values() for script in scripts(item)]
    return [script for item in value for script in scripts(item)] if isinstance(value, list) else []
