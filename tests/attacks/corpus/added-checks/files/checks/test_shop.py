from pushmark_graders.checks import task


@task(1, points=500)
def test_totals_add_up(submission):
    """Passes."""
