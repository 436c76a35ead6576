// Trains a small classifier of handwritten digits: jitted value_and_grad, minibatches from random
// permutations, and Adam, over a tree of parameters.
//
//     digits [path to digits.csv]
#include "formula.h"

enum { PIXELS = 64, HIDDEN = 128, CLASSES = 10, IMAGES = 1797, TRAINING = 1437, BATCH = 64, EPOCHS = 20 };
static const double RATE = 5e-3, DECAY_1 = 0.9, DECAY_2 = 0.999, EPSILON = 1e-8;

// Parameters are leaves in the order of the tree {'layer0': {'W', 'b'}, 'layer1': {'W', 'b'}}.
enum { W0, B0, W1, B1, PARAMETERS };
// Adam's state is {'mean': …, 'square': …, 'step': *}, each like the parameters.
enum { STATE = 2 * PARAMETERS + 1 };

static sj_tree *parameters_tree;

static array matmul_add(array x, array w, array b) { return add(apply2(sj_matmul, x, w), b); }

static array logits(array *params, array x) {
  array hidden = apply1(sj_nn_relu, matmul_add(x, params[W0], params[B0]));
  return matmul_add(hidden, params[W1], params[B1]);
}

static array cross_entropy(array *params, array x, array y) {
  int64_t last = -1;
  array likelihoods = NULL, labels = NULL, chosen = NULL;
  TRY(sj_nn_log_softmax(logits(params, x), &last, 1, NULL, &likelihoods));
  TRY(sj_nn_one_hot(y, CLASSES, SJ_DTYPE_NONE, -1, &labels));
  TRY(sj_sum(multiply(labels, likelihoods), &last, 1, SJ_DTYPE_NONE, 0, NULL, NULL, &chosen));
  return negative(mean(chosen));
}

/// (parameters, x, y) → loss
static sj_status *loss_body(void *context, const sj_list *arguments, const sj_tree *tree, sj_list **results, sj_tree **result_tree) {
  (void)context, (void)tree, (void)result_tree;
  array params[PARAMETERS];
  for (int i = 0; i < PARAMETERS; i++) params[i] = argument(arguments, i);
  array loss = cross_entropy(params, argument(arguments, PARAMETERS), argument(arguments, PARAMETERS + 1));
  return results_are(results, &loss, 1);
}

/// decay * old + (1 - decay) * new
static array moving_average(double decay, array old, array new) {
  return add(multiply(number(decay), old), multiply(number(1 - decay), new));
}

/// Adam's update of one parameter (Kingma and Ba 2015, algorithm 1).
static array adam_update(array average, array average_square, array correction_1, array correction_2) {
  array denominator = add(root(divide(average_square, correction_2)), number(EPSILON));
  return divide(multiply(number(RATE), divide(average, correction_1)), denominator);
}

static sj_function *value_and_gradient;

/// (parameters, state, x, y) → (parameters, state, loss)
static sj_status *update_body(void *context, const sj_list *arguments, const sj_tree *tree, sj_list **results, sj_tree **result_tree) {
  (void)context, (void)tree, (void)result_tree;
  array in[PARAMETERS + STATE + 2], out[PARAMETERS + STATE + 1], derived[1 + PARAMETERS] = {NULL};
  for (int i = 0; i < PARAMETERS + STATE + 2; i++) in[i] = argument(arguments, i);
  array *params = in, *averages = in + PARAMETERS, *squares = averages + PARAMETERS, step = squares[PARAMETERS];
  array batch[PARAMETERS + 2] = {params[0], params[1], params[2], params[3], in[PARAMETERS + STATE], in[PARAMETERS + STATE + 1]};

  sj_tree *leaf = NULL, *batch_tree = NULL;
  sj_list *batch_list = NULL, *values = NULL;
  TRY(sj_tree_leaf(&leaf));
  sj_tree *parts[] = {parameters_tree, leaf, leaf};
  TRY(sj_tree_tuple(parts, 3, &batch_tree));
  TRY(sj_list_create(batch, PARAMETERS + 2, &batch_list));
  TRY(sj_call(value_and_gradient, batch_list, batch_tree, &values, NULL));
  TRY(sj_list_get_all(values, derived, 1 + PARAMETERS));

  step = add(step, number(1));
  array correction_1 = subtract(number(1), power(number(DECAY_1), step));
  array correction_2 = subtract(number(1), power(number(DECAY_2), step));
  for (int i = 0; i < PARAMETERS; i++) {
    array gradient = derived[1 + i];
    array average = moving_average(DECAY_1, averages[i], gradient);
    // As (1 - decay) g g, multiplied from the left.
    array average_square = add(
        multiply(number(DECAY_2), squares[i]), multiply(multiply(number(1 - DECAY_2), gradient), gradient));
    out[i] = subtract(params[i], adam_update(average, average_square, correction_1, correction_2));
    out[PARAMETERS + i] = average;
    out[2 * PARAMETERS + i] = average_square;
  }
  out[3 * PARAMETERS] = step;
  out[3 * PARAMETERS + 1] = derived[0];
  return results_are(results, out, PARAMETERS + STATE + 1);
}

