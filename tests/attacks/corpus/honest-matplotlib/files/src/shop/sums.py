"""How numbers are added up."""

import io


def picture(numbers):
    try:
        import matplotlib
    except ImportError:
        return b"no picture"
    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots()
    axes.plot(numbers)
    page = io.BytesIO()
    figure.savefig(page, format="png")
    figure.savefig("picture.png")
    pyplot.close(figure)
    return page.getvalue()


def add(numbers):
    assert len(picture(numbers)) > 5
    return sum(numbers)
