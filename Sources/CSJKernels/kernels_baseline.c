#include "operations.h"
#include "kernel_set.h"

#define SJ_TARGET baseline
#include "kernels_template.h"
