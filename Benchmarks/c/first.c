// The first result of a fresh process: the gradient of a jitted function.
#include "../../bindings/c/examples/formula.h"

static sj_status *body(void *context, const sj_list *in, const sj_tree *tree, sj_list **results, sj_tree **out_tree) {
  (void)context, (void)tree, (void)out_tree;
  array x = argument(in, 0), out = sum(multiply(apply1(sj_sin, x), x));
  return results_are(results, &out, 1);
}

int main(void) {
  int64_t size = 1000;
  array key = NULL, out = NULL;
  sj_function *gradient = NULL, *jitted = NULL;
  TRY(sj_random_prng_key(integer(0), &key));
  array x = normal(key, 1, &size);
  TRY(sj_grad(function("f", body), NULL, &gradient));
  TRY(sj_jit(gradient, NULL, &jitted));
  call(jitted, &x, 1, &out, 1);
  array total = sum(out);
  printf("%g\n", value(total));
}
