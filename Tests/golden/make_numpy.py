"""numpy_*.json: jax.numpy functions of common use; nn.json: jax.nn."""

import numpy as np

from maker import Table, jnp_dtype, uniform

f32 = "float32"
V, W, M, N, T = (
    uniform(f32, shape, seed) for shape, seed in (((5,), 1), ((5,), 2), ((3, 4), 3), ((4, 2), 4), ((2, 3, 4), 5))
)
P = np.abs(V) + np.float32(0.1)
I, J = uniform("int32", (6,), 6), uniform("int32", (2, 3), 7)
B = uniform("bool", (3, 4), 8)
NAN = np.float32([[1, np.nan, 3], [np.nan, 5, -np.inf], [np.inf, 2, 0]])


def run(table, text, *inputs, **options):
    """One case for every line of `text`."""
    for expr in filter(None, map(str.strip, text.splitlines())):
        table.case(expr, *inputs, **options)


def creation():
    table = Table("numpy_creation")
    run(
        table,
        """
        jnp.zeros(3)
        jnp.zeros((2, 3), 'int32')
        jnp.ones((2, 0))
        jnp.ones((), bool)
        jnp.full((2, 2), 1.5)
        jnp.full((3,), 7, 'bfloat16')
        jnp.full((2, 3), jnp.array([1, 2, 3]))
        jnp.empty((2, 2), 'int8')
        jnp.array([1, 2, 3])
        jnp.array([[1.0, 2], [3, 4]])
        jnp.array([True, 2, 3.5])
        jnp.array([1, 2], 'float16')
        jnp.array([])
        jnp.array(5, ndmin=2)
        jnp.array([jnp.float32(1), 2.0])
        jnp.array([[1, 2], [3, 4]]).astype('uint8')
        jnp.arange(5)
        jnp.arange(2, 9, 3)
        jnp.arange(5.0)
        jnp.arange(0.0, 1.0, 0.25)
        jnp.arange(0, 1, 0.1)
        jnp.arange(5, 0, -2)
        jnp.arange(3, dtype='float32')
        jnp.arange(3, 0)
        jnp.linspace(0, 1, 5)
        jnp.linspace(-1, 2, 7, endpoint=False)
        jnp.linspace(0, 10, 5, dtype='int32')
        jnp.linspace(jnp.zeros(2), jnp.ones(2), 3)
        jnp.linspace(3, 3, 1)
        jnp.linspace(0, 1, 4, retstep=True)
        jnp.logspace(0, 2, 3)
        jnp.geomspace(1, 1000, 4)
        jnp.eye(3)
        jnp.eye(2, 4, 1, dtype='int32')
        jnp.eye(3, k=-1)
        jnp.identity(2)
        jnp.tri(3)
        jnp.tri(2, 4, 1, dtype='int32')
        jnp.meshgrid(jnp.arange(3), jnp.arange(2))
        jnp.meshgrid(jnp.arange(3), jnp.arange(2), indexing='ij')
        jnp.meshgrid(jnp.arange(2), jnp.arange(3), sparse=True)
        jnp.indices((2, 3))
        jnp.fromfunction(lambda i, j: i + j, (2, 3))
        jnp.vander(jnp.array([1., 2, 3]), 3)
        jnp.vander(jnp.array([1, 2, 3]), increasing=True)
        jnp.tril_indices(3)
        jnp.triu_indices(3, 1)
        jnp.diag_indices(3)
        jnp.hanning(4)
        jnp.hamming(4)
        jnp.mgrid[0:2, 0:3]
        jnp.r_[1:4, 0]
        (jnp.pi, jnp.e, str(jnp.inf), jnp.newaxis)
        (jnp.finfo('float32').eps, jnp.finfo('bfloat16').max, jnp.iinfo('int8').min)
    """,
        measure=False,
    )
    run(
        table,
        """
        jnp.zeros_like(x0)
        jnp.ones_like(x0, dtype='int32')
        jnp.full_like(x0, 2)
        jnp.full_like(x0, 2, shape=(2,))
        jnp.empty_like(x0)
        jnp.asarray(x0, dtype='bfloat16')
        jnp.diag(x0)
        jnp.diag(x0, 1)
        jnp.diagonal(x0, -1)
        jnp.tril(x0)
        jnp.triu(x0, 1)
        jnp.tril(x0, -1)
        jnp.copy(x0)
        jnp.trace(x0)
        jnp.trace(x0, offset=1)
    """,
        M,
    )
    run(table, "jnp.diag(x0)\njnp.diag(x0, -1)\njnp.diagflat(x0)", V[:3])
    run(table, "jnp.diagonal(x0, axis1=1, axis2=2)\njnp.tril(x0)\njnp.trace(x0, axis1=0, axis2=2)", T)
    table.write()


