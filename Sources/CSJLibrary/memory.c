// The memory pool. Sizes are rounded up to classes. Blocks up to 4 KiB are carved from
// spans and kept in per-thread lists, which trade batches with shared lists under a lock;
// larger blocks are mapped one by one, and cached when released.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sj_library.h"

#define UNIT 64
#define SMALL_BYTES 4096
#define SMALL_CLASSES 20
#define CLASSES 224
#define SPAN_BYTES (256 << 10)
#define HUGE_BYTES (2 << 20)
/// What a thread keeps of one class, at most.
#define THREAD_BYTES (32 << 10)

typedef struct block {
  struct block *next;
} block;

typedef struct list {
  block *head;
  _Atomic int64_t count;  // written by the owner alone, read by the statistics
} list;

typedef struct cache {
  list lists[SMALL_CLASSES];
  struct cache *next, *previous;
} cache;

static struct {
  pthread_mutex_t lock;
  block *small[SMALL_CLASSES], *large[CLASSES];
  /// When a class was last released to; the stalest is evicted first.
  uint64_t touched[CLASSES], tick;
  char *span;
  int64_t span_left;
  cache *caches;
  /// Bytes mapped from the system; of these, in the hands of callers or thread caches; and
  /// in cached large blocks.
  int64_t mapped, handed, cached, peak;
  int64_t limit, default_limit, cache_limit;
  pthread_key_t key;
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER, .cache_limit = 1LL << 30};

static _Thread_local cache *own_cache __attribute__((tls_model("initial-exec")));

// --- Size classes: 64 .. 512 by 64, then four to every doubling --------------------

static int32_t class_of(int64_t bytes) {
  uint64_t units = bytes <= UNIT ? 1 : (uint64_t)(bytes + UNIT - 1) / UNIT;
  if (units <= 8) return (int32_t)units - 1;
  int32_t exponent = 63 - __builtin_clzll(units - 1);
  return 8 + (exponent - 3) * 4 + (int32_t)((units - 1 - (1ull << exponent)) >> (exponent - 2));
}

static int64_t class_bytes(int32_t class) {
  if (class < 8) return (class + 1) * UNIT;
  int32_t exponent = (class - 8) / 4 + 3, quarter = (class - 8) % 4;
  return ((1ll << exponent) + ((quarter + 1ll) << (exponent - 2))) * UNIT;
}

// --- The system's memory -----------------------------------------------------------

static int64_t physical_memory(void) {
  int64_t bytes = (int64_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE), share;
  FILE *file = fopen("/sys/fs/cgroup/memory.max", "r");
  if (!file) return bytes;
  if (fscanf(file, "%lld", (long long *)&share) == 1 && share > 0 && share < bytes) bytes = share;
  fclose(file);
  return bytes;
}

static void unmap(void *start, int64_t bytes) {
  if (bytes > 0) munmap(start, (size_t)bytes);
}

