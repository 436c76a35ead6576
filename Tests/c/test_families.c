#include "test.h"

// One call at least of each function of the NumPy, random and nn families.

static const float three[] = {3, 1, 2}, four[] = {2, 1, 1, 3};

static void ranges(void) {
  sj_array *y = NULL, *step = NULL, *a = scalar(0), *b = scalar(2), *one = scalar(1), *hundred = scalar(100);
  OK(sj_linspace(a, b, 3, 1, SJ_DTYPE_NONE, 0, &y, &step));
  EXPECT(y, 0, 1, 2);
  EXPECT(step, 1);
  FAILS(SJ_ERR_INVALID_ARGUMENT, "non-negative", sj_linspace(a, b, -1, 1, SJ_DTYPE_NONE, 0, &y, &step));
  GIVES(sj_logspace(a, b, 3, 1, NULL, SJ_INT32, 0, &y), 1, 10, 100);
  OK(sj_geomspace(one, hundred, 3, 1, SJ_DTYPE_NONE, 0, &y));
  CHECK(strcmp(shape_of(y), "3") == 0);
  sj_release(y);
  GIVES(sj_bartlett(3, &y), 0, 1, 0);
  OK(sj_blackman(5, &y));
  sj_release(y);
  GIVES(sj_hamming(3, &y), 0.08, 1, 0.08);
  GIVES(sj_hanning(3, &y), 0, 1, 0);
  GIVES(sj_kaiser(3, a, &y), 1, 1, 1);
  sj_array *released[] = {a, b, one, hundred};
  for (int i = 0; i < 4; i++) sj_release(released[i]);
}

static void triangles(void) {
  sj_array *m = matrix(2, 2, four), *v = vector(3, three), *y = NULL, *nine = scalar(9);
  sj_list *list = NULL;
  GIVES(sj_tri(2, 3, 0, SJ_DTYPE_NONE, &y), 1, 0, 0, 1, 1, 0);
  GIVES(sj_tril(m, 0, &y), 2, 0, 1, 3);
  GIVES(sj_triu(m, 0, &y), 2, 1, 0, 3);
  GIVES_LIST(sj_tril_indices(2, 0, SJ_AXIS_NONE, &list), 0, 1, 1, 0, 0, 1);
  GIVES_LIST(sj_triu_indices(2, 0, SJ_AXIS_NONE, &list), 0, 0, 1, 0, 1, 1);
  GIVES(sj_diag(m, 1, &y), 1);
  GIVES(sj_diagflat(m, 0, &y), 2, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 3);
  GIVES(sj_diagonal(m, 0, 0, 1, &y), 2, 3);
  GIVES_LIST(sj_diag_indices(2, 2, &list), 0, 1, 0, 1);
  GIVES(sj_fill_diagonal(m, nine, &y), 9, 1, 1, 9);
  GIVES(sj_vander(v, 2, 0, &y), 3, 1, 1, 1, 2, 1);
  sj_array *pair[] = {v, v};
  OK(sj_meshgrid(pair, 2, 1, 1, &list));
  sj_release(list);
  int64_t two_two[] = {2, 2};
  GIVES(sj_indices(two_two, 2, SJ_DTYPE_NONE, &y), 0, 0, 1, 1, 0, 1, 0, 1);
  GIVES_LIST(sj_indices_list(two_two, 2, SJ_DTYPE_NONE, 1, &list), 0, 1, 0, 1);
  sj_release(m);
  sj_release(v);
  sj_release(nine);
}

