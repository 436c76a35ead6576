#include "test.h"

static int destroyed;
static void count_destroy(void *context) { (void)context, destroyed++; }

static void calls(void) {
  sj_array *x = scalar(3), *result = NULL;
  sj_function *square = function("square", square_body);
  EXPECT(call1(square, x), 9);
  sj_list *arguments = NULL, *results = NULL;
  sj_tree *tree = NULL;
  int32_t kind = -1;
  OK(sj_list_create(&x, 1, &arguments));
  OK(sj_call(square, arguments, NULL, &results, &tree));
  OK(sj_tree_kind(tree, &kind));
  CHECK(kind == SJ_NODE_LEAF);
  OK(sj_list_get(results, 0, &result));
  EXPECT(result, 9);
  sj_string *name = NULL;
  OK(sj_function_name(square, &name));
  EXPECT_TEXT(name, "square");
  FAILS(SJ_ERR_TREE, "has 1 results", sj_call_flat(square, &x, 1, NULL, 0));
  sj_release(results);
  FAILS(SJ_ERR_TREE, "tuple", sj_call(square, arguments, tree, &results, NULL));
  CHECK(results == NULL);
  sj_release(arguments);
  sj_release(tree);
  sj_release(square);
  sj_release(x);
}

static void destroy_runs_once(void) {
  destroyed = 0;
  sj_function *f = NULL, *gradient = NULL;
  OK(sj_function_create(sj_text("f"), sum_square_body, NULL, count_destroy, SJ_FUNCTION_DEFAULT, &f));
  OK(sj_grad(f, NULL, &gradient));
  sj_release(f);
  CHECK(destroyed == 0);  // the derived function keeps its base
  float data[] = {1, 2};
  sj_array *x = vector(2, data);
  EXPECT(call1(gradient, x), 2, 4);
  sj_release(x);
  sj_release(gradient);
  CHECK(destroyed == 1);
  FAILS(SJ_ERR_INVALID_ARGUMENT, "call is NULL", sj_function_create(sj_text("f"), NULL, NULL, count_destroy, 0, &f));
  CHECK(destroyed == 2 && f == NULL);
  FAILS(SJ_ERR_INVALID_ARGUMENT, "flags", sj_function_create(sj_text("f"), square_body, NULL, count_destroy, 8, &f));
  CHECK(destroyed == 3);
  FAILS(SJ_ERR_INVALID_ARGUMENT, "out is NULL", sj_function_create(sj_text("f"), square_body, NULL, count_destroy, 0, NULL));
  CHECK(destroyed == 4);
}

static int payload;
BODY(failing_with_payload) {
  UNUSED(context, arguments, tree);
  UNUSED(result_tree, 0, 0);
  // Results of a failed callback are released.
  sj_array *x = scalar(1);
  OK(sj_list_create(&x, 1, results));
  return sj_status_create(SJ_ERR_IO, sj_text("host"), &payload, count_destroy);
}

static void statuses_come_back_unchanged(void) {
  sj_array *x = scalar(1), *y = NULL;
  sj_function *f = function("f", failing_with_payload), *g = NULL, *j = NULL, *v = NULL;
  destroyed = 0;
  OK(sj_grad(f, NULL, &g));
  OK(sj_jit(g, NULL, &j));
  OK(sj_vmap(f, NULL, &v));
  const sj_function *all[] = {f, g, j};
  for (int i = 0; i < 3; i++) {
    sj_status *status = sj_call_flat(all[i], &x, 1, &y, 1);
    CHECK(sj_status_code(status) == SJ_ERR_IO);
    CHECK(sj_status_payload(status) == &payload);
    CHECK(strcmp(sj_status_message(status).data, "host") == 0);
    CHECK(y == NULL && destroyed == i);
    sj_release(status);
    CHECK(destroyed == i + 1);
  }
  sj_release(f);
  sj_release(g);
  sj_release(j);
  sj_release(v);
  sj_release(x);
}

BODY(returns_nothing) {
  UNUSED(context, arguments, tree);
  UNUSED(results, result_tree, 0);
  return NULL;
}

BODY(returns_wrong_kind) {
  UNUSED(context, arguments, tree);
  (void)result_tree;
  *results = (sj_list *)scalar(1);
  return NULL;
}

BODY(returns_wrong_tree) {
  UNUSED(context, tree, arguments);
  sj_array *x = scalar(1);
  sj_status *status = sj_list_create(&x, 1, results);
  return status ? status : sj_tree_none(result_tree);
}

BODY(returns_arguments) {
  UNUSED(context, tree, result_tree);
  *results = (sj_list *)(uintptr_t)arguments;  // borrowed, not retained: a scope forgives it
  return NULL;
}

static void wrong_results(void) {
  sj_array *x = scalar(1), *y = NULL;
  sj_function *f = function("nothing", returns_nothing);
  FAILS(SJ_ERR_INVALID_ARGUMENT, "neither results nor a status", sj_call_flat(f, &x, 1, &y, 1));
  sj_release(f);
  f = function("kind", returns_wrong_kind);
  FAILS(SJ_ERR_INVALID_ARGUMENT, "kind array", sj_call_flat(f, &x, 1, &y, 1));
  sj_release(f);
  f = function("tree", returns_wrong_tree);
  FAILS(SJ_ERR_TREE, "0 leaves", sj_call_flat(f, &x, 1, &y, 1));
  sj_release(f);
  f = function("arguments", returns_arguments);
  EXPECT(call1(f, x), 1);
  sj_release(f);
  sj_release(x);
}

