"""Control flow. Bodies are traced once for each function and kind of arguments."""

from .. import _core
from .._functions import flat, leaf, unflatten, wrap_body


def cond(pred, true_fun, false_fun, *operands, operand=None, linear=None):
    """`true_fun(*operands)` or `false_fun(*operands)`, which must give results of the same types: TypeError."""
    if operand is not None:
        operands = (operand,)
    leaves, tree = flat(operands)
    results, out = _core.cond(leaf(pred), wrap_body(true_fun), wrap_body(false_fun), leaves, tree)
    return unflatten(out, results)


def switch(index, branches, *operands, operand=None):
    """One of several functions by an integer, clamped to those there are."""
    if operand is not None:
        operands = (operand,)
    leaves, tree = flat(operands)
    results, out = _core.switch(leaf(index), [wrap_body(f) for f in branches], leaves, tree)
    return unflatten(out, results)


def while_loop(cond_fun, body_fun, init_val):
    """Applies `body_fun` to a carry while `cond_fun` of it holds. Not differentiable in reverse mode: ValueError."""
    leaves, tree = flat(init_val)
    return unflatten(tree, _core.while_loop(wrap_body(cond_fun), wrap_body(body_fun), leaves, tree))


def fori_loop(lower, upper, body_fun, init_val, *, unroll=None):
    """Applies `body_fun(i, carry)` for i from `lower` up to `upper`, not included."""
    leaves, tree = flat(init_val)
    return unflatten(tree, _core.fori_loop(leaf(lower), leaf(upper), wrap_body(body_fun), leaves, tree))


def scan(f, init, xs=None, length=None, reverse=False, unroll=1, _split_transpose=False):
    """Applies `f(carry, x)`, which gives (carry, y), along the first axes of xs: (final carry, ys stacked)."""
    leaves, tree = flat(init)
    inputs, inputs_tree = flat(xs)
    if isinstance(unroll, bool):
        unroll = (inputs[0].shape[0] if inputs and inputs[0].ndim else length or 1) if unroll else 1
    carry, ys, ys_tree = _core.scan(
        wrap_body(f), leaves, tree, inputs, inputs_tree, length, reverse, max(int(unroll), 1))  # fmt: skip
    return unflatten(tree, carry), unflatten(ys_tree, ys)


def map(f, xs, *, batch_size=None):  # noqa: A001
    """Applies a function along the first axes of xs, one after the other, or `batch_size` at a time."""
    if batch_size is not None:
        return _batched_map(f, xs, batch_size)
    leaves, tree = flat(xs)
    results, out = _core.map(wrap_body(f), leaves, tree)
    return unflatten(out, results)


def _batched_map(f, xs, size):
    from .._api import vmap
    from ..tree_util import tree_map

    count = flat(xs)[0][0].shape[0]
    whole = count - count % size
    batched = vmap(f)
    parts = []
    if whole:
        blocks = tree_map(lambda x: leaf(x)[:whole].reshape(whole // size, size, *x.shape[1:]), xs)
        parts.append(tree_map(lambda y: y.reshape(whole, *y.shape[2:]), map(batched, blocks)))
    if whole < count or not parts:
        parts.append(batched(tree_map(lambda x: leaf(x)[whole:], xs)))
    return tree_map(lambda *ys: _core.concatenate(list(ys), 0), *parts)


def associative_scan(fn, elems, reverse=False, axis=0):
    """Running values of an associative function of two trees, in parallel: Blelloch's scan (1990), as JAX does it."""
    if not callable(fn):
        raise TypeError("lax.associative_scan: fn argument should be callable.")
    leaves, tree = flat(elems)
    axis = axis % leaves[0].ndim if leaves and leaves[0].ndim else axis
    if any(x.shape[axis] != leaves[0].shape[axis] for x in leaves):
        raise ValueError(f"Array inputs to associative_scan must have the same first dimension. (saw: {[x.shape for x in leaves]})")
    flip = (lambda x: _core.flip(x, axis)) if reverse else (lambda x: x)

    def combine(a, b):
        return flat(fn(unflatten(tree, a), unflatten(tree, b)))[0]

    return unflatten(tree, [flip(x) for x in _scanned(combine, [flip(x) for x in leaves], axis)])


def _scanned(combine, elems, axis):
    from ._slicing import slice_in_dim

    def part(x, start, stop, step=1):
        return slice_in_dim(x, start, stop, step, axis)

    count = elems[0].shape[axis]
    if count < 2:
        return elems
    # Sums of pairs, their scan, and from it the places between.
    even = count - count % 2
    odd = _scanned(combine, combine([part(x, 0, even, 2) for x in elems], [part(x, 1, even, 2) for x in elems]), axis)
    stop = (count - 1) // 2
    between = combine([part(x, 0, stop) for x in odd], [part(x, 2, None, 2) for x in elems]) if stop else []
    first = [part(x, 0, 1) for x in elems]
    evens = [_core.concatenate([a, b], axis) for a, b in zip(first, between)] if between else first
    return [_interleaved(a, b, axis) for a, b in zip(evens, odd)]


def _interleaved(a, b, axis):
    """a[0], b[0], a[1], b[1], … along an axis, by padding both and adding."""
    from ._shapes import pad

    def config(before, x, other):
        triples = [(0, 0, 0)] * x.ndim
        total = x.shape[axis] + other.shape[axis]
        triples[axis] = (before, total - before - (2 * x.shape[axis] - 1), 1)
        return triples

    zero = _core.full((), 0, a._dtype_code)
    x, y = pad(a, zero, config(0, a, b)), pad(b, zero, config(1, b, a))
    return _core.logical_or(x, y) if a._dtype_code == 0 else _core.add(x, y)