static void shapes(void) {
  sj_array *v = vector(4, four), *y = NULL, *two = integer(2), *one = integer(1), *pair[] = {v, v};
  sj_list *list = NULL;
  int64_t zero = 0, cut = 1, twice = 2, six = 6;
  GIVES_LIST(sj_split(v, 2, 0, &list), 2, 1, 1, 3);
  FAILS(SJ_ERR_INVALID_ARGUMENT, "equal division", sj_split(v, 3, 0, &list));
  GIVES_LIST(sj_split_at(v, &cut, 1, 0, &list), 2, 1, 1, 3);
  GIVES_LIST(sj_array_split(v, 3, 0, &list), 2, 1, 1, 3);
  GIVES_LIST(sj_unstack(v, 0, &list), 2, 1, 1, 3);
  OK(sj_atleast(v, 3, &y));
  CHECK(strcmp(shape_of(y), "1,4,1") == 0);
  sj_release(y);
  GIVES(sj_vstack(pair, 2, SJ_DTYPE_NONE, &y), 2, 1, 1, 3, 2, 1, 1, 3);
  GIVES(sj_hstack(pair, 2, SJ_DTYPE_NONE, &y), 2, 1, 1, 3, 2, 1, 1, 3);
  GIVES(sj_dstack(pair, 2, SJ_DTYPE_NONE, &y), 2, 2, 1, 1, 1, 1, 3, 3);
  GIVES(sj_column_stack(pair, 2, &y), 2, 2, 1, 1, 1, 1, 3, 3);
  GIVES(sj_append(v, v, SJ_AXIS_NONE, &y), 2, 1, 1, 3, 2, 1, 1, 3);
  GIVES(sj_delete_at(v, &cut, 1, 0, &y), 2, 1, 3);
  GIVES(sj_insert(v, &cut, 1, two, 1, 0, &y), 2, 2, 1, 1, 3);
  GIVES(sj_trim_zeros(v, TEXT("fb"), &y), 2, 1, 1, 3);
  GIVES(sj_repeat(v, two, 0, SJ_AXIS_NONE, &y), 2, 2, 1, 1, 1, 1, 3, 3);
  GIVES(sj_tile(v, &twice, 1, &y), 2, 1, 1, 3, 2, 1, 1, 3);
  GIVES(sj_resize(v, &six, 1, &y), 2, 1, 1, 3, 2, 1);
  GIVES(sj_roll(v, one, &zero, 1, &y), 3, 2, 1, 1);
  sj_array *m = matrix(2, 2, four);
  GIVES(sj_rollaxis(m, 1, 0, &y), 2, 1, 1, 3);
  GIVES(sj_rot90(m, 1, NULL, 0, &y), 1, 3, 2, 1);
  GIVES(sj_pad(v, &cut, 1, TEXT("reflect"), NULL, NULL, 0, 0, &y), 1, 2, 1, 1, 3, 1);
  FAILS(SJ_ERR_UNSUPPORTED, "padding mode", sj_pad(v, &cut, 1, TEXT("round"), NULL, NULL, 0, 0, &y));
  sj_array *released[] = {v, two, one, m};
  for (int i = 0; i < 4; i++) sj_release(released[i]);
}

static void along_axes(void) {
  sj_array *v = vector(3, three), *i = ints(3, (const int32_t[]){2, 0, -1}), *y = NULL, *nine = scalar(9);
  sj_list *list = NULL;
  int64_t shape[] = {2, 2};
  GIVES(sj_take(v, i, 0, TEXT("wrap"), NULL, &y), 2, 3, 2);
  GIVES(sj_take_along_axis(v, i, 0, TEXT("fill"), NULL, &y), 2, 3, 2);
  GIVES(sj_put_along_axis(v, i, nine, 0, &y), 9, 1, 9);
  sj_array *vectors[] = {i};
  GIVES_LIST(sj_ix(vectors, 1, &list), 2, 0, -1);
  GIVES_LIST(sj_unravel_index(i, shape, 2, &list), 1, 0, 1, 0, 0, 1);
  sj_array *ones = ints(1, (const int32_t[]){1}), *both[] = {ones, ones};
  GIVES(sj_ravel_multi_index(both, 2, shape, 2, TEXT("clip"), 0, &y), 3);
  sj_array *released[] = {v, i, nine, ones};
  for (int k = 0; k < 4; k++) sj_release(released[k]);
}

