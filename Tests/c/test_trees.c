#include "test.h"

static sj_tree *leaf(void) {
  sj_tree *tree = NULL;
  OK(sj_tree_leaf(&tree));
  return tree;
}

/// {'b': *, 'w': (*, None)} from unsorted keys.
static sj_tree *params_tree(void) {
  sj_tree *one = leaf(), *none = NULL, *pair = NULL, *dict = NULL;
  OK(sj_tree_none(&none));
  sj_tree *parts[] = {one, none};
  OK(sj_tree_tuple(parts, 2, &pair));
  sj_string_view keys[] = {sj_text("w"), sj_text("b")};
  sj_tree *children[] = {pair, one};
  OK(sj_tree_dict(keys, children, 2, &dict));
  sj_release(one);
  sj_release(none);
  sj_release(pair);
  return dict;
}

static void lists(void) {
  sj_array *x = scalar(1), *y = scalar(2), *got = NULL;
  sj_array *both[] = {x, y}, *all[2] = {NULL, NULL};
  sj_list *list = NULL, *twice = NULL, *part = NULL;
  int64_t size = 0;
  OK(sj_list_create(both, 2, &list));
  OK(sj_list_size(list, &size));
  CHECK(size == 2);
  OK(sj_list_get(list, 1, &got));
  EXPECT(got, 2);
  OK(sj_list_get_all(list, all, 2));
  CHECK(all[0] == x && all[1] == y);
  sj_release(all[0]);
  sj_release(all[1]);
  FAILS(SJ_ERR_INVALID_ARGUMENT, "has 2 arrays", sj_list_get_all(list, all, 1));
  FAILS(SJ_ERR_INVALID_ARGUMENT, "out of range", sj_list_get(list, 2, &got));
  FAILS(SJ_ERR_INVALID_ARGUMENT, "out of range", sj_list_get(list, -1, &got));
  CHECK(got == NULL);
  sj_list *pair[] = {list, list};
  OK(sj_list_concatenate(pair, 2, &twice));
  OK(sj_list_slice(twice, 1, 3, &part));
  OK(sj_list_get(part, 0, &got));
  EXPECT(got, 2);
  sj_release(part);
  FAILS(SJ_ERR_INVALID_ARGUMENT, "out of range", sj_list_slice(list, 1, 3, &part));
  both[1] = NULL;
  FAILS(SJ_ERR_INVALID_ARGUMENT, "arrays is NULL", sj_list_create(both, 2, &part));
  FAILS(SJ_ERR_INVALID_ARGUMENT, "elements", sj_list_create(both, -1, &part));
  sj_release(list);
  sj_release(twice);
  OK(sj_list_create(NULL, 0, &list));
  OK(sj_list_size(list, &size));
  CHECK(size == 0);
  sj_release(list);
  sj_release(x);
  sj_release(y);
}

static void structure(void) {
  sj_tree *tree = params_tree(), *child = NULL, *list = NULL;
  int64_t count = 0;
  int32_t kind = -1;
  sj_string *text = NULL;
  OK(sj_tree_leaf_count(tree, &count));
  CHECK(count == 2);
  OK(sj_tree_child_count(tree, &count));
  CHECK(count == 2);
  OK(sj_tree_kind(tree, &kind));
  CHECK(kind == SJ_NODE_DICT);
  OK(sj_tree_key(tree, 1, &text));
  EXPECT_TEXT(text, "w");
  OK(sj_tree_to_string(tree, &text));
  EXPECT_TEXT(text, "PyTreeDef({'b': *, 'w': (*, None)})");
  OK(sj_tree_leaf_path(tree, 1, &text));
  EXPECT_TEXT(text, "['w'][0]");
  OK(sj_tree_child(tree, 1, &child));
  OK(sj_tree_kind(child, &kind));
  CHECK(kind == SJ_NODE_TUPLE);
  OK(sj_tree_list(&child, 1, &list));
  OK(sj_tree_kind(list, &kind));
  CHECK(kind == SJ_NODE_LIST);
  sj_release(child);
  FAILS(SJ_ERR_INVALID_ARGUMENT, "out of range", sj_tree_child(tree, 2, &child));
  FAILS(SJ_ERR_INVALID_ARGUMENT, "no key", sj_tree_key(list, 0, &text));
  FAILS(SJ_ERR_INVALID_ARGUMENT, "out of range", sj_tree_leaf_path(tree, 2, &text));
  FAILS(SJ_ERR_INVALID_ARGUMENT, "custom", sj_tree_name(tree, &text));
  sj_release(list);
  sj_release(tree);
}

