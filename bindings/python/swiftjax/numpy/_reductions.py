"""Reductions, statistics, sorting, searching and sets."""

from collections import namedtuple

from .. import _core
from .._array import asarray
from .._declare import declare

declare(
    globals(),
    """
    all(a, axis=None, out=None, keepdims=False, *, where=None) = core.all(a, axis, keepdims, where)
    any(a, axis=None, out=None, keepdims=False, *, where=None) = core.any(a, axis, keepdims, where)
    argmax(a, axis=None, out=None, keepdims=False) = core.argmax(a, axis, keepdims)
    argmin(a, axis=None, out=None, keepdims=False) = core.argmin(a, axis, keepdims)
    count_nonzero(a, axis=None, keepdims=False) = core.count_nonzero(a, axis, keepdims)
    cumprod(a, axis=None, dtype=None, out=None) = core.cumprod(a, axis, code(dtype))
    cumsum(a, axis=None, dtype=None, out=None) = core.cumsum(a, axis, code(dtype))
    cumulative_prod(x, /, *, axis=None, dtype=None, include_initial=False) = core.cumulative_prod(x, axis, code(dtype), include_initial)
    cumulative_sum(x, /, *, axis=None, dtype=None, include_initial=False) = core.cumulative_sum(x, axis, code(dtype), include_initial)
    max(a, axis=None, out=None, keepdims=False, initial=None, where=None) = core.max(a, axis, keepdims, initial, where)
    mean(a, axis=None, dtype=None, out=None, keepdims=False, *, where=None) = core.mean(a, axis, code(dtype), keepdims, where)
    min(a, axis=None, out=None, keepdims=False, initial=None, where=None) = core.min(a, axis, keepdims, initial, where)
    prod(a, axis=None, dtype=None, out=None, keepdims=False, initial=None, where=None) = core.prod(a, axis, code(dtype), keepdims, initial, where)
    ptp(a, axis=None, out=None, keepdims=False) = core.ptp(a, axis, keepdims)
    std(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=None) = core.std(a, axis, code(dtype), ddof, keepdims, where)
    sum(a, axis=None, dtype=None, out=None, keepdims=False, initial=None, where=None) = core.sum(a, axis, code(dtype), keepdims, initial, where)
    var(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=None) = core.var(a, axis, code(dtype), ddof, keepdims, where)

    nanargmax(a, axis=None, out=None, keepdims=None) = core.nanargmax(a, axis, bool(keepdims))
    nanargmin(a, axis=None, out=None, keepdims=None) = core.nanargmin(a, axis, bool(keepdims))
    nancumprod(a, axis=None, dtype=None, out=None) = core.nancumprod(a, axis, code(dtype))
    nancumsum(a, axis=None, dtype=None, out=None) = core.nancumsum(a, axis, code(dtype))
    nanmax(a, axis=None, out=None, keepdims=False, initial=None, where=None) = core.nanmax(a, axis, keepdims, initial, where)
    nanmean(a, axis=None, dtype=None, out=None, keepdims=False, where=None) = core.nanmean(a, axis, code(dtype), keepdims, where)
    nanmin(a, axis=None, out=None, keepdims=False, initial=None, where=None) = core.nanmin(a, axis, keepdims, initial, where)
    nanprod(a, axis=None, dtype=None, out=None, keepdims=False, initial=None, where=None) = core.nanprod(a, axis, code(dtype), keepdims, initial, where)
    nanstd(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, where=None) = core.nanstd(a, axis, code(dtype), ddof, keepdims, where)
    nansum(a, axis=None, dtype=None, out=None, keepdims=False, initial=None, where=None) = core.nansum(a, axis, code(dtype), keepdims, initial, where)
    nanvar(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, where=None) = core.nanvar(a, axis, code(dtype), ddof, keepdims, where)

    median(a, axis=None, out=None, overwrite_input=False, keepdims=False) = core.median(a, axis, keepdims)
    nanmedian(a, axis=None, out=None, overwrite_input=False, keepdims=False) = core.nanmedian(a, axis, keepdims)
    nanpercentile(a, q, axis=None, out=None, overwrite_input=False, method='linear', keepdims=False) = core.nanpercentile(a, q, axis, method, keepdims)
    nanquantile(a, q, axis=None, out=None, overwrite_input=False, method='linear', keepdims=False) = core.nanquantile(a, q, axis, method, keepdims)
    percentile(a, q, axis=None, out=None, overwrite_input=False, method='linear', keepdims=False) = core.percentile(a, q, axis, method, keepdims)
    quantile(a, q, axis=None, out=None, overwrite_input=False, method='linear', keepdims=False) = core.quantile(a, q, axis, method, keepdims)

    bincount(x, weights=None, minlength=0, *, length=None) = core.bincount(x, weights, minlength, length)
    corrcoef(x, y=None, rowvar=True, dtype=None) = core.corrcoef(x, y, rowvar, code(dtype))
    cov(m, y=None, rowvar=True, bias=False, ddof=None, fweights=None, aweights=None, dtype=None) = core.cov(m, y, rowvar, bias, ddof, fweights, aweights, code(dtype))
    digitize(x, bins, right=False, *, method=None) = core.digitize(x, bins, right)

    argpartition(a, kth, axis=-1) = core.argpartition(a, kth, axis)
    lexsort(keys, axis=-1) = core.lexsort(arrays(keys), axis)
    partition(a, kth, axis=-1) = core.partition(a, kth, axis)
    searchsorted(a, v, side='left', sorter=None, *, method='scan') = core.searchsorted(a if sorter is None else core.take(a, sorter), v, side == 'right')

    argwhere(a, *, size=None, fill_value=None) = core.argwhere(a, size, fill_value)
    compress(condition, a, axis=None, *, size=None, fill_value=0, out=None) = core.compress(asarray(condition), a, axis, size, fill_value)
    extract(condition, arr, *, size=None, fill_value=0) = core.extract(asarray(condition), arr, size, fill_value)
    isin(element, test_elements, assume_unique=False, invert=False, *, method='auto') = core.isin(element, test_elements, invert)

    intersect1d(ar1, ar2, assume_unique=False, *, size=None, fill_value=None) = core.intersect1d(asarray(ar1), asarray(ar2), size, fill_value)
    setdiff1d(ar1, ar2, assume_unique=False, *, size=None, fill_value=None) = core.setdiff1d(asarray(ar1), asarray(ar2), size, fill_value)
    setxor1d(ar1, ar2, assume_unique=False, *, size=None, fill_value=None) = core.setxor1d(asarray(ar1), asarray(ar2), size, fill_value)
    union1d(ar1, ar2, *, size=None, fill_value=None) = core.union1d(asarray(ar1), asarray(ar2), size, fill_value)
    unique_values(x, /, *, size=None, fill_value=None) = core.unique(x, False, False, False, None, False, size, fill_value)[0]
    """,
)

