#include "support.h"

#include <string.h>

// --- Scratch ----------------------------------------------------------------

void scratch_init(Scratch *scratch) {
  scratch->handles = scratch->few;
  scratch->count = 0;
  scratch->capacity = sizeof scratch->few / sizeof *scratch->few;
}

int scratch_keep(Scratch *scratch, const void *handle) {
  if (scratch->count == scratch->capacity) {
    Py_ssize_t capacity = scratch->capacity * 2;
    const void **handles = PyMem_Malloc(capacity * sizeof *handles);
    if (!handles) {
      sj_release(handle);
      PyErr_NoMemory();
      return 0;
    }
    memcpy(handles, scratch->handles, scratch->count * sizeof *handles);
    if (scratch->handles != scratch->few) PyMem_Free(scratch->handles);
    scratch->handles = handles;
    scratch->capacity = capacity;
  }
  scratch->handles[scratch->count++] = handle;
  return 1;
}

/// Memory that lives as long as the scratch. It is released like a handle, by way of a bytes object.
static void *scratch_memory(Scratch *scratch, PyObject **owner, size_t bytes) {
  (void)scratch;
  *owner = PyBytes_FromStringAndSize(NULL, bytes);
  return *owner ? PyBytes_AS_STRING(*owner) : NULL;
}

void scratch_free(Scratch *scratch) {
  for (Py_ssize_t i = 0; i < scratch->count; i++) {
    // The low bit marks Python objects.
    uintptr_t word = (uintptr_t)scratch->handles[i];
    if (word & 1)
      Py_DECREF((PyObject *)(word & ~(uintptr_t)1));
    else
      sj_release(scratch->handles[i]);
  }
  if (scratch->handles != scratch->few) PyMem_Free(scratch->handles);
}

static int scratch_keep_object(Scratch *scratch, PyObject *object) {
  return scratch_keep(scratch, (const void *)((uintptr_t)object | 1));
}

// --- Errors -----------------------------------------------------------------

static PyObject *exceptions;  // name → function from a message to an exception, set by the Python side

PyObject *set_exceptions(PyObject *module, PyObject *makers) {
  (void)module;
  if (!PyDict_Check(makers)) {
    PyErr_SetString(PyExc_TypeError, "a dict is wanted");
    return NULL;
  }
  Py_INCREF(makers);
  Py_XSETREF(exceptions, makers);
  Py_RETURN_NONE;
}

/// Raises what the Python side makes of the name of an exception and a message.
static void raise_named(const char *name, sj_string_view message) {
  PyObject *text = PyUnicode_DecodeUTF8(message.data, message.size, "replace");
  if (!text) return;
  PyObject *maker = exceptions ? PyDict_GetItemString(exceptions, name) : NULL;
  PyObject *exception = PyObject_CallOneArg(maker ? maker : PyExc_RuntimeError, text);
  if (exception && PyExceptionInstance_Check(exception))
    PyErr_SetObject((PyObject *)Py_TYPE(exception), exception);
  else if (exception)
    PyErr_SetObject(PyExc_RuntimeError, text);
  Py_XDECREF(exception);
  Py_DECREF(text);
}

PyObject *raise_conversion(sj_status *status, const char *exception) {
  PyObject *payload = sj_status_payload(status);
  if (payload && PyExceptionInstance_Check(payload)) {
    // The user's own exception, as it was raised in the callback.
    PyErr_SetObject((PyObject *)Py_TYPE(payload), payload);
  } else {
    int is_unknown = sj_status_code(status) == SJ_ERR_CONCRETIZATION;
    raise_named(exception && is_unknown ? exception : sj_status_exception(status).data, sj_status_message(status));
  }
  sj_release(status);
  return NULL;
}

PyObject *raise_status(sj_status *status) { return raise_conversion(status, NULL); }

static PyObject *traceback_filter;  // traceback → the same without our own frames, set by the Python side

PyObject *set_traceback_filter(PyObject *module, PyObject *function) {
  (void)module;
  Py_INCREF(function);
  Py_XSETREF(traceback_filter, function);
  Py_RETURN_NONE;
}

