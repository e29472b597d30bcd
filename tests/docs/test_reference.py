"""The reference leaves nothing out: each command, option, key, field, state, fixture and helper is there, as it is."""

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import click
import msgspec
import pytest
from pushmark_bot.cli import app
from pushmark_bot.service import config
from pushmark_bot.slash.grammar import FORMS
from pushmark_graders.checks import (
    HiddenSet,
    Tensor,
    expect,
    leakage,
    pipeline,
    quality,
    review,
    simulation,
    task,
    tracking,
)
from pushmark_graders.checks.suite import Mutants
from pushmark_graders.cli import cli
from pushmark_graders.course import spec as course
from pushmark_graders.grading.budgets import Budget
from pushmark_graders.grading.claims import Claims
from pushmark_graders.grading.fixtures import Fixtures
from pushmark_graders.grading.repro import Repro
from pushmark_graders.grading.suites import Suite
from pushmark_graders.lab import metric_spec, spec
from pushmark_graders.report import final, model
from pushmark_graders.submission.service import Service
from pushmark_graders.submission.submitted import SubmittedFiles
from pushmark_graders.worker.layers import ABOUT, LAYERS
from pushmark_graders.worker.policy import Policy, local, standard, strict

from tests.docs.pages import ROOT, blocks, inline_code, rows, section

REFERENCE = ROOT / "docs" / "reference"
COMMANDS_PAGE = REFERENCE / "commands.md"
CLI, LAB_TOML, CHECK_API, REPORT = (REFERENCE / name for name in ("cli.md", "lab-toml.md", "check-api.md", "report.md"))
POLICIES = REFERENCE / "policies.md"
COURSE_TOML = REFERENCE / "course-toml.md"
BOT_TOML = REFERENCE / "bot-toml.md"


