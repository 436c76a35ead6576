#include "test.h"

typedef sj_status *(*unary)(const sj_array *, sj_array **);
typedef sj_status *(*binary)(const sj_array *, const sj_array *, sj_array **);

static double erf_inverse(double x) {  // Newton's method
  double y = 0;
  for (int i = 0; i < 60; i++) y -= (erf(y) - x) / (2 / sqrt(M_PI) * exp(-y * y));
  return y;
}
static double same(double x) { return x; }
static double opposite(double x) { return -x; }
static double squared(double x) { return x * x; }
static double inverse(double x) { return 1 / x; }
static double signum(double x) { return (x > 0) - (x < 0); }
static double inverse_root(double x) { return 1 / sqrt(x); }

static const struct { const char *name; unary call; double (*wanted)(double); double low, high; } unaries[] = {
  {"negative", sj_negative, opposite, -3, 3}, {"positive", sj_positive, same, -3, 3}, {"abs", sj_abs, fabs, -3, 3},
  {"sign", sj_sign, signum, -3, 3}, {"square", sj_square, squared, -3, 3}, {"reciprocal", sj_reciprocal, inverse, 0.5, 3},
  {"sqrt", sj_sqrt, sqrt, 0, 9}, {"cbrt", sj_cbrt, cbrt, -8, 8}, {"exp", sj_exp, exp, -3, 3}, {"exp2", sj_exp2, exp2, -3, 3},
  {"expm1", sj_expm1, expm1, -1, 1}, {"log", sj_log, log, 0.1, 9}, {"log1p", sj_log1p, log1p, -0.5, 3},
  {"log2", sj_log2, log2, 0.1, 9}, {"log10", sj_log10, log10, 0.1, 9}, {"sin", sj_sin, sin, -3, 3}, {"cos", sj_cos, cos, -3, 3},
  {"tan", sj_tan, tan, -1, 1}, {"arcsin", sj_arcsin, asin, -1, 1}, {"arccos", sj_arccos, acos, -1, 1},
  {"arctan", sj_arctan, atan, -3, 3}, {"sinh", sj_sinh, sinh, -3, 3}, {"cosh", sj_cosh, cosh, -3, 3},
  {"tanh", sj_tanh, tanh, -3, 3}, {"arcsinh", sj_arcsinh, asinh, -3, 3}, {"arccosh", sj_arccosh, acosh, 1.5, 5},
  {"arctanh", sj_arctanh, atanh, -0.9, 0.9}, {"floor", sj_floor, floor, -3, 3}, {"ceil", sj_ceil, ceil, -3, 3},
  {"trunc", sj_trunc, trunc, -3, 3}, {"rint", sj_rint, rint, -3, 3}, {"rsqrt", sj_rsqrt, inverse_root, 0.5, 9},
  {"erf", sj_erf, erf, -2, 2}, {"erfc", sj_erfc, erfc, -2, 2}, {"erf_inv", sj_erf_inv, erf_inverse, -0.8, 0.8},
  {"lgamma", sj_lgamma, lgamma, 2.5, 6}, 
};

static void unary_functions(void) {
  float data[5];
  for (int64_t f = 0; f < COUNT(unaries); f++) {
    for (int i = 0; i < 5; i++) data[i] = (float)(unaries[f].low + (unaries[f].high - unaries[f].low) * i / 4);
    sj_array *x = vector(5, data), *y = NULL;
    OK(unaries[f].call(x, &y));
    double wanted[5];
    for (int i = 0; i < 5; i++) wanted[i] = unaries[f].wanted(data[i]);
    expect_values(y, wanted, 5, __FILE__, __LINE__, unaries[f].name);
    FAILS(SJ_ERR_INVALID_ARGUMENT, "x is NULL", unaries[f].call(NULL, &y));
    FAILS(SJ_ERR_INVALID_ARGUMENT, "out is NULL", unaries[f].call(x, NULL));
    sj_release(x);
  }
}