static void nan_reductions(void) {
  sj_array *x = vector(3, (const float[]){3, NAN, 1}), *y = NULL;
  GIVES(sj_nansum(x, NULL, 0, SJ_DTYPE_NONE, 0, NULL, NULL, &y), 4);
  GIVES(sj_nanprod(x, NULL, 0, SJ_DTYPE_NONE, 0, NULL, NULL, &y), 3);
  GIVES(sj_nanmax(x, NULL, 0, 0, NULL, NULL, &y), 3);
  GIVES(sj_nanmin(x, NULL, 0, 0, NULL, NULL, &y), 1);
  GIVES(sj_nanmean(x, NULL, 0, SJ_DTYPE_NONE, 0, NULL, &y), 2);
  GIVES(sj_nanvar(x, NULL, 0, SJ_DTYPE_NONE, 0, 0, NULL, &y), 1);
  GIVES(sj_nanstd(x, NULL, 0, SJ_DTYPE_NONE, 0, 0, NULL, &y), 1);
  GIVES(sj_nanargmax(x, 0, 0, &y), 0);
  GIVES(sj_nanargmin(x, 0, 0, &y), 2);
  GIVES(sj_nancumsum(x, 0, SJ_DTYPE_NONE, &y), 3, 3, 4);
  GIVES(sj_nancumprod(x, 0, SJ_DTYPE_NONE, &y), 3, 3, 3);
  GIVES(sj_nanmedian(x, NULL, 0, 0, &y), 2);
  sj_array *half = scalar(0.5), *fifty = scalar(50);
  GIVES(sj_nanquantile(x, half, NULL, 0, TEXT("lower"), 0, &y), 1);
  GIVES(sj_nanpercentile(x, fifty, NULL, 0, TEXT("linear"), 0, &y), 2);
  sj_release(x);
  sj_release(half);
  sj_release(fifty);
}

static void statistics(void) {
  sj_array *x = vector(4, four), *y = NULL, *z = NULL, *half = scalar(0.5), *fifty = scalar(50);
  OK(sj_average(x, NULL, 0, x, 0, &y, &z));
  EXPECT(y, 15.0 / 7);
  EXPECT(z, 7);
  GIVES(sj_ptp(x, NULL, 0, 0, &y), 2);
  GIVES(sj_count_nonzero(x, NULL, 0, 0, &y), 4);
  GIVES(sj_cumulative_sum(x, SJ_AXIS_NONE, SJ_DTYPE_NONE, 1, &y), 0, 2, 3, 4, 7);
  GIVES(sj_cumulative_prod(x, SJ_AXIS_NONE, SJ_DTYPE_NONE, 0, &y), 2, 2, 2, 6);
  GIVES(sj_cov(x, NULL, 1, 0, SJ_AXIS_NONE, NULL, NULL, SJ_DTYPE_NONE, &y), 0.91666667);
  GIVES(sj_corrcoef(x, NULL, 1, SJ_DTYPE_NONE, &y), 1);
  GIVES(sj_quantile(x, half, NULL, 0, TEXT("linear"), 0, &y), 1.5);
  FAILS(SJ_ERR_INVALID_ARGUMENT, "method", sj_quantile(x, half, NULL, 0, TEXT("odd"), 0, &y));
  GIVES(sj_percentile(x, fifty, NULL, 0, TEXT("higher"), 0, &y), 2);
  GIVES(sj_median(x, NULL, 0, 0, &y), 1.5);
  sj_array *n = NULL;
  OK(sj_astype(x, SJ_INT32, &n));
  GIVES(sj_bincount(n, NULL, 0, SJ_AXIS_NONE, &y), 0, 2, 1, 1);
  OK(sj_histogram(x, 2, NULL, NULL, NULL, 0, &y, &z));
  EXPECT(y, 2, 2);
  EXPECT(z, 1, 2, 3);
  GIVES(sj_histogram_bin_edges(x, 1, NULL, NULL, &y), 1, 3);
  sj_array *edges = vector(2, (const float[]){1, 2});
  GIVES(sj_digitize(x, edges, 0, &y), 2, 1, 1, 2);
  sj_array *released[] = {x, half, fifty, n, edges};
  for (int i = 0; i < 5; i++) sj_release(released[i]);
}

