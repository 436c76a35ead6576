// Turning LLVM's fatal errors into ordinary ones, and keeping out of it once the process exits.
#ifndef SJ_COMPILER_RECOVERY_H
#define SJ_COMPILER_RECOVERY_H

#include <csetjmp>
#include <string>

namespace sjc {

/// Installs LLVM's fatal-error and out-of-memory handlers. Call once.
void installHandlers();

/// The place on the current thread that a fatal error returns to.
struct RecoveryPoint {
  std::jmp_buf jump;
  std::string reason;
  RecoveryPoint *outer;
};

/// False once the process exits and LLVM may not be entered any more.
bool enter(RecoveryPoint &point);
void leave(RecoveryPoint &point);

/// Runs `body`, which returns an error text, empty for success. A fatal error
/// inside LLVM abandons it: what it had allocated is leaked (LLVM's own
/// CrashRecoveryContext does the same), so `body` must leave alone whatever
/// outlives the call until it has succeeded.
template <typename Body> std::string recovering(Body &&body) {
  RecoveryPoint point;
  if (!enter(point))
    return "the process is exiting";
  std::string error;
  if (setjmp(point.jump) == 0)
    error = body();
  else
    error = point.reason;
  leave(point);
  return error;
}

} // namespace sjc

#endif