def shapes():
    table = Table("numpy_shape")
    run(
        table,
        """
        jnp.reshape(x0, (4, 3))
        jnp.reshape(x0, (2, -1))
        x0.reshape(2, 6)
        jnp.reshape(x0, -1, order='F')
        x0.T
        x0.mT
        x0.ravel()
        x0.flatten()
        jnp.ravel(x0, order='F')
        jnp.transpose(x0)
        jnp.swapaxes(x0, 0, 1)
        jnp.expand_dims(x0, (0, -1))
        jnp.flip(x0)
        jnp.flip(x0, 0)
        jnp.fliplr(x0)
        jnp.flipud(x0)
        jnp.rot90(x0)
        jnp.rot90(x0, 2)
        jnp.rot90(x0, -1)
        jnp.roll(x0, 2)
        jnp.roll(x0, -1, axis=1)
        jnp.roll(x0, (1, 2), axis=(0, 1))
        jnp.tile(x0, 2)
        jnp.tile(x0, (2, 1, 2))
        jnp.repeat(x0, 2)
        jnp.repeat(x0, 2, axis=0)
        jnp.repeat(x0, jnp.array([1, 0, 2]), axis=0, total_repeat_length=3)
        jnp.repeat(x0, np.array([1, 0, 2]), axis=0)
        jnp.broadcast_to(x0, (2, 3, 4))
        jnp.concatenate([x0, x0], axis=1)
        jnp.concatenate([x0, x0], axis=None)
        jnp.stack([x0, x0 + 1], axis=-1)
        jnp.vstack([x0, x0[0]])
        jnp.hstack([x0, x0])
        jnp.dstack([x0, x0])
        jnp.column_stack([x0[:, 0], x0[:, 1]])
        jnp.split(x0, 3)
        jnp.split(x0, [1, 3], axis=1)
        jnp.array_split(x0, 3, axis=1)
        jnp.hsplit(x0, 2)
        jnp.vsplit(x0, [1])
        jnp.append(x0, x0[:1], axis=0)
        jnp.atleast_3d(x0)
        jnp.moveaxis(x0, 0, -1)
        jnp.pad(x0, 1)
        jnp.pad(x0, ((1, 2), (0, 1)))
        jnp.pad(x0, ((1, 0), (2, 1)), constant_values=9)
        jnp.pad(x0, 1, constant_values=((1, 2), (3, 4)))
        jnp.pad(x0, (1, 2), mode='edge')
        jnp.pad(x0, (2, 1), mode='reflect')
        jnp.pad(x0, (3, 2), mode='symmetric')
        jnp.pad(x0, (2, 3), mode='wrap')
        jnp.pad(x0, 1, mode='linear_ramp')
        jnp.pad(x0, 1, mode='maximum')
        jnp.pad(x0, 1, mode='mean')
        jnp.block([[x0, x0], [x0, x0]])
        jnp.unstack(x0)
        jnp.resize(x0, (2, 5))
        jnp.size(x0)
        jnp.shape(x0)
        jnp.ndim(x0)
        jnp.permute_dims(x0, (1, 0))
        jnp.matrix_transpose(x0)
        jnp.squeeze(x0[None])
        jnp.delete(x0, np.array([0, 2]), axis=1)
    """,
        np.arange(12, dtype=f32).reshape(3, 4),
        ulp=0,
    )
    run(
        table,
        """
        jnp.transpose(x0, (2, 0, 1))
        jnp.moveaxis(x0, (0, 1), (-1, 0))
        jnp.rollaxis(x0, 2)
        jnp.squeeze(x0[:, :1], axis=1)
        jnp.flip(x0, (0, 2))
        jnp.concatenate([x0, x0[:, :1]], axis=1)
        jnp.atleast_2d(x0[0, 0])
        jnp.atleast_1d(x0[0, 0, 0])
        jnp.broadcast_arrays(x0[:, :1, :1], x0[:1, :, :1])
        jnp.apply_along_axis(jnp.sum, 1, x0)
        jnp.vectorize(jnp.dot, signature='(n),(n)->()')(x0, x0[0, 0])
    """,
        np.arange(24, dtype=f32).reshape(2, 3, 4),
        ulp=0,
    )
    run(
        table,
        "jnp.broadcast_shapes((2, 1), (3,))\njnp.ix_(jnp.arange(2), jnp.arange(3))\njnp.trim_zeros(jnp.array([0, 1, 2, 0]))\n"
        "jnp.ediff1d(jnp.array([1, 4, 9]))\njnp.array([3, 1])[::-1].tolist()",
    )
    table.write()


