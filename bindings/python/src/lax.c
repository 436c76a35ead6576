// Operations that take structs of options or give several kinds of results, and calls of the host.
#include "support.h"

/// (x, indices, offset_dims, collapsed_slice_dims, start_index_map, operand_batching_dims, start_indices_batching_dims,
///  slice_sizes, mode or None, indices_are_sorted, unique_indices)
PyObject *gather(PyObject *module, PyObject *const *args, Py_ssize_t n) {
  (void)module;
  if (!check_count("gather", n, 11, 11)) return NULL;
  Scratch scratch;
  scratch_init(&scratch);
  const sj_array *x, *indices;
  sj_gather_options o;
  sj_gather_options_init(&o);
  int64_t mode;
  PyObject *result = NULL;
  if (get_array(args[0], &x, &scratch) && get_array(args[1], &indices, &scratch) &&
      get_ints(args[2], &o.offset_dims, &o.offset_dims_count, &scratch) &&
      get_ints(args[3], &o.collapsed_slice_dims, &o.collapsed_slice_dims_count, &scratch) &&
      get_ints(args[4], &o.start_index_map, &o.start_index_map_count, &scratch) &&
      get_ints(args[5], &o.operand_batching_dims, &o.operand_batching_dims_count, &scratch) &&
      get_ints(args[6], &o.start_indices_batching_dims, &o.start_indices_batching_dims_count, &scratch) &&
      get_ints(args[7], &o.slice_sizes, &o.slice_sizes_count, &scratch) && get_int(args[8], &mode, o.mode, 1) &&
      get_bool(args[9], &o.indices_are_sorted, 0) && get_bool(args[10], &o.unique_indices, 0)) {
    o.mode = (sj_mode)mode;
    sj_array *out;
    sj_status *status = sj_gather(x, indices, &o, &out);
    result = status ? raise_status(status) : wrap_array(out);
  }
  scratch_free(&scratch);
  return result;
}

typedef sj_status *(*scatter_call)(
    const sj_array *, const sj_array *, const sj_array *, const sj_scatter_options *, sj_array **);

/// (x, indices, updates, update_window_dims, inserted_window_dims, scatter_dims_to_operand_dims, operand_batching_dims,
///  scatter_indices_batching_dims, mode or None, indices_are_sorted, unique_indices)
static PyObject *scatter_by(PyObject *const *args, Py_ssize_t n, scatter_call scatter) {
  if (!check_count("scatter", n, 11, 11)) return NULL;
  Scratch scratch;
  scratch_init(&scratch);
  const sj_array *x, *indices, *updates;
  sj_scatter_options o;
  sj_scatter_options_init(&o);
  int64_t mode;
  PyObject *result = NULL;
  if (get_array(args[0], &x, &scratch) && get_array(args[1], &indices, &scratch) &&
      get_array(args[2], &updates, &scratch) &&
      get_ints(args[3], &o.update_window_dims, &o.update_window_dims_count, &scratch) &&
      get_ints(args[4], &o.inserted_window_dims, &o.inserted_window_dims_count, &scratch) &&
      get_ints(args[5], &o.scatter_dims_to_operand_dims, &o.scatter_dims_to_operand_dims_count, &scratch) &&
      get_ints(args[6], &o.operand_batching_dims, &o.operand_batching_dims_count, &scratch) &&
      get_ints(args[7], &o.scatter_indices_batching_dims, &o.scatter_indices_batching_dims_count, &scratch) &&
      get_int(args[8], &mode, o.mode, 1) && get_bool(args[9], &o.indices_are_sorted, 0) &&
      get_bool(args[10], &o.unique_indices, 0)) {
    o.mode = (sj_mode)mode;
    sj_array *out;
    sj_status *status = scatter(x, indices, updates, &o, &out);
    result = status ? raise_status(status) : wrap_array(out);
  }
  scratch_free(&scratch);
  return result;
}

#define SCATTER(name)                                                          \
  PyObject *name(PyObject *module, PyObject *const *args, Py_ssize_t n) {      \
    (void)module;                                                              \
    return scatter_by(args, n, sj_##name);                                     \
  }
SCATTER(scatter)
SCATTER(scatter_add)
SCATTER(scatter_sub)
SCATTER(scatter_mul)
SCATTER(scatter_min)
SCATTER(scatter_max)

/// (function, operands, ordered)
PyObject *debug_callback(PyObject *module, PyObject *const *args, Py_ssize_t n) {
  (void)module;
  if (!check_count("debug_callback", n, 3, 3)) return NULL;
  Scratch scratch;
  scratch_init(&scratch);
  const sj_function *fn;
  const sj_list *operands;
  sj_bool ordered;
  PyObject *result = NULL;
  if (get_function(args[0], &fn) && get_list(args[1], &operands, &scratch) && get_bool(args[2], &ordered, 0)) {
    sj_status *status = sj_debug_callback(fn, operands, ordered);
    result = status ? raise_status(status) : (Py_INCREF(Py_None), Py_None);
  }
  scratch_free(&scratch);
  return result;
}

/// (arrays) → (dtype code, weak)
PyObject *result_type(PyObject *module, PyObject *operands) {
  (void)module;
  Scratch scratch;
  scratch_init(&scratch);
  sj_array *const *arrays;
  int64_t count;
  PyObject *result = NULL;
  if (get_arrays(operands, &arrays, &count, &scratch)) {
    sj_dtype dtype;
    sj_bool weak;
    sj_status *status = sj_result_type(arrays, count, &dtype, &weak);
    result = status ? raise_status(status) : Py_BuildValue("(iN)", (int)dtype, PyBool_FromLong(weak));
  }
  scratch_free(&scratch);
  return result;
}
