#include "test.h"

static const float abc[] = {1, 2, 3};

static void gradients(void) {
  sj_function *f = function("f", sum_square_body), *g = NULL, *vg = NULL, *j = NULL;
  sj_array *x = vector(3, abc), *two[2];
  OK(sj_grad(f, NULL, &g));
  EXPECT(call1(g, x), 2, 4, 6);
  OK(sj_value_and_grad(f, NULL, &vg));
  OK(sj_call_flat(vg, &x, 1, two, 2));
  EXPECT(two[0], 14);
  EXPECT(two[1], 2, 4, 6);
  OK(sj_jit(vg, NULL, &j));
  OK(sj_call_flat(j, &x, 1, two, 2));
  EXPECT(two[0], 14);
  EXPECT(two[1], 2, 4, 6);
  sj_release(f);
  sj_release(g);
  sj_release(vg);
  sj_release(j);
  sj_release(x);
}

static void gradient_options(void) {
  sj_function *f = function("product", product_body), *g = NULL;
  sj_array *x = scalar(2), *y = scalar(5), *both[] = {x, y}, *got[2];
  sj_grad_options options;
  sj_grad_options_init(&options);
  options.argnum = -1;
  OK(sj_grad(f, &options, &g));
  EXPECT(call2(g, x, y), 2);
  sj_release(g);
  int64_t argnums[] = {1, 0};
  options.argnums = argnums;
  options.argnums_count = 2;
  OK(sj_grad(f, &options, &g));
  OK(sj_call_flat(g, both, 2, got, 2));
  EXPECT(got[0], 2);
  EXPECT(got[1], 5);
  sj_release(g);
  sj_grad_options_init(&options);
  options.argnum = 7;
  OK(sj_grad(f, &options, &g));
  FAILS(SJ_ERR_INVALID_ARGUMENT, "argnums=7", sj_call_flat(g, both, 2, got, 1));
  sj_release(g);
  options.struct_size = 0;
  FAILS(SJ_ERR_INVALID_ARGUMENT, "struct_size", sj_grad(f, &options, &g));
  sj_release(f);
  sj_release(x);
  sj_release(y);
}

BODY(pair_body) {  // (x², x) as (output, aux)
  sj_status *status = NULL;
  UNUSED(context, tree, result_tree);
  ARGUMENT(status, arguments, 0, x);
  sj_array *both[2] = {NULL, x};
  if (!status) status = sj_multiply(x, x, &both[0]);
  return status ? status : sj_list_create(both, 2, results);
}

static void auxiliary_output(void) {
  sj_function *f = function("f", pair_body), *g = NULL, *pullback = NULL;
  sj_array *x = scalar(3), *got[2] = {NULL, NULL};
  sj_grad_options options;
  sj_grad_options_init(&options);
  options.has_aux = 1;
  OK(sj_grad(f, &options, &g));
  OK(sj_call_flat(g, &x, 1, got, 2));
  EXPECT(got[0], 6);
  EXPECT(got[1], 3);
  sj_list *primals = NULL, *output = NULL, *aux = NULL;
  sj_tree *aux_tree = NULL;
  OK(sj_list_create(&x, 1, &primals));
  OK(sj_vjp(f, primals, NULL, 1, &output, NULL, &pullback, &aux, &aux_tree));
  OK(sj_list_get(aux, 0, &got[0]));
  EXPECT(got[0], 3);
  sj_array *one = scalar(1);
  EXPECT(call1(pullback, one), 6);
  sj_release(one);
  sj_release(pullback);
  sj_release(primals);
  sj_release(output);
  sj_release(aux);
  sj_release(aux_tree);
  sj_release(f);
  sj_release(g);
  sj_release(x);
}

