// Pytrees: Python containers to leaves and the engine's trees, and back.
// Exact types of tuple, list, dict and None are handled here; everything else by the registry on the Python side.
#include "support.h"

/// `split(object)` gives None for a leaf, or (name, data, child names or None, children);
/// `join(data, children)` makes the object again.
static PyObject *split_node, *join_node;

PyObject *set_tree_hooks(PyObject *module, PyObject *const *args, Py_ssize_t n) {
  (void)module;
  if (!check_count("set_tree_hooks", n, 2, 2)) return NULL;
  Py_INCREF(args[0]);
  Py_XSETREF(split_node, args[0]);
  Py_INCREF(args[1]);
  Py_XSETREF(join_node, args[1]);
  Py_RETURN_NONE;
}

static sj_tree *checked(sj_status *status, sj_tree **tree) {
  if (!status) return *tree;
  raise_status(status);
  return NULL;
}

/// Leaves share one tree.
static sj_tree *leaf_tree(void) {
  static sj_tree *leaf;
  if (!leaf && !checked(sj_tree_leaf(&leaf), &leaf)) return NULL;
  sj_retain(leaf);
  return leaf;
}

static sj_tree *none_tree(void) {
  sj_tree *tree;
  return checked(sj_tree_none(&tree), &tree);
}

/// The trees of the children of a node while it is being made.
typedef struct {
  sj_tree *few[8];
  sj_tree **trees;
  Py_ssize_t count;
} Children;

static void children_free(Children *children) {
  for (Py_ssize_t i = 0; i < children->count; i++) sj_release(children->trees[i]);
  if (children->trees != children->few) PyMem_Free(children->trees);
}

static sj_tree *flatten_into(PyObject *object, PyObject *leaves, PyObject *is_leaf);

/// Flattens items; gives 0 with an exception set, and nothing to free, on failure.
static int flatten_children(Children *children, PyObject **items, Py_ssize_t n, PyObject *leaves, PyObject *is_leaf) {
  children->count = 0;
  children->trees = n <= 8 ? children->few : PyMem_Malloc(n * sizeof(sj_tree *));
  if (!children->trees) {
    PyErr_NoMemory();
    return 0;
  }
  for (Py_ssize_t i = 0; i < n; i++) {
    // A child may be changed by the code of a registered type: hold it.
    PyObject *item = items[i];
    Py_INCREF(item);
    sj_tree *tree = flatten_into(item, leaves, is_leaf);
    Py_DECREF(item);
    if (!tree) {
      children_free(children);
      return 0;
    }
    children->trees[children->count++] = tree;
  }
  return 1;
}

static sj_tree *flatten_sequence(
    PyObject *tuple, PyObject *leaves, PyObject *is_leaf, sj_status *(*make)(sj_tree *const *, int64_t, sj_tree **)) {
  Children children;
  sj_tree *tree = NULL;
  if (!flatten_children(&children, &PyTuple_GET_ITEM(tuple, 0), PyTuple_GET_SIZE(tuple), leaves, is_leaf)) return NULL;
  tree = checked(make(children.trees, children.count, &tree), &tree);
  children_free(&children);
  return tree;
}

static int has_string_keys(PyObject *dict) {
  PyObject *key, *value;
  Py_ssize_t position = 0;
  while (PyDict_Next(dict, &position, &key, &value)) {
    if (!PyUnicode_CheckExact(key)) return 0;
  }
  return 1;
}

/// The sorted keys of a dict and their values, as a pair of tuples.
static int sorted_items(PyObject *dict, PyObject **keys, PyObject **values) {
  PyObject *list = PyDict_Keys(dict);
  if (!list) return 0;
  *keys = *values = NULL;
  if (PyList_Sort(list) == 0 && (*keys = PyList_AsTuple(list)) && (*values = PyTuple_New(PyTuple_GET_SIZE(*keys)))) {
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(*keys); i++) {
      PyObject *value = PyDict_GetItemWithError(dict, PyTuple_GET_ITEM(*keys, i));
      if (!value) {
        Py_CLEAR(*keys);
        Py_CLEAR(*values);
        break;
      }
      Py_INCREF(value);
      PyTuple_SET_ITEM(*values, i, value);
    }
  }
  Py_DECREF(list);
  if (!*values) Py_CLEAR(*keys);
  return *values != NULL;
}

