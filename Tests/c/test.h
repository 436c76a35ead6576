// A few helpers for the conformance suite, which knows the library by its header alone.
#ifndef SJ_TEST_H
#define SJ_TEST_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "swiftjax.h"

typedef struct {
  const char *name;
  void (*run)(void);
} test_case;

/// Ends each list of tests.
#define END_OF_TESTS {NULL, NULL}

extern const test_case runtime_tests[], scope_tests[], array_tests[], interchange_tests[], tree_tests[],
    function_tests[], transformation_tests[], control_tests[], elementwise_tests[], numpy_tests[], slicing_tests[],
    random_tests[], nn_tests[], ufunc_tests[], family_tests[], custom_call_tests[], error_tests[], thread_tests[], async_tests[],
    donation_tests[];

/// Prints what sj_compiler_available says: the suite runs itself with `--compiler` in other environments.
int print_compiler(void);

/// Notes a failure of the running test.
void test_failed(const char *file, int line, const char *what);

#define CHECK(condition)                                          \
  do {                                                            \
    if (!(condition)) test_failed(__FILE__, __LINE__, #condition); \
  } while (0)

/// The call must succeed.
#define OK(call) expect_success(call, __FILE__, __LINE__, #call)
void expect_success(sj_status *status, const char *file, int line, const char *what);

/// The call must fail with a code and a message that contains a text.
#define FAILS(code, text, call) expect_failure(call, code, text, __FILE__, __LINE__, #call)
void expect_failure(sj_status *status, sj_error code, const char *text, const char *file, int line, const char *what);

#define COUNT(array) ((int64_t)(sizeof(array) / sizeof((array)[0])))

/// Arrays of float32 (or int32, uint32, bool) for tests; released by `sj_release`.
sj_array *floats(const float *data, int64_t rank, const int64_t *shape);
sj_array *vector(int64_t count, const float *data);
sj_array *matrix(int64_t rows, int64_t columns, const float *data);
sj_array *ints(int64_t count, const int32_t *data);
sj_array *scalar(double value);
sj_array *integer(int64_t value);

/// Checks the values of an array (of any real dtype), within a relative error of 2e-6, and releases it.
#define EXPECT(array, ...)                                                                   \
  do {                                                                                       \
    const double wanted_[] = {__VA_ARGS__};                                                  \
    expect_values(array, wanted_, COUNT(wanted_), __FILE__, __LINE__, #array);               \
  } while (0)
void expect_values(sj_array *array, const double *wanted, int64_t count, const char *file, int line, const char *what);

/// Checks the text of a string and releases it.
#define EXPECT_TEXT(string, text) expect_text(string, text, __FILE__, __LINE__)
void expect_text(sj_string *string, const char *text, const char *file, int line);

/// The call succeeds and gives these values; `y` is the array it writes to.
#define GIVES(call, ...)    \
  do {                      \
    OK(call);               \
    EXPECT(y, __VA_ARGS__); \
  } while (0)

/// The call succeeds and gives a list of arrays of one value each, or several, one after the other.
#define GIVES_LIST(call, ...)                                                 \
  do {                                                                        \
    const double wanted_[] = {__VA_ARGS__};                                   \
    OK(call);                                                                 \
    expect_list(list, wanted_, COUNT(wanted_), __FILE__, __LINE__, #call);    \
  } while (0)
void expect_list(sj_list *list, const double *wanted, int64_t count, const char *file, int line, const char *what);

/// Texts as the library takes them.
#define TEXT(literal) ((sj_string_view){literal, sizeof(literal) - 1})
static const sj_string_view no_text = {NULL, 0};

/// The shape of an array as text: "2,3".
const char *shape_of(const sj_array *array);
sj_dtype dtype_of(const sj_array *array);

/// A function with a C body, without context.
sj_function *function(const char *name, sj_function_call call);
/// Calls with arrays; gives the only result.
sj_array *call1(const sj_function *f, sj_array *x);
sj_array *call2(const sj_function *f, sj_array *x, sj_array *y);

// Bodies that several tests use. Each is a function of leaves.
#define BODY(name)                                                                                       \
  sj_status *name(void *context, const sj_list *arguments, const sj_tree *tree, sj_list **results, sj_tree **result_tree)
BODY(square_body);      // x²
BODY(sum_square_body);  // Σ x²
BODY(identity_body);
BODY(failing_body);     // a status with code SJ_ERR_CALLBACK and the message "mine"
BODY(product_body);     // x y
BODY(sine_body);

/// The first lines of a body: borrows the arguments as variables.
#define ARGUMENT(status, arguments, place, name)                        \
  sj_array *name = NULL;                                                \
  if (!status) status = sj_list_get(arguments, place, &name)
#define UNUSED(a, b, c) (void)(a), (void)(b), (void)(c)

#endif
