def test_long_baskets_add_up():
    pass
