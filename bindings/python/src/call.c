// Functions of both sides: Python functions as bodies of the engine's, and the engine's as Python callables.
#include "support.h"

#include <structmember.h>

void release_object(void *context) {
  if (!Py_IsInitialized()) return;
  PyGILState_STATE state = PyGILState_Ensure();
  Py_DECREF((PyObject *)context);
  PyGILState_Release(state);
}

// --- Python functions as bodies -----------------------------------------------

/// What a body is called with.
enum { POSITIONAL, KEYWORDS_LAST, WEAK };

/// The function that a context (function, mode) stands for, as a new reference.
static PyObject *function_of(PyObject *context, long *mode) {
  PyObject *function = PyTuple_GET_ITEM(context, 0);
  *mode = PyLong_AsLong(PyTuple_GET_ITEM(context, 1));
  if (*mode == WEAK) {
    function = PyWeakref_GetObject(function);
    if (!function || function == Py_None) {
      PyErr_SetString(PyExc_ReferenceError, "the function that was traced here no longer exists");
      return NULL;
    }
  }
  Py_INCREF(function);
  return function;
}

/// Calls the function with a tuple of arguments.
static PyObject *call_with(PyObject *function, PyObject *arguments, int has_keywords) {
  if (!has_keywords) return PyObject_Call(function, arguments, NULL);
  Py_ssize_t n = PyTuple_GET_SIZE(arguments) - 1;
  if (n < 0 || !PyDict_Check(PyTuple_GET_ITEM(arguments, n))) {
    PyErr_SetString(PyExc_TypeError, "a function of keywords was called without them");
    return NULL;
  }
  PyObject *positional = PyTuple_GetSlice(arguments, 0, n);
  PyObject *result = positional ? PyObject_Call(function, positional, PyTuple_GET_ITEM(arguments, n)) : NULL;
  Py_XDECREF(positional);
  return result;
}

static PyObject *run_body(PyObject *context, const sj_list *arguments, const sj_tree *tree) {
  long mode;
  PyObject *function = function_of(context, &mode);
  if (!function) return NULL;
  sj_retain(arguments);
  PyObject *leaves = wrap_list((sj_list *)arguments);
  PyObject *given = leaves ? unflatten_object(tree, leaves) : NULL;
  PyObject *result = NULL;
  if (given && !PyTuple_CheckExact(given))
    PyErr_SetString(PyExc_TypeError, "a function was called with arguments that are no tuple");
  else if (given)
    result = call_with(function, given, mode == KEYWORDS_LAST);
  Py_XDECREF(given);
  Py_XDECREF(leaves);
  Py_DECREF(function);
  return result;
}

/// Says of a result that is no array whose it is.
static void name_result(PyObject *context) {
  if (!PyErr_ExceptionMatches(PyExc_TypeError)) return;
  PyObject *type, *value, *traceback;
  PyErr_Fetch(&type, &value, &traceback);
  PyErr_Format(PyExc_TypeError, "%R returned what is no array: %S", PyTuple_GET_ITEM(context, 0), value);
  Py_XDECREF(type);
  Py_XDECREF(value);
  Py_XDECREF(traceback);
}

/// The body of all Python functions; `context` is (function, mode).
static sj_status *call_body(
    void *context, const sj_list *arguments, const sj_tree *tree, sj_list **results, sj_tree **result_tree) {
  PyGILState_STATE state = PyGILState_Ensure();
  Scratch scratch;
  scratch_init(&scratch);
  PyObject *leaves = NULL;
  const sj_list *list;
  PyObject *result = run_body(context, arguments, tree);
  sj_tree *structure = result ? flatten_object(result, &leaves) : NULL;
  sj_status *status = NULL;
  if (structure && get_list(leaves, &list, &scratch)) {
    sj_retain(list);
    *results = (sj_list *)list;
    *result_tree = structure;
  } else {
    if (structure) name_result(context);
    sj_release(structure);
    status = status_from_exception();
  }
  Py_XDECREF(leaves);
  Py_XDECREF(result);
  scratch_free(&scratch);
  PyGILState_Release(state);
  return status;
}

