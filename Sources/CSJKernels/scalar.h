// What the scalar code of the kernels is written with. Clang only: its elementwise
// builtins never set errno, so loops over them vectorise without compiler flags.
#ifndef SJ_SCALAR_H
#define SJ_SCALAR_H

#include <stdint.h>
#include <string.h>

#define SJ_INLINE static inline __attribute__((always_inline, unused))

#define SJ_INFf __builtin_inff()
#define SJ_NANf __builtin_nanf("")
#define SJ_INF __builtin_inf()
#define SJ_NAN __builtin_nan("")

#define SJ_BITCAST(to, to_type, from, from_type)          \
  SJ_INLINE to_type sj_##to##_of_##from(from_type value) { \
    to_type result;                                       \
    memcpy(&result, &value, sizeof result);               \
    return result;                                        \
  }
#endif
