// What the generated wrappers and the hand-written types share.
#ifndef SWIFTJAX_PYTHON_SUPPORT_H
#define SWIFTJAX_PYTHON_SUPPORT_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <math.h>

#include "swiftjax.h"

/// An array or tracer.
typedef struct {
  PyObject_HEAD
  sj_array *handle;
  PyObject *weak_references;
} ArrayObject;

/// A tree or a function.
typedef struct {
  PyObject_HEAD
  void *handle;
} HandleObject;

/// A function.
typedef struct {
  HandleObject base;
  /// What the engine holds for a body in Python, which the collector of cycles sees through this object; borrowed, or NULL.
  PyObject *context;
} FunctionObject;

/// A heap type, so that Python code can add methods.
extern PyTypeObject *array_type;
#define ArrayType (*array_type)
extern PyTypeObject TreeType;
extern PyTypeObject FunctionType;
extern PyTypeObject CallableType;

/// Handles made for the length of one call, such as weak scalars for Python numbers.
typedef struct {
  const void *few[16];
  const void **handles;
  Py_ssize_t count, capacity;
} Scratch;

void scratch_init(Scratch *scratch);
int scratch_keep(Scratch *scratch, const void *handle);
void scratch_free(Scratch *scratch);

/// Raises the Python exception for a status and releases it; always gives NULL.
PyObject *raise_status(sj_status *status);
/// As raise_status, with `exception` for a value that is not known while a function is traced.
PyObject *raise_conversion(sj_status *status, const char *exception);
/// Turns the current Python exception into a status that carries it.
sj_status *status_from_exception(void);

/// Python object of a handle, whose count it takes over.
PyObject *wrap_array(sj_array *handle);
PyObject *wrap_handle(PyTypeObject *type, void *handle);
PyObject *wrap_function(void *handle, PyObject *context);
/// A tuple (list of arrays, tree); takes over both counts.
PyObject *wrap_pytree(sj_list *leaves, sj_tree *tree);
/// A Python list of the arrays of a list, whose count it takes over.
PyObject *wrap_list(sj_list *list);
PyObject *wrap_string(sj_string *string);

// Arguments. NULL stands for an argument that was not given. All give 0 with an exception set on failure.
int get_array(PyObject *object, const sj_array **out, Scratch *scratch);
int get_optional_array(PyObject *object, const sj_array **out, Scratch *scratch);
int get_arrays(PyObject *object, sj_array *const **out, int64_t *count, Scratch *scratch);
int get_list(PyObject *object, const sj_list **out, Scratch *scratch);
int get_tree(PyObject *object, const sj_tree **out);
int get_function(PyObject *object, const sj_function **out);
int get_functions(PyObject *object, sj_function *const **out, int64_t *count, Scratch *scratch);
int get_ints(PyObject *object, const int64_t **out, int64_t *count, Scratch *scratch);
int get_index_items(PyObject *object, sj_index_item **out, int64_t *count, Scratch *scratch);
int get_int(PyObject *object, int64_t *out, int64_t fallback, int has_fallback);
int get_float(PyObject *object, double *out, double fallback, int has_fallback);
int get_bool(PyObject *object, sj_bool *out, sj_bool fallback);
int get_dtype(PyObject *object, sj_dtype *out);
int get_string(PyObject *object, sj_string_view *out);
int get_strings(PyObject *object, const sj_string_view **out, int64_t *count, Scratch *scratch);

/// Refuses an array of one element that has axes, which the engine takes for a number.
int check_scalar(PyObject *array);

/// Gives back a Python object that the engine held, from whatever thread.
void release_object(void *context);

// Pytrees; trees are given with a count of their own, leaves as a new list.
sj_tree *flatten_object(PyObject *object, PyObject **leaves);
/// The tree of a tuple of arguments, and of a dict of keywords at its end unless that is NULL.
sj_tree *flatten_arguments(PyObject *const *args, Py_ssize_t n, PyObject *keywords, PyObject **leaves);
PyObject *unflatten_object(const sj_tree *tree, PyObject *leaves);

/// Checks the number of positional arguments.
int check_count(const char *name, Py_ssize_t given, Py_ssize_t least, Py_ssize_t most);

/// Functions that make an array of one array, or of two.
PyObject *call_on_arrays_1(
    const char *name, sj_status *(*function)(const sj_array *, sj_array **), PyObject *const *args, Py_ssize_t n);
PyObject *call_on_arrays_2(
    const char *name, sj_status *(*function)(const sj_array *, const sj_array *, sj_array **), PyObject *const *args,
    Py_ssize_t n);

/// The wrappers made from the API description, a table for each family, and NULL.
extern PyMethodDef *const generated_methods[];
/// The hand-written functions.
extern PyMethodDef core_methods[];

#endif
