#include <unistd.h>

#include "test.h"

// DLPack's layout, as a consumer has it from its own header.
typedef struct {
  void *data;
  int32_t device_type, device_id, ndim;
  uint8_t code, bits;
  uint16_t lanes;
  int64_t *shape, *strides;
  uint64_t byte_offset;
} dl_tensor;
typedef struct dl_versioned {
  uint32_t major, minor;
  void *context;
  void (*deleter)(struct dl_versioned *);
  uint64_t flags;
  dl_tensor tensor;
} dl_versioned;
typedef struct dl_managed {
  dl_tensor tensor;
  void *context;
  void (*deleter)(struct dl_managed *);
} dl_managed;

static const float six[] = {1, 2, 3, 4, 5, 6};

static void dlpack_round_trips_without_copies(void) {
  sj_array *x = matrix(2, 3, six), *y = NULL;
  void *managed = NULL;
  const void *a = NULL, *b = NULL;
  OK(sj_to_dlpack(x, 1, &managed));
  dl_versioned *tensor = managed;
  CHECK(tensor->major == 1 && tensor->tensor.ndim == 2 && tensor->tensor.shape[1] == 3 && tensor->tensor.strides[0] == 3);
  CHECK(tensor->tensor.code == 2 && tensor->tensor.bits == 32);
  OK(sj_from_dlpack(managed, 1, &y));
  OK(sj_data(x, &a));
  OK(sj_data(y, &b));
  CHECK(a == b);
  sj_release(x);
  EXPECT(y, 1, 2, 3, 4, 5, 6);
  x = matrix(2, 3, six);
  OK(sj_to_dlpack(x, 0, &managed));
  OK(sj_from_dlpack(managed, 0, &y));
  sj_release(y);
  EXPECT(x, 1, 2, 3, 4, 5, 6);
}

static int deleted;
static void delete_tensor(dl_managed *self) { (void)self, deleted++; }

static void foreign_tensors(void) {
  static float data[] = {1, 2, 3, 4};
  int64_t shape[] = {2, 2}, transposed[] = {1, 2};
  dl_managed tensor = {{data, 1, 0, 2, 2, 32, 1, shape, transposed, 0}, NULL, delete_tensor};
  sj_array *x = NULL;
  deleted = 0;
  OK(sj_from_dlpack(&tensor, 0, &x));
  CHECK(deleted == 1);  // not row-major: copied
  EXPECT(x, 1, 3, 2, 4);
  tensor.tensor.strides = NULL;
  OK(sj_from_dlpack(&tensor, 0, &x));
  CHECK(deleted == 1);
  EXPECT(x, 1, 2, 3, 4);
  CHECK(deleted == 2);
  tensor.tensor.device_type = 2;
  FAILS(SJ_ERR_INVALID_ARGUMENT, "device", sj_from_dlpack(&tensor, 0, &x));
  CHECK(deleted == 3);
  tensor.tensor.device_type = 1;
  tensor.tensor.bits = 31;
  FAILS(SJ_ERR_DTYPE, "31 bits", sj_from_dlpack(&tensor, 0, &x));
  FAILS(SJ_ERR_INVALID_ARGUMENT, "managed is NULL", sj_from_dlpack(NULL, 0, &x));
  CHECK(deleted == 4 && x == NULL);
}

static void npy_files(void) {
  char path[] = "/tmp/swiftjax-test-XXXXXX";
  int file = mkstemp(path);
  CHECK(file >= 0);
  sj_array *x = matrix(2, 3, six), *y = NULL;
  OK(sj_save_npy(sj_text(path), x));
  OK(sj_load_npy(sj_text(path), &y));
  CHECK(strcmp(shape_of(y), "2,3") == 0);
  EXPECT(y, 1, 2, 3, 4, 5, 6);
  // Column-major and big-endian, as NumPy may write them.
  FILE *odd = fopen(path, "wb");
  const char header[] = "{'descr': '>i2', 'fortran_order': True, 'shape': (2, 2), }";
  const unsigned char bytes[] = {0, 1, 0, 2, 0, 3, 0, 4};
  fwrite("\x93NUMPY\x01\x00", 1, 8, odd);
  fputc((int)sizeof header - 1, odd);
  fputc(0, odd);
  fwrite(header, 1, sizeof header - 1, odd);
  fwrite(bytes, 1, sizeof bytes, odd);
  fclose(odd);
  OK(sj_load_npy(sj_text(path), &y));
  CHECK(dtype_of(y) == SJ_INT16);
  EXPECT(y, 1, 3, 2, 4);
  CHECK(truncate(path, 70) == 0);
  FAILS(SJ_ERR_IO, "truncated", sj_load_npy(sj_text(path), &y));
  CHECK(truncate(path, 3) == 0);
  FAILS(SJ_ERR_IO, "no .npy file", sj_load_npy(sj_text(path), &y));
  remove(path);
  FAILS(SJ_ERR_IO, "No such file", sj_load_npy(sj_text(path), &y));
  FAILS(SJ_ERR_IO, "cannot write", sj_save_npy(sj_text("/nonexistent/file.npy"), x));
  sj_release(x);
}

const test_case interchange_tests[] = {
  {"interchange: DLPack round trips without copies", dlpack_round_trips_without_copies},
  {"interchange: foreign tensors", foreign_tensors},
  {"interchange: .npy files", npy_files},
  END_OF_TESTS,
};