static double plus(double x, double y) { return x + y; }
static double minus(double x, double y) { return x - y; }
static double times(double x, double y) { return x * y; }
static double over(double x, double y) { return x / y; }
static double floor_over(double x, double y) { return floor(x / y); }
static double modulo(double x, double y) { return x - floor(x / y) * y; }
static double equal(double x, double y) { return x == y; }
static double not_equal(double x, double y) { return x != y; }
static double less(double x, double y) { return x < y; }
static double less_equal(double x, double y) { return x <= y; }
static double greater(double x, double y) { return x > y; }
static double greater_equal(double x, double y) { return x >= y; }
static double and(double x, double y) { return x && y; }
static double or(double x, double y) { return x || y; }
static double xor(double x, double y) { return !x != !y; }
static double next(double x, double y) { return nextafterf((float)x, (float)y); }

static const struct { const char *name; binary call; double (*wanted)(double, double); } binaries[] = {
  {"add", sj_add, plus}, {"subtract", sj_subtract, minus}, {"multiply", sj_multiply, times}, {"divide", sj_divide, over},
  {"floor_divide", sj_floor_divide, floor_over}, {"remainder", sj_remainder, modulo}, {"fmod", sj_fmod, fmod}, {"rem", sj_rem, fmod},
  {"power", sj_power, pow}, {"maximum", sj_maximum, fmax}, {"minimum", sj_minimum, fmin}, {"arctan2", sj_arctan2, atan2},
  {"equal", sj_equal, equal}, {"not_equal", sj_not_equal, not_equal}, {"less", sj_less, less},
  {"less_equal", sj_less_equal, less_equal}, {"greater", sj_greater, greater}, {"greater_equal", sj_greater_equal, greater_equal},
  {"logical_and", sj_logical_and, and}, {"logical_or", sj_logical_or, or}, {"logical_xor", sj_logical_xor, xor},
  {"nextafter", sj_nextafter, next},
};

static void binary_functions(void) {
  float left[] = {1.5f, 2, 7, 0.25f}, right[] = {2, 2, -3, 4};
  for (int64_t f = 0; f < COUNT(binaries); f++) {
    float first[4];
    // Powers of negative numbers are no numbers.
    for (int i = 0; i < 4; i++) first[i] = left[i];
    sj_array *x = vector(4, first), *y = vector(4, right), *z = NULL;
    OK(binaries[f].call(x, y, &z));
    double wanted[4];
    for (int i = 0; i < 4; i++) wanted[i] = binaries[f].wanted(left[i], right[i]);
    expect_values(z, wanted, 4, __FILE__, __LINE__, binaries[f].name);
    FAILS(SJ_ERR_INVALID_ARGUMENT, "y is NULL", binaries[f].call(x, NULL, &z));
    float three[] = {1, 2, 3};
    sj_array *odd = vector(3, three);
    sj_status *status = binaries[f].call(x, odd, &z);
    CHECK(sj_status_code(status) == SJ_ERR_SHAPE && z == NULL);
    sj_release(status);
    sj_release(odd);
    sj_release(x);
    sj_release(y);
  }
}

