#include "operations.h"
#include "kernel_set.h"

#define SJ_TARGET baseline
#define SJ_VECTOR_BYTES 16
#include "kernels_template.h"
