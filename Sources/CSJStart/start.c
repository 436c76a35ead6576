#include "sj_face_start.h"

// Runs before `main`, so that no function has to ask whether the engine is set up.
__attribute__((constructor)) static void start(void) { swiftjax_face_start(); }
