"""promotion.json: the type of every binary combination, weak types included, with 64-bit types off and on.

A case is a row of the table: `params` holds the left type and the list of right types, and the output has one
type per right type. "int*", "float*", "complex*" stand for Python's numbers, whose types are weak; a
star in an output marks a weak result.
"""

from maker import Table

table = Table("promotion")

NARROW = ["bool", "int8", "int16", "int32", "uint8", "uint16", "uint32", "bfloat16", "float16", "float32", "complex64"]
WIDE = ["int64", "uint64", "float64", "complex128"]
WEAK = ["int*", "float*", "complex*"]

SHOW = """
show = lambda a: str(a.dtype) + ('*' if a.weak_type else '')
"""
OPERAND = """
number = {'int*': 1, 'float*': 1.0, 'complex*': 1j}
operand = lambda name: number[name] if name in number else jnp.ones(2, name)
"""
ROW = SHOW + OPERAND + """
row = lambda left, rights: ' '.join(show(jnp.asarray(jnp.add(operand(left), operand(right)))) for right in rights)
"""
WEAK_ROW = SHOW + OPERAND + """
row = lambda left, rights: ' '.join(show(jnp.add(jnp.asarray(operand(left)), jnp.asarray(operand(right)))) for right in rights)
"""
STATIC_ROW = """
row = lambda left, rights: ' '.join(jnp.promote_types(left, right).name for right in rights)
"""
RESULTS = SHOW + """
def result(function, dtype):
    try:
        return show(jnp.asarray(function(jnp.ones(2, dtype))))
    except TypeError:
        return 'error'

results = lambda function, dtypes: ' '.join(result(function, dtype) for dtype in dtypes)
"""


def rows(op, code, lefts, rights, x64):
    for left in lefts:
        case = table.case(f"row({left!r}, {rights!r})", code=code, name=f"{op} {left} x64 {x64}", x64=x64)
        case["op"], case["params"] = op, {"left": left, "right": rights}


for x64 in (False, True):
    arrays = NARROW + (WIDE if x64 else [])
    rows("jnp.add", ROW, arrays, arrays + WEAK, x64)
    rows("jnp.add", WEAK_ROW, WEAK, arrays + WEAK, x64)
    rows("jnp.promote_types", STATIC_ROW, NARROW + WIDE, NARROW + WIDE, x64)
for expr in (
    "jnp.result_type(1, 2.0)",
    "jnp.result_type(jnp.int8(1), 2)",
    "jnp.result_type(jnp.int8(1), 2.0)",
    "jnp.result_type(jnp.int8(1), jnp.uint8(1))",
    "jnp.result_type('int16', 1j)",
    "jnp.result_type(True, 1)",
    "jnp.result_type(jnp.float16(1), jnp.bfloat16(1))",
    "jnp.result_type(jnp.uint32(1), -1)",
):
    for x64 in (False, True):
        table.case(expr, x64=x64)

# The result type of common expressions in every type; "error" where JAX refuses.
for expr in (
    "x + 1",
    "x + 1.5",
    "1 - x",
    "x / 2",
    "x // 2",
    "x % 3",
    "x ** 2",
    "x ** 0.5",
    "-x",
    "abs(x)",
    "x * True",
    "x + 1j",
    "x > 1.5",
    "x == 1",
    "jnp.sin(x)",
    "jnp.sqrt(x)",
    "jnp.sum(x)",
    "jnp.mean(x)",
    "jnp.cumsum(x)",
    "jnp.prod(x)",
    "jnp.where(x > 0, x, 0)",
    "jnp.where(x > 0, x, 0.5)",
    "jnp.maximum(x, 2.5)",
    "jnp.var(x)",
    "jnp.exp2(x)",
    "x / x",
    "jnp.floor(x)",
    "jnp.square(x)",
    "jnp.dot(x, x)",
    "jnp.power(x, 2)",
    "jnp.argmax(x)",
):
    case = table.case(f"results(lambda x: {expr}, {NARROW!r})", code=RESULTS, name=f"result type of {expr}")
    case["op"], case["params"] = expr, {"x": NARROW}
for expr in (
    "jnp.asarray(1)",
    "jnp.asarray(1.0)",
    "jnp.array(2) + 1",
    "jnp.asarray(2) + 1",
    "jnp.float32(1) * 2.0",
    "jnp.asarray(2.0) * jnp.bfloat16(3)",
    "jnp.zeros(2) + 1",
    "jnp.arange(3) * 1.5",
    "jnp.asarray([1, 2])",
    "jnp.asarray([1.0])",
    "jnp.full(2, 3)",
    "jnp.full_like(jnp.ones(2, 'int8'), 3.7)",
    "jnp.where(True, 1, 2.0)",
    "lax.full((2,), 1)",
    "jnp.sin(1)",
    "jnp.exp(1.0)",
    "jnp.asarray(1) + jnp.asarray(1.5)",
    "jnp.ones(2, 'int8') + jnp.asarray(300)",
    "jnp.int8(100) + jnp.int8(100)",
    "jnp.uint8(3) - jnp.uint8(5)",
    "jnp.maximum(1, 2.0)",
    "jnp.clip(jnp.arange(3), 0.5, 1)",
    "jnp.linspace(0, 1, 3)",
    "jnp.asarray(np.float64(1.5))",
    "jnp.asarray(np.int64(3))",
    "jnp.ones(2) + np.float64(1)",
    "jnp.ones(2, 'float16') + np.float32(1)",
    "jnp.ones(2, 'int32') + np.ones(2)",
    "jnp.stack([jnp.asarray(1), jnp.asarray(2.0)])",
    "jnp.concatenate([jnp.ones(1, 'int8'), jnp.ones(1)])",
):
    for x64 in (False, True):
        table.case(expr, x64=x64, measure=False, name="promotion")
table.write()
