// DLPack: arrays of other libraries, and ours for them, on the same memory.
#include "support.h"

static const char *capsule_name(int versioned, int used) {
  if (versioned) return used ? "used_dltensor_versioned" : "dltensor_versioned";
  return used ? "used_dltensor" : "dltensor";
}

/// The head that both forms of a managed tensor share with what their deleter needs (dlpack.h of DLPack 1.0).
typedef struct {
  uint32_t major, minor;
  void *manager;
  void (*deleter)(void *self);
} VersionedHead;

typedef struct {
  void *data;
  struct { int32_t type, id; } device;
  int32_t rank;
  struct { uint8_t code, bits; uint16_t lanes; } dtype;
  int64_t *shape, *strides;
  uint64_t offset;
} Tensor;

typedef struct {
  Tensor tensor;
  void *manager;
  void (*deleter)(void *self);
} Unversioned;

/// A capsule that nobody took: its tensor is deleted.
static void capsule_free(PyObject *capsule) {
  for (int versioned = 0; versioned < 2; versioned++) {
    const char *name = capsule_name(versioned, 0);
    if (!PyCapsule_IsValid(capsule, name)) continue;
    void *tensor = PyCapsule_GetPointer(capsule, name);
    void (*deleter)(void *) = versioned ? ((VersionedHead *)tensor)->deleter : ((Unversioned *)tensor)->deleter;
    if (deleter) deleter(tensor);
  }
}

/// (array, versioned) → capsule
PyObject *to_dlpack(PyObject *module, PyObject *const *args, Py_ssize_t n) {
  (void)module;
  sj_bool versioned;
  if (!check_count("to_dlpack", n, 2, 2) || !get_bool(args[1], &versioned, 0)) return NULL;
  if (!Py_IS_TYPE(args[0], &ArrayType)) {
    PyErr_SetString(PyExc_TypeError, "an array is wanted");
    return NULL;
  }
  void *tensor;
  sj_status *status = sj_to_dlpack(((ArrayObject *)args[0])->handle, versioned, &tensor);
  return status ? raise_status(status) : PyCapsule_New(tensor, capsule_name(versioned, 0), capsule_free);
}

/// capsule → array; the capsule is used up.
PyObject *from_dlpack(PyObject *module, PyObject *capsule) {
  (void)module;
  int versioned = PyCapsule_IsValid(capsule, capsule_name(1, 0));
  if (!versioned && !PyCapsule_IsValid(capsule, capsule_name(0, 0))) {
    PyErr_SetString(PyExc_ValueError, "a capsule of a DLPack tensor that nobody has taken is wanted");
    return NULL;
  }
  void *tensor = PyCapsule_GetPointer(capsule, capsule_name(versioned, 0));
  if (PyCapsule_SetName(capsule, capsule_name(versioned, 1))) return NULL;
  sj_array *out;
  sj_status *status = sj_from_dlpack(tensor, (sj_bool)versioned, &out);
  return status ? raise_status(status) : wrap_array(out);
}