static void integers_and_bits(void) {
  int32_t left[] = {12, -7, 5}, right[] = {10, 3, 1};
  sj_array *x = ints(3, left), *y = ints(3, right), *z = NULL, *r = NULL;
  OK(sj_bitwise_and(x, y, &z));
  EXPECT(z, 8, 1, 1);
  OK(sj_bitwise_or(x, y, &z));
  EXPECT(z, 14, -5, 5);
  OK(sj_bitwise_xor(x, y, &z));
  EXPECT(z, 6, -6, 4);
  OK(sj_bitwise_not(x, &z));
  EXPECT(z, -13, 6, -6);
  OK(sj_left_shift(x, y, &z));
  EXPECT(z, 12288, -56, 10);
  OK(sj_right_shift(x, y, &z));
  EXPECT(z, 0, -1, 2);
  OK(sj_shift_right_arithmetic(x, y, &z));
  EXPECT(z, 0, -1, 2);
  OK(sj_shift_right_logical(x, y, &z));
  EXPECT(z, 0, 536870911, 2);
  OK(sj_lax_div(x, y, &z));
  EXPECT(z, 1, -2, 5);
  FAILS(SJ_ERR_DTYPE, "float", sj_lax_round(x, 0, &z));
  OK(sj_divmod(x, y, &z, &r));
  EXPECT(z, 1, -3, 5);
  EXPECT(r, 2, 2, 0);
  OK(sj_population_count(y, &z));
  EXPECT(z, 2, 2, 1);
  OK(sj_clz(y, &z));
  EXPECT(z, 28, 30, 31);
  OK(sj_integer_pow(y, 3, &z));
  EXPECT(z, 1000, 27, 1);
  OK(sj_logical_not(x, &z));
  EXPECT(z, 0, 0, 0);
  sj_release(x);
  sj_release(y);
}

static void rounding(void) {
  float data[] = {0.5f, 1.5f, -2.5f};
  sj_array *x = vector(3, data), *y = NULL;
  OK(sj_lax_round(x, 0, &y));
  EXPECT(y, 1, 2, -3);
  OK(sj_lax_round(x, 1, &y));
  EXPECT(y, 0, 2, -2);
  FAILS(SJ_ERR_INVALID_ARGUMENT, "method 2", sj_lax_round(x, 2, &y));
  sj_release(x);
}

static void numbers_that_are_none(void) {
  float data[] = {1, INFINITY, NAN};
  sj_array *x = vector(3, data), *y = NULL;
  OK(sj_isfinite(x, &y));
  EXPECT(y, 1, 0, 0);
  OK(sj_isinf(x, &y));
  EXPECT(y, 0, 1, 0);
  OK(sj_isnan(x, &y));
  EXPECT(y, 0, 0, 1);
  sj_release(x);
}

static void special_functions(void) {
  float data[] = {1, 2};
  sj_array *x = vector(2, data), *y = NULL;
  OK(sj_digamma(x, &y));
  EXPECT(y, -0.5772156649, 0.4227843351);
  OK(sj_bessel_i0e(x, &y));
  EXPECT(y, 0.4657596076, 0.3085083225);
  OK(sj_bessel_i1e(x, &y));
  EXPECT(y, 0.2079104154, 0.2152692893);
  OK(sj_polygamma(x, x, &y));
  EXPECT(y, 1.6449340668, -0.4041138063);
  sj_array *two = NULL;
  OK(sj_multiply(x, x, &two));
  OK(sj_add(two, x, &y));  // 2, 6
  sj_release(two);
  OK(sj_zeta(y, x, &two));
  sj_release(y);
  EXPECT(two, 1.6449340668, 0.0173430620);
  sj_release(x);
}

static void complex_numbers(void) {
  float re[] = {3}, im[] = {4};
  sj_array *x = vector(1, re), *y = vector(1, im), *z = NULL, *part = NULL;
  OK(sj_complex(x, y, &z));
  CHECK(dtype_of(z) == SJ_COMPLEX64);
  sj_array *conjugate = NULL;
  OK(sj_conj(z, &conjugate));
  OK(sj_imag(conjugate, &part));
  EXPECT(part, -4);
  sj_release(conjugate);
  OK(sj_real(z, &part));
  EXPECT(part, 3);
  OK(sj_imag(z, &part));
  EXPECT(part, 4);
  OK(sj_abs(z, &part));
  EXPECT(part, 5);
  sj_release(x);
  sj_release(y);
  sj_release(z);
}