static void forward_mode(void) {
  sj_function *f = function("sine", sine_body), *linear = NULL;
  sj_array *x = scalar(0), *one = scalar(1), *got = NULL;
  sj_list *primals = NULL, *tangents = NULL, *output = NULL, *tangent = NULL;
  sj_tree *tree = NULL;
  OK(sj_list_create(&x, 1, &primals));
  OK(sj_list_create(&one, 1, &tangents));
  OK(sj_jvp(f, primals, tangents, NULL, &output, &tree, &tangent));
  OK(sj_list_get(output, 0, &got));
  EXPECT(got, 0);
  OK(sj_list_get(tangent, 0, &got));
  EXPECT(got, 1);
  sj_release(output);
  sj_release(tangent);
  sj_release(tree);
  OK(sj_linearize(f, primals, NULL, &output, NULL, &linear));
  EXPECT(call1(linear, one), 1);
  sj_release(output);
  sj_release(linear);
  sj_array *wrong = vector(3, abc);
  sj_list *wrong_tangents = NULL;
  OK(sj_list_create(&wrong, 1, &wrong_tangents));
  FAILS(SJ_ERR_SHAPE, "tangent", sj_jvp(f, primals, wrong_tangents, NULL, &output, NULL, &tangent));
  sj_release(wrong);
  sj_release(wrong_tangents);
  sj_release(primals);
  sj_release(tangents);
  sj_release(f);
  sj_release(x);
  sj_release(one);
}

BODY(triple_body) {  // 3 x, linear
  sj_status *status = NULL;
  UNUSED(context, tree, result_tree);
  ARGUMENT(status, arguments, 0, x);
  sj_array *three = NULL, *y = NULL;
  if (!status) status = sj_scalar_f64(3, &three);
  if (!status) status = sj_multiply(x, three, &y);
  return status ? status : sj_list_create(&y, 1, results);
}

static void linear_transpose(void) {
  sj_function *f = function("triple", triple_body), *transposed = NULL;
  sj_array *x = vector(3, abc);
  sj_list *examples = NULL;
  OK(sj_list_create(&x, 1, &examples));
  OK(sj_linear_transpose(f, examples, NULL, &transposed));
  EXPECT(call1(transposed, x), 3, 6, 9);
  sj_release(transposed);
  sj_release(examples);
  sj_release(f);
  sj_release(x);
}

static void jacobians(void) {
  sj_function *f = function("square", square_body), *s = function("sum", sum_square_body), *d = NULL;
  sj_array *x = vector(3, abc);
  OK(sj_jacfwd(f, NULL, &d));
  EXPECT(call1(d, x), 2, 0, 0, 0, 4, 0, 0, 0, 6);
  sj_release(d);
  OK(sj_jacrev(f, NULL, &d));
  EXPECT(call1(d, x), 2, 0, 0, 0, 4, 0, 0, 0, 6);
  sj_release(d);
  OK(sj_hessian(s, NULL, &d));
  EXPECT(call1(d, x), 2, 0, 0, 0, 2, 0, 0, 0, 2);
  sj_release(d);
  sj_release(f);
  sj_release(s);
  sj_release(x);
}

BODY(collective_body) {  // Σ over the axis, plus the place
  sj_status *status = NULL;
  UNUSED(context, tree, result_tree);
  ARGUMENT(status, arguments, 0, x);
  sj_array *parts[7];
  int64_t size = 0;
  sj_string_view name = sj_text("batch");
  if (!status) status = sj_psum(x, name, &parts[0]);
  if (!status) status = sj_pmean(x, name, &parts[1]);
  if (!status) status = sj_pmax(x, name, &parts[2]);
  if (!status) status = sj_pmin(x, name, &parts[3]);
  if (!status) status = sj_axis_index(name, &parts[4]);
  if (!status) status = sj_all_gather(x, name, 0, 0, &parts[5]);
  if (!status) status = sj_axis_size(name, &size);
  CHECK(status || size == 3);
  return status ? status : sj_list_create(parts, 6, results);
}

BODY(exchange_body) {
  sj_status *status = NULL;
  UNUSED(context, tree, result_tree);
  ARGUMENT(status, arguments, 0, x);
  sj_array *parts[4];
  sj_string_view name = sj_text("batch");
  const int64_t turn[] = {0, 1, 1, 2, 2, 0}, reversed[] = {2, 1, 0};
  if (!status) status = sj_ppermute(x, name, turn, 6, &parts[0]);
  if (!status) status = sj_pshuffle(x, name, reversed, 3, &parts[1]);
  if (!status) status = sj_psum_scatter(x, name, 0, 0, &parts[2]);
  if (!status) status = sj_all_to_all(x, name, 0, 0, 0, &parts[3]);
  return status ? status : sj_list_create(parts, 4, results);
}