/// (name, function, mode): the engine's function whose body is a Python function (or a weak reference to one).
PyObject *function(PyObject *module, PyObject *const *args, Py_ssize_t n) {
  (void)module;
  sj_string_view name;
  int64_t mode;
  if (!check_count("function", n, 3, 3) || !get_string(args[0], &name) || !get_int(args[2], &mode, 0, 0)) return NULL;
  if (mode < POSITIONAL || mode > WEAK || (mode == WEAK) != PyWeakref_Check(args[1]) ||
      (mode != WEAK && !PyCallable_Check(args[1]))) {
    PyErr_Format(PyExc_TypeError, "Expected a callable value, got %R", args[1]);
    return NULL;
  }
  PyObject *context = PyTuple_Pack(2, args[1], args[2]);
  if (!context) return NULL;
  sj_function *out;
  sj_status *status = sj_function_create(name, call_body, context, release_object, SJ_FUNCTION_UNSCOPED, &out);
  return status ? raise_status(status) : wrap_function(out, context);
}

// --- Calls of the engine's functions ------------------------------------------

/// Runs a function of the engine without Python's lock; 0 with an exception where it fails.
static int run(const sj_function *fn, const sj_list *arguments, const sj_tree *tree, sj_list **results, sj_tree **structure) {
  sj_status *status;
  Py_BEGIN_ALLOW_THREADS
  status = sj_call(fn, arguments, tree, results, structure);
  Py_END_ALLOW_THREADS
  if (status) raise_status(status);
  return !status;
}

/// Calls a function with flattened arguments. `*are_arrays` tells whether they could be made arrays.
static PyObject *call_flat(const sj_function *fn, PyObject *leaves, const sj_tree *tree, int *are_arrays) {
  Scratch scratch;
  scratch_init(&scratch);
  const sj_list *arguments;
  sj_list *results;
  sj_tree *structure;
  PyObject *result = NULL;
  *are_arrays = get_list(leaves, &arguments, &scratch);
  if (*are_arrays && run(fn, arguments, tree, &results, &structure)) {
    PyObject *values = wrap_list(results);
    result = values ? unflatten_object(structure, values) : NULL;
    Py_XDECREF(values);
    sj_release(structure);
  }
  scratch_free(&scratch);
  return result;
}

/// call(function, leaves, tree) → (leaves, tree)
PyObject *call(PyObject *module, PyObject *const *args, Py_ssize_t n) {
  (void)module;
  if (!check_count("call", n, 3, 3)) return NULL;
  Scratch scratch;
  scratch_init(&scratch);
  const sj_function *fn;
  const sj_list *arguments;
  const sj_tree *tree;
  sj_list *results;
  sj_tree *structure;
  PyObject *result = NULL;
  if (get_function(args[0], &fn) && get_list(args[1], &arguments, &scratch) && get_tree(args[2], &tree) &&
      run(fn, arguments, tree, &results, &structure)) {
    result = wrap_pytree(results, structure);
  }
  scratch_free(&scratch);
  return result;
}

/// Replaces the exception of an argument that is no array by one that tells where it was.
static void locate_argument(PyObject *const *args, Py_ssize_t n, PyObject *keywords) {
  PyObject *type, *error, *trace;
  PyErr_Fetch(&type, &error, &trace);
  PyErr_NormalizeException(&type, &error, &trace);
  PyObject *tuple = PyTuple_New(n);
  for (Py_ssize_t i = 0; tuple && i < n; i++) {
    Py_INCREF(args[i]);
    PyTuple_SET_ITEM(tuple, i, args[i]);
  }
  PyObject *module = tuple ? PyImport_ImportModule("swiftjax._functions") : NULL;
  PyObject *located =
      module ? PyObject_CallMethod(module, "located", "OOO", error, tuple, keywords ? keywords : Py_None) : NULL;
  PyErr_Clear();
  if (located) PyErr_SetObject((PyObject *)Py_TYPE(located), located);
  if (located) {
    Py_XDECREF(type), Py_XDECREF(error), Py_XDECREF(trace);
  } else {
    PyErr_Restore(type, error, trace);
  }
  Py_XDECREF(located);
  Py_XDECREF(module);
  Py_XDECREF(tuple);
}

static PyObject *invoke_with(const sj_function *fn, PyObject *const *args, Py_ssize_t n, PyObject *keywords) {
  PyObject *leaves;
  sj_tree *tree = flatten_arguments(args, n, keywords, &leaves);
  if (!tree) return NULL;
  int are_arrays;
  PyObject *result = call_flat(fn, leaves, tree, &are_arrays);
  Py_DECREF(leaves);
  sj_release(tree);
  if (!are_arrays) locate_argument(args, n, keywords);
  return result;
}

