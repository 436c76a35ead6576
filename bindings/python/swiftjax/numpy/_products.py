"""Products, einsum, differences, polynomials and convolution."""

import string

from .. import _core, _dtypes
from .._array import asarray
from .._declare import declare

declare(
    globals(),
    """
    convolve(a, v, mode='full', *, precision=None, preferred_element_type=None) = core.convolve(asarray(a), asarray(v), mode, code(preferred_element_type))
    correlate(a, v, mode='valid', *, precision=None, preferred_element_type=None) = core.correlate(asarray(a), asarray(v), mode, code(preferred_element_type))
    cross(a, b, axisa=-1, axisb=-1, axisc=-1, axis=None) = core.cross(asarray(a), asarray(b), axisa, axisb, axisc, axis)
    diff(a, n=1, axis=-1, prepend=None, append=None) = core.diff(a, n, axis, prepend, append)
    ediff1d(ary, to_end=None, to_begin=None) = core.ediff1d(asarray(ary), to_end, to_begin)
    interp(x, xp, fp, left=None, right=None, period=None) = core.interp(x, xp, fp, left, right, period)
    kron(a, b) = core.kron(a, b)
    matvec(x1, x2, /) = core.matvec(x1, x2)
    outer(a, b, out=None) = core.outer(a, b)
    polyadd(a1, a2) = core.polyadd(asarray(a1), asarray(a2))
    polyder(p, m=1) = core.polyder(asarray(p), m)
    polyint(p, m=1, k=None) = core.polyint(asarray(p), m, k)
    polymul(a1, a2, *, trim_leading_zeros=False) = core.polymul(asarray(a1), asarray(a2))
    polysub(a1, a2) = core.polysub(asarray(a1), asarray(a2))
    polyval(p, x, *, unroll=16) = core.polyval(asarray(p), asarray(x))
    trace(a, offset=0, axis1=0, axis2=1, dtype=None, out=None) = core.trace(a, offset, axis1, axis2, code(dtype))
    trapezoid(y, x=None, dx=1.0, axis=-1) = core.trapezoid(asarray(y), None if x is None else asarray(x), dx, axis)
    unwrap(p, discont=None, axis=-1, period=6.283185307179586) = core.unwrap(asarray(p), discont, axis, period)
    vecmat(x1, x2, /) = core.vecmat(x1, x2)
    """,
)


def _accumulated(operation):
    """A product of two arrays whose dtype of accumulation may be given."""

    def function(a, b, *, precision=None, preferred_element_type=None):
        if preferred_element_type is not None:
            code = _dtypes.code(preferred_element_type)
            a, b = (_core.astype(asarray(x), code) for x in (a, b))
        return operation(a, b)

    function.__name__ = function.__qualname__ = operation.__name__
    function.__doc__ = operation.__doc__
    return function


dot, matmul, inner, vdot = map(_accumulated, (_core.dot, _core.matmul, _core.inner, _core.vdot))


def vecdot(x1, x2, /, *, axis=-1, precision=None, preferred_element_type=None):
    return _core.vecdot(x1, x2, axis)


vecdot.__doc__ = _core.vecdot.__doc__


def tensordot(a, b, axes=2, *, precision=None, preferred_element_type=None):
    """Sums over the last `axes` axes of a and the first of b, or over two lists of axes."""
    if isinstance(axes, int):
        a, b = asarray(a), asarray(b)
        if axes > min(a.ndim, b.ndim):
            raise TypeError(f"Number of tensordot axes (axes {axes}) exceeds input ranks ({a.shape} and {b.shape})")
        axes = tuple(range(a.ndim - axes, a.ndim)), tuple(range(axes))
    return _core.tensordot(a, b, axes[0], axes[1])


def _subscripts(operands):
    """NumPy's other form, operands each followed by its labels, as subscripts."""

    def text(labels):
        return "".join("..." if label is Ellipsis else string.ascii_letters[label] for label in labels)

    arrays, labels = operands[0 : len(operands) // 2 * 2 : 2], operands[1::2]
    left = ",".join(map(text, labels))
    return (left if len(operands) % 2 == 0 else f"{left}->{text(operands[-1])}"), arrays


def einsum(
    subscripts, /, *operands, out=None, optimize="auto", precision=None, preferred_element_type=None,
    _dot_general=None, out_sharding=None,
):  # fmt: skip
    """Sums of products by subscripts such as `bij,bjk->bik`, or by operands each followed by its labels."""
    if out is not None:
        raise NotImplementedError("The 'out' argument to jnp.einsum is not supported.")
    if not isinstance(subscripts, str):
        subscripts, operands = _subscripts((subscripts, *operands))
    return _core.einsum(subscripts, [asarray(x) for x in operands], _dtypes.code(preferred_element_type))


def gradient(f, *varargs, axis=None, edge_order=None):
    if edge_order is not None:
        raise NotImplementedError("The 'edge_order' argument to jnp.gradient is not supported.")
    results = _core.gradient(asarray(f), [asarray(h) for h in varargs], axis)
    return results[0] if len(results) == 1 else results


gradient.__doc__ = _core.gradient.__doc__
