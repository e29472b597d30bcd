"""torch tensors in a frame: their values, not their history, device or gradients.

The grader gets a `Tensor` around a numpy array; the worker gets the torch tensor itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pushmark_graders.frames.arrays import Array, read_array, write_array
from pushmark_graders.frames.plain import FrameError, NotPlain, Tensor

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch

    from pushmark_graders.frames.reader import Reader
    from pushmark_graders.frames.tree import Writer

BFLOAT16 = "bfloat16"


def write(writer: Writer, value: object) -> bool:
    """Write a torch tensor, a parameter of a module, or a `Tensor`."""
    if isinstance(value, Tensor):
        write_tensor(writer, value)
        return True
    import torch  # noqa: PLC0415 - this function runs only where torch is in use; reading a tensor needs no torch

    if not isinstance(value, torch.Tensor) or type(value) not in (torch.Tensor, torch.nn.Parameter):
        return False
    if value.layout != torch.strided or value.is_quantized or value.is_meta:
        raise NotPlain("a tensor that is sparse, quantized or without data")
    values = value.detach().cpu().resolve_conj().resolve_neg()
    name = str(values.dtype).removeprefix("torch.")
    try:
        array = values.float().numpy() if name == BFLOAT16 else values.numpy()
    except TypeError:
        raise NotPlain(f"a tensor of dtype {name}") from None
    write_tensor(writer, Tensor(array, name))
    return True


def write_tensor(writer: Writer, tensor: Tensor) -> None:
    """Write a tensor that is already a numpy array."""
    if type(tensor.array) is not np.ndarray or tensor.array.dtype.kind not in "biufc":
        raise NotPlain(f"a tensor around {type(tensor.array).__name__} data")
    writer.ops += b"T"
    writer.text(tensor.dtype)
    write_array(writer, tensor.array)


def read(reader: Reader) -> object:
    """Read a tensor: as torch's own where the receiver asked for it."""
    name = reader.text()
    array = read_array(reader)
    if array.dtype.kind not in "biufc" or name != (BFLOAT16 if name == BFLOAT16 else array.dtype.name):
        raise FrameError("a tensor's dtype is not the dtype of its values")
    if name == BFLOAT16 and array.dtype != np.float32:
        raise FrameError("a bfloat16 tensor whose values are not float32")
    return live(array, name) if reader.live_tensors else Tensor(array, name)


def live(array: Array, name: str) -> torch.Tensor:
    """Return the torch tensor over the array's memory."""
    import torch  # noqa: PLC0415 - 1 s, and only the worker asks for it

    tensor = torch.from_numpy(array)
    return tensor.to(torch.bfloat16) if name == BFLOAT16 else tensor


READERS: dict[int, Callable[[Reader], object]] = {ord("T"): read}
