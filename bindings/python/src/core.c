// The module: functions, callbacks, flattening, and data in and out.
#include "support.h"

#include <string.h>

PyObject *set_exceptions(PyObject *module, PyObject *types);
PyObject *set_converter(PyObject *module, PyObject *function);
PyObject *set_traceback_filter(PyObject *module, PyObject *function);
PyObject *set_tree_hooks(PyObject *module, PyObject *const *args, Py_ssize_t n);
PyObject *flatten(PyObject *module, PyObject *const *args, Py_ssize_t n);
PyObject *unflatten(PyObject *module, PyObject *const *args, Py_ssize_t n);
PyObject *function(PyObject *module, PyObject *const *args, Py_ssize_t n);
PyObject *call(PyObject *module, PyObject *const *args, Py_ssize_t n);
PyObject *invoke(PyObject *module, PyObject *const *args, Py_ssize_t n);
PyObject *invoke_flat(PyObject *module, PyObject *const *args, Py_ssize_t n);
PyObject *gather(PyObject *module, PyObject *const *args, Py_ssize_t n);
PyObject *scatter(PyObject *module, PyObject *const *args, Py_ssize_t n);
PyObject *scatter_add(PyObject *module, PyObject *const *args, Py_ssize_t n);
PyObject *scatter_sub(PyObject *module, PyObject *const *args, Py_ssize_t n);
PyObject *scatter_mul(PyObject *module, PyObject *const *args, Py_ssize_t n);
PyObject *scatter_min(PyObject *module, PyObject *const *args, Py_ssize_t n);
PyObject *scatter_max(PyObject *module, PyObject *const *args, Py_ssize_t n);
PyObject *debug_callback(PyObject *module, PyObject *const *args, Py_ssize_t n);
PyObject *result_type(PyObject *module, PyObject *operands);
PyObject *to_dlpack(PyObject *module, PyObject *const *args, Py_ssize_t n);
PyObject *from_dlpack(PyObject *module, PyObject *capsule);
int make_array_type(void);

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

/// (function, operations, names, all_but_names, prevent_cse)
static PyObject *checkpoint(PyObject *module, PyObject *const *args, Py_ssize_t n) {
  (void)module;
  if (!check_count("checkpoint", n, 5, 5)) return NULL;
  Scratch scratch;
  scratch_init(&scratch);
  const sj_function *fn;
  int64_t operations;
  sj_checkpoint_options options;
  sj_checkpoint_options_init(&options);
  PyObject *result = NULL;
  if (get_function(args[0], &fn) && get_int(args[1], &operations, 0, 0) &&
      get_strings(args[2], &options.names, &options.names_count, &scratch) && get_bool(args[3], &options.all_but_names, 0) &&
      get_bool(args[4], &options.prevent_cse, 1)) {
    options.operations = (int32_t)operations;
    sj_function *out;
    sj_status *status = sj_checkpoint(fn, &options, &out);
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
  if (status) return raise_status(status);
  return check_scalar(object) ? PyComplex_FromDoubles(real, imaginary) : NULL;
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

static PyObject *compiler_preload(PyObject *module, PyObject *unused) {
  (void)module, (void)unused;
  sj_status *status = sj_compiler_preload();
  if (status) return raise_status(status);
  Py_RETURN_NONE;
}

static PyObject *api_json(PyObject *module, PyObject *unused) {
  (void)module, (void)unused;
  sj_string_view text = sj_api_json();
  return PyUnicode_DecodeUTF8(text.data, text.size, NULL);
}

static PyObject *live_handles(PyObject *module, PyObject *unused) {
  (void)module, (void)unused;
  return PyLong_FromLongLong(sj_live_handles());
}

static PyObject *effects_barrier(PyObject *module, PyObject *unused) {
  (void)module, (void)unused;
  sj_status *status = sj_effects_barrier();
  if (status) return raise_status(status);
  Py_RETURN_NONE;
}

// --- The interpreter's lock ---------------------------------------------------

/// The lock is free while a thread that has it waits for the engine, whatever the call; what is waited for may need it.
static void *release_lock(void) { return PyGILState_Check() ? PyEval_SaveThread() : NULL; }

static void take_lock(void *state) {
  if (state) PyEval_RestoreThread(state);
}

#define FAST(name) {#name, (PyCFunction)(void (*)(void))name, METH_FASTCALL, NULL}
PyMethodDef core_methods[] = {
    FAST(function), FAST(call), FAST(grad), FAST(value_and_grad), FAST(jacfwd), FAST(jacrev), FAST(hessian),
    FAST(vmap), FAST(jit), FAST(checkpoint), FAST(jvp), FAST(vjp), FAST(scan),
    FAST(invoke), FAST(invoke_flat), FAST(gather), FAST(scatter), FAST(scatter_add), FAST(scatter_sub), FAST(scatter_mul),
    FAST(scatter_min), FAST(scatter_max), FAST(debug_callback), {"result_type", result_type, METH_O, NULL}, FAST(to_dlpack), {"from_dlpack", from_dlpack, METH_O, NULL},
    FAST(flatten), FAST(unflatten), FAST(set_tree_hooks), FAST(from_buffer), {"scalar", scalar, METH_O, NULL},
    {"item_complex", item_complex, METH_O, NULL},
    FAST(config_set), {"config_get", config_get, METH_O, NULL}, FAST(config_push),
    {"config_pop", config_pop, METH_NOARGS, NULL}, {"live_handles", live_handles, METH_NOARGS, NULL},
    {"compiler_preload", compiler_preload, METH_NOARGS, NULL}, {"api_json", api_json, METH_NOARGS, NULL},
    {"effects_barrier", effects_barrier, METH_NOARGS, NULL},
    {"set_exceptions", set_exceptions, METH_O, NULL}, {"set_converter", set_converter, METH_O, NULL},
    {"set_traceback_filter", set_traceback_filter, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, .m_name = "swiftjax._core", .m_doc = "The engine's functions.", .m_size = -1,
};

static int add_generated(PyObject *module) {
  for (PyMethodDef *const *table = generated_methods; *table; table++)
    if (PyModule_AddFunctions(module, *table)) return -1;
  return 0;
}

PyMODINIT_FUNC PyInit__core(void) {
  if (make_array_type() || PyType_Ready(&TreeType) || PyType_Ready(&FunctionType) || PyType_Ready(&CallableType))
    return NULL;
  PyObject *module = PyModule_Create(&definition);
  if (!module) return NULL;
  sj_status *status = sj_set_wait_calls(release_lock, take_lock);
  if (status) return raise_status(status);
  // The hand-written functions replace generated ones of the same name.
  if (add_generated(module) || PyModule_AddFunctions(module, core_methods) ||
      PyModule_AddObjectRef(module, "Array", (PyObject *)&ArrayType) ||
      PyModule_AddObjectRef(module, "PyTreeDef", (PyObject *)&TreeType) ||
      PyModule_AddObjectRef(module, "Function", (PyObject *)&FunctionType) ||
      PyModule_AddObjectRef(module, "Callable", (PyObject *)&CallableType)) {
    Py_DECREF(module);
    return NULL;
  }
  return module;
}
