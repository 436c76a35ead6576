#include "sj_kernels.h"
