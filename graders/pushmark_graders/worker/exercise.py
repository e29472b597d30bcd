"""What libraries do at their first use, done once in the fork server: each worker would do it again.

Learners meet it as 20 ms that a grading does not take. Nothing here may start a thread, which a PyTorch gradient
does: a process that ever ran two cannot be forked safely.
"""

import sys
from contextlib import suppress


def exercise() -> None:
    """Use those of the imported libraries that are slow the first time. What goes wrong costs time, nothing else."""
    for name, use in (("pytest", _load_plugins), ("sklearn.preprocessing", _scale), ("torch", _step)):
        if name in sys.modules:
            with suppress(Exception):
                use()


def _load_plugins() -> None:
    """The fifty modules that pytest imports when it is first run."""
    from _pytest.config import get_config  # noqa: PLC0415

    get_config()


def _scale() -> None:
    """Scikit-learn's checks of parameters and input: 9 ms the first time."""
    import numpy as np  # noqa: PLC0415
    from sklearn.preprocessing import StandardScaler  # noqa: PLC0415

    StandardScaler().fit_transform(np.ones((3, 2)))


def _step() -> None:
    """A forward pass and, where the compiler that optimisers ask for is loaded, a step: 5 ms the first time."""
    import torch  # noqa: PLC0415

    layer = torch.nn.Linear(2, 1)
    layer(torch.ones(3, 2)).pow(2).mean()
    if "torch._dynamo" in sys.modules:
        optimiser = torch.optim.SGD(layer.parameters(), lr=0.1)
        for parameter in layer.parameters():
            parameter.grad = torch.zeros_like(parameter)
        optimiser.step()
