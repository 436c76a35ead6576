#include "test.h"

static double relu(double x) { return fmax(x, 0); }
static double relu6(double x) { return fmin(fmax(x, 0), 6); }
static double sigmoid(double x) { return 1 / (1 + exp(-x)); }
static double softplus(double x) { return log1p(exp(x)); }
static double log_sigmoid(double x) { return -log1p(exp(-x)); }
static double silu(double x) { return x * sigmoid(x); }
static double soft_sign(double x) { return x / (1 + fabs(x)); }
static double elu(double x) { return x > 0 ? x : expm1(x); }
static double selu(double x) { return 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * expm1(x)); }
static double leaky(double x) { return x > 0 ? x : 0.01 * x; }
static double gelu(double x) { return x * 0.5 * (1 + erf(x / sqrt(2))); }

static sj_status *elu_call(const sj_array *x, sj_array **out) { return sj_nn_elu(x, NULL, out); }
static sj_status *celu_call(const sj_array *x, sj_array **out) { return sj_nn_celu(x, NULL, out); }
static sj_status *leaky_call(const sj_array *x, sj_array **out) { return sj_nn_leaky_relu(x, NULL, out); }
static sj_status *gelu_call(const sj_array *x, sj_array **out) { return sj_nn_gelu(x, 0, out); }

static const struct { const char *name; sj_status *(*call)(const sj_array *, sj_array **); double (*wanted)(double); } activations[] = {
  {"relu", sj_nn_relu, relu}, {"relu6", sj_nn_relu6, relu6}, {"sigmoid", sj_nn_sigmoid, sigmoid},
  {"softplus", sj_nn_softplus, softplus}, {"log_sigmoid", sj_nn_log_sigmoid, log_sigmoid}, {"silu", sj_nn_silu, silu},
  {"soft_sign", sj_nn_soft_sign, soft_sign}, {"selu", sj_nn_selu, selu}, {"elu", elu_call, elu}, {"celu", celu_call, elu},
  {"leaky_relu", leaky_call, leaky}, {"gelu", gelu_call, gelu},
};

static void activation_functions(void) {
  const float data[] = {-2, -0.5f, 0, 0.5f, 7};
  sj_array *x = vector(5, data), *y = NULL;
  for (int64_t i = 0; i < COUNT(activations); i++) {
    double wanted[5];
    for (int j = 0; j < 5; j++) wanted[j] = activations[i].wanted(data[j]);
    OK(activations[i].call(x, &y));
    expect_values(y, wanted, 5, __FILE__, __LINE__, activations[i].name);
  }
  sj_release(x);
}

static void normalisations(void) {
  const float data[] = {0, 0, 0, 1};
  sj_array *x = matrix(2, 2, data), *y = NULL;
  int64_t last = -1;
  double e = exp(1);
  OK(sj_nn_softmax(x, &last, 1, NULL, &y));
  EXPECT(y, 0.5, 0.5, 1 / (1 + e), e / (1 + e));
  OK(sj_nn_log_softmax(x, &last, 1, NULL, &y));
  EXPECT(y, -log(2), -log(2), -log(1 + e), 1 - log(1 + e));
  OK(sj_nn_logsumexp(x, &last, 1, 0, NULL, NULL, &y));
  EXPECT(y, log(2), log(1 + e));
  OK(sj_nn_standardize(x, &last, 1, 0, NULL, NULL, NULL, 0, &y));
  sj_release(y);
  OK(sj_logaddexp(x, x, &y));
  EXPECT(y, log(2), log(2), log(2), 1 + log(2));
  sj_release(x);
}

static void one_hot(void) {
  int32_t labels[] = {2, 0};
  sj_array *x = ints(2, labels), *y = NULL;
  OK(sj_nn_one_hot(x, 3, SJ_DTYPE_NONE, -1, &y));
  EXPECT(y, 0, 0, 1, 1, 0, 0);
  sj_release(x);
}

static void taking(void) {
  const float data[] = {10, 20, 30}, wanted[] = {15, 30};
  int32_t places[] = {2, 0, 9};
  sj_array *x = vector(3, data), *i = ints(3, places), *v = vector(2, wanted), *y = NULL;
  OK(sj_take(x, i, 0, no_text, NULL, &y));
  EXPECT(y, 30, 10, NAN);
  FAILS(SJ_ERR_INVALID_ARGUMENT, "axis", sj_take(x, i, 3, no_text, NULL, &y));
  OK(sj_searchsorted(x, v, 1, &y));
  EXPECT(y, 1, 3);
  sj_release(x);
  sj_release(i);
  sj_release(v);
}

static void choosing(void) {
  const float data[] = {1, 2, 6};
  sj_array *x = vector(3, data), *three = scalar(3), *zero = scalar(0), *mask = NULL, *y = NULL;
  OK(sj_greater(x, three, &mask));
  OK(sj_where(mask, x, zero, &y));
  EXPECT(y, 0, 0, 6);
  OK(sj_var(x, NULL, 0, SJ_DTYPE_NONE, 1, 0, NULL, &y));
  EXPECT(y, 7);
  OK(sj_stop_gradient(x, &y));
  EXPECT(y, 1, 2, 6);
  sj_release(x);
  sj_release(three);
  sj_release(zero);
  sj_release(mask);
}

const test_case nn_tests[] = {
  {"nn: activation functions", activation_functions},
  {"nn: normalisations", normalisations},
  {"nn: one_hot", one_hot},
  {"nn: taking", taking},
  {"nn: choosing", choosing},
  END_OF_TESTS,
};
