"""random_keys.json and random_distributions.json: JAX's random numbers in both threefry modes.

Bits, keys and integers are exact. Floating results that come out of an elementary function
(normal, gumbel, ...) get a tolerance; those made of exact operations (uniform) do not.
"""

import numpy as np

from maker import Table

KEY = "random.PRNGKey(0)"
MODES = (False, True)


def keys():
    table = Table("random_keys")
    case = table.case
    for seed in ("0", "1", "42", "-1", "2**31 - 1", "4294967295", "np.uint32(7)", "jnp.int32(3)"):
        case(f"random.PRNGKey({seed})")
        case(f"random.key({seed})")
    case("random.PRNGKey(2**40 + 5)", x64=True)
    case("random.key_data(random.key(9))")
    case("random.wrap_key_data(x0)", np.uint32([[1, 2], [3, 4]]))
    case("(random.key(0).shape, random.key(0).dtype, random.key(0).ndim, random.PRNGKey(0).shape)")
    case("random.key_impl(random.key(0))")
    case("random.split(random.key(0), 3)[1:]")
    case("random.split(random.key(0), 6).reshape(2, 3)[1, ::2]")
    case("jnp.stack([random.key(1), random.key(2)])")
    case("jax.vmap(random.fold_in, (None, 0))(random.key(1), jnp.arange(3))")
    case("jax.vmap(lambda k: random.normal(k, (2,)))(random.split(random.key(4), 3))")
    for partitionable in MODES:
        for count in ("", ", 1", ", 3", ", 4", ", 7", ", (2, 3)", ", 0"):
            case(f"random.split({KEY}{count})", partitionable=partitionable)
        case("random.split(random.key(5), (2,))", partitionable=partitionable)
        case("jax.vmap(random.split)(random.split(random.PRNGKey(3), 2))", partitionable=partitionable)
        case("jax.jit(random.split, static_argnums=1)(random.PRNGKey(3), 5)", partitionable=partitionable)
        for data in ("0", "1", "123456", "2**32 - 1", "jnp.uint32(9)"):
            case(f"random.fold_in({KEY}, {data})", partitionable=partitionable)
        case("random.clone(random.key(3))", partitionable=partitionable)
        for dtype in ("uint8", "uint16", "uint32", "uint64"):
            for shape in ("()", "(1,)", "(2,)", "(5,)", "(8,)", "(3, 5)", "(0,)", "(2, 0, 3)"):
                if shape in ("()", "(5,)", "(3, 5)", "(0,)") or dtype == "uint32":
                    case(f"random.bits({KEY}, {shape}, '{dtype}')", partitionable=partitionable, x64=dtype == "uint64")
        case("random.bits(random.PRNGKey(7), (4, 33))", partitionable=partitionable)
        case(
            "jax.vmap(lambda k: random.bits(k, (3,)))(random.split(random.PRNGKey(2), 3))", partitionable=partitionable
        )
    table.write()


SHAPES = ("()", "(1,)", "(5,)", "(2, 3)", "(0, 2)")


class Distributions(Table):
    """Adds every case in both threefry modes."""

    def both(self, expr, *inputs, **options):
        for partitionable in MODES:
            self.case(expr, *inputs, partitionable=partitionable, measure=False, **options)


