// The Array type: number and sequence protocols on the engine's operations.
// What is not on a hot path is attached to the type from Python.
#include "support.h"

#include <structmember.h>

static void array_free(PyObject *self) {
  if (((ArrayObject *)self)->weak_references) PyObject_ClearWeakRefs(self);
  sj_release(((ArrayObject *)self)->handle);
  PyTypeObject *type = Py_TYPE(self);
  PyObject_Free(self);
  Py_DECREF(type);
}

typedef sj_status *(*binary_call)(const sj_array *, const sj_array *, sj_array **);
typedef sj_status *(*unary_call)(const sj_array *, sj_array **);

/// Operands that another type should handle (its __array_priority__ or reflected method) give NotImplemented.
static int is_foreign(PyObject *object) {
  return !(Py_IS_TYPE(object, &ArrayType) || PyFloat_Check(object) || PyLong_Check(object) ||
           PyComplex_Check(object) || PyObject_HasAttrString(object, "__array__"));
}

static PyObject *binary(PyObject *a, PyObject *b, binary_call call) {
  if (is_foreign(a) || is_foreign(b)) Py_RETURN_NOTIMPLEMENTED;
  Scratch scratch;
  scratch_init(&scratch);
  const sj_array *x, *y;
  sj_array *out;
  PyObject *result = NULL;
  if (get_array(a, &x, &scratch) && get_array(b, &y, &scratch)) {
    sj_status *status = call(x, y, &out);
    result = status ? raise_status(status) : wrap_array(out);
  }
  scratch_free(&scratch);
  return result;
}

static PyObject *unary(PyObject *a, unary_call call) {
  sj_array *out;
  sj_status *status = call(((ArrayObject *)a)->handle, &out);
  return status ? raise_status(status) : wrap_array(out);
}

#define BINARY(name) \
  static PyObject *array_##name(PyObject *a, PyObject *b) { return binary(a, b, sj_##name); }
BINARY(add)
BINARY(subtract)
BINARY(multiply)
BINARY(divide)
BINARY(floor_divide)
BINARY(remainder)
BINARY(matmul)
BINARY(bitwise_and)
BINARY(bitwise_or)
BINARY(bitwise_xor)
BINARY(left_shift)
BINARY(right_shift)

#define UNARY(name) \
  static PyObject *array_##name(PyObject *a) { return unary(a, sj_##name); }
UNARY(negative)
UNARY(positive)
UNARY(abs)
UNARY(bitwise_not)

static PyObject *array_power(PyObject *a, PyObject *b, PyObject *modulus) {
  if (modulus != Py_None) {
    PyErr_SetString(PyExc_TypeError, "pow() of arrays takes no modulus");
    return NULL;
  }
  return binary(a, b, sj_power);
}

static PyObject *array_divmod(PyObject *a, PyObject *b) {
  Scratch scratch;
  scratch_init(&scratch);
  const sj_array *x, *y;
  PyObject *result = NULL;
  if (get_array(a, &x, &scratch) && get_array(b, &y, &scratch)) {
    sj_array *quotient, *remainder;
    sj_status *status = sj_divmod(x, y, &quotient, &remainder);
    result = status ? raise_status(status) : Py_BuildValue("(NN)", wrap_array(quotient), wrap_array(remainder));
  }
  scratch_free(&scratch);
  return result;
}

static PyObject *array_compare(PyObject *a, PyObject *b, int op) {
  static const binary_call calls[] = {
      [Py_LT] = sj_less,  [Py_LE] = sj_less_equal, [Py_EQ] = sj_equal, [Py_NE] = sj_not_equal,
      [Py_GT] = sj_greater, [Py_GE] = sj_greater_equal,
  };
  return binary(a, b, calls[op]);
}

// --- Conversion to Python scalars -------------------------------------------

static int array_bool(PyObject *self) {
  sj_bool value;
  sj_status *status = sj_item_bool(((ArrayObject *)self)->handle, &value);
  if (status) raise_conversion(status, "TracerBoolConversionError");
  return status ? -1 : value != 0;
}