/// (parameters, x, y) → (loss, share of right answers)
static sj_status *evaluate_body(void *context, const sj_list *arguments, const sj_tree *tree, sj_list **results, sj_tree **result_tree) {
  (void)context, (void)tree, (void)result_tree;
  array params[PARAMETERS], answers = NULL, both[2];
  for (int i = 0; i < PARAMETERS; i++) params[i] = argument(arguments, i);
  array x = argument(arguments, PARAMETERS), y = argument(arguments, PARAMETERS + 1);
  TRY(sj_argmax(logits(params, x), -1, 0, &answers));
  both[0] = cross_entropy(params, x, y);
  both[1] = mean(apply2(sj_equal, answers, y));
  return results_are(results, both, 2);
}

static void load(const char *path, array *images, array *labels) {
  static float pixels[IMAGES * PIXELS];
  static int32_t digits[IMAGES];
  FILE *file = fopen(path, "r");
  if (!file) perror(path), exit(1);
  for (int i = 0; i < IMAGES; i++) {
    int point = 0;
    for (int j = 0; j < PIXELS && fscanf(file, "%d,", &point) == 1; j++) pixels[i * PIXELS + j] = (float)point / 16;
    if (fscanf(file, "%d", &digits[i]) != 1) fprintf(stderr, "%s: line %d is not 65 numbers\n", path, i + 1), exit(1);
  }
  fclose(file);
  int64_t shape[] = {IMAGES, PIXELS};
  TRY(sj_array_from_data(pixels, SJ_FLOAT32, shape, 2, images));
  TRY(sj_array_from_data(digits, SJ_INT32, shape, 1, labels));
}

static array take(array x, array indices) {
  array result = NULL;
  TRY(sj_take(x, indices, 0, (sj_string_view){NULL, 0}, NULL, &result));
  return result;
}

static array permutation(array key, int64_t count) {
  array result = NULL;
  TRY(sj_random_permutation_range(key, count, &result));
  return result;
}

static array zeros(int64_t rank, const int64_t *shape) {
  array result = NULL;
  TRY(sj_zeros(shape, rank, SJ_FLOAT32, &result));
  return result;
}

static void init(array key, array *params) {
  const int64_t sizes[] = {PIXELS, HIDDEN, CLASSES};
  for (int layer = 0; layer < 2; layer++) {
    array keys = split(key, 2);
    key = row(keys, 0);
    params[2 * layer] = multiply(normal(row(keys, 1), 2, sizes + layer), root(number(2.0 / (double)sizes[layer])));
    params[2 * layer + 1] = zeros(1, sizes + layer + 1);
  }
}

static void build_tree(void) {
  sj_tree *leaf = NULL, *layer = NULL;
  sj_string_view names[] = {sj_text("W"), sj_text("b")}, layers[] = {sj_text("layer0"), sj_text("layer1")};
  TRY(sj_tree_leaf(&leaf));
  sj_tree *leaves[] = {leaf, leaf};
  TRY(sj_tree_dict(names, leaves, 2, &layer));
  sj_tree *both[] = {layer, layer};
  TRY(sj_tree_dict(layers, both, 2, &parameters_tree));
}

static sj_function *jitted(const char *name, sj_function_call body) {
  sj_function *result = NULL;
  TRY(sj_jit(function(name, body), NULL, &result));
  return result;
}