BODY(unscoped_square) {
  sj_status *status = NULL;
  UNUSED(context, tree, result_tree);
  ARGUMENT(status, arguments, 0, x);
  sj_array *y = NULL;
  if (!status) status = sj_multiply(x, x, &y);
  sj_release(x);
  if (!status) status = sj_list_create(&y, 1, results);
  sj_release(y);
  return status;
}

static void unscoped_callbacks_own_their_handles(void) {
  sj_function *f = NULL, *g = NULL, *j = NULL;
  OK(sj_function_create(sj_text("f"), unscoped_square, NULL, NULL, SJ_FUNCTION_UNSCOPED, &f));
  OK(sj_grad(f, NULL, &g));
  OK(sj_jit(g, NULL, &j));
  sj_array *x = scalar(3);
  EXPECT(call1(f, x), 9);
  EXPECT(call1(j, x), 6);
  sj_release(x);
  sj_release(f);
  sj_release(g);
  sj_release(j);
}

static sj_array *escaped;
BODY(leaks_tracer) {
  UNUSED(context, tree, result_tree);
  sj_status *status = sj_list_get(arguments, 0, &escaped);
  return status ? status : sj_list_slice(arguments, 0, 1, results);
}

static void escaped_tracers(void) {
  sj_function *f = NULL, *j = NULL;
  sj_array *x = scalar(2), *y = NULL;
  OK(sj_function_create(sj_text("leaky"), leaks_tracer, NULL, NULL, SJ_FUNCTION_UNSCOPED, &f));
  OK(sj_jit(f, NULL, &j));
  OK(sj_call_flat(j, &x, 1, &y, 1));
  sj_release(y);
  sj_bool tracer = 0;
  OK(sj_is_tracer(escaped, &tracer));
  CHECK(tracer && dtype_of(escaped) == SJ_FLOAT32);
  FAILS(SJ_ERR_ESCAPED_TRACER, "leaky", sj_add(escaped, x, &y));
  double value;
  FAILS(SJ_ERR_ESCAPED_TRACER, "leaky", sj_item_f64(escaped, &value));
  sj_release(escaped);
  sj_release(f);
  sj_release(j);
  sj_release(x);
}

static sj_function *recursive;
BODY(recurses) {
  UNUSED(context, tree, result_tree);
  return sj_call(recursive, arguments, tree, results, NULL);
}

static void endless_recursion_is_an_error(void) {
  recursive = function("recursive", recurses);
  sj_array *x = scalar(1), *y = NULL;
  FAILS(SJ_ERR_INVALID_ARGUMENT, "deep", sj_call_flat(recursive, &x, 1, &y, 1));
  sj_release(recursive);
  sj_release(x);
}

BODY(pops_too_often) {
  UNUSED(context, tree, result_tree);
  UNUSED(arguments, results, 0);
  return sj_config_pop();
}

BODY(pushes_setting) {
  UNUSED(context, tree, result_tree);
  sj_status *status = sj_config_push(SJ_DEBUG_INFS, 1);
  return status ? status : sj_list_slice(arguments, 0, 1, results);
}

static void settings_unwind(void) {
  int64_t value = -1;
  sj_array *x = scalar(1), *y = NULL;
  sj_function *f = function("pushes", pushes_setting);
  EXPECT(call1(f, x), 1);
  OK(sj_config_get(SJ_DEBUG_INFS, &value));
  CHECK(value == 0);
  sj_release(f);
  OK(sj_config_push(SJ_DEBUG_INFS, 1));
  f = function("pops", pops_too_often);
  FAILS(SJ_ERR_INVALID_ARGUMENT, "nothing", sj_call_flat(f, &x, 1, &y, 1));
  sj_release(f);
  OK(sj_config_get(SJ_DEBUG_INFS, &value));
  CHECK(value == 1);
  OK(sj_config_pop());
  sj_release(x);
}

BODY(forgets_scope) {
  UNUSED(context, tree, result_tree);
  sj_scope *scope = NULL;
  sj_status *status = sj_list_slice(arguments, 0, 1, results);
  if (!status) status = sj_scope_begin(&scope);
  if (!status) scalar(7);
  sj_release(scope);
  return status;
}

static void forgotten_scopes_are_closed(void) {
  sj_array *x = scalar(1);
  sj_function *f = function("forgets", forgets_scope);
  EXPECT(call1(f, x), 1);
  sj_release(f);
  sj_release(x);
}

const test_case function_tests[] = {
  {"functions: calls", calls},
  {"functions: destroy runs once", destroy_runs_once},
  {"functions: statuses come back unchanged", statuses_come_back_unchanged},
  {"functions: wrong results", wrong_results},
  {"functions: unscoped callbacks own their handles", unscoped_callbacks_own_their_handles},
  {"functions: escaped tracers", escaped_tracers},
  {"functions: endless recursion is an error", endless_recursion_is_an_error},
  {"functions: settings unwind", settings_unwind},
  {"functions: forgotten scopes are closed", forgotten_scopes_are_closed},
  END_OF_TESTS,
};