int check_scalar(PyObject *self) {
  int64_t sizes[64], rank;
  sj_status *status = sj_shape(((ArrayObject *)self)->handle, sizes, 64, &rank);
  if (status) return raise_status(status), 0;
  if (rank == 0) return 1;
  PyErr_Format(PyExc_TypeError, "Only scalar arrays can be converted to Python scalars; got arr.ndim=%lld", (long long)rank);
  return 0;
}

static PyObject *integer(PyObject *self, const char *exception) {
  int64_t value;
  sj_status *status = sj_item_i64(((ArrayObject *)self)->handle, &value);
  if (status) return raise_conversion(status, exception);
  return check_scalar(self) ? PyLong_FromLongLong(value) : NULL;
}

static PyObject *array_int(PyObject *self) { return integer(self, NULL); }

static PyObject *array_index(PyObject *self) {
  sj_dtype dtype;
  sj_status *status = sj_dtype_of(((ArrayObject *)self)->handle, &dtype);
  if (status) return raise_status(status);
  if (dtype < SJ_INT8 || dtype > SJ_UINT64) {
    PyErr_SetString(PyExc_TypeError, "Only integer scalar arrays can be converted to a scalar index.");
    return NULL;
  }
  return integer(self, "TracerIntegerConversionError");
}

static PyObject *array_float(PyObject *self) {
  double value;
  sj_status *status = sj_item_f64(((ArrayObject *)self)->handle, &value);
  if (status) return raise_status(status);
  return check_scalar(self) ? PyFloat_FromDouble(value) : NULL;
}

// --- Attributes -------------------------------------------------------------

static PyObject *array_shape(PyObject *self, void *closure) {
  (void)closure;
  int64_t sizes[64], rank;
  sj_status *status = sj_shape(((ArrayObject *)self)->handle, sizes, 64, &rank);
  if (status) return raise_status(status);
  PyObject *tuple = PyTuple_New(rank);
  for (int64_t i = 0; tuple && i < rank; i++) PyTuple_SET_ITEM(tuple, i, PyLong_FromLongLong(sizes[i]));
  return tuple;
}

static PyObject *integer_attribute(PyObject *self, sj_status *(*call)(const sj_array *, int64_t *)) {
  int64_t value;
  sj_status *status = call(((ArrayObject *)self)->handle, &value);
  return status ? raise_status(status) : PyLong_FromLongLong(value);
}

static PyObject *array_ndim(PyObject *self, void *closure) { (void)closure; return integer_attribute(self, sj_ndim); }
static PyObject *array_size(PyObject *self, void *closure) { (void)closure; return integer_attribute(self, sj_size); }
static PyObject *array_nbytes(PyObject *self, void *closure) { (void)closure; return integer_attribute(self, sj_nbytes); }

static PyObject *array_dtype_code(PyObject *self, void *closure) {
  (void)closure;
  sj_dtype dtype;
  sj_status *status = sj_dtype_of(((ArrayObject *)self)->handle, &dtype);
  return status ? raise_status(status) : PyLong_FromLong(dtype);
}

static PyObject *flag(PyObject *self, sj_status *(*call)(const sj_array *, sj_bool *)) {
  sj_bool value;
  sj_status *status = call(((ArrayObject *)self)->handle, &value);
  return status ? raise_status(status) : PyBool_FromLong(value);
}

static PyObject *array_weak(PyObject *self, void *closure) { (void)closure; return flag(self, sj_weak_type); }
static PyObject *array_tracer(PyObject *self, void *closure) { (void)closure; return flag(self, sj_is_tracer); }
static PyObject *array_deleted(PyObject *self, PyObject *unused) { (void)unused; return flag(self, sj_is_deleted); }

static PyObject *array_delete(PyObject *self, PyObject *unused) {
  (void)unused;
  sj_status *status = sj_delete(((ArrayObject *)self)->handle);
  if (status) return raise_status(status);
  Py_RETURN_NONE;
}

static PyObject *array_wait(PyObject *self, PyObject *unused) {
  (void)unused;
  sj_status *status = sj_block_until_ready(((ArrayObject *)self)->handle);
  if (status) return raise_status(status);
  Py_INCREF(self);
  return self;
}

static PyObject *array_is_ready(PyObject *self, PyObject *unused) { (void)unused; return flag(self, sj_is_ready); }

