// libswiftjax-compiler.so through its table: compile, load, run, unload; errors
// come back as texts; several threads at once. `smoke LIBRARY [--measure | --in-host | --exit]`.
#define _GNU_SOURCE
#include "sj_compiler.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const sjc_api *api;
static int failures;

#define CHECK(condition, ...)                                                                      \
  do {                                                                                             \
    if (!(condition)) {                                                                            \
      printf("%s:%d: %s: ", __FILE__, __LINE__, #condition);                                       \
      printf(__VA_ARGS__);                                                                         \
      printf("\n");                                                                                \
      failures++;                                                                                  \
    }                                                                                              \
  } while (0)

static double milliseconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e3 + t.tv_nsec * 1e-6;
}

static double resident_mib(void) {
  long pages = 0, resident = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  if (file && fscanf(file, "%ld %ld", &pages, &resident) != 2)
    resident = 0;
  if (file)
    fclose(file);
  return resident * (double)sysconf(_SC_PAGESIZE) / (1 << 20);
}

// out[i] = a[i] + b[i] for i < n, n a multiple of 16.
static const char vector_add[] =
    "define void @vector_add(ptr %0, ptr %1, ptr %2, i64 %3) nounwind {\n"
    "  br label %loop\n"
    "loop:\n"
    "  %i = phi i64 [ 0, %4 ], [ %next, %loop ]\n"
    "  %pa = getelementptr float, ptr %0, i64 %i\n"
    "  %pb = getelementptr float, ptr %1, i64 %i\n"
    "  %po = getelementptr float, ptr %2, i64 %i\n"
    "  %a = load <16 x float>, ptr %pa, align 4\n"
    "  %b = load <16 x float>, ptr %pb, align 4\n"
    "  %s = fadd <16 x float> %a, %b\n"
    "  store <16 x float> %s, ptr %po, align 4\n"
    "  %next = add i64 %i, 16\n"
    "  %more = icmp ult i64 %next, %3\n"
    "  br i1 %more, label %loop, label %done\n"
    "done:\n"
    "  ret void\n"
    "}\n";

static const char calls_external[] = "declare i32 @host_triple(i32)\n"
                                     "define i32 @f(i32 %0) nounwind {\n"
                                     "  %2 = call i32 @host_triple(i32 %0)\n"
                                     "  ret i32 %2\n"
                                     "}\n";

static sjc_compiler *compiler_for(const char *triple, const char *cpu, const char *features,
                                  sjc_effort effort) {
  sjc_options options = {sizeof options, effort, triple, cpu, features};
  sjc_compiler *compiler = NULL;
  char *error = api->compiler_create(&options, &compiler);
  CHECK(!error, "%s", error ? error : "");
  api->release_text(error);
  return compiler;
}

static sjc_bytes compile(sjc_compiler *compiler, const char *ir, sjc_format format) {
  sjc_bytes out = {0};
  char *error = api->compile(compiler, ir, (int64_t)strlen(ir), format, &out);
  CHECK(!error, "%s", error ? error : "");
  api->release_text(error);
  return out;
}

static sjc_code *load(sjc_bytes object, const sjc_symbol *externals, int64_t count) {
  sjc_code *code = NULL;
  char *error = api->load(object.data, object.size, externals, count, &code);
  CHECK(!error, "%s", error ? error : "");
  api->release_text(error);
  return code;
}

static void test_vector_add(sjc_compiler *compiler) {
  enum { n = 64 };
  sjc_bytes object = compile(compiler, vector_add, SJC_FORMAT_OBJECT);
  sjc_code *code = load(object, NULL, 0);
  api->release_bytes(object);
  void (*function)(const float *, const float *, float *, int64_t);
  int64_t size = 0;
  *(void **)&function = api->lookup(code, "vector_add", &size);
  CHECK(function, "lookup");
  CHECK(size > 0, "the size of a function");
  CHECK(!api->lookup(code, "no_such_name", NULL), "lookup of an unknown name");
  float a[n], b[n], out[n];
  for (int i = 0; i < n; i++) {
    a[i] = 0.5f * (float)i;
    b[i] = 100 - (float)i;
  }
  function(a, b, out, n);
  for (int i = 0; i < n; i++)
    CHECK(out[i] == a[i] + b[i], "element %d is %g", i, (double)out[i]);
  api->unload(code);
}

