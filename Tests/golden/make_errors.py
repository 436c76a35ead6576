"""errors.json: the type and the beginning of the message of the exception each misuse ends with.

`type` is the most derived class that our packages are expected to have: an exception passes if it or one of its
bases has that name. The message is a reference for our own wording, not compared.
"""

import inspect

import golden
from maker import NAMES, Table

table = Table("errors")

# One misuse a paragraph; the line before it names it.
MISUSES = """
# add: shapes
jnp.ones(2) + jnp.ones(3)

# lax.add: shapes
lax.add(jnp.ones(2), jnp.ones(3))

# lax.add: dtypes
lax.add(jnp.ones(2), jnp.arange(2))

# lax.add: ranks
lax.add(jnp.ones((2, 1)), jnp.ones(2))

# matmul: shapes
jnp.ones((2, 3)) @ jnp.ones((2, 3))

# dot: shapes
jnp.dot(jnp.ones(3), jnp.ones(4))

# dot_general: contracting sizes
lax.dot_general(jnp.ones((5, 3)), jnp.ones((4, 2)), (((1,), (0,)), ((), ())))

# dot_general: batch sizes
lax.dot_general(jnp.ones((2, 3)), jnp.ones((4, 3)), (((1,), (1,)), ((0,), (0,))))

# einsum: sizes
jnp.einsum('ij,jk', jnp.ones((2, 3)), jnp.ones((2, 3)))

# einsum: too many operands
jnp.einsum('ij', jnp.ones((2, 3)), jnp.ones(2))

# reshape: size
jnp.ones(6).reshape(4, 2)

# reshape: two unknowns
jnp.ones(6).reshape(-1, -1)

# reshape: indivisible
jnp.ones(6).reshape(4, -1)

# transpose: axes
jnp.transpose(jnp.ones((2, 3)), (0, 0))

# concatenate: shapes
jnp.concatenate([jnp.ones((2, 3)), jnp.ones((2, 4))])

# concatenate: nothing
jnp.concatenate([])

# concatenate: ranks
lax.concatenate([jnp.ones(2), jnp.ones((2, 2))], 0)

# stack: shapes
jnp.stack([jnp.ones(2), jnp.ones(3)])

# broadcast_to: shapes
jnp.broadcast_to(jnp.ones(3), (2, 4))

# broadcast_in_dim: sizes
lax.broadcast_in_dim(jnp.ones(3), (2, 4), (1,))

# squeeze: size
jnp.squeeze(jnp.ones((2, 3)), axis=0)

# expand_dims: axis
jnp.expand_dims(jnp.ones(2), 5)

# sum: axis
jnp.sum(jnp.ones((2, 3)), axis=2)

# argmax: axis
jnp.argmax(jnp.ones(3), axis=1)

# argmax: empty
jnp.argmax(jnp.ones(0))

# max: empty
jnp.max(jnp.ones(0))

# sum: repeated axis
jnp.sum(jnp.ones((2, 3)), axis=(0, 0))

# sum: float axis
jnp.sum(jnp.ones(3), axis=1.5)

# sort: axis
jnp.sort(jnp.ones(3), axis=3)

# slice: limits
lax.slice(jnp.ones(3), (1,), (5,))

# dynamic_slice: sizes
lax.dynamic_slice(jnp.ones(3), (0,), (5,))

# dynamic_update_slice: shapes
lax.dynamic_update_slice(jnp.ones(3), jnp.ones(4), (0,))

# pad: negative interior
lax.pad(jnp.ones(3), 0.0, ((0, 0, -1),))

# pad: dtypes
lax.pad(jnp.ones(3), 0, ((1, 0, 0),))

# select: predicate
lax.select(jnp.ones(2), jnp.ones(2), jnp.ones(2))

# select: shapes
lax.select(jnp.array([True]), jnp.ones(2), jnp.ones(2))

# clamp: shapes
lax.clamp(jnp.ones(2), jnp.ones(3), jnp.ones(3))

# iota: negative
lax.iota(jnp.float32, -1)

# split: indivisible
jnp.split(jnp.ones(5), 2)

# bitwise on floats
lax.bitwise_and(jnp.ones(2), jnp.ones(2))

# sin of integers
lax.sin(jnp.arange(3))

# shift by floats
jnp.ones(2) << 1

# invert a float
~jnp.ones(2)

# unknown dtype
jnp.zeros(3, 'float3')

# dtype of an object
jnp.array([object()])

# array of a string
jnp.array('hello')

# add a string
jnp.ones(2) + 'a'

# add None
jnp.ones(2) + None

# add a list
jnp.ones(2) + [1, 2]

# lax on a list
lax.sin([1.0])

# ragged array
jnp.array([[1, 2], [3]])

# too large an integer
jnp.array(2**40)

# negative for unsigned
jnp.uint8(-1)

# ambiguous truth value
bool(jnp.ones(2))

# float of a vector
float(jnp.ones(2))

# int index from a float
[1, 2, 3][jnp.float32(1)]

# len of a scalar
len(jnp.float32(1))

# iterate a scalar
list(jnp.float32(1))

# item assignment
x = jnp.zeros((2, 2)); x[0, 0] = 3

# index: too many
jnp.ones((2, 2))[0, 0, 0]

# index: float
jnp.ones(3)[1.0]

# index: string
jnp.ones(3)['a']

# index: list
jnp.ones(3)[[0, 1]]

# index: two ellipses
jnp.ones((2, 2))[..., ...]

# index: boolean shape
jnp.ones(3)[jnp.array([True, False])]

# index: shapes do not broadcast
jnp.ones((3, 3))[jnp.arange(2), jnp.arange(3)]

# index: boolean under jit
jax.jit(lambda x: x[x > 0])(jnp.ones(3))

# at: no operation
jnp.ones(3).at[0] = 1

# at: shape
jnp.zeros(3).at[:2].set(jnp.ones(3))

# at: mode
jnp.zeros(3).at[0].set(1, mode='bounce')

# grad: non-scalar
jax.grad(lambda x: x * 2)(jnp.ones(3))

# grad: integers
jax.grad(lambda x: x * 2)(3)

# grad: integer array
jax.grad(lambda x: jnp.sum(x))(jnp.arange(3))

# grad: boolean
jax.grad(lambda x: 1.0)(True)

# grad: integer output
jax.grad(lambda x: jnp.argmax(x))(jnp.ones(3))

# grad: complex output
jax.grad(lambda x: x * 1j)(1.0)

# grad: complex input
jax.grad(lambda x: jnp.real(x))(1j) + jax.grad(lambda x: x)(1j)

# grad: tuple output
jax.grad(lambda x: (x, x))(1.0)

# grad: no argument
jax.grad(lambda x: x)()

# grad: argnums
jax.grad(lambda x: x, argnums=1)(1.0)

# grad: argnums type
jax.grad(lambda x: x, argnums='x')

# grad: string argument
jax.grad(lambda x: 1.0)('a')

# grad: has_aux without aux
jax.grad(lambda x: x, has_aux=True)(1.0)

# grad: not callable
jax.grad(3)

# grad: while in reverse
jax.grad(lambda x: lax.while_loop(lambda s: s < 10, lambda s: s * 2, x))(1.0)

# grad: fori with a traced bound
jax.jit(jax.grad(lambda x, n: lax.fori_loop(0, n, lambda i, s: s * x, x)))(1.0, 3)

# grad: pure_callback
jax.grad(lambda x: jax.pure_callback(lambda v: v, jax.ShapeDtypeStruct((), jnp.float32), x))(1.0)

# jvp: structure
jax.jvp(jnp.sin, (1.0,), (1.0, 2.0))

# jvp: not tuples
jax.jvp(jnp.sin, 1.0, 1.0)

# jvp: shape of a tangent
jax.jvp(jnp.sin, (1.0,), (jnp.ones(2),))

# jvp: dtype of a tangent
jax.jvp(jnp.sin, (1.0,), (1,))

# jvp: tangent of an integer
jax.jvp(lambda x: x * 2, (1,), (1,))

# vjp: cotangent structure
jax.vjp(lambda x: (x, x), 1.0)[1](1.0)

# vjp: cotangent dtype
jax.vjp(jnp.sin, 1.0)[1](1)

# vjp: cotangent shape
jax.vjp(jnp.sin, 1.0)[1](jnp.ones(2))

# jacrev: integers
jax.jacrev(lambda x: x * 2)(jnp.arange(3))

# linearize: wrong tangent
jax.linearize(jnp.sin, jnp.ones(2))[1](jnp.ones(3))

# vmap: in_axes out of range
jax.vmap(jnp.sin, in_axes=1)(jnp.ones(3))

# vmap: in_axes of a scalar
jax.vmap(jnp.sin)(1.0)

# vmap: sizes differ
jax.vmap(jnp.add)(jnp.ones(2), jnp.ones(3))

# vmap: sizes differ in a tree
jax.vmap(lambda d: d['a'] + d['b'][0])({'a': jnp.ones(2), 'b': (jnp.ones(3),)})

# vmap: nothing mapped
jax.vmap(jnp.sin, in_axes=None)(jnp.ones(3))

# vmap: in_axes length
jax.vmap(jnp.add, in_axes=(0,))(jnp.ones(2), jnp.ones(2))

# vmap: in_axes structure
jax.vmap(lambda d: d['a'], in_axes=({'b': 0},))({'a': jnp.ones(2)})

# vmap: in_axes type
jax.vmap(jnp.sin, in_axes='0')(jnp.ones(3))

# vmap: out_axes None on a mapped result
jax.vmap(lambda x: x, out_axes=None)(jnp.ones(3))

# vmap: out_axes out of range
jax.vmap(lambda x: x, out_axes=2)(jnp.ones(3))

# vmap: out_axes structure
jax.vmap(lambda x: (x, x), out_axes=(0, 0, 0))(jnp.ones(3))

# vmap: no arguments
jax.vmap(lambda: 1.0)()

# vmap: axis_size differs
jax.vmap(jnp.sin, axis_size=4)(jnp.ones(3))

# vmap: if on a tracer
jax.vmap(lambda x: x if x > 0 else -x)(jnp.ones(3))

# vmap: float of a tracer
jax.vmap(lambda x: float(x))(jnp.ones(3))

# psum: unbound axis
lax.psum(jnp.ones(3), 'i')

# axis_index: unbound axis
jax.jit(lambda: lax.axis_index('nope'))()

# jit: if on a tracer
jax.jit(lambda x: x if x > 0 else -x)(1.0)

# jit: while on a tracer
def f(x):
    while x < 10:
        x = x * 2
    return x
jax.jit(f)(1.0)

# jit: range of a tracer
jax.jit(lambda n: sum(range(n)))(3)

# jit: float of a tracer
jax.jit(lambda x: float(x))(1.0)

# jit: int of a tracer
jax.jit(lambda x: int(x))(1)

# jit: NumPy of a tracer
jax.jit(lambda x: np.sin(x))(1.0)

# jit: np.asarray of a tracer
jax.jit(lambda x: np.asarray(x))(1.0)

# jit: tolist of a tracer
jax.jit(lambda x: x.tolist())(jnp.ones(2))

# jit: shape from a tracer
jax.jit(lambda n: jnp.zeros(n))(3)

# jit: reshape by a tracer
jax.jit(lambda x, n: x.reshape(n, 2))(jnp.ones(4), 2)

# jit: arange of a tracer
jax.jit(lambda n: jnp.arange(n))(3)

# jit: nonzero without size
jax.jit(lambda x: jnp.nonzero(x))(jnp.ones(3))

# jit: unique without size
jax.jit(lambda x: jnp.unique(x))(jnp.ones(3))

# jit: item assignment on a tracer
def f(x):
    x[0] = 1.0
    return x
jax.jit(f)(jnp.ones(3))

# jit: list indexed by a tracer
jax.jit(lambda i: [1, 2, 3][i])(1)

# jit: string argument
jax.jit(lambda x: x)('a')

# jit: function argument
jax.jit(lambda x: x)(lambda: 1)

# jit: string result
jax.jit(lambda x: 'a')(1.0)

# jit: unhashable static argument
jax.jit(lambda x, y: x, static_argnums=1)(1.0, [1])

# jit: static_argnums out of range
jax.jit(lambda x: x, static_argnums=3)(1.0)

# jit: missing argument
jax.jit(lambda x, y: x)(1.0)

# jit: not callable
jax.jit(3)

# jit: donated and used
x = jnp.ones(3); jax.jit(lambda x: x + 1, donate_argnums=0)(x); x + 1

# escaped tracer of jit
leak = []
jax.jit(lambda x: leak.append(x))(1.0)
leak[0] + 1

# escaped tracer of grad
leak = []
jax.grad(lambda x: (leak.append(x), x)[1])(1.0)
leak[0] + 1

# escaped tracer of vmap
leak = []
jax.vmap(lambda x: (leak.append(x), x)[1])(jnp.ones(3))
leak[0] + 1

# escaped tracer of scan
leak = []
lax.scan(lambda c, x: (leak.append(x), (c, x))[1], 0.0, jnp.ones(3))
leak[0] + 1

# scan: carry type
lax.scan(lambda c, x: (c + x, x), jnp.int32(0), jnp.ones(3))

# scan: carry shape
lax.scan(lambda c, x: (jnp.stack([c, c]), x), 0.0, jnp.ones(3))

# scan: carry structure
lax.scan(lambda c, x: ((c, c), x), 0.0, jnp.ones(3))

# scan: key path of the carry
lax.scan(lambda c, x: ({'a': c['a'], 'b': [c['b'][0] + 0.5]}, x), {'a': 0.0, 'b': [jnp.int32(1)]}, jnp.ones(3))

# scan: no pair
lax.scan(lambda c, x: c, 0.0, jnp.ones(3))

# scan: lengths
lax.scan(lambda c, x: (c, x), 0.0, (jnp.ones(3), jnp.ones(4)))

# scan: length argument
lax.scan(lambda c, x: (c, x), 0.0, jnp.ones(3), length=4)

# scan: no length
lax.scan(lambda c, x: (c, x), 0.0, None)

# scan: scalar xs
lax.scan(lambda c, x: (c, x), 0.0, 1.0)

# scan: if on a tracer
lax.scan(lambda c, x: (c if x > 0 else -c, x), 0.0, jnp.ones(3))

# cond: branch dtypes
lax.cond(True, lambda x: x, lambda x: x.astype('int32'), 1.0)

# cond: branch shapes
lax.cond(True, lambda x: x, lambda x: x[None], 1.0)

# cond: branch structures
lax.cond(True, lambda x: x, lambda x: (x, x), 1.0)

# cond: key path of the branches
lax.cond(True, lambda x: {'a': x, 'b': x}, lambda x: {'a': x, 'b': x > 0}, 1.0)

# cond: vector predicate
lax.cond(jnp.array([True, False]), lambda: 1, lambda: 2)

# cond: missing operand
lax.cond(True, lambda x: x, lambda x: x)

# switch: no branches
lax.switch(0, [], 1.0)

# switch: float index
lax.switch(1.5, [lambda: 1, lambda: 2])

# while: body dtype
lax.while_loop(lambda s: s < 3, lambda s: s + 0.5, jnp.int32(0))

# while: body shape
lax.while_loop(lambda s: jnp.sum(s) < 3, lambda s: jnp.stack([s, s]), 0.0)

# while: body structure
lax.while_loop(lambda s: s[0] < 3, lambda s: s[0], (0, 1))

# while: key path of the carry
lax.while_loop(lambda s: s['i'] < 3, lambda s: {'i': s['i'] + 1, 'v': s['v'] > 0}, {'i': 0, 'v': 1.0})

# while: condition not boolean
lax.while_loop(lambda s: s, lambda s: s - 1, 3)

# while: condition not scalar
lax.while_loop(lambda s: s < 3, lambda s: s + 1, jnp.zeros(2))

# fori: carry type
lax.fori_loop(0, 3, lambda i, s: s + 0.5, jnp.int32(0))

# tree_map: structures
jax.tree_util.tree_map(lambda a, b: a, {'a': 1, 'b': 2}, {'a': 1})

# tree_map: lengths
jax.tree_util.tree_map(lambda a, b: a, [1, 2], [1, 2, 3])

# tree_map: node types
jax.tree_util.tree_map(lambda a, b: a, [1, 2], (1, 2))

# tree_map: deep
jax.tree_util.tree_map(lambda a, b: a, {'layers': [{'W': 1}]}, {'layers': [{'V': 1}]})

# tree_unflatten: leaves
jax.tree_util.tree_unflatten(jax.tree_util.tree_structure((1, 2)), [1])

# tree: unsortable keys
jax.tree_util.tree_leaves({1: 0, 'a': 1})

# custom_jvp: no rule
f = jax.custom_jvp(lambda x: x)
jax.grad(f)(1.0)

# custom_jvp: tangent type
f = jax.custom_jvp(lambda x: x)
f.defjvp(lambda p, t: (f(p[0]), jnp.int32(1)))
jax.grad(f)(1.0)

# custom_jvp: tangent shape
f = jax.custom_jvp(lambda x: x)
f.defjvp(lambda p, t: (f(p[0]), jnp.ones(2)))
jax.grad(f)(1.0)

# custom_jvp: no pair
f = jax.custom_jvp(lambda x: x)
f.defjvp(lambda p, t: f(p[0]))
jax.grad(f)(1.0)

# custom_vjp: no rule
f = jax.custom_vjp(lambda x: x)
jax.grad(f)(1.0)

# custom_vjp: number of cotangents
f = jax.custom_vjp(lambda x, y: x)
f.defvjp(lambda x, y: (x, None), lambda res, ct: (ct,))
jax.grad(f)(1.0, 2.0)

# custom_vjp: cotangent shape
f = jax.custom_vjp(lambda x: x)
f.defvjp(lambda x: (x, None), lambda res, ct: (jnp.ones(2),))
jax.grad(f)(1.0)

# custom_vjp: no tuple
f = jax.custom_vjp(lambda x: x)
f.defvjp(lambda x: (x, None), lambda res, ct: ct)
jax.grad(f)(1.0)

# custom_vjp: forward mode
f = jax.custom_vjp(lambda x: x)
f.defvjp(lambda x: (x, None), lambda res, ct: (ct,))
jax.jvp(f, (1.0,), (1.0,))

# deleted array
x = jnp.ones(3); x.delete(); x + 1

# deleted array printed
x = jnp.ones(3); x.delete(); str(x)

# hash of an array
hash(jnp.ones(3))

# key: shape
random.normal(jnp.zeros(3, 'uint32'))

# key: dtype
random.normal(jnp.zeros(2))

# key: integer
random.normal(0)

# key: arithmetic on typed keys
random.key(0) + 1

# key: seed
random.PRNGKey(1.5)

# key: several
random.normal(random.split(random.key(0)))

# randint: dtype
random.randint(random.PRNGKey(0), (2,), 0, 5, dtype='float32')

# uniform: dtype
random.uniform(random.PRNGKey(0), (2,), dtype='int32')

# normal: shape
random.normal(random.PRNGKey(0), (2, -1))

# choice: too many
random.choice(random.PRNGKey(0), 3, (5,), replace=False)

# permutation of a float
random.permutation(random.PRNGKey(0), 3.5)

# bernoulli: shape
random.bernoulli(random.PRNGKey(0), jnp.ones(3), (2,))

# clip: complex
jnp.clip(1j, 0, 1)

# mean of strings
jnp.mean(['a'])

# one_hot: classes
jax.nn.one_hot(jnp.arange(3), -1)

# linspace: number
jnp.linspace(0, 1, -3)

# convert complex to float
float(jnp.complex64(1j))

# user exception through jit
def f(x):
    raise KeyError('mine')
jax.jit(f)(1.0)

# user exception through grad and scan
def f(c, x):
    raise ZeroDivisionError('mine')
jax.grad(lambda x: lax.scan(f, x, jnp.ones(3))[0])(1.0)

# debug_nans
jax.config.update('jax_debug_nans', True)
try:
    jnp.log(-jnp.ones(2))
finally:
    jax.config.update('jax_debug_nans', False)
"""

# Classes of JAX whose names a user may catch; others count as the built-in class they derive from.
PUBLIC = {name for name, kind in vars(NAMES["jax"].errors).items() if inspect.isclass(kind)}

for paragraph in MISUSES.strip().split("\n\n"):
    title, code = paragraph.split("\n", 1)
    error = golden.raised({"code": code}, NAMES)
    if error is None:
        table.failed += 1
        print(f"  nothing raised: {title}")
        continue
    kinds = [kind.__name__ for kind in type(error).__mro__ if kind.__module__ == "builtins" or kind.__name__ in PUBLIC]
    table.cases.append(
        {
            "name": title[2:],
            "op": "error",
            "params": {},
            "expr": "",
            "code": code,
            "inputs": [],
            "outputs": [],
            "ulp": 0,
            "error": {"type": kinds[0], "message": golden.encode(str(error), NAMES)["text"][:300]},
        }
    )
table.write()
