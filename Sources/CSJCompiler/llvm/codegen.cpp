#include "codegen.h"
#include "linkage.h"
#include "recovery.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/AsmParser/Parser.h"
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

// These exist only as process-wide options. At level 0 the first two replace the
// fast register allocator, which spills every value at every block boundary; the
// others only matter at level 1, where they cut two thirds of the time
// that level adds. Measurements: docs/compiler.md. They change speed, never results: in
// the system's libLLVM, the host may set them too, and the last one wins.
static std::string setProcessOptions() {
  const char *arguments[] = {"swiftjax-compiler", "-optimize-regalloc", "-regalloc=greedy",
                             "-disable-lsr", "-enable-misched=false"};
  std::string error;
  raw_string_ostream stream(error);
  cl::ParseCommandLineOptions(std::size(arguments), arguments, "", &stream);
  return error;
}

std::string sjc::initializeLLVM() {
  static const std::string error = [] {
    installHandlers();
    registerTargets();
    return setProcessOptions();
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

// MARK: - Target machines

std::unique_ptr<TargetMachine> sjc_compiler::makeMachine() const {
  TargetOptions options;
  // LoopIR defines the bits: multiply and add fuse only where it says fma.
  options.AllowFPOpFusion = FPOpFusion::Strict;
  options.EnableMachineFunctionSplitter = false;
  auto level = effort == SJC_EFFORT_FAST ? CodeGenOptLevel::None : CodeGenOptLevel::Less;
  return std::unique_ptr<TargetMachine>(target->createTargetMachine(
      triple, cpu, features, options, Reloc::PIC_, CodeModel::Small, level, /*JIT=*/true));
}

std::unique_ptr<TargetMachine> sjc_compiler::takeMachine() {
  {
    std::lock_guard<std::mutex> lock(mutex);
    if (!idle.empty()) {
      auto machine = std::move(idle.back());
      idle.pop_back();
      return machine;
    }
  }
  return makeMachine();
}

void sjc_compiler::putBack(std::unique_ptr<TargetMachine> machine) {
  std::lock_guard<std::mutex> lock(mutex);
  idle.push_back(std::move(machine));
}

// MARK: - Compiling

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

static std::unique_ptr<Module> parse(StringRef ir, const TargetMachine &machine,
                                     LLVMContext &context, std::string &error) {
  // The parser reads up to a terminating zero, which the caller's text need not have.
  auto buffer = MemoryBuffer::getMemBufferCopy(ir, "kernel");
  std::string layout = machine.createDataLayout().getStringRepresentation();
  SMDiagnostic diagnostic;
  auto module = parseAssembly(buffer->getMemBufferRef(), diagnostic, context, nullptr,
                              [&](StringRef, StringRef) { return layout; });
  raw_string_ostream stream(error);
  if (!module) {
    diagnostic.print("", stream, /*ShowColors=*/false);
    return nullptr;
  }
  module->setTargetTriple(machine.getTargetTriple().str());
  if (verifyModule(*module, &stream))
    return nullptr;
  return module;
}

static std::string emit(Module &module, TargetMachine &machine, sjc_format format,
                        SmallVectorImpl<char> &out) {
  raw_svector_ostream stream(out);
  legacy::PassManager passes;
  auto type = format == SJC_FORMAT_OBJECT ? CodeGenFileType::ObjectFile
                                          : CodeGenFileType::AssemblyFile;
  if (machine.addPassesToEmitFile(passes, stream, nullptr, type, /*DisableVerify=*/true))
    return "the target cannot emit this kind of file";
  passes.run(module);
  return "";
}

std::string sjc_compiler::compile(StringRef ir, sjc_format format, SmallVectorImpl<char> &out) {
  if (format != SJC_FORMAT_OBJECT && format != SJC_FORMAT_ASSEMBLY)
    return "unknown output format " + std::to_string(format);
  auto machine = takeMachine();
  std::string error;
  LLVMContext context;
  context.setDiagnosticHandler(std::make_unique<ErrorCollector>(error));
  auto module = parse(ir, *machine, context, error);
  if (module) {
    std::string failure = emit(*module, *machine, format, out);
    if (error.empty())
      error = failure;
  }
  putBack(std::move(machine));
  return error;
}
