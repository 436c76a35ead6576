// The thread pool. One job runs at a time; its tasks are claimed one by one from a
// counter. Workers spin for a moment after a job, then sleep on a futex.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "sj_library.h"

#define MAX_THREADS 256
#define SPIN_NANOSECONDS 20000
#define LINE __attribute__((aligned(128)))

/// The gate of the job: may workers enter, does the caller sleep, how many are inside.
#define GATE_OPEN 0x80000000u
#define GATE_WAITED 0x40000000u

static struct {
  /// Held by the caller whose job runs.
  pthread_mutex_t owner;
  pthread_t threads[MAX_THREADS];
  int32_t workers;
  _Atomic bool spin;
  _Atomic int32_t wanted;

  void (*task)(void *, int64_t);
  void *arg;
  int64_t tasks;

  LINE _Atomic int64_t next;
  /// Counts jobs; sleeping workers wait for it to change.
  LINE _Atomic uint32_t epoch;
  /// Workers numbered from this on leave.
  _Atomic int32_t keep;
  _Atomic int32_t sleepers;
  LINE _Atomic uint32_t gate;
} pool = {.owner = PTHREAD_MUTEX_INITIALIZER};

static void futex_wait(_Atomic uint32_t *word, uint32_t value) {
  syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}

static void futex_wake(_Atomic uint32_t *word, int32_t count) {
  syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
}

static void relax(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

/// Spins until *word differs from value; false after SPIN_NANOSECONDS.
static bool spin_until_changed(_Atomic uint32_t *word, uint32_t value) {
  int64_t start = now();
  do {
    for (int i = 0; i < 16; i++) {
      if (atomic_load_explicit(word, memory_order_acquire) != value) return true;
      relax();
    }
  } while (pool.spin && now() - start < SPIN_NANOSECONDS);
  return false;
}

static void claim_tasks(void) {
  int64_t tasks = pool.tasks;
  for (;;) {
    int64_t i = atomic_fetch_add_explicit(&pool.next, 1, memory_order_relaxed);
    if (i >= tasks) return;
    pool.task(pool.arg, i);
  }
}

// --- Workers -----------------------------------------------------------------------

static void wait_for_job(uint32_t seen) {
  if (spin_until_changed(&pool.epoch, seen)) return;
  atomic_fetch_add(&pool.sleepers, 1);
  while (atomic_load(&pool.epoch) == seen) futex_wait(&pool.epoch, seen);
  atomic_fetch_sub(&pool.sleepers, 1);
}

/// Once inside, the job stays until leave_job. A worker that comes late finds the gate shut.
static bool enter_job(void) {
  uint32_t gate = atomic_load(&pool.gate);
  while (gate & GATE_OPEN)
    if (atomic_compare_exchange_weak(&pool.gate, &gate, gate + 1)) return true;
  return false;
}

static void leave_job(void) {
  if (atomic_fetch_sub(&pool.gate, 1) == (GATE_WAITED | 1)) futex_wake(&pool.gate, 1);
}

static void *worker(void *number) {
  uint32_t seen = 0;
  while ((intptr_t)number < atomic_load(&pool.keep)) {
    if (enter_job()) {
      claim_tasks();
      leave_job();
    }
    wait_for_job(seen);
    seen = atomic_load(&pool.epoch);
  }
  return NULL;
}

static void announce(int32_t wake) {
  atomic_fetch_add(&pool.epoch, 1);
  if (wake > 0 && atomic_load(&pool.sleepers) > 0) futex_wake(&pool.epoch, wake);
}

/// A child has none of its parent's workers.
static void forget_workers(void) {
  pthread_mutex_init(&pool.owner, NULL);
  pool.workers = 0;
  atomic_store(&pool.gate, 0);
  atomic_store(&pool.sleepers, 0);
}

static void register_fork_handler(void) { pthread_atfork(NULL, NULL, forget_workers); }

static int32_t available_processors(void) {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
  long online = sysconf(_SC_NPROCESSORS_ONLN);
  return online > 0 ? (int32_t)online : 1;
}

static void start_workers(int32_t count) {
  sigset_t all, previous;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &previous);  // signals are the host's affair
  atomic_store(&pool.keep, count);
  while (pool.workers < count &&
         pthread_create(&pool.threads[pool.workers], NULL, worker,
                        (void *)(intptr_t)pool.workers) == 0)
    pool.workers++;
  pthread_sigmask(SIG_SETMASK, &previous, NULL);
}

static void stop_workers(int32_t count) {
  atomic_store(&pool.keep, count);
  announce(INT_MAX);
  while (pool.workers > count) pthread_join(pool.threads[--pool.workers], NULL);
}

static void resize(int32_t workers) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  static int32_t asked = 0;
  if (pool.workers == workers || (asked == workers && pool.workers > 0)) return;
  pthread_once(&once, register_fork_handler);
  asked = workers;
  pool.spin = workers < available_processors();
  if (workers > pool.workers) start_workers(workers);
  else stop_workers(workers);
}

// --- Jobs --------------------------------------------------------------------------

static void shut_gate_and_wait(void) {
  uint32_t gate = atomic_fetch_and(&pool.gate, ~GATE_OPEN) & ~GATE_OPEN;
  while (gate != 0 && spin_until_changed(&pool.gate, gate)) gate = atomic_load(&pool.gate);
  if (gate == 0) return;
  gate = atomic_fetch_or(&pool.gate, GATE_WAITED) | GATE_WAITED;
  while (gate != GATE_WAITED) {
    futex_wait(&pool.gate, gate);
    gate = atomic_load(&pool.gate);
  }
  atomic_store(&pool.gate, 0);
}

static void run_job(int64_t tasks, void (*task)(void *, int64_t), void *arg) {
  pool.task = task, pool.arg = arg, pool.tasks = tasks;
  atomic_store(&pool.next, 0);
  atomic_store(&pool.gate, GATE_OPEN);
  announce(tasks - 1 < pool.workers ? (int32_t)tasks - 1 : pool.workers);
  claim_tasks();
  shut_gate_and_wait();
}

void sj_pool_run(int64_t tasks, void (*task)(void *arg, int64_t i), void *arg) {
  int32_t threads = sj_pool_threads();
  // The owner's mutex is busy for nested calls too, from the caller as from its workers.
  if (tasks > 1 && threads > 1 && pthread_mutex_trylock(&pool.owner) == 0) {
    resize(threads - 1);
    run_job(tasks, task, arg);
    pthread_mutex_unlock(&pool.owner);
    return;
  }
  for (int64_t i = 0; i < tasks; i++) task(arg, i);
}

void sj_pool_parallel_for(void *context, int64_t tasks, void (*task)(void *arg, int64_t i),
                          void *arg) {
  (void)context;
  sj_pool_run(tasks, task, arg);
}

void sj_pool_set_threads(int32_t threads) {
  atomic_store(&pool.wanted, threads < 0 ? 0 : threads < MAX_THREADS ? threads : MAX_THREADS);
}

int32_t sj_pool_threads(void) {
  int32_t threads = atomic_load_explicit(&pool.wanted, memory_order_relaxed);
  if (threads > 0) return threads;
  threads = available_processors();
  threads = threads < MAX_THREADS ? threads : MAX_THREADS;
  int32_t none = 0;  // an explicit choice made meanwhile stands
  return atomic_compare_exchange_strong(&pool.wanted, &none, threads) ? threads : none;
}
