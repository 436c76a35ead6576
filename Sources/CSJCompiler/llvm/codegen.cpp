#include "codegen.h"
#include "linkage.h"
#include "recovery.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/AsmParser/Parser.h"
#include "llvm/CodeGen/Passes.h"
#include "llvm/CodeGen/RegAllocRegistry.h"
#include "llvm/IR/DiagnosticHandler.h"
#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/DiagnosticPrinter.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Verifier.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/TargetParser/Host.h"

#include <algorithm>

using namespace llvm;

// What follows exists only process-wide. It changes speed, never results: in the system's libLLVM,
// the host may set the options too, and the last one wins; the allocator stays ours. Measurements:
// docs/compiler.md.

// Level 0 has a fast register allocator of its own, which spills every value at every block
// boundary: the first option takes it away. The others only matter at level 1, where they cut two
// thirds of the time that level adds.
static std::string setProcessOptions() {
  const char *arguments[] = {"swiftjax-compiler", "-optimize-regalloc", "-disable-lsr",
                             "-enable-misched=false"};
  std::string error;
  raw_string_ostream stream(error);
  cl::ParseCommandLineOptions(std::size(arguments), arguments, "", &stream);
  return error;
}

/// What this thread makes passes for.
static thread_local sjc_effort passesFor = SJC_EFFORT_LEAN;

// The greedy allocator splits live ranges where that saves spills in loops; on functions with many
// blocks it takes as long as the rest of level 0.
static FunctionPass *makeRegisterAllocator() {
  return passesFor == SJC_EFFORT_FAST ? createBasicRegisterAllocator()
                                      : createGreedyRegisterAllocator();
}

std::string sjc::initializeLLVM() {
  static const std::string error = [] {
    installHandlers();
    registerTargets();
    std::string error = setProcessOptions();
    // Where level 0 still had an allocator of its own, it would take the default for that.
    RegisterRegAlloc::setDefault(makeRegisterAllocator);
    return error;
  }();
  return error;
}

// MARK: - Choosing the target

static std::string orEmpty(const char *text) { return text ? text : ""; }

/// All features of the host with their signs, sorted: StringMap has no stable order.
static std::string hostFeatures() {
  std::vector<std::string> names;
  for (const auto &feature : sys::getHostCPUFeatures())
    names.push_back((feature.second ? "+" : "-") + feature.first().str());
  std::sort(names.begin(), names.end());
  std::string joined;
  for (const std::string &name : names)
    joined += (joined.empty() ? "" : ",") + name;
  return joined;
}

std::string sjc_compiler::configure(const sjc_options &options) {
  effort = options.effort;
  if (effort != SJC_EFFORT_FAST && effort != SJC_EFFORT_LEAN)
    return "unknown effort " + std::to_string(effort);
  triple = orEmpty(options.triple);
  cpu = orEmpty(options.cpu);
  features = orEmpty(options.features);
  if (triple.empty()) {
    triple = sys::getProcessTriple();
    if (cpu.empty() && features.empty()) {
      cpu = sys::getHostCPUName().str();
      features = hostFeatures();
    }
  }
  std::string error;
  target = TargetRegistry::lookupTarget(triple, error);
  if (!target)
    return error;
  // LLVM prints a warning for an unknown name and goes on with a baseline.
  subtarget.reset(target->createMCSubtargetInfo(triple, "", ""));
  if (!cpu.empty() && !subtarget->isCPUStringValid(cpu))
    return "unknown processor " + cpu + " for " + triple;
  subtarget.reset(target->createMCSubtargetInfo(triple, cpu, features));
  description_ = "llvm-" + sjc::llvmVersion() + " " + triple + " " + cpu + " " + features + " effort=" +
                 std::to_string(effort);
  return "";
}

bool sjc_compiler::hasFeature(StringRef name) const {
  for (const SubtargetFeatureKV &feature : subtarget->getAllProcessorFeatures())
    if (name == feature.Key)
      return subtarget->hasFeature(feature.Value);
  return false;
}

// MARK: - Pipelines

namespace {

/// Collects errors that code generation reports without giving up.
struct ErrorCollector final : DiagnosticHandler {
  std::string &text;
  explicit ErrorCollector(std::string &text) : text(text) {}

  bool handleDiagnostics(const DiagnosticInfo &info) override {
    if (info.getSeverity() != DS_Error)
      return true;
    raw_string_ostream stream(text);
    if (!text.empty())
      stream << "\n";
    DiagnosticPrinterRawOStream printer(stream);
    info.print(printer);
    return true;
  }
};

} // namespace