/// Mapped memory; from HUGE_BYTES on it is aligned for, and advised to use, huge pages.
static void *map(int64_t bytes) {
  int64_t slack = bytes >= HUGE_BYTES ? HUGE_BYTES : 0;
  char *start = mmap(NULL, (size_t)(bytes + slack), PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (start == MAP_FAILED) return NULL;
  if (slack == 0) return start;
  int64_t front = -(intptr_t)start & (HUGE_BYTES - 1);
  unmap(start, front);
  unmap(start + front + bytes, slack - front);
  madvise(start + front, (size_t)bytes, MADV_HUGEPAGE);
  return start + front;
}

/// Unmaps the most recent block of the class that was left alone for the longest time.
static bool evict(void) {
  int32_t stalest = -1;
  for (int32_t c = SMALL_CLASSES; c < CLASSES; c++)
    if (pool.large[c] && (stalest < 0 || pool.touched[c] < pool.touched[stalest])) stalest = c;
  if (stalest < 0) return false;
  block *victim = pool.large[stalest];
  pool.large[stalest] = victim->next;
  pool.cached -= class_bytes(stalest);
  pool.mapped -= class_bytes(stalest);
  unmap(victim, class_bytes(stalest));
  return true;
}

/// Counts bytes that are about to be mapped, giving up cached blocks for them.
static bool reserve(int64_t bytes) {
  if (bytes > pool.limit) return false;
  while (pool.mapped > pool.limit - bytes)
    if (!evict()) return false;
  pool.mapped += bytes;
  return true;
}

static void *map_reserved(int64_t bytes) {
  void *start = map(bytes);
  while (!start && evict()) start = map(bytes);
  if (!start) pool.mapped -= bytes;
  return start;
}

static void hand_out(int64_t bytes) {
  pool.handed += bytes;
  if (pool.handed > pool.peak) pool.peak = pool.handed;
}

// --- Start, fork, and the end of a thread ------------------------------------------

static void lock(void) { pthread_mutex_lock(&pool.lock); }
static void unlock(void) { pthread_mutex_unlock(&pool.lock); }

static void flush(cache *own, int32_t class, int64_t keep);

static void retire_cache(void *value) {
  cache *own = value;
  for (int32_t c = 0; c < SMALL_CLASSES; c++) flush(own, c, 0);
  lock();
  if (own->previous) own->previous->next = own->next;
  else pool.caches = own->next;
  if (own->next) own->next->previous = own->previous;
  block *memory = (block *)own;
  int32_t class = class_of(sizeof(cache));
  memory->next = pool.small[class];
  pool.small[class] = memory;
  pool.handed -= class_bytes(class);
  unlock();
  own_cache = NULL;
}

static void start(void) {
  pthread_key_create(&pool.key, retire_cache);
  pthread_atfork(lock, unlock, unlock);
  lock();
  pool.default_limit = physical_memory();
  if (pool.limit == 0) pool.limit = pool.default_limit;
  unlock();
}

static void start_once(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, start);
}

// --- Small blocks ------------------------------------------------------------------

/// One block from the shared list or the current span; the lock is held.
static block *take_small(int32_t class) {
  block *taken = pool.small[class];
  int64_t bytes = class_bytes(class);
  if (taken) {
    pool.small[class] = taken->next;
  } else {
    if (pool.span_left < bytes) {  // what is left of the old span is lost: under 4 KiB of 256
      if (!reserve(SPAN_BYTES)) return NULL;
      char *span = map_reserved(SPAN_BYTES);
      if (!span) return NULL;
      pool.span = span, pool.span_left = SPAN_BYTES;
    }
    taken = (block *)pool.span;
    pool.span += bytes, pool.span_left -= bytes;
  }
  hand_out(bytes);
  return taken;
}

static cache *make_cache(void) {
  start_once();
  lock();
  cache *made = (cache *)take_small(class_of(sizeof(cache)));
  if (made) {
    *made = (cache){.next = pool.caches};
    if (pool.caches) pool.caches->previous = made;
    pool.caches = made;
  }
  unlock();
  own_cache = made;
  pthread_setspecific(pool.key, made);
  return made;
}

static int64_t thread_blocks(int32_t class) { return THREAD_BYTES / class_bytes(class); }

static void set_count(list *l, int64_t count) {
  atomic_store_explicit(&l->count, count, memory_order_relaxed);
}

static int64_t count_of(list *l) { return atomic_load_explicit(&l->count, memory_order_relaxed); }

static __attribute__((noinline)) void *refill(int32_t class) {
  cache *own = own_cache ? own_cache : make_cache();
  if (!own) return NULL;
  list *l = &own->lists[class];
  lock();
  block *result = take_small(class);
  for (int64_t i = thread_blocks(class) / 2; result && i > 0; i--) {
    block *spare = take_small(class);
    if (!spare) break;
    spare->next = l->head;
    l->head = spare;
    set_count(l, count_of(l) + 1);
  }
  unlock();
  return result;
}