/// The passes serve one module after another, and leave nothing in them.
static void test_same_code_again(sjc_compiler *compiler) {
  sjc_bytes first = compile(compiler, vector_add, SJC_FORMAT_OBJECT);
  for (int i = 0; i < 3; i++) {
    api->release_bytes(compile(compiler, calls_external, SJC_FORMAT_OBJECT));
    sjc_bytes again = compile(compiler, vector_add, SJC_FORMAT_OBJECT);
    CHECK(again.size == first.size && !memcmp(again.data, first.data, (size_t)first.size), "other code, time %d", i);
    api->release_bytes(again);
  }
  api->release_bytes(first);
}

static int host_triple(int x) { return 3 * x; }

static void test_externals(sjc_compiler *compiler) {
  sjc_bytes object = compile(compiler, calls_external, SJC_FORMAT_OBJECT);
  sjc_symbol symbol = {"host_triple", NULL};
  *(int (**)(int))&symbol.address = host_triple;
  sjc_code *code = load(object, &symbol, 1);
  int (*function)(int);
  *(void **)&function = api->lookup(code, "f", NULL);
  CHECK(function(14) == 42, "f(14) is %d", function(14));
  api->unload(code);

  sjc_code *missing = NULL;
  char *error = api->load(object.data, object.size, NULL, 0, &missing);
  CHECK(error && strstr(error, "host_triple"), "%s", error ? error : "no error");
  CHECK(!missing, "output was written");
  api->release_text(error);
  api->release_bytes(object);
}

static void expect_error(sjc_compiler *compiler, const char *ir, const char *part) {
  sjc_bytes out = {0};
  char *error = api->compile(compiler, ir, (int64_t)strlen(ir), SJC_FORMAT_OBJECT, &out);
  CHECK(error && strstr(error, part), "got: %s", error ? error : "no error");
  CHECK(!out.data, "output was written");
  api->release_text(error);
}

static void test_errors(void) {
  sjc_compiler *baseline = compiler_for("x86_64-linux-gnu", "x86-64", "", SJC_EFFORT_FAST);
  expect_error(baseline, "define void @f( {", "kernel:1:18: error: expected type");
  // Parses, but does not verify: a phi naming a block that does not lead to it.
  expect_error(baseline, "define i32 @f(i1 %0) {\n  br label %2\n2:\n  br label %2\n3:\n"
                         "  %4 = phi i32 [ 0, %2 ]\n  ret i32 %4\n}\n", "PHI");
  // A fatal error inside instruction selection: an AVX-512 intrinsic without AVX-512.
  const char fatal[] = "declare <16 x float> @llvm.x86.avx512.rcp14.ps.512(<16 x float>, <16 x float>, i16)\n"
                       "define void @f(ptr %0) nounwind {\n"
                       "  %2 = load <16 x float>, ptr %0\n"
                       "  %3 = call <16 x float> @llvm.x86.avx512.rcp14.ps.512(<16 x float> %2, "
                       "<16 x float> %2, i16 -1)\n"
                       "  store <16 x float> %3, ptr %0\n"
                       "  ret void\n}\n";
  expect_error(baseline, fatal, "LLVM: Do not know how to split");
  test_vector_add(baseline); // and the compiler is still good
  api->compiler_destroy(baseline);

  sjc_code *code = NULL;
  char *error = api->load((const uint8_t *)"not an object file", 18, NULL, 0, &code);
  CHECK(error && !code, "garbage was loaded");
  api->release_text(error);

  sjc_options unknown = {sizeof unknown, SJC_EFFORT_FAST, "z80-linux-gnu", "", ""};
  sjc_compiler *compiler = NULL;
  error = api->compiler_create(&unknown, &compiler);
  CHECK(error && strstr(error, "z80") && !compiler, "%s", error ? error : "no error");
  api->release_text(error);
  sjc_options cpu = {sizeof cpu, SJC_EFFORT_FAST, "x86_64-linux-gnu", "pentium-zero", ""};
  error = api->compiler_create(&cpu, &compiler);
  CHECK(error && strstr(error, "pentium-zero"), "%s", error ? error : "no error");
  api->release_text(error);
}