def distributions():
    table = Distributions("random_distributions")
    both = table.both
    for dtype in ("float32", "bfloat16", "float16"):
        for shape in SHAPES if dtype == "float32" else ("(5,)", "()"):
            both(f"random.uniform({KEY}, {shape}, '{dtype}')", ulp=0)
            both(f"random.normal({KEY}, {shape}, '{dtype}')")
        for name in ("gumbel", "exponential", "laplace", "logistic"):
            both(f"random.{name}({KEY}, (2, 3), '{dtype}')")
        both(f"random.truncated_normal({KEY}, -1, 2, (5,), '{dtype}')", ulp=16)
    for name in ("uniform", "normal", "gumbel", "exponential", "laplace", "logistic", "cauchy"):
        both(f"random.{name}({KEY}, (3,), 'float64')", x64=True, ulp=16)
        both(f"random.{name}(random.PRNGKey(7))")
    both("random.truncated_normal(random.PRNGKey(3), -0.5, 2.0, (3, 2), 'float64')", x64=True, ulp=16)
    both("random.uniform(random.PRNGKey(3), (4,), minval=-2.0, maxval=3.0)", ulp=1)
    both("random.uniform(random.PRNGKey(3), (2, 2), minval=jnp.array([0., 10.]), maxval=jnp.array([1., 11.]))", ulp=1)
    both("random.uniform(random.PRNGKey(11), (37,))", ulp=0)
    both("random.normal(random.PRNGKey(11), (37,))")
    both("random.normal(random.key(2), (3,))")
    both("random.normal(random.PRNGKey(4), (3,), 'complex64')")
    both("random.cauchy(random.PRNGKey(4), (3,))", ulp=16)
    both("random.rademacher(random.PRNGKey(4), (6,))")

    for dtype, ranges in {
        "int8": ((-128, 127), (0, 10), (5, 5)),
        "uint8": ((0, 255), (3, 200), (0, 1)),
        "int16": ((-1000, 1000),),
        "uint16": ((0, 65535),),
        "uint32": ((0, 10), (0, "jnp.uint32(2**32 - 1)")),
        "int32": ((0, 10), (-5, 6), (0, 2**31 - 1), (-(2**31), 2**31 - 1), (4, 2), (0, 65537)),
    }.items():
        for low, high in ranges:
            both(f"random.randint({KEY}, (5,), {low}, {high}, '{dtype}')")
    both(f"random.randint({KEY}, (4,), -300, 300, 'int8')")  # ranges beyond the type are clamped
    both(f"random.randint({KEY}, (4,), 0, 256, 'uint8')")
    both(f"random.randint({KEY}, (4,), -2**62, 2**62, 'int64')", x64=True)
    both(f"random.randint({KEY}, (4,), 0, 10, 'uint64')", x64=True)
    both(f"random.randint({KEY}, (3, 2), jnp.array([0, 100]), jnp.array([10, 200]))")
    both(f"random.randint({KEY}, (), 0, 100)")
    both(f"random.randint({KEY}, (0,), 0, 100)")

    both(f"random.bernoulli({KEY}, shape=(8,))")
    both(f"random.bernoulli({KEY}, 0.2, (3, 3))")
    both(f"random.bernoulli({KEY}, jnp.array([0.0, 0.3, 0.7, 1.0]))")
    both(f"random.categorical({KEY}, jnp.log(jnp.array([0.1, 0.2, 0.7])), shape=(9,))")
    both(f"random.categorical({KEY}, x0)", np.float32([[0, 1, 2], [3, 1, -1]]))
    both(f"random.categorical({KEY}, x0, axis=0)", np.float32([[0, 1, 2], [3, 1, -1]]))
    both(f"random.categorical({KEY}, x0, shape=(4, 2))", np.float32([[0, 1, 2], [3, 1, -1]]))
    both(f"random.categorical({KEY}, x0, replace=False, shape=(3, 2))", np.float32([[0, 1, 2, 1], [3, 1, -1, 0]]))

    for size in (0, 1, 2, 7, 64):
        both(f"random.permutation(random.PRNGKey(1), {size})")
    both("random.permutation(random.PRNGKey(1), x0)", np.arange(10, dtype="float32"))
    for options in ("", ", axis=1", ", axis=-1, independent=True", ", independent=True"):
        both(f"random.permutation(random.PRNGKey(1), x0{options})", np.arange(12).astype("int32").reshape(3, 4))
    both("random.permutation(random.key(8), 1437)[:50]")

    both("random.choice(random.PRNGKey(2), 10)")
    both("random.choice(random.PRNGKey(2), 10, (4,))")
    both("random.choice(random.PRNGKey(2), 10, (4,), replace=False)")
    both("random.choice(random.PRNGKey(2), 4, (2, 3), p=jnp.array([0.1, 0.2, 0.3, 0.4]))")
    both("random.choice(random.PRNGKey(2), 4, (3,), replace=False, p=jnp.array([0.1, 0.2, 0.3, 0.4]))")
    both("random.choice(random.PRNGKey(2), x0, (3,))", np.float32([5, 6, 7, 8]), ulp=0)
    both("random.choice(random.PRNGKey(2), x0, (2,), axis=1)", np.float32([[5, 6, 7], [8, 9, 10]]), ulp=0)
    both("random.choice(random.PRNGKey(2), x0, (2,), False, axis=0)", np.float32([[5, 6], [8, 9], [1, 2]]), ulp=0)
    both("random.permutation(random.PRNGKey(2), x0, independent=True)", np.float32([[5, 6], [8, 9], [1, 2]]), ulp=0)

    both("jax.jit(lambda k: random.normal(k, (4,)))(random.PRNGKey(6))")
    both("jax.vmap(lambda k: random.permutation(k, 5))(random.split(random.PRNGKey(6), 3))")
    both("jax.vmap(lambda k: random.randint(k, (2,), 0, 50))(random.split(random.PRNGKey(6), 3))")
    both("lax.scan(lambda k, _: (random.split(k)[0], random.uniform(k)), random.PRNGKey(6), None, length=4)", ulp=0)
    table.write()


keys()
distributions()