static void exchanges(void) {
  const float nine[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  sj_function *f = function("exchange", exchange_body), *v = NULL;
  sj_array *x = matrix(3, 3, nine), *got[4];
  sj_vmap_options options;
  sj_vmap_options_init(&options);
  options.axis_name = sj_text("batch");
  OK(sj_vmap(f, &options, &v));
  OK(sj_call_flat(v, &x, 1, got, 4));
  EXPECT(got[0], 7, 8, 9, 1, 2, 3, 4, 5, 6);
  EXPECT(got[1], 7, 8, 9, 4, 5, 6, 1, 2, 3);
  EXPECT(got[2], 12, 15, 18);
  EXPECT(got[3], 1, 4, 7, 2, 5, 8, 3, 6, 9);
  sj_release(f);
  sj_release(v);
  sj_release(x);
}

static void vmap(void) {
  sj_function *f = function("product", product_body), *v = NULL;
  float rows[] = {1, 2, 3, 4, 5, 6};
  sj_array *x = matrix(2, 3, rows), *y = vector(3, abc);
  sj_vmap_options options;
  sj_vmap_options_init(&options);
  int64_t in_axes[] = {0, SJ_AXIS_NONE}, out_axes[] = {1};
  options.in_axes = in_axes;
  options.in_axes_count = 2;
  options.out_axes = out_axes;
  options.out_axes_count = 1;
  OK(sj_vmap(f, &options, &v));
  sj_array *z = call2(v, x, y);
  CHECK(strcmp(shape_of(z), "3,2") == 0);
  EXPECT(z, 1, 4, 4, 10, 9, 18);
  sj_release(v);
  sj_array *both[] = {x, y};
  OK(sj_vmap(f, NULL, &v));
  FAILS(SJ_ERR_SHAPE, "inconsistent sizes", sj_call_flat(v, both, 2, &z, 1));
  sj_release(v);
  in_axes[0] = 5;
  OK(sj_vmap(f, &options, &v));
  FAILS(SJ_ERR_INVALID_ARGUMENT, "axis 5", sj_call_flat(v, both, 2, &z, 1));
  sj_release(v);
  options.axis_size = -5;
  FAILS(SJ_ERR_INVALID_ARGUMENT, "axis_size", sj_vmap(f, &options, &v));
  sj_release(f);
  sj_release(x);
  sj_release(y);
}

static void named_axes(void) {
  sj_function *f = function("collectives", collective_body), *v = NULL;
  sj_array *x = vector(3, abc), *got[6];
  sj_vmap_options options;
  sj_vmap_options_init(&options);
  options.axis_name = sj_text("batch");
  OK(sj_vmap(f, &options, &v));
  OK(sj_call_flat(v, &x, 1, got, 6));
  EXPECT(got[0], 6, 6, 6);
  EXPECT(got[1], 2, 2, 2);
  EXPECT(got[2], 3, 3, 3);
  EXPECT(got[3], 1, 1, 1);
  EXPECT(got[4], 0, 1, 2);
  EXPECT(got[5], 1, 2, 3, 1, 2, 3, 1, 2, 3);
  FAILS(SJ_ERR_INVALID_ARGUMENT, "batch", sj_call_flat(f, &x, 1, got, 6));
  sj_release(f);
  sj_release(v);
  sj_release(x);
}

static int traces;
BODY(counting_body) {
  traces++;
  return square_body(context, arguments, tree, results, result_tree);
}

static void jit_traces_once_for_each_type(void) {
  sj_function *f = function("counting", counting_body), *j = NULL;
  sj_array *x = scalar(2), *v = vector(3, abc);
  traces = 0;
  OK(sj_jit(f, NULL, &j));
  EXPECT(call1(j, x), 4);
  EXPECT(call1(j, x), 4);
  CHECK(traces == 1);
  EXPECT(call1(j, v), 1, 4, 9);
  CHECK(traces == 2);
  OK(sj_config_push(SJ_DISABLE_JIT, 1));
  EXPECT(call1(j, x), 4);
  OK(sj_config_pop());
  CHECK(traces == 3);
  sj_release(f);
  sj_release(j);
  sj_release(x);
  sj_release(v);
}

static void jit_compiles_ahead_of_time(void) {
  sj_function *f = function("f", counting_body), *j = NULL;
  sj_array *x = vector(3, abc);
  sj_list *arguments = NULL;
  OK(sj_list_create(&x, 1, &arguments));
  OK(sj_jit(f, NULL, &j));
  traces = 0;
  OK(sj_compile(j, arguments, NULL, NULL));
  CHECK(traces == 1);
  sj_bool is_native;
  int64_t code;
  OK(sj_compile(j, arguments, NULL, &is_native));
  OK(sj_memory_analysis(f, arguments, NULL, NULL, NULL, NULL, NULL, &code, NULL));
  CHECK(is_native == (code > 0));
  traces = 1;
  sj_release(call1(j, x));
  CHECK(traces == 1);
  FAILS(SJ_ERR_INVALID_ARGUMENT, "not what jit gave", sj_compile(f, arguments, NULL, NULL));
  sj_release(arguments);
  sj_release(x);
  sj_release(f);
  sj_release(j);
}

static void donated_arguments_are_deleted(void) {
  sj_function *f = function("square", square_body), *j = NULL;
  sj_array *x = scalar(2), *y = NULL;
  sj_jit_options options;
  sj_jit_options_init(&options);
  int64_t donated[] = {0};
  options.donate_argnums = donated;
  options.donate_argnums_count = 1;
  OK(sj_jit(f, &options, &j));
  EXPECT(call1(j, x), 4);
  FAILS(SJ_ERR_DELETED, "deleted", sj_call_flat(j, &x, 1, &y, 1));
  sj_release(f);
  sj_release(j);
  sj_release(x);
}

static void memory_and_costs(void) {
  sj_function *f = function("f", sum_square_body), *identity = function("identity", identity_body);
  sj_array *x = vector(3, abc);
  sj_list *arguments = NULL;
  OK(sj_list_create(&x, 1, &arguments));
  int64_t argument, output, alias, temp, code, peak;
  OK(sj_memory_analysis(f, arguments, NULL, &argument, &output, &alias, &temp, &code, &peak));
  CHECK(argument == 12 && output == 4 && alias == 0 && temp == 0 && code >= 0 && peak == 16);
  OK(sj_memory_analysis(identity, arguments, NULL, NULL, &output, &alias, NULL, NULL, &peak));
  CHECK(output == 12 && alias == 12 && peak == 12);
  double flops, transcendentals, bytes;
  OK(sj_cost_analysis(f, arguments, NULL, SJ_STAGE_FUSED_LOOPS, &flops, &transcendentals, &bytes));
  CHECK(flops == 6 && transcendentals == 0 && bytes == 16);
  OK(sj_cost_analysis(f, arguments, NULL, SJ_STAGE_LOOPS, NULL, NULL, NULL));
  FAILS(SJ_ERR_INVALID_ARGUMENT, "loops", sj_cost_analysis(f, arguments, NULL, SJ_STAGE_LLVM, &flops, NULL, NULL));
  FAILS(SJ_ERR_INVALID_ARGUMENT, "no stage", sj_cost_analysis(f, arguments, NULL, 99, &flops, NULL, NULL));
  sj_release(arguments);
  sj_release(x);
  sj_release(f);
  sj_release(identity);
}

/// The last lines of the log, one after the other.
static char last_lines[4000];
static void keep_lines(void *context, int32_t level, const char *message, int64_t size) {
  (void)context, (void)level;
  size_t used = strlen(last_lines);
  snprintf(last_lines + used, sizeof last_lines - used, "%.*s\n", (int)size, message);
}

static void compilations_are_logged_and_explained(void) {
  sj_function *f = function("logged", square_body), *j = NULL, *again = NULL, *k = NULL;
  sj_array *x = vector(3, abc), *y = scalar(2);
  sj_set_log(keep_lines, NULL, NULL);
  OK(sj_jit(f, NULL, &j));
  OK(sj_config_push(SJ_LOG_COMPILES, 1));
  EXPECT(call1(j, x), 1, 4, 9);
  CHECK(strstr(last_lines, "Finished tracing logged in ") && strstr(last_lines, "Finished lowering logged in "));
  OK(sj_config_pop());
  OK(sj_config_push(SJ_EXPLAIN_CACHE_MISSES, 1));
  last_lines[0] = 0;
  // Neither setting is part of a trace's key.
  EXPECT(call1(j, x), 1, 4, 9);
  CHECK(strcmp(last_lines, "") == 0);
  EXPECT(call1(j, y), 4);
  CHECK(strstr(last_lines, "args[0]: now float32[], before float32[3]"));
  last_lines[0] = 0;
  OK(sj_config_push(SJ_ENABLE_X64, 1));
  EXPECT(call1(j, x), 1, 4, 9);
  OK(sj_config_pop());
  CHECK(strstr(last_lines, "configuration: enable_x64 is now true"));
  last_lines[0] = 0;
  OK(sj_jit(f, NULL, &k));
  EXPECT(call1(k, x), 1, 4, 9);
  CHECK(strstr(last_lines, "logged") && strstr(last_lines, "was not called before"));
  last_lines[0] = 0;
  OK(sj_jit(f, NULL, &again));
  EXPECT(call1(again, x), 1, 4, 9);
  CHECK(strstr(last_lines, "same name and content"));
  OK(sj_config_pop());
  sj_set_log(NULL, NULL, NULL);
  sj_release(f);
  sj_release(j);
  sj_release(k);
  sj_release(again);
  sj_release(x);
  sj_release(y);
}

static void jaxprs_and_shapes(void) {
  sj_function *f = function("square", square_body);
  sj_array *x = vector(3, abc), *shape = NULL;
  sj_list *arguments = NULL, *shapes = NULL;
  sj_tree *tree = NULL;
  sj_string *text = NULL;
  OK(sj_list_create(&x, 1, &arguments));
  OK(sj_make_jaxpr(f, arguments, NULL, &text));
  EXPECT_TEXT(text, "{ lambda ; a:f32[3]. let b:f32[3] = mul a a in (b,) }");
  OK(sj_lower_text(f, arguments, NULL, SJ_STAGE_FUSED_LOOPS, &text));
  EXPECT_TEXT(text, "(b0: f32[3]) -> (b1) {\n  b1: f32[3]\n  kernel \"square\" {\n    %1: f32 = b0[a0]\n"
                    "    parallel a0 < 3 {\n      b1[a0] = mul(%1, %1)\n    }\n  }\n}\n");
  FAILS(SJ_ERR_INVALID_ARGUMENT, "no stage", sj_lower_text(f, arguments, NULL, 99, &text));
  OK(sj_eval_shape(f, arguments, NULL, &shapes, &tree));
  OK(sj_list_get(shapes, 0, &shape));
  CHECK(strcmp(shape_of(shape), "3") == 0 && dtype_of(shape) == SJ_FLOAT32);
  const void *data;
  FAILS(SJ_ERR_ESCAPED_TRACER, "eval_shape", sj_data(shape, &data));
  sj_release(shape);
  sj_release(shapes);
  sj_release(tree);
  sj_release(arguments);
  sj_release(f);
  sj_release(x);
}

static void checkpointing(void) {
  sj_function *f = function("f", sum_square_body), *c = NULL, *g = NULL;
  sj_array *x = vector(3, abc);
  OK(sj_checkpoint(f, NULL, &c));
  OK(sj_grad(c, NULL, &g));
  EXPECT(call1(g, x), 2, 4, 6);
  sj_release(f);
  sj_release(c);
  sj_release(g);
  sj_release(x);
}

BODY(named_body) {  // Σ sin(sin x), where sin x has a name
  UNUSED(context, tree, result_tree);
  sj_status *status = NULL;
  ARGUMENT(status, arguments, 0, x);
  sj_array *y = NULL;
  if (!status) status = sj_sin(x, &y);
  if (!status) status = sj_checkpoint_name(y, TEXT("inner"), &y);
  if (!status) status = sj_sin(y, &y);
  if (!status) status = sj_sum(y, NULL, 0, SJ_DTYPE_NONE, 0, NULL, NULL, &y);
  return status ? status : sj_list_create(&y, 1, results);
}

/// How often the gradient of the body, checkpointed with these options, has the text.
static int64_t occurrences(const sj_checkpoint_options *options, const char *text) {
  sj_function *f = function("named", named_body), *c = NULL, *g = NULL;
  sj_array *x = vector(3, abc);
  sj_list *arguments;
  sj_string *jaxpr;
  OK(sj_list_create(&x, 1, &arguments));
  OK(sj_checkpoint(f, options, &c));
  OK(sj_grad(c, NULL, &g));
  OK(sj_make_jaxpr(g, arguments, NULL, &jaxpr));
  int64_t count = 0;
  for (const char *at = sj_string_text(jaxpr).data; (at = strstr(at, text)); at++) count++;
  sj_release(f), sj_release(c), sj_release(g), sj_release(x), sj_release(arguments), sj_release(jaxpr);
  return count;
}

static void checkpoint_policies(void) {
  sj_checkpoint_options options;
  sj_checkpoint_options_init(&options);
  CHECK(occurrences(&options, "= sin ") == 3);  // two forward, the inner one again
  const sj_string_view names[] = {TEXT("inner")};
  options.names = names;
  options.names_count = 1;
  CHECK(occurrences(&options, "= sin ") == 2);
  options.all_but_names = 1;
  CHECK(occurrences(&options, "= sin ") == 3);
  options.operations = SJ_SAVE_EVERYTHING;
  CHECK(occurrences(&options, "= sin ") == 2 && occurrences(&options, "= cos ") == 2);
  options.operations = 9;
  sj_function *f = function("named", named_body), *c = NULL;
  FAILS(SJ_ERR_INVALID_ARGUMENT, "operations", sj_checkpoint(f, &options, &c));
  sj_release(f);
}

BODY(jvp_rule) {  // of x²: claims the derivative 10 x'
  sj_status *status = NULL;
  UNUSED(context, tree, result_tree);
  ARGUMENT(status, arguments, 0, x);
  ARGUMENT(status, arguments, 1, t);
  sj_array *ten = NULL, *both[2];
  if (!status) status = sj_multiply(x, x, &both[0]);
  if (!status) status = sj_scalar_f64(10, &ten);
  if (!status) status = sj_multiply(t, ten, &both[1]);
  return status ? status : sj_list_create(both, 2, results);
}

BODY(forward_rule) {  // (x², residual x)
  return pair_body(context, arguments, tree, results, result_tree);
}

BODY(backward_rule) {  // (residual, cotangent) → the tuple of 100 residual · cotangent
  sj_status *status = NULL;
  (void)context, (void)tree;
  ARGUMENT(status, arguments, 0, residual);
  ARGUMENT(status, arguments, 1, cotangent);
  sj_array *hundred = NULL, *scaled = NULL, *result = NULL;
  sj_tree *leaf = NULL;
  if (!status) status = sj_scalar_f64(100, &hundred);
  if (!status) status = sj_multiply(residual, hundred, &scaled);
  if (!status) status = sj_multiply(scaled, cotangent, &result);
  if (!status) status = sj_list_create(&result, 1, results);
  if (!status) status = sj_tree_leaf(&leaf);
  return status ? status : sj_tree_tuple(&leaf, 1, result_tree);
}

static void custom_derivatives(void) {
  sj_function *f = function("f", square_body), *rule = function("rule", jvp_rule), *c = NULL, *g = NULL;
  sj_array *x = scalar(3);
  OK(sj_custom_jvp(f, rule, &c));
  OK(sj_grad(c, NULL, &g));
  EXPECT(call1(c, x), 9);
  EXPECT(call1(g, x), 10);
  sj_release(c);
  sj_release(g);
  sj_release(rule);
  sj_function *forward = function("forward", forward_rule), *backward = function("backward", backward_rule), *j = NULL;
  OK(sj_custom_vjp(f, forward, backward, &c));
  sj_release(forward);
  sj_release(backward);
  OK(sj_grad(c, NULL, &g));
  OK(sj_jit(g, NULL, &j));
  EXPECT(call1(c, x), 9);
  EXPECT(call1(g, x), 300);
  EXPECT(call1(j, x), 300);
  sj_release(c);
  sj_release(f);
  sj_release(g);
  sj_release(j);
  sj_release(x);
}

const test_case transformation_tests[] = {
  {"transformations: gradients", gradients},
  {"transformations: gradient options", gradient_options},
  {"transformations: auxiliary output", auxiliary_output},
  {"transformations: forward mode", forward_mode},
  {"transformations: linear transpose", linear_transpose},
  {"transformations: jacobians", jacobians},
  {"transformations: vmap", vmap},
  {"transformations: named axes", named_axes},
  {"transformations: exchanges", exchanges},
  {"transformations: jit traces once for each type", jit_traces_once_for_each_type},
  {"transformations: jit compiles ahead of time", jit_compiles_ahead_of_time},
  {"transformations: donated arguments are deleted", donated_arguments_are_deleted},
  {"transformations: jaxprs and shapes", jaxprs_and_shapes},
  {"transformations: memory and costs", memory_and_costs},
  {"transformations: compilations are logged and explained", compilations_are_logged_and_explained},
  {"transformations: checkpoint", checkpointing},
  {"transformations: checkpoint policies", checkpoint_policies},
  {"transformations: custom derivatives", custom_derivatives},
  END_OF_TESTS,
};
