// The driver of matrix products: types, blocking and the split into tasks. Which path a
// product takes changes its speed only: the header defines each element's bits.
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#include "gemm.h"
#include "targets.h"

/// Rows and columns of C for which A and B are packed at a time.
#define PACKED_ROWS 4096
#define PACKED_COLUMNS 4096
/// Bytes of a column of a task's tile, whose packed A so stays in a 512 KiB second-level cache.
/// In rows it is a multiple of every register tile's, as ROW_STEP is.
#define TILE_BYTES 384
#define ROW_STEP 24
#define TILE_COLUMNS 512
/// Columns by which products of few rows are divided: whole cache lines and register tiles of every type.
#define COLUMN_STEP 128
/// Panels packed by one task.
#define PANELS 8
/// Multiply-adds worth a task of their own.
#define TASK_WORK (1 << 18)
/// Packing costs more than it saves for so many multiply-adds, for few rows, and for short sums
/// into one panel.
#define SMALL_WORK (112 * 112 * 112)
#define SMALL_ROWS 24
#define SMALL_DEPTH 64

static int64_t min(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t max(int64_t a, int64_t b) { return a > b ? a : b; }
static int64_t ceiling(int64_t a, int64_t b) { return (a + b - 1) / b; }

/// A product resolved to kernels; complex sizes are counted in reals.
typedef struct plan {
  const sj_gemm_kernels *kernels;
  sj_source a, b;
  const char *packed_b;
  int64_t m, n, k, c_row;
  /// The sums' type to C's, or NULL if they are the same.
  sj_store_fn store;
  int64_t c_size;
  sj_parallel_for parallel;
  void *context;
} plan;

static void run(const plan *plan, int64_t tasks, void (*task)(void *, int64_t), void *arg) {
  if (plan->parallel && tasks > 1) {
    plan->parallel(plan->context, tasks, task, arg);
  } else {
    for (int64_t i = 0; i < tasks; i++) task(arg, i);
  }
}

// --- Types -------------------------------------------------------------------------

static const int8_t element_size[SJ_ELEMENT_COUNT] = {1, 1, 2, 4, 8, 1, 2, 4, 8, 2, 2, 4, 8, 8, 16};

/// The type that sums of the given output type are kept in.
static int accumulator(int32_t out_type) {
  switch (out_type) {
    case SJ_ELEMENT_F16: case SJ_ELEMENT_BF16: case SJ_ELEMENT_F32: case SJ_ELEMENT_C64:
      return SJ_ACCUMULATE_F32;
    case SJ_ELEMENT_F64: case SJ_ELEMENT_C128: return SJ_ACCUMULATE_F64;
    case SJ_ELEMENT_I8: case SJ_ELEMENT_U8: case SJ_ELEMENT_I16: case SJ_ELEMENT_U16:
      return SJ_ACCUMULATE_U16;
    case SJ_ELEMENT_I32: case SJ_ELEMENT_U32: return SJ_ACCUMULATE_U32;
    case SJ_ELEMENT_I64: case SJ_ELEMENT_U64: return SJ_ACCUMULATE_U64;
    default: return -1;
  }
}

static bool widens(int32_t from, int32_t to) {
  switch (from) {
    case SJ_ELEMENT_F16: case SJ_ELEMENT_BF16: return to == SJ_ELEMENT_F32;
    case SJ_ELEMENT_I8: case SJ_ELEMENT_I16: case SJ_ELEMENT_U8: case SJ_ELEMENT_U16:
      return to == SJ_ELEMENT_I32 || to == SJ_ELEMENT_U32;
    default: return false;
  }
}

static bool make_plan(const sj_matmul *p, sj_parallel_for parallel, void *context, plan *out) {
  if (p->type < 0 || p->type >= SJ_ELEMENT_COUNT) return false;
  if (p->out_type != p->type && !widens(p->type, p->out_type)) return false;
  int sums = accumulator(p->out_type);
  if (sums < 0) return false;
  const sj_target *target = sj_current_target();
  const sj_gemm_kernels *kernels = target->gemm[sums];
  bool complex = p->type == SJ_ELEMENT_C64 || p->type == SJ_ELEMENT_C128;
  int64_t reals = complex ? 2 : 1, size = element_size[p->type];
  bool direct = size == kernels->element_size * reals;
  sj_load_fn load = target->load[p->type][sums];
  *out = (plan){
    .kernels = kernels,
    .a = {p->a, p->a_row, p->a_column, size, load, direct, complex},
    .b = {p->b, p->b_column, p->b_row, size, load, direct, complex},
    .packed_b = p->packed_b,
    .m = p->m, .n = p->n * reals, .k = p->k * reals, .c_row = p->c_row * reals,
    .store = target->store[p->out_type][sums], .c_size = element_size[p->out_type] / reals,
    .parallel = parallel, .context = context,
  };
  return true;
}

// --- Matrix times vector -----------------------------------------------------------

typedef struct vector_product {
  const plan *plan;
  const sj_source *matrix;
  const void *x;
  char *y;
  int64_t outputs, y_stride, chunk;
} vector_product;

static void vector_task(void *arg, int64_t i) {
  const vector_product *v = arg;
  int64_t first = i * v->chunk;
  sj_source part = *v->matrix;
  part.data += first * part.across * part.element_size;
  v->plan->kernels->gemv(min(v->chunk, v->outputs - first), v->plan->k, &part, v->x,
                         v->y + first * v->y_stride * v->plan->kernels->element_size, v->y_stride);
}

/// n == 1 (matrix A, x the column of B), or m == 1 (matrix B, x the row of A).
static int32_t multiply_vector(const plan *p, void *c) {
  bool column = p->n == 1;
  const sj_source *x = column ? &p->b : &p->a;
  vector_product v = {
    .plan = p, .matrix = column ? &p->a : &p->b, .x = x->data, .y = c,
    .outputs = column ? p->m : p->n, .y_stride = column ? p->c_row : 1,
  };
  // Whole tiles of the kernels: 1024 outputs that lie side by side, or 32 that do not.
  v.chunk = max(ceiling(TASK_WORK / p->k, 1024), 1) * 1024;
  if (v.matrix->along == 1) v.chunk = max(ceiling(TASK_WORK / p->k, 32), 1) * 32;
  int64_t bytes = p->k * p->kernels->element_size;
  void *copy = NULL;
  if (!x->direct || x->along != 1) {
    copy = sj_memory_allocate(bytes);
    if (!copy) return SJ_OUT_OF_MEMORY;
    x->load(p->k, copy, x->data, x->along);
    v.x = copy;
  }
  run(p, ceiling(v.outputs, v.chunk), vector_task, &v);
  sj_memory_release(copy, bytes);
  return SJ_OK;
}

#define DOT_CHUNK (2 * SJ_DOT_BLOCK)

typedef struct dot_product {
  const plan *plan;
  char *sums;
} dot_product;

static const void *contiguous(const sj_source *s, int64_t first, int64_t count, void *space) {
  const char *data = s->data + first * s->along * s->element_size;
  if (s->direct && s->along == 1) return data;
  s->load(count, space, data, s->along);
  return space;
}

static void dot_task(void *arg, int64_t i) {
  const dot_product *d = arg;
  const plan *p = d->plan;
  uint64_t a[DOT_CHUNK], b[DOT_CHUNK];
  int64_t first = i * DOT_CHUNK, count = min(DOT_CHUNK, p->k - first);
  p->kernels->dot_blocks(count, contiguous(&p->a, first, count, a),
                         contiguous(&p->b, first, count, b),
                         d->sums + first / SJ_DOT_BLOCK * p->kernels->element_size);
}

/// m == n == 1: the sums of all blocks, then their sum.
static int32_t multiply_dot(const plan *p, void *c) {
  int64_t blocks = ceiling(p->k, SJ_DOT_BLOCK), bytes = blocks * p->kernels->element_size;
  uint64_t few[64];
  dot_product d = {.plan = p, .sums = blocks <= 64 ? (char *)few : sj_memory_allocate(bytes)};
  if (!d.sums) return SJ_OUT_OF_MEMORY;
  run(p, ceiling(p->k, DOT_CHUNK), dot_task, &d);
  p->kernels->add(blocks, d.sums, c);
  if (blocks > 64) sj_memory_release(d.sums, bytes);
  return SJ_OK;
}

// --- Small products ----------------------------------------------------------------

typedef struct small_product {
  const plan *plan;
  char *c;
  /// Rows and columns of a task: it has all of one of them.
  int64_t rows, columns;
} small_product;

static void small_task(void *arg, int64_t i) {
  const small_product *s = arg;
  const plan *p = s->plan;
  int64_t row = s->rows < p->m ? i * s->rows : 0, column = s->rows < p->m ? 0 : i * s->columns;
  sj_source a = p->a, b = p->b;
  a.data += row * a.across * a.element_size;
  b.data += column * b.across * b.element_size;
  p->kernels->small(min(s->rows, p->m - row), min(s->columns, p->n - column), p->k, &a, &b,
                    s->c + (row * p->c_row + column) * p->kernels->element_size, p->c_row);
}

static void multiply_small(const plan *p, void *c) {
  small_product s = {.plan = p, .c = c, .rows = p->m, .columns = p->n};
  if (p->m > SMALL_ROWS)
    s.rows = min(p->m, (TASK_WORK / p->k / p->n / ROW_STEP + 1) * ROW_STEP);
  else
    s.columns = min(p->n, (TASK_WORK / p->k / p->m / COLUMN_STEP + 1) * COLUMN_STEP);
  run(p, ceiling(p->m, s.rows) * ceiling(p->n, s.columns), small_task, &s);
}

// --- Packed products ---------------------------------------------------------------

typedef struct packed_product {
  const plan *plan;
  char *c;
  /// The block of C and k in work.
  int64_t row, rows, column, columns, p, k;
  char *a;
  const char *b;
  /// Where B is to be packed; NULL where it has been.
  char *pack_b;
  /// Tasks that pack A come first; B is packed once for all rows.
  int64_t a_tasks, b_tasks;
  int64_t tile_rows, tile_columns;
} packed_product;

static void pack_task(void *arg, int64_t i) {
  const packed_product *x = arg;
  const sj_gemm_kernels *kernels = x->plan->kernels;
  int64_t size = kernels->element_size;
  if (i < x->a_tasks) {
    int64_t first = i * PANELS * kernels->rows;
    kernels->pack_a(&x->plan->a, x->row + first, min(PANELS * kernels->rows, x->rows - first),
                    x->p, x->k,
                    x->a + i * PANELS * kernels->a_width * x->k * size);
  } else {
    int64_t first = (i - x->a_tasks) * PANELS * kernels->columns;
    kernels->pack_b(&x->plan->b, x->column + first,
                    min(PANELS * kernels->columns, x->columns - first), x->p, x->k,
                    x->pack_b + first * x->k * size);
  }
}

static void tile_task(void *arg, int64_t i) {
  const packed_product *x = arg;
  const sj_gemm_kernels *kernels = x->plan->kernels;
  int64_t size = kernels->element_size, tiles = ceiling(x->rows, x->tile_rows);
  int64_t row = i % tiles * x->tile_rows, column = i / tiles * x->tile_columns;
  kernels->tile(min(x->tile_rows, x->rows - row), min(x->tile_columns, x->columns - column), x->k,
                x->a + row / kernels->rows * kernels->a_width * x->k * size,
                x->b + column * x->k * size,
                x->c + ((x->row + row) * x->plan->c_row + x->column + column) * size,
                x->plan->c_row, x->p > 0);
}

/// One block of rows against the packed columns.
static void multiply_block(packed_product *x) {
  const plan *p = x->plan;
  x->rows = min(PACKED_ROWS, p->m - x->row);
  x->a_tasks = ceiling(x->rows, PANELS * p->kernels->rows);
  x->b_tasks = x->pack_b && x->row == 0 ? ceiling(x->columns, PANELS * p->kernels->columns) : 0;
  run(p, x->a_tasks + x->b_tasks, pack_task, x);
  int64_t tiles = ceiling(x->rows, x->tile_rows);
  x->tile_columns = TILE_COLUMNS;
  while (x->tile_columns > 128 && tiles * ceiling(x->columns, x->tile_columns) < 16)
    x->tile_columns /= 2;
  run(p, tiles * ceiling(x->columns, x->tile_columns), tile_task, x);
}

/// Where a k-block of B begins that was packed beforehand, all columns together.
static int64_t packed_offset(const plan *p, int64_t k) {
  return k * ceiling(p->n, p->kernels->columns) * p->kernels->columns * p->kernels->element_size;
}

/// One k-block after the other, for each all rows.
static void multiply_columns(packed_product *x) {
  const plan *p = x->plan;
  for (x->p = 0; x->p < p->k; x->p += SJ_GEMM_BLOCK) {
    x->k = min(SJ_GEMM_BLOCK, p->k - x->p);
    if (p->packed_b) x->b = p->packed_b + packed_offset(p, x->p);
    for (x->row = 0; x->row < p->m; x->row += PACKED_ROWS) multiply_block(x);
  }
}

static int32_t multiply_packed(const plan *p, void *c) {
  const sj_gemm_kernels *kernels = p->kernels;
  int64_t k = min(p->k, SJ_GEMM_BLOCK), size = kernels->element_size;
  int64_t a_panels = ceiling(min(p->m, PACKED_ROWS), kernels->rows);
  int64_t b_panels = p->packed_b ? 0 : ceiling(min(p->n, PACKED_COLUMNS), kernels->columns);
  int64_t a_bytes = a_panels * kernels->a_width * k * size;
  int64_t b_bytes = b_panels * kernels->columns * k * size;
  packed_product x = {.plan = p, .c = c, .tile_rows = TILE_BYTES / size, .columns = p->n};
  x.a = sj_memory_allocate(a_bytes + b_bytes);
  if (!x.a) return SJ_OUT_OF_MEMORY;
  if (p->packed_b) {
    multiply_columns(&x);
  } else {
    x.b = x.pack_b = x.a + a_bytes;
    for (x.column = 0; x.column < p->n; x.column += PACKED_COLUMNS) {
      x.columns = min(PACKED_COLUMNS, p->n - x.column);
      multiply_columns(&x);
    }
  }
  sj_memory_release(x.a, a_bytes + b_bytes);
  return SJ_OK;
}

// --- One product, and many ---------------------------------------------------------

/// C in the type of the sums.
static int32_t multiply_sums(const plan *p, void *c) {
  bool complex = p->a.complex;
  if (p->packed_b) return multiply_packed(p, c);
  if (p->m == 1 && p->n == 1 && !complex) return multiply_dot(p, c);
  if ((p->m == 1 || p->n == 1) && !complex) return multiply_vector(p, c);
  bool small = p->m <= SMALL_ROWS || p->m * p->n * p->k <= SMALL_WORK ||
               (p->k <= SMALL_DEPTH && p->n <= p->kernels->columns);
  if (small && p->a.direct && !complex) {
    multiply_small(p, c);
    return SJ_OK;
  }
  return multiply_packed(p, c);
}

static int32_t multiply(const plan *p, void *c) {
  if (p->k == 0) {
    for (int64_t i = 0; i < p->m; i++)
      memset((char *)c + i * p->c_row * p->c_size, 0, (size_t)(p->n * p->c_size));
    return SJ_OK;
  }
  if (!p->store) return multiply_sums(p, c);
  int64_t row_bytes = p->n * p->kernels->element_size, bytes = p->m * row_bytes;
  char *sums = sj_memory_allocate(bytes);
  if (!sums) return SJ_OUT_OF_MEMORY;
  plan wide = *p;
  wide.c_row = p->n;
  int32_t status = multiply_sums(&wide, sums);
  for (int64_t i = 0; i < p->m && status == SJ_OK; i++)
    p->store(p->n, (char *)c + i * p->c_row * p->c_size, sums + i * row_bytes);
  sj_memory_release(sums, bytes);
  return status;
}

typedef struct batch {
  const sj_matmul *product;
  const plan *plan;
  int64_t group;
  atomic_int status;
} batch;

/// One product of a batch: the plan, moved on.
static int32_t multiply_member(const batch *x, const plan *base, int64_t i) {
  plan p = *base;
  p.a.data += i * x->product->a_batch * p.a.element_size;
  p.b.data += i * x->product->b_batch * p.b.element_size;
  int64_t c_size = element_size[x->product->out_type];
  return multiply(&p, (char *)x->product->c + i * x->product->c_batch * c_size);
}

static void batch_task(void *arg, int64_t i) {
  batch *x = arg;
  plan serial = *x->plan;
  serial.parallel = NULL;
  int64_t end = min((i + 1) * x->group, x->product->batch);
  for (int64_t j = i * x->group; j < end; j++) {
    int32_t status = multiply_member(x, &serial, j);
    if (status != SJ_OK) atomic_store(&x->status, status);
  }
}

int32_t sj_gemm(const sj_matmul *product, sj_parallel_for parallel, void *context) {
  plan p;
  if (!make_plan(product, parallel, context, &p)) return SJ_UNSUPPORTED;
  if (p.m <= 0 || p.n <= 0 || product->batch <= 0) return SJ_OK;
  if (product->batch == 1) return multiply(&p, product->c);
  batch x = {.product = product, .plan = &p};
  int64_t work = max(p.m * p.n * p.k, 1);
  if (work < 4 * TASK_WORK) {
    x.group = ceiling(TASK_WORK, work);
    run(&p, ceiling(product->batch, x.group), batch_task, &x);
    return atomic_load(&x.status);
  }
  int32_t status = SJ_OK;
  for (int64_t i = 0; i < product->batch && status == SJ_OK; i++)
    status = multiply_member(&x, &p, i);
  return status;
}

int32_t sj_gemm_pack(const sj_matmul *product, void *packed, sj_parallel_for parallel, void *context) {
  plan p;
  if (!make_plan(product, parallel, context, &p)) return SJ_UNSUPPORTED;
  if (p.b.complex || p.store || p.kernels->columns > SJ_GEMM_PADDING) return SJ_UNSUPPORTED;
  packed_product x = {.plan = &p, .columns = p.n, .b_tasks = ceiling(p.n, PANELS * p.kernels->columns)};
  for (x.p = 0; x.p < p.k; x.p += SJ_GEMM_BLOCK) {
    x.k = min(SJ_GEMM_BLOCK, p.k - x.p);
    x.pack_b = (char *)packed + packed_offset(&p, x.p);
    run(&p, x.b_tasks, pack_task, &x);
  }
  return SJ_OK;
}