MATH = """sin cos tan arcsin arccos arctan sinh cosh tanh arcsinh arctanh exp exp2 expm1 log1p sqrt cbrt square abs fabs sign floor ceil
          rint trunc round negative positive reciprocal sinc deg2rad rad2deg isnan isinf isfinite signbit real imag conj angle nan_to_num
          logical_not i0 degrees radians spacing isneginf isposinf iscomplex isreal""".split()
BINARY = """add subtract multiply divide true_divide floor_divide mod remainder fmod power float_power arctan2 hypot logaddexp logaddexp2 maximum minimum fmax
            fmin copysign nextafter heaviside equal not_equal less less_equal greater greater_equal logical_and logical_or logical_xor isclose""".split()


def math():
    table = Table("numpy_math")
    for name in MATH:
        table.case(f"jnp.{name}(x0)", np.float32([-0.9, -0.25, -0.0, 0.3, 0.5, 0.75]) if name != "sqrt" else P)
    for name in ("log", "log2", "log10", "arccosh"):
        table.case(f"jnp.{name}(x0)", P + np.float32(1))
    for name in (
        "sin",
        "exp",
        "sqrt",
        "abs",
        "sign",
        "round",
        "square",
        "reciprocal",
        "negative",
        "logical_not",
        "isnan",
        "floor",
        "signbit",
    ):
        table.case(f"jnp.{name}(x0)", np.int32([4, 1, 9]))
    for name in BINARY:
        table.case(f"jnp.{name}(x0, x1)", P, V)
        if name not in (
            "copysign",
            "nextafter",
            "logaddexp",
            "logaddexp2",
            "heaviside",
            "hypot",
            "arctan2",
            "float_power",
            "fmod",
            "remainder",
            "true_divide",
            "logical_and",
            "logical_or",
            "logical_xor",
            "isclose",
            "power",
        ):
            table.case(f"jnp.{name}(x0, x1)", I, np.int32([2, -3, 4, 5, -2, 3]))
    special = np.float32([np.nan, np.inf, -np.inf, -0.0, 0.0, 2.5, -2.5])
    for name in (
        "mod",
        "floor_divide",
        "fmod",
        "maximum",
        "fmax",
        "minimum",
        "fmin",
        "logaddexp",
        "hypot",
        "copysign",
        "heaviside",
        "divmod",
        "isclose",
    ):
        table.case(f"jnp.{name}(x0, x1)", special, np.roll(special, 2))
    for name in ("bitwise_and", "bitwise_or", "bitwise_xor", "left_shift", "right_shift", "gcd", "lcm"):
        table.case(f"jnp.{name}(x0, x1)", np.int32([12, 5, 7, 0]), np.int32([3, 1, 2, 4]))
    run(table, "jnp.invert(x0)\njnp.bitwise_count(x0)\njnp.nan_to_num(x0)", np.int32([12, 5, -7]))
    run(
        table,
        """
        jnp.divmod(x0, 0.7)
        jnp.modf(x0)
        jnp.frexp(x0)
        jnp.ldexp(x0, jnp.array([1, -2, 3, 0, 2]))
        jnp.clip(x0, -0.5, 1)
        jnp.clip(x0, None, 0.3)
        jnp.clip(x0, max=0.5)
        jnp.round(x0, 1)
        jnp.round(x0 * 1000, -2)
        jnp.where(x0 > 0, x0, 0)
        jnp.where(x0 > 0, 1, 2)
        jnp.where(x0[:, None] > x0, x0, -x0)
        jnp.select([x0 < 0, x0 < 0.5], [-1.0, x0], 9)
        jnp.piecewise(x0, [x0 < 0, x0 >= 0], [lambda x: -x, lambda x: x * 2])
        jnp.interp(x0, jnp.array([-1., 0, 1]), jnp.array([3., 5, 4]))
        jnp.interp(x0, jnp.array([-1., 0, 1]), jnp.array([3., 5, 4]), left=-9, right=9)
        jnp.polyval(jnp.array([1., -2, 3]), x0)
        jnp.polyadd(x0, jnp.array([1., 2]))
        jnp.polymul(x0, jnp.array([1., 2]))
        jnp.polyder(x0)
        jnp.polyint(x0)
        jnp.convolve(x0, jnp.array([1., 2, 3]))
        jnp.convolve(x0, jnp.array([1., 2, 3]), mode='same')
        jnp.convolve(x0, jnp.array([1., 2, 3]), mode='valid')
        jnp.correlate(x0, jnp.array([1., 2, 3]))
        jnp.gradient(x0)
        jnp.diff(x0)
        jnp.diff(x0, n=2)
        jnp.unwrap(x0 * 5)
        jnp.trapezoid(x0)
        jnp.trapezoid(x0, dx=0.5)
        jnp.nan_to_num(jnp.array([jnp.nan, jnp.inf, -jnp.inf, 1]))
        jnp.nan_to_num(jnp.array([jnp.nan, jnp.inf]), nan=7.0, posinf=8.0)
        jnp.allclose(x0, x0 + 1e-7)
        jnp.allclose(x0, x0 + 1e-2)
        jnp.array_equal(x0, x0)
        jnp.array_equal(x0, x0[:2])
        jnp.isclose(jnp.array([jnp.nan, 1.0]), jnp.array([jnp.nan, 1.00001]), equal_nan=True)
        jnp.cross(x0[:3], jnp.array([1., 2, 3]))
        jnp.inner(x0, x0)
        jnp.outer(x0, jnp.array([1., 2]))
        jnp.vdot(x0, x0)
        jnp.kron(jnp.eye(2), x0[:2])
        jnp.cov(jnp.stack([x0, x0 ** 2]))
        jnp.corrcoef(jnp.stack([x0, x0 ** 2]))
        x0 @ x0
        x0 // 0.7
        x0 % -0.7
        divmod(x0, 2)
        x0 ** 2
        2 ** x0
        -x0 + 1 - x0 * 2 / 3
        abs(x0)
        (x0 > 0) & ~(x0 > 1) | (x0 < -1)
        x0.astype('int32') << 1
        round(x0)
        x0.clip(0, 1)
        (x0 + 2).sum() * x0.mean() - x0.max()
        jnp.float32(3) + x0
        np.float32(3) * x0
        jnp.cumsum(x0)
        jnp.cumprod(x0)
        jnp.nancumsum(x0)
    """,
        V,
    )
    run(
        table,
        "x0 / 2\nx0 // 2\nx0 % 4\nx0 ** 2\n-x0\n~x0\nx0 >> 1\nx0 & 3\nx0 ^ 5\nx0 == 1\njnp.power(x0, 3)\njnp.mean(x0)\nx0 * 1.5\njnp.bincount(abs(x0))\n"
        "jnp.bincount(abs(x0), length=4)\njnp.bincount(abs(x0), weights=jnp.ones(6), minlength=12)\njnp.digitize(x0, jnp.array([-5, 0, 5]))",
        I,
    )
    for expr in (
        "jnp.abs(x0)",
        "jnp.angle(x0)",
        "x0.real",
        "x0.imag",
        "x0.conj()",
        "jnp.exp(x0)",
        "x0 * 2j",
        "jnp.sum(x0)",
        "jnp.prod(x0)",
        "x0 == x0",
        "jnp.sqrt(x0)",
        "jnp.vdot(x0, x0)",
        "jnp.mean(x0)",
        "jnp.sort(x0)",
    ):
        table.case(expr, uniform("complex64", (3,), 9))
    table.write()


