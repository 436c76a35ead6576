"""Pytrees: nested containers of arrays, as the engine sees them.

Tuples, lists, None and dicts with text keys are flattened in C; this module holds the registry for all other types.
"""

import collections
import dataclasses
import functools

from . import _core

PyTreeDef = _core.PyTreeDef
tree_flatten = _core.flatten
tree_unflatten = _core.unflatten
_LEAF, _NONE, _TUPLE, _LIST, _DICT, _CUSTOM = range(6)


# --- Key paths ----------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class SequenceKey:
    """The place of a child in a tuple or list."""

    idx: int

    def __str__(self):
        return f"[{self.idx}]"


@dataclasses.dataclass(frozen=True)
class DictKey:
    """The key of a child in a dict."""

    key: object

    def __str__(self):
        return f"[{self.key!r}]"


@dataclasses.dataclass(frozen=True)
class GetAttrKey:
    """The attribute that holds a child."""

    name: str

    def __str__(self):
        return f".{self.name}"


@dataclasses.dataclass(frozen=True)
class FlattenedIndexKey:
    """The number of a child of a type that names none."""

    key: int

    def __str__(self):
        return f"[<flat index {self.key}>]"


def _simple(key):
    return str(getattr(key, {SequenceKey: "idx", GetAttrKey: "name"}.get(type(key), "key"), key))


def keystr(keys, *, simple=False, separator=""):
    """A key path as text: `['w'][0]`, or `w/0` with `simple` and a separator."""
    return separator.join(map(_simple if simple else str, keys))


# --- The registry -------------------------------------------------------------


class _Type:
    """How objects of one type are taken apart and made."""

    __slots__ = ("flatten", "unflatten", "keys")

    def __init__(self, flatten, unflatten, keys=None):
        self.flatten, self.unflatten, self.keys = flatten, unflatten, keys


_registry = {}


class _Node:
    """The data of a node of a registered type; compared by the user's own equality."""

    __slots__ = ("type", "data")

    def __init__(self, type, data):
        self.type, self.data = type, data

    def __eq__(self, other):
        return type(other) is _Node and self.type is other.type and self.data == other.data

    def __hash__(self):
        try:
            return hash((self.type, self.data))
        except TypeError:
            return hash(self.type)

    def __repr__(self):
        return f"{self.type.__name__}[{self.data}]"


class Static:
    """An argument that is part of a trace's key: a node without leaves."""

    __slots__ = ("value",)

    def __init__(self, value):
        self.value = value

    def __eq__(self, other):
        return type(other) is Static and type(self.value) is type(other.value) and self.value == other.value

    def __hash__(self):
        return hash(self.value)


class Opaque:
    """An argument that a function gets as the object that it is: a node without leaves, equal to itself."""

    __slots__ = ("value",)

    def __init__(self, value):
        self.value = value


def _register(nodetype, entry):
    if not isinstance(nodetype, type):
        raise TypeError(f"a class is wanted, got {nodetype!r}")
    if nodetype in _registry or nodetype in (tuple, list, dict, type(None)):
        raise ValueError(f"Duplicate custom PyTreeDef type registration for {nodetype}.")
    _registry[nodetype] = entry


def register_pytree_node(nodetype, flatten_func, unflatten_func, flatten_with_keys_func=None):
    """Makes a class a node: `flatten_func(x)` gives (children, data), `unflatten_func(data, children)` the object."""
    _register(nodetype, _Type(flatten_func, unflatten_func, flatten_with_keys_func))


def register_pytree_with_keys(nodetype, flatten_with_keys, unflatten_func, flatten_func=None):
    """As `register_pytree_node`, `flatten_with_keys` giving ([(key, child), …], data)."""

    def flatten(x):
        children, data = flatten_with_keys(x)
        return [child for _, child in children], data

    _register(nodetype, _Type(flatten_func or flatten, unflatten_func, flatten_with_keys))


def register_pytree_node_class(cls):
    """Makes a class with `tree_flatten` and `tree_unflatten` a node."""
    register_pytree_node(cls, lambda x: x.tree_flatten(), cls.tree_unflatten)
    return cls


def register_pytree_with_keys_class(cls):
    """Makes a class with `tree_flatten_with_keys` and `tree_unflatten` a node."""
    flatten = (lambda x: x.tree_flatten()) if hasattr(cls, "tree_flatten") else None
    register_pytree_with_keys(cls, lambda x: x.tree_flatten_with_keys(), cls.tree_unflatten, flatten)
    return cls