static sj_tree *flatten_dict(PyObject *dict, PyObject *leaves, PyObject *is_leaf) {
  PyObject *keys, *values;
  if (!sorted_items(dict, &keys, &values)) return NULL;
  Py_ssize_t n = PyTuple_GET_SIZE(keys);
  sj_string_view *names = PyMem_Malloc((n ? n : 1) * sizeof *names);
  sj_tree *tree = NULL;
  Children children;
  if (!names) {
    PyErr_NoMemory();
  } else if (flatten_children(&children, &PyTuple_GET_ITEM(values, 0), n, leaves, is_leaf)) {
    int ok = 1;
    for (Py_ssize_t i = 0; ok && i < n; i++) ok = get_string(PyTuple_GET_ITEM(keys, i), &names[i]);
    if (ok) tree = checked(sj_tree_dict(names, children.trees, n, &tree), &tree);
    children_free(&children);
  }
  PyMem_Free(names);
  Py_DECREF(keys);
  Py_DECREF(values);
  return tree;
}

static uint64_t hash_object(void *data) {
  PyGILState_STATE state = PyGILState_Ensure();
  Py_hash_t value = PyObject_Hash(data);
  if (value == -1) PyErr_Clear();
  PyGILState_Release(state);
  return (uint64_t)value;
}

static sj_bool equal_objects(void *a, void *b) {
  PyGILState_STATE state = PyGILState_Ensure();
  int equal = PyObject_RichCompareBool(a, b, Py_EQ);
  if (equal < 0) PyErr_Clear();
  PyGILState_Release(state);
  return equal > 0;
}

/// A node of a host type from what `split` gave.
static sj_tree *flatten_custom(PyObject *parts, PyObject *leaves, PyObject *is_leaf) {
  PyObject *name, *data, *child_names, *items;
  if (!PyArg_ParseTuple(parts, "UOOO;a node is (name, data, child names, children)", &name, &data, &child_names, &items))
    return NULL;
  sj_string_view text;
  if (PyObject_Hash(data) == -1 || !get_string(name, &text)) return NULL;
  PyObject *children_tuple = PySequence_Tuple(items);
  if (!children_tuple) return NULL;
  Py_ssize_t n = PyTuple_GET_SIZE(children_tuple);
  sj_string_view *names = NULL;
  sj_tree *tree = NULL;
  Children children;
  if (!flatten_children(&children, &PyTuple_GET_ITEM(children_tuple, 0), n, leaves, is_leaf)) {
    Py_DECREF(children_tuple);
    return NULL;
  }
  int ok = 1;
  if (child_names != Py_None) {
    names = PyMem_Malloc((n ? n : 1) * sizeof *names);
    ok = names && PyTuple_Check(child_names) && PyTuple_GET_SIZE(child_names) == n;
    for (Py_ssize_t i = 0; ok && i < n; i++) ok = get_string(PyTuple_GET_ITEM(child_names, i), &names[i]);
    if (!ok && !PyErr_Occurred()) PyErr_SetString(PyExc_ValueError, "as many names as children are wanted");
  }
  if (ok) {
    Py_INCREF(data);
    sj_aux aux = {data, hash_object, equal_objects, release_object};
    tree = checked(sj_tree_custom(text, &aux, names, children.trees, n, &tree), &tree);
  }
  PyMem_Free(names);
  children_free(&children);
  Py_DECREF(children_tuple);
  return tree;
}

static sj_tree *flatten_other(PyObject *object, PyObject *leaves, PyObject *is_leaf) {
  PyObject *parts = split_node ? PyObject_CallOneArg(split_node, object) : (Py_INCREF(Py_None), Py_None);
  if (!parts) return NULL;
  sj_tree *tree = NULL;
  if (parts != Py_None)
    tree = flatten_custom(parts, leaves, is_leaf);
  else if (PyList_Append(leaves, object) == 0)
    tree = leaf_tree();
  Py_DECREF(parts);
  return tree;
}

