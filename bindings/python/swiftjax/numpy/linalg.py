"""`jax.numpy.linalg`, as far as it needs neither eigenvalues nor singular values."""

from collections import namedtuple

from .. import _core
from .._array import asarray
from .._declare import declare
from ._products import cross as _cross, matmul, outer, tensordot, vecdot  # noqa: F401

declare(
    globals(),
    """
    det(a) = core.linalg_det(a)
    diagonal(x, /, *, offset=0) = core.diagonal(x, offset, -2, -1)
    inv(a) = core.linalg_inv(a)
    matrix_power(a, n) = core.linalg_matrix_power(a, n)
    matrix_transpose(x, /) = core.swapaxes(x, -1, -2)
    multi_dot(arrays, *, precision=None) = core.linalg_multi_dot(array_list(arrays))
    trace(x, /, *, offset=0, dtype=None) = core.trace(x, offset, -2, -1, code(dtype))
    """,
)

SlogdetResult = namedtuple("SlogdetResult", "sign logabsdet")


def slogdet(a, *, method=None):
    return SlogdetResult(*_core.linalg_slogdet(a))


def solve(a, b):
    return _core.linalg_solve(asarray(a), asarray(b))


def cholesky(a, *, upper=False, symmetrize_input=True):
    return _core.linalg_cholesky(a, upper, symmetrize_input)


slogdet.__doc__, solve.__doc__, cholesky.__doc__ = (
    operation.__doc__ for operation in (_core.linalg_slogdet, _core.linalg_solve, _core.linalg_cholesky)
)


def cross(x1, x2, /, *, axis=-1):
    """Vector products in three dimensions."""
    return _cross(x1, x2, axis=axis)


def norm(x, ord=None, axis=None, keepdims=False):
    """The norm of vectors along one axis, or of matrices over two."""
    if isinstance(ord, str):
        if ord == "nuc":
            raise NotImplementedError("norm: ord='nuc' needs singular values, which are not there yet")
        if ord not in ("f", "fro"):
            raise ValueError(f"Invalid order '{ord}' for matrix norm.")
        axis = tuple(range(asarray(x).ndim)) if axis is None else axis
        if len(axis) != 2:
            raise ValueError(f"Invalid order '{ord}' for vector norm.")
        ord = None
    return _core.linalg_norm(x, float("nan") if ord is None else ord, axis, keepdims)


def vector_norm(x, /, *, axis=None, keepdims=False, ord=2):
    """(Σ |x|^ord)^(1/ord) over axes, and its limits."""
    if isinstance(ord, str):
        raise ValueError(f"Invalid order '{ord}' for vector norm.")
    return _core.linalg_vector_norm(x, ord, axis, keepdims)


def matrix_norm(x, /, *, keepdims=False, ord="fro"):
    """The norm of matrices over the last two axes."""
    return norm(x, ord, (-2, -1), keepdims)


def tensorsolve(a, b, axes=None):
    """x with tensordot(a, x, x.ndim) = b."""
    a, b = asarray(a), asarray(b)
    if axes is not None:
        rest = [i for i in range(a.ndim) if i not in axes]
        a = _core.transpose(a, rest + list(axes))
    shape = a.shape[b.ndim :]
    return _core.reshape(solve(_core.reshape(a, (-1, b.size)), _core.ravel(b)), shape)


def tensorinv(a, ind=2):
    """The inverse of a as a map between its first `ind` axes and the others."""
    a = asarray(a)
    if ind <= 0:
        raise ValueError(f"ind must be a positive integer; got ind={ind}")
    rows, columns = a.shape[:ind], a.shape[ind:]
    size = 1
    for n in rows:
        size *= n
    return _core.reshape(inv(_core.reshape(a, (size, -1))), columns + rows)  # noqa: F821


def cond(x, p=None):
    """The condition number: the norm times that of the inverse."""
    if p is None or p in (2, -2):
        raise NotImplementedError("cond: p=None, 2 and -2 need singular values, which are not there yet")
    return norm(x, p, (-2, -1)) * norm(inv(x), p, (-2, -1))  # noqa: F821