/// Returns blocks to the shared list until `keep` are left.
static __attribute__((noinline)) void flush(cache *own, int32_t class, int64_t keep) {
  list *l = &own->lists[class];
  lock();
  while (count_of(l) > keep) {
    block *moved = l->head;
    l->head = moved->next;
    moved->next = pool.small[class];
    pool.small[class] = moved;
    set_count(l, count_of(l) - 1);
    pool.handed -= class_bytes(class);
  }
  unlock();
}

// --- Large blocks ------------------------------------------------------------------

static void *allocate_large(int32_t class) {
  start_once();
  int64_t bytes = class_bytes(class);
  lock();
  block *result = pool.large[class];
  if (result) {
    pool.large[class] = result->next;
    pool.cached -= bytes;
  } else if (reserve(bytes)) {
    result = map_reserved(bytes);
  }
  if (result) hand_out(bytes);
  unlock();
  return result;
}

static void release_large(block *released, int32_t class) {
  int64_t bytes = class_bytes(class);
  lock();
  released->next = pool.large[class];
  pool.large[class] = released;
  pool.touched[class] = ++pool.tick;
  pool.handed -= bytes;
  pool.cached += bytes;
  while (pool.cached > pool.cache_limit) evict();
  unlock();
}

// --- The interface -----------------------------------------------------------------

void *sj_memory_allocate(int64_t bytes) {
  if (bytes < 0 || bytes > INT64_MAX / 4) return NULL;
  int32_t class = class_of(bytes);
  if (class >= SMALL_CLASSES) return allocate_large(class);
  cache *own = own_cache;
  list *l = own ? &own->lists[class] : NULL;
  if (!l || !l->head) return refill(class);
  block *result = l->head;
  l->head = result->next;
  set_count(l, count_of(l) - 1);
  return result;
}

void sj_memory_release(void *pointer, int64_t bytes) {
  if (!pointer) return;
  int32_t class = class_of(bytes);
  if (class >= SMALL_CLASSES) {
    release_large(pointer, class);
    return;
  }
  cache *own = own_cache ? own_cache : make_cache();
  if (!own) return;  // no memory even for the list: the block is lost
  list *l = &own->lists[class];
  ((block *)pointer)->next = l->head;
  l->head = pointer;
  set_count(l, count_of(l) + 1);
  if (count_of(l) > thread_blocks(class)) flush(own, class, thread_blocks(class) / 2);
}

void sj_memory_trim(void) {
  lock();
  while (evict()) continue;
  unlock();
}

void sj_memory_set_limit(int64_t bytes) {
  start_once();
  lock();
  pool.limit = bytes > 0 ? bytes : pool.default_limit;
  unlock();
}

bool sj_memory_is_within_limit(int64_t bytes) {
  start_once();
  lock();
  bool result = bytes <= pool.limit;
  unlock();
  return result;
}

void sj_memory_set_cache_limit(int64_t bytes) {
  lock();
  pool.cache_limit = bytes > 0 ? bytes : 0;
  while (pool.cached > pool.cache_limit) evict();
  unlock();
}

sj_memory_statistics sj_memory_get_statistics(void) {
  start_once();
  lock();
  int64_t waiting = 0;
  for (cache *c = pool.caches; c; c = c->next) {
    waiting += class_bytes(class_of(sizeof(cache)));
    for (int32_t i = 0; i < SMALL_CLASSES; i++) waiting += count_of(&c->lists[i]) * class_bytes(i);
  }
  sj_memory_statistics result = {
    .in_use = pool.handed - waiting, .peak = pool.peak,
    .cached = pool.mapped - pool.handed + waiting, .limit = pool.limit,
  };
  unlock();
  return result;
}

void sj_memory_reset_peak(void) {
  lock();
  pool.peak = pool.handed;
  unlock();
}