static sj_tree *flatten_node(PyObject *object, PyObject *leaves, PyObject *is_leaf) {
  if (is_leaf) {
    PyObject *answer = PyObject_CallOneArg(is_leaf, object);
    int truth = answer ? PyObject_IsTrue(answer) : -1;
    Py_XDECREF(answer);
    if (truth < 0) return NULL;
    if (truth) return PyList_Append(leaves, object) == 0 ? leaf_tree() : NULL;
  }
  if (Py_IS_TYPE(object, &ArrayType) || PyFloat_CheckExact(object) || PyLong_CheckExact(object))
    return PyList_Append(leaves, object) == 0 ? leaf_tree() : NULL;
  if (object == Py_None) return none_tree();
  if (PyTuple_CheckExact(object)) return flatten_sequence(object, leaves, is_leaf, sj_tree_tuple);
  if (PyList_CheckExact(object)) {
    PyObject *items = PyList_AsTuple(object);
    sj_tree *tree = items ? flatten_sequence(items, leaves, is_leaf, sj_tree_list) : NULL;
    Py_XDECREF(items);
    return tree;
  }
  if (PyDict_CheckExact(object) && has_string_keys(object)) return flatten_dict(object, leaves, is_leaf);
  return flatten_other(object, leaves, is_leaf);
}

static sj_tree *flatten_into(PyObject *object, PyObject *leaves, PyObject *is_leaf) {
  if (Py_EnterRecursiveCall(" while flattening a pytree")) return NULL;
  sj_tree *tree = flatten_node(object, leaves, is_leaf);
  Py_LeaveRecursiveCall();
  return tree;
}

sj_tree *flatten_object(PyObject *object, PyObject **leaves) {
  *leaves = PyList_New(0);
  sj_tree *tree = *leaves ? flatten_into(object, *leaves, NULL) : NULL;
  if (!tree) Py_CLEAR(*leaves);
  return tree;
}

sj_tree *flatten_arguments(PyObject *const *args, Py_ssize_t n, PyObject *keywords, PyObject **leaves) {
  *leaves = PyList_New(0);
  PyObject *all = *leaves ? PyTuple_New(n + (keywords != NULL)) : NULL;
  sj_tree *tree = NULL;
  if (all) {
    for (Py_ssize_t i = 0; i < n; i++) {
      Py_INCREF(args[i]);
      PyTuple_SET_ITEM(all, i, args[i]);
    }
    if (keywords) {
      Py_INCREF(keywords);
      PyTuple_SET_ITEM(all, n, keywords);
    }
    tree = flatten_sequence(all, *leaves, NULL, sj_tree_tuple);
    Py_DECREF(all);
  }
  if (!tree) Py_CLEAR(*leaves);
  return tree;
}

PyObject *flatten(PyObject *module, PyObject *const *args, Py_ssize_t n) {
  (void)module;
  if (!check_count("flatten", n, 1, 2)) return NULL;
  PyObject *is_leaf = n > 1 && args[1] != Py_None ? args[1] : NULL;
  PyObject *leaves = PyList_New(0);
  sj_tree *tree = leaves ? flatten_into(args[0], leaves, is_leaf) : NULL;
  PyObject *structure = tree ? wrap_handle(&TreeType, tree) : NULL;
  PyObject *result = structure ? PyTuple_Pack(2, leaves, structure) : NULL;
  Py_XDECREF(structure);
  Py_XDECREF(leaves);
  return result;
}

// --- Back ---------------------------------------------------------------------

static PyObject *build(const sj_tree *tree, PyObject *leaves, Py_ssize_t *next);