static void choices_and_bounds(void) {
  float data[] = {-2, 0.5, 9}, other[] = {1, 2, 3};
  int32_t which[] = {0, 1, 0};
  sj_array *x = vector(3, data), *y = vector(3, other), *n = ints(3, which), *low = scalar(0), *high = scalar(4), *z = NULL, *p = NULL;
  OK(sj_clip(x, low, high, &z));
  EXPECT(z, 0, 0.5, 4);
  OK(sj_clip(x, NULL, high, &z));
  EXPECT(z, -2, 0.5, 4);
  OK(sj_clamp(low, x, high, &z));
  EXPECT(z, 0, 0.5, 4);
  OK(sj_less(x, y, &p));
  OK(sj_select(p, x, y, &z));
  EXPECT(z, -2, 0.5, 3);
  sj_array *cases[] = {x, y};
  OK(sj_select_n(n, cases, 2, &z));
  EXPECT(z, -2, 2, 9);
  FAILS(SJ_ERR_SHAPE, "", sj_select(p, low, y, &z));
  sj_release(p);
  sj_release(n);
  sj_release(x);
  sj_release(y);
  sj_release(low);
  sj_release(high);
}

static void copies_and_types(void) {
  int32_t data[] = {1, 2};
  sj_array *n = ints(2, data), *half = NULL, *y = NULL;
  sj_dtype dtype = SJ_DTYPE_NONE;
  sj_bool weak = 0;
  const void *a = NULL, *b = NULL;
  OK(sj_copy(n, &y));
  OK(sj_data(n, &a));
  OK(sj_data(y, &b));
  CHECK(a != b);
  EXPECT(y, 1, 2);
  OK(sj_scalar_f64(0.5, &half));
  sj_array *both[] = {n, half};
  OK(sj_result_type(both, 2, &dtype, &weak));
  CHECK(dtype == SJ_FLOAT32 && weak);
  FAILS(SJ_ERR_INVALID_ARGUMENT, "at least one", sj_result_type(NULL, 0, &dtype, &weak));
  sj_list *same = NULL;
  OK(sj_optimization_barrier(both, 2, &same));
  OK(sj_list_get(same, 1, &y));
  EXPECT(y, 0.5);
  sj_release(same);
  sj_release(n);
  sj_release(half);
}

static void conversions(void) {
  float data[] = {1.7f, -1.7f};
  sj_array *x = vector(2, data), *y = NULL, *back = NULL;
  sj_bool weak = 0;
  OK(sj_astype(x, SJ_INT32, &y));
  EXPECT(y, 1, -1);
  OK(sj_convert_element_type(x, SJ_FLOAT32, 1, &y));
  OK(sj_weak_type(y, &weak));
  CHECK(weak);
  sj_release(y);
  OK(sj_bitcast_convert_type(x, SJ_INT32, &y));
  CHECK(dtype_of(y) == SJ_INT32);
  OK(sj_bitcast_convert_type(y, SJ_FLOAT32, &back));
  EXPECT(back, 1.7f, -1.7f);
  sj_release(y);
  OK(sj_reduce_precision(x, 5, 2, &y));
  EXPECT(y, 1.75, -1.75);
  FAILS(SJ_ERR_DTYPE, "key", sj_astype(x, SJ_KEY, &y));
  FAILS(SJ_ERR_INVALID_ARGUMENT, "sj_dtype", sj_astype(x, 55, &y));
  sj_release(x);
}

const test_case elementwise_tests[] = {
  {"elementwise: unary functions", unary_functions},
  {"elementwise: binary functions", binary_functions},
  {"elementwise: integers and bits", integers_and_bits},
  {"elementwise: rounding", rounding},
  {"elementwise: numbers that are none", numbers_that_are_none},
  {"elementwise: special functions", special_functions},
  {"elementwise: complex numbers", complex_numbers},
  {"elementwise: choices and bounds", choices_and_bounds},
  {"elementwise: copies and types", copies_and_types},
  {"elementwise: conversions", conversions},
  END_OF_TESTS,
};