def commands(group: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
    """Every command that can be run, with its full name."""
    if not isinstance(group, click.Group):
        yield name, group
        return
    context = click.Context(group, help_option_names=["-h", "--help"])
    for each in group.list_commands(context):
        inner = group.get_command(context, each)
        assert inner is not None
        yield from commands(inner, f"{name} {each}")


COMMANDS = dict([*commands(cli, "pushmark"), *commands(app, "pushmark-bot")])


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_of_a_command_is_in_its_table_and_no_other(name: str) -> None:
    table = section(CLI, name)
    assert table, f"docs/reference/cli.md: no heading `{name}`"
    shown = {option for row in rows(table) for option in re.findall(r"`(-[-\w]+)`", row[0])}
    options = [one for one in COMMANDS[name].params if isinstance(one, click.Option)]
    assert shown == {flag for one in options for flag in (*one.opts, *one.secondary_opts)}
    arguments = [one for one in COMMANDS[name].params if isinstance(one, click.Argument)]
    assert all(str(one.name).upper() in table for one in arguments)


@pytest.mark.parametrize("name", COMMANDS)
def test_defaults_and_choices_of_options_are_stated(name: str) -> None:
    described = {re.findall(r"`(-[-\w]+)`", row[0])[0]: " ".join(row) for row in rows(section(CLI, name))}
    for option in COMMANDS[name].params:
        if not isinstance(option, click.Option):
            continue
        text = described[option.opts[0]]
        if isinstance(option.type, click.Choice):
            assert all(f"`{choice}`" in text for choice in option.type.choices), text
        if option.required:
            assert "required" in text
        elif isinstance(option.default, str | int | float) and option.default and not option.is_flag:
            default = f"{option.default:g}" if isinstance(option.default, float) else str(option.default)
            assert default in re.split(r"[\s`|]+", text), text


def test_every_environment_variable_that_is_read_is_described() -> None:
    listed = {row[0].strip("`") for row in rows(section(CLI, "Environment"))}
    sources = [path.read_text() for folder in ("graders", "bot") for path in (ROOT / folder).rglob("*.py")]
    read = set(re.findall(r"environ(?:\.get\(|\[)\"(\w+)\"|\"(\w+)\" in os\.environ", "\n".join(sources)))
    names = {name for pair in read for name in pair if name} | {"PUSHMARK_TEMPLATE"}
    for command in COMMANDS.values():
        names |= {str(one.envvar) for one in command.params if one.envvar}
    assert listed == {name for name in names if not name.startswith("PYTEST_")}


@pytest.mark.parametrize("page", [CLI, REPORT], ids=["cli", "report"])
def test_every_exit_status_is_described(page: Path) -> None:
    listed = {row[0] for row in rows(section(page, "Exit status"))}
    assert {"0", "1", "2", "3", "4"} <= listed


TABLES: dict[str, type[msgspec.Struct]] = {
    "The lab": spec.LabSpec,
    "[[tasks]]": spec.TaskSpec,
    "[submission]": spec.SubmissionSpec,
    "[training]": spec.TrainingSpec,
    "[[metrics]]": metric_spec.MetricSpec,
    "[limits]": spec.LimitsSpec,
    "[grading]": spec.GradingSpec,
    "[data]": spec.DataSpec,
}


@pytest.mark.parametrize("heading", TABLES)
def test_every_key_of_lab_toml_is_described_with_its_type_and_default(heading: str) -> None:
    described = {row[0].strip("`"): row[1:3] for row in rows(section(LAB_TOML, heading))}
    fields = [field for field in msgspec.structs.fields(TABLES[heading]) if field.name != "root"]
    assert described == {field.name: [type_in_words(field.type), default_in_words(field)] for field in fields}


def test_every_table_of_lab_toml_has_a_section() -> None:
    structs = {kind for kind in vars(spec).values() if isinstance(kind, type) and issubclass(kind, msgspec.Struct)}
    assert structs == set(TABLES.values())


@pytest.mark.parametrize(("heading", "kind"), [("The course", course.CourseSpec), ("[attempts]", course.AttemptsSpec)])
def test_every_key_of_course_toml_is_described_with_its_type(heading: str, kind: type[msgspec.Struct]) -> None:
    described = {row[0].strip("`"): row[1:3] for row in rows(section(COURSE_TOML, heading))}
    fields = msgspec.structs.fields(kind)
    assert described == {field.name: [type_in_words(field.type), default_in_words(field)] for field in fields}


def test_every_command_of_a_pull_request_is_described_as_it_is_written() -> None:
    table = {
        row[0].strip("`"): (row[1], row[2]) for row in rows(section(COMMANDS_PAGE, "Commands on the pull request"))
    }
    assert table == {form.usage: (form.who, form.does) for form in FORMS.values()}
    told = section(COMMANDS_PAGE, "The commands")
    assert re.findall(r"^\*\*`/(\w+)`\*\*", told, re.MULTILINE) == list(FORMS)


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("The bot", config.Config),
        ("[app]", config.AppConfig),
        ("[writes]", config.WritesConfig),
        ("[rounds]", config.RoundsConfig),
        ("[[actions]]", config.ActionsConfig),
        ("[practice]", config.PracticeConfig),
    ],
)
def test_every_key_of_bot_toml_is_described_with_its_type(heading: str, kind: type[msgspec.Struct]) -> None:
    described = {row[0].strip("`"): row[1:3] for row in rows(section(BOT_TOML, heading))}
    fields = [field for field in msgspec.structs.fields(kind) if field.name != "root"]
    assert described == {field.name: [type_in_words(field.type), default_in_words(field)] for field in fields}


def test_the_example_of_bot_toml_is_a_configuration(tmp_path: Path) -> None:
    first, second = (block.text for block in blocks(BOT_TOML) if block.language == "toml")
    (tmp_path / "pushmark-bot.toml").write_text(first)
    assert config.load(tmp_path / "pushmark-bot.toml", {}).graders == 2
    (tmp_path / "pushmark-bot.toml").write_text(second)
    assert config.load(tmp_path / "pushmark-bot.toml", {}).actions[0].course == "ml-101"


def test_the_example_of_course_toml_is_a_course(tmp_path: Path) -> None:
    example = next(block for block in blocks(COURSE_TOML) if block.language == "toml")
    (tmp_path / "course.toml").write_text(example.text)
    assert course.load_course(tmp_path / "course.toml").attempts.total == 40


def test_the_example_of_lab_toml_is_a_lab(tmp_path: Path) -> None:
    example = next(block for block in blocks(LAB_TOML) if block.language == "toml")
    (tmp_path / "lab.toml").write_text(example.text)
    assert spec.load_lab(tmp_path).metrics[0].name == "auc"