/// invoke(function, args, keywords): calls a function of (args…, keywords) with trees of arrays.
PyObject *invoke(PyObject *module, PyObject *const *args, Py_ssize_t n) {
  (void)module;
  const sj_function *fn;
  if (!check_count("invoke", n, 3, 3) || !get_function(args[0], &fn)) return NULL;
  if (!PyTuple_CheckExact(args[1]) || !PyDict_CheckExact(args[2])) {
    PyErr_SetString(PyExc_TypeError, "a tuple of arguments and a dict of keywords are wanted");
    return NULL;
  }
  return invoke_with(fn, &PyTuple_GET_ITEM(args[1], 0), PyTuple_GET_SIZE(args[1]), args[2]);
}

/// invoke_flat(function, args): calls a function of a tuple of arguments.
PyObject *invoke_flat(PyObject *module, PyObject *const *args, Py_ssize_t n) {
  (void)module;
  const sj_function *fn;
  if (!check_count("invoke_flat", n, 2, 2) || !get_function(args[0], &fn)) return NULL;
  if (!PyTuple_CheckExact(args[1])) {
    PyErr_SetString(PyExc_TypeError, "a tuple of arguments is wanted");
    return NULL;
  }
  PyObject *leaves;
  sj_tree *tree = flatten_object(args[1], &leaves);
  if (!tree) return NULL;
  int are_arrays;
  PyObject *result = call_flat(fn, leaves, tree, &are_arrays);
  Py_DECREF(leaves);
  sj_release(tree);
  return result;
}

// --- Callables ------------------------------------------------------------------

/// A function of the engine that Python calls like one of its own.
typedef struct {
  PyObject_HEAD
  PyObject *function;    // of (args…, keywords)
  PyObject *positional;  // of args alone: the usual call, which is spared the dict
  PyObject *prepare;  // (args, keywords) → the same with static values marked; NULL for none
  PyObject *attributes;
  PyObject *weak_references;
  vectorcallfunc call;
} CallableObject;

static PyObject *call_prepared(CallableObject *self, const sj_function *fn, PyObject *const *args, Py_ssize_t n, PyObject *keywords) {
  PyObject *tuple = PyTuple_New(n);
  if (!tuple) return NULL;
  for (Py_ssize_t i = 0; i < n; i++) {
    Py_INCREF(args[i]);
    PyTuple_SET_ITEM(tuple, i, args[i]);
  }
  PyObject *dict = keywords ? (Py_INCREF(keywords), keywords) : PyDict_New();
  PyObject *prepared = dict ? PyObject_CallFunctionObjArgs(self->prepare, tuple, dict, NULL) : NULL;
  PyObject *result = NULL;
  PyObject *positional, *named;
  if (prepared && PyArg_ParseTuple(prepared, "O!O!", &PyTuple_Type, &positional, &PyDict_Type, &named))
    result = invoke_with(fn, &PyTuple_GET_ITEM(positional, 0), PyTuple_GET_SIZE(positional), keywords ? named : NULL);
  Py_XDECREF(prepared);
  Py_XDECREF(dict);
  Py_DECREF(tuple);
  return result;
}

static PyObject *callable_call(PyObject *object, PyObject *const *args, size_t flagged, PyObject *names) {
  CallableObject *self = (CallableObject *)object;
  Py_ssize_t n = PyVectorcall_NARGS(flagged);
  int has_keywords = names && PyTuple_GET_SIZE(names);
  const sj_function *fn;
  if (!get_function(has_keywords ? self->function : self->positional, &fn)) return NULL;
  PyObject *keywords = NULL;
  if (has_keywords) {
    keywords = PyDict_New();
    for (Py_ssize_t i = 0; keywords && i < PyTuple_GET_SIZE(names); i++) {
      if (PyDict_SetItem(keywords, PyTuple_GET_ITEM(names, i), args[n + i])) Py_CLEAR(keywords);
    }
    if (!keywords) return NULL;
  }
  PyObject *result =
      self->prepare ? call_prepared(self, fn, args, n, keywords) : invoke_with(fn, args, n, keywords);
  Py_XDECREF(keywords);
  return result;
}

static PyObject *callable_new(PyTypeObject *type, PyObject *args, PyObject *keywords) {
  PyObject *function, *positional, *prepare = Py_None;
  const sj_function *fn;
  if (keywords && PyDict_GET_SIZE(keywords)) {
    PyErr_SetString(PyExc_TypeError, "Callable takes no keywords");
    return NULL;
  }
  if (!PyArg_ParseTuple(args, "OO|O", &function, &positional, &prepare) || !get_function(function, &fn) ||
      !get_function(positional, &fn))
    return NULL;
  CallableObject *self = (CallableObject *)type->tp_alloc(type, 0);
  if (!self) return NULL;
  Py_INCREF(function);
  self->function = function;
  Py_INCREF(positional);
  self->positional = positional;
  if (prepare != Py_None) {
    Py_INCREF(prepare);
    self->prepare = prepare;
  }
  self->call = callable_call;
  return (PyObject *)self;
}

