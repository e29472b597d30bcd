"""What a worker may do: one object that the launcher obeys and the report names.

`local` takes the best confinement that the platform has and says which. `strict` refuses to grade
when one of its layers is missing, because a silent downgrade would make the score worthless.
"""

from typing import Literal, get_args

import msgspec

Layer = Literal[
    "unprivileged user",
    "pid namespace",
    "mount namespace",
    "network namespace",
    "no new privileges",
    "resource limits",
]

LAYERS: tuple[Layer, ...] = get_args(Layer)


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """Limits of one worker and the layers without which it must not start.

    Memory and sizes are in MiB unless the name says otherwise; times are wall-clock seconds.
    """

    name: str
    required: tuple[Layer, ...] = ()
    namespaces: bool = True
    call_seconds: float = 10.0
    import_seconds: float = 60.0
    memory_mb: int = 4096
    processes: int = 256
    file_mb: int = 256
    open_files: int = 1024
    output_kb: int = 64
    frame_mb: int = 256
    scratch_mb: int = 512
    folder_mb: int = 2048


def local() -> Policy:
    return Policy(name="local")


def strict() -> Policy:
    return Policy(name="strict", required=LAYERS)


POLICIES = {"local": local, "strict": strict}