/// Gives an exception that is on its way through the engine its traceback, as the user wants to see it.
static void keep_traceback(PyObject *value, PyObject *traceback) {
  PyObject *filtered = traceback_filter ? PyObject_CallOneArg(traceback_filter, traceback) : NULL;
  if (!filtered) PyErr_Clear();
  if (PyException_SetTraceback(value, filtered ? filtered : traceback)) PyErr_Clear();
  Py_XDECREF(filtered);
}

sj_status *status_from_exception(void) {
  PyObject *type, *value, *traceback;
  PyErr_Fetch(&type, &value, &traceback);
  PyErr_NormalizeException(&type, &value, &traceback);
  if (traceback) keep_traceback(value, traceback);
  PyObject *text = PyObject_Str(value);
  Py_ssize_t size = 0;
  const char *data = text ? PyUnicode_AsUTF8AndSize(text, &size) : NULL;
  if (!data) PyErr_Clear();
  sj_string_view message = {data ? data : "a Python exception", data ? size : 18};
  sj_status *status = sj_status_create(SJ_ERR_CALLBACK, message, value, release_object);
  Py_XDECREF(text);
  Py_XDECREF(type);
  Py_XDECREF(traceback);
  return status;
}

// --- Results ----------------------------------------------------------------

PyObject *wrap_array(sj_array *handle) {
  ArrayObject *object = PyObject_New(ArrayObject, &ArrayType);
  if (!object) {
    sj_release(handle);
    return NULL;
  }
  object->handle = handle;
  object->weak_references = NULL;
  return (PyObject *)object;
}

PyObject *wrap_function(void *handle, PyObject *context) {
  FunctionObject *object = PyObject_GC_New(FunctionObject, &FunctionType);
  if (!object) {
    sj_release(handle);
    return NULL;
  }
  object->base.handle = handle;
  object->context = context;
  PyObject_GC_Track(object);
  return (PyObject *)object;
}

PyObject *wrap_handle(PyTypeObject *type, void *handle) {
  if (type == &FunctionType) return wrap_function(handle, NULL);
  HandleObject *object = PyObject_New(HandleObject, type);
  if (!object) {
    sj_release(handle);
    return NULL;
  }
  object->handle = handle;
  return (PyObject *)object;
}

PyObject *wrap_list(sj_list *list) {
  int64_t count = 0;
  sj_status *status = sj_list_size(list, &count);
  PyObject *result = status ? raise_status(status) : PyList_New(count);
  for (int64_t i = 0; result && i < count; i++) {
    sj_array *handle;
    status = sj_list_get(list, i, &handle);
    PyObject *item = status ? raise_status(status) : wrap_array(handle);
    if (!item) {
      Py_CLEAR(result);
      break;
    }
    PyList_SET_ITEM(result, i, item);
  }
  sj_release(list);
  return result;
}

PyObject *wrap_pytree(sj_list *leaves, sj_tree *tree) {
  PyObject *list = wrap_list(leaves);
  PyObject *structure = wrap_handle(&TreeType, tree);
  PyObject *result = list && structure ? PyTuple_Pack(2, list, structure) : NULL;
  Py_XDECREF(list);
  Py_XDECREF(structure);
  return result;
}

PyObject *wrap_string(sj_string *string) {
  sj_string_view text = sj_string_text(string);
  PyObject *result = PyUnicode_DecodeUTF8(text.data, text.size, "replace");
  sj_release(string);
  return result;
}

// --- Arguments --------------------------------------------------------------

static PyObject *converter;  // object → Array, set by the Python side

PyObject *set_converter(PyObject *module, PyObject *function) {
  (void)module;
  Py_INCREF(function);
  Py_XSETREF(converter, function);
  Py_RETURN_NONE;
}

/// By address: the call that makes the handle is an argument too.
static int keep_array(sj_status *status, sj_array *const *handle, const sj_array **out, Scratch *scratch) {
  if (status) {
    raise_status(status);
    return 0;
  }
  *out = *handle;
  return scratch_keep(scratch, *handle);
}

