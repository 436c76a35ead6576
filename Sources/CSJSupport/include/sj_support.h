// Thread-local state of the engine. Swift has no cheap thread-local variables,
// so the few words that every operation reads live here.
#ifndef SJ_SUPPORT_H
#define SJ_SUPPORT_H

#include <stdint.h>

/// The words a thread carries through the engine. All start as zero.
typedef struct sj_thread_state {
  /// The current trace (unretained `Trace` object); NULL means "evaluate".
  void *_Nullable trace;
  /// Scoped configuration overrides (unretained), or NULL.
  void *_Nullable config;
  /// The innermost handle scope (unretained), or NULL.
  void *_Nullable scope;
  /// Depth of nested engine calls, bounding recursion.
  int64_t depth;
  /// The work that is worth several threads, or 0 for the usual amount (`Parallelism`).
  int64_t parallel_threshold;
  /// The elements that make a row a long one, or 0 for the usual number (`FusionLimits`).
  int64_t long_row;
} sj_thread_state;

/// The calling thread's state; the pointer is stable for the thread's life.
sj_thread_state *_Nonnull sj_thread(void);

#endif
