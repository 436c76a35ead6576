"""printing.json: str() and repr() of arrays and keys, as text."""

import golden
from maker import NAMES, Table

table = Table("printing")

ARRAYS = """
jnp.float32(1.5)
jnp.asarray(2)
jnp.asarray(2.0)
jnp.asarray(True)
jnp.asarray(1 + 2j)
jnp.int8(-3)
jnp.uint32(4294967295)
jnp.bfloat16(0.1)
jnp.float16(0.1)
jnp.float32(1e-10)
jnp.float32(1e16)
jnp.float32(123456789)
jnp.float32(16777216)
jnp.float32(0.1)
jnp.float32(-0.0)
jnp.float32(jnp.nan)
jnp.float32(-jnp.inf)
jnp.complex64(1 - 2j)
jnp.arange(5)
jnp.arange(5.0)
jnp.arange(0)
jnp.zeros((0, 3))
jnp.zeros((2, 0, 3), 'int8')
jnp.arange(5, dtype='int8')
jnp.arange(5, dtype='uint8') * 50
jnp.array([1, 200, 3], 'uint32')
jnp.array([-1, 20, 300])
jnp.array([True, False])
jnp.array([[True, False], [False, True]])
jnp.array([1.0, 2.5, 3.25])
jnp.array([0.1, 0.2, 0.3])
jnp.array([1e-5, 1.0])
jnp.array([1e-4, 1.0])
jnp.array([1e5, 1.0])
jnp.array([1e8, 1.0])
jnp.array([1e7, 0.5])
jnp.array([1e10, 1e-10])
jnp.array([1e8, 2e8])
jnp.array([123456.789, 0.001])
jnp.array([1000.0, 2000.0])
jnp.array([1e16, 2e16])
jnp.array([3e-5, 4e-5])
jnp.array([1.0, jnp.nan, -jnp.inf, jnp.inf])
jnp.array([jnp.nan, jnp.nan])
jnp.array([0.0, -0.0])
jnp.array([-1.5, 2.0, -300.0])
jnp.array([1 / 3, 2 / 3])
jnp.array([1e-45, 1e38])
jnp.array([1.1754944e-38, 3.4028235e38])
jnp.array([16777216.0, 16777218.0])
jnp.array([0.5])
jnp.array([[1.0, 2.0], [3.0, 4.0]])
jnp.array([[1.5, -2.25], [1000.125, 0.0]])
jnp.arange(24).reshape(2, 3, 4)
jnp.arange(24.0).reshape(2, 3, 4)
jnp.arange(8).reshape(2, 2, 2, 1)
jnp.arange(4.0).reshape(1, 1, 4)
jnp.arange(4).reshape(4, 1)
jnp.ones((2, 2), 'bfloat16')
jnp.array([0.1, 1.5, 300.0], 'bfloat16')
jnp.array([1e-3, 1.0, 1e30], 'bfloat16')
jnp.array([[0.1, -2.0], [3.0, 4.5]], 'bfloat16')
jnp.array([0.1, 1.5, 65504.0], 'float16')
jnp.array([1e-3, 6e4], 'float16')
jnp.array([1 + 2j, 3 - 4.5j])
jnp.array([1j, 1e-8 + 1e8j])
jnp.array([1.0 + jnp.inf * 1j, -1j])
jnp.array([[1 + 1j, 2], [0.5j, -1]])
jnp.arange(20)
jnp.arange(30.0) / 7
jnp.arange(30) * 1000
jnp.arange(100).reshape(10, 10)
jnp.arange(60.0).reshape(3, 20) / 3
jnp.arange(1000, dtype='int16')
jnp.arange(1001, dtype='int16')
jnp.arange(1200.0)
jnp.arange(1050).reshape(21, 50)
jnp.arange(1008).reshape(2, 504)
jnp.arange(1280.0).reshape(32, 40) / 8
jnp.arange(1024).reshape(8, 8, 16)
jnp.arange(1100).reshape(1100, 1)
jnp.ones((1001,), bool)
jnp.ones((1001,), 'bfloat16')
jnp.ones((2, 8, 8, 8))
jnp.zeros((1, 600, 2))
random.normal(random.PRNGKey(0), (4,))
random.normal(random.PRNGKey(0), (4, 4))
random.normal(random.PRNGKey(1), (12,))
random.normal(random.PRNGKey(1), (1200,))
random.uniform(random.PRNGKey(1), (3, 3))
random.uniform(random.PRNGKey(1), (1100,)) * 1e6
random.bits(random.PRNGKey(1), (7,))
random.PRNGKey(0)
random.split(random.PRNGKey(0))
random.split(random.PRNGKey(0), 4)
random.key(0)
random.key(42)
random.split(random.key(0))
random.split(random.key(0), 4).reshape(2, 2)
jnp.arange(3) + 1j
jnp.full((3,), 7, 'uint8')
jnp.full((2, 2), jnp.nan)
jnp.array([-5, 3], 'int16')
jnp.array([[-128, 127]], 'int8')
jnp.array([0.1, 123456.79], 'float32')
jnp.array([0.1, 123456789], 'float32')
jnp.array([999999, 1], 'float32')
jnp.array([999, 1], 'float16')
jnp.array([1000, 1], 'float16')
jnp.float16(2048)
jnp.float16(2**-6)
jnp.float32(999999)
jnp.float32(1e-4)
jnp.float16(6e-8)
jnp.array([0.1, 0.001, 1e-7], 'float16')
jnp.array([1e-4, 0.05], 'float16')
jnp.array([[jnp.nan, 1e20], [-jnp.inf, -3]])
jnp.array([1, jnp.inf]) * 1e-5
jnp.array([complex(jnp.nan, -jnp.inf), 1e-5 + 2j])
jnp.complex64(1e-5j)
jnp.complex64(complex(-0.0, -0.0))
jnp.complex64(complex(jnp.inf, jnp.nan))
jnp.bfloat16(123456)
jnp.bfloat16(-1e7)
jnp.array([1e-5, 1e-4, jnp.nan, -jnp.inf, -0.0], 'bfloat16')
jnp.arange(26) * 1e-3 - 0.007
jnp.arange(8.0).reshape(1, 2, 2, 2) * 1e-7
""".split("\n")[1:-1]

