"""Results of stages between attempts: what did not change is not run again, and nobody else's word is taken for it."""

import hashlib
import json
import shutil
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from msgspec.structs import replace
from pushmark_graders.errors import PushmarkError
from pushmark_graders.grading import stages
from pushmark_graders.grading.claims import Claims
from pushmark_graders.grading.stages import KEPT, Stages
from pushmark_graders.grading.training import Reuse, train
from pushmark_graders.lab.spec import TrainingSpec
from pushmark_graders.report.model import TrainingResult
from pushmark_graders.worker.policy import local

Write = Callable[..., Path]

SPEC = TrainingSpec(stages=["fit", "score"], seconds=300.0)
PIPELINE = """
stages:
  fit:
    cmd: python fit.py
    deps: [fit.py]
    outs: [model.json]
  score:
    cmd: python score.py
    deps: [score.py, model.json]
    metrics:
      - metrics.json:
          cache: false
"""
FIT = "open('model.json', 'w').write('4.5')\n"
FIT_AND_LOG = f"""
import mlflow
with mlflow.start_run(run_name="search"):
    with mlflow.start_run(run_name="a fit", nested=True):
        mlflow.log_params({{"slope": 2}})
        mlflow.log_text("kept", "note.txt")
{FIT}"""
SCORE = """
import json
json.dump({"mean": float(open("model.json").read())}, open("metrics.json", "w"))
"""
HONEST = {"dvc.yaml": PIPELINE, "fit.py": FIT, "score.py": SCORE}
KNOWN = {**HONEST, "helper.py": "SLOPE = 1\n"}
FILES = {"runs/ab/" + "c" * 64 + "/" + "d" * 64: "cmd: x\n", "files/md5/ab/" + "c" * 30: "out", "undeclared": "e"}


def md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


@dataclass(frozen=True)
class Attempt:
    """What became of one attempt."""

    folder: Path
    result: TrainingResult
    claims: Claims

    @property
    def reused(self) -> list[str]:
        assert all(stage.ran != stage.reused for stage in self.result.stages)
        return [stage.name for stage in self.result.stages if stage.reused]


@pytest.fixture(scope="module")
def attempt(tmp_path_factory: pytest.TempPathFactory, write: Write) -> Callable[..., Attempt]:
    """Train a folder of files as `learner`, whose results are below the folder `store`."""

    def go(store: Path, files: Mapping[str, str], *, learner: str = "ann", commit: str = "") -> Attempt:
        folder = write(tmp_path_factory.mktemp("attempt") / "submission", files)
        reuse = Reuse(stages=Stages(store, lab="lab", learner=learner, toolchain="t"), source=".")
        result, claims = train(SPEC, local(), folder, lambda _stage: None, None, commit, reuse)
        assert claims is not None, result.output
        return Attempt(folder, result, claims)

    return go


@pytest.fixture(scope="module")
def two(attempt: Callable[..., Attempt], tmp_path_factory: pytest.TempPathFactory) -> tuple[Attempt, Attempt]:
    """Two attempts of one learner: the second scores in another way."""
    store = tmp_path_factory.mktemp("two")
    files = {**HONEST, "fit.py": FIT_AND_LOG}
    first = attempt(store, files, commit="a" * 40)
    later = {**files, "score.py": SCORE.replace('{"mean": ', '{"rows": 1, "mean": ')}
    return first, attempt(store, later, commit="b" * 40)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where Ann's results of `known` are kept, and those of others may be."""
    return tmp_path_factory.mktemp("store")


@pytest.fixture(scope="module")
def known(attempt: Callable[..., Attempt], store: Path) -> Attempt:
    return attempt(store, KNOWN)


@pytest.fixture(scope="module")
def fake(known: Attempt) -> dict[str, str]:
    """The files of `known` with a metrics file that says 99, and a lock that agrees with it."""
    honest, claim = (known.folder / "metrics.json").read_text(), '{"mean": 99.0}'
    lock = (known.folder / "dvc.lock").read_text().replace(md5(honest), md5(claim))
    assert md5(claim) in lock
    return {**KNOWN, "metrics.json": claim, "dvc.lock": lock.replace(f"size: {len(honest)}", f"size: {len(claim)}")}


