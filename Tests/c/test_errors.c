// What a user can get wrong. Each case is an error of JAX's kind; none crashes and none leaks.
#include "test.h"

static const float abc[] = {1, 2, 3};

static void shapes_and_dtypes(void) {
  float six[] = {1, 2, 3, 4, 5, 6};
  sj_array *x = vector(3, abc), *y = matrix(3, 2, six), *z = NULL;
  FAILS(SJ_ERR_SHAPE, "(3,)", sj_add(x, y, &z));
  FAILS(SJ_ERR_DTYPE, "float32", sj_bitwise_and(x, x, &z));
  CHECK(z == NULL);
  sj_release(x);
  sj_release(y);
}

static void gradients_that_make_no_sense(void) {
  int32_t data[] = {1, 2};
  sj_array *x = vector(3, abc), *n = ints(2, data), *y = NULL;
  sj_function *square = function("square", square_body), *sum = function("sum", sum_square_body), *g = NULL;
  OK(sj_grad(square, NULL, &g));
  FAILS(SJ_ERR_SHAPE, "scalar-output", sj_call_flat(g, &x, 1, &y, 1));
  sj_release(g);
  OK(sj_grad(sum, NULL, &g));
  FAILS(SJ_ERR_DTYPE, "int32", sj_call_flat(g, &n, 1, &y, 1));
  sj_release(g);
  sj_release(square);
  sj_release(sum);
  sj_release(x);
  sj_release(n);
}

BODY(asks_for_the_value) {
  UNUSED(context, tree, result_tree);
  sj_status *status = NULL;
  ARGUMENT(status, arguments, 0, x);
  double value;
  if (!status) status = sj_item_f64(x, &value);
  return status ? status : sj_list_slice(arguments, 0, 1, results);
}

static void values_of_tracers(void) {
  sj_array *x = vector(1, abc), *y = NULL;
  sj_function *f = function("asks", asks_for_the_value), *t = NULL;
  OK(sj_jit(f, NULL, &t));
  FAILS(SJ_ERR_CONCRETIZATION, "jit of asks", sj_call_flat(t, &x, 1, &y, 1));
  sj_release(t);
  OK(sj_vmap(f, NULL, &t));
  FAILS(SJ_ERR_CONCRETIZATION, "tracer", sj_call_flat(t, &x, 1, &y, 1));
  sj_release(t);
  sj_release(f);
  sj_release(x);
}

static void values_under_grad_are_known(void) {
  sj_array *x = scalar(2);
  sj_function *f = function("asks", asks_for_the_value), *g = NULL;
  OK(sj_grad(f, NULL, &g));
  EXPECT(call1(g, x), 1);
  sj_release(g);
  sj_release(f);
  sj_release(x);
}

static void wrong_kinds(void) {
  sj_array *x = scalar(1), *y = NULL;
  sj_function *f = function("square", square_body), *g = NULL;
  sj_tree *tree = NULL;
  sj_list *list = NULL;
  FAILS(SJ_ERR_INVALID_ARGUMENT, "kind function", sj_add(x, (sj_array *)f, &y));
  FAILS(SJ_ERR_INVALID_ARGUMENT, "kind array", sj_grad((sj_function *)x, NULL, &g));
  FAILS(SJ_ERR_INVALID_ARGUMENT, "fn is NULL", sj_vmap(NULL, NULL, &g));
  FAILS(SJ_ERR_INVALID_ARGUMENT, "kind array", sj_call(f, (sj_list *)x, NULL, &list, &tree));
  FAILS(SJ_ERR_INVALID_ARGUMENT, "kind array", sj_tree_list((sj_tree **)&x, 1, &tree));
  CHECK(y == NULL && g == NULL && tree == NULL && list == NULL);
  sj_release(f);
  sj_release(x);
}

static void axes_that_do_not_match_the_arguments(void) {
  // in_axes for {'w': *} where the argument is {'v': *}
  sj_array *x = vector(3, abc);
  sj_tree *leaf = NULL, *given = NULL, *wanted = NULL, *arguments = NULL, *axes_tree = NULL;
  sj_string_view w = sj_text("w"), v = sj_text("v");
  OK(sj_tree_leaf(&leaf));
  OK(sj_tree_dict(&v, &leaf, 1, &given));
  OK(sj_tree_dict(&w, &leaf, 1, &wanted));
  OK(sj_tree_tuple(&given, 1, &arguments));
  OK(sj_tree_tuple(&wanted, 1, &axes_tree));
  sj_function *f = function("square", square_body), *m = NULL;
  sj_vmap_options options;
  sj_vmap_options_init(&options);
  int64_t axes[] = {0, 1};
  options.in_axes = axes;
  options.in_axes_count = 1;
  options.in_axes_tree = axes_tree;
  OK(sj_vmap(f, &options, &m));
  sj_list *list = NULL, *results = NULL;
  OK(sj_list_create(&x, 1, &list));
  FAILS(SJ_ERR_TREE, "in_axes", sj_call(m, list, arguments, &results, NULL));
  sj_release(m);
  options.in_axes_count = 2;
  FAILS(SJ_ERR_TREE, "2 axes", sj_vmap(f, &options, &m));
  sj_release(list);
  sj_release(f);
  sj_release(leaf);
  sj_release(given);
  sj_release(wanted);
  sj_release(arguments);
  sj_release(axes_tree);
  sj_release(x);
}

BODY(changes_its_carry) {  // (carry, x) → (carry as int, x)
  sj_status *status = NULL;
  UNUSED(context, tree, result_tree);
  ARGUMENT(status, arguments, 0, carry);
  sj_array *both[2] = {NULL, carry};
  if (!status) status = sj_astype(carry, SJ_INT32, &both[0]);
  return status ? status : sj_list_create(both, 2, results);
}

static void carries_that_change(void) {
  sj_array *zero = scalar(0), *xs = vector(3, abc);
  sj_function *f = function("changes", changes_its_carry);
  sj_list *initial = NULL, *list = NULL, *carry = NULL, *ys = NULL;
  OK(sj_list_create(&zero, 1, &initial));
  OK(sj_list_create(&xs, 1, &list));
  FAILS(SJ_ERR_DTYPE, "int32", sj_scan(f, initial, NULL, list, NULL, -1, 0, 1, &carry, &ys, NULL));
  sj_release(initial);
  sj_release(list);
  sj_release(f);
  sj_release(zero);
  sj_release(xs);
}

const test_case error_tests[] = {
  {"errors: shapes and dtypes", shapes_and_dtypes},
  {"errors: gradients that make no sense", gradients_that_make_no_sense},
  {"errors: values of tracers", values_of_tracers},
  {"errors: values under grad are known", values_under_grad_are_known},
  {"errors: wrong kinds", wrong_kinds},
  {"errors: axes that do not match the arguments", axes_that_do_not_match_the_arguments},
  {"errors: carries that change", carries_that_change},
  END_OF_TESTS,
};
