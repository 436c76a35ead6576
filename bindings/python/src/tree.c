// Trees and functions as Python objects.
#include "support.h"

static void handle_free(PyObject *self) {
  sj_release(((HandleObject *)self)->handle);
  PyObject_Free(self);
}

static PyObject *tree_repr(PyObject *self) {
  sj_string *text;
  sj_status *status = sj_tree_to_string(((HandleObject *)self)->handle, &text);
  return status ? raise_status(status) : wrap_string(text);
}

static Py_hash_t tree_hash(PyObject *self) {
  int64_t value;
  sj_status *status = sj_tree_hash(((HandleObject *)self)->handle, &value);
  if (status) {
    raise_status(status);
    return -1;
  }
  return value == -1 ? -2 : (Py_hash_t)value;
}

static PyObject *tree_compare(PyObject *a, PyObject *b, int op) {
  if (!Py_IS_TYPE(b, &TreeType) || (op != Py_EQ && op != Py_NE)) Py_RETURN_NOTIMPLEMENTED;
  sj_bool equal;
  sj_status *status = sj_tree_equal(((HandleObject *)a)->handle, ((HandleObject *)b)->handle, &equal);
  return status ? raise_status(status) : PyBool_FromLong((equal != 0) == (op == Py_EQ));
}

static PyObject *tree_kind(PyObject *self, void *closure) {
  (void)closure;
  int32_t kind;
  sj_status *status = sj_tree_kind(((HandleObject *)self)->handle, &kind);
  return status ? raise_status(status) : PyLong_FromLong(kind);
}

static PyObject *tree_leaf_count(PyObject *self, void *closure) {
  (void)closure;
  int64_t count;
  sj_status *status = sj_tree_leaf_count(((HandleObject *)self)->handle, &count);
  return status ? raise_status(status) : PyLong_FromLongLong(count);
}

/// The list of what `one` gives for each child of a tree.
static PyObject *each_child(const sj_tree *tree, PyObject *(*one)(const sj_tree *tree, int64_t i)) {
  int64_t count;
  sj_status *status = sj_tree_child_count(tree, &count);
  PyObject *list = status ? raise_status(status) : PyList_New(count);
  for (int64_t i = 0; list && i < count; i++) {
    PyObject *item = one(tree, i);
    if (item)
      PyList_SET_ITEM(list, i, item);
    else
      Py_CLEAR(list);
  }
  return list;
}

static PyObject *child(const sj_tree *tree, int64_t i) {
  sj_tree *child;
  sj_status *status = sj_tree_child(tree, i, &child);
  return status ? raise_status(status) : wrap_handle(&TreeType, child);
}

static PyObject *key(const sj_tree *tree, int64_t i) {
  sj_string *key;
  sj_status *status = sj_tree_key(tree, i, &key);
  return status ? raise_status(status) : wrap_string(key);
}

static PyObject *tree_children(PyObject *self, void *closure) {
  (void)closure;
  return each_child(((HandleObject *)self)->handle, child);
}

static PyObject *tree_keys(PyObject *self, void *closure) {
  (void)closure;
  return each_child(((HandleObject *)self)->handle, key);
}

/// What `custom_tree` attached.
static PyObject *tree_aux(PyObject *self, void *closure) {
  (void)closure;
  void *data;
  sj_status *status = sj_tree_aux(((HandleObject *)self)->handle, &data);
  if (status) return raise_status(status);
  PyObject *object = data ? data : Py_None;
  Py_INCREF(object);
  return object;
}

static PyObject *leaf_path(PyObject *self, PyObject *index) {
  int64_t position;
  sj_string *path;
  if (!get_int(index, &position, 0, 0)) return NULL;
  sj_status *status = sj_tree_leaf_path(((HandleObject *)self)->handle, position, &path);
  return status ? raise_status(status) : wrap_string(path);
}

/// Calls a function of `swiftjax.tree_util` with the tree and another argument.
static PyObject *call_tree_util(const char *name, PyObject *self, PyObject *argument) {
  PyObject *module = PyImport_ImportModule("swiftjax.tree_util");
  PyObject *result = module ? PyObject_CallMethod(module, name, "OO", self, argument) : NULL;
  Py_XDECREF(module);
  return result;
}

static PyObject *tree_unflatten(PyObject *self, PyObject *leaves) { return call_tree_util("tree_unflatten", self, leaves); }
static PyObject *flatten_up_to(PyObject *self, PyObject *tree) { return call_tree_util("flatten_up_to", self, tree); }

static PyGetSetDef tree_attributes[] = {
    {"kind", tree_kind, NULL, "0 leaf, 1 None, 2 tuple, 3 list, 4 dict, 5 custom.", NULL},
    {"num_leaves", tree_leaf_count, NULL, "The number of leaves.", NULL},
    {"children", tree_children, NULL, "The children.", NULL},
    {"keys", tree_keys, NULL, "The keys of a dict.", NULL},
    {"aux", tree_aux, NULL, "The host data of a custom node.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMethodDef tree_methods[] = {
    {"leaf_path", leaf_path, METH_O, "The key path of a leaf."},
    {"unflatten", tree_unflatten, METH_O, "The tree with these leaves."},
    {"flatten_up_to", flatten_up_to, METH_O, "The parts of a tree at the leaves of this one."},
    {NULL, NULL, 0, NULL},
};

PyTypeObject TreeType = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "swiftjax.PyTreeDef",
    .tp_doc = "The structure of a pytree.",
    .tp_basicsize = sizeof(HandleObject),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_dealloc = handle_free,
    .tp_repr = tree_repr,
    .tp_hash = tree_hash,
    .tp_richcompare = tree_compare,
    .tp_getset = tree_attributes,
    .tp_methods = tree_methods,
};

static void function_free(PyObject *self) {
  PyObject_GC_UnTrack(self);
  sj_release(((HandleObject *)self)->handle);
  PyObject_GC_Del(self);
}

/// The reference to the body is the engine's, and goes with what was made of the function, in Python as here. Objects are
/// kept for bodies of which that is true: of jit, grad and vmap, but not of custom derivatives, which traces hold too.
static int function_traverse(PyObject *self, visitproc visit, void *arg) {
  Py_VISIT(((FunctionObject *)self)->context);
  return 0;
}

PyTypeObject FunctionType = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "swiftjax.Function",
    .tp_doc = "A function of trees of arrays, as the engine holds it.",
    .tp_basicsize = sizeof(FunctionObject),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_dealloc = function_free,
    .tp_traverse = function_traverse,
};