def type_in_words(kind: Any) -> str:
    words = {str: "text", int: "whole number", float: "number"}
    if kind in words:
        return words[kind]
    if isinstance(kind, UnionType):
        return type_in_words(get_args(kind)[0])
    if get_origin(kind) is Annotated:
        return type_in_words(get_args(kind)[0])
    if get_origin(kind) is Literal:
        choices = get_args(kind)
        return "one of " + ", ".join(f"`{one}`" for one in choices) if len(choices) > 1 else str(choices[0])
    if get_origin(kind) is list:
        (item,) = get_args(kind)
        if get_origin(item) is Literal:
            return "list of " + ", ".join(f"`{one}`" for one in get_args(item))
        return f"list of {type_in_words(item)}s"
    return "table"


def default_in_words(field: Any) -> str:
    if field.required:
        return "required"
    if field.default is None:
        return "none"
    if isinstance(field.default, msgspec.Struct):
        return "all defaults"
    if field.default is msgspec.NODEFAULT or field.default == []:
        return "`[]`"
    return f'`"{field.default}"`' if isinstance(field.default, str) else f"`{field.default}`"


def test_every_layer_and_what_it_does_is_described() -> None:
    described = {row[0].strip("`"): row[1].replace("`", "") for row in rows(section(POLICIES, "Layers"))}
    assert described == ABOUT


def test_every_policy_is_described_with_what_it_requires() -> None:
    described = {row[0].strip("`"): (row[2], row[3]) for row in rows(section(POLICIES, "Built-in policies"))}
    assert {name: told[1] == "yes" for name, told in described.items()} == {
        policy.name: policy.self_test for policy in (strict(), standard(), local())
    }
    assert set(re.findall("`(.+?)`", described["standard"][0])) == set(standard().required)
    assert set(LAYERS) - set(re.findall("`(.+?)`", described["strict"][0])) == set(strict().required)


def test_every_key_of_a_policy_is_described_with_its_default() -> None:
    described = {row[0].strip("`"): row[2].strip("`") for row in rows(section(POLICIES, "A policy of your own"))}
    assert (described.pop("extends"), described.pop("name")) == ("local", "the file's")
    expected = {name: getattr(local(), name) for name in Policy.__struct_fields__ if name != "name"}
    assert described == {name: in_toml(value) for name, value in expected.items()}


def in_toml(value: object) -> str:
    return "[]" if value == () else str(value).lower() if isinstance(value, bool) else str(value)


def structs_of(kind: type[msgspec.Struct], path: str) -> Iterator[tuple[str, type[msgspec.Struct]]]:
    """`kind` and every struct below it, with the path to it in a report."""
    yield path, kind
    for field in msgspec.structs.fields(kind):
        parts = [field.type, *get_args(field.type)] if get_origin(field.type) is not dict else []
        for part in parts:
            if isinstance(part, type) and issubclass(part, msgspec.Struct):
                many = "[]" if get_origin(field.type) is list else ""
                yield from structs_of(part, f"{path}.{field.name}{many}".lstrip("."))


@pytest.mark.parametrize(("path", "kind"), list(structs_of(model.Report, "")), ids=lambda value: str(value)[-40:])
def test_every_field_of_a_report_is_described(path: str, kind: type[msgspec.Struct]) -> None:
    described = [row[0].strip("`") for row in rows(section(REPORT, f"`{path}`" if path else "The report"))]
    assert described == [field.name for field in msgspec.structs.fields(kind)]


def test_every_field_of_a_final_file_is_described() -> None:
    described = [row[0].strip("`") for row in rows(section(REPORT, "The final file"))]
    top = [field.name for field in msgspec.structs.fields(final.Final)]
    each = [f"metrics[].{name}" for name in ("name", "final", "feedback_half", "final_half")]
    assert each == [f"metrics[].{field.name}" for field in msgspec.structs.fields(final.FinalMetric)]
    half = [field.name for field in msgspec.structs.fields(final.Measurement)]
    slices = [f"slices[].{field.name}" for field in msgspec.structs.fields(final.Slice)]
    assert described == [*top, *each, *half, *slices]


def test_every_word_that_a_report_may_hold_is_described() -> None:
    words = {word for _, kind in structs_of(model.Report, "") for word in literals(kind)} | set(LAYERS)
    words |= {policy.name for policy in (strict(), standard(), local())}
    assert words <= set(inline_code(REPORT))
    assert {row[0].strip("`") for row in rows(section(REPORT, "States"))} == set(get_args(model.State))


