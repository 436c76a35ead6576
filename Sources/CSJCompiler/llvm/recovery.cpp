#include "recovery.h"

#include "llvm/Support/ErrorHandling.h"

#include <cstdio>
#include <cstdlib>

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

void installFatalErrorHandlers() {
  llvm::install_fatal_error_handler(jumpToRecoveryPoint);
  llvm::install_bad_alloc_error_handler(jumpToRecoveryPoint);
}

void enter(RecoveryPoint &point) {
  point.outer = innermost;
  innermost = &point;
}

void leave(RecoveryPoint &point) { innermost = point.outer; }

} // namespace sjc
