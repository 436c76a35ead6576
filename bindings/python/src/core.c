// The module: functions, callbacks, flattening, and data in and out.
#include "support.h"

#include <string.h>

PyObject *set_exception_types(PyObject *module, PyObject *types);
PyObject *set_converter(PyObject *module, PyObject *function);
int make_array_type(void);

// --- Callbacks --------------------------------------------------------------

static void release_object(void *context) {
  if (!Py_IsInitialized()) return;
  PyGILState_STATE state = PyGILState_Ensure();
  Py_DECREF((PyObject *)context);
  PyGILState_Release(state);
}

/// Calls `context(leaves, tree)`, which gives `(leaves, tree)`.
static sj_status *call_python(
    void *context, const sj_list *arguments, const sj_tree *tree, sj_list **results, sj_tree **result_tree) {
  PyGILState_STATE state = PyGILState_Ensure();
  sj_status *status = NULL;
  Scratch scratch;
  scratch_init(&scratch);
  sj_retain(arguments);
  PyObject *leaves = wrap_list((sj_list *)arguments);
  sj_retain(tree);
  PyObject *structure = wrap_handle(&TreeType, (void *)tree);
  PyObject *result = leaves && structure ? PyObject_CallFunctionObjArgs(context, leaves, structure, NULL) : NULL;
  const sj_list *list;
  const sj_tree *shape;
  if (result && PyTuple_Check(result) && PyTuple_GET_SIZE(result) == 2 &&
      get_list(PyTuple_GET_ITEM(result, 0), &list, &scratch) && get_tree(PyTuple_GET_ITEM(result, 1), &shape)) {
    sj_retain(list);
    sj_retain(shape);
    *results = (sj_list *)list;
    *result_tree = (sj_tree *)shape;
  } else {
    if (!PyErr_Occurred()) PyErr_SetString(PyExc_TypeError, "a body must give (leaves, tree)");
    status = status_from_exception();
  }
  Py_XDECREF(result);
  Py_XDECREF(structure);
  Py_XDECREF(leaves);
  scratch_free(&scratch);
  PyGILState_Release(state);
  return status;
}

static PyObject *function(PyObject *module, PyObject *const *args, Py_ssize_t n) {
  (void)module;
  sj_string_view name;
  if (!check_count("function", n, 2, 2) || !get_string(args[0], &name)) return NULL;
  sj_function *out;
  Py_INCREF(args[1]);
  sj_status *status = sj_function_create(name, call_python, args[1], release_object, SJ_FUNCTION_UNSCOPED, &out);
  return status ? raise_status(status) : wrap_handle(&FunctionType, out);
}

/// call(function, leaves, tree) → (leaves, tree)
static PyObject *call(PyObject *module, PyObject *const *args, Py_ssize_t n) {
  (void)module;
  if (!check_count("call", n, 3, 3)) return NULL;
  Scratch scratch;
  scratch_init(&scratch);
  const sj_function *fn;
  const sj_list *arguments;
  const sj_tree *tree;
  PyObject *result = NULL;
  if (get_function(args[0], &fn) && get_list(args[1], &arguments, &scratch) && get_tree(args[2], &tree)) {
    sj_list *results;
    sj_tree *result_tree;
    sj_status *status;
    Py_BEGIN_ALLOW_THREADS
    status = sj_call(fn, arguments, tree, &results, &result_tree);
    Py_END_ALLOW_THREADS
    result = status ? raise_status(status) : wrap_pytree(results, result_tree);
  }
  scratch_free(&scratch);
  return result;
}

// --- Transformations with options -------------------------------------------

typedef sj_status *(*gradient_call)(const sj_function *, const sj_grad_options *, sj_function **);