/// A target machine and its passes, from text to object code or assembly. Making the passes takes as
/// long as compiling a small kernel, so that they serve one module after another, as in llc -compile-twice.
class sjc::Pipeline {
public:
  /// Returns an error text, empty for success.
  std::string prepare(std::unique_ptr<TargetMachine> target, sjc_format format) {
    machine = std::move(target);
    auto type = format == SJC_FORMAT_OBJECT ? CodeGenFileType::ObjectFile
                                            : CodeGenFileType::AssemblyFile;
    if (machine->addPassesToEmitFile(passes, stream, nullptr, type, /*DisableVerify=*/true))
      return "the target cannot emit this kind of file";
    return "";
  }

  /// Returns an error text, empty for success; after an error the pipeline is of no more use.
  std::string compile(StringRef ir, SmallVectorImpl<char> &out) {
    std::string error;
    LLVMContext context;
    context.setDiagnosticHandler(std::make_unique<ErrorCollector>(error));
    if (auto module = parse(ir, context, error))
      passes.run(*module);
    out.assign(code.begin(), code.end());
    code.clear();
    return error;
  }

private:
  SmallVector<char, 0> code;
  raw_svector_ostream stream{code};
  std::unique_ptr<TargetMachine> machine;
  legacy::PassManager passes;

  std::unique_ptr<Module> parse(StringRef ir, LLVMContext &context, std::string &error) const {
    // The parser reads up to a terminating zero, which the caller's text need not have.
    auto buffer = MemoryBuffer::getMemBufferCopy(ir, "kernel");
    std::string layout = machine->createDataLayout().getStringRepresentation();
    SMDiagnostic diagnostic;
    auto module = parseAssembly(buffer->getMemBufferRef(), diagnostic, context, nullptr,
                                [&](StringRef, StringRef) { return layout; });
    raw_string_ostream text(error);
    if (!module) {
      diagnostic.print("", text, /*ShowColors=*/false);
      return nullptr;
    }
    module->setTargetTriple(machine->getTargetTriple().str());
    if (verifyModule(*module, &text))
      return nullptr;
    return module;
  }
};

sjc_compiler::sjc_compiler() = default;
sjc_compiler::~sjc_compiler() = default;

std::unique_ptr<TargetMachine> sjc_compiler::makeMachine() const {
  TargetOptions options;
  // LoopIR defines the bits: multiply and add fuse only where it says fma.
  options.AllowFPOpFusion = FPOpFusion::Strict;
  options.EnableMachineFunctionSplitter = false;
  auto level = effort == SJC_EFFORT_FAST ? CodeGenOptLevel::None : CodeGenOptLevel::Less;
  return std::unique_ptr<TargetMachine>(target->createTargetMachine(
      triple, cpu, features, options, Reloc::PIC_, CodeModel::Small, level, /*JIT=*/true));
}

std::unique_ptr<sjc::Pipeline> sjc_compiler::makePipeline(sjc_format format,
                                                          std::string &error) const {
  auto pipeline = std::make_unique<sjc::Pipeline>();
  passesFor = effort;
  error = pipeline->prepare(makeMachine(), format);
  passesFor = SJC_EFFORT_LEAN;
  return pipeline;
}

std::unique_ptr<sjc::Pipeline> sjc_compiler::takeIdle() {
  std::lock_guard<std::mutex> lock(mutex);
  if (idle.empty())
    return nullptr;
  auto pipeline = std::move(idle.back());
  idle.pop_back();
  return pipeline;
}

void sjc_compiler::putBack(std::unique_ptr<sjc::Pipeline> pipeline) {
  std::lock_guard<std::mutex> lock(mutex);
  idle.push_back(std::move(pipeline));
}

// MARK: - Compiling

std::string sjc_compiler::compile(StringRef ir, sjc_format format, SmallVectorImpl<char> &out) {
  if (format != SJC_FORMAT_OBJECT && format != SJC_FORMAT_ASSEMBLY)
    return "unknown output format " + std::to_string(format);
  // Assembly is for readers, who do not come often.
  bool isKept = format == SJC_FORMAT_OBJECT;
  std::string error;
  auto pipeline = isKept ? takeIdle() : nullptr;
  if (!pipeline)
    pipeline = makePipeline(format, error);
  if (error.empty())
    error = pipeline->compile(ir, out);
  if (isKept && error.empty())
    putBack(std::move(pipeline));
  return error;
}