amax, amin = max, min


def _positions(fill_value):
    """Filling for positions: one for all axes, or one for each."""
    return None if fill_value is None else asarray(fill_value)


def sort(a, axis=-1, *, kind=None, order=None, stable=True, descending=False):
    return _core.sort(a, axis, stable, descending)


def argsort(a, axis=-1, *, kind=None, order=None, stable=True, descending=False):
    return _core.argsort(a, axis, stable, descending)


sort.__doc__, argsort.__doc__ = _core.sort.__doc__, _core.argsort.__doc__


def nonzero(a, *, size=None, fill_value=None):
    return tuple(_core.nonzero(a, size, _positions(fill_value)))


def flatnonzero(a, *, size=None, fill_value=None):
    return _core.flatnonzero(a, size, _positions(fill_value))


nonzero.__doc__, flatnonzero.__doc__ = _core.nonzero.__doc__, _core.flatnonzero.__doc__


def where(condition, x=None, y=None, /, *, size=None, fill_value=None):
    """x where the condition holds, else y; without these, the positions where it holds."""
    if x is None and y is None:
        return nonzero(condition, size=size, fill_value=fill_value)
    if x is None or y is None:
        raise TypeError(f"where requires ndarray or scalar arguments, got {type(None)} at position {1 if x is None else 2}.")
    return _core.where(condition, x, y)


def average(a, axis=None, weights=None, returned=False, keepdims=False):
    result = _core.average(a, axis, weights, keepdims)
    return tuple(result) if returned else result[0]


average.__doc__ = _core.average.__doc__


def _bins(bins):
    """The number of bins, and their edges where these are given."""
    return (bins, None) if isinstance(bins, int) else (0, asarray(bins)) if getattr(bins, "ndim", 1) else (int(bins), None)


def histogram(a, bins=10, range=None, weights=None, density=None):
    count, edges = _bins(bins)
    return _core.histogram(a, count, edges, None if range is None else asarray(range), weights, bool(density))


def histogram_bin_edges(a, bins=10, range=None, weights=None):
    count, edges = _bins(bins)
    return _core.histogram_bin_edges(a, count, edges, None if range is None else asarray(range))


histogram.__doc__, histogram_bin_edges.__doc__ = _core.histogram.__doc__, _core.histogram_bin_edges.__doc__

_UniqueAll = namedtuple("unique_all", "values indices inverse_indices counts")
_UniqueCounts = namedtuple("unique_counts", "values counts")
_UniqueInverse = namedtuple("unique_inverse", "values inverse_indices")


def unique(
    ar, return_index=False, return_inverse=False, return_counts=False, axis=None, *, equal_nan=True, size=None,
    fill_value=None, sorted=True,
):  # fmt: skip
    parts = _core.unique(ar, return_index, return_inverse, return_counts, axis, equal_nan, size, fill_value)
    return tuple(parts) if len(parts) > 1 else parts[0]


unique.__doc__ = _core.unique.__doc__


def unique_all(x, /, *, size=None, fill_value=None):
    return _UniqueAll(*unique(x, True, True, True, equal_nan=False, size=size, fill_value=fill_value))


def unique_counts(x, /, *, size=None, fill_value=None):
    return _UniqueCounts(*unique(x, return_counts=True, equal_nan=False, size=size, fill_value=fill_value))


def unique_inverse(x, /, *, size=None, fill_value=None):
    return _UniqueInverse(*unique(x, return_inverse=True, equal_nan=False, size=size, fill_value=fill_value))