int get_array(PyObject *object, const sj_array **out, Scratch *scratch) {
  sj_array *handle;
  if (!object || object == Py_None) {
    PyErr_SetString(PyExc_TypeError, "an array is wanted here, not None");
    return 0;
  }
  if (Py_IS_TYPE(object, &ArrayType)) {
    *out = ((ArrayObject *)object)->handle;
    return 1;
  }
  if (PyFloat_CheckExact(object))
    return keep_array(sj_scalar_f64(PyFloat_AS_DOUBLE(object), &handle), &handle, out, scratch);
  if (PyBool_Check(object))
    return keep_array(sj_scalar_bool(object == Py_True, &handle), &handle, out, scratch);
  if (PyLong_CheckExact(object)) {
    int overflow;
    int64_t value = PyLong_AsLongLongAndOverflow(object, &overflow);
    if (overflow) {
      PyErr_Format(PyExc_OverflowError, "Python int %R too large to convert to an array element", object);
      return 0;
    }
    return keep_array(sj_scalar_i64(value, &handle), &handle, out, scratch);
  }
  if (PyComplex_CheckExact(object)) {
    Py_complex value = PyComplex_AsCComplex(object);
    return keep_array(sj_scalar_c128(value.real, value.imag, &handle), &handle, out, scratch);
  }
  PyObject *array = converter ? PyObject_CallOneArg(converter, object) : NULL;
  if (!array) return 0;
  if (!Py_IS_TYPE(array, &ArrayType)) {
    PyErr_Format(PyExc_TypeError, "%R is not a valid array", object);
    Py_DECREF(array);
    return 0;
  }
  *out = ((ArrayObject *)array)->handle;
  return scratch_keep_object(scratch, array);
}

int get_optional_array(PyObject *object, const sj_array **out, Scratch *scratch) {
  *out = NULL;
  return !object || object == Py_None ? 1 : get_array(object, out, scratch);
}

/// The items of a sequence, each turned into a handle by `get`.
int get_arrays(PyObject *object, sj_array *const **out, int64_t *count, Scratch *scratch) {
  PyObject *items = PySequence_Fast(object ? object : Py_None, "a sequence of arrays is wanted");
  if (!items) return 0;
  if (!scratch_keep_object(scratch, items)) return 0;
  Py_ssize_t n = PySequence_Fast_GET_SIZE(items);
  PyObject *owner;
  const sj_array **handles = scratch_memory(scratch, &owner, (n ? n : 1) * sizeof *handles);
  if (!handles || !scratch_keep_object(scratch, owner)) return 0;
  for (Py_ssize_t i = 0; i < n; i++) {
    if (!get_array(PySequence_Fast_GET_ITEM(items, i), &handles[i], scratch)) return 0;
  }
  *out = (sj_array *const *)handles;
  *count = n;
  return 1;
}

int get_list(PyObject *object, const sj_list **out, Scratch *scratch) {
  sj_array *const *handles;
  int64_t count;
  if (!get_arrays(object, &handles, &count, scratch)) return 0;
  sj_list *list;
  sj_status *status = sj_list_create(handles, count, &list);
  if (status) {
    raise_status(status);
    return 0;
  }
  *out = list;
  return scratch_keep(scratch, list);
}

static int get_handle(PyObject *object, PyTypeObject *type, const void **out) {
  if (!object || !Py_IS_TYPE(object, type)) {
    PyErr_Format(PyExc_TypeError, "%s is wanted, got %s", type->tp_name, object ? Py_TYPE(object)->tp_name : "nothing");
    return 0;
  }
  *out = ((HandleObject *)object)->handle;
  return 1;
}

int get_tree(PyObject *object, const sj_tree **out) { return get_handle(object, &TreeType, (const void **)out); }

int get_function(PyObject *object, const sj_function **out) {
  return get_handle(object, &FunctionType, (const void **)out);
}