/// (function, argnums: int or tuple, has_aux, holomorphic, allow_int)
static PyObject *gradient(PyObject *const *args, Py_ssize_t n, gradient_call make) {
  if (!check_count("gradient", n, 2, 5)) return NULL;
  Scratch scratch;
  scratch_init(&scratch);
  const sj_function *fn;
  sj_grad_options options;
  sj_grad_options_init(&options);
  PyObject *result = NULL;
  int is_single = PyIndex_Check(args[1]);
  if (get_function(args[0], &fn) &&
      (is_single ? get_int(args[1], &options.argnum, 0, 0)
                 : get_ints(args[1], &options.argnums, &options.argnums_count, &scratch)) &&
      get_bool(n > 2 ? args[2] : NULL, &options.has_aux, 0) &&
      get_bool(n > 3 ? args[3] : NULL, &options.holomorphic, 0) &&
      get_bool(n > 4 ? args[4] : NULL, &options.allow_int, 0)) {
    sj_function *out;
    sj_status *status = make(fn, &options, &out);
    result = status ? raise_status(status) : wrap_handle(&FunctionType, out);
  }
  scratch_free(&scratch);
  return result;
}

#define GRADIENT(name)                                                               \
  static PyObject *name(PyObject *module, PyObject *const *args, Py_ssize_t n) {      \
    (void)module;                                                                    \
    return gradient(args, n, sj_##name);                                             \
  }
GRADIENT(grad)
GRADIENT(value_and_grad)
GRADIENT(jacfwd)
GRADIENT(jacrev)
GRADIENT(hessian)

/// Axes as (list of int or None, tree); None is written as SJ_AXIS_NONE.
static int get_axes(
    PyObject *axes, PyObject *structure, const int64_t **out, int64_t *count, const sj_tree **tree, Scratch *scratch) {
  PyObject *numbers = PyList_New(0);
  if (!numbers || !scratch_keep(scratch, (const void *)((uintptr_t)numbers | 1))) return 0;
  PyObject *items = PySequence_Fast(axes, "axes must be a sequence");
  if (!items || !scratch_keep(scratch, (const void *)((uintptr_t)items | 1))) return 0;
  for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(items); i++) {
    PyObject *item = PySequence_Fast_GET_ITEM(items, i);
    PyObject *number = item == Py_None ? PyLong_FromLongLong(SJ_AXIS_NONE) : PyNumber_Index(item);
    int failed = !number || PyList_Append(numbers, number);
    Py_XDECREF(number);
    if (failed) return 0;
  }
  return get_ints(numbers, out, count, scratch) && get_tree(structure, tree);
}

/// (function, in_axes, in_tree, out_axes, out_tree, axis_name, axis_size)
static PyObject *vmap(PyObject *module, PyObject *const *args, Py_ssize_t n) {
  (void)module;
  if (!check_count("vmap", n, 7, 7)) return NULL;
  Scratch scratch;
  scratch_init(&scratch);
  const sj_function *fn;
  sj_vmap_options options;
  sj_vmap_options_init(&options);
  PyObject *result = NULL;
  if (get_function(args[0], &fn) &&
      get_axes(args[1], args[2], &options.in_axes, &options.in_axes_count, &options.in_axes_tree, &scratch) &&
      get_axes(args[3], args[4], &options.out_axes, &options.out_axes_count, &options.out_axes_tree, &scratch) &&
      get_string(args[5], &options.axis_name) && get_int(args[6], &options.axis_size, options.axis_size, 1)) {
    sj_function *out;
    sj_status *status = sj_vmap(fn, &options, &out);
    result = status ? raise_status(status) : wrap_handle(&FunctionType, out);
  }
  scratch_free(&scratch);
  return result;
}