def register_dataclass(nodetype, data_fields=None, meta_fields=None, drop_fields=()):
    """Makes a dataclass a node; fields named in `meta_fields`, or declared static, are part of the structure."""
    if data_fields is None or meta_fields is None:
        if not dataclasses.is_dataclass(nodetype):
            raise TypeError("register_dataclass: data_fields and meta_fields are required when nodetype is not a dataclass.")
        fields = [f for f in dataclasses.fields(nodetype) if f.init and f.name not in drop_fields]
        static = set(meta_fields or [f.name for f in fields if f.metadata.get("static", False)])
        meta_fields = [f.name for f in fields if f.name in static]
        data_fields = data_fields or [f.name for f in fields if f.name not in static]
    data_fields, meta_fields = tuple(data_fields), tuple(meta_fields)

    def flatten(x):
        return [getattr(x, n) for n in data_fields], tuple([getattr(x, n) for n in meta_fields])

    def with_keys(x):
        return [(GetAttrKey(n), getattr(x, n)) for n in data_fields], tuple([getattr(x, n) for n in meta_fields])

    def unflatten(meta, data):
        return nodetype(**dict(zip(data_fields, data)), **dict(zip(meta_fields, meta)))

    register_pytree_node(nodetype, flatten, unflatten, with_keys)
    return nodetype


def register_static(cls):
    """Makes a hashable class a node without leaves: all of it is structure."""
    register_pytree_node(cls, lambda x: ((), x), lambda data, _: data)
    return cls


def _is_namedtuple(x):
    return isinstance(x, tuple) and hasattr(x, "_fields")


def _sorted_keys(x):
    try:
        return tuple(sorted(x))
    except TypeError:
        raise ValueError("Comparator raised exception while sorting pytree dictionary keys.") from None


def _split(x):
    """What the C side asks of an object that it does not know: None for a leaf, else (name, data, child names, children)."""
    kind = type(x)
    entry = _registry.get(kind)
    if entry is not None:
        children, data = entry.flatten(x)
        return kind.__name__, _Node(kind, data), None, children
    if kind is Static or kind is Opaque:
        return "static", x, None, ()
    if kind is dict:
        keys = _sorted_keys(x)
        return "dict", _Node(dict, keys), None, [x[k] for k in keys]
    if isinstance(x, collections.OrderedDict):
        return "OrderedDict", _Node(collections.OrderedDict, tuple(x)), None, list(x.values())
    if kind is collections.defaultdict:
        keys = _sorted_keys(x)
        return "defaultdict", _Node(kind, (x.default_factory, keys)), None, [x[k] for k in keys]
    if _is_namedtuple(x):
        return kind.__name__, _Node(kind, None), tuple(x._fields), tuple(x)
    return None


def _join(node, children):
    """The object of a node, from what `_split` gave."""
    if type(node) is Static or type(node) is Opaque:
        return node.value
    entry = _registry.get(node.type)
    if entry is not None:
        return entry.unflatten(node.data, children)
    if node.type is collections.defaultdict:
        return collections.defaultdict(node.data[0], zip(node.data[1], children))
    if issubclass(node.type, dict):
        return node.type(zip(node.data, children))
    return node.type(*children)


_core.set_tree_hooks(_split, _join)


# --- Functions of trees -------------------------------------------------------


def tree_leaves(tree, is_leaf=None):
    """The leaves, depth first; keys of dicts in order."""
    return tree_flatten(tree, is_leaf)[0]


def tree_structure(tree, is_leaf=None):
    """The structure without the leaves."""
    return tree_flatten(tree, is_leaf)[1]


def _children(x):
    """One level of an object: a list of (key, child)."""
    kind = type(x)
    entry = _registry.get(kind)
    if entry is not None and entry.keys is not None:
        return list(entry.keys(x)[0])
    if entry is not None:
        return [(FlattenedIndexKey(i), c) for i, c in enumerate(entry.flatten(x)[0])]
    if _is_namedtuple(x):
        return [(GetAttrKey(n), getattr(x, n)) for n in x._fields]
    if isinstance(x, dict):
        keys = list(x) if isinstance(x, collections.OrderedDict) else _sorted_keys(x)
        return [(DictKey(k), x[k]) for k in keys]
    return [(SequenceKey(i), c) for i, c in enumerate(x)] if isinstance(x, (tuple, list)) else []


def _is_leaf_object(x):
    return tree_structure(x, is_leaf=lambda part: part is not x).kind == _LEAF


def _collect(x, path, is_leaf, found):
    if is_leaf is not None and is_leaf(x):
        found.append((path, x))
    elif x is None:
        return
    elif _is_leaf_object(x):
        found.append((path, x))
    else:
        for key, child in _children(x):
            _collect(child, (*path, key), is_leaf, found)


def tree_leaves_with_path(tree, is_leaf=None, is_leaf_takes_path=False):
    """The leaves as pairs (key path, leaf)."""
    found = []
    _collect(tree, (), is_leaf, found)
    return found


def tree_flatten_with_path(tree, is_leaf=None, is_leaf_takes_path=False):
    """([(key path, leaf), …], structure)"""
    return tree_leaves_with_path(tree, is_leaf), tree_structure(tree, is_leaf)


