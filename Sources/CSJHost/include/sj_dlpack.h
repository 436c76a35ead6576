// The memory layout of DLPack 1.0 (github.com/dmlc/dlpack, dlpack.h), under names of our own.
#ifndef SJ_DLPACK_H
#define SJ_DLPACK_H

#include <stdint.h>

enum { sj_dl_cpu = 1 };
enum { sj_dl_int = 0, sj_dl_uint = 1, sj_dl_float = 2, sj_dl_bfloat = 4, sj_dl_complex = 5, sj_dl_bool = 6 };
enum { sj_dl_read_only = 1 };

typedef struct sj_dl_tensor {
  void *_Nullable data;
  int32_t device_type, device_id;
  int32_t ndim;
  uint8_t code, bits;
  uint16_t lanes;
  int64_t *_Nullable shape;
  int64_t *_Nullable strides;
  uint64_t byte_offset;
} sj_dl_tensor;

/// DLManagedTensor, as before version 1.
typedef struct sj_dl_managed {
  sj_dl_tensor tensor;
  void *_Nullable context;
  void (*_Nullable deleter)(struct sj_dl_managed *_Nonnull self);
} sj_dl_managed;

/// DLManagedTensorVersioned.
typedef struct sj_dl_versioned {
  uint32_t major, minor;
  void *_Nullable context;
  void (*_Nullable deleter)(struct sj_dl_versioned *_Nonnull self);
  uint64_t flags;
  sj_dl_tensor tensor;
} sj_dl_versioned;

#endif
