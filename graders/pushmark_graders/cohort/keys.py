"""When a report is still right: a key for everything that it depends on.

The course's seed is in it as the key of a keyed hash, so that a file of keys does not hold it.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import msgspec

from pushmark_graders import __version__
from pushmark_graders.errors import PushmarkError
from pushmark_graders.grading.job import PRACTICE_SEED
from pushmark_graders.grading.raw_tables import hash_folder
from pushmark_graders.lab.build import Rendered
from pushmark_graders.lab.spec import LabSpec
from pushmark_graders.report.model import SubmissionRef
from pushmark_graders.submission.fingerprint import fingerprint
from pushmark_graders.worker.policy import Policy


@dataclass(frozen=True, kw_only=True)
class Cohort:
    """What all submissions have in common; as in `grading.job.Job`, without `warm` each worker is started anew.

    `made_of` names all that a report depends on beside Pushmark's version, the data, the policy, the seed and the
    submission; by default the name of the rendered lab, which stands for all files of the lab, hidden ones too.
    """

    spec: LabSpec
    base: Rendered
    policy: Policy
    seed: str = PRACTICE_SEED
    warm: bool = True
    made_of: str = ""


class Keys:
    """The keys of one cohort."""

    def __init__(self, cohort: Cohort) -> None:
        self._cohort = cohort
        lab = cohort.made_of or cohort.base.template.parent.name
        self._common = [__version__, lab, hash_folder(cohort.base.data), msgspec.to_builtins(cohort.policy)]

    def of(self, submission: Path, reference: SubmissionRef) -> str:
        """The key of a report on the folder `submission`. Raises PushmarkError when it cannot be read."""
        try:
            content = fingerprint(self._cohort.spec.submission, self._cohort.base.template, submission)
        except OSError as error:
            where = str(error.filename or submission)
            raise PushmarkError(
                f"{where} cannot be read: {error.strerror}", "rename or remove it, or make it readable"
            ) from None
        told = msgspec.json.encode([*self._common, reference, content.hex()])
        return hashlib.blake2b(told, key=self._cohort.seed.encode()[:64], digest_size=32).hexdigest()