def test_a_stage_whose_inputs_did_not_change_is_reused(two: tuple[Attempt, Attempt]) -> None:
    first, second = two
    assert (first.reused, second.reused) == ([], ["fit"])
    assert second.claims.metrics == {"rows": 1, "mean": 4.5}
    assert second.claims.locked["fit"] == first.claims.locked["fit"]
    assert not (second.folder / KEPT).exists()


def test_what_a_reused_stage_had_logged_is_there_as_if_it_had_run(two: tuple[Attempt, Attempt]) -> None:
    first, second = two
    assert [run.name for run in first.claims.runs] == ["a fit", "search"]
    assert [replace(run, commit="b" * 40) for run in first.claims.runs] == second.claims.runs
    assert first.claims.commit == first.claims.runs[0].commit == "a" * 40
    (note,) = (second.folder / "mlruns").rglob("note.txt")
    assert note.read_text() == "kept"


def test_a_forged_lock_and_metrics_file_count_for_nothing_where_stages_are_reused(
    attempt: Callable[..., Attempt], store: Path, fake: dict[str, str]
) -> None:
    again = attempt(store, {**fake, "NOTES.md": "I tried."})
    assert (again.reused, again.claims.metric("mean")) == (["fit", "score"], 4.5)


def test_a_forged_lock_and_another_learners_results_count_for_nothing(
    attempt: Callable[..., Attempt], store: Path, fake: dict[str, str]
) -> None:
    bobs = attempt(store, fake, learner="bob")
    assert (bobs.reused, bobs.claims.metric("mean")) == ([], 4.5)


def test_a_python_file_that_no_stage_declares_belongs_to_all_of_them(
    attempt: Callable[..., Attempt], store: Path, known: Attempt, tmp_path: Path
) -> None:
    assert known.reused == []
    shutil.copytree(store, tmp_path / "store")
    assert attempt(tmp_path / "store", {**KNOWN, "helper.py": "SLOPE = 2\n"}).reused == []


def test_a_poisoned_cache_counts_for_its_author_alone_and_only_where_the_grader_kept_it(
    attempt: Callable[..., Attempt], store: Path, known: Attempt, tmp_path: Path, write: Write
) -> None:
    folder = tmp_path / "poisoned"
    Stages(store, lab="lab", learner="ann", toolchain="t").restore(folder)
    poison = {f"files/md5/{md5('99')[:2]}/{md5('99')[2:]}": "99"}
    for path in (folder / KEPT).rglob("*/*/*"):
        if path.is_file() and path.suffix != ".db":
            text = path.read_text().replace(md5("4.5"), md5("99")).replace("size: 3", "size: 2")
            poison[path.relative_to(folder / KEPT).as_posix()] = text if "outs:" in text else path.read_text()
    poison = {name: text for name, text in poison.items() if "metrics.json" not in text}
    poison["undeclared"] = (folder / KEPT / "undeclared").read_text()
    write(folder / KEPT, poison)  # as hostile code of an earlier attempt could have left it
    Stages(store, lab="lab", learner="mallory", toolchain="t").keep(folder)
    theirs = attempt(store, KNOWN, learner="mallory")
    assert (theirs.reused, theirs.claims.metric("mean")) == (["fit"], 99.0)
    submitted = {f"{place}/{name}": text for place in (KEPT, ".dvc/cache") for name, text in poison.items()}
    again = attempt(tmp_path / "ours", {**KNOWN, **submitted})
    assert (again.reused, again.claims.metric("mean")) == ([], 4.5)


def test_a_broken_pipeline_is_told_in_dvcs_words(tmp_path: Path, write: Write) -> None:
    folder = write(tmp_path / "submission", {**HONEST, "dvc.yaml": "stages: ["})
    reuse = Reuse(stages=Stages(tmp_path / "stages", lab="lab", learner="ann", toolchain="t"), source=".")
    result, claims = train(SPEC, local(), folder, lambda _stage: None, reuse=reuse)
    assert (result.state, claims) == ("failed", None)
    assert "dvc.yaml" in result.output
    assert "Traceback" not in result.output


def kept(store: Path, folder: Path, write: Write, **whose: str) -> tuple[Stages, Path]:
    """A store that keeps FILES, and the place where they are."""
    ours = Stages(store, **{"lab": "lab", "learner": "ann", "toolchain": "t", **whose})
    write(folder / KEPT, FILES)
    ours.keep(folder)
    (place,) = (path for path in store.iterdir() if path.is_dir())
    return ours, place


