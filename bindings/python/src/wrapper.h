// What the generated wrappers are written with. A wrapper declares and converts its arguments by the macros below, in their
// order, and ends with RETURN; an argument that is not given or not right ends it before.
#ifndef SWIFTJAX_PYTHON_WRAPPER_H
#define SWIFTJAX_PYTHON_WRAPPER_H

#include "support.h"

/// Begins the wrapper of sj_NAME, which takes `least` to `most` arguments.
#define WRAPPER(name, least, most)                                                            \
  static inline PyObject *body_##name(PyObject *const *args, Py_ssize_t n, Scratch *scratch); \
  static PyObject *op_##name(PyObject *module, PyObject *const *args, Py_ssize_t n) {         \
    (void)module;                                                                             \
    if (!check_count(#name, n, least, most)) return NULL;                                     \
    Scratch scratch;                                                                          \
    scratch_init(&scratch);                                                                   \
    PyObject *result = body_##name(args, n, &scratch);                                        \
    scratch_free(&scratch);                                                                   \
    return result;                                                                            \
  }                                                                                           \
  static inline PyObject *body_##name(PyObject *const *args, Py_ssize_t n, Scratch *scratch)

/// The whole wrapper of a function that makes an array of one array, or of two.
#define WRAPPER_OF_ARRAY(name)                                                        \
  static PyObject *op_##name(PyObject *module, PyObject *const *args, Py_ssize_t n) { \
    return (void)module, call_on_arrays_1(#name, sj_##name, args, n);                 \
  }
#define WRAPPER_OF_ARRAYS(name)                                                       \
  static PyObject *op_##name(PyObject *module, PyObject *const *args, Py_ssize_t n) { \
    return (void)module, call_on_arrays_2(#name, sj_##name, args, n);                 \
  }

/// Its entry in the table of a family.
#define METHOD(name, doc) {#name, (PyCFunction)(void (*)(void)) op_##name, METH_FASTCALL, doc}

/// Gives what `value` says unless the call failed.
#define RETURN(call, value)           \
  (void)args, (void)n, (void)scratch; \
  sj_status *status = call;           \
  return status ? raise_status(status) : (value)

#define ARGUMENT(i) (n > (i) ? args[i] : NULL)
#define CONVERT(conversion) \
  if (!conversion) return NULL
/// The default of an axis that may be None.
#define NONE_OR(i, fallback) (ARGUMENT(i) == Py_None ? SJ_AXIS_NONE : (fallback))

#define ARRAY(i, x)  \
  const sj_array *x; \
  CONVERT(get_array(ARGUMENT(i), &x, scratch))
#define OPTIONAL_ARRAY(i, x) \
  const sj_array *x;         \
  CONVERT(get_optional_array(ARGUMENT(i), &x, scratch))
#define LIST(i, x)  \
  const sj_list *x; \
  CONVERT(get_list(ARGUMENT(i), &x, scratch))
#define TREE(i, x)  \
  const sj_tree *x; \
  CONVERT(get_tree(ARGUMENT(i), &x))
#define PYTREE(i, x) \
  LIST(i, x);        \
  TREE((i) + 1, x##_tree)
#define FUNCTION(i, x)  \
  const sj_function *x; \
  CONVERT(get_function(ARGUMENT(i), &x))

#define COUNTED(type, get, i, x) \
  type *x;                       \
  int64_t x##_count;             \
  CONVERT(get(ARGUMENT(i), &x, &x##_count, scratch))
#define ARRAYS(i, x) COUNTED(sj_array *const, get_arrays, i, x)
#define FUNCTIONS(i, x) COUNTED(sj_function *const, get_functions, i, x)
#define INTS(i, x) COUNTED(const int64_t, get_ints, i, x)
#define INDEX_ITEMS(i, x) COUNTED(sj_index_item, get_index_items, i, x)

#define DTYPE(i, x) \
  sj_dtype x;       \
  CONVERT(get_dtype(ARGUMENT(i), &x))
#define STRING(i, x) \
  sj_string_view x;  \
  CONVERT(get_string(ARGUMENT(i), &x))
#define BOOL(i, x, fallback) \
  sj_bool x;                 \
  CONVERT(get_bool(ARGUMENT(i), &x, fallback))
#define INT(i, x) \
  int64_t x;      \
  CONVERT(get_int(ARGUMENT(i), &x, 0, 0))
#define INT_OR(i, x, fallback) \
  int64_t x;                   \
  CONVERT(get_int(ARGUMENT(i), &x, fallback, 1))
#define FLOAT(i, x) \
  double x;         \
  CONVERT(get_float(ARGUMENT(i), &x, 0, 0))
#define FLOAT_OR(i, x, fallback) \
  double x;                      \
  CONVERT(get_float(ARGUMENT(i), &x, fallback, 1))

#endif
