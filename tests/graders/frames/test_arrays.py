"""numpy arrays, scalars and torch tensors cross with their dtype, shape and bits; objects do not."""

import struct

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from pushmark_graders.frames import FrameError, Limits, NotPlain, Tensor, decode, encode

from .conftest import Split, Trip

LIMITS = Limits()
NUMBERS = st.one_of(
    hnp.boolean_dtypes(),
    hnp.integer_dtypes(endianness="?"),
    hnp.unsigned_integer_dtypes(endianness="?"),
    hnp.floating_dtypes(endianness="?", sizes=(16, 32, 64)),
    hnp.complex_number_dtypes(endianness="?", sizes=(64, 128)),
    hnp.datetime64_dtypes(endianness="?"),
    hnp.timedelta64_dtypes(endianness="?"),
)
DTYPES = NUMBERS | hnp.byte_string_dtypes(endianness="?")
SHAPES = hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)


@settings(deadline=None)
@given(array=hnp.arrays(DTYPES, SHAPES), axes=st.booleans(), step=st.sampled_from([1, 2, -1]))
def test_arrays_keep_dtype_shape_and_bits(trip: Trip, array: NDArray[np.generic], axes: bool, step: int) -> None:
    sent = array.T if axes else array
    sent = sent[::step] if sent.ndim else sent
    arrived = trip(sent)
    assert type(arrived) is np.ndarray
    assert arrived.dtype == sent.dtype.newbyteorder("<")
    assert arrived.shape == sent.shape
    assert arrived.tobytes() == sent.astype(sent.dtype.newbyteorder("<")).tobytes()
    assert arrived.flags.writeable


@settings(deadline=None)
@given(texts=st.lists(st.text(st.characters(codec="utf-8")), max_size=6), order=st.sampled_from("<>"))
def test_arrays_of_text_cross(trip: Trip, texts: list[str], order: str) -> None:
    array = np.array(texts, dtype=str)
    arrived = trip(array.astype(array.dtype.newbyteorder("<" if order == "<" else ">")))
    assert isinstance(arrived, np.ndarray)
    assert arrived.dtype.kind == "U"
    assert arrived.tolist() == array.tolist()


@settings(deadline=None)
@given(array=hnp.arrays(NUMBERS, (1,)))
def test_scalars_stay_scalars_of_numpy(trip: Trip, array: NDArray[np.generic]) -> None:
    sent = array[0]
    arrived = trip(sent)
    assert type(arrived) is type(sent)
    assert np.asarray(arrived).tobytes() == np.asarray(sent).astype(array.dtype.newbyteorder("<")).tobytes()


def test_text_scalars_cross(trip: Trip) -> None:
    for sent in (np.str_("héllo"), np.str_(""), np.bytes_(b"ab"), np.bytes_(b"")):
        arrived = trip(sent)
        assert type(arrived) is type(sent)
        assert arrived == sent


def test_numpy_numbers_may_be_keys(trip: Trip) -> None:
    sent = {np.int64(1): "a", np.float32(2.5): "b", np.datetime64("2020-01-01"): "c"}
    assert trip(sent) == sent
    with pytest.raises(NotPlain, match="float64 as a key"):
        encode({np.float64("nan"): 1}, LIMITS)


@given(
    values=st.lists(st.none() | st.just(float("nan")) | st.text(st.characters(codec="utf-8"), max_size=5), max_size=12)
)
def test_object_arrays_of_text_and_gaps_cross(trip: Trip, values: list[object]) -> None:
    sent = np.empty(len(values), object)
    sent[:] = values
    arrived = trip(sent)
    assert isinstance(arrived, np.ndarray)
    assert arrived.dtype == object
    assert repr(arrived.tolist()) == repr(values)


def test_object_arrays_keep_their_shape(trip: Trip) -> None:
    arrived = trip(np.array([["a", None], ["b", "c"], [None, None]], dtype=object).T)
    assert isinstance(arrived, np.ndarray)
    assert arrived.tolist() == [["a", "b", None], [None, "c", None]]


class Sly(np.ndarray[tuple[int], np.dtype[np.float64]]):
    pass


@pytest.mark.parametrize(
    ("array", "name"),
    [
        (np.array([1, "a"], dtype=object), "int in an object array"),
        (np.array([object()]), "object in an object array"),
        (np.array([1.5], dtype=object), "float in an object array"),
        (np.array(["\ud800"], dtype=object), "lone surrogate"),
        (np.zeros(2, dtype=[("a", "i4")]), "numpy data of dtype"),
        (np.zeros(2, dtype=np.longdouble), "numpy data of dtype float128"),
        (np.longdouble(1), "numpy data of dtype float128"),
        (np.zeros(2, dtype="M8[25s]"), "numpy data of dtype"),
        (np.zeros(2).view(Sly), "Sly"),
        (np.ma.masked_array([1, 2]), "MaskedArray"),
    ],
)
def test_other_arrays_are_refused_by_what_they_hold(array: object, name: str) -> None:
    with pytest.raises(NotPlain, match=name) as caught:
        encode({"y": array}, LIMITS)
    assert caught.value.path == "['y']"


def test_an_array_over_the_limit_is_refused_where_it_is_sent() -> None:
    with pytest.raises(FrameError, match="more than 1000000 bytes"):
        encode(np.zeros(200_000), Limits(max_bytes=1_000_000))
    with pytest.raises(FrameError, match="more than 10 Python strings"):
        encode(np.array(["a"] * 11, dtype=object), Limits(max_nodes=10))