/// (function, donate_argnums)
static PyObject *jit(PyObject *module, PyObject *const *args, Py_ssize_t n) {
  (void)module;
  if (!check_count("jit", n, 1, 2)) return NULL;
  Scratch scratch;
  scratch_init(&scratch);
  const sj_function *fn;
  sj_jit_options options;
  sj_jit_options_init(&options);
  PyObject *result = NULL;
  if (get_function(args[0], &fn) &&
      get_ints(n > 1 ? args[1] : NULL, &options.donate_argnums, &options.donate_argnums_count, &scratch)) {
    sj_function *out;
    sj_status *status = sj_jit(fn, &options, &out);
    result = status ? raise_status(status) : wrap_handle(&FunctionType, out);
  }
  scratch_free(&scratch);
  return result;
}

/// (function, primals, tangents, tree) → (output, tangent, output tree)
static PyObject *jvp(PyObject *module, PyObject *const *args, Py_ssize_t n) {
  (void)module;
  if (!check_count("jvp", n, 4, 4)) return NULL;
  Scratch scratch;
  scratch_init(&scratch);
  const sj_function *fn;
  const sj_list *primals, *tangents;
  const sj_tree *tree;
  PyObject *result = NULL;
  if (get_function(args[0], &fn) && get_list(args[1], &primals, &scratch) && get_list(args[2], &tangents, &scratch) &&
      get_tree(args[3], &tree)) {
    sj_list *output, *tangent;
    sj_tree *output_tree;
    sj_status *status = sj_jvp(fn, primals, tangents, tree, &output, &output_tree, &tangent);
    result = status ? raise_status(status)
                    : Py_BuildValue("(NNN)", wrap_list(output), wrap_list(tangent), wrap_handle(&TreeType, output_tree));
  }
  scratch_free(&scratch);
  return result;
}

/// (function, primals, tree, has_aux) → (output, tree, pullback, aux or None)
static PyObject *vjp(PyObject *module, PyObject *const *args, Py_ssize_t n) {
  (void)module;
  if (!check_count("vjp", n, 4, 4)) return NULL;
  Scratch scratch;
  scratch_init(&scratch);
  const sj_function *fn;
  const sj_list *primals;
  const sj_tree *tree;
  sj_bool has_aux;
  PyObject *result = NULL;
  if (get_function(args[0], &fn) && get_list(args[1], &primals, &scratch) && get_tree(args[2], &tree) &&
      get_bool(args[3], &has_aux, 0)) {
    sj_list *output, *aux = NULL;
    sj_tree *output_tree, *aux_tree = NULL;
    sj_function *pullback;
    sj_status *status = sj_vjp(fn, primals, tree, has_aux, &output, &output_tree, &pullback, &aux, &aux_tree);
    if (status) {
      raise_status(status);
    } else {
      PyObject *extra = aux ? wrap_pytree(aux, aux_tree) : (Py_INCREF(Py_None), Py_None);
      result = Py_BuildValue(
          "(NNNN)", wrap_list(output), wrap_handle(&TreeType, output_tree), wrap_handle(&FunctionType, pullback), extra);
    }
  }
  scratch_free(&scratch);
  return result;
}

/// (function, initial, tree, xs, xs tree, length or None, reverse, unroll) → (carry, ys, ys tree)
static PyObject *scan(PyObject *module, PyObject *const *args, Py_ssize_t n) {
  (void)module;
  if (!check_count("scan", n, 8, 8)) return NULL;
  Scratch scratch;
  scratch_init(&scratch);
  const sj_function *fn;
  const sj_list *initial, *xs;
  const sj_tree *tree, *xs_tree;
  int64_t length, unroll;
  sj_bool reverse;
  PyObject *result = NULL;
  if (get_function(args[0], &fn) && get_list(args[1], &initial, &scratch) && get_tree(args[2], &tree) &&
      get_list(args[3], &xs, &scratch) && get_tree(args[4], &xs_tree) && get_int(args[5], &length, -1, 1) &&
      get_bool(args[6], &reverse, 0) && get_int(args[7], &unroll, 1, 1)) {
    sj_list *carry, *ys;
    sj_tree *ys_tree;
    sj_status *status;
    Py_BEGIN_ALLOW_THREADS
    status = sj_scan(fn, initial, tree, xs, xs_tree, length, reverse, unroll, &carry, &ys, &ys_tree);
    Py_END_ALLOW_THREADS
    result = status ? raise_status(status)
                    : Py_BuildValue("(NNN)", wrap_list(carry), wrap_list(ys), wrap_handle(&TreeType, ys_tree));
  }
  scratch_free(&scratch);
  return result;
}