#if defined(__aarch64__)
#define OTHER_TRIPLE "x86_64-linux-gnu"
#else
#define OTHER_TRIPLE "aarch64-linux-gnu"
#endif

// Code for processors that this machine need not have: checked by its text.
static void test_cross(void) {
  const struct {
    const char *triple, *cpu, *expected;
  } targets[] = {
      {"x86_64-linux-gnu", "x86-64", "xmm"},
      {"x86_64-linux-gnu", "znver3", "ymm"},
      {"x86_64-linux-gnu", "sapphirerapids", "zmm"},
      {"aarch64-linux-gnu", "", "fadd\tv"},
  };
  const int has_all = strstr(api->llvm_version, "(system)") != NULL;
  for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
    if (!has_all && strcmp(targets[i].triple, OTHER_TRIPLE) == 0)
      continue;
    sjc_compiler *compiler = compiler_for(targets[i].triple, targets[i].cpu, "", SJC_EFFORT_LEAN);
    sjc_bytes text = compile(compiler, vector_add, SJC_FORMAT_ASSEMBLY);
    CHECK(text.data && strstr((char *)text.data, targets[i].expected), "%s %s", targets[i].triple,
          targets[i].cpu);
    api->release_bytes(text);
    api->compiler_destroy(compiler);
  }
  if (!has_all) {
    sjc_options options = {sizeof options, SJC_EFFORT_FAST, OTHER_TRIPLE, "", ""};
    sjc_compiler *none = NULL;
    char *error = api->compiler_create(&options, &none);
    CHECK(error && !none, "the private library has this processor's kind only");
    api->release_text(error);
    return;
  }
  sjc_compiler *other = compiler_for(OTHER_TRIPLE, "", "", SJC_EFFORT_FAST);
  sjc_bytes object = compile(other, vector_add, SJC_FORMAT_OBJECT);
  sjc_code *code = NULL;
  char *error = api->load(object.data, object.size, NULL, 0, &code);
  CHECK(error && strstr(error, "the object is for"), "%s", error ? error : "no error");
  api->release_text(error);
  api->release_bytes(object);
  api->compiler_destroy(other);
}

static void test_features(void) {
  sjc_compiler *baseline = compiler_for("x86_64-linux-gnu", "x86-64", "", SJC_EFFORT_FAST);
  sjc_compiler *server = compiler_for("x86_64-linux-gnu", "sapphirerapids", "", SJC_EFFORT_FAST);
  CHECK(api->compiler_has_feature(baseline, "sse2") == 1, "sse2");
  CHECK(api->compiler_has_feature(baseline, "avx512f") == 0, "avx512f");
  CHECK(api->compiler_has_feature(server, "avx512f") == 1, "avx512f");
  CHECK(api->compiler_has_feature(server, "no-such-feature") == 0, "an unknown feature");
  api->compiler_destroy(baseline);
  api->compiler_destroy(server);
}

static void *compile_many(void *compiler) {
  for (int i = 0; i < 50; i++)
    test_vector_add(compiler);
  return NULL;
}

static void test_threads(sjc_compiler *compiler) {
  enum { count = 4 };
  pthread_t threads[count];
  for (int i = 0; i < count; i++)
    pthread_create(&threads[i], NULL, compile_many, compiler);
  for (int i = 0; i < count; i++)
    pthread_join(threads[i], NULL);
}

static void test_memory_is_freed(sjc_compiler *compiler) {
  sjc_bytes object = compile(compiler, vector_add, SJC_FORMAT_OBJECT);
  double before = 0;
  for (int i = 0; i < 3000; i++) {
    if (i == 1000)
      before = resident_mib();
    api->unload(load(object, NULL, 0));
  }
  CHECK(resident_mib() - before < 4, "grew by %.1f MiB", resident_mib() - before);
  api->release_bytes(object);
}

