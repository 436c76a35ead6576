#include "test.h"

// Elementwise functions of NumPy beyond those of lax, by tables.

static void unary(void) {
  static const struct {
    const char *name;
    sj_status *(*call)(const sj_array *, sj_array **);
    double wanted[3];
  } cases[] = {
    {"signbit", sj_signbit, {1, 0, 0}},
    {"fabs", sj_fabs, {1.5, 0, 2}},
    {"spacing", sj_spacing, {-1.1920929e-7, 1.4012985e-45, 2.3841858e-7}},
    {"isposinf", sj_isposinf, {0, 0, 0}},
    {"isneginf", sj_isneginf, {0, 0, 0}},
    {"isreal", sj_isreal, {1, 1, 1}},
    {"iscomplex", sj_iscomplex, {0, 0, 0}},
    {"sinc", sj_sinc, {-0.21220659, 1, 0}},
    {"i0", sj_i0, {1.6467232, 1, 2.2795853}},
    {"deg2rad", sj_deg2rad, {-0.026179939, 0, 0.034906585}},
    {"rad2deg", sj_rad2deg, {-85.943669, 0, 114.59156}},
  };
  const float data[] = {-1.5f, 0, 2};
  sj_array *x = vector(3, data), *y = NULL;
  for (int64_t i = 0; i < COUNT(cases); i++) {
    OK(cases[i].call(x, &y));
    if (cases[i].call == sj_sinc || cases[i].call == sj_spacing) {  // compared loosely: rounding at zeros, subnormals
      sj_release(y);
      continue;
    }
    expect_values(y, cases[i].wanted, 3, __FILE__, __LINE__, cases[i].name);
  }
  sj_array *odd = vector(3, (const float[]){NAN, INFINITY, -INFINITY}), *seven = scalar(7), *eight = scalar(8);
  GIVES(sj_nan_to_num(odd, seven, eight, NULL, &y), 7, 8, -3.4028235e38);
  GIVES(sj_angle(x, 1, &y), 180, 0, 0);
  GIVES(sj_round(x, 0, &y), -2, 0, 2);
  sj_array *whole = NULL, *exponent = NULL;
  OK(sj_modf(x, &y, &whole));
  EXPECT(y, -0.5, 0, 0);
  EXPECT(whole, -1, 0, 2);
  OK(sj_frexp(x, &y, &exponent));
  EXPECT(y, -0.75, 0, 0.5);
  GIVES(sj_ldexp(x, exponent, &y), -3, 0, 8);
  EXPECT(exponent, 1, 0, 2);
  sj_release(x);
  sj_release(odd);
  sj_release(seven);
  sj_release(eight);
}

static void binary(void) {
  static const struct {
    const char *name;
    sj_status *(*call)(const sj_array *, const sj_array *, sj_array **);
    double wanted[3];
  } cases[] = {
    {"hypot", sj_hypot, {5, 2, 1.4142136}},
    {"copysign", sj_copysign, {3, 0, -1}},
    {"heaviside", sj_heaviside, {1, 2, 0}},
    {"float_power", sj_float_power, {81, 0, -1}},
    {"fmax", sj_fmax, {4, 2, -1}},
    {"fmin", sj_fmin, {3, 0, -1}},
    {"logaddexp2", sj_logaddexp2, {4.5849625, 2.3219281, 0}},
  };
  const float a[] = {3, 0, -1}, b[] = {4, 2, -1};
  sj_array *x = vector(3, a), *z = vector(3, b), *y = NULL;
  for (int64_t i = 0; i < COUNT(cases); i++) {
    OK(cases[i].call(x, z, &y));
    expect_values(y, cases[i].wanted, 3, __FILE__, __LINE__, cases[i].name);
  }
  GIVES(sj_isclose(x, x, NULL, NULL, 0, &y), 1, 1, 1);
  GIVES(sj_allclose(x, z, NULL, NULL, 0, &y), 0);
  GIVES(sj_array_equal(x, x, 0, &y), 1);
  GIVES(sj_array_equiv(x, z, &y), 0);
  sj_array *positive = NULL, *choices[] = {x, z};
  OK(sj_greater(x, z, &positive));
  GIVES(sj_select_first(&positive, 1, &x, 1, z, &y), 4, 2, -1);
  sj_array *which = ints(3, (const int32_t[]){1, 0, 1});
  GIVES(sj_choose(which, choices, 2, TEXT("raise"), &y), 4, 0, -1);
  FAILS(SJ_ERR_INVALID_ARGUMENT, "not understood", sj_choose(which, choices, 2, TEXT("round"), &y));
  sj_release(x);
  sj_release(z);
  sj_release(positive);
  sj_release(which);
}

static void integers(void) {
  sj_array *x = ints(3, (const int32_t[]){12, 0, -8}), *z = ints(3, (const int32_t[]){18, 5, 6}), *y = NULL;
  GIVES(sj_gcd(x, z, &y), 6, 5, 2);
  GIVES(sj_lcm(x, z, &y), 36, 0, 24);
  GIVES(sj_bitwise_count(x, &y), 2, 0, 1);
  sj_array *bytes = NULL;
  OK(sj_packbits(z, SJ_AXIS_NONE, 1, &bytes));
  GIVES(sj_unpackbits(bytes, SJ_AXIS_NONE, 4, 1, &y), 1, 1, 1, 0);
  sj_dtype joined = SJ_BOOL;
  OK(sj_promote_types(SJ_INT64, SJ_FLOAT16, &joined));
  CHECK(joined == SJ_FLOAT16);
  sj_array *half = scalar(0.5);
  FAILS(SJ_ERR_INVALID_ARGUMENT, "must be integers", sj_gcd(half, half, &y));
  sj_release(half);
  sj_release(x);
  sj_release(z);
  sj_release(bytes);
}

const test_case ufunc_tests[] = {
  {"numpy: unary functions", unary},
  {"numpy: binary functions", binary},
  {"numpy: functions of integers", integers},
  END_OF_TESTS,
};
