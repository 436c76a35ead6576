#include "test.h"

BODY(negate_body) {
  sj_status *status = NULL;
  UNUSED(context, tree, result_tree);
  ARGUMENT(status, arguments, 0, x);
  sj_array *y = NULL;
  if (!status) status = sj_negative(x, &y);
  return status ? status : sj_list_create(&y, 1, results);
}

static sj_list *list_of(sj_array *x) {
  sj_list *list = NULL;
  OK(sj_list_create(&x, 1, &list));
  return list;
}

static sj_array *only(sj_list *list) {
  sj_array *x = NULL;
  OK(sj_list_get(list, 0, &x));
  sj_release(list);
  return x;
}

static void choices(void) {
  sj_function *square = function("square", square_body), *negate = function("negate", negate_body);
  sj_function *branches[] = {square, negate};
  sj_array *x = scalar(3), *yes = NULL, *index = integer(7);
  sj_list *operands = list_of(x), *results = NULL;
  sj_tree *tree = NULL;
  OK(sj_scalar_bool(1, &yes));
  OK(sj_cond(yes, square, negate, operands, NULL, &results, &tree));
  sj_release(tree);
  EXPECT(only(results), 9);
  OK(sj_switch(index, branches, 2, operands, NULL, &results, NULL));
  EXPECT(only(results), -3);
  FAILS(SJ_ERR_INVALID_ARGUMENT, "", sj_switch(index, branches, 0, operands, NULL, &results, NULL));
  float data[] = {1, 0};
  sj_array *vector_predicate = vector(2, data);
  FAILS(SJ_ERR_SHAPE, "scalar", sj_cond(vector_predicate, square, negate, operands, NULL, &results, NULL));
  sj_function *failing = function("failing", failing_body);
  FAILS(SJ_ERR_CALLBACK, "mine", sj_cond(yes, square, failing, operands, NULL, &results, NULL));
  sj_release(failing);
  sj_release(vector_predicate);
  sj_release(operands);
  sj_release(square);
  sj_release(negate);
  sj_release(x);
  sj_release(yes);
  sj_release(index);
}

BODY(below_hundred) {
  sj_status *status = NULL;
  UNUSED(context, tree, result_tree);
  ARGUMENT(status, arguments, 0, x);
  sj_array *limit = NULL, *y = NULL;
  if (!status) status = sj_scalar_f64(100, &limit);
  if (!status) status = sj_less(x, limit, &y);
  return status ? status : sj_list_create(&y, 1, results);
}

BODY(two_results) {
  sj_status *status = NULL;
  UNUSED(context, tree, result_tree);
  ARGUMENT(status, arguments, 0, x);
  sj_array *both[] = {x, x};
  return status ? status : sj_list_create(both, 2, results);
}

static void while_loops(void) {
  sj_function *condition = function("condition", below_hundred), *body = function("body", square_body), *g = NULL;
  sj_array *x = scalar(3);
  sj_list *initial = list_of(x), *results = NULL;
  OK(sj_while_loop(condition, body, initial, NULL, &results));
  EXPECT(only(results), 6561);
  sj_function *pair = function("pair", two_results);
  FAILS(SJ_ERR_TREE, "", sj_while_loop(condition, pair, initial, NULL, &results));
  sj_release(pair);
  sj_release(condition);
  sj_release(body);
  sj_release(initial);
  sj_release(g);
  sj_release(x);
}

BODY(add_index) {  // (i, x) → x + i
  sj_status *status = NULL;
  UNUSED(context, tree, result_tree);
  ARGUMENT(status, arguments, 0, i);
  ARGUMENT(status, arguments, 1, x);
  sj_array *y = NULL;
  if (!status) status = sj_add(x, i, &y);
  return status ? status : sj_list_create(&y, 1, results);
}

static void fori_loops(void) {
  sj_function *body = function("body", add_index);
  sj_array *x = scalar(0.5), *lower = integer(0), *upper = integer(5);
  sj_list *initial = list_of(x), *results = NULL;
  OK(sj_fori_loop(lower, upper, body, initial, NULL, &results));
  EXPECT(only(results), 10.5);
  FAILS(SJ_ERR_DTYPE, "integer", sj_fori_loop(x, upper, body, initial, NULL, &results));
  sj_release(body);
  sj_release(initial);
  sj_release(x);
  sj_release(lower);
  sj_release(upper);
}

BODY(running_sum) {  // (carry, x) → (carry + x, carry + x)
  sj_status *status = NULL;
  UNUSED(context, tree, result_tree);
  ARGUMENT(status, arguments, 0, carry);
  ARGUMENT(status, arguments, 1, x);
  sj_array *both[2];
  if (!status) status = sj_add(carry, x, &both[0]);
  both[1] = both[0];
  return status ? status : sj_list_create(both, 2, results);
}

static void scans(void) {
  float data[] = {1, 2, 3};
  sj_function *f = function("running", running_sum), *square = function("square", square_body);
  sj_array *xs = vector(3, data), *zero = scalar(0);
  sj_list *initial = list_of(zero), *list = list_of(xs), *carry = NULL, *ys = NULL;
  OK(sj_scan(f, initial, NULL, list, NULL, -1, 0, 1, &carry, &ys, NULL));
  EXPECT(only(carry), 6);
  EXPECT(only(ys), 1, 3, 6);
  OK(sj_scan(f, initial, NULL, list, NULL, -1, 1, 1, &carry, &ys, NULL));
  EXPECT(only(carry), 6);
  EXPECT(only(ys), 6, 5, 3);
  FAILS(SJ_ERR_SHAPE, "", sj_scan(f, initial, NULL, list, NULL, 4, 0, 1, &carry, &ys, NULL));
  FAILS(SJ_ERR_TREE, "", sj_scan(square, initial, NULL, list, NULL, -1, 0, 1, &carry, &ys, NULL));
  OK(sj_map(square, list, NULL, &ys, NULL));
  EXPECT(only(ys), 1, 4, 9);
  sj_release(f);
  sj_release(square);
  sj_release(initial);
  sj_release(list);
  sj_release(xs);
  sj_release(zero);
}

static sj_function *loop_condition, *loop_body;
BODY(looping) {
  UNUSED(context, tree, result_tree);
  return sj_while_loop(loop_condition, loop_body, arguments, NULL, results);
}

static void while_has_no_reverse_mode(void) {
  loop_condition = function("condition", below_hundred);
  loop_body = function("body", square_body);
  sj_function *f = function("looping", looping), *g = NULL;
  sj_array *x = scalar(3), *y = NULL;
  OK(sj_grad(f, NULL, &g));
  FAILS(SJ_ERR_UNSUPPORTED, "while_loop", sj_call_flat(g, &x, 1, &y, 1));
  sj_release(loop_condition);
  sj_release(loop_body);
  sj_release(f);
  sj_release(g);
  sj_release(x);
}

const test_case control_tests[] = {
  {"control: choices", choices},
  {"control: while loops", while_loops},
  {"control: fori loops", fori_loops},
  {"control: scans", scans},
  {"control: while has no reverse mode", while_has_no_reverse_mode},
  END_OF_TESTS,
};
