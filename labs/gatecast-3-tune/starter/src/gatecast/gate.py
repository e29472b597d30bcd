"""May this model replace the one that is in use?"""


def accepts(candidate: dict[str, float], champion: dict[str, float] | None) -> bool:
    """Whether the candidate may replace the champion, or be the first model where there is none.

    Both hold `log_loss` and `cost`, measured on the same rows.
    """
    return True
