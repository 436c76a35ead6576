#include "test.h"

static void releases_what_is_made_inside(void) {
  sj_array *x = scalar(2), *y = NULL, *z = NULL;
  int64_t live = sj_live_handles();
  sj_scope *scope = NULL;
  OK(sj_scope_begin(&scope));
  CHECK(sj_handle_kind(scope) == SJ_KIND_SCOPE);
  OK(sj_multiply(x, x, &y));
  OK(sj_multiply(y, y, &z));
  sj_release(y);  // early
  const void *keep[] = {z, NULL};
  OK(sj_scope_end(scope, keep, 2));
  CHECK(sj_live_handles() == live + 1);
  EXPECT(z, 16);
  sj_release(x);
}

static void nested_scopes_pass_on_what_they_keep(void) {
  sj_scope *outer = NULL, *inner = NULL;
  sj_array *x = NULL;
  OK(sj_scope_begin(&outer));
  OK(sj_scope_begin(&inner));
  x = scalar(3);
  FAILS(SJ_ERR_INVALID_ARGUMENT, "innermost", sj_scope_end(outer, NULL, 0));
  const void *keep[] = {x};
  OK(sj_scope_end(inner, keep, 1));
  double value = 0;
  OK(sj_item_f64(x, &value));
  CHECK(value == 3);
  OK(sj_scope_end(outer, NULL, 0));
}

static void retain_and_release_balance_inside(void) {
  sj_array *x = scalar(2);
  sj_scope *scope = NULL;
  OK(sj_scope_begin(&scope));
  sj_retain(x);
  sj_retain(x);
  sj_release(x);
  OK(sj_scope_end(scope, NULL, 0));
  EXPECT(x, 2);
}

static void results_are_never_the_argument_itself(void) {
  sj_array *x = scalar(2), *same = NULL;
  sj_scope *scope = NULL;
  OK(sj_scope_begin(&scope));
  OK(sj_positive(x, &same));
  CHECK(same != x);
  sj_release(x);  // the caller's own count, made outside
  double value = 0;
  OK(sj_item_f64(same, &value));
  CHECK(value == 2);
  OK(sj_scope_end(scope, NULL, 0));
}

static void failures_are_named(void) {
  FAILS(SJ_ERR_INVALID_ARGUMENT, "out is NULL", sj_scope_begin(NULL));
  FAILS(SJ_ERR_INVALID_ARGUMENT, "scope is NULL", sj_scope_end(NULL, NULL, 0));
  sj_array *x = scalar(1);
  FAILS(SJ_ERR_INVALID_ARGUMENT, "kind", sj_scope_end((sj_scope *)x, NULL, 0));
  sj_release(x);
}

const test_case scope_tests[] = {
  {"scopes: release what is made inside", releases_what_is_made_inside},
  {"scopes: nested scopes pass on what they keep", nested_scopes_pass_on_what_they_keep},
  {"scopes: retain and release balance inside", retain_and_release_balance_inside},
  {"scopes: results are never the argument itself", results_are_never_the_argument_itself},
  {"scopes: failures are named", failures_are_named},
  END_OF_TESTS,
};
