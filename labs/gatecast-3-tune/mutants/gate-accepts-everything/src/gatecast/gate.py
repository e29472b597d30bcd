"""May this model replace the one that is in use?"""

WATCHED = ("log_loss", "cost")


def accepts(candidate: dict[str, float], champion: dict[str, float] | None) -> bool:
    """Whether the candidate is at least as good in everything watched (lower is better), on the same rows.

    The first model has no champion to beat. A number that is missing or NaN is no proof.
    """
    return champion is None or all(name in candidate for name in WATCHED)