// --- Trees ------------------------------------------------------------------

static PyObject *leaf_tree(PyObject *module, PyObject *unused) {
  (void)module, (void)unused;
  sj_tree *out;
  sj_status *status = sj_tree_leaf(&out);
  return status ? raise_status(status) : wrap_handle(&TreeType, out);
}

static PyObject *none_tree(PyObject *module, PyObject *unused) {
  (void)module, (void)unused;
  sj_tree *out;
  sj_status *status = sj_tree_none(&out);
  return status ? raise_status(status) : wrap_handle(&TreeType, out);
}

/// The tree handles of a sequence of trees.
static sj_tree **get_trees(PyObject *sequence, Py_ssize_t *count, Scratch *scratch) {
  PyObject *items = PySequence_Fast(sequence, "a sequence of trees is wanted");
  if (!items || !scratch_keep(scratch, (const void *)((uintptr_t)items | 1))) return NULL;
  *count = PySequence_Fast_GET_SIZE(items);
  PyObject *owner = PyBytes_FromStringAndSize(NULL, (*count + 1) * sizeof(sj_tree *));
  if (!owner || !scratch_keep(scratch, (const void *)((uintptr_t)owner | 1))) return NULL;
  sj_tree **trees = (sj_tree **)PyBytes_AS_STRING(owner);
  for (Py_ssize_t i = 0; i < *count; i++) {
    if (!get_tree(PySequence_Fast_GET_ITEM(items, i), (const sj_tree **)&trees[i])) return NULL;
  }
  return trees;
}

static sj_string_view *get_strings(PyObject *sequence, Py_ssize_t count, Scratch *scratch) {
  PyObject *items = PySequence_Fast(sequence, "a sequence of strings is wanted");
  if (!items || !scratch_keep(scratch, (const void *)((uintptr_t)items | 1))) return NULL;
  PyObject *owner = PyBytes_FromStringAndSize(NULL, (count + 1) * sizeof(sj_string_view));
  if (!owner || !scratch_keep(scratch, (const void *)((uintptr_t)owner | 1))) return NULL;
  sj_string_view *views = (sj_string_view *)PyBytes_AS_STRING(owner);
  if (PySequence_Fast_GET_SIZE(items) != count) {
    PyErr_SetString(PyExc_ValueError, "as many names as children are wanted");
    return NULL;
  }
  for (Py_ssize_t i = 0; i < count; i++) {
    if (!get_string(PySequence_Fast_GET_ITEM(items, i), &views[i])) return NULL;
  }
  return views;
}

static PyObject *sequence_tree(
    PyObject *children, sj_status *(*make)(sj_tree *const *, int64_t, sj_tree **)) {
  Scratch scratch;
  scratch_init(&scratch);
  Py_ssize_t count;
  PyObject *result = NULL;
  sj_tree **trees = get_trees(children, &count, &scratch);
  if (trees) {
    sj_tree *out;
    sj_status *status = make(trees, count, &out);
    result = status ? raise_status(status) : wrap_handle(&TreeType, out);
  }
  scratch_free(&scratch);
  return result;
}

static PyObject *tuple_tree(PyObject *module, PyObject *children) {
  (void)module;
  return sequence_tree(children, sj_tree_tuple);
}

static PyObject *list_tree(PyObject *module, PyObject *children) {
  (void)module;
  return sequence_tree(children, sj_tree_list);
}