def _mismatch(path, expected, got):
    return ValueError(f"tree mismatch at path {keystr(path) or '(root)'}: expected {expected}, got {got}")


def _subtrees(tree, value, path, found):
    """The parts of `value` at the leaves of `tree`, a prefix of it."""
    if tree.kind == _LEAF:
        found.append(value)
        return
    structure = tree_structure(value, is_leaf=lambda part: part is not value)
    matches = structure.kind == tree.kind and len(structure.children) == len(tree.children)
    if not matches or tree.kind == _DICT and structure.keys != tree.keys or tree.kind == _CUSTOM and structure.aux != tree.aux:
        raise _mismatch(path, tree, tree_structure(value))
    for child, (key, part) in zip(tree.children, _children(value)):
        _subtrees(child, part, (*path, key), found)


def _columns(tree, rest, is_leaf):
    leaves, structure = tree_flatten(tree, is_leaf)
    columns = [leaves]
    for other in rest:
        flat, other_structure = tree_flatten(other, is_leaf)
        if other_structure != structure:
            flat = []
            _subtrees(structure, other, (), flat)
        columns.append(flat)
    return columns, structure


def tree_map(f, tree, *rest, is_leaf=None):
    """`f` of the leaves of trees of one structure (the first may be a prefix of the others)."""
    if not rest:
        leaves, structure = tree_flatten(tree, is_leaf)
        return tree_unflatten(structure, [f(x) for x in leaves])
    columns, structure = _columns(tree, rest, is_leaf)
    return tree_unflatten(structure, [f(*xs) for xs in zip(*columns)])


def tree_map_with_path(f, tree, *rest, is_leaf=None, is_leaf_takes_path=False):
    """As `tree_map`, with the key path as the first argument of `f`."""
    columns, structure = _columns(tree, rest, is_leaf)
    paths = [path for path, _ in tree_leaves_with_path(tree, is_leaf)]
    return tree_unflatten(structure, [f(*xs) for xs in zip(paths, *columns)])


def tree_reduce(function, tree, *initializer, is_leaf=None):
    """The leaves combined from the left."""
    return functools.reduce(function, tree_leaves(tree, is_leaf), *initializer)


def tree_reduce_associative(operation, tree, *, identity=None, is_leaf=None):
    """The leaves combined in any order."""
    leaves = tree_leaves(tree, is_leaf)
    return functools.reduce(operation, leaves) if leaves or identity is None else identity


def tree_all(tree, *, is_leaf=None):
    """Whether all leaves are true."""
    return all(tree_leaves(tree, is_leaf))


def tree_broadcast(prefix_tree, full_tree, is_leaf=None):
    """The leaves of a prefix, repeated for the leaves of the full tree beneath them."""
    leaves, structure = tree_flatten(prefix_tree, is_leaf)
    parts = []
    _subtrees(structure, full_tree, (), parts)
    return tree_unflatten(structure, [tree_map(lambda _, leaf=leaf: leaf, part) for leaf, part in zip(leaves, parts)])


def tree_transpose(outer_treedef, inner_treedef, pytree_to_transpose):
    """A tree of trees turned inside out."""
    leaves = tree_leaves(pytree_to_transpose)
    outer = outer_treedef.num_leaves
    if inner_treedef is None:
        inner_treedef = tree_structure(outer_treedef.flatten_up_to(pytree_to_transpose)[0])
    inner = inner_treedef.num_leaves
    if len(leaves) != outer * inner:
        raise TypeError(f"Mismatch: expected {outer * inner} leaves, {outer} times {inner}, got {len(leaves)}")
    columns = [tree_unflatten(outer_treedef, leaves[i::inner]) for i in range(inner)]
    return tree_unflatten(inner_treedef, columns)


def treedef_is_leaf(treedef):
    """Whether the structure is that of a leaf."""
    return treedef.kind == _LEAF


def treedef_children(treedef):
    """The structures of the children."""
    return treedef.children


def treedef_tuple(treedefs):
    """The structure of a tuple of trees."""
    return tree_structure(tuple(tree_unflatten(t, [0] * t.num_leaves) for t in treedefs))


def flatten_up_to(treedef, tree):
    """The parts of a tree at the leaves of a structure that is a prefix of it."""
    found = []
    _subtrees(treedef, tree, (), found)
    return found


def all_leaves(iterable, is_leaf=None):
    """Whether none of the values is a container."""
    return all(_is_leaf_object(x) or is_leaf is not None and is_leaf(x) for x in iterable)


class Partial(functools.partial):
    """`functools.partial` as a pytree: the bound arguments are leaves."""


register_pytree_node(
    Partial, lambda p: ((p.args, p.keywords), p.func), lambda func, children: Partial(func, *children[0], **children[1])
)