@pytest.mark.parametrize(
    ("array", "old", "new", "says"),
    [
        (np.arange(3.0), b"f8", b"O8", "dtype that cannot travel"),
        (np.arange(3.0), b"f8", b"V8", "dtype that cannot travel"),
        (np.arange(3.0), b"f8", b"p8", "dtype that cannot travel"),
        (np.arange(3.0), b"f8", b"f4", "does not fit its shape"),
        (np.arange(3.0), struct.pack("<q", 3), struct.pack("<q", 4), "does not fit its shape"),
        (np.arange(3.0), struct.pack("<q", 3), struct.pack("<q", -3), "shape is out of bounds"),
        (np.arange(3.0), struct.pack("<q", 3), struct.pack("<q", 2**62), "shape is out of bounds"),
        (np.arange(3.0), struct.pack("<qq", 1, 3), struct.pack("<qq", 33, 3), "too many dimensions"),
        (np.arange(3.0), struct.pack("<qq", 1, 3), struct.pack("<qq", -1, 3), "too many dimensions"),
    ],
)
def test_a_header_that_lies_about_its_array_is_refused(
    split: Split, array: NDArray[np.generic], old: bytes, new: bytes, says: str
) -> None:
    header, body = split(array)
    assert old in header
    with pytest.raises(FrameError, match=says):
        decode(header.replace(old, new, 1), body, LIMITS)


def test_bytes_that_are_no_boolean_or_no_text_are_refused(split: Split) -> None:
    header, body = split(np.array([True, False]))
    with pytest.raises(FrameError, match="neither 0 nor 1"):
        decode(header, body.replace(b"\x01\x00", b"\x02\x00", 1), LIMITS)
    header, body = split(np.array(["ab"]))
    for point in (0xD800, 0x110000, 0xFFFFFFFF):
        with pytest.raises(FrameError, match="not Unicode"):
            decode(header, body.replace(b"a\0\0\0", struct.pack("<I", point)), LIMITS)


TORCH_DTYPES = (torch.bool, torch.uint8, torch.int16, torch.int64, torch.float16, torch.float32, torch.complex64)


@pytest.mark.parametrize("dtype", TORCH_DTYPES, ids=str)
def test_tensors_arrive_as_plain_arrays_and_go_back_as_tensors(trip: Trip, dtype: torch.dtype) -> None:
    sent = torch.arange(12).reshape(3, 4).to(dtype).T
    arrived = trip(sent)
    assert type(arrived) is Tensor
    assert arrived.shape == (4, 3)
    assert f"torch.{arrived.dtype}" == str(dtype)
    assert np.array_equal(np.asarray(arrived), sent.numpy())
    back = trip(arrived, live_tensors=True)
    assert isinstance(back, torch.Tensor)
    assert back.dtype == dtype
    assert torch.equal(back, sent)


def test_bfloat16_crosses_by_its_values(trip: Trip) -> None:
    sent = torch.tensor([1.5, -0.0, 3e38], dtype=torch.bfloat16)
    arrived = trip(sent)
    assert type(arrived) is Tensor
    assert arrived.dtype == "bfloat16"
    assert arrived.array.dtype == np.float32
    back = trip(arrived, live_tensors=True)
    assert isinstance(back, torch.Tensor)
    assert torch.equal(back, sent)


def test_gradients_views_and_parameters_travel_as_values(trip: Trip) -> None:
    weight = torch.nn.Linear(2, 2).weight
    arrived = trip({"w": weight, "loss": (weight * 2).sum(), "conj": torch.tensor([1 + 2j]).conj()})
    assert isinstance(arrived, dict)
    assert np.array_equal(arrived["w"].array, weight.detach().numpy())
    assert arrived["loss"].shape == ()
    assert arrived["conj"].array.tolist() == [1 - 2j]
    live = trip(weight, live_tensors=True)
    assert isinstance(live, torch.Tensor)
    assert not live.requires_grad


class Unusual(torch.Tensor):
    pass


@pytest.mark.parametrize(
    ("tensor", "name"),
    [
        (torch.eye(2).to_sparse(), "sparse"),
        (torch.empty(2, device="meta"), "without data"),
        (torch.zeros(2).as_subclass(Unusual), "Unusual"),
        (torch.zeros(2, dtype=torch.float8_e5m2), "float8_e5m2"),
        (Tensor(np.array(["a"])), "a tensor around ndarray data"),
    ],
    ids=["sparse", "meta", "subclass", "float8", "text"],
)
def test_other_tensors_are_refused(tensor: object, name: str) -> None:
    with pytest.raises(NotPlain, match=name):
        encode(tensor, LIMITS)


def test_a_tensor_that_lies_about_its_dtype_is_refused(split: Split) -> None:
    header, body = split(Tensor(np.zeros(2, np.float64)))
    for name in (b"bfloat1", b"float16", b"os._exi"):
        with pytest.raises(FrameError, match="not the dtype of its values"):
            decode(header.replace(b"float64", name), body, LIMITS)


def test_a_tensor_is_an_array_wherever_numpy_looks() -> None:
    tensor = Tensor(np.arange(6.0).reshape(2, 3))
    assert len(tensor) == 2
    assert np.asarray(tensor, dtype=np.float32).dtype == np.float32
    assert np.array(tensor) is not tensor.array
    with pytest.raises(AttributeError, match="frozen"):
        tensor.dtype = "int8"