static int callable_traverse(PyObject *object, visitproc visit, void *arg) {
  CallableObject *self = (CallableObject *)object;
  Py_VISIT(self->function);
  Py_VISIT(self->positional);
  Py_VISIT(self->prepare);
  Py_VISIT(self->attributes);
  return 0;
}

static int callable_clear(PyObject *object) {
  CallableObject *self = (CallableObject *)object;
  Py_CLEAR(self->prepare);
  Py_CLEAR(self->attributes);
  return 0;
}

static void callable_free(PyObject *object) {
  PyObject_GC_UnTrack(object);
  if (((CallableObject *)object)->weak_references) PyObject_ClearWeakRefs(object);
  callable_clear(object);
  Py_CLEAR(((CallableObject *)object)->function);
  Py_CLEAR(((CallableObject *)object)->positional);
  Py_TYPE(object)->tp_free(object);
}

/// As a function does, it becomes a method of the object that it is looked up on.
static PyObject *callable_get(PyObject *self, PyObject *object, PyObject *type) {
  (void)type;
  if (object && object != Py_None) return PyMethod_New(self, object);
  Py_INCREF(self);
  return self;
}

static PyObject *callable_repr(PyObject *self) {
  PyObject *name = PyObject_GetAttrString(self, "__qualname__");
  if (!name) PyErr_Clear();
  PyObject *text = PyUnicode_FromFormat("<PjitFunction of %V>", name, "a function");
  Py_XDECREF(name);
  return text;
}

/// Calls a function of `swiftjax._jit` with the callable in front of the arguments.
static PyObject *call_jit_module(const char *name, PyObject *self, PyObject *args, PyObject *keywords) {
  PyObject *module = PyImport_ImportModule("swiftjax._jit");
  PyObject *function = module ? PyObject_GetAttrString(module, name) : NULL;
  PyObject *bound = function ? PyMethod_New(function, self) : NULL;
  PyObject *result = bound ? PyObject_Call(bound, args, keywords) : NULL;
  Py_XDECREF(bound);
  Py_XDECREF(function);
  Py_XDECREF(module);
  return result;
}

static PyObject *callable_lower(PyObject *self, PyObject *args, PyObject *keywords) {
  return call_jit_module("lower", self, args, keywords);
}

static PyObject *callable_eval_shape(PyObject *self, PyObject *args, PyObject *keywords) {
  return call_jit_module("eval_shape", self, args, keywords);
}

#define WITH_KEYWORDS(call) ((PyCFunction)(void (*)(void))call), METH_VARARGS | METH_KEYWORDS
static PyMethodDef callable_methods[] = {
    {"lower", WITH_KEYWORDS(callable_lower), "The function for the types of some arguments."},
    {"trace", WITH_KEYWORDS(callable_lower), "The function for the types of some arguments."},
    {"eval_shape", WITH_KEYWORDS(callable_eval_shape), "The types of the results."},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef callable_members[] = {
    {"_function", T_OBJECT, offsetof(CallableObject, function), READONLY, "The engine's function of (args…, keywords)."},
    {"_positional", T_OBJECT, offsetof(CallableObject, positional), READONLY, "The engine's function of args alone."},
    {NULL, 0, 0, 0, NULL},
};

static PyGetSetDef callable_attributes[] = {
    {"__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

PyTypeObject CallableType = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "swiftjax.PjitFunction",
    .tp_doc = "A function that the engine made of a Python function.",
    .tp_basicsize = sizeof(CallableObject),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL | Py_TPFLAGS_METHOD_DESCRIPTOR,
    .tp_new = callable_new,
    .tp_dealloc = callable_free,
    .tp_traverse = callable_traverse,
    .tp_clear = callable_clear,
    .tp_call = PyVectorcall_Call,
    .tp_vectorcall_offset = offsetof(CallableObject, call),
    .tp_descr_get = callable_get,
    .tp_repr = callable_repr,
    .tp_members = callable_members,
    .tp_methods = callable_methods,
    .tp_getset = callable_attributes,
    .tp_dictoffset = offsetof(CallableObject, attributes),
    .tp_weaklistoffset = offsetof(CallableObject, weak_references),
};
