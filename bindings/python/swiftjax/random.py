"""`jax.random`: random numbers as pure functions of keys."""

import numpy as np

from . import _core
from ._array import asarray
from ._declare import declare, seed_array, shape as _shape

declare(
    globals(),
    """
    PRNGKey(seed, *, impl=None) = core.random_prng_key(seed_array(seed, impl))
    bernoulli(key, p=0.5, shape=None, mode='low') = core.random_bernoulli(key, p, shape_of(shape))
    beta(key, a, b, shape=None, dtype=None) = core.random_beta(key, asarray(a), asarray(b), shape_of(shape), code(dtype))
    ball(key, d, p=2, shape=(), dtype=None) = core.random_ball(key, d, p, shape_of(shape), code(dtype))
    bits(key, shape=(), dtype=None) = core.random_bits(key, shape_of(shape), code(dtype))
    categorical(key, logits, axis=-1, shape=None, replace=True, mode=None) = core.random_categorical(key, asarray(logits), axis, shape_of(shape), replace)
    cauchy(key, shape=(), dtype=None) = core.random_cauchy(key, shape_of(shape), code(dtype))
    chisquare(key, df, shape=None, dtype=None) = core.random_chisquare(key, asarray(df), shape_of(shape), code(dtype))
    dirichlet(key, alpha, shape=None, dtype=None) = core.random_dirichlet(key, asarray(alpha), shape_of(shape), code(dtype))
    double_sided_maxwell(key, loc, scale, shape=(), dtype=None) = core.random_double_sided_maxwell(key, loc, scale, shape_of(shape), code(dtype))
    exponential(key, shape=(), dtype=None) = core.random_exponential(key, shape_of(shape), code(dtype))
    f(key, dfnum, dfden, shape=None, dtype=None) = core.random_f(key, asarray(dfnum), asarray(dfden), shape_of(shape), code(dtype))
    gamma(key, a, shape=None, dtype=None) = core.random_gamma(key, asarray(a), shape_of(shape), code(dtype))
    generalized_normal(key, p, shape=(), dtype=None) = core.random_generalized_normal(key, p, shape_of(shape), code(dtype))
    geometric(key, p, shape=None, dtype=None) = core.random_geometric(key, p, shape_of(shape), code(dtype))
    gumbel(key, shape=(), dtype=None, mode=None) = core.random_gumbel(key, shape_of(shape), code(dtype))
    key_data(keys) = core.random_key_data(keys)
    laplace(key, shape=(), dtype=None) = core.random_laplace(key, shape_of(shape), code(dtype))
    loggamma(key, a, shape=None, dtype=None) = core.random_loggamma(key, asarray(a), shape_of(shape), code(dtype))
    logistic(key, shape=(), dtype=None) = core.random_logistic(key, shape_of(shape), code(dtype))
    lognormal(key, sigma=1.0, shape=None, dtype=None) = core.random_lognormal(key, asarray(sigma), shape_of(shape), code(dtype))
    maxwell(key, shape=(), dtype=None) = core.random_maxwell(key, shape_of(shape), code(dtype))
    multivariate_normal(key, mean, cov, shape=None, dtype=None, method='cholesky') = core.random_multivariate_normal(key, asarray(mean), asarray(cov), shape_of(shape), code(dtype))
    normal(key, shape=(), dtype=None) = core.random_normal(key, shape_of(shape), code(dtype))
    pareto(key, b, shape=None, dtype=None) = core.random_pareto(key, asarray(b), shape_of(shape), code(dtype))
    poisson(key, lam, shape=None, dtype=None) = core.random_poisson(key, asarray(lam), shape_of(shape), code(dtype))
    rademacher(key, shape=(), dtype=None) = core.random_rademacher(key, shape_of(shape), code(dtype))
    randint(key, shape, minval, maxval, dtype=None) = core.random_randint(key, shape_of(shape), asarray(minval), asarray(maxval), code(dtype))
    rayleigh(key, scale, shape=None, dtype=None) = core.random_rayleigh(key, asarray(scale), shape_of(shape), code(dtype))
    split(key, num=2) = core.random_split(key, shape_of(num))
    t(key, df, shape=None, dtype=None) = core.random_t(key, asarray(df), shape_of(shape), code(dtype))
    triangular(key, left, mode, right, shape=None, dtype=None) = core.random_triangular(key, asarray(left), asarray(mode), asarray(right), shape_of(shape), code(dtype))
    truncated_normal(key, lower, upper, shape=None, dtype=None) = core.random_truncated_normal(key, asarray(lower), asarray(upper), shape_of(shape), code(dtype))
    uniform(key, shape=(), dtype=None, minval=0.0, maxval=1.0) = core.random_uniform(key, shape_of(shape), code(dtype), minval, maxval)
    wald(key, mean, shape=None, dtype=None) = core.random_wald(key, asarray(mean), shape_of(shape), code(dtype))
    weibull_min(key, scale, concentration, shape=(), dtype=None) = core.random_weibull_min(key, scale, concentration, shape_of(shape), code(dtype))
    wrap_key_data(key_bits_array, *, impl=None) = core.random_wrap_key_data(asarray(key_bits_array))
    """,
)


def key(seed, *, impl=None, dtype=None):
    """A typed key from an integer."""
    return _core.random_key(seed_array(seed, impl))


def key_impl(keys):
    """The name of the keys' generator: there is one."""
    return "threefry2x32"


def clone(key):
    """The same key, declared to be used again."""
    return key


def fold_in(key, data):
    if isinstance(data, int):
        data = asarray(data, np.uint32)
    return _core.random_fold_in(key, data)


fold_in.__doc__ = _core.random_fold_in.__doc__


def _count(x):
    """The number that a population given as an integer stands for, or None."""
    if isinstance(x, int):
        return x
    if getattr(x, "shape", None) != ():
        return None
    if x.dtype.kind not in "iu":
        raise TypeError(f"x must be an integer or at least 1-dimensional, got {x.dtype}")
    return int(x)


def permutation(key, x, axis=0, independent=False):
    count = _count(x)
    if count is not None:
        return _core.random_permutation_range(key, count)
    return _core.random_permutation(key, asarray(x), axis, independent)


def choice(key, a, shape=(), replace=True, p=None, axis=0, mode=None):
    count = _count(a)
    p = None if p is None else asarray(p)
    if count is not None:
        return _core.random_choice_range(key, count, _shape(shape), replace, p)
    return _core.random_choice(key, asarray(a), _shape(shape), replace, p, axis)


permutation.__doc__, choice.__doc__ = _core.random_permutation.__doc__, _core.random_choice.__doc__