static void measure(sjc_compiler *compiler, const char *name) {
  enum { runs = 200 };
  double compiling = 1e9, loading = 1e9;
  for (int i = 0; i < runs; i++) {
    double start = milliseconds();
    sjc_bytes object = compile(compiler, vector_add, SJC_FORMAT_OBJECT);
    double middle = milliseconds();
    sjc_code *code = load(object, NULL, 0);
    double end = milliseconds();
    compiling = middle - start < compiling ? middle - start : compiling;
    loading = end - middle < loading ? end - middle : loading;
    api->unload(code);
    api->release_bytes(object);
  }
  printf("%s: vector_add compiles in %.3f ms, loads in %.3f ms\n", name, compiling, loading);
}

// A host with the system's libLLVM in it, which has set the same options for itself.
static void become_host_of_llvm(void) {
  void *llvm = dlopen("libLLVM.so.19.1", RTLD_NOW | RTLD_GLOBAL);
  if (!llvm)
    return;
  void (*parse)(int, const char *const *, const char *);
  *(void **)&parse = dlsym(llvm, "LLVMParseCommandLineOptions");
  const char *arguments[] = {"host", "-regalloc=greedy", "-disable-lsr"};
  parse(3, arguments, "");
}

static void *compile_for_ever(void *compiler) {
  for (;;) {
    sjc_bytes object = {0};
    sjc_code *code = NULL;
    char *error = api->compile(compiler, vector_add, (int64_t)strlen(vector_add), SJC_FORMAT_OBJECT, &object);
    if (!error)
      error = api->load(object.data, object.size, NULL, 0, &code);
    if (code)
      api->unload(code);
    api->release_bytes(object);
    api->release_text(error); // "the process is exiting"
  }
  return NULL;
}

// Processes that exit while other threads compile end well, those that were forked too.
static void test_exit(sjc_compiler *compiler) {
  for (int i = 0; i < 20; i++) {
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
      alarm(20);
      pthread_t threads[2];
      for (int k = 0; k < 2; k++)
        pthread_create(&threads[k], NULL, compile_for_ever, compiler);
      usleep(500 * (unsigned)i);
      exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    CHECK(status == 0, "process %d ends with status %d", i, status);
  }
}

static int finish(void) {
  printf(failures ? "%d failures\n" : "compiler: all tests passed\n", failures);
  return failures != 0;
}

int main(int argc, char **argv) {
  if (argc < 2) {
    fprintf(stderr, "usage: smoke LIBRARY [--measure | --in-host | --exit]\n");
    return 2;
  }
  const char *option = argc > 2 ? argv[2] : "";
  int measuring = !strcmp(option, "--measure");
  if (!strcmp(option, "--in-host"))
    become_host_of_llvm();
  double resident = resident_mib(), start = milliseconds();
  void *library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    fprintf(stderr, "%s\n", dlerror());
    return 1;
  }
  sjc_get_api_function get_api;
  *(void **)&get_api = dlsym(library, "sjc_get_api");
  CHECK(!get_api(SJC_ABI_VERSION + 1), "an unknown ABI version was accepted");
  api = get_api(SJC_ABI_VERSION);
  double loaded = milliseconds();
  sjc_compiler *fast = compiler_for("", "", "", SJC_EFFORT_FAST);
  double created = milliseconds();
  if (measuring) {
    printf("%s\n", api->compiler_description(fast));
    printf("library loads in %.1f ms, first compiler in %.1f ms, +%.1f MiB resident\n",
           loaded - start, created - loaded, resident_mib() - resident);
  }

  sjc_compiler *lean = compiler_for("", "", "", SJC_EFFORT_LEAN);
  test_vector_add(fast);
  test_vector_add(lean);
  if (!strcmp(option, "--exit")) {
    test_exit(fast);
    return finish();
  }
  test_same_code_again(fast);
  test_same_code_again(lean);
  test_externals(fast);
  test_errors();
  test_cross();
  test_features();
  test_threads(fast);
  test_memory_is_freed(fast);
  if (measuring) {
    measure(fast, "fast");
    measure(lean, "lean");
    printf("+%.1f MiB resident after all tests\n", resident_mib() - resident);
  }
  api->compiler_destroy(fast);
  api->compiler_destroy(lean);
  return finish();
}