static void sorting_and_sets(void) {
  sj_array *x = vector(4, four), *v = vector(3, three), *y = NULL, *mask = NULL, *keys[] = {x};
  sj_list *list = NULL;
  GIVES(sj_sort(x, -1, 1, 1, &y), 3, 2, 1, 1);
  GIVES(sj_argsort(x, -1, 1, 1, &y), 3, 0, 1, 2);
  GIVES(sj_lexsort(keys, 1, -1, &y), 1, 2, 0, 3);
  GIVES(sj_partition(x, 1, -1, &y), 1, 1, 3, 2);
  GIVES(sj_argpartition(x, 1, -1, &y), 1, 2, 0, 3);
  GIVES_LIST(sj_nonzero(x, SJ_AXIS_NONE, NULL, &list), 0, 1, 2, 3);
  GIVES(sj_flatnonzero(x, 2, NULL, &y), 0, 1);
  GIVES(sj_argwhere(x, 1, NULL, &y), 0);
  OK(sj_isin(x, v, 1, &mask));
  EXPECT(mask, 0, 0, 0, 0);
  sj_release(v);
  v = scalar(1);
  OK(sj_greater(x, v, &mask));
  GIVES(sj_compress(mask, x, 0, SJ_AXIS_NONE, NULL, &y), 2, 3);
  GIVES(sj_extract(mask, x, 1, NULL, &y), 2);
  sj_release(mask);
  GIVES_LIST(sj_unique(x, 1, 1, 1, SJ_AXIS_NONE, 1, SJ_AXIS_NONE, NULL, &list), 1, 2, 3, 1, 0, 3, 1, 0, 0, 2, 2, 1, 1);
  GIVES(sj_union1d(x, v, SJ_AXIS_NONE, NULL, &y), 1, 2, 3);
  GIVES(sj_intersect1d(x, v, SJ_AXIS_NONE, NULL, &y), 1);
  GIVES(sj_setdiff1d(x, v, SJ_AXIS_NONE, NULL, &y), 2, 3);
  GIVES(sj_setxor1d(x, v, SJ_AXIS_NONE, NULL, &y), 2, 3);
  sj_release(x);
  sj_release(v);
}

static void calculus(void) {
  sj_array *x = vector(4, four), *s = vector(3, (const float[]){1, 2, 4}), *two = scalar(2), *y = NULL;
  sj_list *list = NULL;
  GIVES(sj_diff(x, 1, -1, NULL, NULL, &y), -1, 0, 2);
  GIVES(sj_ediff1d(x, two, NULL, &y), -1, 0, 2, 2);
  GIVES_LIST(sj_gradient(x, NULL, 0, NULL, 0, &list), -1, -0.5, 1, 2);
  GIVES(sj_trapezoid(x, NULL, NULL, -1, &y), 4.5);
  GIVES(sj_interp(two, s, s, NULL, NULL, NULL, &y), 2);
  GIVES(sj_unwrap(s, NULL, -1, two, &y), 1, 2, 2);
  GIVES(sj_polyval(s, two, &y), 12);
  GIVES(sj_polyadd(s, x, &y), 2, 2, 3, 7);
  GIVES(sj_polysub(s, x, &y), -2, 0, 1, 1);
  GIVES(sj_polymul(s, s, &y), 1, 4, 12, 16, 16);
  GIVES(sj_polyder(s, 1, &y), 2, 2);
  GIVES(sj_polyint(s, 1, NULL, &y), 1.0 / 3, 1, 4, 0);
  GIVES(sj_convolve(x, s, TEXT("valid"), SJ_DTYPE_NONE, &y), 11, 9);
  GIVES(sj_correlate(x, s, TEXT("valid"), SJ_DTYPE_NONE, &y), 8, 15);
  sj_release(x);
  sj_release(s);
  sj_release(two);
}

static void products(void) {
  sj_array *m = matrix(2, 2, four), *v = vector(2, four), *w = vector(3, three), *y = NULL, *z = NULL, *both[] = {m, m};
  GIVES(sj_einsum(TEXT("ij,jk->ik"), both, 2, SJ_DTYPE_NONE, &y), 5, 5, 5, 10);
  FAILS(SJ_ERR_INVALID_ARGUMENT, "does not match", sj_einsum(TEXT("ij"), both, 2, SJ_DTYPE_NONE, &y));
  GIVES(sj_kron(v, v, &y), 4, 2, 2, 1);
  GIVES(sj_cross(w, w, -1, -1, -1, SJ_AXIS_NONE, &y), 0, 0, 0);
  GIVES(sj_vecdot(w, w, -1, &y), 14);
  GIVES(sj_matvec(m, v, &y), 5, 5);
  GIVES(sj_vecmat(v, m, &y), 5, 5);
  GIVES(sj_linalg_norm(m, NAN, NULL, 0, 0, &y), sqrt(15));
  GIVES(sj_linalg_vector_norm(w, 1, NULL, 0, 0, &y), 6);
  GIVES(sj_linalg_matrix_power(m, 2, &y), 5, 5, 5, 10);
  GIVES(sj_linalg_multi_dot(both, 2, &y), 5, 5, 5, 10);
  GIVES(sj_linalg_solve(m, v, &y), 1, 0);
  GIVES(sj_linalg_inv(m, &y), 0.6, -0.2, -0.2, 0.4);
  GIVES(sj_linalg_det(m, &y), 5);
  OK(sj_linalg_slogdet(m, &y, &z));
  EXPECT(y, 1);
  EXPECT(z, log(5));
  GIVES(sj_linalg_cholesky(m, 0, 1, &y), sqrt(2), 0, sqrt(0.5), sqrt(2.5));
  FAILS(SJ_ERR_INVALID_ARGUMENT, "[..., n, n]", sj_linalg_det(v, &y));
  sj_release(m);
  sj_release(v);
  sj_release(w);
}

