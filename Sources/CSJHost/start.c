#include "sj_start.h"

// Runs when the library is loaded, so that no function has to ask whether the engine is set up.
__attribute__((constructor)) static void start(void) { swiftjax_start(); }
