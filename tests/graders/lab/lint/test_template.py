"""Nothing hidden is in the template, however it is written down, and no history that could hold it."""

import bz2
import gzip
import io
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pushmark_graders.grading.hidden_sets import make
from pushmark_graders.grading.seeds import derive_seed
from pushmark_graders.lab.build import Rendered
from pushmark_graders.lab.lint import template
from pushmark_graders.lab.spec import load_lab

TINY = Path(__file__).parents[3] / "fixtures" / "tiny-lab"
SET = '''

def hidden_set(seed, lab):
    """Two hundred rows."""
    import numpy as np
    from pushmark_graders.checks import HiddenSet

    draw = np.random.default_rng(seed)
    labels = draw.integers(0, 2, 200)
    return HiddenSet({"rows": draw.normal(size=200)}, labels, {"guess": draw.random(200)})
'''
METRIC = """
[[metrics]]
name = "auc"
title = "AUC"
predict = "tiny.words:top"
function = "roc_auc"
reference = "guess"
points = 10
baseline = 0.1
target = 0.2
"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny lab with a hidden set of 200 rows."""
    folder = Path(shutil.copytree(TINY, tmp_path_factory.mktemp("labs") / "tiny-lab"))
    (folder / "hidden.py").write_text((folder / "hidden.py").read_text() + SET)
    (folder / "lab.toml").write_text((folder / "lab.toml").read_text() + METRIC)
    return folder


def problems(lab: Path, folder: Path, files: dict[str, bytes]) -> list[str]:
    for name, content in files.items():
        path = folder / "template" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    base = Rendered(template=folder / "template", data=folder / "data")
    return template.prove(load_lab(lab), base, "a course", []).problems


def labels(lab: Path) -> np.ndarray:
    return make(load_lab(lab), "a course").labels


def zipped(content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inside", content)
    return file.getvalue()


def as_parquet(values: np.ndarray) -> bytes:
    file = io.BytesIO()
    pd.DataFrame({"row": np.arange(len(values)), "late": values.astype(bool)}).to_parquet(file)
    return file.getvalue()


def as_npy(values: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, np.column_stack([np.arange(len(values)), values]))
    return file.getvalue()


WRITTEN: dict[str, Callable[[np.ndarray], bytes]] = {
    "a list of numbers": lambda values: str(values.tolist()).encode(),
    "a column of a CSV file": lambda values: pd.DataFrame({"a": 1.5, "y": values}).to_csv().encode(),
    "raw numbers": lambda values: b"header" + values.astype(np.int8).tobytes(),
    "raw numbers, packed": lambda values: gzip.compress(values.astype(np.float32).tobytes()),
    "packed otherwise": lambda values: bz2.compress("\n".join(map(str, values)).encode()),
    "an archive": lambda values: zipped(values.astype(np.int64).tobytes()),
    "a column of a Parquet file": as_parquet,
    "a column of an array": as_npy,
}


@pytest.mark.parametrize("how", WRITTEN)
def test_hidden_labels_are_found_however_they_are_written(lab: Path, tmp_path: Path, how: str) -> None:
    place = f".dvcstore/files/md5/ab/{30 * 'c'}"
    pointer = f"outs:\n- md5: ab{30 * 'c'}\n".encode()
    files = {place: WRITTEN[how](labels(lab)), "data/x.dvc": pointer}
    assert problems(lab, tmp_path, files) == [f"{place} holds hidden labels"]
    files[place] = WRITTEN[how](np.random.default_rng(7).integers(0, 2, 200))
    assert problems(lab, tmp_path, files) == []


def test_reference_predictions_are_found(lab: Path, tmp_path: Path) -> None:
    guess = make(load_lab(lab), "a course").references["guess"]
    assert problems(lab, tmp_path, {"guess.csv": pd.Series(guess).to_csv().encode()}) == [
        "guess.csv holds hidden predictions of guess"
    ]


@pytest.mark.parametrize("write", [str, hex])
def test_a_number_that_the_courses_seed_becomes_is_found(
    lab: Path, tmp_path: Path, write: Callable[[int], str]
) -> None:
    number = derive_seed("a course", "hidden-set")
    assert problems(lab, tmp_path, {"notes.md": f"seed {write(number)}".encode()}) == [
        "notes.md holds the number that the course's seed becomes for hidden-set"
    ]


def test_a_telling_line_of_a_hidden_file_is_found_in_text_and_in_an_archive(lab: Path, tmp_path: Path) -> None:
    line = b'    return dict(Counter(re.findall("[a-z]+", text.lower())))\n'
    assert problems(lab, tmp_path, {"notes.txt": line, "old.zip": zipped(line)}) == [
        "notes.txt shows lines of solution/src/tiny/words.py",
        "old.zip shows lines of solution/src/tiny/words.py",
    ]


def test_a_line_of_what_learners_tests_are_run_on_is_found(lab: Path, tmp_path: Path) -> None:
    own = Path(shutil.copytree(lab, tmp_path / "labs" / "tiny-lab"))
    line = "return {word: len(text.split()) for word in sorted(text.split())}\n"
    (own / "suite" / "mutants" / "case").mkdir(parents=True)
    (own / "suite" / "mutants" / "case" / "faulty.py").write_text(line)
    assert problems(own, tmp_path, {"checks/notes.txt": line.encode()}) == [
        "checks/notes.txt shows lines of suite/mutants/case/faulty.py"
    ]


def test_a_hidden_file_is_found_by_its_name(lab: Path, tmp_path: Path) -> None:
    assert problems(lab, tmp_path, {"checks/test_hidden_words.py": b""}) == [
        "checks/test_hidden_words.py is a hidden file"
    ]


def test_a_history_is_found(lab: Path, tmp_path: Path) -> None:
    assert problems(lab, tmp_path, {".git/HEAD": b"ref: refs/heads/main\n"}) == [
        ".git is a history: the template must begin without one"
    ]


def test_data_of_an_earlier_day_in_the_store_is_found(lab: Path, tmp_path: Path) -> None:
    (problem,) = problems(lab, tmp_path, {".dvcstore/files/md5/00/" + "1" * 30: b"a table"})
    assert problem.endswith("is data that no .dvc file names: an earlier table?")
