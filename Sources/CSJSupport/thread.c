#include "sj_support.h"

// initial-exec: one instruction instead of a call into the dynamic linker.
static _Thread_local sj_thread_state state __attribute__((tls_model("initial-exec")));

sj_thread_state *sj_thread(void) { return &state; }