def restored(of: Stages, folder: Path) -> dict[str, str]:
    of.restore(folder)
    return {
        path.relative_to(folder / KEPT).as_posix(): path.read_text()
        for path in (folder / KEPT).rglob("*")
        if path.is_file()
    }


def test_what_was_kept_comes_back_and_is_taken_out_of_the_folder(tmp_path: Path, write: Write) -> None:
    ours, _ = kept(tmp_path / "store", tmp_path / "a", write)
    assert not (tmp_path / "a" / KEPT).exists()
    assert restored(ours, tmp_path / "b") == FILES
    assert stat.S_IMODE((tmp_path / "store" / "key").stat().st_mode) == 0o600


@pytest.mark.parametrize("field", ["lab", "learner", "toolchain"])
def test_results_of_another_learner_lab_or_toolchain_are_not_read(field: str, tmp_path: Path, write: Write) -> None:
    _, place = kept(tmp_path / "store", tmp_path / "a", write)
    other = Stages(tmp_path / "store", **{"lab": "lab", "learner": "ann", "toolchain": "t", field: "another"})
    assert restored(other, tmp_path / "b") == {}
    place.rename(other._place)  # somebody moves them there: the seal says whose they are
    assert restored(other, tmp_path / "b") == {}


@pytest.mark.parametrize("name", [*FILES, "manifest"])
def test_a_result_that_was_changed_is_none(name: str, tmp_path: Path, write: Write) -> None:
    ours, place = kept(tmp_path / "store", tmp_path / "a", write)
    if name == "manifest":
        manifest = json.loads((place / "manifest.json").read_text())
        del manifest["files"]["undeclared"]
        (place / "manifest.json").write_text(json.dumps(manifest))
    else:
        (place / "files" / name).write_text("forged")
    assert restored(ours, tmp_path / "b") == {}


def test_a_key_of_somebody_else_opens_nothing(tmp_path: Path, write: Write) -> None:
    _, place = kept(tmp_path / "store", tmp_path / "a", write)
    (tmp_path / "store" / "key").write_bytes(b"x" * 32)
    other = Stages(tmp_path / "store", lab="lab", learner="ann", toolchain="t")
    place.rename(other._place)
    assert restored(other, tmp_path / "b") == {}


def test_links_and_names_that_no_run_cache_has_are_not_kept(tmp_path: Path, write: Write) -> None:
    secret = write(tmp_path / "host", {"secret": "of the host"}) / "secret"
    folder = tmp_path / "a"
    write(folder / KEPT, {"runs/readme": "x", "files/md5/zz/" + "c" * 30: "x", "../outside": "x"})
    (folder / KEPT / "files" / "md5" / "aa").mkdir()
    (folder / KEPT / "files" / "md5" / "aa" / ("c" * 30)).symlink_to(secret)
    (folder / KEPT / "files" / "md5" / "bb").symlink_to(tmp_path / "host")
    ours, place = kept(tmp_path / "store", folder, write)
    assert restored(ours, tmp_path / "b") == FILES
    assert not list(place.rglob("secret"))
    assert secret.read_text() == "of the host"


@pytest.mark.parametrize("link", [".dvc", ".dvc/kept"])
def test_a_folder_that_is_a_link_is_neither_kept_nor_removed(link: str, tmp_path: Path, write: Write) -> None:
    host = write(tmp_path / "host", {**FILES, **{f"kept/{name}": text for name, text in FILES.items()}})
    (tmp_path / "a" / link).parent.mkdir(parents=True)
    (tmp_path / "a" / link).symlink_to(host)
    ours = Stages(tmp_path / "store", lab="lab", learner="ann", toolchain="t")
    ours.keep(tmp_path / "a")
    assert restored(ours, tmp_path / "b") == {}
    assert (host / "kept" / "undeclared").read_text() == "e"


def test_results_that_are_too_large_are_begun_anew(
    tmp_path: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, _ = kept(tmp_path / "store", tmp_path / "a", write)
    monkeypatch.setattr(stages, "MOST_MB", 0)
    write(tmp_path / "b" / KEPT, FILES)
    ours.keep(tmp_path / "b")
    assert restored(ours, tmp_path / "c") == {}


def test_a_place_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PushmarkError, match="file: ") as caught:
        Stages(tmp_path / "file", lab="lab", learner="ann", toolchain="t")
    assert "give a folder" in caught.value.next_step