static PyObject *array_pointer(PyObject *self, PyObject *unused) {
  (void)unused;
  const void *data;
  sj_status *status = sj_data(((ArrayObject *)self)->handle, &data);
  return status ? raise_status(status) : PyLong_FromVoidPtr((void *)data);
}

static PyObject *array_tobytes(PyObject *self, PyObject *unused) {
  (void)unused;
  sj_array *handle = ((ArrayObject *)self)->handle;
  int64_t size;
  sj_status *status = sj_nbytes(handle, &size);
  if (status) return raise_status(status);
  PyObject *bytes = PyByteArray_FromStringAndSize(NULL, size);
  if (!bytes) return NULL;
  status = sj_copy_to_host(handle, PyByteArray_AS_STRING(bytes), size);
  if (!status) return bytes;
  Py_DECREF(bytes);
  return raise_status(status);
}

static Py_hash_t array_hash(PyObject *self) {
  (void)self;
  PyErr_SetString(PyExc_TypeError, "unhashable type: 'Array'");
  return -1;
}

static PyGetSetDef array_attributes[] = {
    {"shape", array_shape, NULL, "The sizes of the axes.", NULL},
    {"ndim", array_ndim, NULL, "The number of axes.", NULL},
    {"size", array_size, NULL, "The number of elements.", NULL},
    {"nbytes", array_nbytes, NULL, "The number of bytes.", NULL},
    {"_dtype_code", array_dtype_code, NULL, "The engine's number of the dtype.", NULL},
    {"weak_type", array_weak, NULL, "Whether the dtype gives way to others.", NULL},
    {"_is_tracer", array_tracer, NULL, "Whether it stands for an array in a function being transformed.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMethodDef array_methods[] = {
    {"block_until_ready", array_wait, METH_NOARGS, "Waits for the data, and gives the array."},
    {"is_ready", array_is_ready, METH_NOARGS, "Whether the data is there, or has failed."},
    {"delete", array_delete, METH_NOARGS, "Gives the memory up; later uses are errors."},
    {"is_deleted", array_deleted, METH_NOARGS, "Whether it was donated or deleted."},
    {"unsafe_buffer_pointer", array_pointer, METH_NOARGS, "The address of the data."},
    {"_tobytes", array_tobytes, METH_NOARGS, "The data as a bytearray."},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef array_members[] = {
    {"__weaklistoffset__", T_PYSSIZET, offsetof(ArrayObject, weak_references), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot array_slots[] = {
    {Py_tp_doc, "An immutable array, or a tracer that stands for one."},
    {Py_tp_dealloc, array_free},
    {Py_tp_richcompare, array_compare},
    {Py_tp_hash, array_hash},
    {Py_tp_getset, array_attributes},
    {Py_tp_methods, array_methods},
    {Py_tp_members, array_members},
    {Py_nb_add, array_add},
    {Py_nb_subtract, array_subtract},
    {Py_nb_multiply, array_multiply},
    {Py_nb_true_divide, array_divide},
    {Py_nb_floor_divide, array_floor_divide},
    {Py_nb_remainder, array_remainder},
    {Py_nb_divmod, array_divmod},
    {Py_nb_power, array_power},
    {Py_nb_matrix_multiply, array_matmul},
    {Py_nb_negative, array_negative},
    {Py_nb_positive, array_positive},
    {Py_nb_absolute, array_abs},
    {Py_nb_invert, array_bitwise_not},
    {Py_nb_and, array_bitwise_and},
    {Py_nb_or, array_bitwise_or},
    {Py_nb_xor, array_bitwise_xor},
    {Py_nb_lshift, array_left_shift},
    {Py_nb_rshift, array_right_shift},
    {Py_nb_bool, array_bool},
    {Py_nb_int, array_int},
    {Py_nb_float, array_float},
    {Py_nb_index, array_index},
    {0, NULL},
};

static PyType_Spec array_spec = {
    .name = "swiftjax.Array",
    .basicsize = sizeof(ArrayObject),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = array_slots,
};

PyTypeObject *array_type;

int make_array_type(void) {
  array_type = (PyTypeObject *)PyType_FromSpec(&array_spec);
  return array_type ? 0 : -1;
}