/// (keys, children), keys sorted
static PyObject *dict_tree(PyObject *module, PyObject *const *args, Py_ssize_t n) {
  (void)module;
  if (!check_count("dict_tree", n, 2, 2)) return NULL;
  Scratch scratch;
  scratch_init(&scratch);
  Py_ssize_t count;
  PyObject *result = NULL;
  sj_tree **trees = get_trees(args[1], &count, &scratch);
  sj_string_view *keys = trees ? get_strings(args[0], count, &scratch) : NULL;
  if (keys) {
    sj_tree *out;
    sj_status *status = sj_tree_dict(keys, trees, count, &out);
    result = status ? raise_status(status) : wrap_handle(&TreeType, out);
  }
  scratch_free(&scratch);
  return result;
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

/// (name, data, child names, children): a node of a host type; `data` must be hashable.
static PyObject *custom_tree(PyObject *module, PyObject *const *args, Py_ssize_t n) {
  (void)module;
  sj_string_view name;
  if (!check_count("custom_tree", n, 4, 4) || !get_string(args[0], &name)) return NULL;
  Scratch scratch;
  scratch_init(&scratch);
  Py_ssize_t count;
  PyObject *result = NULL;
  sj_tree **trees = get_trees(args[3], &count, &scratch);
  sj_string_view *names = NULL;
  if (trees && args[2] != Py_None) names = get_strings(args[2], count, &scratch);
  if (trees && (names || args[2] == Py_None) && PyObject_Hash(args[1]) != -1) {
    Py_INCREF(args[1]);
    sj_aux aux = {args[1], hash_object, equal_objects, release_object};
    sj_tree *out;
    sj_status *status = sj_tree_custom(name, &aux, names, trees, count, &out);
    result = status ? raise_status(status) : wrap_handle(&TreeType, out);
  }
  scratch_free(&scratch);
  return result;
}

// --- Data in and out --------------------------------------------------------

/// (buffer, dtype code, shape): copies contiguous host data.
static PyObject *from_buffer(PyObject *module, PyObject *const *args, Py_ssize_t n) {
  (void)module;
  if (!check_count("from_buffer", n, 3, 3)) return NULL;
  Scratch scratch;
  scratch_init(&scratch);
  Py_buffer view;
  sj_dtype dtype;
  const int64_t *shape;
  int64_t rank, bytes = 0;
  PyObject *result = NULL;
  if (PyObject_GetBuffer(args[0], &view, PyBUF_C_CONTIGUOUS) == 0) {
    if (get_dtype(args[1], &dtype) && get_ints(args[2], &shape, &rank, &scratch)) {
      sj_array *out;
      sj_status *status = sj_dtype_size(dtype, &bytes);
      for (int64_t i = 0; i < rank; i++) bytes *= shape[i];
      if (!status && bytes != view.len) {
        PyErr_SetString(PyExc_ValueError, "the buffer's size does not fit the shape and dtype");
      } else {
        if (!status) status = sj_array_from_data(view.buf, dtype, shape, rank, &out);
        result = status ? raise_status(status) : wrap_array(out);
      }
    }
    PyBuffer_Release(&view);
  }
  scratch_free(&scratch);
  return result;
}

/// asarray of a Python scalar or an array, as it is: weak scalars stay weak.
static PyObject *scalar(PyObject *module, PyObject *object) {
  (void)module;
  Scratch scratch;
  scratch_init(&scratch);
  const sj_array *handle;
  PyObject *result = NULL;
  if (get_array(object, &handle, &scratch)) {
    sj_retain(handle);
    result = wrap_array((sj_array *)handle);
  }
  scratch_free(&scratch);
  return result;
}

static PyObject *item_complex(PyObject *module, PyObject *object) {
  (void)module;
  if (!Py_IS_TYPE(object, &ArrayType)) {
    PyErr_SetString(PyExc_TypeError, "an array is wanted");
    return NULL;
  }
  double real, imaginary;
  sj_status *status = sj_item_c128(((ArrayObject *)object)->handle, &real, &imaginary);
  return status ? raise_status(status) : PyComplex_FromDoubles(real, imaginary);
}

// --- Configuration and log --------------------------------------------------

static PyObject *config_set(PyObject *module, PyObject *const *args, Py_ssize_t n) {
  (void)module;
  int64_t setting, value;
  if (!check_count("config_set", n, 2, 2) || !get_int(args[0], &setting, 0, 0) || !get_int(args[1], &value, 0, 0)) return NULL;
  sj_status *status = sj_config_set((sj_setting)setting, value);
  if (status) return raise_status(status);
  Py_RETURN_NONE;
}

static PyObject *config_get(PyObject *module, PyObject *object) {
  (void)module;
  int64_t setting, value;
  if (!get_int(object, &setting, 0, 0)) return NULL;
  sj_status *status = sj_config_get((sj_setting)setting, &value);
  return status ? raise_status(status) : PyLong_FromLongLong(value);
}

static PyObject *config_push(PyObject *module, PyObject *const *args, Py_ssize_t n) {
  (void)module;
  int64_t setting, value;
  if (!check_count("config_push", n, 2, 2) || !get_int(args[0], &setting, 0, 0) || !get_int(args[1], &value, 0, 0)) return NULL;
  sj_status *status = sj_config_push((sj_setting)setting, value);
  if (status) return raise_status(status);
  Py_RETURN_NONE;
}

static PyObject *config_pop(PyObject *module, PyObject *unused) {
  (void)module, (void)unused;
  sj_status *status = sj_config_pop();
  if (status) return raise_status(status);
  Py_RETURN_NONE;
}

static PyObject *live_handles(PyObject *module, PyObject *unused) {
  (void)module, (void)unused;
  return PyLong_FromLongLong(sj_live_handles());
}

#define FAST(name) {#name, (PyCFunction)(void (*)(void))name, METH_FASTCALL, NULL}
PyMethodDef core_methods[] = {
    FAST(function), FAST(call), FAST(grad), FAST(value_and_grad), FAST(jacfwd), FAST(jacrev), FAST(hessian),
    FAST(vmap), FAST(jit), FAST(jvp), FAST(vjp), FAST(scan),
    {"leaf_tree", leaf_tree, METH_NOARGS, NULL}, {"none_tree", none_tree, METH_NOARGS, NULL},
    {"tuple_tree", tuple_tree, METH_O, NULL}, {"list_tree", list_tree, METH_O, NULL},
    FAST(dict_tree), FAST(custom_tree), FAST(from_buffer), {"scalar", scalar, METH_O, NULL},
    {"item_complex", item_complex, METH_O, NULL},
    FAST(config_set), {"config_get", config_get, METH_O, NULL}, FAST(config_push),
    {"config_pop", config_pop, METH_NOARGS, NULL}, {"live_handles", live_handles, METH_NOARGS, NULL},
    {"set_exception_types", set_exception_types, METH_O, NULL}, {"set_converter", set_converter, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, .m_name = "swiftjax._core", .m_doc = "The engine's functions.", .m_size = -1,
};

PyMODINIT_FUNC PyInit__core(void) {
  if (make_array_type() || PyType_Ready(&TreeType) || PyType_Ready(&FunctionType)) return NULL;
  PyObject *module = PyModule_Create(&definition);
  if (!module) return NULL;
  // The hand-written functions replace generated ones of the same name.
  if (PyModule_AddFunctions(module, generated_methods) || PyModule_AddFunctions(module, core_methods) ||
      PyModule_AddObjectRef(module, "Array", (PyObject *)&ArrayType) ||
      PyModule_AddObjectRef(module, "PyTreeDef", (PyObject *)&TreeType) ||
      PyModule_AddObjectRef(module, "Function", (PyObject *)&FunctionType)) {
    Py_DECREF(module);
    return NULL;
  }
  return module;
}