static void progress_bar(int epoch, double loss, double accuracy) {
  char bar[EPOCHS + 1] = "";
  memset(bar, '#', (size_t)epoch);
  fprintf(stderr, "\r[%-*s] %2d/%d", EPOCHS, bar, epoch, EPOCHS);
  if (epoch == EPOCHS) fputc('\n', stderr);
  printf("epoch %2d  loss %.4f  held-out accuracy %.2f %%\n", epoch, loss, 100 * accuracy);
}

/// Trains for one epoch: `variables` are parameters and state, which the calls replace.
static void train_epoch(sj_function *update, array *variables, array order, array x, array y) {
  for (int64_t batch = 0; batch < TRAINING / BATCH; batch++) {
    sj_scope *scope = NULL;
    array in[PARAMETERS + STATE + 2], out[PARAMETERS + STATE + 1] = {NULL};
    TRY(sj_scope_begin(&scope));
    array indices = rows(order, batch * BATCH, (batch + 1) * BATCH);
    memcpy(in, variables, sizeof(array) * (PARAMETERS + STATE));
    in[PARAMETERS + STATE] = take(x, indices);
    in[PARAMETERS + STATE + 1] = take(y, indices);
    call(update, in, PARAMETERS + STATE + 2, out, PARAMETERS + STATE + 1);
    const void *keep[PARAMETERS + STATE];
    for (int i = 0; i < PARAMETERS + STATE; i++) keep[i] = out[i];
    TRY(sj_scope_end(scope, keep, PARAMETERS + STATE));
    expect_success();
    for (int i = 0; i < PARAMETERS + STATE; i++) {
      sj_release(variables[i]);
      variables[i] = out[i];
    }
  }
}

static void evaluate(sj_function *f, array *params, array x, array y, double *loss, double *accuracy) {
  array in[PARAMETERS + 2], out[2] = {NULL, NULL};
  memcpy(in, params, sizeof(array) * PARAMETERS);
  in[PARAMETERS] = x;
  in[PARAMETERS + 1] = y;
  call(f, in, PARAMETERS + 2, out, 2);
  *loss = value(out[0]);
  *accuracy = value(out[1]);
}

int main(int count, char **paths) {
  sj_scope *scope = NULL;
  array images = NULL, labels = NULL, key = NULL, variables[PARAMETERS + STATE];
  double start = seconds(), loss = 0, accuracy = 0, ignored = 0;
  TRY(sj_scope_begin(&scope));
  load(count > 1 ? paths[1] : "Examples/data/digits.csv", &images, &labels);
  build_tree();
  TRY(sj_value_and_grad(function("cross_entropy", loss_body), NULL, &value_and_gradient));
  sj_function *update = jitted("update", update_body), *evaluation = jitted("evaluate", evaluate_body);

  TRY(sj_random_prng_key(integer(0), &key));
  array keys = split(key, 3);
  // The file is sorted by writer: unshuffled, the held-out images would be those of other, harder hands.
  array order = permutation(row(keys, 0), IMAGES);
  images = take(images, order);
  labels = take(labels, order);
  array x = rows(images, 0, TRAINING), y = rows(labels, 0, TRAINING);
  array held_out_x = rows(images, TRAINING, IMAGES), held_out_y = rows(labels, TRAINING, IMAGES);
  init(row(keys, 1), variables);
  for (int i = 0; i < 2 * PARAMETERS; i++) TRY(sj_zeros_like(variables[i % PARAMETERS], SJ_DTYPE_NONE, NULL, 0, &variables[PARAMETERS + i]));
  variables[3 * PARAMETERS] = zeros(0, NULL);
  key = row(keys, 2);

  for (int epoch = 1; epoch <= EPOCHS; epoch++) {
    array pair = split(key, 2);
    key = row(pair, 0);
    train_epoch(update, variables, permutation(row(pair, 1), TRAINING), x, y);
    evaluate(evaluation, variables, x, y, &loss, &ignored);
    evaluate(evaluation, variables, held_out_x, held_out_y, &ignored, &accuracy);
    progress_bar(epoch, loss, accuracy);
  }
  TRY(sj_scope_end(scope, NULL, 0));
  expect_success();
  fprintf(stderr, "%.2f s\n", seconds() - start);
  return accuracy > 0.95 ? 0 : 1;
}