static void windows(void) {
  sj_array *x = matrix(2, 2, four), *zero = scalar(0), *start = NULL, *y = NULL;
  int64_t window[] = {2, 1}, strides[] = {1, 1}, image[] = {1, 1, 2, 2}, pads[] = {0, 1, 0, 0};
  OK(sj_astype(zero, SJ_FLOAT32, &start));
  GIVES(sj_reduce_window(x, start, TEXT("add"), window, 2, NULL, 0, NULL, 0, no_text, NULL, 0, NULL, 0, &y), 3, 4);
  GIVES(sj_reduce_window(x, start, TEXT("max"), window, 2, strides, 2, pads, 4, no_text, NULL, 0, NULL, 0, &y), 2, 3, 1, 3);
  FAILS(SJ_ERR_UNSUPPORTED, "not 'mean'", sj_reduce_window(x, start, TEXT("mean"), window, 2, NULL, 0, NULL, 0, no_text, NULL, 0, NULL, 0, &y));
  sj_array *picture = floats(four, 4, image);
  GIVES(sj_conv_general_dilated(picture, picture, strides, 2, NULL, 0, TEXT("SAME"), NULL, 0, NULL, 0, no_text, no_text, no_text, 1, 1, SJ_DTYPE_NONE, &y),
        15, 5, 5, 6);
  FAILS(SJ_ERR_INVALID_ARGUMENT, "layout", sj_conv_general_dilated(picture, picture, strides, 2, NULL, 0, no_text, NULL, 0, NULL, 0, TEXT("NHHC"), no_text, no_text, 1, 1, SJ_DTYPE_NONE, &y));
  sj_release(x);
  sj_release(zero);
  sj_release(start);
  sj_release(picture);
}

static void distributions(void) {
  sj_array *seed = integer(0), *key = NULL, *y = NULL, *one = scalar(1), *m = matrix(2, 2, four), *v = vector(2, four);
  int64_t shape[] = {2, 3};
  OK(sj_random_prng_key(seed, &key));
  sj_status *(*plain[])(const sj_array *, const int64_t *, int64_t, sj_dtype, sj_array **) = {
    sj_random_laplace, sj_random_logistic, sj_random_cauchy, sj_random_rademacher, sj_random_maxwell,
  };
  for (int64_t i = 0; i < COUNT(plain); i++) {
    OK(plain[i](key, shape, 2, SJ_DTYPE_NONE, &y));
    CHECK(strcmp(shape_of(y), "2,3") == 0);
    sj_release(y);
  }
  FAILS(SJ_ERR_DTYPE, "float dtype", sj_random_laplace(key, shape, 2, SJ_INT32, &y));
  sj_status *(*scaled[])(const sj_array *, const sj_array *, const int64_t *, int64_t, sj_dtype, sj_array **) = {
    sj_random_rayleigh, sj_random_pareto,   sj_random_lognormal, sj_random_geometric, sj_random_gamma, sj_random_loggamma,
    sj_random_t,        sj_random_chisquare, sj_random_poisson,  sj_random_wald,
  };
  for (int64_t i = 0; i < COUNT(scaled); i++) {
    OK(scaled[i](key, one, shape, 2, SJ_DTYPE_NONE, &y));
    CHECK(strcmp(shape_of(y), "2,3") == 0);
    sj_release(y);
  }
  OK(sj_random_beta(key, one, one, shape, 2, SJ_DTYPE_NONE, &y));
  sj_release(y);
  OK(sj_random_f(key, one, one, shape, 2, SJ_DTYPE_NONE, &y));
  sj_release(y);
  OK(sj_random_dirichlet(key, v, NULL, 0, SJ_DTYPE_NONE, &y));
  sj_release(y);
  OK(sj_random_generalized_normal(key, 2, shape, 2, SJ_DTYPE_NONE, &y));
  sj_release(y);
  OK(sj_random_ball(key, 3, 2, shape, 1, SJ_DTYPE_NONE, &y));
  CHECK(strcmp(shape_of(y), "2,3") == 0);
  sj_release(y);
  OK(sj_random_truncated_normal(key, seed, one, shape, 2, SJ_DTYPE_NONE, &y));
  sj_release(y);
  OK(sj_random_double_sided_maxwell(key, seed, one, shape, 2, SJ_DTYPE_NONE, &y));
  sj_release(y);
  OK(sj_random_weibull_min(key, one, one, shape, 2, SJ_DTYPE_NONE, &y));
  sj_release(y);
  OK(sj_random_triangular(key, seed, one, one, shape, 2, SJ_DTYPE_NONE, &y));
  sj_release(y);
  OK(sj_random_multivariate_normal(key, v, m, NULL, 0, SJ_DTYPE_NONE, &y));
  sj_release(y);
  OK(sj_nn_variance_scaling(key, shape, 2, 1, TEXT("fan_in"), TEXT("uniform"), NULL, 0, NULL, 0, NULL, 0, SJ_DTYPE_NONE, &y));
  CHECK(strcmp(shape_of(y), "2,3") == 0);
  sj_array *released[] = {seed, key, y, one, m, v};
  for (int i = 0; i < 6; i++) sj_release(released[i]);
}

