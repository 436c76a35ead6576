"""printing.json: str() and repr() of arrays and keys, as text."""

from maker import Table

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
jnp.arange(1000)
jnp.arange(1001)
jnp.arange(2000.0)
jnp.arange(2000).reshape(40, 50)
jnp.arange(2000).reshape(2, 1000)
jnp.arange(10000.0).reshape(100, 100) / 8
jnp.arange(3000).reshape(10, 10, 30)
jnp.arange(1100).reshape(1100, 1)
jnp.ones((1001,), bool)
jnp.ones((1001,), 'bfloat16')
jnp.ones((7, 7, 7, 7))
jnp.zeros((1, 1200, 2))
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
)

for expr in ARRAYS:
    for function in ("str", "repr"):
        table.case(f"{function}({expr})", name=function)
for expr in WIDE:
    for function in ("str", "repr"):
        table.case(f"{function}({expr})", name=function, x64=True)
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
