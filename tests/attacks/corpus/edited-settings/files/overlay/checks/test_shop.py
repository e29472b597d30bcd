def test_totals_add_up():
    pass