def literals(kind: type[msgspec.Struct]) -> Iterator[str]:
    for field in msgspec.structs.fields(kind):
        for part in (field.type, *get_args(field.type)):
            if get_origin(part) is Literal:
                yield from get_args(part)


def signature(function: Any) -> str:
    """The parameters as a caller sees them, without types."""
    found = inspect.signature(function)
    plain = [one.replace(annotation=inspect.Parameter.empty) for one in found.parameters.values()]
    text = str(found.replace(parameters=plain, return_annotation=inspect.Signature.empty))
    return text.replace("<factory>", "{}")


def public(module: Any) -> list[str]:
    """The functions and classes that a module offers, with their parameters."""
    name = module.__name__.rsplit(".", 1)[-1]
    return [
        f"{name}.{each}{signature(one)}"
        for each, one in vars(module).items()
        if f"{getattr(one, '__module__', '')}.".startswith(f"{module.__name__}.")
        and not each.startswith("_")
        and callable(one)
        if not (isinstance(one, type) and issubclass(one, Exception)) and get_origin(one) is not Union
    ]


@pytest.mark.parametrize(
    "module", [expect, leakage, pipeline, quality, review, simulation, tracking], ids=lambda one: str(one.__name__)
)
def test_every_function_for_authors_is_described_with_its_parameters(module: Any) -> None:
    name = module.__name__.rsplit(".", 1)[-1]
    described = [code for code in inline_code(CHECK_API) if code.startswith(f"{name}.") and "(" in code]
    assert sorted(one for one in described if not one.endswith('("ValueError")')) == sorted(public(module))


@pytest.mark.parametrize(("name", "kind"), [("suite", Suite), ("budget", Budget)])
def test_every_question_to_a_fixture_is_described_with_its_parameters(name: str, kind: type) -> None:
    asked = [f"{name}.{each}{signature(one)}" for each, one in vars(kind).items() if not each.startswith("_")]
    described = [code for code in inline_code(CHECK_API) if code.startswith(f"{name}.") and "(" in code]
    assert described == [one.replace("(self, ", "(") for one in asked]


def test_every_question_about_a_change_is_described_with_its_parameters() -> None:
    asked = [f"repro.{name}{signature(one)}" for name, one in vars(Repro).items() if not name.startswith("_")]
    described = [code for code in inline_code(CHECK_API) if code.startswith("repro.") and "(" in code]
    assert described == [one.replace("(self, ", "(") for one in asked]


def test_everything_that_a_service_offers_is_described() -> None:
    described = {row[0].strip("`").partition("(")[0] for row in rows(section(CHECK_API, "A service"))}
    offered = {name for name in vars(Service) if not name.startswith("_")} | {"app", "has_ended", "start_cpu_seconds"}
    assert described == {f"service.{name}" for name in offered}


@pytest.mark.parametrize("one", [task, HiddenSet, Tensor, Mutants], ids=lambda one: str(one.__name__))
def test_what_authors_import_is_described_with_its_parameters(one: Any) -> None:
    shown = next(code for code in inline_code(CHECK_API) if code.startswith(f"{one.__name__}("))
    assert shown == f"{one.__name__}{signature(one)}"


def test_every_fixture_of_a_check_is_described() -> None:
    fixtures = {name for name, one in vars(Fixtures).items() if type(one).__name__ == "FixtureFunctionDefinition"}
    assert {row[0].strip("`") for row in rows(section(CHECK_API, "Fixtures"))} == fixtures


def test_everything_that_the_submitted_files_offer_is_described() -> None:
    described = {row[0].strip("`").partition("(")[0] for row in rows(section(CHECK_API, "The submitted files"))}
    offered = {name for name in vars(SubmittedFiles) if not name.startswith("_")} | {"names"}
    assert described == {f"files.{name}" for name in offered}


def test_everything_that_a_training_claims_is_described() -> None:
    described = {row[0].strip("`") for row in rows(section(CHECK_API, "The training fixture"))}
    fields = {f"training.{field.name}" for field in msgspec.structs.fields(Claims)}
    assert described == fields | {"training.metric(key)"}


def test_every_state_of_a_check_has_a_cause() -> None:
    causes = {row[1].strip("`") for row in rows(section(CHECK_API, "What becomes of a check"))}
    assert causes == set(get_args(model.State))
