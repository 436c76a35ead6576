// The same regression with a tree of parameters, {'W': …, 'b': …}, and updates by a tree map.
#include "regression.h"

static sj_function *gradient, *descend;
static sj_tree *leaf, *parameters_tree, *arguments_tree;

/// p - rate * slope, for each leaf
static sj_status *descend_body(
    void *context, const sj_list *arguments, const sj_tree *tree, sj_list **results, sj_tree **result_tree) {
  (void)context, (void)tree, (void)result_tree;
  array next = subtract(argument(arguments, 0), multiply(number(RATE), argument(arguments, 1)));
  return results_are(results, &next, 1);
}

/// parameters → parameters after one step
static sj_status *step_body(
    void *context, const sj_list *arguments, const sj_tree *tree, sj_list **results, sj_tree **result_tree) {
  (void)context;
  sj_list *slopes = NULL;
  sj_tree *slopes_tree = NULL;
  TRY(sj_call(gradient, arguments, tree, &slopes, &slopes_tree));
  sj_list *lists[] = {(sj_list *)arguments, slopes};
  sj_tree *trees[] = {parameters_tree, slopes_tree};
  TRY(sj_tree_map(descend, lists, 2, trees, results));
  *result_tree = parameters_tree;
  return failed();
}

static double loss_of(sj_function *loss, const sj_list *params) {
  sj_list *result = NULL;
  array out = NULL;
  TRY(sj_call(loss, params, arguments_tree, &result, NULL));
  TRY(sj_list_get(result, 0, &out));
  return value(out);
}

int main(void) {
  sj_scope *scope = NULL;
  TRY(sj_scope_begin(&scope));
  array w = NULL, b = NULL;
  make_samples(&w, &b);
  sj_string_view names[] = {sj_text("W"), sj_text("b")};
  TRY(sj_tree_leaf(&leaf));
  sj_tree *leaves[] = {leaf, leaf};
  TRY(sj_tree_dict(names, leaves, 2, &parameters_tree));
  TRY(sj_tree_tuple(&parameters_tree, 1, &arguments_tree));

  // The loss gets one argument, the tree, whose leaves come in the order W, b.
  sj_function *loss = function("mse", loss_body), *step = NULL;
  descend = function("descend", descend_body);
  TRY(sj_grad(loss, NULL, &gradient));
  TRY(sj_jit(function("step", step_body), NULL, &step));

  array start[] = {zeros_like(w), zeros_like(b)};
  sj_list *params = NULL, *next = NULL;
  TRY(sj_list_create(start, 2, &params));
  for (int i = 0; i < STEPS; i++) {
    TRY(sj_call(step, params, arguments_tree, &next, NULL));
    params = next;
    if (i % 10 == 0) printf("step %3d  loss %.5f\n", i, loss_of(loss, params));
  }
  TRY(sj_scope_end(scope, NULL, 0));
  expect_success();
  return 0;
}
