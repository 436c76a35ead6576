"""Pytrees: nested containers of arrays, as the engine sees them."""

from . import _core

_registry = {}
_LEAF = _core.leaf_tree()
_NONE = _core.none_tree()
PyTreeDef = _core.PyTreeDef


class _Node:
    """The data of a node of a registered type; compared by the user's own equality."""

    __slots__ = ("type", "data", "keys")

    def __init__(self, type, data, keys=None):
        self.type, self.data, self.keys = type, data, keys

    def __eq__(self, other):
        return self.type is other.type and self.data == other.data

    def __hash__(self):
        try:
            return hash((self.type, self.data))
        except TypeError:
            return hash(self.type)


class Static:
    """An argument that is part of a trace's key: a node without leaves."""

    __slots__ = ("value",)

    def __init__(self, value):
        self.value = value

    def __eq__(self, other):
        return type(self.value) is type(other.value) and self.value == other.value

    def __hash__(self):
        return hash(self.value)


def register_pytree_node(nodetype, flatten_func, unflatten_func):
    """Makes a class a node: `flatten_func(x)` gives (children, data), `unflatten_func(data, children)` the object."""
    if nodetype in _registry:
        raise ValueError(f"Duplicate custom PyTreeDef type registration for {nodetype}.")
    _registry[nodetype] = (flatten_func, unflatten_func)


def register_pytree_node_class(cls):
    register_pytree_node(cls, lambda x: x.tree_flatten(), cls.tree_unflatten)
    return cls


def register_dataclass(nodetype, data_fields=None, meta_fields=None):
    """Makes a dataclass a node; fields named in `meta_fields` are static."""
    import dataclasses

    meta_fields = list(meta_fields or [])
    if data_fields is None:
        data_fields = [f.name for f in dataclasses.fields(nodetype) if f.init and f.name not in meta_fields]

    def flatten(x):
        return [getattr(x, n) for n in data_fields], tuple(getattr(x, n) for n in meta_fields)

    def unflatten(meta, data):
        return nodetype(**dict(zip(data_fields, data)), **dict(zip(meta_fields, meta)))

    register_pytree_node(nodetype, flatten, unflatten)
    return nodetype


def _is_namedtuple(x):
    return isinstance(x, tuple) and hasattr(x, "_fields")


def _flatten(x, leaves, is_leaf):
    if is_leaf is not None and is_leaf(x):
        leaves.append(x)
        return _LEAF
    kind = type(x)
    if kind is tuple:
        return _core.tuple_tree([_flatten(c, leaves, is_leaf) for c in x])
    if kind is list:
        return _core.list_tree([_flatten(c, leaves, is_leaf) for c in x])
    if kind is dict:
        if all(type(k) is str for k in x):
            keys = sorted(x)
            return _core.dict_tree(keys, [_flatten(x[k], leaves, is_leaf) for k in keys])
        try:
            keys = sorted(x)
        except TypeError:
            raise ValueError("Comparator raised exception while sorting pytree dictionary keys.") from None
        children = [_flatten(x[k], leaves, is_leaf) for k in keys]
        return _core.custom_tree("dict", _Node(dict, tuple(keys)), None, children)
    if x is None:
        return _NONE
    if kind is Static:
        return _core.custom_tree("static", x, None, [])
    if kind in _registry:
        children, data = _registry[kind][0](x)
        trees = [_flatten(c, leaves, is_leaf) for c in children]
        return _core.custom_tree(kind.__name__, _Node(kind, data), None, trees)
    if _is_namedtuple(x):
        trees = [_flatten(c, leaves, is_leaf) for c in x]
        return _core.custom_tree(kind.__name__, _Node(kind, None), list(x._fields), trees)
    import collections

    if isinstance(x, collections.OrderedDict):
        keys = tuple(x)
        trees = [_flatten(x[k], leaves, is_leaf) for k in keys]
        return _core.custom_tree("OrderedDict", _Node(collections.OrderedDict, keys), None, trees)
    leaves.append(x)
    return _LEAF


def tree_flatten(tree, is_leaf=None):
    """(leaves, structure)"""
    leaves = []
    structure = _flatten(tree, leaves, is_leaf)
    return leaves, structure


def _build(tree, leaves):
    kind = tree.kind
    if kind == 0:
        return next(leaves)
    if kind == 1:
        return None
    if kind == 2:
        return tuple([_build(c, leaves) for c in tree.children])
    if kind == 3:
        return [_build(c, leaves) for c in tree.children]
    if kind == 4:
        return {k: _build(c, leaves) for k, c in zip(tree.keys, tree.children)}
    node = tree.aux
    if type(node) is Static:
        return node
    children = [_build(c, leaves) for c in tree.children]
    if node.type is dict or (node.type not in _registry and issubclass(node.type, dict)):
        return node.type(zip(node.data, children))
    if node.type in _registry:
        return _registry[node.type][1](node.data, children)
    return node.type(*children)


def tree_unflatten(treedef, leaves):
    leaves = list(leaves)
    if len(leaves) != treedef.num_leaves:
        raise ValueError(f"Too {'many' if len(leaves) > treedef.num_leaves else 'few'} leaves for PyTreeDef; "
                         f"expected {treedef.num_leaves}, got {len(leaves)}")
    return leaves[0] if treedef.kind == 0 else _build(treedef, iter(leaves))


def tree_leaves(tree, is_leaf=None):
    return tree_flatten(tree, is_leaf)[0]


def tree_structure(tree, is_leaf=None):
    return tree_flatten(tree, is_leaf)[1]


def _subtrees(tree, value, leaves):
    """The parts of `value` at the leaves of `tree`, a prefix of it."""
    kind = tree.kind
    if kind == 0:
        leaves.append(value)
        return
    flat, structure = tree_flatten(value, is_leaf=lambda x: x is not value)
    if structure.kind != kind or len(flat) != len(tree.children) or (kind == 4 and structure.keys != tree.keys):
        raise ValueError(f"Custom node type mismatch or different structure: expected {tree}, got {tree_structure(value)}")
    for child, part in zip(tree.children, flat):
        _subtrees(child, part, leaves)


def tree_map(f, tree, *rest, is_leaf=None):
    """`f` of the leaves of trees of one structure (the first may be a prefix of the others)."""
    leaves, structure = tree_flatten(tree, is_leaf)
    columns = [leaves]
    for other in rest:
        flat, other_structure = tree_flatten(other, is_leaf)
        if other_structure != structure:
            flat = []
            _subtrees(structure, other, flat)
        columns.append(flat)
    return tree_unflatten(structure, [f(*xs) for xs in zip(*columns)])


def tree_reduce(function, tree, *initializer, is_leaf=None):
    import functools

    return functools.reduce(function, tree_leaves(tree, is_leaf), *initializer)


def tree_all(tree):
    return all(tree_leaves(tree))


def tree_transpose(outer_treedef, inner_treedef, pytree):
    leaves = tree_leaves(pytree)
    inner = inner_treedef.num_leaves
    rows = [leaves[i : i + inner] for i in range(0, len(leaves), inner)]
    columns = [tree_unflatten(outer_treedef, list(column)) for column in zip(*rows)]
    return tree_unflatten(inner_treedef, columns)


class Partial:
    """`functools.partial` as a pytree: the bound arguments are leaves."""

    def __init__(self, func, *args, **keywords):
        self.func, self.args, self.keywords = func, args, keywords

    def __call__(self, *args, **keywords):
        return self.func(*self.args, *args, **{**self.keywords, **keywords})


register_pytree_node(Partial, lambda p: ((p.args, p.keywords), p.func), lambda f, c: Partial(f, *c[0], **c[1]))