def reductions():
    table = Table("numpy_reductions")
    for name in (
        "sum",
        "prod",
        "mean",
        "max",
        "min",
        "var",
        "std",
        "argmax",
        "argmin",
        "any",
        "all",
        "median",
        "count_nonzero",
        "ptp",
        "cumsum",
        "nansum",
        "nanmean",
        "nanmax",
        "average",
    ):
        for options in ("", ", axis=0", ", axis=-1, keepdims=True"):
            if "keepdims" in options and name == "cumsum":
                continue
            table.case(f"jnp.{name}(x0{options})", M)
    for name in ("sum", "prod", "mean", "max", "min", "var", "std", "any", "all"):
        table.case(f"jnp.{name}(x0, axis=(0, 2))", T)
        initial = ", initial=0" if name in ("max", "min") else ""
        table.case(f"jnp.{name}(x0, axis=1, where=x1{initial})", M, B)
    for name in (
        "nansum",
        "nanprod",
        "nanmean",
        "nanmax",
        "nanmin",
        "nanvar",
        "nanstd",
        "nanargmax",
        "nanargmin",
        "nanmedian",
        "nancumprod",
        "sum",
        "max",
        "argmax",
        "sort",
        "argsort",
        "mean",
    ):
        table.case(f"jnp.{name}(x0, axis=1)", np.float32([[1, np.nan, 3], [2, 5, np.nan], [4, 2, 0]]))
    run(
        table,
        "jnp.max(x0, axis=0)\njnp.argmin(x0, axis=0)\njnp.sort(x0, axis=0)\njnp.nan_to_num(x0)\njnp.any(jnp.isnan(x0), axis=0)",
        NAN,
    )
    run(
        table,
        """
        jnp.sum(x0, dtype='int32')
        jnp.var(x0, ddof=1)
        jnp.std(x0, axis=1, ddof=1)
        jnp.sum(x0, initial=10.0)
        jnp.max(x0, initial=9.0)
        jnp.average(x0, axis=1, weights=jnp.array([1., 2, 3, 4]))
        jnp.average(x0, weights=x0 ** 2)
        jnp.percentile(x0, 30)
        jnp.percentile(x0, jnp.array([10., 50]), axis=0)
        jnp.quantile(x0, 0.25, axis=1)
        jnp.quantile(x0, 0.4, method='lower')
        jnp.quantile(x0, 0.4, method='nearest')
        jnp.quantile(x0, jnp.array([0.1, 0.9]), axis=1, keepdims=True)
        jnp.nanquantile(x0, 0.3)
        jnp.cumsum(x0, axis=0)
        jnp.cumprod(x0, axis=1)
        jnp.cumulative_sum(x0[0])
        jnp.sort(x0)
        jnp.sort(x0, axis=0)
        jnp.sort(x0, axis=None)
        jnp.sort(x0, descending=True)
        jnp.argsort(x0)
        jnp.argsort(x0, axis=0)
        jnp.argsort(x0, descending=True)
        jnp.argmax(x0, keepdims=True)
        jnp.partition(x0[0], 2)[:2].sum()
        jnp.histogram(x0, bins=3)
        jnp.histogram(x0, bins=4, range=(-1.0, 1.0))
        jnp.histogram(x0, bins=jnp.array([-2., 0, 2]))
        jnp.diff(x0, axis=0)
        jnp.diff(x0, prepend=0)
        jnp.linalg.norm(x0)
        jnp.linalg.norm(x0, axis=0)
        jnp.linalg.norm(x0, ord=1)
        jnp.linalg.norm(x0, ord=jnp.inf)
        jnp.linalg.norm(x0[0], ord=3)
        jnp.linalg.norm(x0, axis=1, keepdims=True)
        jnp.linalg.vector_norm(x0)
        x0.sum(axis=0)
        x0.mean(1, keepdims=True)
        x0.argmax(axis=1)
        x0.any()
        x0.std()
        x0.sort()
        x0.prod(axis=0)
        x0.cumsum(axis=1)
        x0.min(axis=0)
        x0.dot(x0.T)
        jnp.lexsort((x0[0], x0[1]))
        jnp.extract(x0 > 0, x0)
    """,
        M,
    )
    run(
        table,
        "jnp.sum(x0)\njnp.prod(x0)\njnp.mean(x0)\njnp.max(x0)\njnp.var(x0)\njnp.cumsum(x0)\njnp.median(x0)\njnp.sort(x0)\njnp.argsort(x0)\njnp.sum(x0 > 0)\njnp.mean(x0 > 0)",
        I,
    )
    run(table, "jnp.sum(x0)\njnp.mean(x0)\njnp.var(x0)\njnp.cumsum(x0)", uniform("bfloat16", (9,), 4), atol=0.05)
    run(table, "jnp.sum(x0)\njnp.cumsum(x0)\njnp.prod(x0)\njnp.mean(x0)", np.array([True, False, True]))
    run(table, "jnp.sum(x0, axis=0)\njnp.prod(x0)\njnp.mean(x0)\njnp.any(x0)\njnp.all(x0)", np.zeros((0, 2), f32))
    table.case("jnp.sum(x0)", np.uint8([200, 100]))
    repeated = np.int32([3, 1, 3, 2, 1])
    run(
        table,
        """
        jnp.unique(x0)
        jnp.unique(x0, size=4)
        jnp.unique(x0, size=2)
        jnp.unique(x0, size=5, fill_value=-1)
        jnp.unique(x0, return_index=True, return_inverse=True, return_counts=True)
        jnp.unique(x0, return_counts=True, size=4)
        jax.jit(lambda x: jnp.unique(x, size=3))(x0)
        jnp.nonzero(x0 > 1)
        jnp.nonzero(x0 > 1, size=5)
        jnp.nonzero(x0 > 1, size=2, fill_value=9)
        jnp.flatnonzero(x0 - 1)
        jnp.argwhere(x0 > 2)
        jnp.argwhere(x0 > 2, size=3)
        jnp.where(x0 > 1)
        jnp.where(x0 > 1, size=4, fill_value=-1)
        jnp.isin(x0, jnp.array([1, 2]))
        jnp.intersect1d(x0, jnp.array([1, 2, 9]))
        jnp.union1d(x0, jnp.array([9]))
        jnp.setdiff1d(x0, jnp.array([1]))
        jnp.searchsorted(jnp.array([1, 2, 3, 5]), x0)
        jnp.searchsorted(jnp.array([1, 2, 3, 5]), x0, side='right')
        jnp.searchsorted(jnp.array([1., 2, jnp.nan]), jnp.array([0.5, jnp.nan, 2.0]))
        jnp.take(x0, jnp.array([0, -1]))
        jnp.take_along_axis(x0, jnp.argsort(x0), axis=0)
        jnp.bincount(x0)
        jnp.histogram(x0, bins=2)
    """,
        repeated,
    )
    table.write()