WIDE = (
    "jnp.arange(3)",
    "jnp.arange(3.0)",
    "jnp.array([1 / 3, 2 / 3])",
    "jnp.float64(0.1)",
    "jnp.array([1e-300, 1e300])",
    "jnp.asarray(3)",
    "jnp.array([2**62, -1])",
    "jnp.array([1 / 3 + 1j])",
    "jnp.array([0.1], 'float32')",
    "jnp.arange(3, dtype='uint64')",
    "jnp.array([1e22, 1.0])",
    "jnp.asarray(1e16)",
    "jnp.arange(3, dtype='int32')",
    "jnp.array([0.123456785, 1e-4])",
    "jnp.array([9.9999999999, 1e10])",
    "jnp.array([0.12345678901, 99999999.0])",
    "jnp.array([5e-324, 1.7976931348623157e308])",
    "jnp.asarray(1234567890123456.0)",
    "jnp.asarray(0.1 + 0.2)",
    "jnp.complex128(1 / 3 + 12345678.9j)",
    "jnp.array([1 / 3 + 1j, -1e-9])",
    "jnp.array([-(2**63), 2**63 - 1])",
    "jnp.array([2**64 - 1], 'uint64')",
    "jnp.array([0.5e-8, 2.5, 1 / 1024])",
    "jnp.array([2.0**-9 + 2.0**-30, 1.0])",
)


def show(made, **config):
    """Cases of what an array shows; the array is an input, so that runners need no Python to make it."""
    with golden.configured(NAMES, config):
        value = eval(made, dict(NAMES))
        is_input = value.ndim == 0 or not getattr(value, "weak_type", False)  # only scalars keep their weak type
        for function in ("str", "repr"):
            expr = f"{function}(x0)" if is_input else f"{function}({made})"
            table.case(expr, *[value] * is_input, name=function, **config)


for made in ARRAYS:
    show(made)
for made in WIDE:
    show(made, x64=True)
for spec in (".2f", "", "g", ">10.3f", "d", "5"):
    number = "jnp.asarray(3)" if spec == "d" else "jnp.float32(3.14159)"
    table.case(f"format({number}, '{spec}')", name=f"format {spec}")
for expr in (
    "f'{jnp.arange(3)}'",
    "'%s' % jnp.arange(3)",
    "'%.3f' % jnp.float32(2)",
    "str([jnp.float32(1), jnp.arange(2)])",
    "str({'a': jnp.ones(2)})",
    "float(jnp.float32(0.1)).hex()",
    "str(float(jnp.float32(0.1)))",
    "str(jnp.arange(3).dtype)",
    "str(jnp.float32(1).dtype)",
    "str(jnp.bfloat16(1).dtype)",
    "str(random.key(0).dtype)",
    "str(jnp.arange(3).shape)",
    "str(jnp.arange(6).reshape(2, 3).tolist())",
    "str(jnp.float32(0.1).item())",
    "str(jnp.asarray(3).item())",
    "str(jnp.asarray([1.5, 2]).tolist())",
    "repr(jnp.bfloat16(2.5).item())",
    "str(jax.eval_shape(jnp.sin, jnp.ones(3)))",
    "str(jax.ShapeDtypeStruct((2, 3), jnp.float32))",
    "str(jax.typeof(jnp.ones((2, 3))))",
    "str(jax.typeof(jnp.asarray(1.0)))",
    "str(jax.typeof(random.key(0)))",
    "str(jax.tree_util.tree_structure({'a': (1, [2, None])}))",
    "str(jax.tree_util.tree_structure(((), [], {}, None)))",
    "jax.tree_util.keystr(jax.tree_util.tree_leaves_with_path({'a': [1, (2, 3)]})[2][0])",
):
    table.case(expr, name="text")
for expr, inside in {
    "grad": "jax.grad(f)(1.0)",
    "jit": "jax.jit(f)(1.0)",
    "vmap": "jax.vmap(f)(jnp.arange(3.0))",
    "jvp": "jax.jvp(f, (1.0,), (1.0,))",
    "vmap of grad": "jax.vmap(jax.grad(f))(jnp.arange(3.0))",
    "jit of grad": "jax.jit(jax.grad(f))(1.0)",
}.items():
    table.case(
        f"({inside}, seen)[1]",
        code="seen = []\ndef f(x):\n    seen.append(str(x))\n    return x * 2.0\n",
        name=f"tracer in {expr}",
    )
table.write()