int get_functions(PyObject *object, sj_function *const **out, int64_t *count, Scratch *scratch) {
  PyObject *items = PySequence_Fast(object ? object : Py_None, "a sequence of functions is wanted");
  if (!items) return 0;
  if (!scratch_keep_object(scratch, items)) return 0;
  Py_ssize_t n = PySequence_Fast_GET_SIZE(items);
  PyObject *owner;
  const sj_function **handles = scratch_memory(scratch, &owner, (n ? n : 1) * sizeof *handles);
  if (!handles || !scratch_keep_object(scratch, owner)) return 0;
  for (Py_ssize_t i = 0; i < n; i++) {
    if (!get_function(PySequence_Fast_GET_ITEM(items, i), &handles[i])) return 0;
  }
  *out = (sj_function *const *)handles;
  *count = n;
  return 1;
}

int get_ints(PyObject *object, const int64_t **out, int64_t *count, Scratch *scratch) {
  *out = NULL;
  *count = 0;
  if (!object || object == Py_None) return 1;
  PyObject *items;
  if (PyIndex_Check(object)) {
    items = PyTuple_Pack(1, object);
  } else {
    items = PySequence_Fast(object, "an integer or a sequence of integers is wanted");
  }
  if (!items) return 0;
  if (!scratch_keep_object(scratch, items)) return 0;
  Py_ssize_t n = PySequence_Fast_GET_SIZE(items);
  PyObject *owner;
  int64_t *values = scratch_memory(scratch, &owner, (n ? n : 1) * sizeof *values);
  if (!values || !scratch_keep_object(scratch, owner)) return 0;
  for (Py_ssize_t i = 0; i < n; i++) {
    if (!get_int(PySequence_Fast_GET_ITEM(items, i), &values[i], 0, 0)) return 0;
  }
  *out = values;
  *count = n;
  return 1;
}

/// One part of a slice; None leaves the flag unset.
static int get_bound(PyObject *object, int64_t *out, sj_present flag, sj_present *flags) {
  if (object == Py_None) return 1;
  *flags |= flag;
  return get_int(object, out, 0, 0);
}

static int get_index_item(PyObject *object, sj_index_item *item, Scratch *scratch) {
  memset(item, 0, sizeof *item);
  if (object == Py_None) {
    item->kind = SJ_ITEM_NEW_AXIS;
  } else if (object == Py_Ellipsis) {
    item->kind = SJ_ITEM_ELLIPSIS;
  } else if (PySlice_Check(object)) {
    PySliceObject *slice = (PySliceObject *)object;
    item->kind = SJ_ITEM_SLICE;
    return get_bound(slice->start, &item->start, SJ_HAS_START, &item->present) &&
           get_bound(slice->stop, &item->stop, SJ_HAS_STOP, &item->present) &&
           get_bound(slice->step, &item->step, SJ_HAS_STEP, &item->present);
  } else if (PyLong_CheckExact(object)) {
    item->kind = SJ_ITEM_INTEGER;
    return get_int(object, &item->start, 0, 0);
  } else {
    item->kind = SJ_ITEM_ARRAY;
    return get_array(object, &item->array, scratch);
  }
  return 1;
}

int get_index_items(PyObject *object, sj_index_item **out, int64_t *count, Scratch *scratch) {
  PyObject *items = PySequence_Fast(object ? object : Py_None, "a sequence of index items is wanted");
  if (!items) return 0;
  if (!scratch_keep_object(scratch, items)) return 0;
  Py_ssize_t n = PySequence_Fast_GET_SIZE(items);
  PyObject *owner;
  *out = scratch_memory(scratch, &owner, (n ? n : 1) * sizeof **out);
  if (!*out || !scratch_keep_object(scratch, owner)) return 0;
  for (Py_ssize_t i = 0; i < n; i++) {
    if (!get_index_item(PySequence_Fast_GET_ITEM(items, i), *out + i, scratch)) return 0;
  }
  *count = n;
  return 1;
}