def products():
    table = Table("numpy_products")
    for expr in (
        "jnp.matmul(x0, x1)",
        "x0 @ x1",
        "jnp.dot(x0, x1)",
        "jnp.tensordot(x0, x1, 1)",
        "jnp.einsum('ij,jk->ik', x0, x1)",
        "jnp.einsum('ij,jk', x0, x1)",
        "jnp.einsum('ij,jk->ki', x0, x1)",
        "jnp.einsum('ij,jk->', x0, x1)",
        "jnp.inner(x0, x1.T)",
        "jnp.kron(x0, x1)",
        "jnp.linalg.multi_dot([x0, x1, x1.T])",
        "jnp.tensordot(x0, x1, axes=((1,), (0,)))",
    ):
        table.case(expr, M, N)
    for expr in (
        "jnp.matmul(x0, x1)",
        "jnp.dot(x0, x1)",
        "jnp.einsum('bij,jk->bik', x0, x1)",
        "jnp.einsum('...ij,jk->...ik', x0, x1)",
        "jnp.tensordot(x0, x1, axes=[[2], [0]])",
        "jnp.einsum('bij,jk->kb', x0, x1)",
    ):
        table.case(expr, T, N)
    for expr in (
        "jnp.einsum('bij->bji', x0)",
        "jnp.einsum('bij->b', x0)",
        "jnp.einsum('bij,bij->b', x0, x0)",
        "jnp.einsum('bij,bkj->bik', x0, x0)",
        "jnp.einsum('bij,cij->bc', x0, x0)",
        "jnp.einsum(x0, [0, 1, 2], [2, 0])",
        "jnp.matmul(x0, x0.mT)",
        "jnp.einsum('bij,bkj,bkl->bil', x0, x0, x0)",
        "jnp.vecdot(x0, x0)",
        "jnp.tensordot(x0, x0, 3)",
        "x0 @ x0[0, 0]",
    ):
        table.case(expr, T)
    square = uniform(f32, (3, 3), 12)
    for expr in (
        "jnp.einsum('ii->i', x0)",
        "jnp.einsum('ii', x0)",
        "jnp.einsum('ii->', x0)",
        "jnp.linalg.matrix_power(x0, 3)",
        "jnp.linalg.trace(x0)",
        "jnp.einsum('ij,ij->ij', x0, x0)",
    ):
        table.case(expr, square)
    for expr in (
        "x0 @ x0",
        "jnp.einsum('i,i', x0, x0)",
        "jnp.einsum('i,j->ij', x0, x0)",
        "jnp.outer(x0, x0)",
        "jnp.dot(x0, 2.0)",
        "jnp.linalg.outer(x0, x0)",
        "jnp.cross(x0[:3], x0[2:])",
        "jnp.dot(x0, x0)",
    ):
        table.case(expr, V)
    for dtype in ("int32", "bfloat16", "float16", "complex64", "int8", "bool"):
        table.case("x0 @ x1", uniform(dtype, (2, 3), 1), uniform(dtype, (3, 2), 2))
    table.case(
        "jnp.matmul(x0, x1, preferred_element_type=jnp.float32)",
        uniform("bfloat16", (2, 3), 1),
        uniform("bfloat16", (3, 2), 2),
        measure=False,
    )
    table.case("x0 @ x1", uniform("int32", (2, 3), 1), uniform(f32, (3, 2), 2))
    table.case("jnp.matmul(x0, x1)", np.zeros((2, 0), f32), np.zeros((0, 3), f32))
    table.case("jnp.matmul(x0, x1)", uniform(f32, (2, 1, 2, 3), 1), uniform(f32, (3, 3, 2), 2))
    table.write()


