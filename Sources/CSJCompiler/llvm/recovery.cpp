#include "recovery.h"
#include "linkage.h"

#include "llvm/Support/ErrorHandling.h"

#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <new>
#include <pthread.h>

namespace sjc {

static thread_local RecoveryPoint *innermost = nullptr;

// LLVM calls exit or abort when a handler returns: it must not.
static void jumpToRecoveryPoint(void *, const char *reason, bool) {
  RecoveryPoint *point = innermost;
  if (!point) {
    std::fprintf(stderr, "swiftjax-compiler: LLVM error outside of a compilation: %s\n", reason);
    std::abort();
  }
  point->reason = std::string("LLVM: ") + reason;
  std::longjmp(point->jump, 1);
}

// MARK: - Exit

// The system's libLLVM destroys its globals when some thread calls exit, under the hands of threads that
// are compiling. Our handler waits for those, and then nobody enters.
static std::mutex mutex;
static std::condition_variable hasLeft;
static int inside = 0;
static std::uint64_t callCount = 0;
static bool isExiting = false;

static void waitForOthers(int, void *) {
  std::unique_lock<std::mutex> lock(mutex);
  isExiting = true;
  // A signal handler may call exit inside of LLVM.
  int own = innermost ? 1 : 0;
  hasLeft.wait(lock, [&] { return inside <= own; });
}

// A child has one thread only, which is not in LLVM: it is forking. What others of the parent held it does not have: this lock is
// made anew, and SJBackendCPU lets nobody into LLVM while the process forks (ForkGate.swift).
static void forgetOthers() {
  inside = 0;
  new (&mutex) std::mutex;
}

void installHandlers() {
  llvm::install_fatal_error_handler(jumpToRecoveryPoint);
  llvm::install_bad_alloc_error_handler(jumpToRecoveryPoint);
  pthread_atfork(nullptr, nullptr, forgetOthers);
}

// Handlers run in the opposite order of registration, and LLVM makes some of its globals in its first calls:
// ours is registered again after the first, second, fourth… What remains is a process that exits within the
// very call that has just made a global. atexit would go through our __cxa_atexit (api.cpp), which forgets it.
static void registerExitHandler() {
  callCount++;
  if (isSystemLLVM && (callCount & (callCount - 1)) == 0)
    on_exit(waitForOthers, nullptr);
}

bool enter(RecoveryPoint &point) {
  std::lock_guard<std::mutex> lock(mutex);
  if (isExiting)
    return false;
  if (!innermost)
    inside++;
  point.outer = innermost;
  innermost = &point;
  return true;
}

void leave(RecoveryPoint &point) {
  std::lock_guard<std::mutex> lock(mutex);
  innermost = point.outer;
  if (innermost)
    return;
  inside--;
  hasLeft.notify_all();
  registerExitHandler();
}

} // namespace sjc
