// Linear regression by gradient descent, with W and b as two arguments.
#include "regression.h"

static double loss_of(sj_function *loss, array w, array b) {
  array in[] = {w, b}, out = NULL;
  call(loss, in, 2, &out, 1);
  return value(out);
}

int main(void) {
  sj_scope *scope = NULL;
  TRY(sj_scope_begin(&scope));
  array w = NULL, b = NULL;
  make_samples(&w, &b);
  sj_function *loss = function("mse", loss_body), *gradient = NULL, *jitted = NULL;
  printf("loss of the true W and b: %.5f\n", loss_of(loss, w, b));

  int64_t both[] = {0, 1};
  sj_grad_options options;
  sj_grad_options_init(&options);
  options.argnums = both;
  options.argnums_count = 2;
  TRY(sj_grad(loss, &options, &gradient));
  TRY(sj_jit(gradient, NULL, &jitted));

  array w_hat = zeros_like(w), b_hat = zeros_like(b);
  for (int step = 0; step < STEPS; step++) {
    array in[] = {w_hat, b_hat}, slopes[2] = {NULL, NULL};
    call(jitted, in, 2, slopes, 2);
    w_hat = subtract(w_hat, multiply(number(RATE), slopes[0]));
    b_hat = subtract(b_hat, multiply(number(RATE), slopes[1]));
    if (step % 10 == 0) printf("step %3d  loss %.5f\n", step, loss_of(loss, w_hat, b_hat));
  }
  TRY(sj_scope_end(scope, NULL, 0));
  expect_success();
  return 0;
}