def nn():
    table = Table("nn")
    x = np.float32([-6, -2.5, -1, -0.3, -0.0, 0.2, 1, 3, 7])
    names = "relu relu6 selu gelu silu swish softplus elu celu sigmoid log_sigmoid soft_sign hard_sigmoid hard_silu hard_swish hard_tanh leaky_relu softmax log_softmax standardize logsumexp mish squareplus sparse_plus sparse_sigmoid tanh identity".split()
    for name in names:
        table.case(f"jax.nn.{name}(x0)", x)
        table.case(
            (
                f"jax.vmap(jax.grad(lambda v: jax.nn.{name}(v).sum()))(x0[:, None])"
                if name in ("softmax", "log_softmax", "standardize", "logsumexp")
                else f"jax.vmap(jax.grad(jax.nn.{name}))(x0)"
            ),
            x,
            name=f"grad of jax.nn.{name}",
        )
    for name in ("relu", "gelu", "silu", "softmax", "log_softmax", "sigmoid"):
        table.case(f"jax.nn.{name}(x0)", x.astype("float16"))
        table.case(f"jax.nn.{name}(x0)", x.astype(jnp_dtype("bfloat16")))
    run(
        table,
        """
        jax.nn.gelu(x0, approximate=False)
        jax.nn.leaky_relu(x0, 0.2)
        jax.nn.elu(x0, 0.5)
        jax.nn.celu(x0, 2.0)
        jax.nn.softmax(x0, axis=0)
        jax.nn.softmax(x0, axis=(0, 1))
        jax.nn.softmax(x0, where=x0 > -1, axis=1)
        jax.nn.log_softmax(x0, axis=0)
        jax.nn.logsumexp(x0)
        jax.nn.logsumexp(x0, axis=1)
        jax.nn.logsumexp(x0, axis=0, keepdims=True)
        jax.nn.logsumexp(x0, b=2.0, axis=1)
        jax.scipy.special.logsumexp(x0, axis=1)
        jax.nn.standardize(x0)
        jax.nn.standardize(x0, axis=0)
        jax.nn.glu(x0)
        jax.nn.glu(x0, axis=1)
    """,
        uniform(f32, (2, 4), 3),
    )
    run(table, "jax.nn.logsumexp(x0)\njax.nn.softmax(x0)\njax.nn.log_softmax(x0)", np.float32([1000, 999, -np.inf]))
    run(table, "jax.nn.logsumexp(x0)", np.float32([-np.inf, -np.inf]))
    run(
        table,
        "jax.nn.one_hot(x0, 4)\njax.nn.one_hot(x0, 3, axis=0)\njax.nn.one_hot(x0, 4, dtype=jnp.int32)",
        np.int32([0, 3, 1, -1, 7]),
    )
    run(table, "jax.nn.one_hot(x0, 3)", np.int32([[0, 1], [2, 2]]))
    for key in ("glorot_uniform", "glorot_normal", "he_normal", "lecun_normal", "lecun_uniform"):
        table.case(f"jax.nn.initializers.{key}()(random.PRNGKey(0), (3, 4))", measure=False, ulp=16)
    table.case("jax.nn.initializers.normal(0.5)(random.PRNGKey(0), (3,))", measure=False)
    table.case("jax.nn.dot_product_attention(x0, x0, x0)", uniform(f32, (1, 3, 2, 4), 5))
    table.write()


for family in (creation, shapes, math, reductions, products, nn):
    family()
