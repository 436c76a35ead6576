// Calls of plain C functions whose signature is known at run time only.
#ifndef SJ_FOREIGN_H
#define SJ_FOREIGN_H

#include <stdint.h>

/// The C type of an argument.
typedef enum sj_foreign_type {
  sj_foreign_void, sj_foreign_pointer, sj_foreign_i8, sj_foreign_i16, sj_foreign_i32, sj_foreign_i64,
  sj_foreign_u8, sj_foreign_u16, sj_foreign_u32, sj_foreign_u64, sj_foreign_f32, sj_foreign_f64
} sj_foreign_type;

/// Whether libffi, which is loaded at the first use, is there.
int sj_foreign_available(void);

/// Calls `function`; `values[i]` points to an argument of `types[i]`. An int32 that it returns
/// goes to `*result` if `returns_i32`. Gives 0, or -1 where the call cannot be made.
int sj_foreign_call(
    void (*_Nonnull function)(void), int32_t count, const int32_t *_Nullable types, void *_Nullable const *_Nullable values,
    int returns_i32, int32_t *_Nonnull result);

#endif