static void children_outlive_parents(void) {
  sj_tree *tree = params_tree(), *child = NULL;
  OK(sj_tree_child(tree, 1, &child));
  sj_release(tree);
  int64_t count = 0;
  OK(sj_tree_leaf_count(child, &count));
  CHECK(count == 1);
  sj_release(child);
}

static void equality(void) {
  sj_tree *a = params_tree(), *b = params_tree(), *c = leaf();
  sj_bool equal = 0;
  int64_t hash_a = 0, hash_b = 1;
  OK(sj_tree_equal(a, b, &equal));
  CHECK(equal);
  OK(sj_tree_equal(a, c, &equal));
  CHECK(!equal);
  OK(sj_tree_hash(a, &hash_a));
  OK(sj_tree_hash(b, &hash_b));
  CHECK(hash_a == hash_b);
  sj_release(a);
  sj_release(b);
  sj_release(c);
}

static int destroyed;
static void count_destroy(void *data) { (void)data, destroyed++; }
static uint64_t hash_int(void *data) { return (uint64_t) * (int *)data; }
static sj_bool equal_int(void *a, void *b) { return *(int *)a == *(int *)b; }

static sj_tree *custom(int *value, sj_tree *child) {
  sj_aux aux = {value, hash_int, equal_int, count_destroy};
  sj_string_view names[] = {sj_text("weight")};
  sj_tree *tree = NULL;
  OK(sj_tree_custom(sj_text("Layer"), &aux, names, &child, 1, &tree));
  return tree;
}

static void custom_nodes(void) {
  int one = 1, also_one = 1, two = 2;
  destroyed = 0;
  sj_tree *child = leaf();
  sj_tree *a = custom(&one, child), *b = custom(&also_one, child), *c = custom(&two, child);
  sj_bool equal = 0;
  void *data = NULL;
  sj_string *text = NULL;
  OK(sj_tree_equal(a, b, &equal));
  CHECK(equal);
  OK(sj_tree_equal(a, c, &equal));
  CHECK(!equal);
  OK(sj_tree_aux(c, &data));
  CHECK(data == &two);
  OK(sj_tree_aux(child, &data));
  CHECK(data == NULL);
  OK(sj_tree_name(a, &text));
  EXPECT_TEXT(text, "Layer");
  OK(sj_tree_leaf_path(a, 0, &text));
  EXPECT_TEXT(text, ".weight");
  sj_release(a);
  sj_release(b);
  sj_release(c);
  CHECK(destroyed == 3);
  sj_aux aux = {&one, hash_int, equal_int, count_destroy};
  sj_tree *wrong = NULL;
  FAILS(SJ_ERR_INVALID_ARGUMENT, "children", sj_tree_custom(sj_text("Layer"), &aux, NULL, &wrong, 1, &a));
  CHECK(destroyed == 4 && a == NULL);
  sj_release(child);
}

static void duplicate_keys(void) {
  sj_tree *one = leaf(), *dict = NULL;
  sj_string_view keys[] = {sj_text("a"), sj_text("a")};
  sj_tree *children[] = {one, one};
  FAILS(SJ_ERR_INVALID_ARGUMENT, "twice", sj_tree_dict(keys, children, 2, &dict));
  sj_release(one);
}

static void tree_map(void) {
  sj_array *x = scalar(2), *y = scalar(5), *got[2];
  sj_array *both[] = {x, y};
  sj_list *list = NULL, *result = NULL;
  sj_tree *tree = params_tree(), *other = leaf();
  sj_function *product = function("product", product_body);
  OK(sj_list_create(both, 2, &list));
  sj_list *lists[] = {list, list};
  sj_tree *trees[] = {tree, tree};
  OK(sj_tree_map(product, lists, 2, trees, &result));
  OK(sj_list_get_all(result, got, 2));
  EXPECT(got[0], 4);
  EXPECT(got[1], 25);
  sj_release(result);
  OK(sj_tree_map(product, lists, 2, NULL, &result));
  sj_release(result);
  trees[1] = other;
  FAILS(SJ_ERR_TREE, "do not match", sj_tree_map(product, lists, 2, trees, &result));
  sj_function *failing = function("failing", failing_body);
  FAILS(SJ_ERR_CALLBACK, "mine", sj_tree_map(failing, lists, 1, NULL, &result));
  sj_release(failing);
  sj_release(product);
  sj_release(list);
  sj_release(tree);
  sj_release(other);
  sj_release(x);
  sj_release(y);
}

const test_case tree_tests[] = {
  {"trees: lists", lists},
  {"trees: structure", structure},
  {"trees: children outlive parents", children_outlive_parents},
  {"trees: equality", equality},
  {"trees: custom nodes", custom_nodes},
  {"trees: duplicate keys", duplicate_keys},
  {"trees: tree_map", tree_map},
  END_OF_TESTS,
};