int get_int(PyObject *object, int64_t *out, int64_t fallback, int has_fallback) {
  if (!object || object == Py_None) {
    *out = fallback;
    if (!has_fallback) PyErr_SetString(PyExc_TypeError, "an integer is wanted here, not None");
    return has_fallback;
  }
  PyObject *index = PyNumber_Index(object);
  if (!index) return 0;
  *out = PyLong_AsLongLong(index);
  Py_DECREF(index);
  return !(*out == -1 && PyErr_Occurred());
}

int get_float(PyObject *object, double *out, double fallback, int has_fallback) {
  if (!object || object == Py_None) {
    *out = fallback;
    if (!has_fallback) PyErr_SetString(PyExc_TypeError, "a number is wanted here, not None");
    return has_fallback;
  }
  *out = PyFloat_AsDouble(object);
  return !(*out == -1 && PyErr_Occurred());
}

int get_bool(PyObject *object, sj_bool *out, sj_bool fallback) {
  *out = fallback;
  if (!object || object == Py_None) return 1;
  int truth = PyObject_IsTrue(object);
  *out = truth > 0;
  return truth >= 0;
}

int get_dtype(PyObject *object, sj_dtype *out) {
  *out = SJ_DTYPE_NONE;
  if (!object || object == Py_None) return 1;
  int64_t code;
  if (!get_int(object, &code, 0, 0)) return 0;
  *out = (sj_dtype)code;
  return 1;
}

int get_string(PyObject *object, sj_string_view *out) {
  out->data = NULL;
  out->size = 0;
  if (!object || object == Py_None) return 1;
  Py_ssize_t size;
  out->data = PyUnicode_AsUTF8AndSize(object, &size);
  out->size = size;
  return out->data != NULL;
}

int get_strings(PyObject *object, const sj_string_view **out, int64_t *count, Scratch *scratch) {
  PyObject *items = PySequence_Fast(object, "a sequence of strings is wanted");
  if (!items || !scratch_keep_object(scratch, items)) return 0;
  Py_ssize_t n = PySequence_Fast_GET_SIZE(items);
  PyObject *owner;
  sj_string_view *values = scratch_memory(scratch, &owner, (n ? n : 1) * sizeof *values);
  if (!values || !scratch_keep_object(scratch, owner)) return 0;
  for (Py_ssize_t i = 0; i < n; i++) {
    if (!get_string(PySequence_Fast_GET_ITEM(items, i), &values[i])) return 0;
  }
  *out = values;
  *count = n;
  return 1;
}

int check_count(const char *name, Py_ssize_t given, Py_ssize_t least, Py_ssize_t most) {
  if (given >= least && given <= most) return 1;
  PyErr_Format(PyExc_TypeError, "%s takes %zd to %zd arguments, got %zd", name, least, most, given);
  return 0;
}

PyObject *call_on_arrays_1(
    const char *name, sj_status *(*function)(const sj_array *, sj_array **), PyObject *const *args, Py_ssize_t n) {
  if (!check_count(name, n, 1, 1)) return NULL;
  Scratch scratch;
  scratch_init(&scratch);
  PyObject *result = NULL;
  const sj_array *x;
  sj_array *out;
  if (get_array(args[0], &x, &scratch)) {
    sj_status *status = function(x, &out);
    result = status ? raise_status(status) : wrap_array(out);
  }
  scratch_free(&scratch);
  return result;
}

PyObject *call_on_arrays_2(
    const char *name, sj_status *(*function)(const sj_array *, const sj_array *, sj_array **), PyObject *const *args,
    Py_ssize_t n) {
  if (!check_count(name, n, 2, 2)) return NULL;
  Scratch scratch;
  scratch_init(&scratch);
  PyObject *result = NULL;
  const sj_array *x, *y;
  sj_array *out;
  if (get_array(args[0], &x, &scratch) && get_array(args[1], &y, &scratch)) {
    sj_status *status = function(x, y, &out);
    result = status ? raise_status(status) : wrap_array(out);
  }
  scratch_free(&scratch);
  return result;
}
