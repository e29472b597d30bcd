"""What may cross between the grader and the worker, and the two ways it can be refused.

A lab author sees `Tensor` (a torch tensor that arrived without torch) and `Handle` (an object that stayed in the
worker). A learner sees the text of `NotPlain`: which part of an answer cannot travel, and what it is.

The worker imports this before it can confine itself, so nothing here imports `dataclasses` (14 ms) or `typing` (7 ms).
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import DTypeLike, NDArray

MIB = 1024 * 1024


class FrameError(Exception):
    """The frame is malformed or over a limit. The stream it came from is out of step: close it."""


class NotPlain(TypeError):
    """A value cannot travel; `path` says where it sits inside the whole and `type_name` what it is."""

    def __init__(self, type_name: str, path: str = "") -> None:
        super().__init__(type_name, path)
        self.type_name = type_name
        self.path = path

    def __str__(self) -> str:
        where = f" at {self.path}" if self.path else ""
        return f"{self.type_name}{where} is not plain data"

    def inside(self, step: str) -> NotPlain:
        """Return the same refusal as seen from the container: `step` leads from there to here."""
        return NotPlain(self.type_name, step + self.path)


class _Frozen:
    """Values that compare by their fields and cannot be changed."""

    __slots__: tuple[str, ...] = ()

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen: {name} cannot be set")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen: {name} cannot be deleted")

    def _fields(self) -> tuple[object, ...]:
        return tuple(getattr(self, name) for name in self.__slots__)

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__slots__)
        return f"{type(self).__name__}({fields})"


class Limits(_Frozen):
    """How much one frame may hold. Both ends check it: the sender to be told, the receiver to be safe."""

    __slots__ = ("max_buffers", "max_bytes", "max_depth", "max_nodes")

    max_bytes: int
    max_depth: int
    max_nodes: int
    max_buffers: int

    def __init__(
        self, max_bytes: int = 256 * MIB, max_depth: int = 32, max_nodes: int = 1_000_000, max_buffers: int = 4096
    ) -> None:
        object.__setattr__(self, "max_bytes", max_bytes)
        object.__setattr__(self, "max_depth", max_depth)
        object.__setattr__(self, "max_nodes", max_nodes)
        object.__setattr__(self, "max_buffers", max_buffers)

    def __eq__(self, other: object) -> bool:
        return self._fields() == other._fields() if type(other) is Limits else NotImplemented

    def __hash__(self) -> int:
        return hash(self._fields())


class Handle(_Frozen):
    """A reference to an object that stays in the worker. `type_name` is the worker's word: show it, do not trust it."""

    __slots__ = ("callable", "id", "type_name")

    id: int
    type_name: str
    callable: bool

    def __init__(self, id: int, type_name: str, callable: bool) -> None:
        object.__setattr__(self, "id", id)
        object.__setattr__(self, "type_name", type_name)
        object.__setattr__(self, "callable", callable)

    def __eq__(self, other: object) -> bool:
        return self._fields() == other._fields() if type(other) is Handle else NotImplemented

    def __hash__(self) -> int:
        return hash(self._fields())


class Tensor(_Frozen):
    """A torch tensor as a numpy array, so that the grader never imports torch.

    `dtype` is the torch name; `bfloat16`, which numpy lacks, has its values in a float32 `array`.
    """

    __slots__ = ("array", "dtype")

    array: NDArray[np.generic]
    dtype: str

    def __init__(self, array: NDArray[np.generic], dtype: str = "") -> None:
        object.__setattr__(self, "array", array)
        object.__setattr__(self, "dtype", dtype or array.dtype.name)

    @property
    def shape(self) -> tuple[int, ...]:
        """The size along each dimension."""
        return self.array.shape

    def __len__(self) -> int:
        return len(self.array)

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[np.generic]:
        if dtype is not None and self.array.dtype != dtype:
            return self.array.astype(dtype)
        return self.array.copy() if copy else self.array