static void activations(void) {
  static const struct {
    const char *name;
    sj_status *(*call)(const sj_array *, sj_array **);
    double wanted[2];
  } cases[] = {
    {"hard_sigmoid", sj_nn_hard_sigmoid, {1.0 / 3, 2.0 / 3}},
    {"hard_silu", sj_nn_hard_silu, {-1.0 / 3, 2.0 / 3}},
    {"hard_tanh", sj_nn_hard_tanh, {-1, 1}},
    {"sparse_plus", sj_nn_sparse_plus, {0, 1}},
    {"sparse_sigmoid", sj_nn_sparse_sigmoid, {0, 1}},
    {"mish", sj_nn_mish, {-0.30340146, 0.86509838}},
  };
  sj_array *x = vector(2, (const float[]){-1, 1}), *y = NULL, *sign = NULL, *one = scalar(1);
  for (int64_t i = 0; i < COUNT(cases); i++) {
    OK(cases[i].call(x, &y));
    expect_values(y, cases[i].wanted, 2, __FILE__, __LINE__, cases[i].name);
  }
  GIVES(sj_nn_squareplus(x, NULL, &y), 0.61803399, 1.6180340);
  GIVES(sj_nn_glu(x, 0, &y), -0.73105858);
  GIVES(sj_nn_log1mexp(one, &y), -0.45867515);
  GIVES(sj_nn_logmeanexp(x, NULL, 0, 0, NULL, &y), log(cosh(1)));
  OK(sj_nn_logsumexp_sign(x, NULL, 0, x, 0, NULL, &y, &sign));
  EXPECT(y, log(2 * sinh(1)));
  EXPECT(sign, 1);
  int64_t shape[] = {1, 2, 1, 1};
  sj_array *q = floats((const float[]){-1, 1}, 4, shape);
  GIVES(sj_nn_dot_product_attention(q, q, q, NULL, NULL, NAN, 1, &y), -1, tanh(1));
  sj_release(q);
  sj_release(x);
  sj_release(one);
}

const test_case family_tests[] = {
  {"numpy: ranges and windows", ranges},
  {"numpy: triangles and grids", triangles},
  {"numpy: splitting, joining, repeating, padding", shapes},
  {"numpy: along axes", along_axes},
  {"numpy: reductions without NaNs", nan_reductions},
  {"numpy: statistics", statistics},
  {"numpy: sorting, searching, sets", sorting_and_sets},
  {"numpy: calculus and polynomials", calculus},
  {"numpy: products and linear algebra", products},
  {"lax: windows and convolutions", windows},
  {"random: distributions", distributions},
  {"nn: pieces, gates, attention", activations},
  END_OF_TESTS,
};