/// The children of a node as a new tuple.
static PyObject *build_children(const sj_tree *tree, PyObject *leaves, Py_ssize_t *next) {
  int64_t count;
  sj_status *status = sj_tree_child_count(tree, &count);
  PyObject *tuple = status ? raise_status(status) : PyTuple_New(count);
  for (int64_t i = 0; tuple && i < count; i++) {
    sj_tree *child;
    status = sj_tree_child(tree, i, &child);
    PyObject *item = status ? raise_status(status) : build(child, leaves, next);
    if (!status) sj_release(child);
    if (item)
      PyTuple_SET_ITEM(tuple, i, item);
    else
      Py_CLEAR(tuple);
  }
  return tuple;
}

static PyObject *build_dict(const sj_tree *tree, PyObject *values) {
  PyObject *dict = PyDict_New();
  for (Py_ssize_t i = 0; dict && i < PyTuple_GET_SIZE(values); i++) {
    sj_string *key;
    sj_status *status = sj_tree_key(tree, i, &key);
    PyObject *name = status ? raise_status(status) : wrap_string(key);
    if (!name || PyDict_SetItem(dict, name, PyTuple_GET_ITEM(values, i))) Py_CLEAR(dict);
    Py_XDECREF(name);
  }
  return dict;
}

static PyObject *build_custom(const sj_tree *tree, PyObject *children) {
  void *data;
  sj_status *status = sj_tree_aux(tree, &data);
  if (status) return raise_status(status);
  if (!data || !join_node) {
    PyErr_SetString(PyExc_ValueError, "a tree with a node that is not of Python cannot become a Python object");
    return NULL;
  }
  return PyObject_CallFunctionObjArgs(join_node, (PyObject *)data, children, NULL);
}

static PyObject *build_node(const sj_tree *tree, int32_t kind, PyObject *leaves, Py_ssize_t *next) {
  PyObject *children = build_children(tree, leaves, next);
  if (!children || kind == SJ_NODE_TUPLE) return children;
  PyObject *object = kind == SJ_NODE_LIST   ? PySequence_List(children)
                     : kind == SJ_NODE_DICT ? build_dict(tree, children)
                                            : build_custom(tree, children);
  Py_DECREF(children);
  return object;
}

static PyObject *build(const sj_tree *tree, PyObject *leaves, Py_ssize_t *next) {
  int32_t kind;
  sj_status *status = sj_tree_kind(tree, &kind);
  if (status) return raise_status(status);
  if (kind == SJ_NODE_LEAF) {
    if (*next >= PyList_GET_SIZE(leaves)) {
      PyErr_SetString(PyExc_ValueError, "too few leaves for the tree");
      return NULL;
    }
    PyObject *leaf = PyList_GET_ITEM(leaves, (*next)++);
    Py_INCREF(leaf);
    return leaf;
  }
  if (kind == SJ_NODE_NONE) Py_RETURN_NONE;
  if (Py_EnterRecursiveCall(" while building a pytree")) return NULL;
  PyObject *object = build_node(tree, kind, leaves, next);
  Py_LeaveRecursiveCall();
  return object;
}

PyObject *unflatten_object(const sj_tree *tree, PyObject *leaves) {
  Py_ssize_t next = 0;
  return build(tree, leaves, &next);
}

/// (tree, leaves)
PyObject *unflatten(PyObject *module, PyObject *const *args, Py_ssize_t n) {
  (void)module;
  const sj_tree *tree;
  int64_t count;
  if (!check_count("unflatten", n, 2, 2) || !get_tree(args[0], &tree)) return NULL;
  PyObject *leaves = PySequence_List(args[1]);
  if (!leaves) return NULL;
  sj_status *status = sj_tree_leaf_count(tree, &count);
  PyObject *result = NULL;
  if (status)
    raise_status(status);
  else if (count != PyList_GET_SIZE(leaves))
    PyErr_Format(
        PyExc_ValueError, "Too %s leaves for PyTreeDef; expected %lld, got %zd.",
        PyList_GET_SIZE(leaves) > count ? "many" : "few", (long long)count, PyList_GET_SIZE(leaves));
  else
    result = unflatten_object(tree, leaves);
  Py_DECREF(leaves);
  return result;
}
