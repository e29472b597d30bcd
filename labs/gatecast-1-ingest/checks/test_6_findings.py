"""Task 6: findings that somebody would want to read."""

from compare import found, ingested
from dirt import INJECTIONS, drop, shares
from public_days import public_day
from pushmark_graders.checks import expect, task


@task(
    6,
    points=4,
    hint="Note a fault where you repair it. Cancelled flights and unknown aircraft are none.",
)
def test_each_fault_is_found(submission, lab, seed):
    """Each kind of fault is named in `findings`, with its table, and a drop without faults has none."""
    missed = []
    for names in shares(seed):
        sent = drop(public_day(lab, "2013-07-10"), *names, seed=seed)
        told = found(ingested(submission, sent))
        missed += [f"{name} ({one[0]}, {one[1]})" for name, one in sent.faults.items() if one not in told]
    expect.that(not missed, f"{len(missed)} of {len(INJECTIONS)} faults are not in findings: {'; '.join(missed)}.")
    told = found(ingested(submission, drop(public_day(lab, "2013-10-16"), seed=seed)))
    expect.that(not told, f"The drop of 2013-10-16 has no fault, and findings name {sorted(told)}.")
